// A clock that runs like the wall's and can be skipped ahead, so that half an hour of typing fits into half a minute while
// every timer of the engine (ticks, heartbeats, presence) still fires in its order and as often as it would. Owns time in
// the benchmarks of bytes; must never be used to measure durations.
import type { Clock, Millis } from '../../src/base/environment.ts'

interface Timer {
  readonly at: Millis
  readonly run: () => void
  timeout: NodeJS.Timeout
}

const wall = (): Millis => performance.timeOrigin + performance.now()

export class SkippingClock implements Clock {
  #skipped = 0
  readonly #timers = new Set<Timer>()

  now(): Millis {
    return Math.floor(wall() + this.#skipped)
  }

  after(delay: Millis, run: () => void): () => void {
    const timer: Timer = { at: this.now() + delay, run, timeout: setTimeout(() => this.#fire(timer), delay) }
    this.#timers.add(timer)
    return () => this.#forget(timer)
  }

  /** Goes on to `at`, firing what falls due on the way; `between` is awaited after each. */
  async skipTo(at: Millis, between: () => Promise<void>): Promise<void> {
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= at).sort((a, b) => a.at - b.at)[0]
      this.#skipped += Math.max(0, (due?.at ?? at) - this.now())
      if (due === undefined) return
      this.#fire(due)
      await between()
    }
  }

  /**
   * Until `restore`, `Date.now` is this clock's: automerge-repo takes no clock, and holds messages back for 100 ms by it.
   * Without this it would bundle ticks that in truth lie half a second apart.
   */
  rule(): { restore(): void } {
    const own = Date.now
    Date.now = () => this.now()
    return { restore: () => void (Date.now = own) }
  }

  #fire(timer: Timer): void {
    this.#forget(timer)
    timer.run()
  }

  #forget(timer: Timer): void {
    clearTimeout(timer.timeout)
    this.#timers.delete(timer)
  }
}
