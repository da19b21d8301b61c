// Where this device left off in one channel at one other party: the count it was told, and which ids are known to lie there.
// Owns when a cursor may be offered and when it is forgotten; an optimisation only, truth is reconciliation. Kept in memory:
// storage put back from a copy starts without one. Rules CH-7 to CH-9.
import { type Bytes, compare, toHex } from '../base/bytes.ts'
import type { Millis } from '../base/environment.ts'
import { difference, lowerBound } from '../wire/ranges.ts'

export interface Cursor {
  /** 16 bytes. */
  readonly inc: Bytes
  readonly n: number
}

/** After so many openings by cursor, or so long, everything is compared all the same: a count can be told wrongly. */
export const MOST_RESUMED = 16
export const COMPARE_EVERY_MS: Millis = 6 * 60 * 60 * 1000

/** What a session is and has, as far as leaving off goes. */
export interface Standing {
  /** The count as last told on this line. */
  readonly told: Cursor | null
  /** Nothing is being compared, waited for or stored: all that was told of is here. */
  readonly complete: boolean
  /** Moreover nothing waits to be given or acknowledged there. */
  readonly inStep: boolean
}

export class LeftOff {
  #cursor: Cursor | null = null
  /** Ids that lay there when everything was last compared, ascending. */
  #base: readonly Bytes[] = []
  /** Ids held when the comparison now running began. */
  #comparing: readonly Bytes[] | null = null
  #comparedAt: Millis = 0
  #resumed = 0
  /** On this line: what is counted follows on what is here. */
  #sound = false

  /** A new line begins: what to offer there, or null when everything is to be compared. */
  offer(now: Millis): Cursor | null {
    this.#comparing = null
    this.#sound = false
    const due = this.#resumed >= MOST_RESUMED || Math.abs(now - this.#comparedAt) >= COMPARE_EVERY_MS
    return due ? null : this.#cursor
  }

  /** When everything was last compared this id lay there, and nothing has spoken against it since. */
  knows(id: Bytes): boolean {
    return this.#cursor !== null && isIn(this.#base, id)
  }

  /** What of `sorted` (ascending) is not known to lie there: it is given again. `there`: hex ids acknowledged or received since. */
  lacking(sorted: readonly Bytes[], there: ReadonlySet<string>): Bytes[] {
    return difference(sorted, this.#base).filter((id) => !there.has(toHex(id)))
  }

  resumed(): void {
    this.#resumed++
    this.#sound = true
  }

  /** It was not taken up: what was counted is no more. */
  notResumed(): void {
    this.#cursor = null
  }

  /** A comparison begins with `sorted`, all that is held; the channel's own array, which nobody changes. */
  comparing(sorted: readonly Bytes[]): void {
    this.#comparing ??= sorted
  }

  /** Something that was told of is not here after all: the count goes on only after a comparison. */
  unsound(): void {
    this.#sound = false
    this.#comparing = null
  }

  /** The other side asks for these: if they were known to lie there, it forgot them, and its count means nothing. */
  asksFor(ids: readonly Bytes[]): void {
    if (this.#cursor === null || !ids.some((id) => isIn(this.#base, id))) return
    this.#cursor = null
    // Nor does what it counts from here on: not before everything was compared.
    this.#sound = false
  }

  /** After each step of the session. */
  notice({ told, complete, inStep }: Standing, now: Millis): void {
    if (inStep && this.#comparing !== null) {
      this.#base = this.#comparing
      this.#comparing = null
      this.#comparedAt = now
      this.#resumed = 0
      this.#sound = true
    }
    if (complete && this.#sound && told !== null) this.#cursor = told
  }
}

function isIn(sorted: readonly Bytes[], id: Bytes): boolean {
  const found = sorted[lowerBound(sorted, id)]
  return found !== undefined && compare(found, id) === 0
}
