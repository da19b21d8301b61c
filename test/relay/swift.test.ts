// What the relay reads and writes by hand is exactly what the general codecs read and write: the same value or no opinion,
// the same bytes. Rules CH-1, CH-15, CH-17.
import { cbor } from '@automerge/automerge-repo/slim'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Bytes } from '../../src/base/bytes.ts'
import { encode } from '../../src/base/codec.ts'
import { MAX_ENTRY_BYTES, MAX_IDS } from '../../src/wire/limits.ts'
import { decodeMessage, encodeMessage, type Message } from '../../src/wire/messages.ts'
import { readFrame, slowFrame } from '../../sync-server/frames.ts'
import { encodeAck, encodePut, swiftFrame, swiftPut } from '../../sync-server/swift.ts'

const blob = (min: number, max: number) =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((b) => new Uint8Array(b))
const id = blob(32, 32)
const plain = (bytes: Bytes) => new Uint8Array(bytes)
const number = fc.oneof(
  fc.constantFrom(0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
  fc.nat(),
)

/** Bytes with one of them changed, taken out or doubled, or the end cut off. */
const damaged = (bytes: fc.Arbitrary<Bytes>) =>
  fc
    .tuple(bytes, fc.nat(400), fc.nat(255), fc.constantFrom('keep', 'set', 'cut', 'out', 'in', 'end'))
    .map(([b, at, value, how]) => {
      const i = at % Math.max(1, b.length)
      if (how === 'set') return b.map((byte, j) => (j === i ? value : byte))
      if (how === 'cut') return b.slice(0, i)
      if (how === 'out') return plain(Buffer.concat([b.subarray(0, i), b.subarray(i + 1)]))
      if (how === 'in') return plain(Buffer.concat([b.subarray(0, i), Uint8Array.of(value), b.subarray(i)]))
      if (how === 'end') return plain(Buffer.concat([b, Uint8Array.of(value)]))
      return b
    })

const put = fc
  .record({ ch: id, entries: fc.array(blob(1, 300), { minLength: 1, maxLength: 30 }) })
  .map(({ ch, entries }) => encodeMessage({ t: 'put', ch, entries }))
const anything = fc.oneof(
  put,
  fc
    .record({ ch: blob(30, 34), entries: fc.array(blob(0, 40), { maxLength: 3 }), n: fc.option(number) })
    .map((value) =>
      encode({ t: 'put', ch: value.ch, entries: value.entries, ...(value.n === null ? {} : { n: value.n }) }),
    ),
)

test('CH-15 a put read by hand is the put that the general decoder reads, or nobody reads it by hand', () => {
  let read = 0
  fc.assert(
    fc.property(damaged(anything), (data) => {
      const swift = swiftPut(data)
      const general = decodeMessage(data)
      if (swift === null) return
      read++
      expect(general.ok).toBe(true)
      expect(encodeMessage(swift)).toEqual(data)
      if (general.ok) expect(general.value).toEqual(swift)
    }),
    { numRuns: 2_000 },
  )
  expect(read).toBeGreaterThan(100)
})

test('CH-15 every put that a client of ours makes is read by hand, up to the limits', () => {
  const ch = new Uint8Array(32).fill(9)
  const cases = [
    [new Uint8Array(MAX_ENTRY_BYTES).fill(1)],
    Array.from({ length: MAX_IDS }, () => new Uint8Array(60)),
    [new Uint8Array(23), new Uint8Array(24), new Uint8Array(255), new Uint8Array(256), new Uint8Array(65_536)],
  ]
  for (const entries of cases)
    expect(swiftPut(encodeMessage({ t: 'put', ch, entries }))).toEqual({ t: 'put', ch, entries })
  for (const entries of [
    [new Uint8Array(MAX_ENTRY_BYTES + 1)],
    Array.from({ length: MAX_IDS + 1 }, () => new Uint8Array(3)),
  ])
    expect(swiftPut(encodeMessage({ t: 'put', ch, entries }))).toBe(null)
})

test('CH-15 CH-17 put and ack are written as the general encoder writes them', () => {
  fc.assert(
    fc.property(id, fc.array(blob(1, 700), { minLength: 1, maxLength: 30 }), fc.option(number), (ch, items, n) => {
      const ack: Message = { t: 'ack', ch, ids: items, n: n ?? undefined }
      expect(encodeAck(ch, items, n ?? undefined)).toEqual(encodeMessage(ack))
      expect(encodePut(ch, items, n ?? 7)).toEqual(encodeMessage({ t: 'put', ch, entries: items, n: n ?? 7 }))
    }),
  )
})

test('CH-1 a frame read by hand is the frame that the general decoder reads', () => {
  const text = fc.oneof(fc.string({ maxLength: 70 }), fc.constantFrom('telar', 'x1', '0123456789abcdef'))
  const fields = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('telar'),
        senderId: fc.constant('x1'),
        targetId: fc.constant('relay-1'),
        data: blob(1, 300),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record(
        { type: text, senderId: text, targetId: fc.oneof(text, fc.nat()), data: fc.oneof(blob(0, 9), text) },
        { requiredKeys: [] },
      ),
    },
    {
      weight: 1,
      arbitrary: fc.dictionary(fc.constantFrom('type', 'senderId', 'data', 'other', 'targetId'), fc.anything()),
    },
  )
  const frame = fields.map((value) => plain(cbor.encode(value)))
  let read = 0
  fc.assert(
    fc.property(damaged(frame), (bytes) => {
      const swift = swiftFrame(bytes)
      const general = slowFrame(bytes)
      if (swift !== null) {
        read++
        expect(general).toEqual(swift)
      }
      expect(readFrame(bytes)).toEqual(general)
    }),
    { numRuns: 2_000 },
  )
  expect(read).toBeGreaterThan(100)
})
