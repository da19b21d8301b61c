// Drives the sessions of one carrier: opens channels with their proofs, loads what sessions give, stores what they
// receive, links instead of sending where another open channel already has the entry. Owns no keys (sources sign) and
// decides nothing about content. Implements rules CH-2, CH-7, CH-8 and CH-15.
import { type Bytes, concat, toHex } from '../base/bytes.ts'
import type { Clock, Millis, Random } from '../base/environment.ts'
import { type EntryId, EntryId as entryIds, type ChannelId, idBytes } from '../base/ids.ts'
import { MAX_IDS } from '../wire/limits.ts'
import type { ErrorCode, Message } from '../wire/messages.ts'
import { openProof } from '../wire/proof.ts'
import { type Fingerprint, fingerprintWith } from '../wire/ranges.ts'
import type { Carrier } from './carrier.ts'
import { LeftOff } from './cursor.ts'
import {
  closed,
  complete,
  type Effect,
  type Held,
  inStep,
  type SessionEvent,
  type SessionState,
  step,
} from './session.ts'

/** What a space or an invitation offers for one channel. */
export interface ChannelSource {
  readonly channel: ChannelId
  /** Raw Ed25519 by the channel's key. */
  sign(bytes: Bytes): Promise<Bytes>
  /** The operator's token for this carrier, where a channel may have to be created. */
  readonly token: string | undefined
  readonly held: Held
  /** Outer bytes; ids not held are left out. */
  load(ids: readonly EntryId[]): Promise<ReadonlyMap<EntryId, Bytes>>
  /** Resolves with the ids of what was given, when all of it is durable here (known before or not). Never rejects on hostile bytes. */
  receive(entries: readonly Bytes[]): Promise<readonly EntryId[]>
  acked(ids: readonly EntryId[]): void
  /** The other side does not have these, which may be given to it. */
  lacks?(ids: readonly EntryId[]): void
  /** It does not take them. */
  refused?(code: ErrorCode): void
  /** `peer`: the address of the connection it came on, where that is one to a device and not to a relay. */
  whisper(data: Bytes, peer?: string): void
  /**
   * What this channel is called in a context: 32 bytes that only who has the channel's secret key can compute or recognise. Absent:
   * never offered to another device.
   */
  tag?(context: Bytes): Bytes
}

export interface LinkCounts {
  entriesSent: number
  bytesSent: number
  entriesReceived: number
  bytesReceived: number
}

interface Open {
  readonly source: ChannelSource
  state: SessionState
  fingerprint: Fingerprint
  /** Receiving is asynchronous: sessions are not in step while it runs. */
  receiving: number
  giving: number
  /** Hex ids known to lie in this channel at the other side (acknowledged or received there). */
  readonly there: Set<string>
  /** Of these, what others gave while this device had it in its own queue: it need not be given again. */
  readonly passed: Set<string>
  readonly leftOff: LeftOff
  cancelLater: (() => void) | null
  /** Counts the lines this channel was opened on: what was begun on one must not go into the next. */
  line: number
}

export interface LinkEnvironment {
  readonly clock: Clock
  readonly random: Random
  /** First 32 bytes of SHA-512. */
  readonly hash: (bytes: Bytes) => Bytes
  /** Something a face may want to show has changed. */
  readonly changed: () => void
}

const REFUSED_AGAIN_MS = 15_000
const UNSTORED_AGAIN_MS = 2_000
/** Entries put together up to this, so that on a slow line others get a word in between. */
const BATCH_BYTES = 64 * 1024

export class Link {
  readonly counts: LinkCounts = { entriesSent: 0, bytesSent: 0, entriesReceived: 0, bytesReceived: 0 }
  #open = new Map<ChannelId, Open>()
  #hello: Bytes | null = null
  #up = false

  constructor(
    readonly carrier: Carrier,
    private readonly env: LinkEnvironment,
  ) {}

