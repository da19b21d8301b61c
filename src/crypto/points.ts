// The strict checks made before either backend sees a key or a signature, so that tweetnacl and WebCrypto give the same
// verdict (rules CR-4, CR-5). Works on public values only, so it need not be constant-time; never does curve arithmetic.
import { type Bytes, fromHex } from '../base/bytes.ts'

const known = (hex: string): Bytes => {
  const bytes = fromHex(hex)
  if (bytes === null) throw new Error('a constant that is not hex')
  return bytes
}

/** p = 2^255 - 19 and the order L of the prime subgroup, little-endian (RFC 8032, section 5.1). */
const P = known('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f')
const L = known('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010')

const ZERO = known('00'.repeat(32))
const ONE = known('01' + '00'.repeat(31))
const MINUS_ONE = known('ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f')

/** The y coordinates of the eight points of small order on edwards25519 (the sign bit is masked before comparing). */
const SMALL_ORDER_Y = [
  ZERO,
  ONE,
  MINUS_ONE,
  known('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
  known('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
]

/** The u coordinates of small order on curve25519 and its twist. */
const LOW_ORDER_U = [
  ZERO,
  ONE,
  MINUS_ONE,
  known('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'),
  known('5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'),
]

/** a < b as little-endian numbers of 32 bytes. */
function below(a: Bytes, b: Bytes): boolean {
  for (let i = 31; i >= 0; i--) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

const isOneOf = (value: Bytes, list: readonly Bytes[]) =>
  list.some((item) => item.every((byte, i) => byte === value[i]))

/** A canonical encoding of 32 bytes whose point is not of small order. Says nothing about being on the curve. */
export function isAcceptablePoint(encoded: Bytes): boolean {
  if (encoded.length !== 32) return false
  const y = encoded.slice()
  y[31] = (y[31] ?? 0) & 0x7f
  return below(y, P) && !isOneOf(y, SMALL_ORDER_Y)
}

/** 64 bytes R || S with an acceptable R and S < L. */
export function isAcceptableSignature(signature: Bytes): boolean {
  return signature.length === 64 && isAcceptablePoint(signature.subarray(0, 32)) && below(signature.subarray(32), L)
}

/** A canonical X25519 public key (high bit clear, u < p) that is not of low order. */
export function isAcceptableBoxKey(publicKey: Bytes): boolean {
  return publicKey.length === 32 && below(publicKey, P) && !isOneOf(publicKey, LOW_ORDER_U)
}
