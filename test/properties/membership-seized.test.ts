// One seized coordinator phone among three or four, with all the keys it holds, those of every puppet it brings in, and a thief who
// writes as much and as early as she likes: she never gains a majority, never comes back, and voids nothing that the written
// rules do not give her (rules ME-9, ME-12 to ME-15).
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isCoordinator, type VerifiedOperation } from '../../src/membership/index.ts'
import type { View } from '../support/membership-story.ts'
import { COORDINATORS, PEOPLE, play, type Step, stepOf, WHAT, world } from './membership-world.ts'
import { runs, within } from './runs.ts'

const TIMEOUT = within(240_000)

const ALONE = WHAT.filter((what) => !['duel', 'contest', 'majority'].includes(what))
const attack = fc.array(stepOf(fc.nat(999), ALONE), { minLength: 8, maxLength: 45, size: 'max' })
const party = fc.constantFrom(3 as const, 4 as const)

/** The seized phone first, then what it brought in. */
const thief = (seized: string, step: Step) => (view: View) => {
  const own = [seized, ...view.story.names.filter((name) => !PEOPLE.includes(name))]
  return step.by % 3 === 0 ? seized : (own[step.by % own.length] ?? seized)
}
async function rob(views: View[], seized: string, steps: readonly Step[]): Promise<void> {
  for (const step of steps) await play(views, step, thief(seized, step))
}

/** Coordinators who are members with that role, whatever rests. */
const coordinating = (view: View) =>
  [...view.state().members.values()].filter(({ role, status }) => role === 'coordinator' && status === 'active')
const idOf = (view: View, name: string) => view.story.device(name).member
const able = (view: View, name: string) => isCoordinator(view.state(), view.story.device(name).id)

/** What the others do once they know: refuse what she suspended, lift what is left, remove her together. */
async function answer(view: View, seized: string, honest: readonly string[]): Promise<void> {
  for (const { of } of view.state().pending) {
    const op = view.graph.get(of) as VerifiedOperation
    const hers = view.state().devices.get(op.device)?.member === idOf(view, seized)
    for (const name of honest) if (hers && able(view, name)) await view.cosign(name, op, false)
  }
  if (view.member(seized)?.status === 'active') {
    const first = honest.find((name) => able(view, name)) as string
    const removal = await view.remove(first, seized)
    for (const name of honest) if (name !== first && able(view, name)) await view.cosign(name, removal)
  }
  for (const name of honest) {
    const by = honest.find((other) => other !== name && able(view, other))
    if (by !== undefined && view.device(name)?.status === 'suspended') await view.resume(by, name)
  }
}

test(
  'ME-12: one seized coordinator phone gains no majority, whatever it signs',
  async () => {
    await fc.assert(
      fc.asyncProperty(party, attack, async (size, steps) => {
        const views = await world(size)
        const [seized = 'dora', ...honest] = [...COORDINATORS.slice(0, size)].reverse()
        await rob(views, seized, steps)
        const view = (views[0] as View).tell(...views)
        const before = new Set(COORDINATORS.slice(0, size).map((name) => idOf(view, name)))
        for (const { id } of coordinating(view)) expect(before).toContain(id)
        for (const name of honest) expect(view.member(name)).toMatchObject({ role: 'coordinator', status: 'active' })
        const out = honest.filter((name) => view.device(name)?.status === 'suspended')
        expect(out.length).toBeLessThanOrEqual(1)
      }),
      runs(60),
    )
  },
  TIMEOUT,
)

test(
  'ME-13, ME-14: once the others removed her she is out, and so are puppets they had not seen, whatever she back-dates',
  async () => {
    await fc.assert(
      fc.asyncProperty(party, attack, attack, fc.nat(5), async (size, seen, unseen, at) => {
        const views = await world(size)
        const [seized = 'dora', ...honest] = [...COORDINATORS.slice(0, size)].reverse()
        const start = (views[0] as View).fork()
        await rob(views, seized, seen)
        const view = start.tell(views[at] as View)
        await answer(view, seized, honest)
        expect(view.member(seized)?.status).toBe('removed')
        const known = new Set(view.state().members.keys())
        await rob(views, seized, unseen)
        view.tell(...views)
        expect(view.member(seized)?.status).toBe('removed')
        expect(view.device(seized)?.status).toBe('removed')
        expect([...view.state().members.keys()].filter((id) => !known.has(id))).toEqual([])
        for (const name of honest) {
          expect(view.member(name)).toMatchObject({ role: 'coordinator', status: 'active' })
          expect(view.device(name)?.status).toBe('active')
        }
        expect(coordinating(view)).toHaveLength(size - 1)
      }),
      runs(60),
    )
  },
  TIMEOUT,
)