  start(): void {
    this.carrier.start({
      up: () => {
        this.#up = true
        this.env.changed()
      },
      down: () => this.#down(),
      message: (message) => this.#message(message),
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
      state: closed(idBytes(source.channel)),
      fingerprint: () => new Uint8Array(16),
      receiving: 0,
      giving: 0,
      there: new Set(),
      passed: new Set(),
      leftOff: new LeftOff(),
      cancelLater: null,
      line: 0,
    }
    this.#open.set(source.channel, open)
    if (this.#hello !== null) void this.#begin(open)
  }

  detach(channel: ChannelId): void {
    const open = this.#open.get(channel)
    if (open === undefined) return
    open.cancelLater?.()
    this.#open.delete(channel)
    const { phase } = open.state
    // What is still being loaded or stored for it must not be said on a channel that is closed.
    open.line++
    open.state = closed(idBytes(channel))
    if (this.#up && phase !== 'closed') this.carrier.send({ t: 'close', ch: idBytes(channel) })
  }

  /** Compares every open channel anew; `settled` then means in step as of now. */
  ask(): void {
    for (const open of this.#open.values()) this.#step(open, { type: 'ask' })
  }

  /** The same for one channel. */
  askOf(channel: ChannelId): void {
    const open = this.#open.get(channel)
    if (open !== undefined) this.#step(open, { type: 'ask' })
  }

  /** Entries that now belong to the channel's set: written here, or received by another way. */
  added(channel: ChannelId, ids: readonly EntryId[]): void {
    const open = this.#open.get(channel)
    if (open === undefined) return
    const news = ids.filter((id) => !open.there.has(id))
    if (news.length > 0) this.#step(open, { type: 'added', ids: news.map(idBytes) })
  }

  whisper(channel: ChannelId, data: Bytes): void {
    const open = this.#open.get(channel)
    if (open?.state.phase === 'open') this.carrier.send({ t: 'whisper', ch: idBytes(channel), data })
  }

  inStep(channel: ChannelId): boolean {
    const open = this.#open.get(channel)
    return open !== undefined && open.receiving === 0 && open.giving === 0 && inStep(open.state)
  }

  refusal(channel: ChannelId): ErrorCode | null {
    return this.#open.get(channel)?.state.refusal ?? null
  }

  async #begin(open: Open): Promise<void> {
    const hello = this.#hello
    if (hello === null) return
    const nonce = this.env.random.bytes(32)
    const channel = idBytes(open.source.channel)
    open.fingerprint = fingerprintWith(this.env.hash, this.env.hash(concat(hello, nonce)))
    const cursor = open.leftOff.offer(this.env.clock.now())
    if (cursor === null) open.there.clear()
    open.passed.clear()
    open.line++
    open.state = closed(channel)
    const { origin } = this.carrier
    const sig = await open.source.sign(
      openProof({ role: 'client', origin, channel, helloNonce: hello, openNonce: nonce }),
    )
    if (this.#hello !== hello || this.#open.get(open.source.channel) !== open) return
    this.carrier.send({ t: 'open', ch: channel, nonce, sig, token: open.source.token, cursor: cursor ?? undefined })
    const resume = cursor && { cursor, lacking: open.leftOff.lacking(open.source.held.sorted(), open.there) }
    this.#step(open, { type: 'start', channel, ...(resume && { resume }) })
  }

  #down(): void {
    this.#hello = null
    this.#up = false
    for (const open of this.#open.values()) {
      open.cancelLater?.()
      open.line++
      open.state = closed(idBytes(open.source.channel))
    }
    this.env.changed()
  }

  #message(message: Message): void {
    if (message.t === 'hello') {
      this.#hello = message.nonce
      for (const open of this.#open.values()) void this.#begin(open)
      return
    }
    const channel = 'ch' in message && message.ch !== undefined ? toHex(message.ch) : null
    if (channel === null) return
    const open = this.#open.get(channel as ChannelId)
    if (open === undefined) return
    if (message.t === 'want') this.#notThere(message.ids)
    if (message.t === 'refuse') open.source.refused?.(message.code)
    this.#step(open, { type: 'message', message })
    if (message.t !== 'opened') return
    if (open.state.resumed) return open.leftOff.resumed()
    open.leftOff.notResumed()
    open.there.clear()
  }

  /** What is asked for is not where it was believed to be: it will be sent, not linked. */
  #notThere(ids: readonly Bytes[]): void {
    for (const open of this.#open.values()) {
      for (const id of ids) open.there.delete(toHex(id))
      open.leftOff.asksFor(ids)
    }
  }

  #step(open: Open, event: SessionEvent): void {
    const isComparing = open.state.asked.size > 0
    const { state, effects } = step(open.state, event, open.source.held, open.fingerprint)
    open.state = state
    if (!isComparing && state.asked.size > 0) open.leftOff.comparing(open.source.held.sorted())
    for (const effect of effects) this.#effect(open, effect)
    this.#notice(open)
    this.env.changed()
  }

  #notice(open: Open): void {
    const isComplete = open.receiving === 0 && complete(open.state)
    const standing = { told: open.state.told, complete: isComplete, inStep: this.inStep(open.source.channel) }
    open.leftOff.notice(standing, this.env.clock.now())
  }

