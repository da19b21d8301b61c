// The meeting channel of one invitation or link: what two devices say to each other before one of them is in, stored here and
// at the relays so that neither side has to be present when the other is (docs/spec/joining.md). Everything read from it is
// hostile; nothing in it is a secret of the space except what a welcome seals to one device and the seed.
import * as v from 'valibot'
import { type Bytes, compare, concat } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import { ChannelId, type EntryId, idBytes, type InvitationId, type SpaceId } from '../base/ids.ts'
import type { KeyValueStore } from '../base/key-value.ts'
import type { BoxKeys, Crypto } from '../crypto/index.ts'
import { labels } from '../crypto/index.ts'
import type { InvitationKeys } from '../identity/index.ts'
import { entryId, openEnvelope, sealEnvelope } from '../log/entry.ts'
import type { ChannelSource } from '../sync/link.ts'

const bytes = (length: number) => v.custom<Bytes>((value) => value instanceof Uint8Array && value.length === length)
const some = v.custom<Bytes>((value) => value instanceof Uint8Array)

const said = v.variant('kind', [
  v.strictObject({ kind: v.literal('knock'), v: v.literal(1), sealed: some }),
  v.strictObject({ kind: v.literal('answer'), v: v.literal(1), sealed: some }),
  v.strictObject({ kind: v.literal('follow'), v: v.literal(1), sealed: some }),
  v.strictObject({ kind: v.literal('welcome'), v: v.literal(1), to: bytes(32), sealed: some }),
])
export type Said = v.InferOutput<typeof said>

/** One message from outside, wherever it came from; null for anything else. */
export function readSaid(value: unknown): Said | null {
  const parsed = v.safeParse(said, value)
  return parsed.success ? parsed.output : null
}

const knock = v.strictObject({
  device: bytes(32),
  box: bytes(32),
  recovery: v.nullable(bytes(32)),
  proof: bytes(64),
  consent: bytes(64),
})
export type Knock = v.InferOutput<typeof knock>

/** Of each kind, what a device keeps of one meeting channel. */
export const MAX_MESSAGES = 1_000

export interface MeetingEvents {
  /** Whether it is for this side, sound and new: all else is not kept. */
  wants(said: Said): Promise<boolean>
  /** It was kept. */
  heard(said: Said, id: EntryId): void
  added(channel: ChannelId, ids: readonly EntryId[]): void
}

export class Meeting {
  /** In the order they came here. */
  #entries = new Map<EntryId, { readonly outer: Bytes; readonly said: Said }>()
  /** Seen and not kept: counted as held, so that sessions settle and nothing is sent twice. */
  readonly #passed = new Set<EntryId>()
  #delivered = new Set<EntryId>()

  private constructor(
    private readonly crypto: Crypto,
    private readonly store: KeyValueStore,
    readonly keys: InvitationKeys,
    private readonly events: MeetingEvents,
  ) {}

  static async open(
    crypto: Crypto,
    store: KeyValueStore,
    keys: InvitationKeys,
    events: MeetingEvents,
  ): Promise<Meeting> {
    const meeting = new Meeting(crypto, store, keys, events)
    for (const { value } of await store.list(meeting.#bucket)) {
      const message = meeting.read(value)
      if (message !== null) meeting.#entries.set(entryId(value), { outer: value, said: message })
    }
    return meeting
  }

  get channel(): ChannelId {
    return ChannelId.must(this.keys.channel.publicKey)
  }

  get #bucket(): string {
    return `meeting:${this.keys.id}`
  }

