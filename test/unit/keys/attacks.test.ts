// The attacks and accidents that keys must withstand, one story each; the attacker holds the real keys that she would have.
import { describe, expect, test } from 'vitest'
import type { Bytes } from '../../../src/base/bytes.ts'
import { decode, encode } from '../../../src/base/codec.ts'
import type { EpochId } from '../../../src/base/ids.ts'
import { createCrypto } from '../../../src/crypto/index.ts'
import {
  decodeKeyRecord,
  EpochRing,
  lacking,
  needsRekey,
  rekey,
  sealGrantUnder,
  sealUnder,
  type VerifiedKeyRecord,
  verifyKeyRecord,
} from '../../../src/keys/index.ts'
import { decodeOperation, verifyOperation } from '../../../src/membership/index.ts'
import { first, type Keyring, ringOf, SEED } from '../../support/keys-story.ts'
import { seededRandom, story, type View } from '../../support/membership-story.ts'

const nobody = () => null

/** Everybody holds the first two epochs, each with a view of her own. */
async function space<const Names extends readonly string[]>(...specs: Names): Promise<{ [I in keyof Names]: Keyring }> {
  const view = await story(specs)
  const founder = ringOf(view, specs[0] as string)
  await founder.rekey(first(view))
  await founder.rekey()
  const others = specs.slice(1).map((spec) => ringOf(view.fork(), spec.split(':')[0] as string))
  for (const other of others) await other.take(...founder.verified())
  return [founder, ...others] as { [I in keyof Names]: Keyring }
}

/** Each learns what all of them know: operations, records. */
async function meet(...people: Keyring[]): Promise<void> {
  const records = people.flatMap((person) => person.verified())
  for (const person of people) {
    person.view.tell(...people.map(({ view }) => view))
    await person.take(...records)
  }
  for (const person of people) await person.take()
}

const holds = (person: Keyring, epoch: EpochId) => person.ring.secret(epoch) !== undefined

/** What a thief opens with these keys: every record, by place and by trial, whatever is valid. */
async function stolen(view: View, name: string, boxes: Keyring['device']['box'][], records: VerifiedKeyRecord[]) {
  const { crypto } = view.story
  const blank = await story(['nobody'])
  const [byPlace, byTrial] = [1, 2].map(() => new EpochRing(crypto, view.graph.space, SEED)) as [EpochRing, EpochRing]
  for (const ring of [byPlace, byTrial]) ring.add(records)
  const own = { box: boxes[0]!, formerBoxes: boxes.slice(1) }
  await byPlace.resolve(view.graph, view.story.device(name).id, own)
  await byTrial.resolve(blank.graph, view.story.device(name).id, own)
  return new Set([...byPlace.secrets().keys(), ...byTrial.secrets().keys()])
}

