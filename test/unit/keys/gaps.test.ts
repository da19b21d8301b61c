// Epochs before the one in use that it does not hand on: who sees it, and what mends it (KE-18). The hostile author holds real keys.
import { describe, expect, test } from 'vitest'
import type { Bytes } from '../../../src/base/bytes.ts'
import type { EpochId } from '../../../src/base/ids.ts'
import { type AdmittedUnder, gaps, needsRekey, sealUnder } from '../../../src/keys/index.ts'
import { first, type Keyring, ringOf } from '../../support/keys-story.ts'
import { story } from '../../support/membership-story.ts'

const always = () => true
const gapsOf = ({ view, ring }: Keyring, isWritten: (epoch: EpochId) => boolean = always) =>
  gaps(view.graph, ring, isWritten).map(({ id }) => id)

/** Everybody learns all operations, and opens what she can of these records. */
async function meet(people: readonly Keyring[], records = people.flatMap((one) => one.verified())): Promise<void> {
  for (const one of people) {
    one.view.tell(...people.map(({ view }) => view))
    await one.take(...records)
  }
}

/** Eva's first epoch is for all but nora, who comes in meanwhile under the one before; her second, for all, lists nothing. */
async function withGap(secrets: readonly Bytes[] = []) {
  const view = await story(['ana', 'bea', 'eva:editor'])
  const ana = ringOf(view, 'ana')
  await ana.rekey(first(view))
  const before = await ana.rekey()
  const [bea, eva] = ['bea', 'eva'].map((name) => ringOf(view.fork(), name)) as [Keyring, Keyring]
  for (const one of [bea, eva]) await one.take(...ana.verified())
  await bea.view.admit('bea', 'nora')
  const nora = ringOf(bea.view.fork(), 'nora')
  nora.ring.addSecrets(bea.ring.secretList())
  nora.ring.add(bea.verified())
  await eva.view.rotate('eva')
  const one = await eva.rekey()
  await meet([ana, eva])
  expect(gapsOf(ana)).toEqual([])
  eva.view.tell(bea.view)
  await eva.view.rotate('eva')
  const two = await eva.rekey({ secrets })
  const people = [ana, bea, eva, nora] as const
  await meet(people)
  return { ana, bea, eva, nora, people, before, one, two }
}

