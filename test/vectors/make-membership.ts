// Writes test/vectors/membership.json from fixed seeds. Run once for a new format (the command is in
// membership.test.ts); the file is the contract, not this script: an older build's bytes must go on resolving the same.
import { writeFileSync } from 'node:fs'
import { toHex } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/base/codec.ts'
import type { SignedRecord } from '../../src/membership/index.ts'
import { canonical, realCrypto, story, type View } from '../support/membership-story.ts'

const hexRecord = ({ body, signature }: SignedRecord) => [toHex(body), toHex(signature)]
const graphOf = (name: string, view: View) => ({
  name,
  space: view.graph.space,
  records: view.graph.records().map(hexRecord),
  heads: view.graph.heads(),
  state: canonical(view),
})

async function graphs() {
  const plain = await story(['ana', 'bea', 'eva:editor', 'sol:reader'], realCrypto('vector plain'))
  await plain.addDevice('eva', 'eva laptop')
  await plain.rotate('eva')
  await plain.write('ana', { op: 'set-relays', relays: ['wss://relay.example'] })
  await plain.remove('bea', 'sol')
  await plain.write('eva', {
    op: 'successor',
    to: plain.graph.space,
    seed: new Uint8Array(32).fill(7),
    relays: ['wss://relay.example'],
  })
  const stolen = await story(['ana', 'bea', 'cleo'], realCrypto('vector stolen'))
  const thief = stolen.fork()
  await stolen.cosign('bea', await stolen.remove('ana', 'cleo'))
  await thief.admit('cleo', 'puppet')
  await thief.suspend('cleo', 'ana')
  const dispute = await story(['ana', 'bea', 'cleo'], realCrypto('vector dispute'))
  const other = dispute.fork()
  await dispute.suspend('ana', 'bea')
  await other.suspend('bea', 'ana')
  const forked = await story(['ana', 'bea'], realCrypto('vector forked'))
  const invitation = forked.story.crypto.signKeys()
  const branch = forked.fork()
  await forked.admit('ana', 'eva', 'editor', invitation)
  await branch.admit('bea', 'sol', 'editor', invitation)
  return [
    graphOf('all kinds', plain),
    graphOf('removal against back-dated operations', stolen.tell(thief)),
    graphOf('two coordinators suspend each other', dispute.tell(other)),
    graphOf('one invitation used twice', forked.tell(branch)),
  ]
}

async function mustFail() {
  const view = await story(['ana', 'eva:editor'], realCrypto('vector bad'))
  const { record } = view.graph.operations()[1] as { record: SignedRecord }
  const value = decode(record.body)
  if (!value.ok) throw new Error('not canonical')
  const fields = value.value as Record<string, never>
  const as = (name: string, change: object) => ({
    name,
    record: hexRecord({ ...record, body: encode({ ...fields, ...change }) }),
  })
  const flipped = record.signature.map((byte, i) => (i === 0 ? byte ^ 1 : byte))
  return [
    as('version 2', { v: 2 }),
    as('unknown operation', { op: 'dance' }),
    as('a field too many', { note: 1 }),
    as('no parents', { parents: [] }),
    as('negative sequence', { seq: -1 }),
    as('a first operation with a previous one', { seq: 0 }),
    as('low-order box key', { box: new Uint8Array(32) }),
    as('small-order device key', { target: Uint8Array.of(1, ...new Uint8Array(31)) }),
    as('another role, old signature', { role: 'reader' }),
    { name: 'another signature', record: hexRecord({ ...record, signature: flipped }) },
    { name: 'a byte after the end', record: hexRecord({ ...record, body: Uint8Array.of(...record.body, 0) }) },
    { name: 'not CBOR', record: ['ff', toHex(record.signature)] },
  ]
}

export async function write(folder: string): Promise<void> {
  const put = (name: string, value: unknown) =>
    writeFileSync(`${folder}/${name}`, `${JSON.stringify(value, null, 1)}\n`)
  put('membership.json', { graphs: await graphs(), mustFail: await mustFail() })
}
