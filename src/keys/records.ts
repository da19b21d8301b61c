// Key records, `rekey`, `part` and `grant`: bytes to typed values and back (rules KE-1, KE-2). Decoding never throws on what
// it is given and never says whether a record is valid: that takes the membership graph (validity.ts).
import type { Bytes } from '../base/bytes.ts'
import { decode } from '../base/codec.ts'
import { DeviceId, EpochId, idBytes, KeyRecordId, OperationId, SpaceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import { type Crypto, isAcceptableBoxKey, isAcceptablePoint } from '../crypto/index.ts'
import type { SignedRecord } from '../membership/index.ts'
import { KEYS, KEYS_ID } from './labels.ts'
import {
  INLINE_BYTES,
  MAX_BODY,
  MAX_COVERS,
  MAX_OLD_SECRETS,
  MAX_PARENTS,
  MAX_PARTS,
  MAX_RECIPIENTS,
  PART_BYTES,
  SECRET_LENGTH,
  WRAP_LENGTH,
} from './limits.ts'

interface Common {
  readonly space: SpaceId
  readonly device: DeviceId
  readonly time: number
  readonly id: KeyRecordId
  readonly record: SignedRecord
}

/** A new epoch for exactly the active devices at `covers`. */
export interface Rekey extends Common {
  readonly rec: 'rekey'
  readonly epoch: EpochId
  /** An X25519 public key for this record only. */
  readonly ephemeral: Bytes
  readonly covers: readonly OperationId[]
  readonly parents: readonly EpochId[]
  /** How many devices it wraps for. */
  readonly recipients: number
  /** Bytes of the whole content: the wraps, then the sealed older secrets (content.ts). */
  readonly size: number
  /** The content when it is short; otherwise empty. */
  readonly data: Bytes
  /** The records that hold a longer content, in their order. */
  readonly parts: readonly KeyRecordId[]
  readonly nonce: Bytes
  /** That the author knew the secret, for whoever knows it (`provesSecret`). */
  readonly proof: Bytes
}

/** A piece of a rekey's content, which names it by its hash. */
export interface Part extends Common {
  readonly rec: 'part'
  readonly data: Bytes
}

/** One epoch's secret for one device. */
export interface Grant extends Common {
  readonly rec: 'grant'
  readonly epoch: EpochId
  readonly ephemeral: Bytes
  readonly to: DeviceId
  readonly wrap: Bytes
}

export type KeyRecord = Rekey | Part | Grant

declare const verified: unique symbol
/** A record whose signature `verifyKeyRecord` has checked. */
export type Verified<Record extends KeyRecord> = Record & { readonly [verified]: true }
export type VerifiedKeyRecord = Verified<Rekey> | Verified<Part> | Verified<Grant>

export type KeyRecordError =
  | { readonly type: 'TooLarge' }
  | { readonly type: 'NotCanonical' }
  | { readonly type: 'UnknownRecord' }
  | { readonly type: 'BadField'; readonly field: string }

type Body = Readonly<Record<string, unknown>>
type Read<T> = (value: unknown) => T | null

const bytesOf =
  (length: number): Read<Bytes> =>
  (value) =>
    value instanceof Uint8Array && value.length === length ? value : null
const bytesUpTo =
  (low: number, high: number): Read<Bytes> =>
  (value) =>
    value instanceof Uint8Array && value.length >= low && value.length <= high ? value : null
const whole =
  (low: number, high: number): Read<number> =>
  (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= low && value <= high ? value : null
const device: Read<DeviceId> = (value) =>
  value instanceof Uint8Array && isAcceptablePoint(value) ? DeviceId.of(value) : null
const boxKey: Read<Bytes> = (value) => (value instanceof Uint8Array && isAcceptableBoxKey(value) ? value : null)
const epoch: Read<EpochId> = (value) => (value instanceof Uint8Array ? EpochId.of(value) : null)
const operation: Read<OperationId> = (value) => (value instanceof Uint8Array ? OperationId.of(value) : null)
const record: Read<KeyRecordId> = (value) => (value instanceof Uint8Array ? KeyRecordId.of(value) : null)
const space: Read<SpaceId> = (value) => (value instanceof Uint8Array ? SpaceId.of(value) : null)

/** `ordered`: ascending, none twice. */
const listOf =
  <T extends string>(low: number, high: number, read: Read<T>, ordered = true): Read<readonly T[]> =>
  (value) => {
    if (!Array.isArray(value) || value.length < low || value.length > high) return null
    const out: T[] = []
    for (const raw of value as readonly unknown[]) {
      const item = read(raw)
      const last = out[out.length - 1]
      if (item === null || (ordered && last !== undefined && last >= item)) return null
      out.push(item)
    }
    return out
  }

const COMMON: Readonly<Record<string, Read<unknown>>> = { space, device, time: whole(0, Number.MAX_SAFE_INTEGER) }
const KINDS: Readonly<Record<KeyRecord['rec'], Readonly<Record<string, Read<unknown>>>>> = {
  rekey: {
    epoch,
    ephemeral: boxKey,
    covers: listOf(1, MAX_COVERS, operation),
    parents: listOf(0, MAX_PARENTS, epoch),
    recipients: whole(1, MAX_RECIPIENTS),
    size: whole(0, MAX_PARTS * PART_BYTES),
    data: bytesUpTo(0, INLINE_BYTES),
    parts: listOf(0, MAX_PARTS, record, false),
    nonce: bytesOf(24),
    proof: bytesOf(32),
  },
  part: { data: bytesUpTo(1, PART_BYTES) },
  grant: { to: device, epoch, ephemeral: boxKey, wrap: bytesOf(WRAP_LENGTH) },
}

const isKind = (rec: unknown): rec is KeyRecord['rec'] => typeof rec === 'string' && Object.hasOwn(KINDS, rec)

const isBody = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)

/** Whether the lengths that a rekey states follow from each other. */
function isWellMade({ recipients, size, data, parts }: Rekey): boolean {
  const old = size - recipients * WRAP_LENGTH - 16
  if (old < 0 || old % SECRET_LENGTH !== 0 || old > MAX_OLD_SECRETS * SECRET_LENGTH) return false
  if (new Set(parts).size < parts.length) return false
  return size <= INLINE_BYTES
    ? data.length === size && parts.length === 0
    : data.length === 0 && parts.length === Math.ceil(size / PART_BYTES)
}

/** Shape only. Errors: `TooLarge`, `NotCanonical`, `UnknownRecord`, `BadField` with the field's name. */
export function decodeKeyRecord(crypto: Pick<Crypto, 'hash'>, signed: SignedRecord): Result<KeyRecord, KeyRecordError> {
  if (signed.body.length > MAX_BODY) return err({ type: 'TooLarge' })
  if (signed.signature.length !== 64) return err({ type: 'BadField', field: 'signature' })
  const value = decode(signed.body)
  if (!value.ok || !isBody(value.value)) return err({ type: 'NotCanonical' })
  const body = value.value
  const rec = body['rec']
  if (!isKind(rec)) return err({ type: 'UnknownRecord' })
  const readers = { ...COMMON, ...KINDS[rec] }
  if (body['v'] !== 1) return err({ type: 'BadField', field: 'v' })
  if (Object.keys(body).length !== Object.keys(readers).length + 2) return err({ type: 'BadField', field: 'fields' })
  const fields: Record<string, unknown> = { rec, record: signed }
  for (const [name, read] of Object.entries(readers)) {
    const item = read(body[name])
    if (item === null) return err({ type: 'BadField', field: name })
    fields[name] = item
  }
  fields['id'] = KeyRecordId.must(crypto.hash(KEYS_ID, signed.body))
  const made = fields as unknown as KeyRecord
  return made.rec === 'rekey' && !isWellMade(made) ? err({ type: 'BadField', field: 'size' }) : ok(made)
}

/** The record as verified when its signature holds; null otherwise. */
export async function verifyKeyRecord(
  crypto: Pick<Crypto, 'verify'>,
  record: KeyRecord,
): Promise<VerifiedKeyRecord | null> {
  const { body, signature } = record.record
  return (await crypto.verify(KEYS, idBytes(record.device), signature, body)) ? (record as VerifiedKeyRecord) : null
}