  /** Everything kept so far, in no particular order. */
  said(): readonly (readonly [EntryId, Said])[] {
    return [...this.#entries].map(([id, { said: message }]) => [id, message] as const)
  }

  /** Seals `message`, or takes `outer` made before, and puts it into the channel; stored when it resolves. */
  async say(message: Said | { readonly outer: Bytes }): Promise<Bytes> {
    const outer = 'outer' in message ? message.outer : this.seal(message)
    const own = 'outer' in message ? this.read(outer) : message
    if (own === null) throw new Error('a message of our own that does not open')
    await this.#keep(outer, own)
    this.events.added(this.channel, [entryId(outer)])
    return outer
  }

  /** What reached this device by hand, as if a relay had brought it. False: it is not for this side, or not new. */
  async take(message: Said): Promise<boolean> {
    if (!(await this.events.wants(message))) return false
    const outer = this.seal(message)
    await this.#keep(outer, message)
    this.events.added(this.channel, [entryId(outer)])
    this.events.heard(message, entryId(outer))
    return true
  }

  seal(message: Said): Bytes {
    return sealEnvelope(this.crypto, this.keys.secret, labels.MEETING, encode(message))
  }

  /** What `seal` made, or anybody with the link; null for anything else. */
  read(outer: Bytes): Said | null {
    const plaintext = openEnvelope(this.crypto, this.keys.secret, labels.MEETING, outer)
    const decoded = plaintext === null ? null : decode(plaintext)
    return decoded?.ok === true ? readSaid(decoded.value) : null
  }

  delivered(outer: Bytes): boolean {
    return this.#delivered.has(entryId(outer))
  }

  /** Lets go of one message: it takes no more room here. */
  async drop(id: EntryId): Promise<void> {
    this.#entries.delete(id)
    this.#passed.add(id)
    await this.store.write([{ bucket: this.#bucket, key: id, value: null }])
  }

  async forget(): Promise<void> {
    const writes = [...this.#entries.keys()].map((key) => ({ bucket: this.#bucket, key, value: null }))
    await this.store.write(writes)
  }

  source(token: string | undefined): ChannelSource {
    return {
      channel: this.channel,
      token,
      sign: (message) => this.crypto.signRaw(this.keys.channel, message),
      held: {
        sorted: () => [...this.#entries.keys(), ...this.#passed].map(idBytes).sort(compare),
        has: (id) => this.#entries.has(id as EntryId) || this.#passed.has(id as EntryId),
        mayGive: (id) => this.#entries.has(id as EntryId),
      },
      load: (ids) => {
        const out = new Map<EntryId, Bytes>()
        for (const id of ids) {
          const outer = this.#entries.get(id)?.outer
          if (outer !== undefined) out.set(id, outer)
        }
        return Promise.resolve(out)
      },
      receive: (entries) => this.#receive(entries),
      acked: (ids) => {
        for (const id of ids) this.#delivered.add(id)
      },
      whisper: () => undefined,
      tag: (context) => this.crypto.kdf(this.keys.channel.seed, labels.CHANNEL_OFFER, context).subarray(0, 32),
    }
  }

  async #receive(entries: readonly Bytes[]): Promise<readonly EntryId[]> {
    for (const outer of entries) {
      const id = entryId(outer)
      if (this.#entries.has(id) || this.#passed.has(id)) continue
      const message = this.read(outer)
      if (message === null || !(await this.events.wants(message))) {
        this.#passed.add(id)
        continue
      }
      await this.#keep(outer, message)
      this.events.heard(message, id)
    }
    return entries.map(entryId)
  }

  /** Each kind has its own budget: no number of knocks leaves a welcome without room. */
  async #keep(outer: Bytes, message: Said): Promise<void> {
    const id = entryId(outer)
    await this.store.write([{ bucket: this.#bucket, key: id, value: outer }])
    this.#entries.set(id, { outer, said: message })
    const alike = [...this.#entries].filter(([, kept]) => kept.said.kind === message.kind)
    // Whoever comes last is heard: a full channel keeps nobody out.
    const oldest = alike[0]
    if (alike.length > MAX_MESSAGES && oldest !== undefined) await this.drop(oldest[0])
  }
}

const context = (space: SpaceId, invitation: InvitationId) => concat(idBytes(space), idBytes(invitation))

export async function sealKnock(
  crypto: Crypto,
  box: Bytes,
  space: SpaceId,
  invitation: InvitationId,
  value: Knock,
): Promise<Said> {
  const sealed = await crypto.sealTo(box, labels.KNOCK, context(space, invitation), encode(value))
  return { kind: 'knock', v: 1, sealed }
}

export async function openKnock(
  crypto: Crypto,
  box: BoxKeys,
  space: SpaceId,
  invitation: InvitationId,
  sealed: Bytes,
): Promise<Knock | null> {
  return parseSealed(knock, await crypto.openFrom(box, labels.KNOCK, context(space, invitation), sealed))
}

/** What was sealed, if it is canonical CBOR of that shape. */
export function parseSealed<T>(schema: v.GenericSchema<unknown, T>, plaintext: Bytes | null): T | null {
  const decoded = plaintext === null ? null : decode(plaintext)
  if (decoded?.ok !== true) return null
  const parsed = v.safeParse(schema, decoded.value)
  return parsed.success ? parsed.output : null
}
