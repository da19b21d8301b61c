// What a carrier has planned, so that all of it can be called off at once when its line ends. Owns the cancellations only.
import type { Clock, Millis } from '../base/environment.ts'

export class Timers {
  readonly #planned = new Set<() => void>()

  constructor(private readonly clock: Clock) {}

  after(delay: Millis, run: () => void): void {
    const cancel = this.clock.after(delay, () => {
      this.#planned.delete(cancel)
      run()
    })
    this.#planned.add(cancel)
  }

  cancelAll(): void {
    for (const cancel of this.#planned) cancel()
    this.#planned.clear()
  }
}
