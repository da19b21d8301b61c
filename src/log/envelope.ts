// The outer form: version, nonce, commitment and box. Owns the bytes that travel and are kept, and what it costs to open
// them; knows nothing of what is inside. Implements EN-1, EN-2 and EN-3. Never throws on bytes from outside.
import { type Bytes, concat, equal } from '../base/bytes.ts'
import { EntryId, type EpochId } from '../base/ids.ts'
import { type Crypto, pad, padme, sha512Half, unpad } from '../crypto/index.ts'
import { ENVELOPE_OVERHEAD, MAX_OUTER_BYTES } from './limits.ts'

const VERSION = 1
const NONCE_END = 1 + 24
const HEAD = NONCE_END + 32

/** EN-2: the first 32 bytes of SHA-512 over the whole outer form. */
export const entryId = (outer: Bytes): EntryId => EntryId.must(sha512Half(outer))

/** Bytes of the outer form around a plaintext of `length` bytes. */
export const outerLength = (length: number): number => ENVELOPE_OVERHEAD + padme(4 + length)

/** EN-1: the box key K and the commitment C, 32 bytes each. */
function derive(crypto: Crypto, secret: Bytes, label: string, nonce: Bytes): { key: Bytes; commitment: Bytes } {
  const both = crypto.kdf(secret, label, nonce)
  return { key: both.slice(0, 32), commitment: both.slice(32, 64) }
}

/** The outer form of `plaintext` under `secret` (32 bytes). Throws above `MAX_OUTER_BYTES`: ask `outerLength` before. */
export function sealEnvelope(crypto: Crypto, secret: Bytes, label: string, plaintext: Bytes): Bytes {
  if (outerLength(plaintext.length) > MAX_OUTER_BYTES) throw new Error('a plaintext too large for one envelope')
  const nonce = crypto.random.bytes(24)
  const { key, commitment } = derive(crypto, secret, label, nonce)
  return concat(Uint8Array.of(VERSION), nonce, commitment, crypto.seal(key, nonce, pad(plaintext)))
}

export type OuterFault = 'TooLarge' | 'Malformed' | 'NewerVersion'

/** What is wrong with an outer form before any secret is tried; null when nothing is. */
export function outerFault(outer: Bytes): OuterFault | null {
  if (outer.length > MAX_OUTER_BYTES) return 'TooLarge'
  if (outer.length === 0 || outer[0] === 0) return 'Malformed'
  if (outer[0] !== VERSION) return 'NewerVersion'
  return outer.length < HEAD + 16 ? 'Malformed' : null
}

/** The box key when `secret` is the one the form commits to (EN-1, compared in constant time), otherwise null. */
function keyFor(crypto: Crypto, secret: Bytes, label: string, outer: Bytes): Bytes | null {
  const { key, commitment } = derive(crypto, secret, label, outer.slice(1, NONCE_END))
  return equal(commitment, outer.subarray(NONCE_END, HEAD)) ? key : null
}

function openBox(crypto: Crypto, key: Bytes, outer: Bytes): Bytes | null {
  const padded = crypto.open(key, outer.slice(1, NONCE_END), outer.slice(HEAD))
  return padded === null ? null : unpad(padded)
}

/** The plaintext; null when the form, the commitment, the box or the padding is wrong. */
export function openEnvelope(crypto: Crypto, secret: Bytes, label: string, outer: Bytes): Bytes | null {
  if (outerFault(outer) !== null) return null
  const key = keyFor(crypto, secret, label, outer)
  return key === null ? null : openBox(crypto, key, outer)
}

/** The same with the secret still to be found. `outer` has no fault; the newest secret is tried first. */
export function openWithAny(
  crypto: Crypto,
  secrets: ReadonlyMap<EpochId, Bytes>,
  label: string,
  outer: Bytes,
): { readonly epoch: EpochId; readonly plaintext: Bytes | null } | null {
  for (const [epoch, secret] of [...secrets].reverse()) {
    const key = keyFor(crypto, secret, label, outer)
    if (key !== null) return { epoch, plaintext: openBox(crypto, key, outer) }
  }
  return null
}
