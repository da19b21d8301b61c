// What a removed member and a hostile one tried against the keys: to cut somebody off from the next epoch, and to make work without end.
import { describe, expect, test } from 'vitest'
import { decode, encode, type Encodable } from '../../../src/base/codec.ts'
import { EpochId, idBytes, KeyRecordId, OperationId } from '../../../src/base/ids.ts'
import {
  decodeKeyRecord,
  EpochRing,
  needsRekey,
  type Rekey,
  sealUnder,
  type VerifiedKeyRecord,
} from '../../../src/keys/index.ts'
import { MAX_TRIAL_WRAPS, PART_BYTES, WRAP_LENGTH } from '../../../src/keys/limits.ts'
import { first, Keyring, ringOf, SEED } from '../../support/keys-story.ts'
import { story } from '../../support/membership-story.ts'

const nobody = () => null

async function space() {
  const view = await story(['ana', 'bea:editor', 'eva:editor'])
  const ana = ringOf(view, 'ana')
  await ana.rekey(first(view))
  await ana.rekey()
  const [bea, eva] = ['bea', 'eva'].map((name) => ringOf(view.fork(), name)) as [Keyring, Keyring]
  for (const other of [bea, eva]) await other.take(...ana.verified())
  return { ana, bea, eva }
}

/** The active devices with another box key for `name`: what is wrapped for it opens nowhere. */
function shutting(eva: Keyring, name: string) {
  const state = eva.view.graph.state()
  const device = state.devices.get(eva.view.story.device(name).id)!
  const box = eva.view.story.crypto.boxKeys().publicKey
  return { state: { ...state, devices: new Map([...state.devices, [device.id, { ...device, box }]]) } }
}

describe('a removed member makes epochs as of before her removal', () => {
  test('KE-13: one that opens for the author of the next rekey only does not cut the others off from it', async () => {
    const { ana, bea, eva } = await space()
    await ana.view.remove('ana', 'eva')
    // She has not seen it, she says.
    await eva.view.rotate('eva')
    const hostile = await eva.rekey(shutting(eva, 'bea'))
    ana.view.tell(eva.view)
    await ana.take(hostile.rekey)
    expect(ana.ring.secret(hostile.epoch)).toBeDefined()
    const next = await ana.rekey()
    const under = sealUnder(ana.view.graph, ana.ring, next.rekey, nobody)
    bea.view.tell(ana.view)
    await bea.take(hostile.rekey)
    expect(bea.ring.secret(hostile.epoch)).toBeUndefined()
    expect(under.some(({ epoch }) => bea.ring.secret(epoch) !== undefined)).toBe(true)
  })

  test('KE-13: so many that sixteen parents hold none but hers: the last true one is still among them', async () => {
    const { ana, bea, eva } = await space()
    const before = eva.view.fork()
    await ana.view.rotate('bea')
    const real = await ana.rekey()
    await ana.view.remove('ana', 'eva')
    for (let i = 0; i < 20; i++) {
      const branch = new Keyring(before.fork(), 'eva', eva.seed)
      branch.ring.add(eva.verified())
      branch.ring.addSecrets(eva.ring.secretList())
      await branch.view.rotate('eva')
      const hostile = await branch.rekey(shutting(branch, 'bea'))
      ana.view.tell(branch.view)
      ana.ring.add(hostile.verified)
    }
    await ana.take()
    expect(ana.ring.tips().length).toBeGreaterThan(16)
    const next = await ana.rekey()
    expect(next.rekey.parents).toContain(real.epoch)
    expect(ana.current()).toMatchObject({ type: 'current', epoch: next.epoch })
    expect(needsRekey(ana.view.graph, ana.ring)).toBe(false)
    expect(bea.view.graph.size).toBeLessThan(ana.view.graph.size)
  })
})

describe('work without end', () => {
  test('KE-11: rekeys of unknown pasts that share their garbage: so many wraps at one time, and the true one before them', async () => {
    const { ana, bea } = await space()
    const { crypto, graph } = { crypto: bea.view.story.crypto, graph: bea.view.graph }
    let opened = 0
    const counting = { ...crypto, open: (...args: Parameters<typeof crypto.open>) => (opened++, crypto.open(...args)) }
    const ring = new EpochRing(counting, graph.space, SEED)
    const recipients = 20_000
    const size = recipients * WRAP_LENGTH + 16
    const id = (byte: number, n: number) => new Uint8Array(32).fill(byte).fill(n, 31)
    const parts = Array.from({ length: Math.ceil(size / PART_BYTES) }, (_, i) => ({
      rec: 'part',
      space: graph.space,
      id: KeyRecordId.must(id(1, i)),
      data: new Uint8Array(Math.min(PART_BYTES, size - i * PART_BYTES)),
    }))
    const shared = { rec: 'rekey', space: graph.space, device: ana.device.id, recipients, size, parents: [] }
    const invented = Array.from({ length: 20 }, (_, i) => ({
      ...shared,
      id: KeyRecordId.must(id(2, i)),
      epoch: EpochId.must(id(3, i)),
      covers: [OperationId.must(id(4, i))],
      ephemeral: crypto.boxKeys().publicKey,
      data: new Uint8Array(0),
      parts: parts.map((part) => part.id),
    }))
    ring.add([...invented, ...parts] as unknown as VerifiedKeyRecord[])
    await ana.view.rotate('ana')
    const real = await ana.rekey()
    ring.add(real.verified)
    await ring.resolve(graph, bea.device.id, { box: bea.device.box })
    expect(ring.secret(real.epoch)).toEqual(real.secret)
    expect(opened).toBeLessThan(MAX_TRIAL_WRAPS + 10)
    expect(opened).toBeGreaterThan(recipients)
  }, 60_000)

  test('KE-1: a rekey names no part twice', async () => {
    const { ana } = await space()
    const { crypto } = ana.view.story
    const secrets = Array.from({ length: 16_000 }, (_, i) => new Uint8Array(32).fill(i & 255))
    const made = await ana.rekey({ secrets })
    const { parts } = made.rekey as Rekey
    expect(parts.length).toBeGreaterThan(1)
    const body = decode(made.rekey.record.body)
    const names = parts.map(() => idBytes(parts[0]!))
    const twice = encode({ ...((body.ok ? body.value : {}) as Record<string, Encodable>), parts: names })
    const record = { body: twice, signature: new Uint8Array(64) }
    expect(decodeKeyRecord(crypto, made.rekey.record).ok).toBe(true)
    expect(decodeKeyRecord(crypto, record)).toEqual({ ok: false, error: { type: 'BadField', field: 'size' } })
  })
})
