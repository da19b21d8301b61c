// All that the other layers may import of `membership/`: who is in a space, computed from a set of signed operations.
// Holds no secret and does no input or output. The rules are in docs/spec/membership.md.
import type { DeviceId } from '../base/ids.ts'
import type { MembershipState } from './types.ts'

export {
  type Built,
  buildOperation,
  createSpace,
  type Draft,
  type Newcomer,
  signConsent,
  signDeviceConsent,
  signProof,
  verifyDeviceConsent,
  verifyNewcomer,
  verifyOperation,
} from './build.ts'
export { decodeOperation, type OperationError } from './decode.ts'
export { MembershipGraph, type NextPlace } from './graph.ts'
export { MAX_DEVICES_PER_MEMBER } from './limits.ts'
export type {
  Cutoff,
  Device,
  DeviceCutoff,
  Member,
  MembershipState,
  Operation,
  OperationFields,
  OperationOf,
  Pending,
  Role,
  SignedRecord,
  Successor,
  VerifiedOperation,
} from './types.ts'

/** Ascending. */
export function activeDevices(state: MembershipState): DeviceId[] {
  return [...state.devices.values()].filter(({ status }) => status === 'active').map(({ id }) => id)
}

const memberOf = (state: MembershipState, id: DeviceId) => {
  const device = state.devices.get(id)
  return device?.status === 'active' ? state.members.get(device.member) : undefined
}

/** Whether what the device writes into documents counts. */
export function mayWrite(state: MembershipState, device: DeviceId): boolean {
  const role = memberOf(state, device)?.role
  return role === 'coordinator' || role === 'editor'
}

/** A coordinator whose powers do not rest. */
export function isCoordinator(state: MembershipState, device: DeviceId): boolean {
  const member = memberOf(state, device)
  return member?.role === 'coordinator' && !state.disputed.has(member.id)
}

/** Only coordinators admit. */
export const mayAdmit = isCoordinator
