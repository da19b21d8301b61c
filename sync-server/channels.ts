// The channels somebody has open, who listens to each, and the one queue by which anything is stored: puts and links of one
// turn of the event loop are committed together, acknowledged and passed on after. Rules CH-15 to CH-19.
import { compare, type Bytes } from '../src/base/bytes.ts'
import type { Clock, Random } from '../src/base/environment.ts'
import { encodeMessage, type Message } from '../src/wire/messages.ts'
import { MAX_IDS } from '../src/wire/limits.ts'
import type { RelayConfig } from './config.ts'
import { hash } from './hash.ts'
import type { Log } from './log.ts'
import type { NumberedEntry, Store } from './store/store.ts'
import { encodeAck, encodePut, latin1 } from './swift.ts'

const DAY = 24 * 60 * 60 * 1000
/** What a client is asked to wait when the disk does not take more. */
const STORE_RETRY_MS = 30_000

/** Somebody listening to a channel. `position`: the number up to which it has been told everything. */
export interface Listener {
  position: number
  /** Numbers it put itself while behind, as [first, last]: not told again. */
  readonly own: [number, number][]
  say(message: Message): void
  sayEncoded(message: Bytes): void
  /** Whether it reads fast enough to be told now; otherwise it is told from the store later. */
  ready(): boolean
  /** There may be something to tell from the store. */
  wake(): void
}

export interface Channel {
  readonly key: number
  readonly id: Bytes
  /** 16 bytes: names what `n` counts. New whenever the relay starts, because its disk may be an older copy (rule CH-9). */
  readonly incarnation: Bytes
  n: number
  bytes: number
  readonly listeners: Set<Listener>
  /** Ids in order, while somebody reconciles; `added` waits to be merged in. */
  sorted: Bytes[] | null
  added: Bytes[]
}

type Write =
  | {
      readonly type: 'put'
      readonly channel: Channel
      readonly from: Listener
      readonly ids: Bytes[]
      readonly entries: Bytes[]
    }
  | {
      readonly type: 'link'
      readonly channel: Channel
      readonly from: Listener
      readonly ids: Bytes[]
      readonly source: Channel
    }

/** What one write came to. `first`..`last` are its numbers; empty when first > last. */
interface Outcome {
  readonly first: number
  readonly last: number
  readonly kept: Bytes[]
  readonly fresh: Fresh[]
  readonly full: Bytes[]
  readonly missing: Bytes[]
}

interface Fresh {
  readonly n: number
  readonly id: Bytes
  /** Null: linked. */
  readonly data: Bytes | null
}

/** Entries with neighbouring numbers, to be told together. */
interface Part {
  readonly first: number
  readonly last: number
  readonly fresh: readonly Fresh[]
  /** Messages, made once for everybody. */
  encoded: Bytes[] | null
  readonly isLink: boolean
}

/** What one commit brought to one channel. */
interface Commit {
  readonly writers: Set<Listener>
  readonly parts: Part[]
  /** To be told from the store, when all of the commit has been answered. */
  readonly behind: Set<Listener>
}

export class Channels {
  readonly #open = new Map<string, Channel>()
  readonly #store: Store
  readonly #config: RelayConfig
  readonly #clock: Clock
  readonly #random: Random
  readonly #log: Log
  readonly #run: Bytes
  #total: number
  #queue: Write[] = []
  #failing = false

  constructor(store: Store, config: RelayConfig, clock: Clock, random: Random, log: Log) {
    this.#store = store
    this.#config = config
    this.#clock = clock
    this.#random = random
    this.#log = log
    this.#run = random.bytes(16)
    this.#total = store.usedBytes()
  }

