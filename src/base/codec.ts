// Canonical CBOR (the DAG-CBOR profile: RFC 8949 core deterministic encoding, string keys ordered by length then bytes,
// no floats other than 64-bit, no undefined, no indefinite lengths). Owns the one encoder and decoder for everything that
// is signed, hashed, stored or sent. Decoding hostile bytes gives an error, never a throw.
import * as dagCbor from '@ipld/dag-cbor'
import { type Bytes, equal } from './bytes.ts'
import { err, ok, type Result } from './result.ts'

export type CodecError = { readonly type: 'NotCanonical' }

export type Encodable =
  null | boolean | number | string | Bytes | readonly Encodable[] | { readonly [key: string]: Encodable }

/** Canonical bytes. Throws on values outside `Encodable` (a bug of the caller). */
export function encode(value: Encodable): Bytes {
  // A plain array: the encoder may give Node's Buffer, whose slices share memory.
  return new Uint8Array(dagCbor.encode(value))
}

/** The value whose canonical encoding is exactly `bytes`. Nesting deeper than `MAX_DEPTH` and links (tags) are refused. */
export function decode(bytes: Bytes): Result<unknown, CodecError> {
  try {
    if (tooDeepOrTagged(bytes)) return err({ type: 'NotCanonical' })
    const value: unknown = dagCbor.decode(bytes)
    return equal(dagCbor.encode(value), bytes) ? ok(value) : err({ type: 'NotCanonical' })
  } catch {
    return err({ type: 'NotCanonical' })
  }
}

export const MAX_DEPTH = 16

/** One pass over the heads, without building anything: nesting is bounded before the recursive decoder sees the bytes. */
function tooDeepOrTagged(bytes: Bytes): boolean {
  const open: number[] = []
  let at = 0
  while (at < bytes.length) {
    const head = bytes[at++] ?? 0
    const major = head >> 5
    const info = head & 31
    if (info > 27 || major === 6) return true
    const size = info < 24 ? 0 : 1 << (info - 24)
    let argument = info < 24 ? info : 0
    for (let i = 0; i < size; i++) argument = argument * 256 + (bytes[at++] ?? 0)
    if (major === 2 || major === 3) at += argument
    if (major === 4 || major === 5) {
      const items = major === 4 ? argument : 2 * argument
      if (items > bytes.length) return true
      if (items > 0) {
        open.push(items)
        if (open.length > MAX_DEPTH) return true
        continue
      }
    }
    while (open.length > 0) {
      const left = (open.pop() ?? 0) - 1
      if (left > 0) {
        open.push(left)
        break
      }
    }
  }
  return false
}
