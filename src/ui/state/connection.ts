// How all relays together stand, as one code: the words are the dictionaries'.
import type { EngineState, RelayView } from '../../engine/api.ts'

export type Connection = 'none' | 'step' | 'sending' | 'connecting' | 'some' | 'offline'

export function connectionOf(state: EngineState): Connection {
  const relays = state.spaces.filter((space) => space.standing !== 'removed').flatMap((space) => space.relays)
  if (relays.length === 0) return 'none'
  const connected = relays.filter((relay) => relay.state === 'connected')
  if (connected.length === 0) return relays.some((relay) => relay.state === 'connecting') ? 'connecting' : 'offline'
  if (connected.length < relays.length) return 'some'
  return connected.every(inStep) ? 'step' : 'sending'
}

/** Everything here and there was seen to be the same, and nothing waits. */
export function inStep(relay: RelayView): boolean {
  return relay.state === 'connected' && relay.inStepAt !== null && relay.unsent === 0
}

/** One sign for a relay: `step` and `lost` are shown with words and glyphs of their own. */
export function relayMood(relay: RelayView): 'step' | 'sending' | 'connecting' | 'offline' | 'refused' {
  if (relay.state === 'connected') return inStep(relay) ? 'step' : 'sending'
  return relay.state
}

/** Why a relay may refuse: the codes of the wire, in full (a test compares). */
export const REFUSALS = [
  'bad-message',
  'bad-proof',
  'wrong-origin',
  'unknown-channel',
  'token-required',
  'quota',
  'too-large',
  'rate',
  'busy',
] as const
type Refusal = (typeof REFUSALS)[number]

/** The name of the words for why a relay refuses; what it says is hostile until it is one of the codes. */
export function refusalWords(code: string | null): `relayReason_${Refusal | 'other'}` {
  return `relayReason_${REFUSALS.find((known) => known === code) ?? 'other'}`
}