  /** The channel, whether or not anybody has it open; null when there is none. */
  find(id: Bytes): Channel | null {
    const known = this.#open.get(latin1(id))
    if (known !== undefined) return known
    const row = this.#store.channel(id)
    if (row === null) return null
    return {
      key: row.key,
      id,
      incarnation: hash(Buffer.concat([this.#run, row.incarnation])).subarray(0, 16),
      n: row.n,
      bytes: row.bytes,
      listeners: new Set(),
      sorted: null,
      added: [],
    }
  }

  /** A new, empty channel, durable when this returns; null when the disk does not take it. */
  create(id: Bytes): Channel | null {
    try {
      this.#store.createChannel(id, this.#random.bytes(16), this.today())
      return this.find(id)
    } catch (error) {
      this.failed(error)
      return null
    }
  }

  /** Whether the relay's total leaves room for anything more. */
  isFull(): boolean {
    return this.#total >= this.#config.limits.totalBytes
  }

  join(channel: Channel, listener: Listener): void {
    channel.listeners.add(listener)
    this.#open.set(latin1(channel.id), channel)
    try {
      this.#store.touch(channel.key, this.today())
    } catch (error) {
      this.failed(error)
    }
  }

  leave(channel: Channel, listener: Listener): void {
    channel.listeners.delete(listener)
    if (channel.listeners.size === 0 && !this.#queue.some((write) => write.channel === channel)) {
      this.#open.delete(latin1(channel.id))
    }
  }

  /** Stores `entries`, whose ids are `ids`, and tells everyone. */
  put(channel: Channel, from: Listener, ids: Bytes[], entries: Bytes[]): void {
    this.#enqueue({ type: 'put', channel, from, ids, entries })
  }

  link(channel: Channel, from: Listener, ids: Bytes[], source: Channel): void {
    this.#enqueue({ type: 'link', channel, from, ids, source })
  }

  /** Passed on to whoever else listens and keeps up. */
  whisper(channel: Channel, from: Listener, data: Bytes): void {
    const encoded = encodeMessage({ t: 'whisper', ch: channel.id, data })
    for (const listener of channel.listeners) if (listener !== from && listener.ready()) listener.sayEncoded(encoded)
  }

  /** Ids of a channel in ascending order. The array is the channel's own: read it, at once. */
  sortedIds(channel: Channel): readonly Bytes[] {
    if (channel.sorted === null) channel.sorted = this.#store.ids(channel.key)
    else if (channel.added.length > 0) channel.sorted = merge(channel.sorted, channel.added.sort(compare))
    channel.added = []
    return channel.sorted
  }

  read(channel: Channel, id: Bytes): Bytes | null {
    return this.#store.read(channel.key, id)
  }

  has(channel: Channel, id: Bytes): boolean {
    return this.#store.has(channel.key, id)
  }

  after(channel: Channel, n: number): NumberedEntry[] {
    return this.#store.after(channel.key, n, this.#config.limits.batchBytes, 256)
  }

  /** Forgets what nobody opened for the configured days. */
  forget(): void {
    try {
      const open = [...this.#open.values()]
      for (const channel of open) this.#store.touch(channel.key, this.today())
      const keys = open.map((channel) => channel.key)
      const channels = this.#store.forget(this.today() - this.#config.forgetAfterDays, keys)
      this.#total = this.#store.usedBytes()
      if (channels > 0) this.#log({ event: 'forgotten', channels })
    } catch (error) {
      this.failed(error)
    }
  }

  /** Commits what waits; before closing the store. */
  flush(): void {
    const writes = this.#queue
    this.#queue = []
    if (writes.length === 0) return
    const outcomes = this.#commit(writes)
    const commits = new Map<Channel, Commit>()
    for (const { channel, from } of writes) {
      const commit = commits.get(channel)
      if (commit === undefined) commits.set(channel, { writers: new Set([from]), parts: [], behind: new Set() })
      else commit.writers.add(from)
    }
    writes.forEach((write, i) => {
      const outcome = outcomes?.[i]
      const commit = commits.get(write.channel)
      if (outcome === undefined || commit === undefined) {
        inPieces(write.ids, (ids) =>
          write.from.say({ t: 'refuse', ch: write.channel.id, ids, code: 'busy', after: STORE_RETRY_MS }),
        )
      } else this.#answer(write, outcome, commit)
    })
    for (const [channel, commit] of commits) tellReaders(channel, commit)
    for (const { behind } of commits.values()) for (const listener of behind) listener.wake()
    for (const { channel } of writes) if (channel.listeners.size === 0) this.#open.delete(latin1(channel.id))
  }

  today(): number {
    return Math.floor(this.#clock.now() / DAY)
  }

  #enqueue(write: Write): void {
    if (this.#queue.length === 0) setImmediate(() => this.flush())
    this.#queue.push(write)
  }

  /** One transaction for all; null when it failed, and then nothing changed. */
  #commit(writes: readonly Write[]): Outcome[] | null {
    const before = new Map(writes.map(({ channel }) => [channel, { n: channel.n, bytes: channel.bytes }]))
    const total = this.#total
    try {
      const outcomes = this.#store.commit(() => writes.map((write) => this.#apply(write)))
      if (this.#failing) this.#log({ event: 'store-recovered' })
      this.#failing = false
      return outcomes
    } catch (error) {
      for (const [channel, { n, bytes }] of before) Object.assign(channel, { n, bytes })
      this.#total = total
      this.failed(error)
      return null
    }
  }

  #apply(write: Write): Outcome {
    const first = write.channel.n + 1
    const outcome: Outcome = { first, last: 0, kept: [], fresh: [], full: [], missing: [] }
    write.ids.forEach((id, i) => {
      if (write.type === 'put') return this.#applyOne(write.channel, id, write.entries[i] as Bytes, null, outcome)
      const size = this.#store.size(write.source.key, id)
      if (size === null) outcome.missing.push(id)
      else this.#applyOne(write.channel, id, null, size, outcome)
    })
    return { ...outcome, last: write.channel.n }
  }

  /** An entry with its bytes, or the size of one whose bytes are stored. */
  #applyOne(channel: Channel, id: Bytes, data: Bytes | null, linked: number | null, outcome: Outcome): void {
    const size = data?.length ?? linked ?? 0
    const n = channel.n + 1
    if (!this.#hasRoom(channel, size, data !== null)) {
      ;(this.#store.has(channel.key, id) ? outcome.kept : outcome.full).push(id)
      return
    }
    const isNew =
      data === null ? this.#store.insertLinked(channel.key, n, id, size) : this.#store.insert(channel.key, n, id, data)
    outcome.kept.push(id)
    if (!isNew) return
    channel.n = n
    channel.bytes += size
    if (data !== null) this.#total += size
    outcome.fresh.push({ n, id, data })
  }

  #hasRoom(channel: Channel, size: number, isNew: boolean): boolean {
    const { channelEntries, channelBytes, totalBytes } = this.#config.limits
    if (isNew && this.#total + size > totalBytes) return false
    return channel.n < channelEntries && channel.bytes + size <= channelBytes
  }

  /** Tells who wrote what came of it, and the others who wrote in the same commit what they have to be told in between. */
  #answer(write: Write, outcome: Outcome, commit: Commit): void {
    const { channel, from } = write
    const { first, last, fresh } = outcome
    if (channel.sorted !== null) for (const { id } of fresh) channel.added.push(id)
    if (first <= last) this.#advance(from, outcome)
    const caughtUp = from.position === last ? last : undefined
    inPieces(outcome.kept, (ids, isLast) => {
      from.sayEncoded(encodeAck(channel.id, ids, isLast ? caughtUp : undefined))
    })
    inPieces(outcome.missing, (ids) => from.say({ t: 'want', ch: channel.id, ids }))
    inPieces(outcome.full, (ids) => from.say({ t: 'refuse', ch: channel.id, ids, code: 'quota' }))
    if (first > last) return
    const part = { first, last, fresh, encoded: null, isLink: write.type === 'link' }
    commit.parts.push(part)
    for (const listener of commit.writers) if (listener !== from) tell(channel, listener, part, commit.behind)
  }

  /** The sender has what it sent. */
  #advance(from: Listener, { first, last }: Outcome): void {
    if (from.position === first - 1) from.position = last
    else {
      const previous = from.own[from.own.length - 1]
      if (previous?.[1] === first - 1) previous[1] = last
      else from.own.push([first, last])
    }
  }

  /** Notes, once, that the store fails. */
  failed(error: unknown): void {
    if (this.#failing) return
    this.#failing = true
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    this.#log({ event: 'store-failed', code })
  }
}

/** Once what all of a commit brought, in as few messages as it takes. */
function tellReaders(channel: Channel, { writers, parts, behind }: Commit): void {
  const [start] = parts
  const end = parts[parts.length - 1]
  if (start === undefined || end === undefined) return
  const isLink = parts.some((part) => part.isLink)
  const fresh = parts.length === 1 ? start.fresh : parts.flatMap((part) => part.fresh)
  const whole: Part = {
    first: start.first,
    last: end.last,
    fresh,
    encoded: start === end ? start.encoded : null,
    isLink,
  }
  for (const listener of channel.listeners) if (!writers.has(listener)) tell(channel, listener, whole, behind)
}

/** Now, when it was told everything before and keeps up; otherwise it is told from the store. */
function tell(channel: Channel, listener: Listener, part: Part, behind: Set<Listener>): void {
  if (part.isLink || listener.position !== part.first - 1 || !listener.ready()) {
    behind.add(listener)
    return
  }
  part.encoded ??= encodePuts(channel.id, part.fresh)
  for (const message of part.encoded) listener.sayEncoded(message)
  listener.position = part.last
}

/** Bytes of entries in one message, when there are several: small, so that a slow line shows progress. */
const PUT_BYTES = 64 * 1024

function encodePuts(ch: Bytes, fresh: readonly Fresh[]): Bytes[] {
  const out: Bytes[] = []
  let entries: Bytes[] = []
  let size = 0
  let n = 0
  for (const entry of fresh) {
    if (entry.data === null) continue
    if (entries.length > 0 && (size + entry.data.length > PUT_BYTES || entries.length >= MAX_IDS)) {
      out.push(encodePut(ch, entries, n))
      entries = []
      size = 0
    }
    entries.push(entry.data)
    size += entry.data.length
    n = entry.n
  }
  if (entries.length > 0) out.push(encodePut(ch, entries, n))
  return out
}

function inPieces(ids: readonly Bytes[], each: (ids: Bytes[], isLast: boolean) => void): void {
  for (let at = 0; at < ids.length; at += MAX_IDS) each(ids.slice(at, at + MAX_IDS), at + MAX_IDS >= ids.length)
}

/** Two ascending lists as one. */
function merge(a: readonly Bytes[], b: readonly Bytes[]): Bytes[] {
  const out: Bytes[] = []
  let i = 0
  for (const id of b) {
    for (let next = a[i]; next !== undefined && compare(next, id) < 0; next = a[++i]) out.push(next)
    out.push(id)
  }
  for (; i < a.length; i++) out.push(a[i] as Bytes)
  return out
}
