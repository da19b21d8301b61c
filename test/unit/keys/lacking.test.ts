// Who is owed the epoch in use, who gives it first, and when others confirm it.
import { describe, expect, test } from 'vitest'
import type { DeviceId, EpochId, OperationId } from '../../../src/base/ids.ts'
import { confirmations, grantRank, lacking, MANY_LACKING, needsRekey } from '../../../src/keys/index.ts'
import { first, ringOf } from '../../support/keys-story.ts'
import { story } from '../../support/membership-story.ts'

const nobody = () => null

describe('KE-9: who lacks the epoch in use', () => {
  test('whoever was admitted while others rekeyed, until an active device grants it', async () => {
    const view = await story(['ana', 'eva:editor', 'sol:editor'])
    const ana = ringOf(view, 'ana')
    await ana.rekey(first(view))
    const one = await ana.rekey()
    const sol = ringOf(view, 'sol')
    await sol.take(...ana.verified())
    const there = view.fork()
    await there.admit('ana', 'nora')
    await view.remove('ana', 'sol')
    const two = await ana.rekey()
    view.tell(there)
    expect(ana.current()).toMatchObject({ type: 'current', epoch: two.epoch })
    const nora = view.story.device('nora').id
    expect(lacking(view.graph, ana.ring, nobody)).toEqual([nora])
    expect(lacking(view.graph, ana.ring, () => one.epoch)).toEqual([nora])
    expect(lacking(view.graph, ana.ring, () => two.epoch)).toEqual([])
    // Sol, who is out, says that nora was served.
    ana.ring.add([await sol.grant('nora', two.secret)])
    expect(lacking(view.graph, ana.ring, nobody)).toEqual([nora])
    const given = await ana.grant('nora', two.secret)
    ana.ring.add([given])
    expect(lacking(view.graph, ana.ring, nobody)).toEqual([])
    const hers = ringOf(view, 'nora')
    await hers.take(...ana.verified())
    expect(hers.current()).toEqual(ana.current())
  })

  test('whoever was welcomed with a later epoch holds the one in use, too', async () => {
    const view = await story(['ana', 'eva:editor'])
    const ana = ringOf(view, 'ana')
    await ana.rekey(first(view))
    const one = await ana.rekey()
    const there = view.fork()
    await there.rotate('eva')
    const elsewhere = ringOf(there, 'ana')
    await elsewhere.take(...ana.verified())
    const two = await elsewhere.rekey()
    ana.ring.add([two.rekey])
    await view.admit('ana', 'nora')
    const welcome = (epoch: EpochId) => () => epoch
    expect(lacking(view.graph, ana.ring, nobody)).toEqual([view.story.device('nora').id])
    expect(lacking(view.graph, ana.ring, welcome(one.epoch))).toEqual([])
    view.tell(there)
    expect(ana.ring.inUse(view.graph)).toBe(two.epoch)
    expect(lacking(view.graph, ana.ring, welcome(one.epoch))).toEqual([view.story.device('nora').id])
  })

  test('one rekey serves many', async () => {
    const view = await story(['ana'])
    const ana = ringOf(view, 'ana')
    await ana.rekey(first(view))
    for (let n = 0; n <= MANY_LACKING; n++) await view.admit('ana', `guest ${n}`)
    expect(lacking(view.graph, ana.ring, nobody).length).toBeGreaterThan(MANY_LACKING)
    expect(needsRekey(view.graph, ana.ring)).toBe(false)
    const made = await ana.rekey()
    expect(ana.ring.ordinal(made.epoch)).toBe(2)
    expect(lacking(view.graph, ana.ring, nobody)).toEqual([])
  })

  test('everybody draws the same ranks, and others for another grantee', async () => {
    const view = await story(['ana', 'bea', 'cleo', 'dora', 'eva:editor', 'fe:editor'])
    const devices = [...view.state().devices.keys()]
    const [one, two] = [devices[0], devices[1]] as [DeviceId, DeviceId]
    const ranks = grantRank(view.story.crypto, one, devices)
    expect([...ranks.values()].sort()).toEqual([0, 1, 2, 3, 4, 5])
    expect(grantRank(view.story.crypto, one, [...devices].reverse())).toEqual(ranks)
    expect([...grantRank(view.story.crypto, two, devices).keys()]).not.toEqual([...ranks.keys()])
  })
})

describe('KE-14: who confirms an epoch', () => {
  test('two other members, each counted once, by entries that cite what it covers', async () => {
    const view = await story(['ana', 'bea', 'eva:editor', 'sol:editor'])
    await view.addDevice('bea', 'bea laptop')
    const ana = ringOf(view, 'ana')
    await ana.rekey(first(view))
    const before = view.graph.heads()
    await view.remove('ana', 'sol')
    const made = await ana.rekey()
    const heads = view.graph.heads()
    const citing = (names: Readonly<Record<string, readonly OperationId[]>>) =>
      new Map(Object.entries(names).map(([name, cited]) => [view.story.device(name).id, cited]))
    const me = view.story.device('eva').member
    const by = (names: Parameters<typeof citing>[0]) =>
      confirmations(view.graph, ana.ring, made.epoch, citing(names), me)
    expect(by({})).toEqual({ by: [], needed: 2, enough: false })
    expect(by({ eva: heads, ana: before, bea: ['0'.repeat(64) as OperationId], sol: heads }).by).toEqual([])
    expect(by({ bea: heads, 'bea laptop': heads })).toMatchObject({ needed: 2, enough: false })
    const [one, two] = ['ana', 'bea'].map((name) => view.story.device(name).member)
    expect(by({ ana: heads, 'bea laptop': heads })).toEqual({ by: [one, two].sort(), needed: 2, enough: true })
    expect(confirmations(view.graph, ana.ring, 'x' as EpochId, citing({ ana: heads, bea: heads }), me).enough).toBe(
      false,
    )
  })

  test('in a space of two one is enough, alone none', async () => {
    const view = await story(['ana', 'eva:editor'])
    const ana = ringOf(view, 'ana')
    await ana.rekey(first(view))
    const made = await ana.rekey()
    const { member } = view.story.device('eva')
    const none = new Map<DeviceId, OperationId[]>()
    expect(confirmations(view.graph, ana.ring, made.epoch, none, member)).toMatchObject({ needed: 1, enough: false })
    const one = new Map([[view.story.device('ana').id, view.graph.heads()]])
    expect(confirmations(view.graph, ana.ring, made.epoch, one, member)).toMatchObject({ needed: 1, enough: true })
    await view.remove('ana', 'eva')
    const { member: me } = view.story.device('ana')
    expect(confirmations(view.graph, ana.ring, made.epoch, none, me)).toMatchObject({ needed: 0, enough: true })
  })
})
