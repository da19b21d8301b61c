// Lives of a space with its keys in which the random search (keys.property.test.ts) found a difference, each kept under what it showed.
import { expect, test } from 'vitest'
import { check, play, type Step } from './keys-life.ts'
import { World } from './keys-world.ts'

const step = (by: number, to: number, what: Step['what'], choice = 0): Step => ({ by, to, what, choice })

async function lived(seed: string, steps: readonly Step[]): Promise<World> {
  const world = await World.found(seed)
  for (const one of steps) await play(world, one)
  await world.settle()
  check(world)
  return world
}

test('KE-7: an epoch beside the one in use, given to all but the newcomers: a rekey joins both, so that what was written under it is read by all', () =>
  lived('keys 0', [
    step(2, 0, 'admit'),
    step(2, 0, 'hostile', 721),
    step(0, 4, 'remove', 1),
    step(0, 0, 'admit'),
    step(2, 0, 'admit'),
    ...Array.from({ length: 6 }, () => step(0, 0, 'admit')),
  ]))

test('KE-13, KE-17: a grant comes with the rekey of its epoch, which names those between for whom lacks them', () =>
  lived('keys 0', [
    step(0, 4, 'remove', 400),
    step(0, 0, 'admit'),
    step(0, 0, 'rotate'),
    ...Array.from({ length: 4 }, () => step(0, 0, 'admit')),
    step(1, 0, 'admit'),
    step(0, 0, 'rekey'),
  ]))

test('KE-17: what is sealed under a secret that one member gave to some waits, until a rekey names it', () =>
  lived('keys 0', [step(4, 1, 'private', 0), step(1, 0, 'open'), step(1, 0, 'rotate'), step(0, 5, 'remove', 1)]))

test('KE-4: who is in and puts those who are out into a rekey has told them what she holds; no later secret follows from it', () =>
  lived('keys 0', [step(1, 6, 'remove', 1), step(1, 0, 'remove'), step(1, 0, 'hostile', 289), step(0, 0, 'rotate')]))

test('KE-13 KE-18: newcomers whom a hostile epoch without the older secrets shuts out come in again by themselves', async () => {
  const world = await lived('keys 0', [
    step(3, 4, 'remove', 100),
    step(0, 0, 'admit'),
    step(0, 0, 'admit'),
    step(3, 0, 'admit'),
    ...Array.from({ length: 4 }, () => step(0, 0, 'admit')),
    step(3, 0, 'hostile', 35),
  ])
  expect(world.phones.filter(({ active, ring, graph }) => active && ring.current(graph) === null)).toEqual([])
})

const guests = (count: number): Step[] => Array.from({ length: count }, () => step(0, 0, 'admit'))

test('KE-4 KE-11: who passes over a rekey that it cannot judge does not hand its secret to who is out by what that covers', () =>
  lived('keys 0', [
    step(3, 14, 'private'),
    step(2, 0, 'open'),
    step(2, 0, 'rotate'),
    step(0, 0, 'rotate'),
    step(14, 0, 'rekey'),
    ...guests(3),
    step(0, 0, 'join'),
    ...guests(3),
    step(0, 0, 'remove'),
  ]))

test('KE-4 KE-11: the same where she is suspended', () =>
  lived('keys 0', [
    step(0, 4, 'suspend'),
    step(5, 15, 'private'),
    step(0, 0, 'join'),
    step(3, 0, 'rekey'),
    ...guests(1),
    step(0, 0, 'open'),
    ...guests(2),
    step(0, 1, 'suspend'),
    ...guests(2),
    step(5, 0, 'rekey'),
  ]))

test('KE-6 KE-13: a newcomer whom two hostile epochs left out, so that the others take her for served, says so and is served', () =>
  lived('keys 1', [
    ...guests(1),
    step(0, 0, 'hostile', 269),
    step(1, 0, 'admit'),
    ...guests(5),
    step(14, 0, 'hostile', 194),
  ]))

test('KE-7 KE-17: what was written under a secret that only an epoch beside the one in use hands on is read by all', () =>
  lived('keys 1', [
    step(0, 0, 'rotate'),
    step(0, 15, 'private'),
    ...guests(1),
    step(0, 0, 'join'),
    ...guests(3),
    step(1, 0, 'rekey'),
    step(3, 0, 'rekey'),
    ...guests(1),
  ]))

test('KE-13: who is in again, and was out in one branch and given garbage in the other, is reached where she last was', () =>
  lived('keys 0', [
    step(3, 0, 'rotate'),
    step(3, 0, 'hostile', 11),
    step(3, 2, 'suspend'),
    step(14, 0, 'suspend'),
    step(0, 0, 'join'),
    ...guests(7),
  ]))

test('KE-13: the same where who made the first epochs made the branch that shut her out', () =>
  lived('keys 0', [
    step(3, 0, 'admit'),
    step(3, 0, 'hostile', 11),
    step(3, 0, 'suspend'),
    ...guests(1),
    step(0, 4, 'remove'),
    ...guests(6),
  ]))
