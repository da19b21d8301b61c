// Reconciliation as pure functions: whatever two sets differ in, both sides learn exactly that, and no answer is ever too
// large for one message. Rules CH-10 to CH-14.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Bytes, compare, toHex } from '../../src/base/bytes.ts'
import { MAX_MESSAGE_BYTES, MAX_RANGES } from '../../src/wire/limits.ts'
import { decodeMessage, encodeMessage, type Range } from '../../src/wire/messages.ts'
import { answer, fingerprintWith, question } from '../../src/wire/ranges.ts'

const sha = (data: Bytes): Bytes => new Uint8Array(createHash('sha512').update(data).digest().subarray(0, 32))
const fingerprint = fingerprintWith(sha, new Uint8Array(32).fill(7))

/** The ids numbered from `from` up to `to`, in the order of ids. */
function ids(seed: number, from: number, to: number): Bytes[] {
  const out: Bytes[] = []
  for (let i = from; i < to; i++) out.push(sha(Uint8Array.of(seed, i & 255, (i >> 8) & 255, (i >> 16) & 255)))
  return out
}
const sorted = (list: readonly Bytes[]) => [...list].sort(compare)
const hexes = (list: readonly Bytes[]) => list.map(toHex).sort()

interface Side {
  held: Bytes[]
  readonly want: Bytes[]
  readonly give: Bytes[]
}

/** Rounds until neither has anything to ask. `transfer`: entries arrive between rounds. */
function reconcile(a: Side, b: Side, transfer: boolean): number {
  const ch = new Uint8Array(32)
  let ranges: Range[] = question(a.held, fingerprint)
  let [mine, theirs] = [b, a]
  for (let round = 1; ; round++) {
    expect(round).toBeLessThan(200)
    const encoded = encodeMessage({ t: 'ranges', ch, q: round, ranges })
    expect(encoded.length).toBeLessThanOrEqual(MAX_MESSAGE_BYTES)
    expect(ranges.length).toBeLessThanOrEqual(MAX_RANGES)
    expect(decodeMessage(encoded).ok).toBe(true)
    const result = answer(mine.held, ranges, fingerprint)
    mine.want.push(...result.want)
    mine.give.push(...result.give)
    if (transfer) {
      mine.held = sorted([...mine.held, ...result.want])
      theirs.held = sorted([...theirs.held, ...result.give])
    }
    if (result.ranges.length === 0) return round
    ranges = result.ranges
    ;[mine, theirs] = [theirs, mine]
  }
}

function check(common: number, onlyA: number, onlyB: number, transfer: boolean): number {
  const shared = ids(1, 0, common)
  const hasA = ids(2, 0, onlyA)
  const hasB = ids(3, 0, onlyB)
  const a: Side = { held: sorted([...shared, ...hasA]), want: [], give: [] }
  const b: Side = { held: sorted([...shared, ...hasB]), want: [], give: [] }
  const rounds = reconcile(a, b, transfer)
  expect(hexes([...a.want, ...b.give])).toEqual(hexes(hasB))
  expect(hexes([...b.want, ...a.give])).toEqual(hexes(hasA))
  return rounds
}

test('CH-10 two sets of any size learn exactly their difference', () => {
  const size = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 5_000 }))
  fc.assert(
    fc.property(size, size, size, fc.boolean(), (common, onlyA, onlyB, transfer) => {
      check(common, onlyA, onlyB, transfer)
    }),
    { numRuns: 25 },
  )
})

test('CH-10 equal sets settle in one round, one missing entry of 5,000 in a few', () => {
  expect(check(5_000, 0, 0, false)).toBe(1)
  expect(check(5_000, 0, 1, false)).toBeLessThanOrEqual(5)
})

test('CH-14 an answer that does not fit is cut and asked again: two wholly different sets of 20,000', () => {
  expect(check(0, 20_000, 20_000, false)).toBeLessThan(60)
  expect(check(0, 20_000, 20_000, true)).toBeLessThan(60)
})

test('CH-14 found bug: a set larger than a call takes arguments is hashed all the same', () => {
  const many = Array.from({ length: 200_000 }, () => new Uint8Array(32))
  expect(fingerprint(many)).toHaveLength(16)
})

test('CH-12 hostile ranges never throw, never give what is not held, never want twice', () => {
  const held = sorted(ids(4, 0, 300))
  const holds = new Set(held.map(toHex))
  const id = fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.constantFrom(...held.slice(0, 20)))
  const end = fc.option(id)
  const range: fc.Arbitrary<Range> = fc.oneof(
    fc.record({ m: fc.constant('skip' as const), end }),
    fc.record({ m: fc.constant('fp' as const), end, fp: fc.uint8Array({ minLength: 16, maxLength: 16 }) }),
    fc.record({ m: fc.constant('ids' as const), end, ids: fc.array(id, { maxLength: 50 }) }),
  )
  fc.assert(
    fc.property(fc.array(range, { maxLength: 60 }), (ranges) => {
      const { want, give, ranges: reply } = answer(held, ranges, fingerprint)
      expect(give.every((each) => holds.has(toHex(each)))).toBe(true)
      expect(want.some((each) => holds.has(toHex(each)))).toBe(false)
      expect(new Set(want.map(toHex)).size).toBe(want.length)
      for (let i = 1; i < reply.length; i++) {
        const [a, b] = [reply[i - 1]?.end ?? null, reply[i]?.end ?? null]
        expect(a !== null && (b === null || compare(a, b) < 0)).toBe(true)
      }
    }),
    { numRuns: 200 },
  )
})
