// Two devices without a relay, in memory: carriers whose frames pass in turn, channels with real keys, and stores of entries. What
// passes can be read, changed, held back or cut, as whoever holds the cable could.
import { webcrypto } from 'node:crypto'
import { type Bytes, compare, concat, toHex } from '../../src/base/bytes.ts'
import type { Clock, Random } from '../../src/base/environment.ts'
import { ChannelId, EntryId, idBytes } from '../../src/base/ids.ts'
import { PeerCarrier } from '../../src/carriers/peer.ts'
import { createCrypto, labels, sha512Half, type SignKeys } from '../../src/crypto/index.ts'
import type { ChannelSource } from '../../src/sync/link.ts'
import { PeerLink } from '../../src/sync/peer-link.ts'
import { decodeMessage, encodeMessage, type Message } from '../../src/wire/messages.ts'
import type { PeerRole } from '../../src/wire/proof.ts'

export const silentClock: Clock = { now: () => 0, after: () => () => undefined }
export const random: Random = { bytes: (length) => webcrypto.getRandomValues(new Uint8Array(length)) }
export const crypto = createCrypto({ subtle: webcrypto.subtle as unknown as SubtleCrypto, random })

export const entryOf = (n: number, size = 80): Bytes =>
  concat(Uint8Array.of(1, n & 255, (n >> 8) & 255, n >> 16), new Uint8Array(size - 4).fill(n & 255))
export const idOf = (entry: Bytes): EntryId => EntryId.must(sha512Half(entry))

/** Signatures being made or checked: they take their time, and nothing is quiet before. */
let signing = 0
async function busily<T>(work: Promise<T>): Promise<T> {
  signing++
  try {
    return await work
  } finally {
    signing--
  }
}

/** What one device has of one channel. */
export class ChannelStore {
  readonly entries = new Map<EntryId, Bytes>()
  readonly whispers: Bytes[] = []
  /** Storage refuses while set. */
  failing = false
  /** Nothing is wanted here, and only these are given. */
  givesOnly: ReadonlySet<EntryId> | null = null
  /** Called with the ids of what was received and was not there. */
  onNew: (ids: readonly EntryId[]) => void = () => undefined

  constructor(
    readonly keys: SignKeys,
    entries: readonly Bytes[] = [],
  ) {
    for (const entry of entries) this.entries.set(idOf(entry), entry)
  }

  get channel(): ChannelId {
    return ChannelId.must(this.keys.publicKey)
  }

  ids(): string[] {
    return [...this.entries.keys()].sort()
  }

  source(): ChannelSource {
    return {
      channel: this.channel,
      token: undefined,
      sign: (bytes) => busily(crypto.signRaw(this.keys, bytes)),
      tag: (context) => crypto.kdf(this.keys.seed, labels.CHANNEL_OFFER, context).subarray(0, 32),
      held: {
        sorted: () => [...(this.givesOnly ?? this.entries.keys())].map(idBytes).sort(compare),
        has: (id) => this.entries.has(id as EntryId),
        mayGive: (id) => this.givesOnly?.has(id as EntryId) ?? true,
        givesOnly: () => this.givesOnly !== null,
      },
      load: (ids) => Promise.resolve(new Map([...this.entries].filter(([id]) => ids.includes(id)))),
      receive: (entries) => this.#receive(entries),
      acked: () => undefined,
      whisper: (data) => void this.whispers.push(data),
    }
  }

  #receive(entries: readonly Bytes[]): Promise<readonly EntryId[]> {
    if (this.failing) return Promise.reject(new Error('the disk is full'))
    const fresh = entries.map((entry) => [idOf(entry), entry] as const).filter(([id]) => !this.entries.has(id))
    for (const [id, entry] of fresh) this.entries.set(id, entry)
    if (fresh.length > 0) this.onNew(fresh.map(([id]) => id))
    return Promise.resolve(entries.map(idOf))
  }
}

/** A message on its way: what arrives instead of it. */
export type Passing = (message: Message, from: PeerRole) => readonly Message[]

export interface PeerPair {
  readonly a: PeerLink
  readonly b: PeerLink
  readonly carriers: { readonly a: PeerCarrier; readonly b: PeerCarrier }
  /** Everything said, in order. */
  readonly said: { readonly from: PeerRole; readonly message: Message }[]
  connect(origins?: { readonly a: string; readonly b: string }): void
  cut(): void
  /** Resolves when nothing is on its way and nobody has more to say. */
  quiet(): Promise<void>
}

export const ORIGIN = `${'ab'.repeat(32)}-${'cd'.repeat(32)}`

export function peerPair(
  pass: Passing = (message) => [message],
  clocks = { a: silentClock, b: silentClock },
): PeerPair {
  const said: { from: PeerRole; message: Message }[] = []
  let line = 0
  let moving = 0
  const carrierOf = (from: PeerRole): PeerCarrier =>
    new PeerCarrier(
      from === 'peer-a' ? 'b' : 'a',
      {
        post: (frame) => {
          const decoded = decodeMessage(frame)
          if (!decoded.ok) throw new Error('a link said what it could not read itself')
          said.push({ from, message: decoded.value })
          const here = line
          moving++
          setImmediate(() => {
            moving--
            if (here !== line) return
            const to = from === 'peer-a' ? carriers.b : carriers.a
            for (const message of pass(decoded.value, from)) to.received(encodeMessage(message))
          })
        },
        end: () => {
          line++
          carriers.a.closed()
          carriers.b.closed()
        },
      },
      from === 'peer-a' ? clocks.a : clocks.b,
    )
  const carriers = { a: carrierOf('peer-a'), b: carrierOf('peer-b') }
  const a = linkOver(carriers.a, 'peer-a', clocks.a)
  const b = linkOver(carriers.b, 'peer-b', clocks.b)
  a.start()
  b.start()
  return {
    a,
    b,
    carriers,
    said,
    connect: (origins = { a: ORIGIN, b: ORIGIN }) => {
      carriers.a.opened(origins.a)
      carriers.b.opened(origins.b)
    },
    cut: () => {
      line++
      carriers.a.closed()
      carriers.b.closed()
    },
    quiet: async () => {
      for (let still = 0, before = -1; still < 12;) {
        await new Promise((resolve) => setImmediate(resolve))
        still = moving === 0 && signing === 0 && said.length === before ? still + 1 : 0
        before = said.length
      }
    },
  }
}

export function linkOver(carrier: PeerCarrier, role: PeerRole, clock: Clock = silentClock): PeerLink {
  const link: PeerLink = new PeerLink(carrier, role, {
    clock,
    random,
    hash: sha512Half,
    verify: (channel, signature, bytes) => busily(crypto.verifyRaw(channel, signature, bytes)),
    changed: () => link.notify(),
  })
  return link
}

/** Joins a store to a link: what it receives by whatever way is told. */
export function join(store: ChannelStore, ...links: readonly PeerLink[]): void {
  for (const link of links) link.attach(store.source())
  store.onNew = (ids) => {
    for (const link of links) link.added(store.channel, ids)
  }
}

export const hexOf = (messages: readonly { readonly message: Message }[]): string =>
  messages.map(({ message }) => toHex(encodeMessage(message))).join(' ')
