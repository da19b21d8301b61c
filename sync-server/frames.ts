// The envelope around our messages: automerge-repo's adapter messages in (not canonical) CBOR. Owns their validation, so
// that nothing hostile reaches the stock adapter or its decoder, and the envelope of what we send. Rule CH-1.
import { cbor } from '@automerge/automerge-repo/slim'
import * as v from 'valibot'
import { type Bytes, concat, utf8 } from '../src/base/bytes.ts'
import { MAX_MESSAGE_BYTES } from '../src/wire/limits.ts'

/** Bytes of one WebSocket message: one of ours and its envelope. */
export const MAX_FRAME_BYTES = MAX_MESSAGE_BYTES + 1_024

const peerId = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,64}$/))

const frame = v.variant('type', [
  v.object({
    type: v.literal('join'),
    senderId: peerId,
    peerMetadata: v.optional(v.record(v.string(), v.unknown())),
    supportedProtocolVersions: v.optional(v.pipe(v.array(v.string()), v.maxLength(8))),
  }),
  v.object({
    type: v.literal('telar'),
    senderId: peerId,
    data: v.custom<Bytes>((value) => value instanceof Uint8Array && value.length > 0),
  }),
  /** What automerge-repo's own client says when it goes; the socket's end says the same. */
  v.object({ type: v.literal('leave'), senderId: peerId }),
])
export type Frame = v.InferOutput<typeof frame>

/** The frame in hostile `bytes`; null when it is none. */
export function readFrame(bytes: Bytes): Frame | null {
  if (bytes.length === 0 || bytes.length > MAX_FRAME_BYTES || !isModest(bytes)) return null
  try {
    const parsed = v.safeParse(frame, cbor.decode(bytes))
    return parsed.success ? parsed.output : null
  } catch {
    return null
  }
}

const MOST_ITEMS = 64
const MOST_DEPTH = 4

/**
 * Whether the CBOR is one small, shallow item without tags or indefinite lengths, all of whose lengths are true. Looks at
 * heads only: the decoder behind would allocate what a head claims, and recurse as deep as it is led.
 */
function isModest(bytes: Bytes): boolean {
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

/** The part of the envelope that is the same for every message from `senderId` to `targetId`. */
export function envelopeHead(senderId: string, targetId: string): Bytes {
  const texts = ['type', 'telar', 'senderId', senderId, 'targetId', targetId, 'data']
  return concat(Uint8Array.of(0xa4), ...texts.map((text) => concat(head(3, utf8(text).length), utf8(text))))
}

/** The whole frame. */
export const enclose = (envelope: Bytes, data: Bytes): Bytes => concat(envelope, head(2, data.length), data)

function head(major: number, length: number): Bytes {
  if (length < 24) return Uint8Array.of((major << 5) | length)
  if (length < 0x100) return Uint8Array.of((major << 5) | 24, length)
  if (length < 0x10000) return Uint8Array.of((major << 5) | 25, length >> 8, length & 255)
  return Uint8Array.of((major << 5) | 26, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255)
}
