// Random lives of one space, for property tests: twelve members, some with two devices, six views that hear of each other now and
// then, by authors who may do anything their keys can sign: write as if they had seen less, fork their chains, claim what
// is taken, cut off everything, suspend and remove each other in circles. Every signature is real.
import fc from 'fast-check'
import type { VerifiedOperation } from '../../src/membership/index.ts'
import { realCrypto, story, type View } from '../support/membership-story.ts'

export const COORDINATORS = ['ana', 'bea', 'cleo', 'dora'] as const
const OTHERS: readonly string[] = ['eva', 'fe', 'gala', 'hilda', 'ines', 'julia', 'karla', 'luz'] as const
export const SECOND = ['ana two', 'cleo two', 'eva two', 'luz two'] as const
export const PEOPLE: readonly string[] = [...COORDINATORS, ...OTHERS, ...SECOND]
export const BRANCHES = 6

const crypto = realCrypto('world')

/** Twelve members of whom so many coordinate; four have a second phone. */
async function founded(coordinators: 3 | 4): Promise<View> {
  const editors = [...COORDINATORS.slice(coordinators), ...OTHERS.slice(0, 6)].map((name) => `${name}:editor`)
  const readers = OTHERS.slice(6).map((name) => `${name}:reader`)
  const view = await story([...COORDINATORS.slice(0, coordinators), ...editors, ...readers], crypto)
  for (const name of SECOND) await view.addDevice(name.split(' ')[0] as string, name)
  return view
}
const bases = new Map<number, Promise<View>>()
/** Keys that newcomers and invitations have, made once. */
const pool = Array.from({ length: 24 }, () => ({ keys: crypto.signKeys(), box: crypto.boxKeys() }))

export const WHAT = [
  'admit',
  'device',
  'rotate',
  'suspend',
  'suspend all',
  'resume',
  'remove',
  'remove all',
  'role',
  'cosign',
  'cosign any',
  'merge',
  'relays',
  'successor',
  'backdate',
  'rewind',
  'duel',
  'contest',
  'majority',
  'tell',
  'hear all',
] as const

export interface Step {
  readonly view: number
  readonly by: number
  readonly to: number
  readonly what: (typeof WHAT)[number]
  readonly choice: number
}

/** Coordinators, with their second phones, more often than others: they are who conflicts are about. */
export const somebody = fc.oneof(
  { arbitrary: fc.constantFrom(0, 1, 2, 3, 12, 13), weight: 3 },
  { arbitrary: fc.nat(PEOPLE.length + 3), weight: 1 },
)

export const stepOf = (by: fc.Arbitrary<number>, what: readonly Step['what'][] = WHAT): fc.Arbitrary<Step> =>
  fc.record({
    view: fc.nat(BRANCHES - 1),
    by,
    to: somebody,
    what: fc.constantFrom(...what),
    choice: fc.nat(999),
  })

/** The person of this number; beyond those named, whoever was brought in last. */
function nameOf(view: View, index: number): string {
  const { names } = view.story
  return PEOPLE[index] ?? names[names.length - 1 - (index - PEOPLE.length)] ?? 'ana'
}

const ROLES = ['coordinator', 'editor', 'reader'] as const

