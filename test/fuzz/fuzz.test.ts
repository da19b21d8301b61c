// A few thousand bent inputs for every decoder that takes bytes from outside, the same in every run. `npm run fuzz` tries as many as
// one likes, guided by what they reach.
import { describe, expect, test } from 'vitest'
import { fuzz } from './fuzz.ts'
import { targets } from './targets.ts'

describe('no bytes from outside throw, hang or take memory without bound, and what is read is canonical', () => {
  test.each(targets.map((target) => [target.name, target] as const))('%s', async (_, target) => {
    const { findings } = await fuzz(target, { cases: target.costly === true ? 300 : 2_500, seed: 20_261_120 })
    expect(findings).toEqual([])
  })
})
