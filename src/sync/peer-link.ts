// Drives the sessions of one connection between two devices: greets, offers channels by tags, proves and opens those in common, loads
// what sessions give and stores what they receive. Both sides are alike. Owns no keys (sources sign), believes nothing, and ends
// this connection, never another, when the other side does what no honest device does. Implements rules CH-27 to CH-34.
import { type Bytes, concat, toHex } from '../base/bytes.ts'
import type { Clock, Millis, Random } from '../base/environment.ts'
import { type ChannelId, type EntryId, idBytes } from '../base/ids.ts'
import { MAX_OPEN_CHANNELS } from '../wire/limits.ts'
import type { Message, MessageOf } from '../wire/messages.ts'
import { openProof, otherRole, type PeerRole } from '../wire/proof.ts'
import { type Fingerprint, fingerprintWith } from '../wire/ranges.ts'
import { Budget } from './budget.ts'
import type { Carrier } from './carrier.ts'
import type { ChannelSource, LinkCounts } from './link.ts'
import { PeerOffers } from './peer-offers.ts'
import {
  isAsking,
  type PeerEffect,
  type PeerEvent,
  peerInStep,
  type PeerSession,
  peerStep,
  unopened,
} from './peer-session.ts'
import { weightOf } from './peer-flow.ts'
import { PeerTransfer } from './peer-transfer.ts'
import type { SyncLink } from './sync-link.ts'

export interface PeerLinkEnvironment {
  readonly clock: Clock
  readonly random: Random
  /** First 32 bytes of SHA-512. */
  readonly hash: (bytes: Bytes) => Bytes
  /** Ed25519, strictly. */
  readonly verify: (channel: Bytes, signature: Bytes, bytes: Bytes) => Promise<boolean>
  /** Something a face may want to show has changed. */
  readonly changed: () => void
}

interface Open {
  readonly source: ChannelSource
  session: PeerSession
  fingerprint: Fingerprint
  /** The nonces of the `open`s, mine once said, theirs once proved. */
  mine: Bytes | null
  theirs: Bytes | null
  signing: boolean
  receiving: number
  giving: number
  cancelLater: (() => void) | null
  /** Counts the openings: what was begun in one must not go into the next. */
  line: number
}

/** After so much work for the other side, as long again belongs to everything else. */
const TURN_MS: Millis = 50
/** Whispers of one device that are opened, at once and in a second; what is beyond is passed over. */
export const WHISPERS = 64
const WHISPERS_PER_SECOND = 16

export class PeerLink implements SyncLink {
  readonly counts: LinkCounts
  #open = new Map<ChannelId, Open>()
  #mine: Bytes | null = null
  #theirs: Bytes | null = null
  #offers: PeerOffers | null = null
  /** Let go of, and the other side has not confirmed it: what still comes of them is old. */
  readonly #closing = new Set<ChannelId>()
  /** Offered here and let go of before the other side had offered it: she may have recognised it, and waits for a word. */
  readonly #letGo = new Map<ChannelId, ChannelSource>()
  #inbox: Message[] = []
  #reading = false
  /** Milliseconds of work for what was read, since the last pause. */
  #spent: Millis = 0
  readonly #transfer: PeerTransfer<Open>
  readonly #whispers = new Budget(WHISPERS, WHISPERS_PER_SECOND)
  #watchers = new Set<() => void>()

