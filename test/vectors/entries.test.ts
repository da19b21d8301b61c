// Golden entries made by an older build, must-fail cases included (rules EN-1 to EN-9): what opened once opens for ever, and
// what was refused stays refused. `UPDATE_VECTORS=1` writes the file anew, for a new format version only.
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Bytes, fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { type Encodable, encode } from '../../src/base/codec.ts'
import { EpochId, HeaderId, SpaceId } from '../../src/base/ids.ts'
import { unwrap } from '../../src/base/result.ts'
import {
  entryId,
  type EntryFields,
  openEntry,
  packChanges,
  packRecords,
  sealEntry,
  sealEnvelope,
} from '../../src/log/entry.ts'
import { bytesOf, changesFields, epochIdOf, graphHead, testCrypto, testSpace } from '../support/log.ts'

interface Vector {
  readonly name: string
  readonly rule: string
  readonly outer: string
  /** The type of the error; null for those that open. */
  readonly error: string | null
  readonly id: string
  readonly headerId?: string
  readonly header?: string
  readonly payload?: string
}

interface Vectors {
  readonly space: string
  readonly secret: string
  readonly epoch: string
  readonly device: string
  readonly vectors: readonly Vector[]
}

const file = new URL('./entries.json', import.meta.url)

async function make(): Promise<Vectors> {
  const world = testSpace('vectors')
  const { crypto, space, secret, epoch, document, luz, marta } = world
  const vectors: Vector[] = []
  const [records] = packRecords([{ body: utf8('body'), signature: bytesOf('signature', 64) }])
  const common = { space, epoch, time: 1_790_000_000_000 }
  const heads = [graphHead('a'), graphHead('b')].sort()
  const content = packChanges([utf8('a change')])
  const changes = changesFields(world, luz)
  const sealed = async (fields: EntryFields, payload: Bytes, sign = luz) =>
    unwrap(await sealEntry(crypto, { secret, fields, payload, sign }))
  const opens: readonly (readonly [string, EntryFields, Bytes])[] = [
    ['op', { ...common, kind: 'op' }, records!],
    ['keys', { ...common, kind: 'keys' }, records!],
    ['changes, first', changes, content],
    ['changes, later', { ...changes, seq: 1, prev: HeaderId.must(bytesOf('prev', 32)), heads: undefined }, content],
    ['snapshot', { ...common, kind: 'snapshot', heads, document }, utf8('snapshot')],
    ['witness', { ...common, kind: 'witness', seq: 0, prev: null, heads }, utf8('witness')],
    ['blob, large', { ...common, kind: 'blob' }, bytesOf('large', 3_000)],
  ]
  for (const [name, fields, payload] of opens) {
    const { outer, entry } = await sealed(fields, payload)
    const opened = { headerId: entry.headerId, header: toHex(entry.headerBytes), payload: toHex(payload) }
    vectors.push({ name, rule: 'EN-1', outer: toHex(outer), error: null, id: entry.id, ...opened })
  }
  const fails = (name: string, rule: string, error: string, outer: Bytes) =>
    vectors.push({ name, rule, outer: toHex(outer), error, id: entryId(outer) })
  const { outer, entry } = await sealed(changes, content)
  const flipped = (at: number) => outer.map((byte, i) => (i === at ? byte ^ 1 : byte))
  const inner = (value: Encodable) => sealEnvelope(crypto, secret, 'telar/1/entry', encode(value))
  fails('another commitment', 'EN-1', 'NoSecret', flipped(30))
  fails('another nonce', 'EN-1', 'NoSecret', flipped(3))
  fails('a changed box', 'EN-1', 'Malformed', flipped(outer.length - 1))
  fails('sealed for another use', 'EN-1', 'NoSecret', sealEnvelope(crypto, secret, 'telar/1/whisper', utf8('x')))
  fails('cut off', 'EN-3', 'Malformed', outer.slice(0, 60))
  fails('another version outside', 'EN-6', 'Unreadable', flipped(0).fill(2, 0, 1))
  fails('no CBOR inside', 'EN-4', 'NotCanonical', sealEnvelope(crypto, secret, 'telar/1/entry', utf8('rubbish')))
  const swapped = encode([entry.headerBytes, await crypto.sign('telar/1/header', marta, entry.headerBytes), content])
  fails('signed by another device', 'EN-4', 'BadSignature', sealEnvelope(crypto, secret, 'telar/1/entry', swapped))
  fails(
    'another payload',
    'EN-5',
    'WrongPayload',
    inner([entry.headerBytes, entry.signature, packChanges([utf8('another')])]),
  )
  const elsewhere = SpaceId.must(bytesOf('elsewhere', 32))
  fails('another space', 'EN-5', 'WrongSpace', (await sealed({ ...changes, space: elsewhere }, content)).outer)
  const later = epochIdOf(crypto, bytesOf('later', 32))
  fails('another epoch', 'EN-5', 'WrongEpoch', (await sealed({ ...changes, epoch: later }, content)).outer)
  const newer = { ...changes, kind: 'poll' } as unknown as EntryFields
  fails('a kind from later', 'EN-6', 'Unreadable', (await sealed(newer, content)).outer)
  fails('the actor of another device', 'EN-7', 'WrongActor', (await sealed(changes, content, marta)).outer)
  fails(
    'a first entry without heads',
    'EN-8',
    'BadField',
    (await sealed({ ...changes, heads: undefined }, content)).outer,
  )
  fails('a place without one before', 'EN-8', 'BadField', (await sealed({ ...changes, seq: 2 }, content)).outer)
  fails('no records', 'EN-9', 'BadPayload', (await sealed({ ...common, kind: 'op' }, encode([]))).outer)
  return { space, secret: toHex(secret), epoch, device: toHex(luz.publicKey), vectors }
}

if (process.env['UPDATE_VECTORS'] === '1') writeFileSync(file, `${JSON.stringify(await make(), null, 2)}\n`)
const golden = JSON.parse(readFileSync(file, 'utf8')) as Vectors
const bytes = (hex: string): Bytes => fromHex(hex)!

describe('golden entries', () => {
  const crypto = testCrypto('reading')
  const space = SpaceId.parse(golden.space)!
  const secrets = new Map([[EpochId.parse(golden.epoch)!, bytes(golden.secret)]])

  it('are all there', () => {
    expect(golden.vectors.filter(({ error }) => error === null)).toHaveLength(7)
    expect(golden.vectors.filter(({ error }) => error !== null)).toHaveLength(16)
  })

  for (const vector of golden.vectors)
    it(`${vector.rule} ${vector.error === null ? 'opens' : 'refuses'}: ${vector.name}`, async () => {
      expect(entryId(bytes(vector.outer))).toBe(vector.id)
      const result = await openEntry(crypto, bytes(vector.outer), secrets, space)
      if (!result.ok) expect(result.error.type).toBe(vector.error)
      else
        expect({
          error: null,
          headerId: result.value.headerId,
          header: toHex(result.value.headerBytes),
          payload: toHex(result.value.payload),
          device: result.value.header.device,
        }).toEqual({
          error: vector.error,
          headerId: vector.headerId,
          header: vector.header,
          payload: vector.payload,
          device: golden.device,
        })
    })
})
