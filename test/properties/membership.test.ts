// Random sets of operations, allowed or not, by honest and hostile authors who have seen different parts of the graph: the state
// depends on the set alone (rule ME-3), and one more operation gives what resolving from scratch gives.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeOperation,
  MembershipGraph,
  type VerifiedOperation,
  verifyOperation,
} from '../../src/membership/index.ts'
import { canonical, type View } from '../support/membership-story.ts'
import { played, somebody, stepOf } from './membership-world.ts'
import { runs, within } from './runs.ts'

const TIMEOUT = within(240_000)
const lives = fc.array(stepOf(somebody), { minLength: 12, maxLength: 50, size: 'max' })
const orders = fc.array(fc.nat(1000), { minLength: 7, maxLength: 61 })

const stateOf = (graph: MembershipGraph) => canonical({ state: () => graph.state() })

/** ME-17 in its own words. */
function plainHeads(graph: MembershipGraph): string[] {
  const { invalid } = graph.state()
  const live = graph.operations().filter(({ id }) => !invalid.has(id))
  const covered = ({ id }: VerifiedOperation) => live.some((other) => other.id !== id && graph.covers([other.id], id))
  return live
    .filter((op) => !covered(op))
    .map(({ id }) => id)
    .sort()
}

/** The same set again, in another order, some of it twice. */
function rebuilt(all: readonly VerifiedOperation[], order: readonly number[]): MembershipGraph {
  const graph = MembershipGraph.create((all[0] as VerifiedOperation).space)
  const shuffled = all.map((op, i) => ({ op, at: order[i % order.length] ?? 0 })).sort((a, b) => a.at - b.at)
  for (const { op } of [...shuffled, ...shuffled.slice(0, 9)]) graph.add([op])
  return graph
}

test(
  'ME-3: the state is a function of the set: any order, duplicates, missing parents, partitions',
  async () => {
    await fc.assert(
      fc.asyncProperty(lives, orders, async (steps, order) => {
        const views = await played(steps)
        const all = (views[0] as View).story.all
        const one = rebuilt(all, order)
        const other = rebuilt(all, [...order].reverse().concat(1))
        expect(one.missing()).toEqual([])
        expect(one.size).toBe(new Set(all.map(({ id }) => id)).size)
        expect(stateOf(one)).toEqual(stateOf(other))
        expect(one.heads()).toEqual(other.heads())
        expect(canonical({ state: () => one.resolveAfresh() })).toEqual(stateOf(one))
        for (const { id } of all.slice(-8)) {
          expect(canonical({ state: () => one.stateAt([id]) })).toEqual(canonical({ state: () => other.stateAt([id]) }))
        }
      }),
      runs(80),
    )
  },
  TIMEOUT,
)

test(
  'ME-3: half of the set waits, says what it misses, and changes nothing until that comes',
  async () => {
    await fc.assert(
      fc.asyncProperty(lives, fc.nat(1000), async (steps, gap) => {
        const [view] = await played(steps)
        const all = (view as View).story.all
        const lost = all[1 + (gap % (all.length - 1))] as VerifiedOperation
        const graph = MembershipGraph.create(lost.space)
        const { waiting } = graph.add(all.filter(({ id }) => id !== lost.id))
        expect(graph.missing()).toEqual(waiting.length === 0 ? [] : [lost.id])
        expect(canonical({ state: () => graph.resolveAfresh() })).toEqual(stateOf(graph))
        graph.add([lost])
        expect(stateOf(graph)).toEqual(stateOf(rebuilt(all, [0])))
      }),
      runs(16, 2_000),
    )
  },
  TIMEOUT,
)

test(
  'ME-3: one more operation gives what resolving from scratch gives, in every view and at every past',
  async () => {
    await fc.assert(
      fc.asyncProperty(lives, async (steps) => {
        const views = await played(steps)
        for (const { graph } of views) {
          const afresh = canonical({ state: () => graph.resolveAfresh() })
          expect(afresh).toEqual(stateOf(graph))
          expect(graph.heads()).toEqual(plainHeads(graph))
        }
        const [{ graph }] = views as [View]
        for (const { id } of graph.operations().slice(-6)) {
          const past = MembershipGraph.create(graph.space)
          past.add(graph.operations().filter((op) => graph.covers([id], op.id)))
          const afresh = canonical({ state: () => past.resolveAfresh() })
          expect(canonical({ state: () => graph.stateAt([id]) })).toEqual(afresh)
        }
      }),
      runs(80),
    )
  },
  TIMEOUT,
)

test(
  'ME-2: every operation of these lives is signed with the keys it names',
  async () => {
    await fc.assert(
      fc.asyncProperty(lives, async (steps) => {
        const [view] = await played(steps)
        const { all, crypto } = (view as View).story
        for (const { record } of all.slice(-10)) {
          const decoded = decodeOperation(crypto, record)
          expect(decoded.ok && (await verifyOperation(crypto, decoded.value))).toBeTruthy()
        }
      }),
      runs(3, 334),
    )
  },
  TIMEOUT,
)
