// Two stores joined by the real link and a small honest relay in memory: whatever each begins with, both end with the union.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bytes, compare, concat, toHex } from '../../../src/base/bytes.ts'
import type { Clock, Random } from '../../../src/base/environment.ts'
import { givingOrder } from '../../../src/engine/giving-order.ts'
import { ChannelId, EntryId, idBytes } from '../../../src/base/ids.ts'
import { sha512Half } from '../../../src/crypto/index.ts'
import type { Carrier, CarrierEvents, CarrierState } from '../../../src/sync/carrier.ts'
import { type ChannelSource, Link } from '../../../src/sync/link.ts'
import type { Message } from '../../../src/wire/messages.ts'
import { answer, fingerprintWith } from '../../../src/wire/ranges.ts'

const clock: Clock = { now: () => 0, after: () => () => undefined }
let seed = 1
const random: Random = {
  bytes: (length) => Uint8Array.from({ length }, () => (seed = (seed * 48271) % 2147483647) & 255),
}
const entryOf = (n: number): Bytes => concat(Uint8Array.of(1), new Uint8Array(60).fill(n & 255), Uint8Array.of(n >> 8))
const idOf = (entry: Bytes): EntryId => EntryId.must(sha512Half(entry))
const CHANNEL = ChannelId.must(new Uint8Array(32).fill(7))
const OTHER = ChannelId.must(new Uint8Array(32).fill(8))

/** What sync-server does, without sockets: channels of ids over one store of entries. */
class MemoryRelay {
  readonly entries = new Map<string, Bytes>()
  readonly channels = new Map<string, Set<string>>()
  readonly lines = new Set<MemoryLine>()
  readonly said: Message[] = []
  /** Loses the next so many acknowledgements. */
  ids(channel: string): Bytes[] {
    return [...(this.channels.get(channel) ?? [])].map((id) => idBytes(id as EntryId)).sort(compare)
  }
}

class MemoryLine implements Carrier {
  readonly address = 'memory'
  readonly origin = 'memory:1'
  state: CarrierState = 'offline'
  #events: CarrierEvents | null = null
  #open = new Map<string, Bytes>()
  #hello = random.bytes(32)

  constructor(private readonly relay: MemoryRelay) {}

  start(events: CarrierEvents): void {
    this.#events = events
    this.state = 'connected'
    this.relay.lines.add(this)
    events.up()
    this.#say({ t: 'hello', v: 1, nonce: this.#hello })
  }

  stop(): void {
    this.state = 'offline'
    this.relay.lines.delete(this)
    this.#events = null
  }

  hurry(): void {
    // Always connected.
  }

  send(message: Message): boolean {
    queueMicrotask(() => this.#handle(message))
    return this.state === 'connected'
  }

  cut(): void {
    this.#open.clear()
    this.#events?.down()
    this.#hello = random.bytes(32)
  }

  back(): void {
    this.#events?.up()
    this.#say({ t: 'hello', v: 1, nonce: this.#hello })
  }

  #say(message: Message): void {
    queueMicrotask(() => this.#events?.message(message))
  }

  #handle(message: Message): void {
    this.relay.said.push(message)
    if (!('ch' in message) || message.ch === undefined) return
    const ch = toHex(message.ch)
    if (message.t === 'open') {
      this.#open.set(ch, sha512Half(concat(this.#hello, message.nonce)))
      if (!this.relay.channels.has(ch)) this.relay.channels.set(ch, new Set())
      this.#say({ t: 'opened', ch: message.ch, inc: new Uint8Array(16), n: 0, resumed: false })
      return
    }
    const nonce = this.#open.get(ch)
    if (nonce === undefined) return
    if (message.t === 'ranges' && message.q !== undefined) {
      const mine = answer(this.relay.ids(ch), message.ranges, fingerprintWith(sha512Half, nonce))
      if (mine.want.length > 0) this.#say({ t: 'want', ch: message.ch, ids: mine.want })
      const give = mine.give.flatMap((id) => this.relay.entries.get(toHex(id)) ?? [])
      if (give.length > 0) this.#say({ t: 'put', ch: message.ch, entries: give })
      this.#say({ t: 'ranges', ch: message.ch, re: message.q, ranges: mine.ranges })
    }
    if (message.t === 'want') {
      const give = message.ids.flatMap((id) => this.relay.entries.get(toHex(id)) ?? [])
      if (give.length > 0) this.#say({ t: 'put', ch: message.ch, entries: give })
    }
    if (message.t === 'link') {
      const from = this.relay.channels.get(toHex(message.from)) ?? new Set<string>()
      const held = message.ids.filter((id) => from.has(toHex(id)))
      const lacking = message.ids.filter((id) => !from.has(toHex(id)))
      for (const id of held) this.relay.channels.get(ch)?.add(toHex(id))
      if (held.length > 0) this.#say({ t: 'ack', ch: message.ch, ids: held })
      if (lacking.length > 0) this.#say({ t: 'want', ch: message.ch, ids: lacking })
    }
    if (message.t === 'put') {
      for (const entry of message.entries) {
        this.relay.entries.set(idOf(entry), entry)
        this.relay.channels.get(ch)?.add(idOf(entry))
      }
      this.#say({ t: 'ack', ch: message.ch, ids: message.entries.map((entry) => sha512Half(entry)) })
      for (const line of this.relay.lines)
        if (line !== this && line.#open.has(ch)) line.#say({ t: 'put', ch: message.ch, entries: message.entries })
    }
  }
}

class Device {
  readonly held = new Map<EntryId, Bytes>()
  readonly acked = new Set<EntryId>()
  readonly own = new Set<string>()
  readonly link: Link
  readonly line: MemoryLine

