// Range-based set reconciliation over entry ids (Meyer 2022, arXiv:2212.13567), as pure functions both ends share: what to
// answer to the other side's ranges, given the ids one has. Holds no state between rounds. Rules CH-10 to CH-14.
import { compare, concat, type Bytes } from '../base/bytes.ts'
import type { Range } from './messages.ts'

/** Below this many ids on the answering side, a range that differs is answered by its ids. */
export const LIST_BELOW = 24
/** A range that differs and is larger is cut into this many. */
export const FAN_OUT = 16

/** Hash of a range: H(nonce || sorted ids), first 16 bytes. The nonce is the session's, so nobody can prepare collisions. */
export type Fingerprint = (sortedIds: readonly Bytes[]) => Bytes

export function fingerprintWith(hash: (bytes: Bytes) => Bytes, sessionNonce: Bytes): Fingerprint {
  return (sortedIds) => hash(concat(sessionNonce, ...sortedIds)).subarray(0, 16)
}

export interface Answer {
  /** To send back; empty when nothing is left to compare. */
  readonly ranges: Range[]
  /** Ids the other side named that are not here. */
  readonly want: Bytes[]
  /** Ids here that the other side lacks. */
  readonly give: Bytes[]
}

/** The opening question: one fingerprint of everything (or the ids themselves when they are few). */
export function question(sorted: readonly Bytes[], fingerprint: Fingerprint): Range[] {
  return [sorted.length < LIST_BELOW ? listed(sorted, null) : { m: 'fp', end: null, fp: fingerprint(sorted) }]
}

/** Answers the other side's ranges from `sorted`, the ids held here in ascending order. Ranges out of order are skipped. */
export function answer(sorted: readonly Bytes[], ranges: readonly Range[], fingerprint: Fingerprint): Answer {
  const out: Range[] = []
  const want: Bytes[] = []
  const give: Bytes[] = []
  let at = 0
  let previousEnd: Bytes | null = new Uint8Array(32)
  for (const range of ranges) {
    if (previousEnd === null || (range.end !== null && compare(range.end, previousEnd) <= 0)) break
    const stop = range.end === null ? sorted.length : lowerBound(sorted, range.end, at)
    const mine = sorted.slice(at, stop)
    if (range.m === 'ids') {
      const theirs = [...range.ids].sort(compare)
      want.push(...difference(theirs, mine))
      give.push(...difference(mine, theirs))
      skip(out, range.end)
    } else if (range.m === 'skip' || same(fingerprint(mine), range.fp)) {
      skip(out, range.end)
    } else if (mine.length < LIST_BELOW) {
      out.push(listed(mine, range.end))
    } else {
      out.push(...split(mine, range.end, fingerprint))
    }
    at = stop
    previousEnd = range.end
  }
  while (out.length > 0 && out[out.length - 1]?.m === 'skip') out.pop()
  if (out.length > 0) skip(out, null)
  return { ranges: out, want, give }
}

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

/** Ranges not worth comparing are merged, and never stand first by themselves longer than needed. */
function skip(out: Range[], end: Bytes | null): void {
  const last = out[out.length - 1]
  if (last !== undefined && last.m !== 'skip' && last.end === null) return
  if (last?.m === 'skip') out[out.length - 1] = { m: 'skip', end }
  else out.push({ m: 'skip', end })
}

const same = (a: Bytes, b: Bytes) => compare(a, b) === 0

/** What of sorted `a` is not in sorted `b`. */
function difference(a: readonly Bytes[], b: readonly Bytes[]): Bytes[] {
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
