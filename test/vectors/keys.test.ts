// Golden bytes of keys: every record is decoded, verified, judged and opened, by both crypto backends, and those that must fail do.
// Rewritten only for a new format: TELAR_WRITE_VECTORS=1 npx vitest run test/vectors/keys.test.ts
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { DeviceId, type EpochId, SpaceId } from '../../src/base/ids.ts'
import { createCrypto } from '../../src/crypto/index.ts'
import { decodeKeyRecord, EpochRing, verifyKeyRecord } from '../../src/keys/index.ts'
import { decodeOperation, MembershipGraph, verifyOperation } from '../../src/membership/index.ts'
import { realCrypto, seededRandom } from '../support/membership-story.ts'
import { write } from './keys-make.ts'

type HexRecord = [string, string]
interface KeyVectors {
  space: string
  seed: string
  operations: HexRecord[]
  rekeys: { records: HexRecord[]; epoch: EpochId; secret: string; ordinal: number; channel: string }[]
  grant: { record: HexRecord; id: string; box: string }
  invalid: { name: string; record: HexRecord; epoch: EpochId | null }[]
  mustFail: { name: string; record: HexRecord }[]
  device: { id: string; box: string }
  removed: { id: string; box: string }
  current: EpochId
}

const folder = new URL('.', import.meta.url).pathname
if (process.env['TELAR_WRITE_VECTORS'] === '1') await write(folder)
const keys = JSON.parse(readFileSync(`${folder}/keys.json`, 'utf8')) as KeyVectors

const must = <T>(value: T | null): T => {
  if (value === null) throw new Error('a vector that is not what it should be')
  return value
}
const bytes = (hex: string) => must(fromHex(hex))
const recordOf = ([body, signature]: HexRecord) => ({ body: bytes(body), signature: bytes(signature) })

const backends = [
  { name: 'WebCrypto', crypto: realCrypto('vectors') },
  { name: 'tweetnacl', crypto: createCrypto({ random: seededRandom('vectors') }) },
]

describe.each(backends)('KE-1 to KE-8: epochs as bytes, $name', ({ crypto }) => {
  let graph: MembershipGraph
  const keyRecord = async (hex: HexRecord) => {
    const decoded = decodeKeyRecord(crypto, recordOf(hex))
    return decoded.ok ? verifyKeyRecord(crypto, decoded.value) : null
  }
  const ringFor = async ({ id, box }: { id: string; box: string }, more: HexRecord[] = []) => {
    const ring = new EpochRing(crypto, graph.space, bytes(keys.seed))
    const all = [...keys.rekeys.flatMap(({ records }) => records), ...keys.invalid.map(({ record }) => record), ...more]
    for (const record of all.reverse()) ring.add([must(await keyRecord(record))])
    await ring.resolve(graph, must(DeviceId.parse(id)), { box: crypto.boxKeys(bytes(box)) })
    return ring
  }
  beforeAll(async () => {
    graph = MembershipGraph.create(must(SpaceId.parse(keys.space)))
    for (const hex of keys.operations) {
      const decoded = decodeOperation(crypto, recordOf(hex))
      graph.add([must(decoded.ok ? await verifyOperation(crypto, decoded.value) : null)])
    }
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

  test('a newcomer opens the grant, and with it the epochs before', async () => {
    expect((await ringFor(keys.grant)).current(graph)).toBeNull()
    const ring = await ringFor(keys.grant, [keys.grant.record])
    expect(keys.rekeys.map(({ epoch }) => toHex(must(ring.secret(epoch) ?? null)))).toEqual(
      keys.rekeys.map(({ secret }) => secret),
    )
  })

  for (const { name, epoch } of keys.invalid) {
    test(`must not be valid: ${name}`, async () => {
      const ring = await ringFor(keys.device)
      if (epoch !== null) expect(ring.ordinal(epoch)).toBe(Infinity)
      expect(ring.current(graph)).toMatchObject({ epoch: keys.current })
    })
  }

  for (const { name, record } of keys.mustFail) {
    test(`must be no record: ${name}`, async () => {
      expect(await keyRecord(record)).toBeNull()
    })
  }
})
