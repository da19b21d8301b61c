// Branded identifiers. In memory an id is lower-case hex, so that it can be a map key and its order is the order of its
// bytes; on the wire and in signed structures it is the bytes. Each brand has one validating constructor.
import { type Bytes, fromHex, toHex } from './bytes.ts'

declare const brand: unique symbol
type Brand<B extends string> = string & { readonly [brand]: B }

/** 32 bytes: H of an entry's outer bytes. */
export type EntryId = Brand<'EntryId'>
/** 32 bytes: H of an operation's signed body. */
export type OperationId = Brand<'OperationId'>
/** 32 bytes: H of a content header (chain links point to these). */
export type HeaderId = Brand<'HeaderId'>
/** 32 bytes: H of the space's create body without the space field; names the space. */
export type SpaceId = Brand<'SpaceId'>
/** 32 bytes: the device's Ed25519 public key in one space. */
export type DeviceId = Brand<'DeviceId'>
/** 16 random bytes. */
export type MemberId = Brand<'MemberId'>
/** 32 bytes: H of the epoch secret. */
export type EpochId = Brand<'EpochId'>
/** 32 bytes: a channel's Ed25519 public key. */
export type ChannelId = Brand<'ChannelId'>
/** 16 bytes: an Automerge document's id. */
export type DocumentId = Brand<'DocumentId'>
/** 16 bytes: an Automerge actor. */
export type ActorId = Brand<'ActorId'>
/** 32 bytes: an Automerge change hash. */
export type ChangeHash = Brand<'ChangeHash'>
/** 32 bytes: an invitation's Ed25519 public key. */
export type InvitationId = Brand<'InvitationId'>
/** 32 bytes: H of a key record's signed body. */
export type KeyRecordId = Brand<'KeyRecordId'>

/** A constructor from bytes (null when the length is wrong) with `parse` for hex text. */
function idOf<T extends string>(length: number) {
  const of = (bytes: Bytes): T | null => (bytes.length === length ? (toHex(bytes) as T) : null)
  const parse = (text: string): T | null => (text.length === 2 * length && fromHex(text) !== null ? (text as T) : null)
  /** For bytes whose length our own code guarantees. */
  const must = (bytes: Bytes): T => {
    const id = of(bytes)
    if (id === null) throw new Error(`an id of ${length} bytes was given ${bytes.length}`)
    return id
  }
  return { of, parse, must, length } as const
}

export const EntryId = idOf<EntryId>(32)
export const OperationId = idOf<OperationId>(32)
export const HeaderId = idOf<HeaderId>(32)
export const SpaceId = idOf<SpaceId>(32)
export const DeviceId = idOf<DeviceId>(32)
export const MemberId = idOf<MemberId>(16)
export const EpochId = idOf<EpochId>(32)
export const ChannelId = idOf<ChannelId>(32)
export const DocumentId = idOf<DocumentId>(16)
export const ActorId = idOf<ActorId>(16)
export const ChangeHash = idOf<ChangeHash>(32)
export const InvitationId = idOf<InvitationId>(32)
export const KeyRecordId = idOf<KeyRecordId>(32)

export type AnyId =
  | EntryId
  | OperationId
  | HeaderId
  | SpaceId
  | DeviceId
  | MemberId
  | EpochId
  | ChannelId
  | DocumentId
  | ActorId
  | ChangeHash
  | InvitationId
  | KeyRecordId

/** The bytes of an id. */
export function idBytes(id: AnyId): Bytes {
  const bytes = fromHex(id)
  if (bytes === null) throw new Error('an id that is not hex')
  return bytes
}
