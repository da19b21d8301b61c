// What screens need to know about a device that is being brought in: where it stands, whose it is, and what became of it when
// the engine stops showing it. Owns no state.
import type { SpaceId } from '../../base/ids.ts'
import type { EngineState, LinkingView } from '../../engine/api.ts'
import type { Route } from './router.svelte.ts'

/** The screen on which it goes on. */
export function linkingRoute(linking: LinkingView): Route {
  const { id, kind, side, spaces } = linking
  if (side === 'taking') return { name: 'take', kind, id }
  const [first] = spaces
  return kind === 'return' && first !== undefined
    ? { name: 'return', space: first.space, member: first.member, id }
    : { name: 'link-device', id }
}

/** Those that somebody still has to do something about. */
export const openLinkings = (engine: EngineState): readonly LinkingView[] =>
  engine.linking.filter((linking) => linking.state !== 'done')

/** The alias of who comes back; empty when unknown here. */
export function whoReturns(engine: EngineState, linking: LinkingView): string {
  const [first] = linking.spaces
  const space = engine.spaces.find((one) => one.id === first?.space)
  return space?.members.find((one) => one.id === first?.member)?.alias ?? ''
}

/** The link as something that can be opened: the engine keeps it without the address of the app. */
export const linkTo = (place: string, link: string): string => (link.includes('#') ? link : `${place}#${link}`)

export type Ending =
  /** Still under way. */
  | 'open'
  /** This device (or the other) is in. */
  | 'done'
  /** It was cancelled, or answered by nobody. */
  | 'gone'

/** `seen`: as it was last shown; the engine may forget it once it is done. */
export function endingOf(engine: EngineState, seen: LinkingView | null, now: LinkingView | undefined): Ending {
  if (now !== undefined) return now.state === 'done' ? 'done' : 'open'
  if (seen === null) return 'gone'
  if (seen.state === 'done') return 'done'
  const inside = (space: SpaceId) => engine.spaces.some((one) => one.id === space && one.standing !== 'removed')
  return seen.side === 'taking' && seen.spaces.length > 0 && seen.spaces.every(({ space }) => inside(space))
    ? 'done'
    : 'gone'
}
