// The one unambiguous way to put a label and byte strings in a row before hashing, deriving or signing: each is preceded
// by its length as a big-endian uint64 (rule CR-1). Never joins byte strings without their lengths.
import { type Bytes, concat, uint64, utf8 } from '../base/bytes.ts'

const PREFIX = 'telar/'
const PREFIX_BYTES = utf8(PREFIX)
const MAX_LABEL = 64

/** uint64(length) || label || (uint64(length) || part)*. Throws on a label outside `telar/`: a bug of the caller. */
export function frame(label: string, ...parts: readonly Bytes[]): Bytes {
  if (!label.startsWith(PREFIX) || label.length > MAX_LABEL) throw new Error(`not a label of this protocol: ${label}`)
  return concat(...[utf8(label), ...parts].flatMap((part) => [uint64(part.length), part]))
}

/** Whether the bytes begin with a framed label `telar/...`: what `signRaw` asks before it signs bytes framed elsewhere. */
export function beginsWithLabel(bytes: Bytes): boolean {
  if (bytes.length < 8 + PREFIX_BYTES.length) return false
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0))
  if (length <= PREFIX_BYTES.length || length > MAX_LABEL || bytes.length < 8 + length) return false
  return PREFIX_BYTES.every((byte, i) => bytes[8 + i] === byte)
}
