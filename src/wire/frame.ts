// What a WebSocket frame may look like before the general CBOR decoder sees it: that decoder is not ours, believes the lengths it is
// told, and takes a minute of a processor for one long number. Looks at heads only, builds nothing, never throws. Rule CH-1.
import type { Bytes } from '../base/bytes.ts'
import { MAX_MESSAGE_BYTES } from './limits.ts'

/** Bytes of one WebSocket message: one of ours and its envelope. */
export const MAX_FRAME_BYTES = MAX_MESSAGE_BYTES + 1_024

const MOST_ITEMS = 64
const MOST_DEPTH = 4

/** What a socket gave, as bytes that may be decoded; null for anything else, a text frame among it. A view of `data`. */
export function modestFrame(data: unknown): Bytes | null {
  const bytes =
    data instanceof ArrayBuffer
      ? new Uint8Array(data)
      : data instanceof Uint8Array
        ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
        : null
  return bytes !== null && bytes.length > 0 && bytes.length <= MAX_FRAME_BYTES && isModest(bytes) ? bytes : null
}

/** Whether the CBOR is one small, shallow item without tags or indefinite lengths, all of whose lengths are true. */
export function isModest(bytes: Bytes): boolean {
  const open: number[] = [1]
  let at = 0
  for (let items = 0; open.length > 0; items++) {
    const head = bytes[at++]
    if (head === undefined || items > MOST_ITEMS) return false
    const major = head >> 5
    const info = head & 31
    if (info > 27 || major === 6) return false
    const size = info < 24 ? 0 : 1 << (info - 24)
    let argument = info
    if (size > 0) argument = 0
    for (let i = 0; i < size; i++) argument = argument * 256 + (bytes[at++] ?? Number.NaN)
    if (Number.isNaN(argument)) return false
    if (major === 2 || major === 3) at += argument
    if (at > bytes.length) return false
    open[open.length - 1] = (open[open.length - 1] ?? 0) - 1
    if (major === 4 || major === 5) open.push(major === 4 ? argument : 2 * argument)
    while (open[open.length - 1] === 0) open.pop()
    if (open.length > MOST_DEPTH) return false
  }
  return at === bytes.length
}
