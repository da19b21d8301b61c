// Key records, `rekey` and `grant`: bytes to typed values and back (rules KE-1, KE-2). Decoding never throws on what it is
// given and never says whether a record is valid: that takes the membership graph (ring.ts).
import type { Bytes } from '../base/bytes.ts'
import { decode } from '../base/codec.ts'
import { DeviceId, EpochId, idBytes, KeyRecordId, OperationId, SpaceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import { type Crypto, isAcceptableBoxKey, isAcceptablePoint } from '../crypto/index.ts'
import type { SignedRecord } from '../membership/index.ts'
import { KEYS, KEYS_ID } from './labels.ts'

export const MAX_BODY = 1024 * 1024
export const MAX_WRAPS = 10_000
export const MAX_COVERS = 16
export const MAX_PARENTS = 16
export const SECRET_LENGTH = 32
export const WRAP_LENGTH = 48

export interface Wrap {
  readonly device: DeviceId
  /** 48 bytes. */
  readonly wrap: Bytes
}

interface Common {
  readonly space: SpaceId
  readonly device: DeviceId
  readonly time: number
  readonly epoch: EpochId
  /** An X25519 public key for this record only. */
  readonly ephemeral: Bytes
  readonly id: KeyRecordId
  readonly record: SignedRecord
}

/** A new epoch for exactly the active devices at `covers`. */
export interface Rekey extends Common {
  readonly rec: 'rekey'
  readonly covers: readonly OperationId[]
  readonly parents: readonly EpochId[]
  readonly wraps: readonly Wrap[]
  readonly nonce: Bytes
  readonly secrets: Bytes
}

/** One epoch's secret for one device. */
export interface Grant extends Common {
  readonly rec: 'grant'
  readonly to: DeviceId
  readonly wrap: Bytes
}

export type KeyRecord = Rekey | Grant

declare const verified: unique symbol
/** A record whose signature `verifyKeyRecord` has checked. */
export type VerifiedKeyRecord = KeyRecord & { readonly [verified]: true }

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
const device: Read<DeviceId> = (value) =>
  value instanceof Uint8Array && isAcceptablePoint(value) ? DeviceId.of(value) : null
const boxKey: Read<Bytes> = (value) => (value instanceof Uint8Array && isAcceptableBoxKey(value) ? value : null)
const epoch: Read<EpochId> = (value) => (value instanceof Uint8Array ? EpochId.of(value) : null)
const operation: Read<OperationId> = (value) => (value instanceof Uint8Array ? OperationId.of(value) : null)
const space: Read<SpaceId> = (value) => (value instanceof Uint8Array ? SpaceId.of(value) : null)
const time: Read<number> = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
const anyBytes: Read<Bytes> = (value) => (value instanceof Uint8Array ? value : null)

const wrapItem: Read<Wrap> = (value) => {
  if (!Array.isArray(value) || value.length !== 2) return null
  const [name, wrap] = [device(value[0]), bytesOf(WRAP_LENGTH)(value[1])]
  return name === null || wrap === null ? null : { device: name, wrap }
}

const listOf =
  <T>(low: number, high: number, read: Read<T>, key: (item: T) => string): Read<readonly T[]> =>
  (value) => {
    if (!Array.isArray(value) || value.length < low || value.length > high) return null
    const out: T[] = []
    for (const raw of value as readonly unknown[]) {
      const item = read(raw)
      const last = out[out.length - 1]
      if (item === null || (last !== undefined && key(last) >= key(item))) return null
      out.push(item)
    }
    return out
  }

const itself = (id: string) => id
const COMMON: Readonly<Record<string, Read<unknown>>> = { space, device, time, epoch, ephemeral: boxKey }
const KINDS: Readonly<Record<KeyRecord['rec'], Readonly<Record<string, Read<unknown>>>>> = {
  rekey: {
    covers: listOf(1, MAX_COVERS, operation, itself),
    parents: listOf(0, MAX_PARENTS, epoch, itself),
    wraps: listOf(1, MAX_WRAPS, wrapItem, (item) => item.device),
    nonce: bytesOf(24),
    secrets: anyBytes,
  },
  grant: { to: device, wrap: bytesOf(WRAP_LENGTH) },
}

const isBody = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)

/** Shape only. Errors: `TooLarge`, `NotCanonical`, `UnknownRecord`, `BadField` with the field's name. */
export function decodeKeyRecord(crypto: Pick<Crypto, 'hash'>, record: SignedRecord): Result<KeyRecord, KeyRecordError> {
  if (record.body.length > MAX_BODY) return err({ type: 'TooLarge' })
  if (record.signature.length !== 64) return err({ type: 'BadField', field: 'signature' })
  const value = decode(record.body)
  if (!value.ok || !isBody(value.value)) return err({ type: 'NotCanonical' })
  const body = value.value
  const rec = body['rec']
  if (rec !== 'rekey' && rec !== 'grant') return err({ type: 'UnknownRecord' })
  const readers = { ...COMMON, ...KINDS[rec] }
  if (body['v'] !== 1) return err({ type: 'BadField', field: 'v' })
  if (Object.keys(body).length !== Object.keys(readers).length + 2) return err({ type: 'BadField', field: 'fields' })
  const fields: Record<string, unknown> = { rec, record, id: KeyRecordId.must(crypto.hash(KEYS_ID, record.body)) }
  for (const [name, read] of Object.entries(readers)) {
    const item = read(body[name])
    if (item === null) return err({ type: 'BadField', field: name })
    fields[name] = item
  }
  return ok(fields as unknown as KeyRecord)
}

/** The record as verified when its signature holds; null otherwise. */
export async function verifyKeyRecord(
  crypto: Pick<Crypto, 'verify'>,
  record: KeyRecord,
): Promise<VerifiedKeyRecord | null> {
  const { body, signature } = record.record
  return (await crypto.verify(KEYS, idBytes(record.device), signature, body)) ? (record as VerifiedKeyRecord) : null
}
