// What a change of keys costs by the number of devices, and a long history of them: time, and bytes on the wire as sealed entries. Real
// agreements through WebCrypto; the other devices' own signatures are left out, they are not what is measured.
import { webcrypto } from 'node:crypto'
import type { Bytes } from '../../src/base/bytes.ts'
import { createCrypto, type Crypto } from '../../src/crypto/index.ts'
import { EpochRing, lacking, needsRekey, rekey, type VerifiedKeyRecord } from '../../src/keys/index.ts'
import { packRecords, sealEntry, type SignedRecord } from '../../src/log/entry.ts'
import { MembershipGraph } from '../../src/membership/index.ts'
import { first, Keyring, SEED } from '../support/keys-story.ts'
import { seededRandom, Story, type View } from '../support/membership-story.ts'
import { bytes, type Findings, number } from './report.ts'

const DEVICES = [10, 100, 1_000, 3_000]
const EPOCHS = [10, 100, 1_000]

const real = createCrypto({ random: seededRandom('bench keys'), subtle: webcrypto.subtle as SubtleCrypto })
/** Signatures left out, and device keys only well-formed. */
const unsigned: Crypto = {
  ...real,
  sign: () => Promise.resolve(new Uint8Array(64)),
  signKeys: (seed = real.random.bytes(32)) => ({
    publicKey: seed.map((byte, i) => (i === 31 ? byte & 0x3f : byte)),
    seed,
  }),
}

async function timed<T>(work: () => T | Promise<T>): Promise<[T, number]> {
  const start = performance.now()
  const value = await work()
  return [value, performance.now() - start]
}

const ms = (value: number) => (value < 10 ? `${value.toFixed(2)} ms` : `${number(value)} ms`)

/** Bytes of these records as entries under one epoch. */
async function onWire(view: View, records: readonly SignedRecord[]): Promise<number> {
  const epoch = '00'.repeat(32) as never
  const fields = { kind: 'keys' as const, space: view.graph.space, epoch, time: 0 }
  let sum = 0
  for (const payload of packRecords(records)) {
    const sign = real.signKeys(SEED)
    const sealed = await sealEntry(real, { secret: SEED, fields, payload, sign })
    if (sealed.ok) sum += sealed.value.outer.length
  }
  return sum
}

async function crowd(devices: number): Promise<View> {
  const view = await new Story(unsigned).found('ana')
  for (let n = 1; n < devices; n++) await view.admit('ana', `guest ${n}`)
  return view
}

async function oneRekey(devices: number): Promise<string[]> {
  const view = await crowd(devices)
  const ana = new Keyring(view, 'ana', SEED)
  await ana.rekey(first(view))
  const common = { graph: view.graph, ring: ana.ring, keys: { sign: ana.device.keys }, time: 0 }
  const [made, making] = await timed(() => rekey(real, common))
  ana.ring.add(made.verified)
  ana.ring.addSecrets([made.secret])
  const last = view.story.device(`guest ${devices - 1}`)
  const open = async (graph: MembershipGraph) => {
    const ring = new EpochRing(real, view.graph.space, SEED)
    ring.add(ana.verified())
    ring.standing(graph)
    const [, took] = await timed(() => ring.resolve(graph, last.id, { box: last.box }))
    if (ring.secret(made.epoch) === undefined) throw new Error('it did not open')
    return took
  }
  const [known, unknown] = [await open(view.graph), await open(MembershipGraph.create(view.graph.space))]
  const [, due] = await timed(() => {
    needsRekey(view.graph, ana.ring)
    lacking(view.graph, ana.ring, () => null)
  })
  const history = await onWire(view, view.graph.records())
  return [
    number(devices),
    ms(making),
    bytes(await onWire(view, made.records)),
    ms(known),
    ms(unknown),
    ms(due),
    bytes(history),
  ]
}

/** A space whose keys changed so often. The secrets are real, the wraps are not. */
async function longHistory(view: View, epochs: number): Promise<{ records: VerifiedKeyRecord[]; secrets: Bytes[] }> {
  const flat = { ...unsigned, agree: () => Promise.resolve(SEED), seal: quickSeal(real) }
  const ana = new Keyring(view, 'ana', SEED)
  await ana.rekey(first(view))
  for (let n = 1; n < epochs; n++) {
    const secrets = ana.ring.secretList()
    await view.rotate('ana')
    await ana.rekey({ secrets }, flat)
  }
  return { records: ana.verified(), secrets: ana.ring.secretList() }
}

/** Wraps need not open here: the older secrets do. */
const quickSeal = (crypto: Crypto) => (key: Bytes, nonce: Bytes, text: Bytes) =>
  text.length === 32 && nonce.every((byte) => byte === 0) ? new Uint8Array(48) : crypto.seal(key, nonce, text)

async function history(epochs: number): Promise<string[]> {
  const view = await crowd(100)
  const { records, secrets } = await longHistory(view, epochs)
  const ring = new EpochRing(real, view.graph.space, SEED)
  ring.add(records)
  const [, judged] = await timed(() => ring.standing(view.graph))
  const { id, box } = view.story.device('ana')
  ring.addSecrets(secrets)
  const [, resolved] = await timed(() => ring.resolve(view.graph, id, { box }))
  await view.rotate('ana')
  const [, again] = await timed(() => ring.standing(view.graph))
  const statements = records.filter(({ rec }) => rec === 'rekey').map(({ record }) => record)
  return [
    number(epochs),
    ms(judged),
    ms(resolved),
    ms(again),
    bytes(32 * secrets.length),
    bytes(await onWire(view, statements)),
    bytes(
      await onWire(
        view,
        records.map(({ record }) => record),
      ),
    ),
  ]
}

export async function keys(report: Findings): Promise<void> {
  const rows: string[][] = []
  for (const devices of DEVICES) rows.push(await oneRekey(devices))
  report.table(
    ['devices', 'rekey', 'on the wire', 'open by place', 'open by trial', 'what is due', 'operations to join'],
    rows,
  )
  report.say('“Operations to join”: every operation as sealed entries, what a newcomer fetches to know who is in.')
  const long: string[][] = []
  for (const epochs of EPOCHS) long.push(await history(epochs))
  report.table(
    [
      'epochs (100 devices)',
      'judge all',
      'open what is left',
      'after one operation',
      'secrets in a welcome',
      'statements',
      'all key records',
    ],
    long,
  )
}
