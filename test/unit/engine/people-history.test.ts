// What the history says of operations, drawn from graphs alone: who, about whom, and what came of it. That the rules themselves hold is
// tested in test/unit/membership.
import { describe, expect, test } from 'vitest'
import { historyOf } from '../../../src/engine/history.ts'
import { story, type View } from '../../support/membership-story.ts'

const idOf = (view: View, name: string) => view.story.device(name).member
const deviceOf = (view: View, name: string) => view.story.device(name).id
const about = (view: View, operation: { readonly id: string }) =>
  historyOf(view.graph).find((item) => item.operation === operation.id)

describe('the history of a space', () => {
  test('says of each operation who, what and about whom', async () => {
    const view = await story(['ana', 'eva:editor'])
    const second = await view.addDevice('eva', 'eva laptop')
    const rotated = await view.rotate('eva')
    const suspended = await view.suspend('ana', 'eva laptop')
    const resumed = await view.resume('ana', 'eva laptop')
    const relays = await view.write('ana', { op: 'set-relays', relays: ['https://relevo.example#secreto'] })
    const [eva, ana] = [idOf(view, 'eva'), idOf(view, 'ana')]
    const laptop = deviceOf(view, 'eva laptop')
    const done = { effect: 'done', reason: null }
    expect(about(view, second)).toMatchObject({ what: 'add-device', by: eva, member: eva, target: laptop, ...done })
    expect(about(view, rotated)).toMatchObject({ what: 'rotate-device', by: eva, target: deviceOf(view, 'eva') })
    expect(about(view, suspended)).toMatchObject({ what: 'suspend', by: ana, member: eva, target: laptop, ...done })
    expect(about(view, resumed)).toMatchObject({ what: 'resume', by: ana, member: eva, target: laptop, ...done })
    expect(about(view, relays)).toMatchObject({ what: 'set-relays', by: ana, relays: ['https://relevo.example'] })
    expect(historyOf(view.graph).at(-1)).toMatchObject({ what: 'create', by: ana, role: 'coordinator' })
  })

  test('says what had no effect and why: refused by its own past, or cut off by a removal elsewhere', async () => {
    //                    ┌ eva promoted elsewhere … admits a puppet
    // ana, bea, eva ─────┤
    //                    └ ana and bea take eva out, having seen none of it
    const view = await story(['ana', 'bea', 'eva'])
    const hers = view.fork()
    const puppet = await hers.admit('eva', 'títere')
    const removal = await view.remove('ana', 'eva')
    const vote = await view.cosign('bea', removal)
    const late = await view.write('eva', { op: 'merge' })
    view.tell(hers)
    expect(about(view, puppet)).toMatchObject({ what: 'admit', by: idOf(view, 'eva'), effect: 'void' })
    expect(about(view, puppet)?.reason).toMatch(/^ME-13 /)
    expect(about(view, removal)).toMatchObject({ member: idOf(view, 'eva'), effect: 'done', reason: null })
    expect(about(view, vote)).toMatchObject({ member: idOf(view, 'eva'), of: removal.id, verdict: true })
    expect(about(view, late)).toBeUndefined()
    const refused = await view.admit('eva', 'otro títere')
    expect(about(view, refused)).toMatchObject({ effect: 'void', reason: 'ME-5 removed-device' })
  })

  test('says what waits, and what can no longer be', async () => {
    const view = await story(['ana', 'bea', 'eva'])
    const proposed = await view.role('ana', 'eva', 'editor')
    expect(about(view, proposed)).toMatchObject({ effect: 'waiting', reason: null, role: 'editor' })
    await view.cosign('bea', proposed, false)
    expect(about(view, proposed)).toMatchObject({ effect: 'void', reason: 'ME-12 refused' })
    const again = await view.role('bea', 'eva', 'editor')
    await view.cosign('ana', again)
    expect(about(view, again)).toMatchObject({ effect: 'done', reason: null })
  })

  test('is in one order whatever came first, and nothing stands before what it has seen', async () => {
    const view = await story(['ana', 'bea'])
    const other = view.fork()
    await view.admit('ana', 'eva')
    await other.admit('bea', 'sol')
    await view.admit('ana', 'luz')
    const [one, two] = [view.fork().tell(other), other.fork().tell(view)]
    const told = historyOf(one.graph)
    expect(historyOf(two.graph)).toEqual(told)
    const place = new Map(told.map(({ operation }, at) => [operation, at]))
    for (const { id, parents } of one.graph.operations())
      for (const parent of parents) expect(place.get(parent)).toBeGreaterThan(place.get(id) ?? Number.NaN)
  })
})
