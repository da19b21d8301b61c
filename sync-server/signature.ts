// Verifies the Ed25519 signatures that open channels. Stricter than any one library (protocol suite 1): S below the group
// order, A and R canonical and not of small order. Never throws, whatever the bytes. Rule CH-3.
import { createPublicKey, verify } from 'node:crypto'
import { type Bytes, toHex } from '../src/base/bytes.ts'

const P = (1n << 255n) - 19n
const L = (1n << 252n) + 27742317777372353535851937790883648493n

/** The y coordinates of the eight points of small order, canonical: 1, -1, 0 and the two of order 8. */
const SMALL_ORDER: ReadonlySet<bigint> = new Set([
  1n,
  P - 1n,
  0n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
])

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** Whether `bytes` (32) encode a canonical point that is not of small order. On the curve or not is left to the library. */
export function isStrictPoint(bytes: Bytes): boolean {
  if (bytes.length !== 32) return false
  const y = littleEndian(bytes) & ((1n << 255n) - 1n)
  return y < P && !SMALL_ORDER.has(y)
}

/** Whether `signature` (64 bytes) has its canonical form: R a strict point, S below the group order. */
export function isStrictSignature(signature: Bytes): boolean {
  return signature.length === 64 && isStrictPoint(signature.subarray(0, 32)) && littleEndian(signature.subarray(32)) < L
}

/** Whether `signature` is `publicKey`'s over `message`. */
export function verifyStrict(publicKey: Bytes, message: Bytes, signature: Bytes): boolean {
  if (!isStrictPoint(publicKey) || !isStrictSignature(signature)) return false
  try {
    const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
    return verify(null, message, key, signature)
  } catch {
    return false
  }
}

function littleEndian(bytes: Bytes): bigint {
  return BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`)
}
