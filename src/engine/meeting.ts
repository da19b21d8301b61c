// The meeting channel of one invitation: knocks and welcomes, stored here and at the relays so that neither side has to
// be present when the other is (docs/spec/joining.md). Everything read from it is hostile; nothing in it is a secret of
// the space except what a welcome seals to one device and the invitation's seed.
import * as v from 'valibot'
import { type Bytes, compare, concat } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import { ChannelId, DeviceId, type EntryId, idBytes, type InvitationId, SpaceId } from '../base/ids.ts'
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
  v.strictObject({ kind: v.literal('welcome'), v: v.literal(1), to: bytes(32), sealed: some }),
])
export type Said = v.InferOutput<typeof said>

const knock = v.strictObject({
  device: bytes(32),
  box: bytes(32),
  recovery: v.nullable(bytes(32)),
  proof: bytes(64),
  consent: bytes(64),
})
export type Knock = v.InferOutput<typeof knock>

const welcome = v.strictObject({
  space: bytes(32),
  seed: bytes(32),
  create: v.tuple([some, bytes(64)]),
  member: bytes(16),
  secrets: v.pipe(v.array(bytes(32)), v.minLength(1), v.maxLength(4_096)),
  epoch: bytes(32),
  relays: v.pipe(v.array(v.pipe(v.string(), v.maxLength(256))), v.maxLength(8)),
})
export type Welcome = v.InferOutput<typeof welcome>

/** What one invitation may pile up here: a thief with the link cannot fill a phone. */
const MAX_MESSAGES = 1_000

export class Meeting {
  #entries = new Map<EntryId, Bytes>()
  #delivered = new Set<EntryId>()

  private constructor(
    private readonly crypto: Crypto,
    private readonly store: KeyValueStore,
    readonly keys: InvitationKeys,
    private readonly events: { heard(said: Said): void; added(channel: ChannelId, ids: readonly EntryId[]): void },
  ) {}

  static async open(
    crypto: Crypto,
    store: KeyValueStore,
    keys: InvitationKeys,
    events: { heard(said: Said): void; added(channel: ChannelId, ids: readonly EntryId[]): void },
  ): Promise<Meeting> {
    const meeting = new Meeting(crypto, store, keys, events)
    for (const { value } of await store.list(meeting.#bucket)) meeting.#entries.set(entryId(value), value)
    return meeting
  }

  get channel(): ChannelId {
    return ChannelId.must(this.keys.channel.publicKey)
  }

  get #bucket(): string {
    return `meeting:${this.keys.id}`
  }

  /** Everything said so far, in no particular order. */
  said(): readonly Said[] {
    return [...this.#entries.values()].flatMap((outer) => this.#read(outer) ?? [])
  }

  /** Seals `message`, or takes `outer` made before, and puts it into the channel; stored when it resolves. */
  async say(message: Said | { readonly outer: Bytes }): Promise<Bytes> {
    const outer = 'outer' in message ? message.outer : this.seal(message)
    await this.#keep([outer])
    this.events.added(this.channel, [entryId(outer)])
    return outer
  }

  seal(message: Said): Bytes {
    return sealEnvelope(this.crypto, this.keys.secret, labels.MEETING, encode(message))
  }

  delivered(outer: Bytes): boolean {
    return this.#delivered.has(entryId(outer))
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
        sorted: () => [...this.#entries.keys()].map(idBytes).sort(compare),
        has: (id) => this.#entries.has(id as EntryId),
        mayGive: () => true,
      },
      load: (ids) => {
        const out = new Map<EntryId, Bytes>()
        for (const id of ids) {
          const outer = this.#entries.get(id)
          if (outer !== undefined) out.set(id, outer)
        }
        return Promise.resolve(out)
      },
      receive: (entries) => this.#receive(entries),
      acked: (ids) => {
        for (const id of ids) this.#delivered.add(id)
      },
      whisper: () => undefined,
    }
  }

  async #receive(entries: readonly Bytes[]): Promise<readonly EntryId[]> {
    const fresh = entries.filter((outer) => !this.#entries.has(entryId(outer)) && this.#read(outer) !== null)
    const room = fresh.slice(0, Math.max(0, MAX_MESSAGES - this.#entries.size))
    await this.#keep(room)
    for (const outer of room) {
      const message = this.#read(outer)
      if (message !== null) this.events.heard(message)
    }
    return entries.map(entryId)
  }

  async #keep(outers: readonly Bytes[]): Promise<void> {
    if (outers.length === 0) return
    await this.store.write(outers.map((value) => ({ bucket: this.#bucket, key: entryId(value), value })))
    for (const outer of outers) this.#entries.set(entryId(outer), outer)
  }

  #read(outer: Bytes): Said | null {
    const plaintext = openEnvelope(this.crypto, this.keys.secret, labels.MEETING, outer)
    const decoded = plaintext === null ? null : decode(plaintext)
    if (decoded?.ok !== true) return null
    const parsed = v.safeParse(said, decoded.value)
    return parsed.success ? parsed.output : null
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
  return parse(knock, await crypto.openFrom(box, labels.KNOCK, context(space, invitation), sealed))
}

export async function sealWelcome(
  crypto: Crypto,
  to: { device: DeviceId; box: Bytes },
  invitation: { id: InvitationId; seed: Bytes },
  value: Welcome,
): Promise<Said> {
  const bound = context(SpaceId.must(value.space), invitation.id)
  const sealed = await crypto.sealTo(to.box, labels.WELCOME, bound, encode(value), invitation.seed)
  return { kind: 'welcome', v: 1, to: idBytes(to.device), sealed }
}

export async function openWelcome(
  crypto: Crypto,
  box: BoxKeys,
  space: SpaceId,
  invitation: { id: InvitationId; seed: Bytes },
  sealed: Bytes,
): Promise<Welcome | null> {
  return parse(
    welcome,
    await crypto.openFrom(box, labels.WELCOME, context(space, invitation.id), sealed, invitation.seed),
  )
}

export const deviceOf = (value: Knock): DeviceId => DeviceId.must(value.device)

function parse<T>(schema: v.GenericSchema<unknown, T>, plaintext: Bytes | null): T | null {
  const decoded = plaintext === null ? null : decode(plaintext)
  if (decoded?.ok !== true) return null
  const parsed = v.safeParse(schema, decoded.value)
  return parsed.success ? parsed.output : null
}