describe('KE-18: an epoch that the one in use does not hand on', () => {
  test('KE-18: is seen by who holds it and read something under it, not by who lacks it', async () => {
    const { ana, bea, nora, before, one, two } = await withGap()
    for (const person of [ana, bea, nora]) expect(person.current()).toMatchObject({ type: 'current', epoch: two.epoch })
    expect(nora.ring.secret(one.epoch)).toBeUndefined()
    expect(needsRekey(nora.view.graph, nora.ring, always)).toBe(false)
    expect(gapsOf(ana)).toContain(one.epoch)
    expect(gapsOf(ana, (epoch) => epoch === one.epoch)).toEqual([one.epoch])
    expect(gapsOf(nora)).not.toContain(one.epoch)
    expect(gapsOf(nora, (epoch) => epoch === before.epoch)).toEqual([before.epoch])
  })

  test('KE-18: under which nobody wrote costs nothing', async () => {
    const { ana } = await withGap()
    expect(gapsOf(ana, () => false)).toEqual([])
  })

  test('KE-18: new box keys of one who holds it, and the rekey that follows, open it for all', async () => {
    const { ana, people, nora, one } = await withGap()
    await ana.view.rotate('ana')
    const next = await ana.rekey()
    await meet(people)
    for (const person of people) expect(person.current()).toMatchObject({ type: 'current', epoch: next.epoch })
    expect(nora.ring.readable(nora.view.graph).get(one.epoch)).toEqual(one.secret)
    for (const person of people) expect(gapsOf(person)).toEqual([])
  })

  test('KE-18: an epoch that hands on garbage instead is the same, however much', async () => {
    const garbage = Array.from({ length: 16_384 }, (_, i) => new Uint8Array(32).fill(i & 255).fill(i >> 8, 1))
    const { ana, people, nora, one } = await withGap(garbage)
    expect(gapsOf(ana)).toContain(one.epoch)
    await ana.view.rotate('ana')
    await ana.rekey()
    await meet(people)
    expect(nora.ring.secret(one.epoch)).toEqual(one.secret)
    for (const person of people) expect(gapsOf(person)).toEqual([])
  }, 60_000)

  test('KE-18: an epoch whose older secrets are in a part that was never published is the same', async () => {
    const { ana, eva, people, nora } = await withGap()
    await ana.view.rotate('ana')
    const good = await ana.rekey()
    await meet(people)
    expect(gapsOf(nora)).toEqual([])
    await eva.view.rotate('eva')
    const spread = await eva.rekey({ secrets: Array.from({ length: 9_000 }, () => new Uint8Array(32).fill(7)) })
    expect(spread.rekey.parts.length).toBe(2)
    const [rekey, part, last] = spread.verified
    await meet(
      [ana, nora, eva],
      [rekey, part].flatMap((record) => record ?? []),
    )
    expect(ana.current()).toMatchObject({ type: 'current', epoch: spread.epoch })
    expect(gapsOf(ana)).toContain(good.epoch)
    await ana.take(...[last].flatMap((record) => record ?? []))
    expect(gapsOf(ana), 'and hers were not in it').toContain(good.epoch)
    await ana.view.rotate('ana')
    await ana.rekey()
    await ana.take()
    expect(gapsOf(ana)).toEqual([])
  }, 60_000)

  test('KE-18: honest rekeys, after whatever branches, leave none', async () => {
    const view = await story(['ana', 'bea', 'eva:editor', 'sol:editor'])
    const ana = ringOf(view, 'ana')
    await ana.rekey(first(view))
    await ana.rekey()
    const others = ['bea', 'eva', 'sol'].map((name) => ringOf(view.fork(), name))
    for (const one of others) await one.take(...ana.verified())
    const people = [ana, ...others]
    for (const one of people) {
      await one.view.rotate(one.name)
      await one.rekey()
    }
    await meet(people)
    await ana.view.remove('ana', 'sol')
    const joined = await ana.rekey()
    await meet(people.slice(0, 3))
    expect(joined.rekey.parents.length).toBe(4)
    for (const one of people.slice(0, 3)) expect(gapsOf(one)).toEqual([])
  })
})

describe('KE-18: the epoch that closes a gap', () => {
  test('KE-13 KE-18: goes out under what who is left out holds, too, who cannot judge the one before it', async () => {
    const view = await story(['ana', 'bea', 'eva:editor'])
    const ana = ringOf(view, 'ana')
    await ana.rekey(first(view))
    const before = await ana.rekey()
    const [bea, eva] = ['bea', 'eva'].map((name) => ringOf(view.fork(), name)) as [Keyring, Keyring]
    for (const one of [bea, eva]) await one.take(...ana.verified())
    await bea.view.admit('bea', 'nora')
    const nora = ringOf(bea.view.fork(), 'nora')
    nora.ring.addSecrets(bea.ring.secretList())
    await eva.view.rotate('eva')
    const one = await eva.rekey()
    nora.view.tell(eva.view)
    eva.view.tell(bea.view)
    // This she writes under the first, where nora does not read it, and the second covers it.
    await eva.view.rotate('eva')
    const two = await eva.rekey({ secrets: [] })
    await meet([ana, bea, eva])
    await nora.take(...ana.verified())
    expect(nora.current()).toEqual({ type: 'secret-missing', epoch: one.epoch, shut: false })
    expect(nora.ring.readable(nora.view.graph).has(two.epoch)).toBe(false)
    await ana.view.rotate('ana')
    const next = await ana.rekey()
    const told: AdmittedUnder = (device) => (device === nora.device.id ? before.epoch : two.epoch)
    const under = (known: AdmittedUnder) =>
      sealUnder(ana.view.graph, ana.ring, next.rekey, known).map(({ epoch }) => epoch)
    expect(under(told).sort()).toEqual([before.epoch, two.epoch].sort())
    expect(
      under(() => null),
      'also where nobody knows what bea holds',
    ).toContain(before.epoch)
    await nora.take(next.rekey)
    expect(nora.ring.readable(nora.view.graph).get(one.epoch)).toEqual(one.secret)
    nora.view.tell(ana.view)
    await nora.take()
    expect(nora.current()).toMatchObject({ type: 'current', epoch: next.epoch })
  })
})
