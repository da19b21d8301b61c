// Golden bytes of membership and keys: every record is decoded, verified and resolved, forwards and backwards, and those that
// must fail do. Rewritten only for a new format: TELAR_WRITE_VECTORS=1 npx vitest run test/vectors/membership.test.ts
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { DeviceId, type EpochId, SpaceId } from '../../src/base/ids.ts'
import { decodeKeyRecord, EpochRing, verifyKeyRecord } from '../../src/keys/index.ts'
import { decodeOperation, MembershipGraph, verifyOperation } from '../../src/membership/index.ts'
import { canonical, realCrypto } from '../support/membership-story.ts'
import { write } from './make-membership.ts'

type HexRecord = [string, string]
interface MembershipVectors {
  graphs: { name: string; space: string; records: HexRecord[]; heads: string[]; state: unknown }[]
  mustFail: { name: string; record: HexRecord }[]
}
interface KeyVectors {
  space: string
  seed: string
  operations: HexRecord[]
  rekeys: { record: HexRecord; epoch: EpochId; secret: string; ordinal: number; channel: string }[]
  invalid: { name: string; record: HexRecord }[]
  device: { id: string; box: string }
  removed: { id: string; box: string }
  current: EpochId
}

const folder = new URL('.', import.meta.url).pathname
if (process.env['TELAR_WRITE_VECTORS'] === '1') await write(folder)
const read = (name: string): unknown => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'))
const membership = read('membership.json') as MembershipVectors
const keys = read('keys.json') as KeyVectors
const crypto = realCrypto('vectors')

const must = <T>(value: T | null): T => {
  if (value === null) throw new Error('a vector that is not what it should be')
  return value
}
const bytes = (hex: string) => must(fromHex(hex))
const recordOf = ([body, signature]: HexRecord) => ({ body: bytes(body), signature: bytes(signature) })

async function operation(hex: HexRecord) {
  const decoded = decodeOperation(crypto, recordOf(hex))
  return decoded.ok ? verifyOperation(crypto, decoded.value) : null
}
async function graphOf(space: string, records: HexRecord[]): Promise<MembershipGraph> {
  const graph = MembershipGraph.create(must(SpaceId.parse(space)))
  for (const record of records) graph.add([must(await operation(record))])
  return graph
}

describe('ME-1, ME-2, ME-3: graphs as bytes', () => {
  for (const { name, space, records, heads, state } of membership.graphs) {
    test(name, async () => {
      for (const order of [records, [...records].reverse()]) {
        const graph = await graphOf(space, order)
        expect(canonical({ state: () => graph.state() })).toEqual(state)
        expect(graph.heads()).toEqual(heads)
      }
    })
  }

  for (const { name, record } of membership.mustFail) {
    test(`must fail: ${name}`, async () => {
      expect(await operation(record)).toBeNull()
    })
  }
})

describe('KE-1 to KE-8: epochs as bytes', () => {
  let graph: MembershipGraph
  const keyRecord = async (hex: HexRecord) => {
    const decoded = decodeKeyRecord(crypto, recordOf(hex))
    return must(decoded.ok ? await verifyKeyRecord(crypto, decoded.value) : null)
  }
  const ringFor = async ({ id, box }: { id: string; box: string }) => {
    const ring = new EpochRing(crypto, graph.space, bytes(keys.seed))
    for (const { record } of [...keys.invalid, ...keys.rekeys].reverse()) ring.add([await keyRecord(record)])
    await ring.resolve(graph, must(DeviceId.parse(id)), { box: crypto.boxKeys(bytes(box)) })
    return ring
  }
  beforeAll(async () => {
    graph = await graphOf(keys.space, keys.operations)
  })

  test('an active device opens every epoch, and all agree which is in use', async () => {
    const ring = await ringFor(keys.device)
    for (const { epoch, secret, ordinal, channel } of keys.rekeys) {
      expect(toHex(must(ring.secret(epoch) ?? null))).toBe(secret)
      expect(ring.ordinal(epoch)).toBe(ordinal)
      expect(ring.channel(epoch)?.id).toBe(channel)
    }
    expect(ring.current(graph)).toMatchObject({ epoch: keys.current })
  })

  test('the removed device opens what came before and not the last', async () => {
    const ring = await ringFor(keys.removed)
    expect(keys.rekeys.map(({ epoch }) => ring.secret(epoch) !== undefined)).toEqual([true, true, false])
    expect(ring.current(graph)).toBeNull()
  })

  for (const { name, record } of keys.invalid) {
    test(`must not be valid: ${name}`, async () => {
      const ring = await ringFor(keys.device)
      expect(ring.ordinal((await keyRecord(record)).epoch)).toBe(Infinity)
    })
  }
})
