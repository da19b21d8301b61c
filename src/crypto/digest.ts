// SHA-512 and HMAC-SHA-512 over tweetnacl, and H, KDF on top of them (rules CR-2, CR-3). Never hashes or derives without a
// framed label, but for `sha512Half`, which names entries by their whole bytes.
import nacl from 'tweetnacl'
import { type Bytes, concat } from '../base/bytes.ts'
import { frame } from './framing.ts'

const BLOCK = 128

/** The first 32 bytes of SHA-512, without label: for `entryId = H(outer)` only. */
export function sha512Half(bytes: Bytes): Bytes {
  return nacl.hash(bytes).slice(0, 32)
}

/** H: 32 bytes. */
export function hash(label: string, ...parts: readonly Bytes[]): Bytes {
  return sha512Half(frame(label, ...parts))
}

/** HMAC-SHA-512 (RFC 2104, RFC 4231): 64 bytes. */
export function hmacSha512(key: Bytes, message: Bytes): Bytes {
  const block = new Uint8Array(BLOCK)
  block.set(key.length > BLOCK ? nacl.hash(key) : key)
  const inner = nacl.hash(
    concat(
      block.map((byte) => byte ^ 0x36),
      message,
    ),
  )
  return nacl.hash(
    concat(
      block.map((byte) => byte ^ 0x5c),
      inner,
    ),
  )
}

/** 64 bytes. The key has at least 16 bytes of entropy and, per label, one length (HMAC fills short keys with zeros). */
export function kdf(key: Bytes, label: string, ...info: readonly Bytes[]): Bytes {
  return hmacSha512(key, frame(label, ...info))
}
