// A short simulation in every run of the tests. `npm run simulate` runs thousands of seeds; docs/simulation.md explains.
import { describe, expect, test } from 'vitest'
import { REGRESSIONS } from './regressions.ts'
import { planOf, simulate } from './run.ts'

const SEEDS = Array.from({ length: process.env['SLOW'] === '1' ? 300 : 3 }, (_, i) => String(i + 1))

const told = (outcome: Awaited<ReturnType<typeof simulate>>) => [
  ...outcome.failures.map(({ rule, detail }) => `${rule}: ${detail}`),
  ...(outcome.failures.length > 0 ? outcome.trace : []),
]

describe('simulation', () => {
  test.each(SEEDS)('seed %s', async (seed) => {
    const outcome = await simulate(planOf(seed, 30))
    expect(told(outcome)).toEqual([])
  })

  test.each(REGRESSIONS.filter(({ open }) => open === undefined))('found before: $name', async ({ plan }) => {
    expect(told(await simulate(plan))).toEqual([])
  })

  test('the same seed gives the same world, to the byte', async () => {
    const plan = planOf('again', 15)
    const once = await simulate(plan)
    const twice = await simulate(plan)
    expect(twice.trace).toEqual(once.trace)
    expect(twice.hash).toBe(once.hash)
  })
})
