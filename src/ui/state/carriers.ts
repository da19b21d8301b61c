// What the screens of carriers decide without drawing: which relays are lost, which trouble is told, how a connection nearby stands,
// what came of a file. Owns no words and no state; codes become words in the dictionaries.
import type { EngineState, OpenedBundle, PeerId, PeerView, Progress, RelayView, SpaceView } from '../../engine/api.ts'

/** A link that names a relay, wherever it stands in a pasted text. */
export const isRelayLink = (text: string): boolean => /telarrelay\d{1,4}\./.test(text)

/** The part of an address that people know a relay by. */
export function hostOf(relay: string): string {
  try {
    return new URL(relay).host
  } catch {
    return relay
  }
}

/** There are relays, and none answers. One that is being looked for for the first time is not lost yet. */
export function relaysLost(relays: readonly RelayView[]): boolean {
  const none = relays.length > 0 && relays.every((relay) => relay.state !== 'connected')
  return none && relays.some((relay) => relay.state !== 'connecting' || relay.inStepAt !== null)
}

/** When any of them last had all of it; null: never. */
export function lastInStep(relays: readonly RelayView[]): number | null {
  const times = relays.flatMap(({ inStepAt }) => inStepAt ?? [])
  return times.length === 0 ? null : Math.max(...times)
}

/** Spaces that something can be carried for: all but those one was taken out of. */
export const carriedSpaces = (engine: EngineState): readonly SpaceView[] =>
  engine.spaces.filter((space) => space.standing !== 'removed')

/** Whole percent of what is known of, from 0 to 100. */
export function percentOf({ received, wanted, sent, toSend }: Progress): number {
  const all = received + wanted + sent + toSend
  return all === 0 ? 100 : Math.floor((100 * (received + sent)) / all)
}

/** Where a connection by codes is, from what this screen did (`asked`: the answer was read, or is being shown) and the engine says. */
export type NearStage = 'begin' | 'showing' | 'connecting' | 'connected' | 'in-step' | 'ended'

export function nearStage(
  peers: readonly PeerView[],
  peer: PeerId | null,
  read: { readonly answered: boolean; readonly seen: boolean },
): NearStage {
  if (peer === null) return 'begin'
  const view = peers.find(({ id }) => id === peer)
  if (view === undefined) return read.seen ? 'ended' : 'showing'
  if (view.state !== 'connecting') return view.state
  return read.answered ? 'connecting' : 'showing'
}

/** What is said first of a file that was opened; the rest stands beside it. */
export function openedSays({ fresh, sealed, whole }: OpenedBundle): 'fresh' | 'nothing' | 'sealed' | 'cut' {
  if (fresh > 0) return 'fresh'
  if (sealed) return 'sealed'
  return whole ? 'nothing' : 'cut'
}
