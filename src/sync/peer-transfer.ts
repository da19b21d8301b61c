// Entries on their way between this device's stores and one other device: read in small pieces and put within a window, received and
// stored, never given back to where they came from. Owns what is under way and how much of it there may be; what is to be given or
// acknowledged is the sessions' to say (CH-33, CH-34).
import { type Bytes, toHex } from '../base/bytes.ts'
import { type EntryId, EntryId as entryIds, idBytes } from '../base/ids.ts'
import { MAX_PEER_BACKLOG_BYTES, PEER_WINDOW_BYTES } from '../wire/limits.ts'
import type { Carrier } from './carrier.ts'
import type { ChannelSource, LinkCounts } from './link.ts'
import { batches, Flying } from './peer-flow.ts'
import type { PeerEvent } from './peer-session.ts'

/** Read for one `put` at a time: bounds what lies in memory. */
const READ_AT_ONCE = 16
const UNSTORED_AGAIN_MS = 5_000

/** One channel, as the link keeps it. */
export interface Opening {
  readonly source: ChannelSource
  /** Counts the openings: what was begun in one must not go into the next. */
  readonly line: number
  receiving: number
  giving: number
}

export interface TransferEvents<T> {
  step(open: T, event: PeerEvent): void
  changed(): void
}

export class PeerTransfer<T extends Opening> {
  readonly counts: LinkCounts = { entriesSent: 0, bytesSent: 0, entriesReceived: 0, bytesReceived: 0 }
  /** Hex ids that the other device is known to have. All of them are held here, too. */
  readonly #there = new Set<string>()
  /** Being stored: not to be given back meanwhile. */
  readonly #arriving = new Set<string>()
  /** Bytes that came and are not done with. */
  #backlog = 0
  readonly #flying = new Flying(PEER_WINDOW_BYTES)
  #giving: Promise<void> = Promise.resolve()
  /** Counts the connections. */
  #life = 0

  constructor(
    private readonly carrier: Carrier,
    private readonly hash: (bytes: Bytes) => Bytes,
    private readonly events: TransferEvents<T>,
  ) {}

  /** The other device has it, or is just giving it. */
  has(id: string): boolean {
    return this.#there.has(id) || this.#arriving.has(id)
  }

  /** False: more than any honest device leaves to be done. */
  takes(bytes: number): boolean {
    this.#backlog += bytes
    return this.#backlog <= MAX_PEER_BACKLOG_BYTES
  }

  done(bytes: number): void {
    this.#backlog -= bytes
  }

  acked({ source }: T, ids: readonly Bytes[]): void {
    for (const id of ids.map(toHex)) {
      this.#there.add(id)
      this.#flying.landed(source.channel, id)
    }
  }

  putOff({ source }: T, ids: readonly Bytes[]): void {
    for (const id of ids) this.#flying.landed(source.channel, toHex(id))
  }

  /** Nothing is awaited in this channel any more. */
  drop({ source }: T): void {
    this.#flying.drop(source.channel)
  }

  /** The connection is over. */
  forget(): void {
    this.#life++
    this.#backlog = 0
    this.#there.clear()
  }

  async receive(open: T, entries: readonly Bytes[]): Promise<void> {
    const { line } = open
    const life = this.#life
    const size = entries.reduce((sum, entry) => sum + entry.length, 0)
    const ids = entries.map((entry) => this.hash(entry))
    const fresh = ids.map(toHex).filter((id) => !this.#arriving.has(id))
    open.receiving++
    this.#backlog += size
    this.counts.entriesReceived += entries.length
    this.counts.bytesReceived += size
    for (const id of fresh) this.#arriving.add(id)
    const stored = await this.#store(open.source, entries)
    open.receiving--
    for (const id of fresh) this.#arriving.delete(id)
    if (this.#life !== life) return
    this.#backlog -= size
    if (stored) for (const id of fresh) if (open.source.held.has(id)) this.#there.add(id)
    if (open.line !== line) return
    this.events.step(open, stored ? { type: 'stored', ids } : { type: 'unstored', ids, after: UNSTORED_AGAIN_MS })
  }

  async #store(source: ChannelSource, entries: readonly Bytes[]): Promise<boolean> {
    try {
      await source.receive(entries)
      return true
    } catch {
      return false
    }
  }

  async give(open: T, ids: readonly Bytes[]): Promise<void> {
    open.giving++
    const { line } = open
    // One after the other: the window holds for all channels of the connection.
    const turn = this.#giving.then(() => this.#put(open, line, ids))
    this.#giving = turn.catch(() => undefined)
    await this.#giving
    open.giving--
    this.events.changed()
  }

  async #put(open: T, line: number, all: readonly Bytes[]): Promise<void> {
    const { channel, held } = open.source
    // What is given unasked may be there by another channel.
    const known = held.givesOnly?.() === true ? all.filter((id) => this.#there.has(toHex(id))) : []
    const ids = known.length === 0 ? all : all.filter((id) => !known.includes(id))
    if (known.length > 0 && open.line === line) this.events.step(open, { type: 'unread', ids: known })
    for (let from = 0; from < ids.length; from += READ_AT_ONCE) {
      await this.#flying.room()
      if (open.line !== line) return
      const some = ids.slice(from, from + READ_AT_ONCE)
      const loaded = await this.#load(open.source, some)
      if (open.line !== line) return
      for (const batch of batches([...loaded])) {
        for (const [id, entry] of batch) this.#flying.off(channel, id, entry.length)
        const entries = batch.map(([, entry]) => entry)
        if (!this.carrier.send({ t: 'put', ch: idBytes(channel), entries })) return
        this.counts.entriesSent += entries.length
        this.counts.bytesSent += entries.reduce((sum, entry) => sum + entry.length, 0)
      }
      const lost = some.filter((id) => !loaded.has(entryIds.must(id)))
      if (lost.length > 0) this.events.step(open, { type: 'unread', ids: lost })
    }
  }

  async #load(source: ChannelSource, ids: readonly Bytes[]): Promise<ReadonlyMap<EntryId, Bytes>> {
    try {
      return await source.load(ids.map((id) => entryIds.must(id)))
    } catch {
      return new Map()
    }
  }
}
