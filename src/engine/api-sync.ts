// The part of the engine's contract that is about carriers: relays, phones in the same room, files on a stick; what lies where; and
// what the page's half of WebRTC and the engine say to each other. Plain data; no keys, no secrets but the codes one shows on purpose.
import type { Millis } from '../base/environment.ts'
import type { DeviceId, DocumentId, MemberId, SpaceId } from '../base/ids.ts'
import type { Answer } from './api-answers.ts'

/** A connection to one other device without a relay: 32 hex digits, fresh for each. */
export type PeerId = string

/** What is known of a relay's conduct towards this space: worst first. Nothing of this loses what is written here. */
export type RelayTrouble =
  /** It once said that it had stored entries which it does not have now: wiped, put back from an older copy, or lying. */
  | 'forgot'
  /** Others have signed for work that it does not give, though it says that nothing is missing. */
  | 'withholds'
  /** It gave bytes that are nobody's entries. */
  | 'garbage'
  /** It takes nothing more: full, or flooded by somebody who has a key. */
  | 'full'

/** How many of those who are in hold all of it, by their own signed word; without oneself. */
export interface WithPeople {
  /** Members with at least one device that has signed for everything that is here. */
  readonly have: number
  /** Other members who are in. */
  readonly of: number
}

export interface OnRelays {
  /** Relays that have acknowledged everything written here. */
  readonly have: number
  readonly of: number
}

/** A transfer under way, for a line that can be shown; null when nothing larger than a message is. */
export interface Progress {
  readonly received: number
  /** Entries known to be still wanted, besides those received. */
  readonly wanted: number
  readonly sent: number
  readonly toSend: number
}

export interface PeerView {
  readonly id: PeerId
  /** `near`: by codes or pasted text, no server at all. `whisper`: arranged over a relay that still answers. */
  readonly by: 'near' | 'whisper'
  readonly state: 'connecting' | 'connected' | 'in-step'
  /** Who it is, once she has said so under a key of a space in common. */
  readonly device: DeviceId | null
  readonly member: MemberId | null
  readonly alias: string
  /** Spaces in common, as far as both have proved them to each other. */
  readonly spaces: readonly SpaceId[]
  readonly progress: Progress | null
}

/** Codes to show in turn (QR), and the same as one text to send by any other means. */
export interface NearCodes {
  readonly peer: PeerId
  readonly codes: readonly string[]
  readonly text: string
}

export interface BundleReader {
  readonly member: MemberId
  readonly alias: string
  /** When a file of hers was last opened here: what is new since can be saved for her alone. */
  readonly at: Millis
}

export interface SavedBundle {
  readonly name: string
  readonly file: Uint8Array
  readonly entries: number
}

export interface OpenedBundle {
  readonly space: SpaceId
  /** Who saved it, where the file says so under a key of the space. */
  readonly member: MemberId | null
  readonly savedAt: Millis | null
  readonly entries: number
  /** Of these, new here. */
  readonly fresh: number
  /** False: it was cut or damaged, and this is what was whole. */
  readonly whole: boolean
  /** Most of it is under keys that this device has not. */
  readonly sealed: boolean
}

/** One thing that is wrong in what is stored, as a code; `entry` and `document` where it is about one. */
export interface DoctorFinding {
  readonly code:
    | 'unreadable-store'
    | 'missing-bytes'
    | 'wrong-id'
    | 'does-not-open'
    | 'bad-signature'
    | 'gap'
    | 'broken-chain'
    | 'rejected'
    | 'no-secret'
    | 'newer-version'
    | 'document-differs'
    | 'document-does-not-open'
  readonly entry: string | null
  readonly document: DocumentId | null
  readonly device: DeviceId | null
  /** A code of a rule, or empty. */
  readonly reason: string
}

export interface DoctorReport {
  readonly entries: number
  readonly bytes: number
  readonly documents: number
  readonly findings: readonly DoctorFinding[]
}

/** Requests about relays. */
export interface RelaysApi {
  /**
   * Names one more relay. `everybody`: for the space, by a coordinator's operation; otherwise for this device alone, until the space
   * names it or she takes it away.
   */
  addRelay(p: { space: SpaceId; address: string; everybody: boolean }): Answer<void>
  removeRelay(p: { space: SpaceId; address: string }): Answer<void>
  /** A link (and QR) that tells members who lost the relay where to find the space; says no name and opens nothing. */
  relayLink(p: { space: SpaceId; address: string; app: string }): Answer<{ link: string }>
  /** Takes a relay link: this device tries that relay for every space it says it is for. */
  takeRelayLink(p: { link: string }): Answer<{ spaces: readonly SpaceId[]; address: string }>
}

/** Requests about devices nearby. */
export interface NearApi {
  /** Begins a connection without any server: this device shows first. */
  nearBegin(): Answer<NearCodes>
  /** What the other screen shows: an offer is answered by codes to show back; an answer completes, and has none. */
  nearRead(p: { text: string }): Answer<{ peer: PeerId; reply: NearCodes | null }>
  nearEnd(p: { peer: PeerId }): Answer<void>
}

/** Requests about files that carry entries. */
export interface BundlesApi {
  /** `since`: only what she lacked when she saved the file that was opened here last; null: all of it. */
  saveBundle(p: { space: SpaceId; since: MemberId | null }): Answer<SavedBundle>
  bundleReaders(space: SpaceId): Answer<readonly BundleReader[]>
  /** `file` is hostile bytes. */
  openBundle(p: { file: Uint8Array }): Answer<OpenedBundle>
}

export interface DoctorApi {
  /** Reads every stored entry again: bytes, seal, signature, chain, document. */
  doctor(space: SpaceId): Answer<DoctorReport>
}

/** What the page's half of WebRTC is told. Descriptions and frames are bytes; a frame is one message of the protocol. */
export type ToPeerPage =
  /** Make a connection and describe it (`described`). `answer` to an offer that the other side made. */
  | { readonly t: 'offer'; readonly peer: PeerId }
  | { readonly t: 'answer'; readonly peer: PeerId; readonly offer: Uint8Array }
  | { readonly t: 'accept'; readonly peer: PeerId; readonly answer: Uint8Array }
  | { readonly t: 'frame'; readonly peer: PeerId; readonly data: Uint8Array }
  | { readonly t: 'close'; readonly peer: PeerId }

/** What the page says. */
export type FromPeerPage =
  | { readonly t: 'described'; readonly peer: PeerId; readonly description: Uint8Array }
  /** Frames may pass. `origin`: both DTLS fingerprints, the offering side's first, as lower-case hex joined by a dash. */
  | { readonly t: 'open'; readonly peer: PeerId; readonly origin: string; readonly offering: boolean }
  | { readonly t: 'frame'; readonly peer: PeerId; readonly data: Uint8Array }
  | { readonly t: 'closed'; readonly peer: PeerId }
  /** There is no WebRTC in this browser, or it refused. */
  | { readonly t: 'unable'; readonly peer: PeerId }
