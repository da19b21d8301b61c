// Plans and their runs: a plan is a seed and a list of actions, made from the seed or kept from a found bug; a run is the world it
// makes, what failed in it, its trace and the hash of everything. Also shrinks a failing plan. Same plan, same hash.
import { Chance } from './chance.ts'
import { verdict } from './invariants.ts'
import { type Action, begin, found } from './people.ts'
import { Watch } from './carriers-hold.ts'
import { type Ending, type Failure, MINUTE, World, describe } from './world.ts'

export interface Plan {
  readonly seed: string
  readonly relays: number
  readonly people: number
  readonly actions: readonly Action[]
  /** A life with all carriers, and how it ends (carriers.ts). */
  readonly ending?: Ending
}

export interface Outcome {
  readonly failures: readonly Failure[]
  readonly trace: readonly string[]
  readonly hash: string
  readonly events: number
}

/** How often each action comes, relative to the others. */
export const USUAL: Readonly<Record<string, number>> = {
  edit: 34,
  write: 2,
  join: 5,
  admit: 5,
  remove: 2,
  leave: 1,
  'set-role': 4,
  suspend: 3,
  resume: 2,
  cosign: 4,
  renew: 1,
  relays: 1,
  lock: 2,
  unlock: 5,
  crash: 2,
  'crash-and-unlock': 3,
  flush: 1,
  offline: 4,
  online: 7,
  part: 3,
  cut: 3,
  storm: 1,
  fair: 2,
  months: 1,
  'relay-kill': 2,
  'relay-start': 4,
  'relay-wipe': 1,
  'relay-backup': 1,
  'relay-restore': 1,
  'relay-forgets': 1,
  'disk-full': 2,
  clock: 1,
  backup: 3,
  restore: 2,
  year: 0.3,
}

/** Beside the usual, in about half of the worlds. */
export const HOSTILE_TIMES: Readonly<Record<string, number>> = {
  steal: 1,
  'x-operation': 5,
  'x-backdated': 3,
  'x-equivocates': 2,
  'x-flood': 0.5,
  'x-rekeys': 3,
  'x-gives': 1,
  'x-scribbles': 3,
  'x-witnesses': 2,
  'x-noise': 1,
}

/** Beside those, in the worlds of `wayward`: second devices, kits, spaces that go on, wake files. */
export const WAYWARD: Readonly<Record<string, number>> = {
  link: 5,
  'come-back': 3,
  compare: 14,
  'suspend-own': 1.5,
  continue: 1.5,
  follow: 6,
  wake: 2,
}

/** Beside the usual in the lives of `carrying`, where the relay that is named first is honest. */
export const CARRYING: Readonly<Record<string, number>> = {
  relays: 0,
  'relays-and-first': 1.5,
  months: 0.3,
  near: 12,
  'near-end': 1,
  'room-cut': 4,
  'room-dumb': 1.5,
  look: 3,
  'look-away': 2,
  'bundle-save': 5,
  'bundle-open': 8,
  'bundle-damaged': 3,
  burst: 5,
  compact: 6,
  'relay-seize': 4,
  'relay-free': 2,
  'relay-flood': 1.5,
  'own-relay': 1,
  'own-relay-away': 0.7,
}

/** How many relays and in whose hands, who meets whom, which files lie about: all carriers at once. */
export function carrying(seed: string, count: number): Plan {
  const plan = planOf(seed, 0)
  const chance = new Chance(seed, 'carriers')
  const hostile = plan.actions.some(({ do: what }) => what === 'steal')
  const weights = { ...USUAL, ...(hostile ? HOSTILE_TIMES : {}), ...CARRYING }
  const ending = chance.pick<Ending>(['relays', 'relays', 'relays', 'room', 'room', 'files']) ?? 'relays'
  const rest = Array.from({ length: count }, () => actionFrom(chance, weights))
  return { ...plan, relays: chance.between(2, 3), ending, actions: [...plan.actions, ...rest] }
}

