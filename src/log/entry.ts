// Entries: sealing one's own and opening anybody's. Owns the inner form and every check that needs nothing but the bytes, the
// space and the secrets (EN-4 to EN-7, EN-9); whether the author was a member is membership's to say. Bytes from outside
// give an error, never a throw.
import { type Bytes, equal } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import {
  ActorId,
  DeviceId,
  type DocumentId,
  type EntryId,
  type EpochId,
  HeaderId,
  idBytes,
  type SpaceId,
} from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Crypto, SignKeys } from '../crypto/index.ts'
import { entryId, openWithAny, outerFault, outerLength, sealEnvelope } from './envelope.ts'
import { encodeHeader, type Header, type HeaderError, parseHeader } from './header.ts'
import { ACTOR, ENTRY, HEADER, HEADER_ID, PAYLOAD } from './labels.ts'
import { MAX_HEADER_BYTES, MAX_OUTER_BYTES } from './limits.ts'
import { unpackRecords } from './payload.ts'

export { entryId, openEnvelope, sealEnvelope } from './envelope.ts'
export type { Header, Kind } from './header.ts'
export { packChanges, packRecords, type SignedRecord, unpackChanges, unpackRecords } from './payload.ts'

export interface OpenedEntry {
  readonly id: EntryId
  readonly headerId: HeaderId
  readonly header: Header
  readonly headerBytes: Bytes
  readonly signature: Bytes
  readonly payload: Bytes
}

export type EntryError =
  /** No secret at hand is the one it commits to; another day may bring it. */
  | { readonly type: 'NoSecret' }
  | { readonly type: 'TooLarge' }
  /** The outer form, the box or its padding. */
  | { readonly type: 'Malformed' }
  | { readonly type: 'NotCanonical' }
  | { readonly type: 'BadSignature' }
  | { readonly type: 'WrongSpace' }
  | { readonly type: 'WrongEpoch' }
  | { readonly type: 'WrongPayload' }
  | { readonly type: 'BadPayload' }
  | { readonly type: 'WrongActor' }
  | HeaderError

/** All of a header but what sealing fills in. */
export type EntryFields = Omit<Header, 'payload' | 'device'>

/** EN-7. `nonce` is 16 bytes. */
export function deriveActor(
  crypto: Crypto,
  space: SpaceId,
  device: DeviceId,
  document: DocumentId,
  nonce: Bytes,
): ActorId {
  return ActorId.must(crypto.hash(ACTOR, idBytes(space), idBytes(device), idBytes(document), nonce).slice(0, 16))
}

/** Signs, then seals under `secret` (32 bytes, the secret of `fields.epoch`). */
export async function sealEntry(
  crypto: Crypto,
  input: { readonly secret: Bytes; readonly fields: EntryFields; readonly payload: Bytes; readonly sign: SignKeys },
): Promise<Result<{ readonly outer: Bytes; readonly entry: OpenedEntry }, { readonly type: 'TooLarge' }>> {
  const { secret, fields, payload, sign } = input
  const header = { ...fields, device: DeviceId.must(sign.publicKey), payload: crypto.hash(PAYLOAD, payload) }
  const headerBytes = encodeHeader(header)
  const signature = await crypto.sign(HEADER, sign, headerBytes)
  const inner = encode([headerBytes, signature, payload])
  if (outerLength(inner.length) > MAX_OUTER_BYTES) return err({ type: 'TooLarge' })
  const outer = sealEnvelope(crypto, secret, ENTRY, inner)
  const headerId = HeaderId.must(crypto.hash(HEADER_ID, headerBytes))
  return ok({ outer, entry: { id: entryId(outer), headerId, header, headerBytes, signature, payload } })
}

/** [header, signature, payload] of an inner form. */
function readInner(inner: Bytes): readonly [Bytes, Bytes, Bytes] | null {
  const decoded = decode(inner)
  if (!decoded.ok || !Array.isArray(decoded.value) || decoded.value.length !== 3) return null
  const [header, signature, payload] = decoded.value as readonly unknown[]
  if (!(header instanceof Uint8Array) || header.length > MAX_HEADER_BYTES) return null
  if (!(signature instanceof Uint8Array) || signature.length !== 64) return null
  return payload instanceof Uint8Array ? [header, signature, payload] : null
}

function readMap(bytes: Bytes): Readonly<Record<string, unknown>> | null {
  const decoded = decode(bytes)
  if (!decoded.ok || typeof decoded.value !== 'object' || decoded.value === null) return null
  if (Array.isArray(decoded.value) || decoded.value instanceof Uint8Array) return null
  return decoded.value as Readonly<Record<string, unknown>>
}