describe('keys under attack', () => {
  test('rekey that omits or adds a device: by a member with real keys, it is never in use', async () => {
    const [ana, eva, sol] = await space('ana', 'eva:editor', 'sol:editor')
    const before = ana.view.graph.state()
    await ana.view.remove('ana', 'sol')
    eva.view.tell(ana.view)
    const omits = await eva.rekey({ state: ana.view.graph.stateAt(first(ana.view).covers) })
    const adds = await eva.rekey({ state: before })
    await meet(ana, eva, sol)
    for (const { epoch } of [omits, adds]) expect(ana.ring.ordinal(epoch)).toBe(Infinity)
    expect(ana.current()).toEqual({ type: 'rekey-needed' })
    const right = await ana.rekey()
    await meet(ana, eva, sol)
    for (const person of [ana, eva]) expect(person.current()).toMatchObject({ epoch: right.epoch, type: 'current' })
    expect(holds(sol, right.epoch)).toBe(false)
  })

  test('wraps that open for nobody: whoever finds hers shut renews her box key, and the keys go on without the attacker’s', async () => {
    const [ana, eva, sol] = await space('ana', 'eva:editor', 'sol:editor')
    await eva.view.rotate('eva')
    const shut = await eva.rekey({ spaceSeed: new Uint8Array(32).fill(9) })
    await meet(ana, eva, sol)
    expect(ana.current()).toEqual({ type: 'secret-missing', epoch: shut.epoch, shut: true })
    expect(lacking(ana.view.graph, ana.ring, nobody)).toEqual([])
    const { device } = ana
    const old = device.box
    await ana.view.rotate('ana')
    const next = await ana.rekey()
    expect(next.rekey.parents).not.toContain(shut.epoch)
    await meet(sol, ana)
    for (const person of [ana, sol]) expect(person.current()).toMatchObject({ type: 'current', epoch: next.epoch })
    expect(device.box).not.toBe(old)
    // Sol never opened the attacker's epoch: the entry reaches her under the one she had.
    const under = sealUnder(ana.view.graph, ana.ring, next.rekey, nobody).map(({ epoch }) => epoch)
    expect(under.some((epoch) => epoch !== shut.epoch && holds(sol, epoch))).toBe(true)
  })

  test('rekey storm: all make one at once, all agree on one, and the next follows them all', async () => {
    const names = ['ana', 'bea', 'cleo', 'dora', 'eva:editor', 'fe:editor', 'sol:editor'] as const
    const people = await space(...names)
    const active = people.slice(0, 6)
    const [ana] = people
    await ana.view.remove('ana', 'sol')
    for (const person of active) person.view.tell(ana.view)
    const made = await Promise.all(active.map((person) => person.rekey()))
    await meet(...active)
    const lowest = made.map(({ epoch }) => epoch).sort()[0]
    for (const person of active) expect(person.current()).toMatchObject({ type: 'current', epoch: lowest })
    expect(needsRekey(ana.view.graph, ana.ring)).toBe(false)
    await ana.view.rotate('ana')
    const merged = await ana.rekey()
    expect(merged.rekey.parents).toEqual(made.map(({ epoch }) => epoch).sort())
    await meet(...active)
    for (const person of active) expect(person.current()).toMatchObject({ epoch: merged.epoch })
    // One who goes on storming: what changes nothing is invalid, and nobody's epoch changes.
    for (let n = 0; n < 30; n++) await active[1]!.rekey({ parents: [merged.epoch] })
    await meet(...active)
    for (const person of active) expect(person.current()).toMatchObject({ epoch: merged.epoch })
  })

  test('device admitted while others rekey: it is served by a grant that it can open, and reads all', async () => {
    const [ana, bea, sol] = await space('ana', 'bea', 'sol:editor')
    await bea.view.admit('bea', 'nora')
    const nora = ringOf(bea.view.fork(), 'nora')
    const welcome = bea.current()
    if (welcome.type !== 'current') throw new Error('no epoch')
    nora.ring.addSecrets(bea.ring.secretList())
    await ana.view.remove('ana', 'sol')
    const next = await ana.rekey()
    await meet(ana, bea)
    const admitted = () => welcome.epoch
    expect(lacking(bea.view.graph, bea.ring, admitted)).toEqual([nora.device.id])
    const grant = await bea.grant('nora', next.secret)
    const to = { epoch: next.epoch, to: nora.device.id }
    const under = sealGrantUnder(bea.view.graph, bea.ring, to, admitted).map(({ epoch }) => epoch)
    expect(under).toEqual([welcome.epoch])
    expect(holds(nora, welcome.epoch)).toBe(true)
    nora.view.tell(ana.view)
    await nora.take(...ana.verified())
    expect(nora.current()).toEqual({ type: 'secret-missing', epoch: next.epoch, shut: false })
    await nora.take(grant)
    expect(nora.current()).toEqual(bea.current())
    // The grant is for her: sol, who sees it under the old epoch, opens nothing.
    await sol.take(next.rekey, grant)
    expect(holds(sol, next.epoch)).toBe(false)
  })

  test('two halves partitioned for months: each removes, admits and rekeys; together again they go on as one', async () => {
    const [ana, bea, eva, fe, sol, tere] = await space(
      'ana',
      'bea',
      'eva:editor',
      'fe:editor',
      'sol:editor',
      'tere:editor',
    )
    for (let month = 0; month < 6; month++) {
      await ana.view.rotate('eva')
      eva.view.tell(ana.view)
      const here = await ana.rekey()
      await eva.take(here.rekey)
      await bea.view.rotate('fe')
      fe.view.tell(bea.view)
      const there = await bea.rekey()
      await fe.take(there.rekey)
    }
    await ana.view.remove('ana', 'sol')
    const left = await ana.rekey()
    await bea.view.remove('bea', 'tere')
    const right = await bea.rekey()
    // Each half's removed were given the other half's epochs.
    tere.view.tell(ana.view)
    await tere.take(...ana.verified())
    sol.view.tell(bea.view)
    await sol.take(...bea.verified())
    expect([holds(sol, right.epoch), holds(tere, left.epoch)]).toEqual([true, true])
    await meet(ana, bea, eva, fe)
    expect(ana.current()).toEqual({ type: 'rekey-needed' })
    const one = await ana.rekey()
    expect(one.rekey.parents).toEqual([left.epoch, right.epoch].sort())
    await meet(ana, bea, eva, fe)
    for (const person of [ana, bea, eva, fe]) {
      expect(person.current()).toMatchObject({ type: 'current', epoch: one.epoch })
      for (const { id } of ana.ring.epochs(ana.view.graph)) expect(holds(person, id)).toBe(true)
    }
    for (const out of [sol, tere]) {
      await out.take(one.rekey)
      out.view.tell(ana.view)
      await out.take()
      expect(holds(out, one.epoch)).toBe(false)
    }
  })

  test('return after a year: opens the last keys at once, writes with none until the rest is here, then reads it all', async () => {
    const [ana, eva, sol] = await space('ana', 'eva:editor', 'sol:editor')
    await ana.view.remove('ana', 'sol')
    await ana.rekey()
    for (let week = 0; week < 26; week++) {
      await ana.view.admit('ana', `guest ${week}`)
      if (week % 3 === 0) await ana.view.remove('ana', `guest ${week}`)
      if (week % 2 === 0) await ana.view.rotate('ana')
      if (needsRekey(ana.view.graph, ana.ring)) await ana.rekey()
    }
    const now = ana.current()
    if (now.type !== 'current') throw new Error('no epoch')
    const last = ana.verified().filter((record) => record.rec === 'rekey' && record.epoch === now.epoch)
    await eva.take(...last)
    expect(holds(eva, now.epoch)).toBe(true)
    expect(eva.current()).toMatchObject({ type: 'behind', epochs: [now.epoch] })
    expect(needsRekey(eva.view.graph, eva.ring)).toBe(false)
    // The older secrets came with it: what reached her sealed under any epoch opens.
    expect(eva.ring.secrets().size).toBe(ana.ring.secrets().size)
    await meet(ana, eva)
    expect(eva.current()).toEqual(now)
    await sol.take(...last)
    sol.view.tell(ana.view)
    await sol.take(...ana.verified())
    expect(sol.ring.secrets().size).toBe(2)
  })

  test('fork with a removed recipient: the half that did not know keeps no epoch in use, and the next shuts her out', async () => {
    const [ana, bea, sol] = await space('ana', 'bea', 'sol:editor')
    await ana.view.remove('ana', 'sol')
    const without = await ana.rekey()
    await bea.view.admit('bea', 'nora')
    await bea.view.rotate('bea')
    const withHer = await bea.rekey()
    sol.view.tell(bea.view)
    await sol.take(...bea.verified())
    expect(holds(sol, withHer.epoch)).toBe(true)
    await meet(ana, bea)
    // Bea's covers more, and had not seen the removal.
    expect(bea.current()).toMatchObject({ type: 'current', epoch: without.epoch })
    expect(needsRekey(bea.view.graph, bea.ring)).toBe(true)
    const next = await bea.rekey()
    await meet(ana, bea)
    expect(ana.current()).toMatchObject({ type: 'current', epoch: next.epoch })
    sol.view.tell(ana.view)
    await sol.take(...ana.verified())
    expect(holds(sol, without.epoch) || holds(sol, next.epoch)).toBe(false)
  })

  test('low-order key: no record and no operation has one, and one in a state harms nobody else', async () => {
    const [ana, eva] = await space('ana', 'eva:editor')
    const { crypto } = ana.view.story
    const state = ana.view.graph.state()
    const zero = new Uint8Array(32)
    const sola = { ...state.devices.get(eva.device.id)!, box: zero }
    await ana.view.rotate('ana')
    const made = await ana.rekey({ state: { ...state, devices: new Map([...state.devices, [sola.id, sola]]) } })
    expect(made.rekey.recipients).toBe(2)
    await ana.take()
    expect(await stolen(ana.view, 'eva', [crypto.boxKeys(zero)], [made.rekey])).toEqual(new Set())
    for (const bad of [zero, Uint8Array.of(1, ...zero.slice(1))]) {
      const body = decode(made.rekey.record.body)
      const changed = encode({ ...(body.ok ? (body.value as object) : {}), ephemeral: bad })
      expect(decodeKeyRecord(crypto, { ...made.rekey.record, body: changed })).toMatchObject({
        error: { type: 'BadField', field: 'ephemeral' },
      })
      const consent = { ...(await ana.view.story.admission('nora', 'editor')), box: bad }
      await expect(ana.view.write('ana', consent)).rejects.toThrow()
    }
  })

  test('commitment mismatch: one secret for one person and another for the next is one epoch for at most one of them', async () => {
    const [ana, eva, sol] = await space('ana', 'eva:editor', 'sol:editor')
    const { crypto } = eva.view.story
    await eva.view.rotate('eva')
    // Eva seals another secret for ana than for the rest.
    let sealed = 0
    const other = crypto.random.bytes(32)
    const seal = (key: Bytes, nonce: Bytes, text: Bytes) =>
      crypto.seal(key, nonce, text.length === 32 && sealed++ === place ? other : text)
    const place = [...eva.view.graph.state().devices.keys()].indexOf(ana.device.id)
    // One agreement after another: in a pool of threads the wraps would be sealed in any order.
    let last: Promise<unknown> = Promise.resolve()
    const agree: typeof crypto.agree = (secretKey, publicKey) => {
      const next = last.then(() => crypto.agree(secretKey, publicKey))
      last = next
      return next
    }
    const two = await eva.rekey({}, { ...crypto, agree, seal })
    await meet(ana, eva, sol)
    expect(sol.current()).toMatchObject({ type: 'current', epoch: two.epoch })
    expect(ana.current()).toEqual({ type: 'secret-missing', epoch: two.epoch, shut: true })
    expect([...ana.ring.secrets().values()]).not.toContainEqual(other)
    // The same by a grant: what it names it must be.
    const lie = await eva.grant('ana', other)
    const body = decode(lie.record.body)
    const fields = body.ok ? (body.value as Record<string, never>) : {}
    const renamed = encode({
      ...fields,
      epoch: (decode(two.rekey.record.body) as { value: { epoch: Bytes } }).value.epoch,
    })
    const signature = await crypto.sign('telar/1/keys', eva.device.keys, renamed)
    const decoded = decodeKeyRecord(crypto, { body: renamed, signature })
    const good = decoded.ok ? await verifyKeyRecord(crypto, decoded.value) : null
    await ana.take(good!)
    expect(ana.current()).toMatchObject({ type: 'secret-missing' })
    await ana.take(await sol.grant('ana', two.secret))
    expect(ana.current()).toMatchObject({ type: 'current', epoch: two.epoch })
  })

  test('a copied phone: after rotate-device a rekey is due, and the copy opens nothing newer', async () => {
    const [ana, eva] = await space('ana', 'eva:editor')
    const copy = { box: eva.device.box, secrets: new Set(eva.ring.secrets().keys()) }
    await eva.view.rotate('eva')
    await meet(ana, eva)
    expect(needsRekey(ana.view.graph, ana.ring)).toBe(true)
    const healed = await ana.rekey()
    expect(needsRekey(ana.view.graph, ana.ring)).toBe(false)
    await ana.view.admit('ana', 'nora')
    await ana.view.remove('ana', 'nora')
    const later = await ana.rekey()
    await meet(ana, eva)
    expect(eva.current()).toMatchObject({ type: 'current', epoch: later.epoch })
    const opened = await stolen(ana.view, 'eva', [copy.box], ana.verified())
    expect(opened.has(healed.epoch) || opened.has(later.epoch)).toBe(false)
    expect([...opened].every((epoch) => copy.secrets.has(epoch))).toBe(true)
  })

  test('KE-16: a removed member puts a record of her own in the place of the new epoch: those who hold its secret know better', async () => {
    const [ana, eva, sol] = await space('ana', 'eva:editor', 'sol:editor')
    const zero = ana.ring.epochs(ana.view.graph).find(({ ordinal }) => ordinal === 1)!
    const fork = sol.view.fork()
    const late = ringOf(eva.view.fork(), 'eva')
    await ana.view.remove('ana', 'sol')
    const next = await ana.rekey()
    // Sol reads the new epoch's id under the old one; she was active at what hers covers, which is less.
    const hers = ringOf(fork, 'sol')
    await hers.take(...sol.verified())
    const body = decode((await hers.rekey({ parents: [zero.id] })).rekey.record.body)
    const named = decode(next.rekey.record.body) as { value: { epoch: Bytes } }
    const forged = encode({ ...(body.ok ? (body.value as object) : {}), epoch: named.value.epoch })
    const { crypto } = sol.view.story
    const decoded = decodeKeyRecord(crypto, {
      body: forged,
      signature: await crypto.sign('telar/1/keys', sol.device.keys, forged),
    })
    const lie = decoded.ok ? await verifyKeyRecord(crypto, decoded.value) : null
    // It comes after the true one, before it, and where the secret is not held yet.
    await ana.take(lie!)
    await late.take(...sol.verified(), lie!)
    await meet(ana, eva, late)
    for (const person of [ana, eva, late]) {
      expect(person.current()).toMatchObject({ type: 'current', epoch: next.epoch })
      expect(person.ring.covers(next.epoch)).toEqual(next.rekey.covers)
    }
  })
})

