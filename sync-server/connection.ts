// One client's conversation: which channels it has opened, what it may say when, and what still has to be sent to it, at
// the pace it reads. Holds everything known of a connection; all of it is forgotten when the socket ends. Rules CH-1 to CH-22.
import { concat, type Bytes, equal } from '../src/base/bytes.ts'
import type { Clock, Millis, Random } from '../src/base/environment.ts'
import { ok } from '../src/base/result.ts'
import { decodeMessage, encodeMessage, type ErrorCode, type Message, type MessageOf } from '../src/wire/messages.ts'
import { MAX_IDS, MAX_OPEN_CHANNELS } from '../src/wire/limits.ts'
import { openProof } from '../src/wire/proof.ts'
import { answer, type Fingerprint, fingerprintWith } from '../src/wire/ranges.ts'
import type { Peer, PeerHandler } from './adapter.ts'
import type { Channel, Channels, Listener } from './channels.ts'
import type { RelayConfig } from './config.ts'
import { hash } from './hash.ts'
import { Bucket, sameToken } from './quota.ts'
import { claimedOrigins } from './origins.ts'
import { verifyStrict } from './signature.ts'
import { latin1, swiftPut } from './swift.ts'

/** What a connection needs of the relay around it. */
export interface Surroundings {
  readonly channels: Channels
  readonly config: RelayConfig
  readonly clock: Clock
  readonly random: Random
  /** The addresses this relay calls its own. */
  origins(): readonly string[]
}

interface Subscription {
  readonly channel: Channel
  readonly listener: Listener
  readonly fingerprint: Fingerprint
}

/** Declined channels that are remembered for one connection. */
const MOST_DECLINED = 4 * MAX_OPEN_CHANNELS
/** Jobs waiting for a reader, above which nothing more is read from it. */
const MOST_JOBS = 32
/** version 1, nonce 24, commitment 32: no entry is shorter. */
const ENTRY_HEAD = 57
const ENTRY_VERSION = 1
/** Opening costs a signature check, or several: as much as this many plain messages. */
const OPEN_COST = 10
/** Reconciling costs hashing all ids of the channel: one message more for each so many. */
const IDS_PER_COST = 500
/** Each id that is looked up on the disk costs more: one message more for each so many. */
const LOOKUPS_PER_COST = 32
/** Passing a whisper on costs a sending for each listener. */
const LISTENERS_PER_COST = 8

export class Connection implements PeerHandler {
  readonly #peer: Peer
  readonly #host: string | undefined
  readonly #around: Surroundings
  readonly #nonce: Bytes
  readonly #open = new Map<string, Subscription>()
  /** Channels whose opening was declined: what was already under way for them breaks no rule. */
  readonly #declined = new Set<string>()
  readonly #jobs: Iterator<Message, void>[] = []
  readonly #messages: Bucket
  readonly #bytes: Bucket
  readonly #creations: Bucket
  readonly #pausedFor = new Set<'rate' | 'backlog'>()
  #cancelRateTimer: () => void = () => {}
  #bad = 0
  /** Some channel may have what this reader was not told yet. */
  #behind = false
  #ended = false

