// The few messages that make up nearly all of a relay's work, read and written by hand instead of by the general codecs. Each
// function gives exactly what the general one would (test/relay/swift.test.ts holds them to it) or null: then that one decides.
import type { Bytes } from '../src/base/bytes.ts'
import { MAX_ENTRY_BYTES, MAX_IDS, MAX_MESSAGE_BYTES } from '../src/wire/limits.ts'
import type { MessageOf } from '../src/wire/messages.ts'

const ascii = (text: string): Bytes => new Uint8Array(Buffer.from(text, 'latin1'))

/** A text's head and letters, as CBOR has them. */
const text = (value: string): Bytes => ascii(String.fromCharCode(0x60 | value.length) + value)

const T_PUT = new Uint8Array([...text('t'), ...text('put')])
const T_ACK = new Uint8Array([...text('t'), ...text('ack')])
const CH = new Uint8Array([...text('ch'), 0x58, 32])
const ENTRIES = text('entries')
const IDS = text('ids')
const N = text('n')
const MAP = 0xa0

function startsAt(bytes: Bytes, at: number, expected: Bytes): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false
  return true
}

/** Reads CBOR heads one after the other. */
class Heads {
  at = 0
  /** Of the head read last. */
  value = 0

  constructor(readonly bytes: Bytes) {}

  /** Reads a head of `major` with an argument below 2^32 into `value`; false when there is none. `shortest`: in no more bytes than needed. */
  read(major: number, shortest: boolean): boolean {
    const { bytes } = this
    const head = bytes[this.at++]
    if (head === undefined || head >> 5 !== major) return false
    const info = head & 31
    if (info < 24) {
      this.value = info
      return true
    }
    const size = info === 24 ? 1 : info === 25 ? 2 : info === 26 ? 4 : 0
    if (size === 0 || this.at + size > bytes.length) return false
    let value = 0
    for (let i = 0; i < size; i++) value = value * 256 + (bytes[this.at++] ?? 0)
    this.value = value
    return !shortest || value >= (size === 1 ? 24 : size === 2 ? 0x100 : 0x10000)
  }

  /** The next `value` bytes, as a view; null beyond the end. */
  take(): Bytes | null {
    const { bytes, value } = this
    if (this.at + value > bytes.length) return null
    const out = new Uint8Array(bytes.buffer, bytes.byteOffset + this.at, value)
    this.at += value
    return out
  }
}

export interface TelarFrame {
  readonly type: 'telar'
  readonly senderId: string
  /** A view of the frame. */
  readonly data: Bytes
}

/** A `telar` frame of at most four plain fields. */
export function swiftFrame(frame: Bytes): TelarFrame | null {
  const heads = new Heads(frame)
  if (!heads.read(5, false) || heads.value > 4) return null
  let senderId: string | null = null
  let data: Bytes | null = null
  let isTelar = false
  const seen = { type: false, senderId: false, targetId: false, data: false }
  for (let left = heads.value; left > 0; left--) {
    const key = heads.read(3, false) ? heads.take() : null
    const name = key === null ? '' : latin1(key)
    if (!isField(name) || seen[name]) return null
    seen[name] = true
    if (!heads.read(name === 'data' ? 2 : 3, false)) return null
    const value = heads.take()
    if (value === null) return null
    if (name === 'type') isTelar = latin1(value) === 'telar'
    else if (name === 'senderId') senderId = peerId(value)
    else if (name === 'data') data = value
    else if (peerId(value) === null) return null
  }
  if (!isTelar || senderId === null || data === null || data.length === 0 || heads.at !== frame.length) return null
  return { type: 'telar', senderId, data }
}

const isField = (name: string): name is 'type' | 'senderId' | 'targetId' | 'data' =>
  name === 'type' || name === 'senderId' || name === 'targetId' || name === 'data'

/** 1 to 64 printable ASCII characters. */
function peerId(bytes: Bytes): string | null {
  if (bytes.length < 1 || bytes.length > 64) return null
  for (const byte of bytes) if (byte < 0x21 || byte > 0x7e) return null
  return latin1(bytes)
}

/** One character for each byte: a key for maps. */
export const latin1 = (bytes: Bytes): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')

/** A canonical `put` without `n`; channel and entries are views of `data`. */
export function swiftPut(data: Bytes): MessageOf<'put'> | null {
  if (data.length > MAX_MESSAGE_BYTES || data[0] !== (MAP | 3) || !startsAt(data, 1, T_PUT)) return null
  const heads = new Heads(data)
  heads.at = 1 + T_PUT.length
  if (!startsAt(data, heads.at, CH)) return null
  heads.at += CH.length
  heads.value = 32
  const ch = heads.take()
  if (ch === null || !startsAt(data, heads.at, ENTRIES)) return null
  heads.at += ENTRIES.length
  if (!heads.read(4, true) || heads.value < 1 || heads.value > MAX_IDS) return null
  const entries: Bytes[] = []
  for (let left = heads.value; left > 0; left--) {
    if (!heads.read(2, true) || heads.value < 1 || heads.value > MAX_ENTRY_BYTES) return null
    const entry = heads.take()
    if (entry === null) return null
    entries.push(entry)
  }
  return heads.at === data.length ? { t: 'put', ch, entries } : null
}

/** `encodeMessage` of a `put` with `n`. */
export const encodePut = (ch: Bytes, entries: readonly Bytes[], n: number): Bytes =>
  encoded(T_PUT, ch, ENTRIES, entries, n)

/** `encodeMessage` of an `ack`. */
export const encodeAck = (ch: Bytes, ids: readonly Bytes[], n: number | undefined): Bytes =>
  encoded(T_ACK, ch, IDS, ids, n)

function encoded(t: Bytes, ch: Bytes, key: Bytes, items: readonly Bytes[], n: number | undefined): Bytes {
  let size = 1 + t.length + CH.length + 32 + key.length + headSize(items.length)
  if (n !== undefined) size += N.length + headSize(n)
  for (const item of items) size += headSize(item.length) + item.length
  const out = new Uint8Array(size)
  out[0] = MAP | (n === undefined ? 3 : 4)
  let at = 1
  if (n !== undefined) {
    out.set(N, at)
    at = writeHead(out, at + N.length, 0, n)
  }
  out.set(t, at)
  out.set(CH, (at += t.length))
  out.set(ch, (at += CH.length))
  out.set(key, (at += 32))
  at = writeHead(out, at + key.length, 4, items.length)
  for (const item of items) {
    at = writeHead(out, at, 2, item.length)
    out.set(item, at)
    at += item.length
  }
  return out
}

export const headSize = (value: number): number =>
  value < 24 ? 1 : value < 0x100 ? 2 : value < 0x10000 ? 3 : value < 0x100000000 ? 5 : 9

/** Writes a CBOR head, as short as can be; gives the place behind it. */
export function writeHead(out: Bytes, at: number, major: number, value: number): number {
  const size = headSize(value)
  out[at] = (major << 5) | (size === 1 ? value : size === 2 ? 24 : size === 3 ? 25 : size === 5 ? 26 : 27)
  let rest = value
  for (let i = size - 1; i > 0; i--) {
    out[at + i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return at + size
}