  constructor(relay: MemoryRelay, numbers: readonly number[]) {
    for (const n of numbers) this.held.set(idOf(entryOf(n)), entryOf(n))
    this.line = new MemoryLine(relay)
    this.link = new Link(this.line, { clock, random, hash: sha512Half, changed: () => this.link.notify() })
  }

  source(channel: ChannelId): ChannelSource {
    return {
      channel,
      token: undefined,
      sign: () => Promise.resolve(new Uint8Array(64)),
      held: {
        sorted: () => [...this.held.keys()].map(idBytes).sort(compare),
        has: (id) => this.held.has(id as EntryId),
        mayGive: () => true,
        order: (ids) => givingOrder(ids, (id) => this.own.has(toHex(id)), random),
      },
      load: (ids) =>
        Promise.resolve(new Map(ids.flatMap((id) => (this.held.has(id) ? [[id, this.held.get(id) as Bytes]] : [])))),
      receive: (entries) => {
        const fresh = entries.filter((entry) => !this.held.has(idOf(entry)))
        for (const entry of fresh) this.held.set(idOf(entry), entry)
        this.link.added(channel, fresh.map(idOf))
        return Promise.resolve(entries.map(idOf))
      },
      acked: (ids) => {
        for (const id of ids) this.acked.add(id)
      },
      whisper: () => undefined,
    }
  }

  numbers(): string[] {
    return [...this.held.keys()].sort()
  }
}

const settled = async (...devices: Device[]) => {
  // What one gives reaches the other after its own settling: twice is enough on an honest relay.
  for (let round = 0; round < 3; round++) for (const device of devices) expect(await device.link.settled(0)).toBe(true)
}

describe('a link between a device and a relay', () => {
  test('CH-10 CH-14: two devices and a relay end with the union, whatever each began with', async () => {
    const some = fc.uniqueArray(fc.nat(4_000), { maxLength: 300 })
    await fc.assert(
      fc.asyncProperty(some, some, some, async (a, b, r) => {
        const relay = new MemoryRelay()
        relay.channels.set(CHANNEL, new Set(r.map((n) => idOf(entryOf(n)))))
        for (const n of r) relay.entries.set(idOf(entryOf(n)), entryOf(n))
        const nina = new Device(relay, a)
        const luz = new Device(relay, b)
        for (const device of [nina, luz]) {
          device.link.attach(device.source(CHANNEL))
          device.link.start()
        }
        await settled(nina, luz)
        const union = [...new Set([...a, ...b, ...r])].map((n) => idOf(entryOf(n))).sort()
        expect(nina.numbers()).toEqual(union)
        expect(luz.numbers()).toEqual(union)
        expect([...(relay.channels.get(CHANNEL) ?? [])].sort()).toEqual(union)
      }),
      { numRuns: 40 },
    )
  })

  test('CH-8: a cut loses nothing, and an emptied relay is filled again', async () => {
    const relay = new MemoryRelay()
    const nina = new Device(relay, [1, 2, 3])
    nina.link.attach(nina.source(CHANNEL))
    nina.link.start()
    await settled(nina)
    nina.line.cut()
    relay.entries.clear()
    relay.channels.clear()
    nina.held.set(idOf(entryOf(4)), entryOf(4))
    nina.line.back()
    await settled(nina)
    expect(relay.entries.size).toBe(4)
    expect(nina.acked.size).toBe(4)
  })

  test('CH-15: what lies in another open channel of the relay is linked, not sent again', async () => {
    const relay = new MemoryRelay()
    const nina = new Device(
      relay,
      Array.from({ length: 500 }, (_, n) => n),
    )
    nina.link.attach(nina.source(CHANNEL))
    nina.link.start()
    await settled(nina)
    const before = nina.link.counts.bytesSent
    nina.link.attach(nina.source(OTHER))
    await settled(nina)
    expect(relay.channels.get(OTHER)?.size).toBe(500)
    expect(nina.link.counts.bytesSent).toBe(before)
  })

  test('a link to entries the relay has lost falls back to sending them', async () => {
    const relay = new MemoryRelay()
    const nina = new Device(relay, [1, 2, 3])
    nina.link.attach(nina.source(CHANNEL))
    nina.link.start()
    await settled(nina)
    relay.channels.set(CHANNEL, new Set())
    nina.link.attach(nina.source(OTHER))
    await settled(nina)
    expect(relay.channels.get(OTHER)?.size).toBe(3)
  })

  test('RE-5: several devices fill an emptied relay together: own entries first, and little of the rest twice', async () => {
    const relay = new MemoryRelay()
    const all = Array.from({ length: 2_000 }, (_, n) => n)
    const devices = Array.from({ length: 3 }, () => new Device(relay, all))
    devices.forEach((device, i) => {
      for (const n of all.filter((n) => n % 30 === i)) device.own.add(idOf(entryOf(n)))
      device.link.attach(device.source(CHANNEL))
      device.link.start()
    })
    await settled(...devices)
    expect(relay.entries.size).toBe(all.length)
    for (const device of devices) expect(device.acked.size).toBeGreaterThanOrEqual(device.own.size)
    const sent = devices.reduce((sum, { link }) => sum + link.counts.entriesSent, 0)
    // Each of them alone would send all of it.
    expect(sent).toBeLessThan(1.7 * all.length)
    const ids = all.map((n) => idBytes(idOf(entryOf(n))))
    const [device] = devices as [Device]
    const first = givingOrder(ids, (id) => device.own.has(toHex(id)), random).slice(0, device.own.size)
    expect(first.every((id) => device.own.has(toHex(id)))).toBe(true)
  })
})
