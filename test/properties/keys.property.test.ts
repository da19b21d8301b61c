// Random lives of a space of twelve and more, in up to six parts that do not hear each other, with hostile devices among them that hold
// real keys: once all is heard and done, every active device writes under one epoch, and nobody who was taken out holds it.
import fc from 'fast-check'
import { test } from 'vitest'
import { check, play, step } from './keys-life.ts'
import { World } from './keys-world.ts'
import { runs, within } from './runs.ts'

test(
  'KE-3 to KE-13, KE-18: no removed device ever holds a later secret; every active device holds the one in use',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 60 }), fc.nat(3), async (steps, seed) => {
        const world = await World.found(`keys ${seed}`)
        for (const one of steps) await play(world, one)
        await world.settle()
        check(world)
      }),
      // A case takes an eighth of a second of one core.
      runs(100),
    )
  },
  within(600_000),
)