async function write(view: View, by: string, about: string, { what, choice }: Step): Promise<unknown> {
  const { all } = view.story
  const everything = () => view.cutoffs(about, by).map(({ device }) => ({ device, seq: -1, id: null }))
  const newcomer = () => {
    const { keys, box } = pool[(choice >> 2) % pool.length] as (typeof pool)[number]
    const device = { ...view.story.make(`guest ${all.length}`), keys, box }
    return view.story.adopt(device)
  }
  switch (what) {
    case 'admit': {
      const invitation = pool[choice % 4]?.keys
      const known = choice % 5 === 0 ? about : newcomer().name
      return view.write(by, await view.story.admission(known, choice % 2 === 0 ? 'editor' : 'reader', invitation))
    }
    case 'device':
      return view.addDevice(by, `device ${all.length}`)
    case 'rotate':
      return view.rotate(by)
    case 'suspend':
      return view.suspend(by, about)
    case 'suspend all':
      return view.suspend(by, about, null)
    case 'resume':
      return view.resume(by, about)
    case 'remove':
      return view.remove(by, about)
    case 'remove all':
      return view.remove(by, about, everything())
    case 'role':
      return view.role(by, about, ROLES[choice % 3] ?? 'editor')
    case 'cosign': {
      const { pending } = view.state()
      const of = view.graph.get(pending[choice % Math.max(1, pending.length)]?.of ?? all[0]!.id)
      return of && view.cosign(by, of, choice % 4 !== 0)
    }
    case 'cosign any': {
      const wanted = view.graph.operations().filter(({ op }) => ['suspend', 'remove', 'set-role'].includes(op))
      const of = wanted[wanted.length - 1 - (choice % 5)]
      return of && view.cosign(by, of, choice % 3 !== 0)
    }
    case 'relays':
      return view.write(by, { op: 'set-relays', relays: [`wss://relay-${choice}.example`] })
    case 'successor':
      return view.write(by, { op: 'successor', to: view.graph.space, seed: new Uint8Array(32), relays: [] })
    default:
      return view.write(by, { op: 'merge' })
  }
}

/** One step. `views` hold what each branch has seen; a device may write in any. `author`: who acts, if not anybody may. */
export async function play(views: View[], step: Step, author?: (view: View) => string): Promise<void> {
  const view = views[step.view] as View
  const by = author?.(view) ?? nameOf(view, step.by)
  const about = nameOf(view, step.to)
  const operations = view.graph.operations()
  const earlier = operations[Math.max(0, operations.length - 1 - (step.choice % 12))] as VerifiedOperation
  switch (step.what) {
    case 'tell':
      view.tell(views[(step.view + 1 + (step.choice % (BRANCHES - 1))) % BRANCHES] as View)
      return
    case 'hear all':
      view.tell(...views)
      return
    case 'duel': {
      // Each against the other, neither having seen it.
      const other = views[(step.view + 1) % BRANCHES] as View
      const ways = ['suspend', 'remove', 'role', 'suspend all'] as const
      await write(view, by, about, { ...step, what: ways[step.choice % 4] ?? 'suspend' })
      await write(other, about, by, { ...step, what: ways[(step.choice >> 2) % 4] ?? 'suspend' })
      return
    }
    case 'contest': {
      const other = views[(step.view + 1) % BRANCHES] as View
      await write(view, by, about, { ...step, what: 'admit' })
      await write(other, about, by, { ...step, what: 'admit', choice: step.choice ^ 20 })
      return
    }
    case 'majority': {
      const way = step.choice % 3 === 0 ? 'role' : step.choice % 3 === 1 ? 'remove' : 'remove all'
      const of = (await write(view, by, about, { ...step, what: way, choice: step.choice >> 2 })) as VerifiedOperation
      for (const name of COORDINATORS) if (name !== by && name !== about) await view.cosign(name, of)
      return
    }
    case 'rewind':
      views[step.view] = view.back(earlier.id)
      return
    case 'backdate': {
      // As if of all that happened she had seen only `earlier`, with what her own chain holds.
      const past = view.back(earlier.id)
      const { prev } = view.graph.draft(view.story.device(by).id)
      const seen = prev === null ? past : past.tell(view.back(prev))
      const moves = ['suspend', 'remove', 'admit', 'device', 'role', 'suspend all'] as const
      const what = moves[step.choice % moves.length] ?? 'admit'
      await write(seen, by, about, { ...step, what })
      view.tell(seen)
      return
    }
    default:
      await write(view, by, about, step)
  }
}

export async function world(coordinators: 3 | 4 = 4): Promise<View[]> {
  const base = bases.get(coordinators) ?? founded(coordinators)
  bases.set(coordinators, base)
  const first = await base
  const teller = first.story.clone()
  return Array.from({ length: BRANCHES }, () => first.fork(teller))
}

/** The views after these steps. */
export async function played(steps: readonly Step[]): Promise<View[]> {
  const views = await world()
  for (const step of steps) await play(views, step)
  return views
}
