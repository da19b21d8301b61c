// The shapes of membership: signed records, decoded operations, the resolved state. Owns no behaviour; what each field
// holds in bytes is in docs/spec/membership.md.
import type { Bytes } from '../base/bytes.ts'
import type { DeviceId, InvitationId, MemberId, OperationId, SpaceId } from '../base/ids.ts'

/** What is stored and sent: the canonical body and its signature (64 bytes). */
export interface SignedRecord {
  readonly body: Bytes
  readonly signature: Bytes
}

export type Role = 'coordinator' | 'editor' | 'reader'

/** The last operation of a device that counts; `seq` -1 and `id` null: none does. */
export interface Cutoff {
  readonly seq: number
  readonly id: OperationId | null
}

export interface DeviceCutoff extends Cutoff {
  readonly device: DeviceId
}

export interface CreateFields {
  readonly op: 'create'
  readonly member: MemberId
  readonly box: Bytes
  readonly recovery: DeviceId | null
  readonly nonce: Bytes
}
export interface AdmitFields {
  readonly op: 'admit'
  readonly member: MemberId
  readonly role: Role
  readonly target: DeviceId
  readonly box: Bytes
  readonly recovery: DeviceId | null
  readonly invitation: InvitationId
  readonly proof: Bytes
  readonly consent: Bytes
}
export interface AddDeviceFields {
  readonly op: 'add-device'
  readonly member: MemberId
  readonly target: DeviceId
  readonly box: Bytes
  readonly consent: Bytes
}
export interface RotateDeviceFields {
  readonly op: 'rotate-device'
  readonly box: Bytes
}
export interface SuspendFields {
  readonly op: 'suspend'
  readonly target: DeviceId
  readonly cutoff: Cutoff | null
}
export interface ResumeFields {
  readonly op: 'resume'
  readonly target: DeviceId
}
export interface RemoveFields {
  readonly op: 'remove'
  readonly member: MemberId
  readonly cutoffs: readonly DeviceCutoff[]
}
export interface SetRoleFields {
  readonly op: 'set-role'
  readonly member: MemberId
  readonly role: Role
  readonly cutoffs: readonly DeviceCutoff[]
}
export interface CosignFields {
  readonly op: 'cosign'
  readonly of: OperationId
  readonly verdict: boolean
}
export interface MergeFields {
  readonly op: 'merge'
}
export interface SetRelaysFields {
  readonly op: 'set-relays'
  readonly relays: readonly string[]
}
export interface SuccessorFields {
  readonly op: 'successor'
  readonly to: SpaceId
  /** 32 bytes: the seed of the meeting where those who follow knock. */
  readonly seed: Bytes
  readonly relays: readonly string[]
}

/** What one operation says, without its place in the graph. */
export type OperationFields =
  | CreateFields
  | AdmitFields
  | AddDeviceFields
  | RotateDeviceFields
  | SuspendFields
  | ResumeFields
  | RemoveFields
  | SetRoleFields
  | CosignFields
  | MergeFields
  | SetRelaysFields
  | SuccessorFields

/** Where and by whom: the same for every operation. */
export interface OperationPlace {
  readonly space: SpaceId
  /** Ascending; empty for `create` only. */
  readonly parents: readonly OperationId[]
  readonly device: DeviceId
  readonly seq: number
  readonly prev: OperationId | null
  readonly time: number
}

export type Operation = OperationFields & OperationPlace & { readonly id: OperationId; readonly record: SignedRecord }
export type OperationOf<Op extends Operation['op']> = Extract<Operation, { op: Op }>

declare const verified: unique symbol
/** An operation whose signature, consent and proof `verifyOperation` has checked. */
export type VerifiedOperation = Operation & { readonly [verified]: true }

export interface Member {
  readonly id: MemberId
  readonly role: Role
  readonly status: 'active' | 'removed'
  /** Ascending. */
  readonly devices: readonly DeviceId[]
  /** The public key of the recovery kit. */
  readonly recovery: Bytes | null
  readonly admittedBy: MemberId | null
  readonly invitation: InvitationId | null
}

export interface Device {
  readonly id: DeviceId
  readonly member: MemberId
  readonly box: Bytes
  readonly status: 'active' | 'suspended' | 'removed'
  /** The lowest cut-off in force for this device. */
  readonly cutoff: Cutoff | null
}

/** An operation that waits for people: a majority, a third coordinator after a suspension, or a dispute. */
export interface Pending {
  readonly of: OperationId
  readonly why: 'majority' | 'suspension' | 'dispute'
  /** Votes that decide. */
  readonly needed: number
  /** Who has voted for, the author included where she counts. Ascending. */
  readonly have: readonly MemberId[]
  readonly against: readonly MemberId[]
  /** Whose votes count. Ascending. */
  readonly electorate: readonly MemberId[]
}

export interface Successor {
  readonly to: SpaceId
  /** 32 bytes: the seed of the meeting where those who follow knock. Known to everybody who reads this space. */
  readonly seed: Bytes
  /** Where the new space is reached. */
  readonly relays: readonly string[]
  readonly by: MemberId
  readonly operation: OperationId
}

/** The resolved membership: a pure function of the set of operations (rule ME-3). Maps iterate in ascending order. */
export interface MembershipState {
  readonly founder: MemberId
  readonly members: ReadonlyMap<MemberId, Member>
  readonly devices: ReadonlyMap<DeviceId, Device>
  readonly relays: readonly string[]
  /**
   * Removals and suspensions in force, and admissions that lost to another (those people may have been welcomed): what every
   * epoch in use must have seen. Ascending.
   */
  readonly removals: readonly OperationId[]
  /** The last change of box key of each device: a reason for a new epoch while the device is active. */
  readonly rotations: ReadonlyMap<DeviceId, OperationId>
  /** Operations without effect, each with the rule that says so. */
  readonly invalid: ReadonlyMap<OperationId, string>
  readonly pending: readonly Pending[]
  /** Devices that signed two operations for one position. */
  readonly flagged: ReadonlySet<DeviceId>
  /** Coordinators whose powers rest until others decide. */
  readonly disputed: ReadonlySet<MemberId>
  readonly successors: readonly Successor[]
}
