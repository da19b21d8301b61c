// What the payloads of `op`, `keys` and `changes` (form 0) look like: arrays of signed records and of raw changes. Owns their
// packing below the limit of one entry and their unpacking; says nothing of what a record or a change means (EN-9).
import type { Bytes } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import { err, ok, type Result } from '../base/result.ts'
import { MAX_CHANGES, MAX_PAYLOAD_BYTES } from './limits.ts'

/** A signed body that stands on its own, whoever carries it. The signature is 64 bytes. */
export interface SignedRecord {
  readonly body: Bytes
  readonly signature: Bytes
}

export type PayloadError = { readonly type: 'BadPayload' }

/** Array head, two byte-string heads, signature. */
const RECORD_OVERHEAD = 1 + 5 + 2 + 64

/** Payloads, each below the limit, with the records in their order. Throws on a record that fits none. */
export function packRecords(records: readonly SignedRecord[]): Bytes[] {
  const payloads: Bytes[] = []
  let batch: Bytes[][] = []
  let size = 5
  const flush = () => {
    if (batch.length > 0) payloads.push(encode(batch))
    batch = []
    size = 5
  }
  for (const { body, signature } of records) {
    const more = body.length + RECORD_OVERHEAD
    if (more + 5 > MAX_PAYLOAD_BYTES) throw new Error('a record too large for one entry')
    if (size + more > MAX_PAYLOAD_BYTES) flush()
    batch.push([body, signature])
    size += more
  }
  flush()
  return payloads
}

function readRecord(item: unknown): SignedRecord | null {
  if (!Array.isArray(item) || item.length !== 2) return null
  const [body, signature] = item as readonly unknown[]
  if (!(body instanceof Uint8Array) || body.length === 0) return null
  return signature instanceof Uint8Array && signature.length === 64 ? { body, signature } : null
}

/** The records of a payload: at least one. Their signatures are not checked here. */
export function unpackRecords(payload: Bytes): Result<readonly SignedRecord[], PayloadError> {
  const items = decode(payload)
  if (!items.ok || !Array.isArray(items.value) || items.value.length === 0) return err({ type: 'BadPayload' })
  const records = (items.value as readonly unknown[]).map(readRecord)
  return records.every((record) => record !== null) ? ok(records) : err({ type: 'BadPayload' })
}

/** The payload of form 0. */
export const packChanges = (changes: readonly Bytes[]): Bytes => encode(changes)

/** The changes of a payload of form 0: 1 to `MAX_CHANGES`. What they hold is the guard's to judge. */
export function unpackChanges(payload: Bytes): Result<readonly Bytes[], PayloadError> {
  const items = decode(payload)
  if (!items.ok || !Array.isArray(items.value)) return err({ type: 'BadPayload' })
  const changes = items.value as readonly unknown[]
  if (changes.length === 0 || changes.length > MAX_CHANGES) return err({ type: 'BadPayload' })
  return changes.every((change) => change instanceof Uint8Array) ? ok(changes) : err({ type: 'BadPayload' })
}
