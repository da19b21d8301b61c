// Under which epochs a rekey or a grant is published, so that each whom it is for can open the entry it travels in.
import { describe, expect, test } from 'vitest'
import type { EpochId } from '../../../src/base/ids.ts'
import { sealGrantUnder, sealUnder } from '../../../src/keys/index.ts'
import { first, type Keyring, ringOf } from '../../support/keys-story.ts'
import { story } from '../../support/membership-story.ts'

const nobody = () => null
const ids = (held: readonly { epoch: EpochId }[]) => held.map(({ epoch }) => epoch)
const under = (of: Keyring, made: { rekey: Parameters<typeof sealUnder>[2] }, admitted = nobody) =>
  ids(sealUnder(of.view.graph, of.ring, made.rekey, admitted))

describe('KE-13', () => {
  test('all parents, and no more, where every recipient was given one of them', async () => {
    const view = await story(['ana', 'eva:editor', 'sol:editor'])
    const ana = ringOf(view, 'ana')
    await ana.rekey(first(view))
    const second = await ana.rekey()
    await view.remove('ana', 'sol')
    const third = await ana.rekey()
    expect(under(ana, third)).toEqual([second.epoch])
    expect(under(ana, second)).toEqual([second.rekey.parents[0]])
  })

  test('a device that was suspended and resumed is reached under the last epoch it was given', async () => {
    const view = await story(['ana', 'eva:editor', 'sol:editor'])
    const ana = ringOf(view, 'ana')
    const one = await ana.rekey(first(view))
    const both = await ana.rekey()
    await view.suspend('ana', 'sol')
    const without = await ana.rekey()
    await view.rotate('eva')
    await ana.rekey()
    await view.resume('ana', 'sol')
    const back = await ana.rekey()
    expect(under(ana, back)).toEqual([...back.rekey.parents, both.epoch].sort())
    const sol = ringOf(view, 'sol')
    expect(await sol.take(one.rekey, both.rekey)).toBe(2)
    // The entry opens under what she has; in it the rekey, and with that every epoch between.
    expect(sol.ring.secret(without.epoch)).toBeUndefined()
    await sol.take(without.rekey, back.rekey, ...ana.verified())
    expect(sol.current()).toEqual(ana.current())
    expect(sol.ring.secret(without.epoch)).toEqual(without.secret)
  })

  test('whoever was admitted on another branch is reached under the epoch she was welcomed with', async () => {
    const view = await story(['ana', 'bea', 'sol:editor'])
    const ana = ringOf(view, 'ana')
    await ana.rekey(first(view))
    const one = await ana.rekey()
    const there = view.fork()
    await there.admit('bea', 'nora')
    await view.remove('ana', 'sol', view.cutoffs('sol'))
    const two = await ana.rekey()
    view.tell(there)
    await view.rotate('bea')
    const three = await ana.rekey()
    const nora = view.story.device('nora').id
    const welcome = (device: string) => (device === nora ? one.epoch : null)
    expect(ids(sealUnder(view.graph, ana.ring, three.rekey, welcome))).toEqual([one.epoch, two.epoch].sort())
    expect(ids(sealUnder(view.graph, ana.ring, three.rekey, nobody))).toEqual([two.epoch])
    expect(ids(sealGrantUnder(view.graph, ana.ring, { epoch: three.epoch, to: nora }, welcome))).toEqual([one.epoch])
  })

  test('a grant goes under the last epoch of each branch that its device was given, or the one of her welcome', async () => {
    const view = await story(['ana', 'bea', 'sol:editor', 'eva:editor'])
    const ana = ringOf(view, 'ana')
    await ana.rekey(first(view))
    const one = await ana.rekey()
    const [here, there] = [ringOf(view.fork(), 'ana'), ringOf(view.fork(), 'bea')]
    await here.take(...ana.verified())
    await there.take(...ana.verified())
    await here.view.rotate('sol')
    await there.view.rotate('eva')
    const [left, right] = [await here.rekey(), await there.rekey()]
    view.tell(here.view, there.view)
    await ana.take(left.rekey, right.rekey)
    await view.suspend('ana', 'sol')
    const { epoch } = await ana.rekey()
    const [sol, nora] = [view.story.device('sol').id, view.story.make('nora').id]
    const grantUnder = (to: typeof sol, welcome: () => EpochId | null) =>
      ids(sealGrantUnder(view.graph, ana.ring, { epoch, to }, welcome))
    expect(grantUnder(sol, nobody)).toEqual([left.epoch, right.epoch].sort())
    expect(grantUnder(nora, () => one.epoch)).toEqual([one.epoch])
    expect(grantUnder(nora, nobody)).toEqual([])
  })
})
