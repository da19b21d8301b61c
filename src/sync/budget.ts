// So much at once and so much a second, and what is beyond is passed over. Owns the count only; what is counted, and what becomes of the
// rest, is the caller's to say. Pure: the time is a parameter.
import type { Millis } from '../base/environment.ts'

export class Budget {
  #left: number
  #at: Millis | null = null

  constructor(
    private readonly most: number,
    private readonly perSecond: number,
  ) {
    this.#left = most
  }

  /** Takes one at `now`; false: there is none left. */
  take(now: Millis): boolean {
    // A clock put back gives nothing, and takes nothing away.
    const passed = Math.max(0, now - (this.#at ?? now))
    this.#at = now
    this.#left = Math.min(this.most, this.#left + (passed / 1_000) * this.perSecond)
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
