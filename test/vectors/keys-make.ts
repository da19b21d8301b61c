// Writes test/vectors/keys.json from fixed seeds. Run once for a new format (the command is in keys.test.ts); the file is the
// contract, not this script: an older build's bytes must go on resolving the same.
import { writeFileSync } from 'node:fs'
import { toHex } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/base/codec.ts'
import type { Crypto } from '../../src/crypto/index.ts'
import type { NewRekey, VerifiedKeyRecord } from '../../src/keys/index.ts'
import type { SignedRecord } from '../../src/membership/index.ts'
import { first, type Keyring, ringOf, SEED } from '../support/keys-story.ts'
import { realCrypto, story } from '../support/membership-story.ts'

const hexRecord = ({ body, signature }: SignedRecord) => [toHex(body), toHex(signature)]
const hexOf = ({ verified }: NewRekey) => verified.map(({ record }) => hexRecord(record))

/** Records that are none, made from a good one. */
function noRecords(good: VerifiedKeyRecord) {
  const { record } = good
  const value = decode(record.body)
  if (!value.ok) throw new Error('not canonical')
  const fields = value.value as Record<string, never>
  const as = (name: string, change: object) => ({
    name,
    record: hexRecord({ ...record, body: encode({ ...fields, ...change }) }),
  })
  const small = Uint8Array.of(1, ...new Uint8Array(31))
  const beyond = Uint8Array.of(0xed, ...new Uint8Array(30).fill(0xff), 0x7f)
  const order = toHex(record.signature).slice(0, 64) + 'edd3f55c1a631258d69cf7a2def9de14' + '0'.repeat(31) + '1'
  return [
    as('version 2', { v: 2 }),
    as('an unknown kind', { rec: 'dance' }),
    as('a field too many', { note: 1 }),
    as('low-order ephemeral key', { ephemeral: new Uint8Array(32) }),
    as('ephemeral key above the field', { ephemeral: beyond }),
    as('small-order device key', { device: small }),
    as('device key above the field', { device: beyond }),
    as('one recipient more than there are wraps', { recipients: 4 }),
    as('a size that is not that of the content', { size: 96 }),
    as('covers nothing', { covers: [] }),
    as('another time, old signature', { time: 2 }),
    { name: 'S is the group order', record: [toHex(record.body), order.slice(0, 128)] },
    { name: 'small-order R', record: [toHex(record.body), toHex(small) + toHex(record.signature).slice(64)] },
    { name: 'R above the field', record: [toHex(record.body), toHex(beyond) + toHex(record.signature).slice(64)] },
    { name: 'a byte after the end', record: hexRecord({ ...record, body: Uint8Array.of(...record.body, 0) }) },
    { name: 'not CBOR', record: ['ff', toHex(record.signature)] },
  ]
}

/** Records that are well made and not valid. */
async function invalid(ana: Keyring, eva: Keyring, sol: Keyring, made: readonly NewRekey[]) {
  const { view } = ana
  const [zero, second] = made as [NewRekey, NewRekey]
  const { crypto } = view.story
  const old: Crypto = {
    ...crypto,
    random: { bytes: (length) => (length === 32 ? second.secret : crypto.random.bytes(length)) },
  }
  await eva.take(...ana.verified())
  const as = (name: string, { rekey }: NewRekey) => ({ name, record: hexRecord(rekey.record), epoch: rekey.epoch })
  return [
    as('omits an active device', await eva.rekey({ state: view.graph.stateAt(first(view).covers) })),
    as('wraps for a removed device', await eva.rekey({ state: view.graph.stateAt(second.rekey.covers) })),
    as('changes nothing', await eva.rekey()),
    as('by a removed device', await sol.rekey()),
    as('follows nothing', await eva.rekey({ parents: [] })),
    { ...as('an old secret announced anew', await eva.rekey({ parents: [zero.epoch] }, old)), epoch: null },
  ]
}

export async function write(folder: string): Promise<void> {
  const view = await story(['ana', 'eva:editor', 'sol:editor'], realCrypto('vector keys'))
  const [ana, eva, sol] = ['ana', 'eva', 'sol'].map((name) => ringOf(view, name)) as [Keyring, Keyring, Keyring]
  const many = Array.from({ length: 600 }, () => view.story.crypto.random.bytes(32))
  const made = [await ana.rekey(first(view)), await ana.rekey()]
  await sol.take(...ana.verified())
  await view.remove('ana', 'sol')
  // Long enough for a part.
  made.push(await ana.rekey({ secrets: [...ana.ring.secretList(), ...many] }))
  const current = made[2] as NewRekey
  const bad = await invalid(ana, eva, sol, made)
  const nora = await view.admit('ana', 'nora')
  const given = await ana.grant('nora', current.secret)
  const secretBox = (name: string) => ({
    id: view.story.device(name).id,
    box: toHex(view.story.device(name).box.secretKey),
  })
  const value = {
    space: view.graph.space,
    seed: toHex(SEED),
    operations: view.graph.records().map(hexRecord),
    rekeys: made.map(({ epoch, secret, ...rekey }, i) => ({
      records: hexOf({ epoch, secret, ...rekey }),
      epoch,
      secret: toHex(secret),
      ordinal: i + 1,
      channel: ana.ring.channel(epoch)?.id,
    })),
    grant: { record: hexRecord(given.record), ...secretBox('nora'), admission: nora.id },
    invalid: bad,
    mustFail: noRecords((made[1] as NewRekey).rekey),
    device: secretBox('eva'),
    removed: secretBox('sol'),
    current: current.epoch,
  }
  writeFileSync(`${folder}/keys.json`, `${JSON.stringify(value, null, 1)}\n`)
}
