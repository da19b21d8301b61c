// Range-based set reconciliation over entry ids (Meyer 2022, arXiv:2212.13567), as pure functions both ends share: what to
// answer to the other side's ranges, given the ids one has. Holds no state between rounds. An answer always fits one
// message: what does not fit is asked again, as one fingerprint, in the next round. Rules CH-10 to CH-14.
import { compare, type Bytes } from '../base/bytes.ts'
import { MAX_RANGES } from './limits.ts'
import type { Range } from './messages.ts'

/** Below this many ids on the answering side, a range that differs is answered by its ids. */
export const LIST_BELOW = 24
/** A range that differs and is larger is cut into this many. */
export const FAN_OUT = 16
/** Bytes of ranges in one message, well below MAX_MESSAGE_BYTES. */
export const MAX_RANGES_BYTES = 192 * 1024

/** Hash of a range: H(nonce || sorted ids), first 16 bytes. The nonce is the session's, so nobody can prepare collisions. */
export type Fingerprint = (sortedIds: readonly Bytes[]) => Bytes

export function fingerprintWith(hash: (bytes: Bytes) => Bytes, sessionNonce: Bytes): Fingerprint {
  return (sortedIds) => {
    // Not `concat(...sortedIds)`: a channel may hold more ids than a call takes arguments.
    const all = new Uint8Array(sessionNonce.length + 32 * sortedIds.length)
    all.set(sessionNonce)
    sortedIds.forEach((id, i) => all.set(id, sessionNonce.length + 32 * i))
    return hash(all).subarray(0, 16)
  }
}

export interface Answer {
  /** To send back; empty when nothing is left to compare. Within MAX_RANGES and MAX_RANGES_BYTES. */
  readonly ranges: Range[]
  /** Ids the other side named that are not here. No duplicates. */
  readonly want: Bytes[]
  /** Ids here that the other side lacks. */
  readonly give: Bytes[]
}

/** The opening question: one fingerprint of everything (or the ids themselves when they are few). */
export function question(sorted: readonly Bytes[], fingerprint: Fingerprint): Range[] {
  return [sorted.length < LIST_BELOW ? listed(sorted, null) : { m: 'fp', end: null, fp: fingerprint(sorted) }]
}

/**
 * Answers the other side's ranges from `sorted`, the ids held here in ascending order. Ranges out of order end the reading,
 * and ids outside their range are not looked at: what a hostile side gains is a round that settles less.
 */
export function answer(sorted: readonly Bytes[], ranges: readonly Range[], fingerprint: Fingerprint): Answer {
  const out = new Tiling()
  const want: Bytes[] = []
  const give: Bytes[] = []
  let at = 0
  let start: Bytes = new Uint8Array(32)
  for (const range of ranges) {
    if (range.end !== null && compare(range.end, start) <= 0) break
    const stop = range.end === null ? sorted.length : lowerBound(sorted, range.end, at)
    const mine = sorted.slice(at, stop)
    if (range.m === 'ids') {
      const theirs = within(range.ids, start, range.end)
      for (const id of difference(theirs, mine)) want.push(id)
      for (const id of difference(mine, theirs)) give.push(id)
      out.skip(range.end)
    } else if (range.m === 'skip' || compare(fingerprint(mine), range.fp) === 0) {
      out.skip(range.end)
    } else {
      const pieces = mine.length < LIST_BELOW ? [listed(mine, range.end)] : split(mine, range.end, fingerprint)
      if (!out.add(pieces)) {
        // No room: everything from here on is compared as one range in the next round.
        out.rest({ m: 'fp', end: null, fp: fingerprint(sorted.slice(at)) })
        break
      }
    }
    if (range.end === null) break
    at = stop
    start = range.end
  }
  return { ranges: out.finished(), want, give }
}

/** Ranges being put together, side by side from zero, within the limits of one message. */
class Tiling {
  readonly #ranges: Range[] = []
  #bytes = 0

  /** Whether `pieces` still fitted; one place is kept for the rest and one for a last skip. */
  add(pieces: readonly Range[]): boolean {
    const bytes = pieces.reduce((sum, piece) => sum + sizeOf(piece), 0)
    if (this.#ranges.length + pieces.length > MAX_RANGES - 2) return false
    if (this.#bytes + bytes > MAX_RANGES_BYTES - 2 * RANGE_BYTES) return false
    for (const piece of pieces) this.#ranges.push(piece)
    this.#bytes += bytes
    return true
  }

  /** Nothing to compare up to `end`. Neighbouring skips are one, so that there is at most one for each range added. */
  skip(end: Bytes | null): void {
    const last = this.#ranges.length - 1
    if (this.#ranges[last]?.m === 'skip') this.#ranges[last] = { m: 'skip', end }
    else {
      this.#ranges.push({ m: 'skip', end })
      this.#bytes += RANGE_BYTES
    }
  }

  rest(range: Range): void {
    this.#ranges.push(range)
  }

  /** Tiles the whole id space, or nothing. */
  finished(): Range[] {
    while (this.#ranges[this.#ranges.length - 1]?.m === 'skip') this.#ranges.pop()
    const last = this.#ranges[this.#ranges.length - 1]
    if (last !== undefined && last.end !== null) this.#ranges.push({ m: 'skip', end: null })
    return this.#ranges
  }
}

/** Encoded bytes of a range without its ids, at most; and of an id in a list. */
const RANGE_BYTES = 64
const ID_BYTES = 34

const sizeOf = (range: Range) => RANGE_BYTES + (range.m === 'ids' ? ID_BYTES * range.ids.length : 0)

function listed(mine: readonly Bytes[], end: Bytes | null): Range {
  return { m: 'ids', end, ids: [...mine] }
}

function split(mine: readonly Bytes[], end: Bytes | null, fingerprint: Fingerprint): Range[] {
  const size = Math.ceil(mine.length / FAN_OUT)
  const out: Range[] = []
  for (let from = 0; from < mine.length; from += size) {
    const part = mine.slice(from, from + size)
    const next = mine[from + size]
    out.push({ m: 'fp', end: next ?? end, fp: fingerprint(part) })
  }
  return out
}

/** `ids` in ascending order, once each, from `start` up to `end`. */
function within(ids: readonly Bytes[], start: Bytes, end: Bytes | null): Bytes[] {
  const sorted = ids.filter((id) => compare(id, start) >= 0 && (end === null || compare(id, end) < 0)).sort(compare)
  return sorted.filter((id, i) => i === 0 || compare(id, sorted[i - 1] ?? id) !== 0)
}

/** What of sorted `a` is not in sorted `b`. */
export function difference(a: readonly Bytes[], b: readonly Bytes[]): Bytes[] {
  const out: Bytes[] = []
  let j = 0
  for (const x of a) {
    for (; j < b.length; j++) {
      const y = b[j]
      if (y === undefined || compare(y, x) >= 0) break
    }
    const y = b[j]
    if (y === undefined || compare(y, x) !== 0) out.push(x)
  }
  return out
}

/** Index of the first id not below `bound`, from `from` on. */
export function lowerBound(sorted: readonly Bytes[], bound: Bytes, from = 0): number {
  let low = from
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    const id = sorted[middle]
    if (id !== undefined && compare(id, bound) < 0) low = middle + 1
    else high = middle
  }
  return low
}
