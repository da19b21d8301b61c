// What the graph keeps of each operation, and the resolved state with the indexes that make one more operation cheap.
// Everything in a node follows from the operation's own past, so it is computed once and never again (rule ME-3).
import type { DeviceId, InvitationId, MemberId, OperationId } from '../base/ids.ts'
import type { Bits } from './bits.ts'
import type { IdMap } from './id-map.ts'
import type { Device, Member, MembershipState, OperationOf, VerifiedOperation } from './types.ts'

/** What the operation's own past says of it (docs/spec/membership.md, "In its own past"). */
export interface Verdict {
  /** The rule that refuses it, or null. */
  readonly reason: string | null
  readonly author: MemberId | null
  /** Operations that gave the author the right: when one is void, so is this. */
  readonly grounds: readonly number[]
  /** Who decides; for operations that need nobody, who would in a dispute. Ascending. */
  readonly electorate: readonly MemberId[]
  /** A majority before it counts; a third coordinator after it counts; nobody. */
  readonly needs: 'majority' | 'third' | 'nobody'
  /** Of a majority: the smallest electorate that may decide. */
  readonly quorum: number
  /** A suspension that one refusal of the electorate annuls, cut-off included. */
  readonly refusable: boolean
  /** The member whose removal, suspension or role it is about. */
  readonly about: MemberId | null
  /** A removal, suspension or demotion: its cut-offs void operations. */
  readonly lowers: boolean
}

export interface Node {
  readonly index: number
  readonly op: VerifiedOperation
  /** The operations in its past, itself not among them. */
  readonly past: Bits
  readonly before: Resolved
  readonly verdict: Verdict
}

export type NodeOf<Op extends VerifiedOperation['op']> = Node & { readonly op: OperationOf<Op> }
export const isNodeOf = <Op extends VerifiedOperation['op']>(node: Node, op: Op): node is NodeOf<Op> =>
  node.op.op === op

export interface Tip {
  readonly seq: number
  readonly id: OperationId
}

/** A state with its indexes. `bits` is the set it resolves. */
export interface Resolved extends MembershipState {
  readonly bits: Bits
  readonly members: IdMap<MemberId, Member>
  readonly devices: IdMap<DeviceId, Device>
  readonly invalid: IdMap<OperationId, string>
  readonly rotations: IdMap<DeviceId, OperationId>
  /** Recovery keys in force, and whose they are. */
  readonly recoveries: IdMap<DeviceId, MemberId>
  readonly invitations: IdMap<InvitationId, OperationId>
  /** The operation that brought each device in. */
  readonly entries: IdMap<DeviceId, number>
  /** The operation each member has her role from. */
  readonly roles: IdMap<MemberId, number>
  /** Removals, suspensions (lifted ones too) and demotions that took effect. */
  readonly lowered: IdMap<OperationId, true>
  readonly tips: IdMap<DeviceId, Tip>
  /** Maximal valid operations. */
  readonly heads: readonly number[]
  /** Operations that order matters for: whoever is concurrent with one cannot be added cheaply. */
  readonly touchy: readonly number[]
  /** Nothing in the set is in conflict, void, disputed or pending. */
  readonly plain: boolean
  /** Some operation lost to another that claims the same. */
  readonly contested: boolean
}
