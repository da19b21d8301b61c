// Writes test/vectors/membership.json from fixed seeds. Run once for a new format (the command is in
// membership.test.ts); the file is the contract, not this script: an older build's bytes must go on resolving the same.
import { writeFileSync } from 'node:fs'
import { toHex } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/base/codec.ts'
import type { SignedRecord, VerifiedOperation } from '../../src/membership/index.ts'
import { OPERATION } from '../../src/membership/labels.ts'
import { canonical, realCrypto, story, type View } from '../support/membership-story.ts'
import { GRAPHS } from './make-membership-graphs.ts'

const hexRecord = ({ body, signature }: SignedRecord) => [toHex(body), toHex(signature)]
const graphOf = (name: string, view: View) => ({
  name,
  space: view.graph.space,
  records: view.graph.records().map(hexRecord),
  heads: view.graph.heads(),
  state: canonical(view),
})

const graphs = async () => {
  const out = []
  for (const [name, make] of Object.entries(GRAPHS)) out.push(graphOf(name, await make()))
  return out
}

type Fields = Readonly<Record<string, unknown>>

/** Records that are no operation. `at`: `decode` where the signature is good and the format is not, `verify` where it is the other way. */
async function mustFail() {
  const view = await story(['ana', 'eva:editor'], realCrypto('vector bad'))
  const { crypto } = view.story
  const relays = ['wss://relay.example']
  const fieldsOf = (op: VerifiedOperation): Fields => {
    const value = decode(op.record.body)
    if (!value.ok) throw new Error('not canonical')
    return value.value as Fields
  }
  const admission = view.graph.operations()[1] as VerifiedOperation
  const admit = fieldsOf(admission)
  const successor = fieldsOf(
    await view.write('ana', { op: 'successor', to: view.graph.space, seed: new Uint8Array(32).fill(7), relays }),
  )
  const removal = fieldsOf(await view.remove('ana', 'eva'))
  const suspension = fieldsOf(await view.fork().suspend('ana', 'eva'))
  const signed = async (name: string, body: Uint8Array) => {
    const signature = await crypto.sign(OPERATION, view.story.device('ana').keys, body)
    return { name, at: 'decode', record: hexRecord({ body, signature }) }
  }
  const as = (name: string, fields: Fields, change: Fields) =>
    signed(name, encode({ ...fields, ...change } as Parameters<typeof encode>[0]))
  const without = (name: string, fields: Fields, field: string) =>
    signed(name, encode(Object.fromEntries(Object.entries(fields).filter(([key]) => key !== field)) as never))
  const verify = (name: string, record: SignedRecord) => ({ name, at: 'verify', record: hexRecord(record) })
  const { record } = admission
  const ids = Array.from({ length: 17 }, (_, i) => new Uint8Array(32).fill(i))
  return [
    await as('version 2', admit, { v: 2 }),
    await as('unknown operation', admit, { op: 'dance' }),
    await as('a field too many', admit, { note: 1 }),
    await without('a field too few', admit, 'consent'),
    await as('no parents', admit, { parents: [] }),
    await as('seventeen parents', admit, { parents: ids }),
    await as('parents in descending order', admit, { parents: ids.slice(0, 2).reverse() }),
    await as('a parent twice', admit, { parents: [ids[3], ids[3]] }),
    await as('negative sequence', admit, { seq: -1 }),
    await as('a sequence above the bound', admit, { seq: 2 ** 31 }),
    await as('a first operation with a previous one', admit, { seq: 0 }),
    await as('a role that there is not', admit, { role: 'queen' }),
    await as('low-order box key', admit, { box: new Uint8Array(32) }),
    await as('small-order device key', admit, { target: Uint8Array.of(1, ...new Uint8Array(31)) }),
    await without('a successor without a seed', successor, 'seed'),
    await as('a seed of 31 bytes', successor, { seed: new Uint8Array(31) }),
    await as('nine relays', successor, { relays: Array.from({ length: 9 }, (_, i) => `wss://r${i}.example`) }),
    await as('a relay of 257 characters', successor, { relays: [`wss://${'a'.repeat(251)}`] }),
    await as('a cut-off before the first that names one', removal, {
      cutoffs: [{ device: admit['target'], seq: -1, id: ids[1] }],
    }),
    await as('a cut-off without the operation', suspension, { cutoff: { seq: 0, id: null } }),
    await signed('a byte after the end', Uint8Array.of(...record.body, 0)),
    await signed('not CBOR', Uint8Array.of(0xff)),
    await signed('above 32 KiB', new Uint8Array(32 * 1024 + 1)),
    verify('another role, old signature', { ...record, body: encode({ ...admit, role: 'reader' }) }),
    verify('another signature', {
      ...record,
      signature: record.signature.map((byte, i) => (i === 0 ? byte ^ 1 : byte)),
    }),
    verify(
      'an admission without the newcomer’s consent',
      await resigned({ ...admit, consent: new Uint8Array(64) }, view),
    ),
    verify(
      'an admission without the invitation’s proof',
      await resigned({ ...admit, proof: new Uint8Array(64) }, view),
    ),
  ]
}

async function resigned(fields: Fields, view: View): Promise<SignedRecord> {
  const body = encode(fields as never)
  return { body, signature: await view.story.crypto.sign(OPERATION, view.story.device('ana').keys, body) }
}

export async function write(folder: string): Promise<void> {
  const put = (name: string, value: unknown) =>
    writeFileSync(`${folder}/${name}`, `${JSON.stringify(value, null, 1)}\n`)
  put('membership.json', { graphs: await graphs(), mustFail: await mustFail() })
}
