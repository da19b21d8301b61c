// PADMÉ padding: a padded length tells O(log log n) bits of the true one, and nothing below the floor of 512 bytes
// (rule CR-7; Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", PETS 2019). Never secret by itself: the
// result is sealed afterwards.
import type { Bytes } from '../base/bytes.ts'

const LENGTH_BYTES = 4
const MAX_LENGTH = 2 ** 32 - 1

/** The padded length for `length` bytes, at least `floor`; overhead at most 12 % above the floor. */
export function padme(length: number, floor = 512): number {
  if (length <= floor) return floor
  const exponent = Math.floor(Math.log2(length))
  const mantissaBits = Math.floor(Math.log2(exponent)) + 1
  const step = 2 ** Math.max(0, exponent - mantissaBits)
  return Math.ceil(length / step) * step
}

/** uint32(length, big-endian) || data || zeros, in all `padme(4 + length)` bytes. */
export function pad(data: Bytes, floor = 512): Bytes {
  if (data.length > MAX_LENGTH - LENGTH_BYTES) throw new Error('too long to pad')
  const out = new Uint8Array(padme(LENGTH_BYTES + data.length, floor))
  new DataView(out.buffer).setUint32(0, data.length)
  out.set(data, LENGTH_BYTES)
  return out
}

/** The data of `pad` with the same floor; null when the length is not the padded one or a filling byte is not zero. */
export function unpad(padded: Bytes, floor = 512): Bytes | null {
  if (padded.length < LENGTH_BYTES) return null
  const length = new DataView(padded.buffer, padded.byteOffset, LENGTH_BYTES).getUint32(0)
  if (padded.length !== padme(LENGTH_BYTES + length, floor)) return null
  for (let i = LENGTH_BYTES + length; i < padded.length; i++) if (padded[i] !== 0) return null
  return padded.slice(LENGTH_BYTES, LENGTH_BYTES + length)
}
