// A bundle: the messages of a channel written to a file, to be carried by hand (docs/spec/bundles.md). Owns the form of the file, its
// writer and its reader; what is in a record is sealed by whoever writes. Never throws on bytes from outside, and never says more of a
// space than the size of the file.
import { type Bytes, concat, uint64, utf8 } from '../base/bytes.ts'
import { err, ok, type Result } from '../base/result.ts'
import { decodeMessage, encodeMessage, type Message } from '../wire/messages.ts'

/** `lead`: the way to the keys, for every member. `body`: the rest, for those who have the newest keys. */
export type Part = 'lead' | 'body'

export interface BundleHead {
  /** 32 random bytes, fresh for each file; stands in the place of a channel in its messages. */
  readonly nonce: Bytes
  /** 16 bytes by which members recognise the space. */
  readonly tag: Bytes
  /** 32 bytes that commit to the key of the body. */
  readonly commitment: Bytes
}

export interface SealedRecord {
  readonly part: Part
  /** Place in the file, from 0: no record can be moved to another. */
  readonly index: number
  readonly sealed: Bytes
}

export type RecordContent =
  { readonly type: 'message'; readonly message: Message } | { readonly type: 'statement'; readonly bytes: Bytes }

export type BundleFault = 'not-a-bundle' | 'newer-version' | 'damaged'

const MAGIC = utf8('TELARBND')
const VERSION = 1
const NONCE_AT = MAGIC.length + 1
const TAG_AT = NONCE_AT + 32
const COMMITMENT_AT = TAG_AT + 16
const HEAD = COMMITMENT_AT + 32
/** Part and length before each record. */
const PREFIX = 1 + 4
const PARTS: readonly Part[] = ['lead', 'body']
const KINDS = ['message', 'statement'] as const

/** Bytes of one sealed record: the statement of half a million entries, padded. */
export const MAX_RECORD_BYTES = 5 * 1024 * 1024

/** The nonce of a record's box, 24 bytes: its place in the file, under a key that no other file has. */
export const recordNonce = (index: number): Bytes => concat(new Uint8Array(16), uint64(index))

/** What a record says, before it is sealed. */
export function encodeRecord(content: RecordContent): Bytes {
  const bytes = content.type === 'message' ? encodeMessage(content.message) : content.bytes
  return concat(Uint8Array.of(KINDS.indexOf(content.type)), bytes)
}

/** null for what is none. */
export function decodeRecord(plaintext: Bytes): RecordContent | null {
  const type = KINDS[plaintext[0] ?? KINDS.length]
  if (type === 'statement') return { type, bytes: plaintext.slice(1) }
  const message = type === 'message' ? decodeMessage(plaintext.slice(1)) : null
  return message?.ok === true ? { type: 'message', message: message.value } : null
}

/** Writes records one after the other; the lead first. */
export class BundleWriter {
  readonly #pieces: Bytes[] = []
  #index = 0

  constructor(
    head: BundleHead,
    private readonly seal: (part: Part, index: number, plaintext: Bytes) => Bytes,
  ) {
    this.#pieces.push(MAGIC, Uint8Array.of(VERSION), head.nonce, head.tag, head.commitment)
  }

  add(part: Part, content: RecordContent): void {
    const sealed = this.seal(part, this.#index++, encodeRecord(content))
    const prefix = new Uint8Array(PREFIX)
    prefix[0] = PARTS.indexOf(part)
    new DataView(prefix.buffer).setUint32(1, sealed.length)
    this.#pieces.push(prefix, sealed)
  }

  file(): Bytes {
    return concat(...this.#pieces)
  }
}

/** The head of a hostile file. */
export function readBundleHead(file: Bytes): Result<BundleHead, BundleFault> {
  if (file.length < NONCE_AT || !MAGIC.every((byte, i) => file[i] === byte)) return err('not-a-bundle')
  const version = file[MAGIC.length] ?? 0
  if (version !== VERSION) return err(version > VERSION ? 'newer-version' : 'damaged')
  if (file.length < HEAD) return err('damaged')
  return ok({
    nonce: file.slice(NONCE_AT, TAG_AT),
    tag: file.slice(TAG_AT, COMMITMENT_AT),
    commitment: file.slice(COMMITMENT_AT, HEAD),
  })
}

/** The whole records of a file whose head was read, up to where it was cut or makes no sense. */
export function* bundleRecords(file: Bytes): Generator<SealedRecord> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  let index = 0
  for (let at = HEAD; at + PREFIX <= file.length; index++) {
    const part = PARTS[file[at] ?? PARTS.length]
    const length = view.getUint32(at + 1)
    const end = at + PREFIX + length
    if (part === undefined || length > MAX_RECORD_BYTES || end > file.length) return
    yield { part, index, sealed: file.slice(at + PREFIX, end) }
    at = end
  }
}