function actionFrom(chance: Chance, weights: Readonly<Record<string, number>>): Action {
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0)
  let at = chance.fraction() * total
  const name = Object.entries(weights).find(([, weight]) => (at -= weight) < 0)?.[0] ?? 'edit'
  const gap = chance.pick([0, 10, 50, 200, 1_000, 5_000, 30_000, 3 * MINUTE]) ?? 0
  return { do: name, who: chance.below(60), a: chance.below(1_000), b: chance.below(1_000), gap: chance.below(gap + 1) }
}

/** The same with two people's more devices, of which nobody has been let in, and all the ways in. */
export function wayward(seed: string, count: number): Plan {
  const plan = planOf(seed, 0)
  const chance = new Chance(seed, 'ways')
  const weights = { ...USUAL, ...(chance.happens(0.4) ? HOSTILE_TIMES : {}), ...WAYWARD }
  const first = [
    { do: 'link', who: plan.people, a: chance.below(60), b: 0, gap: 5_000 },
    ...Array.from({ length: plan.people }, (_, who) => ({ do: 'compare', who, a: 0, b: 0, gap: 1_500 })),
  ]
  const rest = Array.from({ length: count }, () => actionFrom(chance, weights))
  return { ...plan, people: plan.people + 2, actions: [...plan.actions, ...first, ...rest] }
}

/** Everybody in, a document there, then as chance will have it. */
export function planOf(seed: string, count: number): Plan {
  const chance = new Chance(seed, 'plan')
  const hostile = chance.happens(0.5)
  const weights = hostile ? { ...USUAL, ...HOSTILE_TIMES } : USUAL
  const people = chance.between(3, 5)
  const relays = chance.between(1, 2)
  const joins = Array.from({ length: chance.between(2, people - 1) }, (_, i) => ({
    do: 'join',
    who: i + 1,
    a: 0,
    b: 1,
    gap: 4_000,
  }))
  const first = { do: 'write', who: 0, a: 0, b: 0, gap: 1_000 }
  const promoted = Array.from({ length: chance.below(3) }, () => ({
    do: 'set-role',
    who: 0,
    a: chance.below(people),
    b: 0,
    gap: 3_000,
  }))
  const stolen = hostile ? [{ do: 'steal', who: chance.below(people), a: 0, b: 0, gap: 1_000 }] : []
  const rest = Array.from({ length: count }, () => actionFrom(chance, weights))
  return { seed, relays, people, actions: [first, ...joins, ...promoted, ...stolen, ...rest] }
}

export async function simulate(plan: Plan): Promise<Outcome> {
  const world = new World(plan.seed, plan.relays, plan.people, plan.ending ?? null)
  const watch = plan.ending === undefined ? null : new Watch(world)
  try {
    for (const [i, device] of world.devices.entries()) await world.finish(device.begin(`P${String(i)}`), MINUTE)
    await world.finish(found(world), MINUTE)
    if (world.space === null) throw new Error('the space was not founded')
    for (const [index, action] of plan.actions.entries()) {
      begin(world, action, index)
      await world.time.run(action.gap)
      if (watch !== null) await world.finish(watch.look(), MINUTE)
    }
    await verdict(world)
  } catch (cause) {
    world.fail('exception', describe(cause))
  } finally {
    world.end()
  }
  return { failures: [...world.failures], trace: world.trace, hash: world.hash(), events: world.time.ran }
}

/** As `plan` of regressions.ts takes it. */
export const lines = ({ actions }: Plan): string[] =>
  actions.map(({ do: what, who, a, b, gap }) => [what, who, a, b, gap].join(' '))

/** The rules a run broke, each once. */
export const broken = (outcome: Outcome): readonly string[] => [...new Set(outcome.failures.map(({ rule }) => rule))]

/** A plan with fewer actions that still breaks `rule`; says each success to `tell`. */
export async function shrink(
  plan: Plan,
  rule: string,
  tell: (actions: number) => void = () => undefined,
): Promise<Plan> {
  let best = plan
  for (let size = Math.ceil(best.actions.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.actions.length;) {
      const actions = [...best.actions.slice(0, from), ...best.actions.slice(from + size)]
      const less = { ...best, actions }
      if (broken(await simulate(less)).includes(rule)) {
        best = less
        tell(actions.length)
      } else from += size
    }
  }
  return best
}
