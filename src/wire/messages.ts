// What two parties of a channel say to each other, whatever carries it: one canonical CBOR map per message, told apart by
// `t`. Owns the shapes and their validation; decides nothing. Specified in docs/spec/channels.md (CH rules).
import * as v from 'valibot'
import { decode, encode } from '../base/codec.ts'
import type { Bytes } from '../base/bytes.ts'
import { err, ok, type Result } from '../base/result.ts'
import {
  MAX_ENTRY_BYTES,
  MAX_IDS,
  MAX_MESSAGE_BYTES,
  MAX_OPEN_CHANNELS,
  MAX_RANGES,
  MAX_TOKEN_LENGTH,
  MAX_WHISPER_BYTES,
} from './limits.ts'

const bytes = (length: number) =>
  v.custom<Bytes>((value) => value instanceof Uint8Array && value.length === length, `${length} bytes`)
const bytesUpTo = (max: number) =>
  v.custom<Bytes>((value) => value instanceof Uint8Array && value.length >= 1 && value.length <= max, `1-${max} bytes`)
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const id = bytes(32)
const ids = v.pipe(v.array(id), v.minLength(1), v.maxLength(MAX_IDS))

/** Why a party refuses. Words for people are the app's business. */
export const ERROR_CODES = [
  'bad-message', // could not be decoded, or is out of order
  'bad-proof', // the channel signature does not verify
  'wrong-origin', // signed for an address this relay does not call its own
  'unknown-channel', // not open on this connection
  'token-required', // creating a channel needs the operator's token
  'quota', // the channel or the relay is full
  'too-large', // an entry or message above the limit
  'rate', // too much at once: wait `after` ms
  'busy', // cannot now: wait `after` ms
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

/** One range of the id space, from the previous range's end (or zero) up to `end` exclusive (null: the top). */
const range = v.variant('m', [
  v.strictObject({ m: v.literal('skip'), end: v.nullable(id) }),
  v.strictObject({ m: v.literal('fp'), end: v.nullable(id), fp: bytes(16) }),
  v.strictObject({ m: v.literal('ids'), end: v.nullable(id), ids: v.pipe(v.array(id), v.maxLength(MAX_IDS)) }),
])
export type Range = v.InferOutput<typeof range>

const message = v.variant('t', [
  /** The listening party's first word. `nonce` is fresh for this connection. */
  v.strictObject({ t: v.literal('hello'), v: v.literal(1), nonce: bytes(32) }),
  /** Between two devices: what each of the sender's channels is called on this connection alone, among made-up names (`offerContext`). */
  v.strictObject({
    t: v.literal('offer'),
    tags: v.pipe(v.array(id), v.minLength(1), v.maxLength(MAX_OPEN_CHANNELS)),
  }),
  /** Opens a channel: `sig` over `openProof(...)` by the channel key. `token` only where a channel may have to be created. */
  v.strictObject({
    t: v.literal('open'),
    ch: id,
    nonce: bytes(32),
    sig: bytes(64),
    token: v.optional(v.pipe(v.string(), v.maxLength(MAX_TOKEN_LENGTH))),
    /** Where this party left off: the incarnation it knew, and the number after which it has not read. */
    cursor: v.optional(v.strictObject({ inc: bytes(16), n: count })),
  }),
  /** The channel is open. `resumed`: the cursor matched, and what came after it follows as `put`; otherwise reconcile. */
  v.strictObject({ t: v.literal('opened'), ch: id, inc: bytes(16), n: count, resumed: v.boolean() }),
  /** Ends one channel on this connection. */
  v.strictObject({ t: v.literal('close'), ch: id }),
  /** Reconciliation. `q` counts the asker's rounds; `re` answers the round it names. `ranges` tile the whole id space or are empty. */
  v.strictObject({
    t: v.literal('ranges'),
    ch: id,
    q: v.optional(count),
    re: v.optional(count),
    ranges: v.pipe(v.array(range), v.maxLength(MAX_RANGES)),
  }),
  v.strictObject({ t: v.literal('want'), ch: id, ids }),
  /** Entries, outer bytes. From a relay, `n` is the cursor after them (absent when answering `want`). */
  v.strictObject({
    t: v.literal('put'),
    ch: id,
    entries: v.pipe(v.array(bytesUpTo(MAX_ENTRY_BYTES)), v.minLength(1), v.maxLength(MAX_IDS)),
    n: v.optional(count),
  }),
  /** Stored durably. `n`: the relay's cursor after these, when nothing else came between. */
  v.strictObject({ t: v.literal('ack'), ch: id, ids, n: v.optional(count) }),
  /** Not stored, and why; the sender keeps them. */
  v.strictObject({ t: v.literal('refuse'), ch: id, ids, code: v.picklist(ERROR_CODES), after: v.optional(count) }),
  /** Put entries that are stored in `from` (open on this connection) into `ch` as well. Answered by `ack` (and `want` for those not held). */
  v.strictObject({ t: v.literal('link'), ch: id, from: id, ids }),
  /** Passed to whoever is connected, never stored. */
  v.strictObject({ t: v.literal('whisper'), ch: id, data: bytesUpTo(MAX_WHISPER_BYTES) }),
  v.strictObject({ t: v.literal('ping') }),
  v.strictObject({ t: v.literal('pong') }),
  v.strictObject({
    t: v.literal('error'),
    code: v.picklist(ERROR_CODES),
    ch: v.optional(id),
    after: v.optional(count),
  }),
])
export type Message = v.InferOutput<typeof message>
export type MessageOf<T extends Message['t']> = Extract<Message, { t: T }>

export type MessageError =
  { readonly type: 'BadMessage' } | { readonly type: 'MessageTooLarge'; readonly bytes: number }

/** Bytes of a message; leaves out absent optional fields. */
export function encodeMessage(value: Message): Bytes {
  const present = Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined))
  return encode(present)
}

/** The message in hostile `data`. */
export function decodeMessage(data: Bytes): Result<Message, MessageError> {
  if (data.length > MAX_MESSAGE_BYTES) return err({ type: 'MessageTooLarge', bytes: data.length })
  const decoded = decode(data)
  if (!decoded.ok) return err({ type: 'BadMessage' })
  const parsed = v.safeParse(message, decoded.value)
  return parsed.success ? ok(parsed.output) : err({ type: 'BadMessage' })
}
