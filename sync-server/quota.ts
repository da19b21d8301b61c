// Token buckets and the comparison of the operator's token. Holds no clock: the time is a parameter of every call.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Millis } from '../src/base/environment.ts'

/** A bucket that may be overdrawn by one message, and says how long until it is in credit again. */
export class Bucket {
  readonly #most: number
  readonly #perMs: number
  #level: number
  #at: Millis

  constructor(burst: number, perSecond: number, now: Millis) {
    this.#most = burst
    this.#perMs = perSecond / 1000
    this.#level = burst
    this.#at = now
  }

  /** Takes `cost` and returns the ms to wait before the next (0: none). */
  take(cost: number, now: Millis): Millis {
    this.#refill(now)
    this.#level -= cost
    if (this.#level >= 0) return 0
    return this.#perMs === 0 ? 60_000 : Math.ceil(-this.#level / this.#perMs)
  }

  /** Takes one only if there is one: 0, or the ms until there is. */
  tryTake(now: Millis): Millis {
    this.#refill(now)
    if (this.#level >= 1) {
      this.#level -= 1
      return 0
    }
    return this.#perMs === 0 ? 60_000 : Math.ceil((1 - this.#level) / this.#perMs)
  }

  #refill(now: Millis): void {
    this.#level = Math.min(this.#most, this.#level + Math.max(0, now - this.#at) * this.#perMs)
    this.#at = now
  }
}

/** Equality in a time that tells nothing of either. */
export function sameToken(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
