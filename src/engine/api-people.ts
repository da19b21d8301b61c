// The part of the contract (api.ts) about people and devices: who decides what, what waits for others, what is wrong, what
// happened, and the ways in for a device of one's own. Plain data that can cross a worker boundary: no keys; the links and codes
// are secrets until used. Owns the contract only; engine/ implements it.
import type { Millis } from '../base/environment.ts'
import type { DeviceId, InvitationId, MemberId, OperationId, SpaceId } from '../base/ids.ts'
import type { Answer, MemberRole } from './api-answers.ts'

/** What an order came to: `waiting` needs the word of others first (a `PendingView` says whose). */
export type Effect = 'done' | 'waiting'

export interface MemberView {
  readonly id: MemberId
  /** What she calls herself in this space; empty until her own name has arrived. */
  readonly alias: string
  readonly role: MemberRole
  readonly status: 'active' | 'removed'
  readonly me: boolean
  readonly devices: readonly DeviceView[]
  /** A coordinator whose powers rest until others decide (a suspension of hers, a dispute). */
  readonly disputed: boolean
  /** Null for the founder. */
  readonly admittedBy: MemberId | null
  /** By the clocks of those who wrote it: for people only. */
  readonly joinedAt: Millis
  readonly removedAt: Millis | null
  /** A recovery kit was entered with her. */
  readonly recoverable: boolean
}

export interface DeviceView {
  readonly id: DeviceId
  /** As her owner named it; empty when nobody has. */
  readonly name: string
  readonly status: 'active' | 'suspended' | 'removed'
  readonly me: boolean
  readonly addedAt: Millis
  /** When it last wrote something that arrived here, by its own clock; null for never. */
  readonly lastSeenAt: Millis | null
  /** It signed two different things for one position: a copied phone, or an old backup put back. */
  readonly flagged: boolean
}

/** Something that waits for the word of other coordinators. */
export interface PendingView {
  readonly operation: OperationId
  /** `majority`: has no effect until enough say yes. `suspension`: in effect, the author's powers rest until one says yes or no.
   * `dispute`: two took each other's powers away; neither counts until the others decide. */
  readonly why: 'majority' | 'suspension' | 'dispute'
  readonly what: 'remove' | 'set-role' | 'suspend'
  readonly by: MemberId
  readonly member: MemberId
  /** The device to be suspended; otherwise null. */
  readonly device: DeviceId | null
  /** The role to have; otherwise null. */
  readonly role: MemberRole | null
  readonly at: Millis
  /** Votes that decide. */
  readonly needed: number
  readonly have: readonly MemberId[]
  readonly against: readonly MemberId[]
  readonly electorate: readonly MemberId[]
  /** `open`: I may say yes or no now. `none`: I have no vote in this. */
  readonly mine: 'open' | 'yes' | 'no' | 'none'
}

/** What people must know and may have to act on. Never a reason to stop reading or writing by itself. */
export type WarningView =
  /** This device signed two different things for one position. */
  | { readonly type: 'two-versions'; readonly member: MemberId; readonly device: DeviceId }
  /** Nobody is left who may decide: only a new space goes on (`continueSpace`). */
  | { readonly type: 'no-coordinator' }
  /** The secret of the epoch in use is not here yet: what is written waits on this device. */
  | { readonly type: 'keys-missing' }
  /** After a long absence, what was written here waits until `still` more people confirm that these are the space's keys. */
  | { readonly type: 'away'; readonly since: Millis; readonly still: number }

/** Somebody says that the work goes on in another space. */
export interface SuccessorView {
  readonly operation: OperationId
  readonly space: SpaceId
  readonly by: MemberId
  readonly at: Millis
  /** `open`: not answered here. `asked`: knocked, waiting to be let in. `here`: that space is on this device. */
  readonly state: 'open' | 'asked' | 'here'
}

export type HistoryWhat =
  | 'create'
  | 'admit'
  | 'add-device'
  | 'rotate-device'
  | 'suspend'
  | 'resume'
  | 'remove'
  | 'set-role'
  | 'cosign'
  | 'set-relays'
  | 'successor'

export interface HistoryItem {
  readonly operation: OperationId
  /** By the author's clock: for people only. */
  readonly at: Millis
  /** Null for who is not known here. */
  readonly by: MemberId | null
  readonly device: DeviceId
  readonly what: HistoryWhat
  /** Whom it is about; for a `cosign`, whom the cosigned operation is about. */
  readonly member: MemberId | null
  /** The device it brings in, suspends, resumes or renews. */
  readonly target: DeviceId | null
  readonly role: MemberRole | null
  /** A `cosign`: for or against, and of which operation. */
  readonly verdict: boolean | null
  readonly of: OperationId | null
  readonly relays: readonly string[] | null
  readonly effect: 'done' | 'waiting' | 'void'
  /** When void: the code of the rule that says so (docs/spec/membership.md). */
  readonly reason: string | null
}

