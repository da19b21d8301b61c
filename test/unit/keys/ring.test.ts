// Epochs as stories: who can open what after whom was removed, and which epoch everybody uses.
import { describe, expect, test } from 'vitest'
import { encode, decode } from '../../../src/base/codec.ts'

import {
  channelKeys,
  decodeKeyRecord,
  epochIdOf,
  EpochRing,
  needsRekey,
  sealRekey,
  verifyKeyRecord,
} from '../../../src/keys/index.ts'
import { first, type Keyring, ringOf, SEED } from '../../support/keys-story.ts'
import { story } from '../../support/membership-story.ts'

describe('records', () => {
  test('KE-1: what is built decodes to the same, and every other form is refused', async () => {
    const view = await story(['ana'])
    const ana = ringOf(view, 'ana')
    const made = await ana.rekey()
    const { crypto } = view.story
    const body = decode(made.rekey.record.body)
    if (!body.ok) throw new Error('not canonical')
    const fields = body.value as Record<string, never>
    const { record } = made.rekey
    const as = (change: object) => decodeKeyRecord(crypto, { ...record, body: encode({ ...fields, ...change }) })
    expect(as({}).ok).toBe(true)
    const bad = [
      { v: 2 },
      { rec: 'x' },
      { more: 1 },
      { covers: [] },
      { epoch: new Uint8Array(31) },
      { recipients: 0 },
      { recipients: 2 },
      { size: 63 },
      { size: 96 },
      { data: new Uint8Array(63) },
      { parts: [new Uint8Array(32)] },
      { proof: new Uint8Array(31) },
      { time: -1 },
    ]
    for (const change of [...bad, { ephemeral: new Uint8Array(32) }, { nonce: null }, { device: new Uint8Array(32) }]) {
      expect(as(change).ok).toBe(false)
    }
    for (const bytes of [new Uint8Array(), new Uint8Array([0xff]), encode(null), encode([]), encode('rekey')]) {
      expect(decodeKeyRecord(crypto, { ...record, body: bytes }).ok).toBe(false)
    }
    const longer = new Uint8Array([...record.body, 0])
    expect(decodeKeyRecord(crypto, { ...record, body: longer })).toMatchObject({ error: { type: 'NotCanonical' } })
  })

  test('KE-2: a record of another key does not verify', async () => {
    const view = await story(['ana'])
    const made = await ringOf(view, 'ana').rekey()
    const { crypto } = view.story
    const { record } = made.rekey
    expect(await verifyKeyRecord(crypto, made.rekey)).not.toBeNull()
    const forged = decodeKeyRecord(crypto, {
      ...record,
      signature: record.signature.map((b, i) => (i === 9 ? b ^ 1 : b)),
    })
    expect(forged.ok && (await verifyKeyRecord(crypto, forged.value))).toBeNull()
  })
})

describe('who can open', () => {
  test('KE-3, KE-4: every active device opens the new epoch and all older ones; the removed opens nothing new', async () => {
    const view = await story(['ana', 'eva:editor', 'sol:editor'])
    const [ana, eva, sol] = ['ana', 'eva', 'sol'].map((name) => ringOf(view, name)) as [Keyring, Keyring, Keyring]
    const zero = await ana.rekey(first(view))
    const second = await ana.rekey()
    expect(await eva.take(zero.rekey, second.rekey)).toBe(2)
    await view.remove('ana', 'sol')
    expect(needsRekey(view.graph, ana.ring)).toBe(true)
    expect(eva.current()).toEqual({ type: 'rekey-needed' })
    const third = await ana.rekey()
    expect(needsRekey(view.graph, ana.ring)).toBe(false)
    await sol.take(zero.rekey, second.rekey, third.rekey)
    expect(sol.ring.secret(second.epoch)).toEqual(second.secret)
    expect(sol.ring.secret(third.epoch)).toBeUndefined()
    expect(sol.current()).toEqual({ type: 'secret-missing', epoch: third.epoch, shut: false })
    await eva.take(third.rekey)
    expect(eva.current()).toMatchObject({ type: 'current', epoch: third.epoch, secret: third.secret })
    expect(eva.current()).toEqual(ana.current())
    expect(ana.ring.ordinal(third.epoch)).toBe(3)
  })

  test('KE-3: without the space seed a wrap stays shut', async () => {
    const view = await story(['ana'])
    const made = await ringOf(view, 'ana').rekey()
    expect(await ringOf(view, 'ana', new Uint8Array(32)).take(made.rekey)).toBe(0)
    expect(await ringOf(view, 'ana').take(made.rekey)).toBe(1)
  })

  test('KE-5: the channel follows from the secret; a new epoch has another', async () => {
    const view = await story(['ana'])
    const { crypto } = view.story
    const secret = new Uint8Array(32).fill(1)
    expect(channelKeys(crypto, secret, 1).publicKey).not.toEqual(channelKeys(crypto, secret).publicKey)
    expect(channelKeys(crypto, secret)).toEqual(channelKeys(crypto, secret.slice()))
  })

  test('KE-9: a grant gives a device one epoch; a wrong secret in it is refused', async () => {
    const view = await story(['ana', 'eva:editor'])
    const [ana, eva] = [ringOf(view, 'ana'), ringOf(view, 'eva')]
    const made = await ana.rekey(first(view))
    expect(await eva.take(made.rekey)).toBe(0)
    expect(eva.current()).toEqual({ type: 'secret-missing', epoch: made.epoch, shut: false })
    await eva.take(await ana.grant('eva', made.secret))
    expect(eva.current()).toMatchObject({ type: 'current' })
    expect(epochIdOf(view.story.crypto, made.secret)).toBe(made.epoch)
  })
})

