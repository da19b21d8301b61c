// A thousand people: resolving at once is the same as one by one. How long it takes is the benchmarks' business.
import { expect, test } from 'vitest'
import { MembershipGraph } from '../../../src/membership/index.ts'
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
