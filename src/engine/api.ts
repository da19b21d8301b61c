// All that a face (the page, the headless member, a test) may ask of the engine, and all it may know. Plain data that
// can cross a worker boundary: no keys, no secrets but the ones a person must see once (recovery words, an invitation
// link). Owns the contract only; engine/ implements it.
import type {
  ActorId,
  ChannelId,
  DeviceId,
  DocumentId,
  EpochId,
  InvitationId,
  MemberId,
  OperationId,
  SpaceId,
} from '../base/ids.ts'
import type { Millis } from '../base/environment.ts'
import type { Answer, MemberRole, PassphraseEstimate } from './api-answers.ts'
import type { LinkingView, MemberView, PendingView, PeopleApi, SuccessorView, WarningView } from './api-people.ts'
import type {
  BundlesApi,
  DoctorApi,
  NearApi,
  OnRelays,
  PeerView,
  Progress,
  RelaysApi,
  RelayTrouble,
  WithPeople,
} from './api-sync.ts'

export type * from './api-answers.ts'
export type * from './api-people.ts'
export type * from './api-sync.ts'

export type Language = 'es' | 'en'
export type InvitationMode = 'open' | 'confirm'
export type DocumentType = 'membership-roster' | 'protection-plan' | 'meeting-minutes' | 'learning-systematization'

/** Everything the faces draw. A new object at each change; unchanged parts keep their identity within the engine. */
export interface EngineState {
  readonly vault: 'empty' | 'locked' | 'unlocked'
  /** Only while unlocked. */
  readonly self: { readonly alias: string; readonly language: Language; readonly recoveryKitSeen: boolean } | null
  /** Only while unlocked; in the order they were created or joined here. */
  readonly spaces: readonly SpaceView[]
  /** My own knocks that nobody has answered yet. */
  readonly joining: readonly JoiningView[]
  /** Devices of one person being brought in, from either side. */
  readonly linking: readonly LinkingView[]
  /** Devices connected without a relay. */
  readonly peers: readonly PeerView[]
  /** Set when this device's storage refuses to write: what is typed now is only in memory. */
  readonly storageFailing: boolean
}

export interface SpaceView {
  readonly id: SpaceId
  readonly name: string
  /**
   * `removed`: she was taken out; what was here stays readable. `suspended`: this device was, and may be let in again. `loading`: the
   * history is still arriving.
   */
  readonly standing: 'active' | 'loading' | 'suspended' | 'removed'
  readonly me: MemberId
  readonly role: MemberRole
  /** I am a coordinator, and my powers do not rest. */
  readonly powers: boolean
  readonly members: readonly MemberView[]
  readonly pending: readonly PendingView[]
  readonly warnings: readonly WarningView[]
  readonly successors: readonly SuccessorView[]
  /** The space that this one goes on from, where that is on this device too. */
  readonly continues: SpaceId | null
  readonly documents: readonly DocumentView[]
  readonly relays: readonly RelayView[]
  readonly invitations: readonly InvitationView[]
  /** Knocks on my invitations that wait for a decision. */
  readonly knocks: readonly KnockView[]
  /** Who is connected right now, and where. Without me. */
  readonly present: readonly PresenceView[]
  /** Entries written here that no relay has acknowledged yet. */
  readonly unsent: number
  readonly withPeople: WithPeople
  readonly onRelays: OnRelays
  readonly progress: Progress | null
  /** Ordinal of the current epoch: 1, and one more after each change of keys. */
  readonly epoch: number
}

export interface DocumentView {
  readonly id: DocumentId
  readonly type: DocumentType
  readonly title: string
  readonly status: string
  readonly riskLevel: string | null
  readonly createdBy: MemberId | null
  readonly createdAt: Millis
  readonly updatedAt: Millis
  readonly archived: boolean
  /** Entries of this document written here that no relay has acknowledged. */
  readonly unsent: number
  readonly withPeople: WithPeople
  readonly onRelays: OnRelays
  /** Something in it cannot be opened on this device yet: it is kept, and tried again after an update. */
  readonly heldBack: boolean
  /** The content has arrived and can be opened. */
  readonly here: boolean
}