  constructor(
    readonly carrier: Carrier,
    readonly role: PeerRole,
    private readonly env: PeerLinkEnvironment,
  ) {
    this.#transfer = new PeerTransfer(carrier, env.hash, {
      step: (open, event) => this.#step(open, event),
      changed: () => env.changed(),
    })
    this.counts = this.#transfer.counts
  }

  start(): void {
    this.carrier.start({
      up: () => {
        this.#mine = this.env.random.bytes(32)
        this.carrier.send({ t: 'hello', v: 1, nonce: this.#mine })
        this.env.changed()
      },
      down: () => this.#down(),
      message: (message) => this.#arrived(message),
    })
  }

  stop(): void {
    this.carrier.stop()
    this.#down()
  }

  attach(source: ChannelSource): void {
    if (this.#open.has(source.channel)) return
    const open: Open = {
      source,
      session: unopened(idBytes(source.channel)),
      fingerprint: () => new Uint8Array(16),
      mine: null,
      theirs: null,
      signing: false,
      receiving: 0,
      giving: 0,
      cancelLater: null,
      line: 0,
    }
    this.#open.set(source.channel, open)
    this.#invite(open)
  }

  detach(channel: ChannelId): void {
    const open = this.#open.get(channel)
    if (open === undefined) return
    this.#reset(open)
    this.#open.delete(channel)
    if (this.#offers?.offered(channel) === true) {
      // Only to who has shown that she can name it.
      if (this.#offers.recognises(open.source)) this.#close(channel)
      else this.#letGo.set(channel, open.source)
    }
    this.#void(open.source)
    this.env.changed()
  }

  /** The channels that both sides have proved. */
  common(): readonly ChannelId[] {
    return [...this.#open].flatMap(([channel, { session }]) => (session.open ? [channel] : []))
  }

  ask(): void {
    // What was never compared will be, in its turn.
    for (const open of this.#open.values()) if (open.session.compared) this.#step(open, { type: 'ask' })
  }

  added(channel: ChannelId, ids: readonly EntryId[]): void {
    const open = this.#open.get(channel)
    if (open === undefined) return
    const news = ids.filter((id) => !this.#transfer.has(id))
    if (news.length > 0) this.#step(open, { type: 'added', ids: news.map(idBytes) })
  }

  whisper(channel: ChannelId, data: Bytes): void {
    if (this.#open.get(channel)?.session.open === true) this.carrier.send({ t: 'whisper', ch: idBytes(channel), data })
  }

  inStep(channel: ChannelId): boolean {
    const open = this.#open.get(channel)
    return open !== undefined && open.receiving === 0 && open.giving === 0 && peerInStep(open.session)
  }

  /** All that both have is the same on both sides. True also where nothing is in common, once that is known. */
  get settledNow(): boolean {
    if (this.#offers?.begun !== true || this.#reading) return false
    return [...this.#open.values()].every(({ source, signing, mine }) =>
      this.#offers?.recognises(source) === true ? this.inStep(source.channel) : !signing && mine === null,
    )
  }

  /** Entries still to come and to go, as far as known. */
  pending(): { readonly wanted: number; readonly toSend: number } {
    const sessions = [...this.#open.values()].map(({ session }) => session)
    return {
      wanted: sessions.reduce((sum, { wanted }) => sum + wanted.size, 0),
      toSend: sessions.reduce((sum, { given, queue }) => sum + given.size + queue.length, 0),
    }
  }

  /** Entries on their way, which are `toSend` until she says that she has them. */
  get unconfirmed(): number {
    return [...this.#open.values()].reduce((sum, { session }) => sum + session.given.size, 0)
  }

  pendingOf(channel: ChannelId): { readonly wanted: number; readonly toSend: number } {
    const session = this.#open.get(channel)?.session
    return {
      wanted: session?.wanted.size ?? 0,
      toSend: session === undefined ? 0 : session.given.size + session.queue.length,
    }
  }

  settled(timeout: Millis): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.settledNow) return resolve(true)
      const finish = (value: boolean) => {
        cancel()
        this.#watchers.delete(check)
        resolve(value)
      }
      const check = () => {
        if (this.settledNow) finish(true)
        else if (this.carrier.state === 'offline') finish(false)
      }
      const cancel = this.env.clock.after(timeout, () => finish(false))
      this.#watchers.add(check)
    })
  }

  /** Called by whoever owns `env.changed`, after each change. */
  notify(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }

  #down(): void {
    this.#mine = this.#theirs = this.#offers = null
    this.#inbox = []
    for (const open of this.#open.values()) this.#reset(open)
    this.#transfer.forget()
    this.#closing.clear()
    this.#letGo.clear()
    this.env.changed()
  }

  #reset(open: Open): void {
    open.cancelLater?.()
    open.cancelLater = null
    open.line++
    open.mine = open.theirs = null
    open.signing = false
    open.session = unopened(open.session.channel)
    this.#transfer.drop(open)
  }

  /** What no honest device does: this connection is over. */
  #violated(): void {
    this.stop()
  }

  #arrived(message: Message): void {
    if (!this.#transfer.takes(weightOf(message))) return this.#violated()
    this.#inbox.push(message)
    if (!this.#reading) void this.#read()
  }

  /** One message after the other: a proof is checked before what follows it is looked at. */
  async #read(): Promise<void> {
    this.#reading = true
    for (let message = this.#inbox.shift(); message !== undefined; message = this.#inbox.shift()) {
      const line = this.#mine
      if (message.t === 'open') await this.#proved(message)
      else {
        const began = this.env.clock.now()
        this.#message(message)
        this.#spent += Math.max(0, this.env.clock.now() - began)
      }
      if (this.#mine === line) this.#transfer.done(weightOf(message))
      if (this.#spent >= TURN_MS) await this.#pause()
    }
    this.#reading = false
    this.env.changed()
  }

  /** Questions are cheap to ask and dear to answer: one device gets at most half of this one's time. What comes meanwhile counts as backlog. */
  #pause(): Promise<void> {
    const spent = this.#spent
    this.#spent = 0
    return new Promise((resolve) => void this.env.clock.after(spent, resolve))
  }

  #message(message: Message): void {
    switch (message.t) {
      case 'hello':
        return this.#greeted(message.nonce)
      case 'offer':
        if (this.#offers?.hear(message.tags) !== true) return this.#violated()
        for (const open of this.#open.values()) this.#begin(open)
        return
      case 'error':
        return
    }
    // What only relays and their clients say, and anything before the greeting.
    if (this.#offers === null || !('ch' in message) || message.t === 'opened' || message.t === 'link')
      return this.#violated()
    const channel = toHex(message.ch) as ChannelId
    if (message.t === 'close') return this.#closed(channel)
    const open = this.#open.get(channel)
    if (open !== undefined && !this.#closing.has(channel)) this.#step(open, { type: 'message', message })
  }

  /**
   * Both offers of it are void; who still wants the channel offers it again after her `close`. Who has not shown that she has the
   * channel's key hears nothing, whether it is open here or not: the answer would tell her.
   */
  #closed(channel: ChannelId): void {
    const open = this.#open.get(channel)
    const isConfirmed = this.#closing.delete(channel)
    if (!isConfirmed && this.#wasLetGo(channel)) this.carrier.send({ t: 'close', ch: idBytes(channel) })
    if (open === undefined || (!isConfirmed && this.#offers?.recognises(open.source) !== true)) return
    if (!isConfirmed) {
      this.#reset(open)
      this.#void(open.source)
      this.carrier.send({ t: 'close', ch: idBytes(channel) })
    }
    this.#invite(open)
    this.env.changed()
  }

  /** Not open here any more, and offered by the other side since: she has its key, and is told once. */
  #wasLetGo(channel: ChannelId): boolean {
    const source = this.#letGo.get(channel)
    if (source === undefined || this.#open.has(channel) || this.#offers?.recognises(source) !== true) return false
    this.#letGo.delete(channel)
    this.#offers.withdrawn(source)
    return true
  }

  #close(channel: ChannelId): void {
    this.#closing.add(channel)
    this.carrier.send({ t: 'close', ch: idBytes(channel) })
  }

  #void(source: ChannelSource): void {
    this.#offers?.withdraw(source.channel)
    this.#offers?.withdrawn(source)
  }

  #invite(open: Open): void {
    this.#letGo.delete(open.source.channel)
    if (this.#closing.has(open.source.channel)) return
    this.#offer([open.source])
    this.#begin(open)
  }

  #greeted(theirs: Bytes): void {
    const mine = this.#mine
    if (mine === null || this.#theirs !== null) return this.#violated()
    this.#theirs = theirs
    this.#offers = new PeerOffers({ role: this.role, origin: this.carrier.origin, mine, theirs })
    this.#offer([...this.#open.values()].map(({ source }) => source))
  }

  #offer(sources: readonly ChannelSource[]): void {
    const tags = this.#offers?.offer(sources, this.env.random) ?? null
    // In messages that hold as many as channels may be open.
    for (let from = 0; tags !== null && from < tags.length; from += MAX_OPEN_CHANNELS)
      this.carrier.send({ t: 'offer', tags: tags.slice(from, from + MAX_OPEN_CHANNELS) })
  }

  /** Proves the channel to who has shown that she has it. */
  #begin(open: Open): void {
    const offers = this.#offers
    if (offers === null || open.mine !== null || open.signing) return
    if (!offers.offered(open.source.channel) || !offers.recognises(open.source)) return
    open.signing = true
    void this.#prove(open, open.line).catch(() => undefined)
  }

  async #prove(open: Open, line: number): Promise<void> {
    const helloNonce = this.#theirs
    if (helloNonce === null) return
    const nonce = this.env.random.bytes(32)
    const channel = open.session.channel
    const { origin } = this.carrier
    const sig = await open.source.sign(openProof({ role: this.role, origin, channel, helloNonce, openNonce: nonce }))
    if (open.line !== line || this.#theirs !== helloNonce) return
    open.signing = false
    open.mine = nonce
    this.carrier.send({ t: 'open', ch: channel, nonce, sig })
    if (open.theirs !== null) this.#opened(open)
  }

  async #proved({ ch, nonce, sig }: MessageOf<'open'>): Promise<void> {
    const offers = this.#offers
    const helloNonce = this.#mine
    if (offers === null || helloNonce === null) return this.#violated()
    const channel = toHex(ch) as ChannelId
    if (this.#closing.has(channel)) return
    const open = this.#open.get(channel)
    // Let go of here before the other side was known to have it. Of any other channel she learns nothing by asking.
    if (open === undefined) return this.#wasLetGo(channel) ? this.#close(channel) : this.#violated()
    const { origin } = this.carrier
    const { line } = open
    const bytes = openProof({ role: otherRole(this.role), origin, channel: ch, helloNonce, openNonce: nonce })
    const isExpected = open.theirs === null && offers.recognises(open.source)
    const isProved = isExpected && (await this.env.verify(ch, sig, bytes))
    if (open.line !== line || this.#mine !== helloNonce) return
    if (!isProved) return this.#violated()
    open.theirs = nonce
    if (open.mine !== null) this.#opened(open)
    else this.#begin(open)
  }

  #opened(open: Open): void {
    const { mine, theirs } = open
    if (mine === null || theirs === null) return
    const [a, b] = this.role === 'peer-a' ? [mine, theirs] : [theirs, mine]
    open.fingerprint = fingerprintWith(this.env.hash, this.env.hash(concat(a, b)))
    open.line++
    this.#transfer.drop(open)
    this.#step(open, { type: 'open' })
  }

  #step(open: Open, event: PeerEvent): void {
    const { state, effects } = peerStep(open.session, event, open.source.held, open.fingerprint)
    open.session = state
    for (const effect of effects) this.#effect(open, effect)
    this.#compare()
    this.env.changed()
  }

  /** One comparison at a time, in the order of the offer: what the newest channel brings need not be sent again in older ones. */
  #compare(): void {
    if (this.role !== 'peer-a') return
    const all = [...this.#open.values()].filter(({ session }) => session.open)
    if (all.some(({ session }) => isAsking(session) || session.again)) return
    const next = all.find(({ session }) => !session.compared)
    if (next !== undefined) this.#step(next, { type: 'ask' })
  }

  #effect(open: Open, effect: PeerEffect): void {
    switch (effect.type) {
      case 'send':
        this.carrier.send(effect.message)
        break
      case 'give':
        void this.#transfer.give(open, effect.ids)
        break
      case 'receive':
        void this.#transfer.receive(open, effect.entries)
        break
      case 'acked':
        this.#transfer.acked(open, effect.ids)
        break
      case 'put-off':
        this.#transfer.putOff(open, effect.ids)
        open.cancelLater?.()
        open.cancelLater = this.env.clock.after(effect.after, () => this.#step(open, { type: 'again' }))
        break
      case 'whisper':
        // Each costs the opening of a seal and a signature to check; an honest device says a few in a second.
        if (this.#whispers.take(this.env.clock.now())) open.source.whisper(effect.data, this.carrier.address)
        break
      case 'violation':
        this.#violated()
        break
    }
  }
}
