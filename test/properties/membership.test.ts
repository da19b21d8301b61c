// Random sets of operations, allowed or not, by people who have seen different parts of the graph: the state depends on the
// set alone (rule ME-3), the cheap path gives what a full resolution gives, and one coordinator never decides for many.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MembershipGraph, type VerifiedOperation } from '../../src/membership/index.ts'
import { canonical, quick, realCrypto, story, type View } from '../support/membership-story.ts'

const PEOPLE = ['ana', 'bea', 'cleo', 'dora', 'eva', 'fe']
const SPECS = ['ana', 'bea', 'cleo', 'dora', 'eva:editor', 'fe:reader']
const SLOW = process.env['SLOW'] === '1'

const step = fc.record({
  view: fc.nat(2),
  by: fc.nat(5),
  to: fc.nat(5),
  what: fc.constantFrom(
    'admit',
    'device',
    'rotate',
    'suspend',
    'resume',
    'remove',
    'role',
    'cosign',
    'merge',
    'relays',
    'tell',
    'split',
  ),
  choice: fc.nat(99),
})
type Step = { view: number; by: number; to: number; what: string; choice: number }

async function play(views: View[], { view: index, by: author, to, what, choice }: Step): Promise<void> {
  const view = views[index] as View
  const by = PEOPLE[author] as string
  const about = PEOPLE[to] as string
  const { all, crypto } = view.story
  const invitation = crypto.signKeys(new Uint8Array(32).fill(7 + (choice % 3)))
  const roles = ['coordinator', 'editor', 'reader'] as const
  const back = () => view.cutoffs(about).map(({ device }) => ({ device, seq: -1, id: null }))
  const moves: Readonly<Record<string, () => Promise<unknown>>> = {
    admit: () =>
      view.admit(
        by,
        `guest ${all.length}`,
        choice % 2 === 0 ? 'editor' : 'reader',
        choice < 50 ? invitation : undefined,
      ),
    device: () => view.addDevice(by, `device ${all.length}`),
    rotate: () => view.rotate(by),
    suspend: () => view.suspend(by, about),
    resume: () => view.resume(by, about),
    remove: () => view.remove(by, about, choice < 20 ? back() : undefined),
    role: () => view.role(by, about, roles[choice % 3] ?? 'editor'),
    cosign: async () => {
      const mine = view.graph.operations()
      const wanted = view.state().pending[choice % 3]?.of
      const of = mine.find(({ id }) => id === wanted) ?? mine[mine.length - 1 - (choice % 3)]
      if (of !== undefined) await view.cosign(by, of, choice % 4 !== 0)
    },
    merge: () => view.write(by, { op: 'merge' }),
    relays: () => view.write(by, { op: 'set-relays', relays: [`wss://relay-${choice}.example`] }),
    tell: async () => view.tell(views[(index + 1) % 3] as View),
    // A device restored from an old backup: it goes on from what another view knew.
    split: async () => (views[index] = (views[(index + 2) % 3] as View).fork()),
  }
  await moves[what]?.()
}

async function world(steps: readonly Step[]): Promise<View[]> {
  const first = await story(SPECS, quick(realCrypto('property')))
  const views = [first, first.fork(), first.fork()]
  for (const one of steps) await play(views, one)
  return views
}

const stateOf = (graph: MembershipGraph) => canonical({ state: () => graph.state() })

/** The same set again, added in another order. */
function rebuilt(all: readonly VerifiedOperation[], order: readonly number[]): MembershipGraph {
  const graph = MembershipGraph.create((all[0] as VerifiedOperation).space)
  const shuffled = all.map((op, i) => ({ op, at: order[i % order.length] ?? 0 })).sort((a, b) => a.at - b.at)
  for (const { op } of [...shuffled, ...shuffled.slice(0, 9)]) graph.add([op])
  return graph
}

test('ME-3: the state is a function of the set: any order, duplicates, partitions', async () => {
  const orders = fc.array(fc.nat(1000), { minLength: 7, maxLength: 61 })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), orders, async (steps, order) => {
      const views = await world(steps)
      const all = (views[0] as View).story.all
      const one = rebuilt(all, order)
      const other = rebuilt(all, [...order].reverse().concat(1))
      expect(one.missing()).toEqual([])
      expect(one.size).toBe(all.length)
      expect(stateOf(one)).toEqual(stateOf(other))
      expect(one.heads()).toEqual(other.heads())
      // All at once: a full resolution, never one by one.
      const whole = MembershipGraph.create(one.space)
      whole.add(all)
      expect(stateOf(whole)).toEqual(stateOf(one))
      for (const { id } of all.slice(-8)) {
        expect(canonical({ state: () => one.stateAt([id]) })).toEqual(canonical({ state: () => other.stateAt([id]) }))
      }
    }),
    { numRuns: SLOW ? 3000 : 150 },
  )
})

test('ME-3: one more operation gives what resolving from scratch gives', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const views = await world(steps)
      for (const view of views) {
        const { graph } = view
        expect(canonical({ state: () => graph.resolveAfresh() })).toEqual(stateOf(graph))
      }
    }),
    { numRuns: SLOW ? 3000 : 150 },
  )
})

test('ME-12: one seized coordinator among four removes, promotes and demotes nobody for long', async () => {
  const attack = step.map((one) => ({ ...one, by: 3, view: 0 }))
  await fc.assert(
    fc.asyncProperty(fc.array(attack, { minLength: 5, maxLength: 30 }), async (steps) => {
      const [view] = await world(steps)
      if (view === undefined) throw new Error('no view')
      for (const name of ['ana', 'bea', 'cleo']) {
        expect(view.member(name)).toMatchObject({ role: 'coordinator', status: 'active' })
      }
      const suspended = ['ana', 'bea', 'cleo'].filter((name) => view.device(name)?.status === 'suspended')
      expect(suspended.length).toBeLessThanOrEqual(1)
    }),
    { numRuns: SLOW ? 2000 : 150 },
  )
})
