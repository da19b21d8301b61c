// What attackers with real keys, and unlucky orders of arrival, tried against the core of membership.
import { describe, expect, test } from 'vitest'
import { canonical, story } from '../../support/membership-story.ts'

describe('one set, one state', () => {
  test('ME-3, ME-9: a refusal and a cosign of one suspension that cross, in either order of arrival', async () => {
    const view = await story(['ana', 'bea', 'cleo', 'dora', 'eli'])
    const suspension = await view.suspend('ana', 'bea')
    const [one, other] = [view.fork(), view.fork()]
    await one.cosign('cleo', suspension, false)
    await other.cosign('dora', suspension, true)
    const back = other.fork()
    back.tell(one)
    one.tell(other)
    expect(canonical(one)).toEqual(canonical({ state: () => one.graph.resolveAfresh() }))
    expect(canonical(one)).toEqual(canonical(back))
  })

  test('ME-3, ME-13: two suspensions of one forked phone name different last operations: one cut-off, in either order', async () => {
    const view = await story(['ana', 'bea', 'eva:editor'])
    const other = view.fork()
    await view.rotate('eva')
    await other.rotate('eva')
    await view.suspend('ana', 'eva')
    await other.suspend('bea', 'eva')
    const back = other.fork().tell(view)
    view.tell(other)
    expect(canonical(view)).toEqual(canonical(back))
  })
})

describe('more devices than a removal can name', () => {
  test('ME-7, ME-10: who adds 64 devices on each of two branches can still be removed', async () => {
    const view = await story(['ana', 'eva:editor'])
    const other = view.fork()
    for (let i = 0; i < 40; i++) {
      await view.addDevice('eva', `one ${i}`)
      await other.addDevice('eva', `other ${i}`)
    }
    view.tell(other)
    const removal = await view.remove('ana', 'eva')
    expect(view.reason(removal)).toBeUndefined()
    expect(view.member('eva')?.status).toBe('removed')
    expect([...view.state().devices.values()].filter(({ status }) => status === 'active')).toHaveLength(1)
  })
})