export interface RelayView {
  /** Without the operator's token. */
  readonly address: string
  readonly state: 'connected' | 'connecting' | 'offline' | 'refused'
  /** Why it refuses, as a code of wire/messages. */
  readonly reason: string | null
  /** When everything here and there was last seen to be the same. */
  readonly inStepAt: Millis | null
  readonly unsent: number
  /** Named by this device alone, not by the space. */
  readonly own: boolean
  readonly trouble: RelayTrouble | null
}

export interface InvitationView {
  readonly id: InvitationId
  readonly mode: InvitationMode
  readonly role: MemberRole
  /** For whom, in the inviter's own words: on this device while it waits, the newcomer's first name in the space once admitted. */
  readonly note: string
  readonly createdAt: Millis
  readonly used: boolean
  /** The member whose place the newcomer takes once admitted: she lost everything and comes back. */
  readonly replaces: MemberId | null
}

export interface KnockView {
  readonly invitation: InvitationId
  readonly device: DeviceId
  readonly note: string
  readonly role: MemberRole
  readonly mode: InvitationMode
  /** Eight words, the same on her screen. */
  readonly words: readonly string[]
  readonly at: Millis
  /** Another device knocked on the same invitation: one of the two is not who was invited. */
  readonly contested: boolean
  readonly replaces: MemberId | null
}

export interface JoiningView {
  readonly invitation: InvitationId
  readonly space: SpaceId
  readonly role: MemberRole
  readonly mode: InvitationMode
  readonly words: readonly string[]
  readonly at: Millis
  /** The knock lies on a relay: the phone may be put away. */
  readonly delivered: boolean
  readonly relays: readonly RelayView[]
  /** The knock, for the inviter to scan where there is no network: parts to be shown in turn. */
  readonly codes: readonly string[]
}

export interface PresenceView {
  readonly member: MemberId
  readonly device: DeviceId
  readonly alias: string
  readonly document: DocumentId | null
  /** Path of the field being edited, as the face that edits named it. */
  readonly field: string | null
}

export interface Place {
  readonly document: DocumentId | null
  readonly field: string | null
}

export interface InvitationPreview {
  readonly id: InvitationId
  /** `person`: an invitation to a space (`join`). `device`, `return`: `takeLink`. */
  readonly kind: 'person' | 'device' | 'return'
  /** One for a `person`. */
  readonly spaces: readonly SpaceId[]
  /** Null unless `person`. */
  readonly mode: InvitationMode | null
  readonly role: MemberRole | null
  readonly relays: readonly string[]
}

/** One change of the headless member or a test, on a path such as ['threats', 0, 'likelihood']. */
export type Edit =
  | { readonly op: 'set'; readonly path: readonly (string | number)[]; readonly value: unknown }
  | { readonly op: 'text'; readonly path: readonly (string | number)[]; readonly value: string }
  | {
      readonly op: 'insert'
      readonly path: readonly (string | number)[]
      readonly index: number
      readonly value: unknown
    }
  | { readonly op: 'remove'; readonly path: readonly (string | number)[]; readonly index: number }

export interface SyncReport {
  readonly relays: readonly { readonly address: string; readonly inStep: boolean; readonly reason: string | null }[]
  /** Entries and their outer bytes since the call. */
  readonly sent: { readonly entries: number; readonly bytes: number }
  readonly received: { readonly entries: number; readonly bytes: number }
}

/** What `status` and the history of a space show beyond the state. */
export interface SpaceDetails {
  readonly channel: ChannelId
  readonly epoch: EpochId
  readonly entries: number
  readonly rejected: number
  readonly heads: readonly OperationId[]
}

export interface EngineApi extends PeopleApi, NearApi, RelaysApi, BundlesApi, DoctorApi {
  state(): Promise<EngineState>
  /** Calls `listener` with the present state and after each change; the answer ends it. */
  subscribe(listener: (state: EngineState) => void): Promise<() => void>