/** EN-5: for every header of version 1, also those whose kind is not known here. */
function checkBindings(
  crypto: Crypto,
  fields: Readonly<Record<string, unknown>>,
  expected: Bindings,
): EntryError | null {
  const is = (field: string, bytes: Bytes) => {
    const value = fields[field]
    return value instanceof Uint8Array && equal(value, bytes)
  }
  if (!is('space', idBytes(expected.space))) return { type: 'WrongSpace' }
  if (!is('epoch', idBytes(expected.epoch))) return { type: 'WrongEpoch' }
  return is('payload', crypto.hash(PAYLOAD, expected.payload)) ? null : { type: 'WrongPayload' }
}

interface Bindings {
  readonly space: SpaceId
  readonly epoch: EpochId
  readonly payload: Bytes
}

/** A signed header of `changes` that stands without its payload, as snapshots bring them (EN-16): null where anything is wrong. */
export async function verifyAuthorHeader(
  crypto: Crypto,
  headerBytes: Bytes,
  signature: Bytes,
  space: SpaceId,
): Promise<{ readonly header: Header; readonly headerId: HeaderId } | null> {
  const fields = headerBytes.length > MAX_HEADER_BYTES ? null : readMap(headerBytes)
  if (fields === null || fields['v'] !== 1) return null
  const parsed = parseHeader(fields)
  if (!parsed.ok || parsed.value.kind !== 'changes' || parsed.value.space !== space) return null
  const { device, document, nonce, actor } = parsed.value
  if (document === undefined || nonce === undefined) return null
  if (actor !== deriveActor(crypto, space, device, document, nonce)) return null
  if (!(await crypto.verify(HEADER, idBytes(device), signature, headerBytes))) return null
  return { header: parsed.value, headerId: HeaderId.must(crypto.hash(HEADER_ID, headerBytes)) }
}

/** EN-7 and EN-9: what a readable header promises of its own fields and of the payload. */
function checkKind(crypto: Crypto, header: Header, payload: Bytes): EntryError | null {
  const { kind, space, device, document, nonce } = header
  if (kind === 'op' || kind === 'keys') return unpackRecords(payload).ok ? null : { type: 'BadPayload' }
  if (kind !== 'changes' || document === undefined || nonce === undefined) return null
  return header.actor === deriveActor(crypto, space, device, document, nonce) ? null : { type: 'WrongActor' }
}

/**
 * Opens with the one secret it commits to and makes every check that the bytes allow. `trusted` leaves out the signature, for
 * bytes that this device has verified and kept authenticated since.
 */
export async function openEntry(
  crypto: Crypto,
  outer: Bytes,
  secrets: ReadonlyMap<EpochId, Bytes>,
  space: SpaceId,
  trusted = false,
): Promise<Result<OpenedEntry, EntryError>> {
  const fault = outerFault(outer)
  if (fault === 'NewerVersion') return err({ type: 'Unreadable', why: 'outer' })
  if (fault !== null) return err({ type: fault })
  const opened = openWithAny(crypto, secrets, ENTRY, outer)
  if (opened === null) return err({ type: 'NoSecret' })
  const { epoch, plaintext } = opened
  const inner = plaintext === null ? null : readInner(plaintext)
  if (inner === null) return err({ type: plaintext === null ? 'Malformed' : 'NotCanonical' })
  const [headerBytes, signature, payload] = inner
  const fields = readMap(headerBytes)
  if (fields === null) return err({ type: 'NotCanonical' })
  if (fields['v'] !== 1) return err({ type: 'Unreadable', why: 'version' })
  const device = fields['device']
  if (!(device instanceof Uint8Array) || device.length !== 32) return err({ type: 'BadField', field: 'device' })
  if (!trusted && !(await crypto.verify(HEADER, device, signature, headerBytes))) return err({ type: 'BadSignature' })
  const unbound = checkBindings(crypto, fields, { space, epoch, payload })
  if (unbound !== null) return err(unbound)
  const header = parseHeader(fields)
  if (!header.ok) return header
  const wrong = checkKind(crypto, header.value, payload)
  if (wrong !== null) return err(wrong)
  const headerId = HeaderId.must(crypto.hash(HEADER_ID, headerBytes))
  return ok({ id: entryId(outer), headerId, header: header.value, headerBytes, signature, payload })
}