/** A link or code that brings in a device of one person: her second one, or a new one with her recovery kit. */
export interface LinkingView {
  readonly id: InvitationId
  /** `giving`: this device is in, and helps the other. `taking`: this device wants in. */
  readonly side: 'giving' | 'taking'
  /** `device`: a second device of mine. `return`: a member comes back with her recovery kit. */
  readonly kind: 'device' | 'return'
  readonly spaces: readonly { readonly space: SpaceId; readonly name: string; readonly member: MemberId }[]
  /** `waiting`: for the other side. `comparing`: the other's keys are here; compare the words, then confirm. */
  readonly state: 'waiting' | 'comparing' | 'done'
  /** Eight words, the same on both screens: at once on the taking side, on the giving side when the other's keys are here. */
  readonly words: readonly string[]
  /** Another device answered too: one of the two is a stranger. The words are those of the first. */
  readonly contested: boolean
  /** The link, for the giving side; empty otherwise. */
  readonly link: string
  /** What the other side may scan when there is no network (`readCode`), in parts; empty while there is nothing to say. */
  readonly codes: readonly string[]
  /** `return`, done: her devices that are active beside the new one. The lost phone is among them: offer to suspend it. */
  readonly others: readonly DeviceId[]
  readonly at: Millis
}

/** What a code said by hand was (a QR code or pasted text, where there is no network). */
export type HeardCode =
  | { readonly type: 'knock'; readonly space: SpaceId; readonly invitation: InvitationId; readonly device: DeviceId }
  | { readonly type: 'linking'; readonly id: InvitationId }
  /** A part: `have` of `of` are here. Show the camera the next. */
  | { readonly type: 'more'; readonly have: number; readonly of: number }
  | { readonly type: 'entered'; readonly spaces: readonly SpaceId[] }

/** The requests about people and devices; part of `EngineApi`. */
export interface PeopleApi {
  removeMember(p: { space: SpaceId; member: MemberId }): Answer<{ effect: Effect }>
  setRole(p: { space: SpaceId; member: MemberId; role: MemberRole }): Answer<{ effect: Effect }>
  /** At once, by any coordinator, or of another device of one's own. */
  suspendDevice(p: { space: SpaceId; device: DeviceId }): Answer<{ effect: Effect }>
  resumeDevice(p: { space: SpaceId; device: DeviceId }): Answer<{ effect: Effect }>
  /** One's word on a pending operation. */
  cosign(p: { space: SpaceId; operation: OperationId; verdict: boolean }): Answer<void>
  /** New keys for this device, in one space or in all: what a copy of it could open, it cannot open from then on. */
  renewKeys(p: { space: SpaceId | null }): Answer<{ spaces: number }>
  nameDevice(p: { space: SpaceId; device: DeviceId; name: string }): Answer<void>
  /** The latest first. Merges are left out. */
  history(space: SpaceId): Answer<readonly HistoryItem[]>

  /**
   * Founds a space that goes on with this one's documents as they are now, and announces it here. `members` are those who may
   * follow; each accepts by herself, and comes in with at most the role of editor.
   */
  continueSpace(p: {
    space: SpaceId
    name: string
    relays: readonly string[]
    members: readonly MemberId[]
  }): Answer<{ space: SpaceId }>
  acceptSuccessor(p: { space: SpaceId; operation: OperationId }): Answer<{ invitation: InvitationId }>

  /** A link for a second device of mine, for all these spaces at once. */
  offerLink(p: { spaces: readonly SpaceId[]; app: string }): Answer<{ id: InvitationId; link: string }>
  /** A link with which a member comes back on a new device by her recovery kit. Any member may give it. */
  offerReturn(p: { space: SpaceId; member: MemberId; app: string }): Answer<{ id: InvitationId; link: string }>
  /**
   * On the new device. `words`: the recovery kit, for a link of the kind `return`; `name`: how this device is to be called. Where
   * nothing else was here before, the kit of the other device becomes the kit of this one too: do not show the one of `createVault`.
   */
  takeLink(p: { link: string; words: string | null; name: string }): Answer<{ id: InvitationId }>
  /** The words are the same on both screens: let it in. May be asked again after an error (`NoKeysYet`). */
  confirmLink(p: { id: InvitationId }): Answer<void>
  /** Ends it on this side; what is `done` is only taken off the list. */
  cancelLink(p: { id: InvitationId }): Answer<void>

  /**
   * What was scanned or pasted from the other's screen: a knock, a welcome, the keys of a device. One part or several, in any order;
   * parts of one code are kept until it is whole.
   */
  readCode(p: { code: string }): Answer<HeardCode>
  /** The welcome of somebody already admitted, for her to scan: parts of at most 600 characters, to be shown in turn. */
  welcomeCode(p: { space: SpaceId; invitation: InvitationId; device: DeviceId }): Answer<{ codes: readonly string[] }>

  /** A file that brings the keys of now to a member's device that shares no channel with anybody any more. */
  wakeFile(p: { space: SpaceId; device: DeviceId }): Answer<{ name: string; file: Uint8Array }>
  openWakeFile(p: { file: Uint8Array }): Answer<{ space: SpaceId }>
}
