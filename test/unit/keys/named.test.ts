// What is read and what is handed on: an epoch that no valid rekey names opens nothing (KE-17), one that others follow goes before the one
// it follows, and whoever makes very many epochs pushes out her own. Real keys throughout.
import { expect, test } from 'vitest'
import { needsRekey } from '../../../src/keys/index.ts'
import { epochIdOf, openOldSecrets } from '../../../src/keys/epochs.ts'
import { Content } from '../../../src/keys/content.ts'
import { type Keyring, first, ringOf } from '../../support/keys-story.ts'
import { seededRandom, story } from '../../support/membership-story.ts'

async function space() {
  const view = await story(['ana', 'bea:editor', 'eva:editor'])
  const ana = ringOf(view, 'ana')
  await ana.rekey(first(view))
  await ana.rekey()
  const [bea, eva] = ['bea', 'eva'].map((name) => ringOf(view.fork(), name)) as [Keyring, Keyring]
  for (const other of [bea, eva]) await other.take(...ana.verified())
  return { ana, bea, eva }
}

const reads = ({ ring, view }: Keyring, epoch: string) => [...ring.readable(view.graph).keys()].includes(epoch as never)

test('KE-4 KE-17: a secret that one member hands to one other opens nothing, and no rekey hands it on', async () => {
  const { ana, bea, eva } = await space()
  const secret = seededRandom('hers').bytes(32)
  const epoch = epochIdOf(bea.view.story.crypto, secret)
  await bea.take(await eva.grant('bea', secret))
  expect(bea.ring.secret(epoch)).toEqual(secret)
  expect(reads(bea, epoch)).toBe(false)
  await bea.view.rotate('bea')
  const made = await bea.rekey()
  ana.view.tell(bea.view)
  for (const one of [ana, bea]) {
    await one.take(...made.verified)
    expect(reads(one, epoch)).toBe(false)
  }
  expect(ana.ring.secret(epoch)).toBe(undefined)
})

test('KE-4: who holds a later epoch by its grant alone does not hand it to who was taken out by it', async () => {
  const { ana, bea, eva } = await space()
  await ana.view.remove('ana', 'eva')
  const later = await ana.rekey()
  await bea.take(await ana.grant('bea', later.secret))
  expect(bea.ring.secret(later.epoch)).toEqual(later.secret)
  await bea.view.rotate('bea')
  const hers = await bea.rekey()
  eva.view.tell(bea.view)
  await eva.take(...hers.verified)
  expect(eva.ring.secret(hers.epoch)).toEqual(hers.secret)
  expect(eva.ring.secret(later.epoch)).toBe(undefined)
})

test('KE-7: two epochs over the same operations: written under beside the one in use, a rekey joins them and is in use', async () => {
  const { ana, bea, eva } = await space()
  await ana.view.rotate('ana')
  for (const one of [bea, eva]) one.view.tell(ana.view)
  const made = [await ana.rekey(), await bea.rekey()]
  for (const one of [ana, bea, eva]) await one.take(...made.flatMap(({ verified }) => verified))
  const now = ana.ring.inUse(ana.view.graph)
  const beside = made.map(({ epoch }) => epoch).find((epoch) => epoch !== now)
  expect(needsRekey(eva.view.graph, eva.ring)).toBe(false)
  expect(needsRekey(eva.view.graph, eva.ring, (epoch) => epoch === now)).toBe(false)
  expect(needsRekey(eva.view.graph, eva.ring, (epoch) => epoch === beside)).toBe(true)
  const joined = await eva.rekey()
  for (const one of [ana, bea, eva]) {
    await one.take(...joined.verified)
    expect(one.current()).toMatchObject({ type: 'current', epoch: joined.epoch })
    expect(needsRekey(one.view.graph, one.ring, () => true)).toBe(false)
  }
})

test('KE-4: of one device’s very many epochs the later ones go after everybody else’s', async () => {
  const { ana, eva } = await space()
  const { crypto } = ana.view.story
  const before = eva.view.fork()
  const hers: string[] = []
  for (let i = 0; i < 8; i++) {
    const branch = ringOf(before.fork(), 'eva')
    await branch.take(...eva.verified())
    await branch.view.rotate('eva')
    const made = await branch.rekey()
    hers.push(made.epoch)
    ana.view.tell(branch.view)
    ana.ring.add(made.verified)
  }
  await ana.take()
  await ana.view.rotate('ana')
  const made = await ana.rekey()
  if (made.rekey.rec !== 'rekey') throw new Error('no rekey')
  const { rekey } = made
  const sealed = new Content(rekey, () => undefined).oldSecrets() ?? new Uint8Array()
  const listed = openOldSecrets(crypto, made.secret, rekey.nonce, sealed).map((secret) => epochIdOf(crypto, secret))
  const valid = ana.ring.epochs(ana.view.graph).filter(({ id }) => id !== made.epoch)
  expect(listed.length).toBe(valid.length)
  const places = (mine: boolean) => listed.flatMap((id, i) => (hers.includes(id) === mine ? [i] : []))
  expect(Math.max(...places(false))).toBeLessThan(4)
  expect(places(true).filter((at) => at < 4).length).toBeLessThan(3)
})
