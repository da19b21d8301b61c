// Golden bytes of membership: every record is decoded, verified and resolved, forwards and backwards, and those that
// must fail do. Rewritten only for a new format: TELAR_WRITE_VECTORS=1 npx vitest run test/vectors/membership.test.ts
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fromHex } from '../../src/base/bytes.ts'
import { SpaceId } from '../../src/base/ids.ts'
import { decodeOperation, MembershipGraph, verifyOperation } from '../../src/membership/index.ts'
import { canonical, realCrypto } from '../support/membership-story.ts'
import { write } from './make-membership.ts'

type HexRecord = [string, string]
interface MembershipVectors {
  graphs: { name: string; space: string; records: HexRecord[]; heads: string[]; state: unknown }[]
  mustFail: { name: string; at: 'decode' | 'verify'; record: HexRecord }[]
}

const folder = new URL('.', import.meta.url).pathname
if (process.env['TELAR_WRITE_VECTORS'] === '1') await write(folder)
const read = (name: string): unknown => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'))
const membership = read('membership.json') as MembershipVectors
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

  for (const { name, at, record } of membership.mustFail) {
    test(`must fail: ${name}`, async () => {
      expect(decodeOperation(crypto, recordOf(record)).ok).toBe(at === 'verify')
      expect(await operation(record)).toBeNull()
    })
  }
})
