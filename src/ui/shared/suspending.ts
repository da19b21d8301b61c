// What suspending a device reaches and what it does not, in words. Owns the choice of sentences only.
import type { ShellTranslate } from '../i18n/shell.ts'
import { calledIn } from '../state/decisions.ts'
import { type Lost, restsMe } from '../state/people.ts'

export interface SuspensionWords {
  readonly does: readonly string[]
  readonly limits: readonly string[]
  /** My own powers rest afterwards: said apart, or null. */
  readonly rests: string | null
}

/** About devices of one person. */
export function suspensionWords(t: ShellTranslate, places: readonly Lost[]): SuspensionWords {
  const rested = places.find(({ space, member }) => restsMe(space, member))
  const which = new Set(places.map(({ device }) => device.id))
  const left = places.some(({ member }) =>
    member.devices.some((device) => device.status === 'active' && !which.has(device.id)),
  )
  const owner = places[0]?.member
  const only = owner !== undefined && !owner.me && !left
  return {
    does: [t('suspendDoes'), t('suspendKeys'), t(owner?.me === true ? 'suspendLiftOther' : 'suspendLift')],
    limits: [t('suspendNot'), t('suspendOffline'), ...(only ? [t('suspendOnly', calledIn(t, owner))] : [])],
    rests: rested === undefined ? null : t('suspendCoordinator', calledIn(t, rested.member)),
  }
}
