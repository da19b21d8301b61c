// The system's clock, set forward at will: what is due by then runs at once, in its order. For stories over real sockets in which
// minutes or months pass.
import type { Clock, Millis } from '../../src/base/environment.ts'

interface Waiting {
  readonly due: Millis
  readonly order: number
  readonly run: () => void
  readonly handle: ReturnType<typeof setTimeout>
}

export class ShiftedClock implements Clock {
  #shift = 0
  #order = 0
  readonly #waiting = new Set<Waiting>()

  now(): Millis {
    return Date.now() + this.#shift
  }

  after(delay: Millis, run: () => void): () => void {
    const fire = () => {
      this.#waiting.delete(item)
      run()
    }
    const item: Waiting = { due: this.now() + delay, order: this.#order++, run, handle: setTimeout(fire, delay) }
    this.#waiting.add(item)
    return () => {
      clearTimeout(item.handle)
      this.#waiting.delete(item)
    }
  }

  /** `by` ms later. What starts by what runs now counts from then. */
  forward(by: Millis): void {
    this.#shift += by
    const now = this.now()
    const due = [...this.#waiting].filter((item) => item.due <= now)
    for (const item of due.sort((a, b) => a.due - b.due || a.order - b.order)) {
      clearTimeout(item.handle)
      if (this.#waiting.delete(item)) item.run()
    }
  }
}
