// A thousand people, and one with hundreds of devices: resolving at once is the same as one by one, and what it costs is counted in steps.
// How long it takes is the benchmarks' business.
import { expect, test } from 'vitest'
import { MembershipGraph, type VerifiedOperation } from '../../../src/membership/index.ts'
import { work } from '../../../src/membership/voids.ts'
import { canonical, quick, realCrypto, story } from '../../support/membership-story.ts'

test('ME-3: a thousand admissions resolve at once as one by one', async () => {
  const view = await story(['ana'], quick(realCrypto('cost')))
  for (let i = 0; i < 1000; i++) await view.admit('ana', `e${i}`)
  const graph = MembershipGraph.create(view.graph.space)
  graph.add(view.graph.operations())
  expect(graph.state().members.size).toBe(1001)
  const afresh = graph.resolveAfresh()
  expect(canonical({ state: () => afresh })).toEqual(canonical(view))
})

test('ME-3: hundreds of suspensions among her own devices cost one resolution where they come together, whose work grows with them alone', async () => {
  const counts: number[] = []
  for (const each of [8, 16, 32]) {
    // Of one editor, on four branches that have not seen each other, so many devices; each suspends the next, at the same time.
    const view = await story(['ana', 'bea', 'eva:editor'], quick(realCrypto(`chain ${each}`)))
    const branches = Array.from({ length: 4 }, () => view.fork())
    const names: string[] = []
    for (const [k, branch] of branches.entries()) {
      for (let i = 0; i < each; i++) {
        names.push(`eva ${k} ${i}`)
        await branch.addDevice('eva', `eva ${k} ${i}`)
      }
    }
    view.tell(...branches)
    const graph = view.fork().graph
    const suspensions: VerifiedOperation[] = []
    for (const [i, name] of names.entries()) {
      const next = names[i + 1]
      if (next !== undefined) suspensions.push(await view.fork().suspend(name, next))
    }
    const before = work.steps
    graph.add(suspensions)
    const state = canonical({ state: () => graph.state() })
    counts.push(work.steps - before)
    expect(canonical({ state: () => graph.resolveAfresh() })).toEqual(state)
  }
  const [few, more, most] = counts as [number, number, number]
  // Twice as many: twice the work, with room; not four or eight times.
  expect(more / few).toBeLessThan(3)
  expect(most / more).toBeLessThan(3)
})
