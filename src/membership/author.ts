// Who writes an operation, by the state of its past, and the verdicts that follow from that alone (rules ME-5, ME-12): unknown,
// away, a member, a coordinator who has her powers. What the operation wants is judge.ts's business.
import type { DeviceId, MemberId } from '../base/ids.ts'
import { entryOf } from './indexes.ts'
import type { Resolved, Verdict } from './node.ts'
import type { Member } from './types.ts'

export const NOTHING: Omit<Verdict, 'reason'> = {
  author: null,
  grounds: [],
  electorate: [],
  needs: 'nobody',
  quorum: 1,
  refusable: false,
  about: null,
  lowers: false,
}
export const refuse = (reason: string): Verdict => ({ ...NOTHING, reason })

export interface Author {
  readonly member: Member
  /** Grounds of being here at all. */
  readonly entry: number
  readonly coordinator: boolean
  readonly role: number
}

/** Coordinators whose powers do not rest, without `except`. Ascending. */
export function coordinators(state: Resolved, except: readonly MemberId[]): MemberId[] {
  return state.coordinators.filter((id) => !state.disputed.has(id) && !except.includes(id))
}

export function authorOf(state: Resolved, id: DeviceId): Author | string {
  const device = state.devices.get(id)
  if (device === undefined) return 'ME-5 unknown-device'
  if (device.status !== 'active') return `ME-5 ${device.status}-device`
  const member = state.members.get(device.member)
  const entry = entryOf(state, id)
  if (member === undefined || entry === undefined) return 'ME-5 unknown-device'
  const coordinator = member.role === 'coordinator' && !state.disputed.has(member.id)
  return { member, entry, coordinator, role: state.roles.get(member.id) ?? entry }
}

export const plainly = (by: Author, more: Partial<Verdict> = {}): Verdict => ({
  ...NOTHING,
  reason: null,
  author: by.member.id,
  grounds: [by.entry],
  ...more,
})
export const asCoordinator = (by: Author, more: Partial<Verdict> = {}): Verdict =>
  by.coordinator ? plainly(by, { grounds: [by.entry, by.role], ...more }) : refuse('ME-5 not-a-coordinator')
