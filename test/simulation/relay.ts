// A relay in the simulated world: the real channels and connections of sync-server over a database in memory, on virtual time.
// Can be killed, wiped, put back to an older copy, and made to lie. Owns the database and the relay's life; the lines are the network's.
import type { Bytes } from '../../src/base/bytes.ts'
import { compare, toHex } from '../../src/base/bytes.ts'
import type { Clock } from '../../src/base/environment.ts'
import { originOf } from '../../src/wire/proof.ts'
import { Channels } from '../../sync-server/channels.ts'
import { readConfig } from '../../sync-server/config.ts'
import { Connection } from '../../sync-server/connection.ts'
import type { Peer } from '../../sync-server/adapter.ts'
import { silent } from '../../sync-server/log.ts'
import type { ChannelRow, NumberedEntry, Store } from '../../sync-server/store/store.ts'
import { sha512Half } from '../../src/crypto/index.ts'
import type { Chance } from './chance.ts'
import { instead, type Seizure } from './seized.ts'

interface StoredChannel extends ChannelRow {
  readonly key: number
  readonly id: Bytes
  n: number
  bytes: number
  opened: number
  /** By number, from 1. */
  readonly order: string[]
  /** Hex id to size. */
  readonly has: Map<string, number>
}

export interface RelayImage {
  readonly channels: readonly StoredChannel[]
  readonly contents: ReadonlyMap<string, Bytes>
}

/** The relay's database without SQLite: what `Channels` asks of a Store, with the same answers. */
class MemoryDatabase implements Pick<Store, keyof Store> {
  #channels = new Map<number, StoredChannel>()
  #contents = new Map<string, Bytes>()
  #next = 1
  /** The process that used it was killed: it writes no more. */
  dead = false
  /** Entries are acknowledged and not kept. */
  forgetful = false
  /** Entries are acknowledged and shown to nobody. */
  withholds = false
  /** Those, as [channel, id, data] (`data` null: linked). */
  readonly withheld: [key: number, id: Bytes, data: Bytes | null][] = []

  constructor(image: RelayImage = { channels: [], contents: new Map() }) {
    for (const channel of copied(image.channels)) this.#channels.set(channel.key, channel)
    this.#contents = new Map(image.contents)
    this.#next = 1 + Math.max(0, ...this.#channels.keys())
  }

