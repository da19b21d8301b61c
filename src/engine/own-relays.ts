// Relays that this device names for itself beside those of the space: where the space's are gone, she reaches the others by them until
// a coordinator names one for everybody. Owns the list in the space's record; connects to nothing.
import { err, ok, type Result } from '../base/result.ts'
import { parseRelayAddress } from '../carriers/relay.ts'
import type { ApiError } from './api.ts'
import type { SpaceRecord } from './records.ts'

/** At once, beside those of the space. */
export const MAX_OWN_RELAYS = 8

export interface HasRelays {
  readonly record: Pick<SpaceRecord, 'ownRelays'>
  /** Those of the space. */
  readonly named: readonly string[]
}

/** Whether both are the same relay, whatever the token. */
export const sameRelay = (a: string, b: string): boolean => {
  const [one, other] = [parseRelayAddress(a), parseRelayAddress(b)]
  return one !== null && one.address === other?.address
}

export const isNamed = ({ named }: HasRelays, relay: string): boolean => named.some((other) => sameRelay(other, relay))

/** With tokens; without those that the space names by now. */
export function ownRelays(space: HasRelays): readonly string[] {
  const { ownRelays: own = [] } = space.record
  // Most devices have none: what the space names is then not even asked.
  return own.length === 0 ? own : own.filter((relay) => !isNamed(space, relay))
}

/** Names one more in the record, its token renewed where it is known. Errors: `TooLarge`. */
export function addOwn(space: HasRelays, relay: string): Result<void, ApiError> {
  const others = ownRelays(space).filter((known) => !sameRelay(known, relay))
  if (others.length >= MAX_OWN_RELAYS) return err({ type: 'TooLarge', limit: 'relays' })
  space.record.ownRelays = [...others, relay]
  return ok(undefined)
}

/** False: it was none of this device's own. */
export function removeOwn(space: HasRelays, relay: string): boolean {
  const own = ownRelays(space)
  const left = own.filter((known) => !sameRelay(known, relay))
  space.record.ownRelays = [...left]
  return left.length < own.length
}
