// The envelope around our messages: automerge-repo's adapter messages in (not canonical) CBOR. Owns their validation, so
// that nothing hostile reaches the stock adapter or its decoder, and the envelope of what we send. Rule CH-1.
import { cbor } from '@automerge/automerge-repo/slim'
import * as v from 'valibot'
import { type Bytes, concat, utf8 } from '../src/base/bytes.ts'
import { isModest, MAX_FRAME_BYTES } from '../src/wire/frame.ts'
import { headSize, swiftFrame, writeHead } from './swift.ts'

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

/** The frame in hostile `bytes`; null when it is none. What it holds may be a view of them. */
export function readFrame(bytes: Bytes): Frame | null {
  if (bytes.length > MAX_FRAME_BYTES) return null
  return swiftFrame(bytes) ?? slowFrame(bytes)
}

/** The same by the general decoder: whatever was not read by hand. */
export function slowFrame(bytes: Bytes): Frame | null {
  if (bytes.length === 0 || bytes.length > MAX_FRAME_BYTES || !isModest(bytes)) return null
  try {
    const parsed = v.safeParse(frame, cbor.decode(bytes))
    return parsed.success ? parsed.output : null
  } catch {
    return null
  }
}

/** The part of the envelope that is the same for every message from `senderId` to `targetId`. */
export function envelopeHead(senderId: string, targetId: string): Bytes {
  const texts = ['type', 'telar', 'senderId', senderId, 'targetId', targetId, 'data']
  return concat(Uint8Array.of(0xa4), ...texts.map((text) => concat(head(3, utf8(text).length), utf8(text))))
}

/** Up to so many bytes a message is copied into each frame; larger ones are shared. */
const COPY_BELOW = 4_096

/**
 * `data` in its envelope as one binary WebSocket message of a server (RFC 6455, 5.2: final, not masked): one piece, or its head and
 * `data` itself. Written out here because everybody who listens gets the same bytes but for the envelope.
 */
export function socketFrame(envelope: Bytes, data: Bytes): readonly [Bytes] | readonly [Bytes, Bytes] {
  const length = envelope.length + headSize(data.length) + data.length
  const shared = data.length > COPY_BELOW
  const head = length < 126 ? 2 : length < 0x10000 ? 4 : 10
  const out = Buffer.allocUnsafe(head + length - (shared ? data.length : 0))
  out[0] = 0x82
  if (head === 2) out[1] = length
  else if (head === 4) {
    out[1] = 126
    out.writeUInt16BE(length, 2)
  } else {
    out[1] = 127
    out.writeUInt32BE(0, 2)
    out.writeUInt32BE(length, 6)
  }
  out.set(envelope, head)
  const at = writeHead(out, head + envelope.length, 2, data.length)
  if (shared) return [out, data]
  out.set(data, at)
  return [out]
}

function head(major: number, length: number): Bytes {
  const out = new Uint8Array(headSize(length))
  writeHead(out, 0, major, length)
  return out
}
