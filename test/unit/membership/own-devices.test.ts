// Suspending a device of one's own from another of one's own (rule ME-9): what it does, what a thief can do with it, and who
// puts it right. Real keys throughout.
import { describe, expect, test } from 'vitest'
import { isCoordinator } from '../../../src/membership/index.ts'
import { canonical, story } from '../../support/membership-story.ts'

describe('a device suspends another of its own member', () => {
  test('ME-9: from her second phone an editor suspends the lost one; a coordinator lifts it', async () => {
    const view = await story(['ana', 'eva:editor'])
    await view.addDevice('eva', 'eva two')
    const suspension = await view.suspend('eva two', 'eva')
    expect(view.reason(suspension)).toBeUndefined()
    expect(view.device('eva')?.status).toBe('suspended')
    expect(view.state().removals).toEqual([suspension.id])
    expect(view.state().pending).toEqual([])
    expect(view.reason(await view.resume('eva two', 'eva'))).toBe('ME-9 her-own')
    await view.resume('ana', 'eva')
    expect(view.device('eva')).toMatchObject({ status: 'active', cutoff: null })
  })

  test('ME-9: not of itself, not of anybody else’s, not of what was known', async () => {
    const view = await story(['ana', 'eva:editor', 'sol:reader'])
    await view.addDevice('eva', 'eva two')
    expect(view.reason(await view.suspend('eva', 'eva'))).toBe('ME-9 itself')
    expect(view.reason(await view.suspend('eva', 'sol'))).toBe('ME-5 not-a-coordinator')
    expect(view.reason(await view.suspend('eva two', 'eva', null))).toBe('ME-9 cut-off-below-her-last')
    expect(view.device('eva')?.status).toBe('active')
  })

  test('ME-9: a coordinator pays no price for her own lost phone, and undoes nothing it did', async () => {
    const view = await story(['ana', 'bea'])
    await view.addDevice('ana', 'ana two')
    await view.admit('ana', 'eva')
    await view.suspend('ana two', 'ana')
    expect(isCoordinator(view.state(), view.story.device('ana two').id)).toBe(true)
    expect(view.member('eva')?.status).toBe('active')
    expect(view.state().disputed.size).toBe(0)
    expect(view.reason(await view.resume('ana two', 'ana'))).toBe('ME-9 her-own')
  })

  test('ME-13: what the lost phone says without having seen its suspension is void', async () => {
    const view = await story(['ana', 'bea'])
    await view.addDevice('ana', 'ana two')
    const thief = view.fork()
    const puppet = await thief.admit('ana', 'puppet')
    await view.suspend('ana two', 'ana')
    view.tell(thief)
    expect(view.reason(puppet)).toBe('ME-13 cut-off')
    expect(view.member('puppet')).toBeUndefined()
  })
})

describe('a thief with the second phone', () => {
  test('ME-9: suspends the good one; a coordinator resumes it and suspends the stolen one', async () => {
    const view = await story(['ana', 'eva:editor'])
    await view.addDevice('eva', 'stolen')
    await view.suspend('stolen', 'eva')
    await view.resume('ana', 'eva')
    await view.suspend('ana', 'stolen')
    expect(view.device('eva')?.status).toBe('active')
    expect(view.device('stolen')?.status).toBe('suspended')
    expect(view.reason(await view.suspend('stolen', 'eva'))).toBe('ME-5 suspended-device')
  })

  test('ME-9: back-dates the suspension to undo a year of a coordinator’s work; one refusal brings all of it back', async () => {
    //            ┌ ana admits eva, eva adds a phone, …        (a year)
    // ana two  ──┤
    //            └ stolen second phone suspends ana, as if it had seen nothing
    const view = await story(['ana', 'bea'])
    await view.addDevice('ana', 'stolen')
    const thief = view.fork()
    await view.admit('ana', 'eva')
    await view.addDevice('eva', 'eva two')
    const before = view.fork()
    const suspension = await thief.suspend('stolen', 'ana')
    view.tell(thief)
    expect(view.member('eva')).toBeUndefined()
    await view.cosign('bea', suspension, false)
    expect(view.reason(suspension)).toBe('ME-9 refused')
    expect(view.device('ana')).toMatchObject({ status: 'active', cutoff: null })
    expect(view.member('eva')).toEqual(before.member('eva'))
    expect(isCoordinator(view.state(), view.story.device('ana').id)).toBe(true)
  })

  test('ME-14: both phones suspend each other: neither counts until another coordinator says which', async () => {
    const view = await story(['ana', 'bea', 'cleo'])
    await view.addDevice('ana', 'stolen')
    const thief = view.fork()
    const right = await view.suspend('ana', 'stolen')
    await thief.suspend('stolen', 'ana')
    view.tell(thief)
    expect(view.device('ana')?.status).toBe('active')
    expect(view.device('stolen')?.status).toBe('active')
    // She coordinates nothing meanwhile, from neither phone.
    expect(isCoordinator(view.state(), view.story.device('stolen').id)).toBe(false)
    await view.cosign('bea', right)
    expect(view.device('stolen')?.status).toBe('suspended')
    expect(isCoordinator(view.state(), view.story.device('ana').id)).toBe(true)
    expect(canonical(thief.tell(view))).toEqual(canonical(view))
  })

  test('ME-14: an editor’s two phones suspend each other: a coordinator’s suspension from before decides', async () => {
    const view = await story(['ana', 'eva:editor'])
    await view.addDevice('eva', 'stolen')
    const known = view.tip(view.story.device('stolen').id, 'ana')
    const thief = view.fork()
    await view.suspend('eva', 'stolen')
    await thief.suspend('stolen', 'eva')
    view.tell(thief)
    expect(view.device('eva')?.status).toBe('active')
    await view.suspend('ana', 'stolen', known.id === null ? null : { seq: known.seq, id: known.id })
    expect(view.device('stolen')?.status).toBe('suspended')
    expect(view.device('eva')?.status).toBe('active')
    expect(view.state().pending).toEqual([])
  })

  test('ME-9: a refusal of another coordinator’s suspension gives back what it cut off, and its author goes on resting', async () => {
    const view = await story(['ana', 'bea', 'cleo'])
    const thief = view.fork()
    await view.admit('bea', 'eva')
    const suspension = await thief.suspend('ana', 'bea')
    view.tell(thief)
    expect(view.member('eva')).toBeUndefined()
    await view.cosign('cleo', suspension, false)
    expect(view.member('eva')?.status).toBe('active')
    expect(view.device('bea')).toMatchObject({ status: 'active', cutoff: null })
    expect(isCoordinator(view.state(), view.story.device('ana').id)).toBe(false)
  })
})