  estimatePassphrase(passphrase: string): Promise<PassphraseEstimate>
  suggestPassphrase(language: Language): Promise<string>
  /** Makes the place of one's own; answers the recovery kit's twelve words, shown once. */
  createVault(p: { alias: string; passphrase: string; language: Language }): Answer<{ words: readonly string[] }>
  /** She has written the kit down. */
  recoveryKitSeen(): Answer<void>
  unlock(passphrase: string): Answer<void>
  unlockWithRecovery(p: { words: string; passphrase: string }): Answer<void>
  changePassphrase(p: { from: string; to: string }): Answer<void>
  setLanguage(language: Language): Answer<void>
  /** Flushes, closes every connection, and forgets all keys. The face ends the worker afterwards. */
  lock(): Promise<void>
  /** Makes everything written so far durable. */
  flush(): Promise<void>

  createSpace(p: { name: string; relays: readonly string[] }): Answer<{ space: SpaceId }>
  renameSelf(p: { space: SpaceId; alias: string }): Answer<void>
  setRelays(p: { space: SpaceId; relays: readonly string[] }): Answer<void>
  spaceDetails(space: SpaceId): Answer<SpaceDetails>

  /** `app` is the address of the app to put before the fragment; the link is a secret until used. */
  invite(p: {
    space: SpaceId
    mode: InvitationMode
    role: MemberRole
    note: string
    app: string
    /** Somebody who lost everything and comes back as a new member: once she is in, the old one is taken out. `confirm` only. */
    replaces?: MemberId
  }): Answer<{ id: InvitationId; link: string }>
  invitationLink(p: { space: SpaceId; invitation: InvitationId; app: string }): Answer<{ link: string }>
  cancelInvitation(p: { space: SpaceId; invitation: InvitationId }): Answer<void>
  readInvitation(link: string): Answer<InvitationPreview>
  join(p: { link: string }): Answer<{ invitation: InvitationId; words: readonly string[] }>
  cancelJoin(invitation: InvitationId): Answer<void>
  admit(p: { space: SpaceId; invitation: InvitationId; device: DeviceId }): Answer<{ member: MemberId }>
  refuseKnock(p: { space: SpaceId; invitation: InvitationId; device: DeviceId }): Answer<void>

  createDocument(p: { space: SpaceId; type: DocumentType; title: string }): Answer<{ document: DocumentId }>
  /** `json` is hostile text. */
  importDocument(p: { space: SpaceId; json: string }): Answer<{ document: DocumentId }>
  exportDocument(p: { space: SpaceId; document: DocumentId }): Answer<{ json: string; title: string }>
  archiveDocument(p: { space: SpaceId; document: DocumentId; archived: boolean }): Answer<void>
  /** For the page's own Repo: where to find the document and the actor to write as. */
  openDocument(p: { space: SpaceId; document: DocumentId }): Answer<{ url: string; actor: ActorId; writable: boolean }>
  closeDocument(p: { space: SpaceId; document: DocumentId }): Promise<void>
  /**
   * Once the engine has these changes of the page's (`heads`: hashes, hex) on this device for good, and has told its state since. False: it
   * cannot be said now (locked, closed, storage refused).
   */
  settled(p: { space: SpaceId; document: DocumentId; heads: readonly string[] }): Promise<boolean>
  /** For faces without a Repo. */
  editDocument(p: { space: SpaceId; document: DocumentId; edits: readonly Edit[] }): Answer<void>

  setPlace(p: { space: SpaceId; place: Place | null }): Promise<void>
  /** Until in step with every relay that can be reached, or `timeout` ms. */
  sync(p: { timeout: Millis }): Answer<SyncReport>
}

/** What a started engine offers to its own host beside the API: the ports of the page's Repo and of its half of WebRTC. */
export interface EngineHost extends EngineApi {
  /** Connects a page's Repo (automerge-repo's message channel) to the engine's. */
  attachRepo(port: MessagePort): Promise<void>
  /** The page's half of WebRTC (`ToPeerPage`, `FromPeerPage`); replaces an earlier one. Any time, locked or not. */
  attachPeers(port: MessagePort): void
}