  image(): RelayImage {
    return { channels: copied([...this.#channels.values()]), contents: new Map(this.#contents) }
  }

  channel(id: Bytes): ChannelRow | null {
    const hex = toHex(id)
    const found = [...this.#channels.values()].find((channel) => toHex(channel.id) === hex)
    return found === undefined ? null : { ...found }
  }

  createChannel(id: Bytes, incarnation: Bytes, day: number): ChannelRow {
    const key = this.#next++
    const order: string[] = []
    this.#channels.set(key, { key, id, incarnation, n: 0, bytes: 0, opened: day, order, has: new Map() })
    return { key, incarnation, n: 0, bytes: 0 }
  }

  touch(key: number, day: number): void {
    const channel = this.#channels.get(key)
    if (channel !== undefined) channel.opened = Math.max(channel.opened, day)
  }

  commit<T>(write: () => T): T {
    if (this.dead) throw new Error('the relay is gone')
    return write()
  }

  insert(key: number, n: number, id: Bytes, data: Bytes): boolean {
    if (this.withholds && !this.has(key, id)) {
      this.withheld.push([key, id, data])
      return false
    }
    if (!this.insertLinked(key, n, id, data.length)) return false
    if (!this.forgetful) this.#contents.set(toHex(id), data)
    return true
  }

  insertLinked(key: number, _n: number, id: Bytes, size: number): boolean {
    const channel = this.#channels.get(key)
    const hex = toHex(id)
    if (channel === undefined || channel.has.has(hex)) return false
    if (this.forgetful) return true
    if (this.withholds) {
      this.withheld.push([key, id, null])
      return false
    }
    channel.has.set(hex, size)
    channel.order.push(hex)
    channel.n++
    channel.bytes += size
    return true
  }

  /** What was withheld is there as if it had just come. */
  giveUp(): void {
    this.withholds = false
    for (const [key, id, data] of this.withheld.splice(0))
      if (data !== null) this.insert(key, 0, id, data)
      else if (this.#contents.has(toHex(id))) this.insertLinked(key, 0, id, this.#contents.get(toHex(id))?.length ?? 0)
  }

  /** So many entries of nobody in every channel. */
  flood(chance: Chance, count: number): void {
    for (const key of this.#channels.keys())
      for (let i = 0; i < count; i++) {
        const data = chance.bytes(chance.between(57, 700))
        this.insert(key, 0, sha512Half(data), data)
      }
  }

  has(key: number, id: Bytes): boolean {
    return this.size(key, id) !== null
  }

  read(key: number, id: Bytes): Bytes | null {
    return this.has(key, id) ? (this.#contents.get(toHex(id)) ?? null) : null
  }

  size(key: number, id: Bytes): number | null {
    return this.#channels.get(key)?.has.get(toHex(id)) ?? null
  }

  after(key: number, n: number, maxBytes: number, maxEntries: number): NumberedEntry[] {
    const out: NumberedEntry[] = []
    let bytes = 0
    const order = this.#channels.get(key)?.order ?? []
    for (let at = n; at < order.length && out.length < maxEntries; at++) {
      const data = this.#contents.get(order[at] ?? '')
      if (data === undefined) continue
      if (out.length > 0 && bytes + data.length > maxBytes) break
      bytes += data.length
      out.push({ n: at + 1, data })
    }
    return out
  }

  ids(key: number): Bytes[] {
    const hexes = [...(this.#channels.get(key)?.has.keys() ?? [])]
    return hexes.map((hex) => new Uint8Array(Buffer.from(hex, 'hex'))).sort(compare)
  }

  usedBytes(): number {
    return [...this.#contents.values()].reduce((sum, data) => sum + data.length, 0)
  }

  forget(day: number, keep: readonly number[]): number {
    const gone = [...this.#channels.values()].filter(({ opened, key }) => opened < day && !keep.includes(key))
    for (const { key } of gone) this.#channels.delete(key)
    const kept = new Set([...this.#channels.values()].flatMap(({ order }) => order))
    for (const id of [...this.#contents.keys()]) if (!kept.has(id)) this.#contents.delete(id)
    return gone.length
  }

  healthy(): boolean {
    return !this.dead
  }

  close(): void {
    this.dead = true
  }
}

const copied = (channels: readonly StoredChannel[]): StoredChannel[] =>
  channels.map((channel) => ({ ...channel, order: [...channel.order], has: new Map(channel.has) }))

export class SimRelay {
  readonly address: string
  readonly origin: string
  #database = new MemoryDatabase()
  #channels: Channels | null = null
  #forgetful = false
  #seized: Seizure | null = null
  /** It lied, lost something or refused once: whatever is said of it may be true. */
  misbehaved = false
  readonly #config
  /** Lines that end when the relay does. */
  readonly lines = new Set<{ end(): void }>()

  constructor(
    readonly name: string,
    private readonly clock: Clock,
    private readonly chance: Chance,
  ) {
    this.address = `http://${name}.example`
    this.origin = originOf(this.address) ?? ''
    const config = readConfig({ data: 'nowhere' })
    if (!config.ok) throw new Error('the default configuration is refused')
    this.#config = config.value
    this.start()
  }

  get up(): boolean {
    return this.#channels !== null
  }

  start(): void {
    if (this.#channels !== null) return
    const { withheld } = this.#database
    this.#database = new MemoryDatabase(this.#database.image())
    this.#database.withheld.push(...withheld)
    this.#database.forgetful = this.#forgetful
    this.#database.withholds = this.#seized === 'withholds'
    const { limits } = this.#config
    const config = this.#seized === 'full' ? { ...this.#config, limits: { ...limits, totalBytes: 1 } } : this.#config
    this.#channels = new Channels(this.#database as unknown as Store, config, this.clock, this.chance, silent)
  }

  /** In other hands from now on, or in its operator's again: then it gives what it withheld. */
  seize(seizure: Seizure | null): void {
    if (seizure !== null) this.misbehaved = true
    const wasUp = this.up
    this.kill()
    this.#database.giveUp()
    this.#seized = seizure
    if (wasUp) this.start()
  }

  get seized(): Seizure | null {
    return this.#seized
  }

  /** Somebody pours so many entries of nobody into every channel. */
  flood(count: number): void {
    this.misbehaved = true
    const wasUp = this.up
    this.kill()
    this.#database.flood(this.chance, count)
    if (wasUp) this.start()
  }

  /** What was not committed is lost; every line ends. */
  kill(): void {
    this.#channels = null
    this.#database.close()
    for (const line of [...this.lines]) line.end()
  }

  image(): RelayImage {
    return this.#database.image()
  }

  /** Dies, and comes back as it was then (nothing given: empty). */
  rollBack(image?: RelayImage): void {
    this.misbehaved = true
    this.kill()
    this.#database = new MemoryDatabase(image)
    this.start()
  }

  /** From now on it acknowledges and forgets; or no longer, and knows again what it has. */
  set forgetful(on: boolean) {
    if (on) this.misbehaved = true
    const restarted = this.up && this.#forgetful && !on
    this.#forgetful = on
    this.#database.forgetful = on
    if (!restarted) return
    this.kill()
    this.start()
  }

  get forgetful(): boolean {
    return this.#forgetful
  }

  /** What the operator's timer does once a day. */
  tidy(): void {
    this.#channels?.forget()
  }

  /** Entries held, over all channels. */
  get size(): number {
    return this.#database.image().contents.size
  }

  connect(peer: Peer): Connection | null {
    const channels = this.#channels
    if (channels === null) return null
    const around = { channels, config: this.#config, clock: this.clock, random: this.chance }
    const says = (data: Bytes) => {
      for (const said of instead(this.#seized, data, this.chance)) peer.send(said)
    }
    const tampered = {
      send: says,
      buffered: () => peer.buffered(),
      pause: () => peer.pause(),
      resume: () => peer.resume(),
      close: () => peer.close(),
    }
    return new Connection(this.#seized === null ? peer : tampered, undefined, {
      ...around,
      origins: () => [this.origin],
    })
  }
}
