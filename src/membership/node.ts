// What the graph keeps of each operation, and the resolved state with the indexes that make one more operation cheap.
// Everything in a node follows from the operation's own past, so it is computed once and never again (rule ME-3).
import type { DeviceId, InvitationId, MemberId, OperationId } from '../base/ids.ts'
import type { Bits } from './bits.ts'
import type { Chain } from './chain.ts'
import type { IdMap } from './id-map.ts'
import type { Device, Member, MembershipState, OperationOf, VerifiedOperation } from './types.ts'

/** What the operation's own past says of it (docs/spec/membership.md, "In its own past"). */
export interface Verdict {
  /** The rule that refuses it, or null. */
  readonly reason: string | null
  readonly author: MemberId | null
  /** Operations that gave the author the right, first the one that brought her device in: when one is void, so is this. */
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
  /** Removals, suspensions and demotions in effect in its past. */
  readonly lowered: IdMap<OperationId, true>
  readonly verdict: Verdict
}

export type NodeOf<Op extends VerifiedOperation['op']> = Node & { readonly op: OperationOf<Op> }
export const isNodeOf = <Op extends VerifiedOperation['op']>(node: Node, op: Op): node is NodeOf<Op> =>
  node.op.op === op

/** The verdicts of coordinators on one operation (votes.ts). */
export interface Count {
  /** Ascending. Whoever said both has said yes. */
  readonly yes: readonly MemberId[]
  readonly no: readonly MemberId[]
  readonly electorate: readonly MemberId[]
}

/** One of a cycle of lowerings that others decide (rule ME-14). */
export interface Dispute {
  readonly node: Node
  readonly count: Count
}

/** Who is in the graph: nodes by place and by id. */
export interface Lookup {
  readonly at: (index: number) => Node
  readonly find: (id: OperationId) => Node | undefined
}

export interface Tip {
  readonly seq: number
  readonly id: OperationId
}

/** One of several that cannot all count: which do depends on who cites them. */
export interface Rival {
  readonly node: Node
  /** The first of each device that have it in their past. */
  readonly cited: Chain<Node> | undefined
}

/** Where the operations of a set that pass their own past are found; what is void is among them. */
export interface Indexes {
  readonly authored: IdMap<MemberId, Chain<Node>>
  /** What makes up a member: `concernOf`. */
  readonly concerning: IdMap<MemberId, Chain<Node>>
  readonly cosigned: IdMap<OperationId, Chain<Node>>
  /** Who claims a device's or a recovery key. */
  readonly keys: IdMap<DeviceId, Chain<Node>>
  readonly invitations: IdMap<InvitationId, Chain<Node>>
  /** What takes a majority or a third coordinator. */
  readonly ballots: Chain<Node> | undefined
  readonly relaySets: Chain<Node> | undefined
  readonly announcements: Chain<Node> | undefined
}

/** A state with what makes the next one cheap. */
export interface Resolved extends MembershipState, Indexes {
  /** The set it resolves. */
  readonly bits: Bits
  readonly members: IdMap<MemberId, Member>
  readonly devices: IdMap<DeviceId, Device>
  readonly invalid: IdMap<OperationId, string>
  readonly rotations: IdMap<DeviceId, OperationId>
  /** The operation each member has her role from. */
  readonly roles: IdMap<MemberId, number>
  /** Active ones, whether their powers rest or not. Ascending. */
  readonly coordinators: readonly MemberId[]
  /** Removals, suspensions (lifted ones too) and demotions that took effect. */
  readonly lowered: IdMap<OperationId, true>
  /** Of `removals`, what each member is concerned by. */
  readonly inForce: IdMap<MemberId, readonly OperationId[]>
  /** Of `removals`, admissions and devices that lost to another. */
  readonly displaced: readonly OperationId[]
  readonly tips: IdMap<DeviceId, Tip>
  /** Devices whose operations are not one chain: flagged ones, and such as skipped a number. */
  readonly tangled: ReadonlySet<DeviceId>
  /** Maximal valid operations. */
  readonly heads: readonly number[]
  /** What may be void by others' doing, and what decides it (kernel.ts). */
  readonly kernel: Bits
  readonly disputes: readonly Dispute[]
  readonly rivals: readonly Rival[]
}