describe('which rekey is valid', () => {
  test('KE-6: one that omits or adds a device, or whose author is not active, is not', async () => {
    const view = await story(['ana', 'eva:editor', 'sol:editor'])
    const ana = ringOf(view, 'ana')
    await ana.rekey(first(view))
    const before = view.graph.state()
    await view.remove('ana', 'sol')
    const adds = await ana.rekey({ state: before })
    expect(ana.ring.ordinal(adds.epoch)).toBe(Infinity)
    const sol = ringOf(view, 'sol')
    sol.ring.add(ana.verified())
    const hers = await sol.rekey()
    expect(sol.ring.ordinal(hers.epoch)).toBe(Infinity)
    const omits = await ana.rekey({ state: view.graph.stateAt([view.graph.operations()[0]!.id]) })
    expect(ana.ring.ordinal(omits.epoch)).toBe(Infinity)
    expect(ana.current()).toEqual({ type: 'rekey-needed' })
    const right = await ana.rekey()
    expect(ana.ring.ordinal(right.epoch)).toBe(2)
  })

  test('KE-6: a rekey that changes nothing is not; a first one is the founder’s at the creation only', async () => {
    const view = await story(['ana', 'eva:editor'])
    const [ana, eva] = [ringOf(view, 'ana'), ringOf(view, 'eva')]
    const rootless = await eva.rekey({ parents: [] })
    expect(eva.ring.ordinal(rootless.epoch)).toBe(Infinity)
    await ana.rekey(first(view))
    expect(ana.ring.ordinal((await ana.rekey()).epoch)).toBe(2)
    expect(ana.ring.ordinal((await ana.rekey()).epoch)).toBe(Infinity)
  })

  test('KE-6: who came and went between two epochs is a reason: the set of devices is the same, her secret is not', async () => {
    const view = await story(['ana'])
    const ana = ringOf(view, 'ana')
    await ana.rekey(first(view))
    await view.admit('ana', 'sol')
    await view.remove('ana', 'sol')
    expect(needsRekey(view.graph, ana.ring)).toBe(true)
    const made = await ana.rekey()
    expect(ana.ring.ordinal(made.epoch)).toBe(2)
    expect(needsRekey(view.graph, ana.ring)).toBe(false)
  })

  test('KE-6: a changed box key is a reason, and is due', async () => {
    const view = await story(['ana', 'eva:editor'])
    const ana = ringOf(view, 'ana')
    await ana.rekey(first(view))
    await ana.rekey()
    expect(needsRekey(view.graph, ana.ring)).toBe(false)
    await view.rotate('eva')
    expect(needsRekey(view.graph, ana.ring)).toBe(true)
    const made = await ana.rekey()
    expect(needsRekey(view.graph, ana.ring)).toBe(false)
    // The new key opens the wrap, and in it the two older epochs.
    expect(await ringOf(view, 'eva').take(made.rekey)).toBe(3)
  })

  test('KE-7: of two rekeys for the same the lower id counts; the next one merges both', async () => {
    //      ┌ E1 (ana)
    // E0 ──┤         ── E3 merges
    //      └ E2 (eva)
    const view = await story(['ana', 'eva:editor', 'sol:editor'])
    const [ana, eva] = [ringOf(view, 'ana'), ringOf(view, 'eva')]
    const zero = await ana.rekey(first(view))
    await view.remove('ana', 'sol')
    eva.ring.add([zero.rekey])
    eva.ring.addSecrets([zero.secret])
    const [one, two] = [await ana.rekey(), await eva.rekey()]
    await ana.take(two.rekey)
    await eva.take(one.rekey)
    expect(ana.current()).toEqual(eva.current())
    expect(ana.current()).toMatchObject({ epoch: one.epoch < two.epoch ? one.epoch : two.epoch })
    const three = await ana.rekey()
    expect(three.rekey.parents).toEqual([one.epoch, two.epoch].sort())
    expect(ana.ring.ordinal(three.epoch)).toBe(3)
  })

  test('KE-7: an epoch made while a removal still waited for cosigns is not used after it', async () => {
    const view = await story(['ana', 'bea', 'cleo'])
    const ana = ringOf(view, 'ana')
    await ana.rekey(first(view))
    const removal = await view.remove('ana', 'cleo')
    const early = await ana.rekey()
    expect(ana.current()).toMatchObject({ epoch: early.epoch })
    await view.cosign('bea', removal)
    expect(ana.current()).toEqual({ type: 'rekey-needed' })
    const late = await ana.rekey()
    expect(ana.current()).toMatchObject({ epoch: late.epoch })
    expect(await ringOf(view, 'cleo').take(late.rekey)).toBe(0)
  })

  test('KE-8: announcing an old secret anew does not make it current, in any order of arrival', async () => {
    const view = await story(['ana', 'eva:editor', 'sol:editor'])
    const ana = ringOf(view, 'ana')
    const zero = await ana.rekey(first(view))
    const second = await ana.rekey()
    await view.remove('ana', 'sol')
    const third = await ana.rekey()
    // Eva is active and hostile: the secret that sol knows, with the newest covers.
    const eva = ringOf(view, 'eva')
    const { crypto } = view.story
    const replay = { ...crypto, random: { bytes: (n: number) => (n === 32 ? second.secret : crypto.random.bytes(n)) } }
    const hostile = await sealRekey(replay, {
      ...ana.input(),
      parents: [zero.epoch],
      keys: eva.device.keys,
      time: 1,
    })
    expect(hostile.epoch).toBe(second.epoch)
    const all = [zero.rekey, second.rekey, third.rekey, hostile.rekey]
    for (const order of [all, [...all].reverse(), [hostile.rekey, second.rekey, zero.rekey, third.rekey]]) {
      const ring = new EpochRing(crypto, view.graph.space, SEED)
      for (const record of order) {
        ring.add([record])
        ring.standing(view.graph)
      }
      ring.addSecrets([third.secret])
      expect(ring.standing(view.graph)).toMatchObject({ type: 'current', epoch: third.epoch })
    }
  })

  test('KE-6: what it covers or follows is not here yet: it waits', async () => {
    const view = await story(['ana', 'eva:editor'])
    const ana = ringOf(view, 'ana')
    const zero = await ana.rekey(first(view))
    const second = await ana.rekey()
    const ring = new EpochRing(view.story.crypto, view.graph.space, SEED)
    ring.add([second.rekey])
    expect(ring.ordinal(second.epoch)).toBe(Infinity)
    expect(ring.standing(view.graph)).toEqual({ type: 'rekey-needed' })
    ring.add([zero.rekey])
    expect(ring.standing(view.graph)).toEqual({ type: 'secret-missing', epoch: second.epoch, shut: false })
  })
})

test('KE-10: a ring comes back from its bytes', async () => {
  const view = await story(['ana', 'eva:editor'])
  const ana = ringOf(view, 'ana')
  await ana.rekey(first(view))
  await ana.rekey()
  const back = EpochRing.decode(view.story.crypto, ana.ring.encode())
  expect(back?.standing(view.graph)).toEqual(ana.current())
  for (const bytes of [
    new Uint8Array(),
    encode(null),
    encode({ v: 1 }),
    encode({ seed: SEED, records: [1], secrets: [] }),
  ]) {
    expect(EpochRing.decode(view.story.crypto, bytes)).toBeNull()
  }
})