  #effect(open: Open, effect: Effect): void {
    switch (effect.type) {
      case 'send':
        this.carrier.send(effect.message)
        break
      case 'give':
        void this.#give(open, effect.ids)
        break
      case 'receive':
        void this.#receive(open, effect.entries)
        break
      case 'acked':
        for (const id of effect.ids) open.there.add(toHex(id))
        open.source.acked(effect.ids.map((id) => entryIds.must(id)))
        break
      case 'lacks':
        open.source.lacks?.(effect.ids.map((id) => entryIds.must(id)))
        break
      case 'whisper':
        open.source.whisper(effect.data)
        break
      case 'later':
        open.cancelLater?.()
        open.cancelLater = this.env.clock.after(effect.after, () => this.#step(open, { type: 'again' }))
        break
      case 'refused':
        // What refuses today may take it tomorrow: the operator sets the address right, the inviter makes the channel.
        open.cancelLater?.()
        open.cancelLater = this.env.clock.after(REFUSED_AGAIN_MS, () => void this.#begin(open))
        break
    }
  }

  async #receive(open: Open, entries: readonly Bytes[]): Promise<void> {
    open.receiving++
    this.counts.entriesReceived += entries.length
    this.counts.bytesReceived += entries.reduce((sum, entry) => sum + entry.length, 0)
    for (const entry of entries) {
      const id = toHex(this.env.hash(entry))
      open.there.add(id)
      if (open.state.queue.length > 0) open.passed.add(id)
    }
    try {
      const ids = await open.source.receive(entries)
      open.receiving--
      this.#step(open, { type: 'stored', ids: ids.map(idBytes) })
    } catch {
      // Storage refused: nothing of it is here. The session goes on, and asks again in a while.
      open.receiving--
      const ids = entries.map((entry) => this.env.hash(entry))
      for (const id of ids) open.there.delete(toHex(id))
      open.leftOff.unsound()
      this.#step(open, { type: 'stored', ids })
      this.env.clock.after(UNSTORED_AGAIN_MS, () => this.#step(open, { type: 'ask' }))
    }
  }

  async #give(open: Open, ids: readonly Bytes[]): Promise<void> {
    const passed = ids.filter((id) => open.passed.has(toHex(id)))
    if (open.state.queue.length === 0) open.passed.clear()
    if (passed.length > 0) {
      open.source.acked(passed.map((id) => entryIds.must(id)))
      this.#step(open, { type: 'there', ids: passed })
    }
    open.giving++
    const rest = this.#linked(open, without(ids, passed))
    const { line } = open
    const loaded = await this.#load(open, rest)
    open.giving--
    if (open.line !== line) return
    for (const batch of batches([...loaded.values()])) {
      if (this.carrier.send({ t: 'put', ch: idBytes(open.source.channel), entries: batch })) {
        this.counts.entriesSent += batch.length
        this.counts.bytesSent += batch.reduce((sum, entry) => sum + entry.length, 0)
      }
    }
    const lost = rest.filter((id) => !loaded.has(entryIds.must(id)))
    if (lost.length > 0) return this.#step(open, { type: 'unread', ids: lost })
    this.#notice(open)
    this.env.changed()
  }

  async #load(open: Open, ids: readonly Bytes[]): Promise<ReadonlyMap<EntryId, Bytes>> {
    try {
      return await open.source.load(ids.map((id) => entryIds.must(id)))
    } catch {
      return new Map()
    }
  }

  /** Links what another open channel of this carrier is known to have; answers the rest. */
  #linked(open: Open, ids: readonly Bytes[]): readonly Bytes[] {
    let rest = ids
    for (const other of this.#open.values()) {
      if (other === open || other.state.phase !== 'open') continue
      const there = rest.filter((id) => other.there.has(toHex(id)) || other.leftOff.knows(id))
      for (let from = 0; from < there.length; from += MAX_IDS) {
        const some = there.slice(from, from + MAX_IDS)
        this.carrier.send({ t: 'link', ch: open.state.channel, from: idBytes(other.source.channel), ids: some })
      }
      const linked = new Set(there)
      if (there.length > 0) rest = rest.filter((id) => !linked.has(id))
    }
    return rest
  }

  /** Entries of one channel still to come and to go, as far as known. */
  pendingOf(channel: ChannelId): { readonly wanted: number; readonly toSend: number } {
    const state = this.#open.get(channel)?.state
    return { wanted: state?.wanted.size ?? 0, toSend: state === undefined ? 0 : state.given.size + state.queue.length }
  }

  /** When every channel here is in step; resolves false at the end of `timeout`. */
  settled(timeout: Millis): Promise<boolean> {
    const done = () => this.#up && [...this.#open.keys()].every((channel) => this.inStep(channel))
    return new Promise((resolve) => {
      if (done()) return resolve(true)
      const finish = (value: boolean) => {
        cancel()
        this.#watchers.delete(check)
        resolve(value)
      }
      const check = () => {
        if (done()) finish(true)
      }
      const cancel = this.env.clock.after(timeout, () => finish(false))
      this.#watchers.add(check)
    })
  }

  /** Called by whoever owns `env.changed`, after each change. */
  notify(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }

  #watchers = new Set<() => void>()
}

function without(ids: readonly Bytes[], others: readonly Bytes[]): readonly Bytes[] {
  if (others.length === 0) return ids
  const out = new Set(others.map(toHex))
  return ids.filter((id) => !out.has(toHex(id)))
}

/** Entries in messages below the limit, order kept. */
function batches(entries: readonly Bytes[]): Bytes[][] {
  const out: Bytes[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const entry of entries) {
    const last = out[out.length - 1]
    if (last === undefined || size + entry.length + 8 > BATCH_BYTES || last.length >= MAX_IDS) {
      out.push([entry])
      size = entry.length
    } else {
      last.push(entry)
      size += entry.length + 8
    }
  }
  return out
}
