// What an operator may decide, validated, and every limit of the relay in one place. Decides nothing by itself and reads
// no environment (main.ts does that).
import * as v from 'valibot'
import { MAX_TOKEN_LENGTH } from '../src/wire/limits.ts'

const whole = (fallback: number) => v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), fallback)

const KiB = 1024
const MiB = 1024 * KiB

const limits = v.strictObject({
  /** Sockets at once; more are turned away with 503. */
  connections: whole(2_000),
  /** Entries in one channel. */
  channelEntries: whole(200_000),
  /** Bytes of entries in one channel. */
  channelBytes: whole(512 * MiB),
  /** Bytes of the whole database. */
  totalBytes: whole(16 * 1024 * MiB),
  /** New channels one connection may make at once, and one more each `channelRefillMs` after. */
  channelBurst: whole(64),
  channelRefillMs: whole(2_000),
  /** Messages one connection may send at once, and per second after; above it the relay reads the socket more slowly. */
  messageBurst: whole(2_000),
  messagesPerSecond: whole(400),
  /** The same for bytes. */
  byteBurst: whole(16 * MiB),
  bytesPerSecond: whole(4 * MiB),
  /** Bytes waiting for one reader, above which the relay sends no more and reads no more from it. */
  bufferedHigh: whole(256 * KiB),
  /** Bytes waiting for one reader, above which whispers to it are dropped. */
  bufferedWhisper: whole(64 * KiB),
  /** Bytes waiting for one reader, at which it is cut off. Reached only by one that asks and never reads. */
  bufferedMost: whole(4 * MiB),
  /** Bytes of entries in one message to a reader: small, so that a slow link shows progress. */
  batchBytes: whole(64 * KiB),
  /** Bad messages on one connection before it is closed. */
  badMessages: whole(16),
  /** Time from the socket to its `join`. */
  joinMs: whole(10_000),
  /** Time between looks at whether a socket still lives; the second look without a sign ends it. */
  keepAliveMs: whole(60_000),
})
export type Limits = v.InferOutput<typeof limits>

const config = v.strictObject({
  host: v.optional(v.pipe(v.string(), v.minLength(1)), '127.0.0.1'),
  /** 0: any free port. */
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)), 4180),
  /** Folder of the database. */
  data: v.pipe(v.string(), v.minLength(1)),
  /** `host:port` under which people reach this relay, besides its own interfaces (a proxy's public name). */
  origins: v.optional(
    v.array(
      v.pipe(
        v.string(),
        v.toLowerCase(),
        v.regex(
          /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+):\d{1,5}$/,
          'an origin is written host:port, for example relay.example:443',
        ),
      ),
    ),
    [],
  ),
  /** Needed to create a channel; absent: anyone may. */
  token: v.optional(v.pipe(v.string(), v.minLength(8), v.maxLength(MAX_TOKEN_LENGTH))),
  /** Folder of the built app; absent: a relay alone. */
  app: v.optional(v.string()),
  /** Days without being opened after which a channel is forgotten. */
  forgetAfterDays: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 365),
  limits: v.optional(limits, {}),
})
/** What startRelay takes. */
export type RelayOptions = v.InferInput<typeof config>
export type RelayConfig = v.InferOutput<typeof config>

export type ConfigError = { readonly type: 'BadConfig'; readonly field: string; readonly reason: string }

/** The validated configuration with its defaults, or the first thing wrong with it. */
export function readConfig(
  options: unknown,
): { readonly ok: true; readonly value: RelayConfig } | { readonly ok: false; readonly error: ConfigError } {
  const parsed = v.safeParse(config, options)
  if (parsed.success) return { ok: true, value: parsed.output }
  const issue = parsed.issues[0]
  return { ok: false, error: { type: 'BadConfig', field: v.getDotPath(issue) ?? '', reason: issue.message } }
}
