// Random lives with six coordinators, devices of their own, forks and heavy voting, by views that hear of each other now and then: three
// orders of arrival, one operation at a time and in batches of any size, give one state and one set of heads, as resolving from scratch does.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DeviceId } from '../../src/base/ids.ts'
import { MembershipGraph, type VerifiedOperation } from '../../src/membership/index.ts'
import { canonical, quick, realCrypto, story, type View } from '../support/membership-story.ts'
import { runs, within } from './runs.ts'

const COORDINATORS = ['a', 'b', 'c', 'd', 'e', 'f'] as const
const WHAT = [
  'vote',
  'vote',
  'vote',
  'suspend',
  'suspend a coordinator',
  'remove',
  'role',
  'rotate',
  'resume',
  'device',
  'admit',
  'hear',
  'rewind',
  'claim',
] as const
interface Step {
  readonly view: number
  readonly by: number
  readonly to: number
  readonly what: (typeof WHAT)[number]
  readonly choice: number
}
const step: fc.Arbitrary<Step> = fc.record({
  view: fc.nat(2),
  by: fc.nat(40),
  to: fc.nat(40),
  what: fc.constantFrom(...WHAT),
  choice: fc.nat(999),
})

const crypto = quick(realCrypto('arrival'))
const invitations = [crypto.signKeys(), crypto.signKeys()]
let founded: Promise<View> | null = null

async function begun(): Promise<View> {
  const view = await story([...COORDINATORS, 'x:editor', 'y:editor'], crypto)
  for (const name of ['a', 'b', 'x']) await view.addDevice(name, `${name}2`)
  return view
}

/** Under the keys of a device that is known already. */
async function claim(view: View, by: string, target: string, name: string): Promise<void> {
  const { story } = view
  const made = { ...story.make(name, story.device(by).member), keys: story.device(target).keys }
  const { id, member, box } = story.adopt({ ...made, id: DeviceId.must(made.keys.publicKey) })
  await view.write(by, { op: 'add-device', member, target: id, box: box.publicKey, consent: new Uint8Array(64) })
}

async function write(view: View, views: View[], { by: byWhom, to: toWhom, what, choice, view: at }: Step) {
  const { names } = view.story
  const [by, to] = [names[byWhom % names.length] as string, names[toWhom % names.length] as string]
  const operations = view.graph.operations()
  const n = view.story.all.length
  const latest = (among: readonly VerifiedOperation[], back: number) => among[Math.max(0, among.length - 1 - back)]
  const moves: Readonly<Record<Step['what'], () => unknown>> = {
    vote: () => {
      const wanted = operations.filter(({ op }) => ['suspend', 'remove', 'set-role'].includes(op))
      const of = latest(wanted, choice % 4)
      return of && view.cosign(COORDINATORS[byWhom % 6] as string, of, choice % 2 === 0)
    },
    suspend: () => view.suspend(by, to),
    'suspend a coordinator': () => view.suspend(COORDINATORS[byWhom % 4] as string, COORDINATORS[toWhom % 4] as string),
    remove: () => {
      const nothing = () => view.cutoffs(to, by).map(({ device }) => ({ device, seq: -1, id: null }))
      return view.remove(by, to, choice % 2 === 0 ? undefined : nothing())
    },
    role: () => view.role(by, to, (['coordinator', 'editor', 'reader'] as const)[choice % 3] ?? 'reader'),
    rotate: () => view.rotate(by),
    resume: () => view.resume(by, to),
    device: () => view.addDevice(by, `${by} ${n}`),
    admit: () => view.admit(by, `guest ${choice % 4}`, 'editor', invitations[choice % 2]),
    hear: () => view.tell(views[choice % views.length] as View),
    rewind: () => {
      views[at] = view.back((latest(operations, choice % 10) as VerifiedOperation).id)
    },
    claim: () => (choice % 2 === 0 ? view.write(by, { op: 'merge' }) : claim(view, by, to, `claim ${n}`)),
  }
  await moves[what]()
}

/** In this order, so many at a time. */
function arrived(all: readonly VerifiedOperation[], order: readonly number[], sizes: readonly number[]) {
  const graph = MembershipGraph.create((all[0] as VerifiedOperation).space)
  const shuffled = all.map((op, i) => ({ op, at: order[i % order.length] ?? 0 })).sort((a, b) => a.at - b.at)
  for (let at = 0, n = 0; at < shuffled.length; n++) {
    const size = sizes[n % sizes.length] ?? 1
    graph.add(shuffled.slice(at, at + size).map(({ op }) => op))
    // Asked for, or what came is not resolved yet.
    graph.state()
    at += size
  }
  return graph
}

const seen = (graph: MembershipGraph) => ({ state: canonical({ state: () => graph.state() }), heads: graph.heads() })

test(
  'ME-3, ME-14, ME-16: forks, votes and claims of six coordinators give one state in every order of arrival, alone or in batches',
  async () => {
    const order = fc.array(fc.nat(1_000_000), { minLength: 97, maxLength: 97 })
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 9 })
    const lives = fc.array(step, { minLength: 8, maxLength: 38, size: 'max' })
    await fc.assert(
      fc.asyncProperty(lives, order, order, sizes, async (steps, one, other, batches) => {
        founded ??= begun()
        const base = await founded
        const teller = base.story.clone()
        const views = [base.fork(teller), base.fork(teller), base.fork(teller)]
        for (const each of steps) await write(views[each.view] as View, views, each)
        const { all } = teller
        const graphs = [arrived(all, [0], [1]), arrived(all, one, [1]), arrived(all, other, batches)]
        const [first, ...others] = graphs.map(seen)
        for (const another of others) expect(another).toEqual(first)
        const graph = graphs[1] as MembershipGraph
        expect(canonical({ state: () => graph.resolveAfresh() })).toEqual(first?.state)
      }),
      runs(30),
    )
  },
  within(240_000),
)
