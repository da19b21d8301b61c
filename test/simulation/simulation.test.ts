// A short simulation in every run of the tests. `npm run simulate` runs thousands of seeds; docs/simulation.md explains.
import { describe, expect, test } from 'vitest'
import { REGRESSIONS, WAYS_PLAN } from './regressions.ts'
import { carrying, planOf, simulate, wayward } from './run.ts'

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

  test.each(SEEDS)('seed %s with all the ways in', async (seed) => {
    const outcome = await simulate(wayward(seed, 30))
    expect(told(outcome)).toEqual([])
  })

  // Seed 2: a line breaks in a storm while an edit is given to three relays one after the other; two were said to have forgotten it.
  test.each(SEEDS)('seed %s over all carriers', async (seed) => {
    const outcome = await simulate(carrying(seed, 16))
    expect(told(outcome)).toEqual([])
  })

  test('people go all the ways in: second device, kit, a space that goes on and is followed, wake file', async () => {
    const outcome = await simulate(WAYS_PLAN)
    expect(told(outcome)).toEqual([])
    for (const said of [
      'device-3 link -> of device-1',
      'device-1 compare -> device-3: ok',
      'device-4 come-back -> as device-2 by device-0',
      'device-0 compare -> device-4: ok',
      'device-2 suspend-own -> ok',
      'device-1 follow -> ok',
      'device-0 wake -> for device-1: ok',
    ])
      expect(
        outcome.trace.some((line) => line.endsWith(said)),
        said,
      ).toBe(true)
    expect(outcome.trace.some((line) => /device-0 continue -> [0-9a-f]{8}$/.test(line))).toBe(true)
  })

  test('the same seed gives the same world, to the byte', async () => {
    const plan = planOf('again', 15)
    const once = await simulate(plan)
    const twice = await simulate(plan)
    expect(twice.trace).toEqual(once.trace)
    expect(twice.hash).toBe(once.hash)
  })
})