describe('strictness: both backends give one verdict on records and operations', () => {
  const L = BigInt('0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed')
  const number = (bytes: Bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) + BigInt(byte), 0n)
  const little = (value: bigint) => Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
  const join = (r: Bytes, s: Bytes) => Uint8Array.of(...r, ...s)
  const variants = (signature: Bytes): Record<string, Bytes> => {
    const [r, s] = [signature.slice(0, 32), signature.slice(32)]
    const beyond = Uint8Array.of(0xed, ...new Uint8Array(30).fill(0xff), 0x7f)
    return {
      'S plus L': join(r, little(number(s) + L)),
      'S is L': join(r, little(L)),
      'small-order R': join(Uint8Array.of(1, ...new Uint8Array(31)), s),
      'R above the field': join(beyond, s),
      zeros: new Uint8Array(64),
      short: signature.slice(0, 63),
    }
  }

  test('malleable and non-canonical signatures', async () => {
    const [ana, eva] = await space('ana', 'eva:editor')
    const made = await rekey(ana.view.story.crypto, {
      graph: ana.view.graph,
      ring: ana.ring,
      keys: { sign: ana.device.keys },
      time: 1,
    })
    const operation = ana.view.graph.operations()[1]!
    for (const crypto of [eva.view.story.crypto, createCrypto({ random: seededRandom('strict') })]) {
      expect(await verifyKeyRecord(crypto, made.rekey)).not.toBeNull()
      expect(await verifyOperation(crypto, operation)).not.toBeNull()
      for (const [name, signature] of Object.entries(variants(made.rekey.record.signature))) {
        const record = decodeKeyRecord(crypto, { ...made.rekey.record, signature })
        expect(record.ok ? await verifyKeyRecord(crypto, record.value) : null, name).toBeNull()
      }
      for (const [name, signature] of Object.entries(variants(operation.record.signature))) {
        const decoded = decodeOperation(crypto, { ...operation.record, signature })
        expect(decoded.ok ? await verifyOperation(crypto, decoded.value) : null, name).toBeNull()
      }
    }
  })
})