  constructor(peer: Peer, host: string | undefined, around: Surroundings) {
    const { limits } = around.config
    const now = around.clock.now()
    this.#peer = peer
    this.#host = host
    this.#around = around
    this.#nonce = around.random.bytes(32)
    this.#messages = new Bucket(limits.messageBurst, limits.messagesPerSecond, now)
    this.#bytes = new Bucket(limits.byteBurst, limits.bytesPerSecond, now)
    this.#creations = new Bucket(
      limits.channelBurst,
      limits.channelRefillMs === 0 ? 0 : 1000 / limits.channelRefillMs,
      now,
    )
    this.#say({ t: 'hello', v: 1, nonce: this.#nonce })
  }

  receive(data: Bytes): void {
    if (this.#ended) return
    const put = swiftPut(data)
    const decoded = put === null ? decodeMessage(data) : ok(put)
    this.#charge(decoded.ok ? this.#cost(decoded.value) : OPEN_COST, data.length)
    this.#survive(() => {
      if (decoded.ok) this.#take(decoded.value)
      else this.#misbehaved(decoded.error.type === 'MessageTooLarge' ? 'too-large' : 'bad-message')
      this.#pump()
    })
  }

  drained(): void {
    if (this.#jobs.length > 0 || this.#behind || this.#pausedFor.size > 0) this.#survive(() => this.#pump())
  }

  /** A disk that cannot be read ends this conversation, never the relay. */
  #survive(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#around.channels.failed(error)
      this.#peer.close()
    }
  }

  ended(): void {
    this.#ended = true
    this.#cancelRateTimer()
    this.#jobs.length = 0
    for (const { channel, listener } of this.#open.values()) this.#around.channels.leave(channel, listener)
    this.#open.clear()
  }

  #take(message: Message): void {
    switch (message.t) {
      case 'open':
        return this.#opens(message)
      case 'close':
        return this.#withChannel(message.ch, (subscription) => this.#closes(subscription))
      case 'ranges':
        return this.#withChannel(message.ch, (subscription) => this.#ranges(subscription, message))
      case 'want':
        return this.#withChannel(message.ch, ({ channel }) => void this.#jobs.push(this.#give(channel, message.ids)))
      case 'put':
        return this.#withChannel(message.ch, (subscription) => this.#puts(subscription, message))
      case 'link':
        return this.#withChannel(message.ch, ({ channel, listener }) =>
          this.#withChannel(message.from, (source) =>
            this.#around.channels.link(channel, listener, message.ids, source.channel),
          ),
        )
      case 'whisper':
        return this.#withChannel(message.ch, ({ channel, listener }) =>
          this.#around.channels.whisper(channel, listener, message.data),
        )
      case 'ping':
        return this.#say({ t: 'pong' })
      // What a client could not store, it says so; a relay has nothing to do about it.
      case 'pong':
      case 'ack':
      case 'refuse':
      case 'error':
        return
      case 'hello':
      case 'offer':
      case 'opened':
        return this.#misbehaved('bad-message')
    }
  }

  #opens(message: MessageOf<'open'>): void {
    const { ch } = message
    if (this.#open.has(latin1(ch))) return this.#misbehaved('bad-message', ch)
    if (this.#open.size >= MAX_OPEN_CHANNELS) return this.#decline('bad-message', ch)
    const refusal = this.#checkProof(message)
    if (refusal !== null) return this.#misbehaved(refusal, ch)
    const channel = this.#around.channels.find(ch) ?? this.#creates(message)
    if (channel === null) return
    const { cursor } = message
    const resumed = cursor !== undefined && equal(cursor.inc, channel.incarnation) && cursor.n <= channel.n
    const listener = this.#listener(resumed ? cursor.n : channel.n)
    const sessionNonce = hash(concat(this.#nonce, message.nonce))
    this.#open.set(latin1(ch), { channel, listener, fingerprint: fingerprintWith(hash, sessionNonce) })
    this.#around.channels.join(channel, listener)
    this.#behind ||= listener.position < channel.n
    this.#say({ t: 'opened', ch, inc: channel.incarnation, n: channel.n, resumed })
  }

  /** A channel nobody opened here before; null (and the client told) when it may not be made. */
  #creates({ ch, token }: MessageOf<'open'>): Channel | null {
    const { channels, config, clock } = this.#around
    if (config.token !== undefined && (token === undefined || !sameToken(token, config.token))) {
      this.#decline('token-required', ch)
      return null
    }
    const after = this.#creations.tryTake(clock.now())
    if (after > 0) {
      this.#decline('rate', ch, after)
      return null
    }
    if (channels.isFull()) {
      this.#decline('quota', ch)
      return null
    }
    const channel = channels.create(ch)
    if (channel === null) this.#decline('busy', ch, 30_000)
    return channel
  }

  /** Null when the proof was made for this relay and this connection. */
  #checkProof({ ch, nonce, sig }: MessageOf<'open'>): ErrorCode | null {
    const holds = (origin: string) =>
      verifyStrict(
        ch,
        openProof({ role: 'client', origin, channel: ch, helloNonce: this.#nonce, openNonce: nonce }),
        sig,
      )
    if (this.#around.origins().some(holds)) return null
    return claimedOrigins(this.#host).some(holds) ? 'wrong-origin' : 'bad-proof'
  }

  #closes({ channel, listener }: Subscription): void {
    this.#open.delete(latin1(channel.id))
    this.#around.channels.leave(channel, listener)
  }

  #ranges({ channel, fingerprint }: Subscription, { q, ranges }: MessageOf<'ranges'>): void {
    if (q === undefined) return this.#misbehaved('bad-message', channel.id)
    const reply = answer(this.#around.channels.sortedIds(channel), ranges, fingerprint)
    for (let at = 0; at < reply.want.length; at += MAX_IDS) {
      this.#say({ t: 'want', ch: channel.id, ids: reply.want.slice(at, at + MAX_IDS) })
    }
    // After the entries: a client that reads the end of a round has all that the round gave (rule CH-13).
    this.#jobs.push(this.#give(channel, reply.give), one({ t: 'ranges', ch: channel.id, re: q, ranges: reply.ranges }))
  }

  #puts({ channel, listener }: Subscription, { entries }: MessageOf<'put'>): void {
    const good: Bytes[] = []
    const bad: Bytes[] = []
    for (const entry of entries) (isEntry(entry) ? good : bad).push(entry)
    if (bad.length > 0) {
      this.#bad++
      this.#say({ t: 'refuse', ch: channel.id, ids: bad.map(hash), code: 'bad-message' })
      this.#closeIfAbusive()
    }
    if (good.length > 0) this.#around.channels.put(channel, listener, good.map(hash), good)
  }

  /** Entries of `ids` that are in the channel, in messages of modest size. */
  *#give(channel: Channel, ids: readonly Bytes[]): Generator<Message, void> {
    let entries: Bytes[] = []
    let size = 0
    for (const id of ids) {
      const data = this.#around.channels.read(channel, id)
      if (data === null) continue
      if (
        entries.length > 0 &&
        (size + data.length > this.#around.config.limits.batchBytes || entries.length === 256)
      ) {
        yield { t: 'put', ch: channel.id, entries }
        entries = []
        size = 0
      }
      entries.push(data)
      size += data.length
    }
    if (entries.length > 0) yield { t: 'put', ch: channel.id, entries }
  }

  #listener(position: number): Listener {
    return {
      position,
      own: [],
      say: (message) => this.#say(message),
      sayEncoded: (message) => this.#peer.send(message),
      ready: () => this.#peer.buffered() <= this.#around.config.limits.bufferedWhisper,
      wake: () => {
        this.#behind = true
        this.drained()
      },
    }
  }

  /** Sends what waits while the reader keeps up: answers first, then what its channels got since. */
  #pump(): void {
    const { limits } = this.#around.config
    while (!this.#ended && this.#peer.buffered() < limits.bufferedHigh) {
      const job = this.#jobs[0]
      if (job !== undefined) {
        const next = job.next()
        if (next.done === true) this.#jobs.shift()
        else this.#say(next.value)
      } else if (!this.#behind || !this.#catchUp()) break
    }
    this.#setPaused('backlog', this.#peer.buffered() >= limits.bufferedHigh || this.#jobs.length > MOST_JOBS)
  }

  /** Sends one batch of one channel that is behind; false when none is. */
  #catchUp(): boolean {
    for (const { channel, listener } of this.#open.values()) {
      if (listener.position >= channel.n) continue
      const rows = this.#around.channels.after(channel, listener.position)
      const last = rows[rows.length - 1]
      if (last === undefined) continue
      const entries = rows.filter(({ n }) => !listener.own.some(([a, b]) => a <= n && n <= b)).map(({ data }) => data)
      listener.position = last.n
      while (listener.own[0] !== undefined && listener.own[0][1] <= last.n) listener.own.shift()
      if (entries.length > 0) this.#say({ t: 'put', ch: channel.id, entries, n: last.n })
      return true
    }
    this.#behind = false
    return false
  }

  #withChannel(ch: Bytes, act: (subscription: Subscription) => void): void {
    const subscription = this.#open.get(latin1(ch))
    if (subscription !== undefined) act(subscription)
    else if (this.#declined.has(latin1(ch))) this.#say({ t: 'error', code: 'unknown-channel', ch })
    else this.#misbehaved('unknown-channel', ch)
  }

  /** A channel that cannot be opened now: no fault of the client, whose other channels go on. Its rate is what bounds it. */
  #decline(code: ErrorCode, ch: Bytes, after?: Millis): void {
    if (this.#declined.size >= MOST_DECLINED) this.#declined.clear()
    this.#declined.add(latin1(ch))
    this.#say({ t: 'error', code, ch, ...(after === undefined ? {} : { after }) })
  }

  #cost(message: Message): number {
    if (message.t === 'open') return OPEN_COST
    if (message.t === 'put') return 1 + message.entries.length / LOOKUPS_PER_COST
    if (message.t === 'want' || message.t === 'link') return 1 + message.ids.length / LOOKUPS_PER_COST
    if (message.t !== 'ranges' && message.t !== 'whisper') return 1
    const channel = this.#open.get(latin1(message.ch))?.channel
    if (message.t === 'whisper') return 1 + (channel?.listeners.size ?? 0) / LISTENERS_PER_COST
    return 1 + (channel?.n ?? 0) / IDS_PER_COST
  }

  /** Above its rate a client is not refused: the relay stops reading its socket for as long as that takes. */
  #charge(messages: number, bytes: number): void {
    const now = this.#around.clock.now()
    const wait = Math.max(this.#messages.take(messages, now), this.#bytes.take(bytes, now))
    if (wait === 0) return
    this.#setPaused('rate', true)
    this.#cancelRateTimer()
    this.#cancelRateTimer = this.#around.clock.after(wait, () => this.#setPaused('rate', false))
  }

  #setPaused(reason: 'rate' | 'backlog', paused: boolean): void {
    if (this.#ended || paused === this.#pausedFor.has(reason)) return
    if (paused) this.#pausedFor.add(reason)
    else this.#pausedFor.delete(reason)
    if (this.#pausedFor.size > 0) this.#peer.pause()
    else this.#peer.resume()
  }

  #misbehaved(code: ErrorCode, ch?: Bytes): void {
    this.#bad++
    this.#say({ t: 'error', code, ...(ch === undefined ? {} : { ch }) })
    this.#closeIfAbusive()
  }

  #closeIfAbusive(): void {
    if (this.#bad > this.#around.config.limits.badMessages) this.#peer.close()
  }

  #say(message: Message): void {
    if (!this.#ended) this.#peer.send(encodeMessage(message))
  }
}

function isEntry(bytes: Bytes): boolean {
  return bytes.length >= ENTRY_HEAD && bytes[0] === ENTRY_VERSION
}

function* one(message: Message): Generator<Message, void> {
  yield message
}
