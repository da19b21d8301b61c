// Coming back by cursor: one round trip and nothing compared where the count still stands, and nothing lost where it does
// not: relays that start anew, are put back from a copy, forget, or say they go on and withhold. Rules CH-7 to CH-9.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Bytes, compare, concat, equal, toHex } from '../../../src/base/bytes.ts'
import { ChannelId, EntryId, idBytes } from '../../../src/base/ids.ts'
import { sha512Half } from '../../../src/crypto/index.ts'
import type { Carrier, CarrierEvents } from '../../../src/sync/carrier.ts'
import { COMPARE_EVERY_MS, MOST_RESUMED } from '../../../src/sync/cursor.ts'
import { Link } from '../../../src/sync/link.ts'
import type { Message } from '../../../src/wire/messages.ts'
import { answer, fingerprintWith } from '../../../src/wire/ranges.ts'

const CHANNEL = ChannelId.must(new Uint8Array(32).fill(7))
const ch = idBytes(CHANNEL)
const entryOf = (n: number): Bytes => concat(Uint8Array.of(1), new Uint8Array(60).fill(n & 255), Uint8Array.of(n >> 8))
const hexOf = (entry: Bytes): EntryId => EntryId.must(sha512Half(entry))

/** One channel that counts as sync-server does (CH-17), without sockets. */
class CountingRelay {
  inc = new Uint8Array(16).fill(1)
  order: Bytes[] = []
  readonly lines = new Set<CountingLine>()
  /** Ids it claims to have told of, and does not tell. */
  readonly withheld = new Set<string>()

  has(id: Bytes): boolean {
    return this.order.some((entry) => equal(sha512Half(entry), id))
  }
  restart(): void {
    this.inc = this.inc.map((byte) => (byte + 1) & 255)
  }
  told(from: number): Bytes[] {
    return this.order.slice(from).filter((entry) => !this.withheld.has(hexOf(entry)))
  }
}

class CountingLine implements Carrier {
  readonly address = 'memory'
  readonly origin = 'memory:1'
  readonly state = 'connected'
  readonly heard: Message[] = []
  acknowledges = true
  #events: CarrierEvents | null = null
  #open: Bytes | null = null
  #hello = new Uint8Array(32)
  #up = false

  constructor(private readonly relay: CountingRelay) {}

  start(events: CarrierEvents): void {
    this.#events = events
    this.back()
  }
  stop(): void {
    this.cut()
  }
  hurry(): void {
    // Always connected, or cut by the test.
  }
  send(message: Message): boolean {
    if (this.#up) queueMicrotask(() => this.#up && this.#handle(message))
    return this.#up
  }
  cut(): void {
    if (!this.#up) return
    this.#up = false
    this.#open = null
    this.relay.lines.delete(this)
    this.#events?.down()
  }
  back(): void {
    if (this.#up) return
    this.#up = true
    this.#hello = this.#hello.map((byte) => byte + 1)
    this.relay.lines.add(this)
    this.#events?.up()
    this.#say({ t: 'hello', v: 1, nonce: this.#hello })
  }
  says(message: Message): void {
    this.#say(message)
  }
  #say(message: Message): void {
    const hello = this.#hello
    queueMicrotask(() => this.#up && hello === this.#hello && this.#events?.message(message))
  }

  #handle(message: Message): void {
    this.heard.push(message)
    const { relay } = this
    if (message.t === 'open') {
      this.#open = sha512Half(concat(this.#hello, message.nonce))
      const { cursor } = message
      const n = relay.order.length
      const resumed = cursor !== undefined && equal(cursor.inc, relay.inc) && cursor.n <= n
      this.#say({ t: 'opened', ch, inc: relay.inc, n, resumed })
      const missed = resumed && cursor.n < n ? relay.told(cursor.n) : []
      // In two pieces, so that a line can break in between.
      for (const entry of missed.slice(0, -1)) this.#say({ t: 'put', ch, entries: [entry], n: (cursor?.n ?? 0) + 1 })
      if (resumed && cursor.n < n) this.#say({ t: 'put', ch, entries: [missed.at(-1) ?? entryOf(0)], n })
      return
    }
    if (this.#open === null) return
    if (message.t === 'ranges' && message.q !== undefined) {
      const told = relay.told(0)
      const mine = answer(told.map(sha512Half).sort(compare), message.ranges, fingerprintWith(sha512Half, this.#open))
      if (mine.want.length > 0) this.#say({ t: 'want', ch, ids: mine.want })
      this.#give(mine.give)
      this.#say({ t: 'ranges', ch, re: message.q, ranges: mine.ranges })
    }
    if (message.t === 'want') this.#give(message.ids)
    if (message.t === 'put') {
      const fresh = message.entries.filter((entry) => !relay.has(sha512Half(entry)))
      relay.order.push(...fresh)
      const n = relay.order.length
      if (this.acknowledges) this.#say({ t: 'ack', ch, ids: message.entries.map(sha512Half), n })
      for (const line of relay.lines)
        if (line !== this && line.#open !== null && fresh.length > 0) line.#say({ t: 'put', ch, entries: fresh, n })
    }
  }
  #give(ids: readonly Bytes[]): void {
    const entries = this.relay.order.filter((entry) => ids.some((id) => equal(id, sha512Half(entry))))
    if (entries.length > 0) this.#say({ t: 'put', ch, entries })
  }
}

class Device {
  readonly held = new Map<string, Bytes>()
  readonly line: CountingLine
  readonly link: Link
  now = 0
  storageFails = false

  constructor(relay: CountingRelay, numbers: readonly number[] = [0]) {
    for (const n of numbers) this.held.set(hexOf(entryOf(n)), entryOf(n))
    this.line = new CountingLine(relay)
    let nonce = 0
    this.link = new Link(this.line, {
      clock: { now: () => this.now, after: () => () => undefined },
      random: { bytes: (length) => new Uint8Array(length).fill(nonce++) },
      hash: sha512Half,
      changed: () => this.link.notify(),
    })
    this.link.attach({
      channel: CHANNEL,
      token: undefined,
      sign: () => Promise.resolve(new Uint8Array(64)),
      held: {
        sorted: () => [...this.held.values()].map(sha512Half).sort(compare),
        has: (id) => this.held.has(id),
        mayGive: () => true,
      },
      load: (ids) => Promise.resolve(new Map(ids.flatMap((id) => (this.held.has(id) ? [[id, this.must(id)]] : [])))),
      receive: (entries) =>
        this.storageFails ? Promise.reject(new Error('full')) : Promise.resolve(this.take(entries)),
      acked: () => undefined,
      whisper: () => undefined,
    })
    this.link.start()
  }
  must(id: string): Bytes {
    const entry = this.held.get(id)
    if (entry === undefined) throw new Error('not held')
    return entry
  }
  take(entries: readonly Bytes[]): EntryId[] {
    for (const entry of entries) this.held.set(hexOf(entry), entry)
    return entries.map(hexOf)
  }
  write(...numbers: number[]): void {
    this.link.added(CHANNEL, this.take(numbers.map(entryOf)))
  }
  /** What was said on the line since the last call. */
  heard(): string[] {
    return this.line.heard.splice(0).map(({ t }) => t)
  }
  ids(): string[] {
    return [...this.held.keys()].sort()
  }
}

const quiet = async () => {
  for (let i = 0; i < 200; i++) await Promise.resolve()
}
const idsOf = (relay: CountingRelay) => relay.order.map((entry) => toHex(sha512Half(entry))).sort()

test('CH-7 the usual reconnect is one message each way, and brings what was missed', async () => {
  const relay = new CountingRelay()
  const nina = new Device(relay, [0, 1, 2])
  const luz = new Device(relay)
  await quiet()
  expect(luz.held.size).toBe(3)
  luz.line.cut()
  luz.heard()
  luz.line.back()
  await quiet()
  expect(luz.heard()).toEqual(['open'])
  expect(luz.link.inStep(CHANNEL)).toBe(true)
  luz.line.cut()
  nina.write(3, 4, 5)
  await quiet()
  luz.line.back()
  await quiet()
  expect(luz.heard()).toEqual(['open'])
  expect(luz.ids()).toEqual(nina.ids())
})

test('CH-7 what was written or came by another way meanwhile is given, once, and nothing else', async () => {
  const relay = new CountingRelay()
  const nina = new Device(relay, [0, 1, 2])
  await quiet()
  nina.line.cut()
  nina.write(3)
  // Not announced: held all the same.
  nina.take([entryOf(4)])
  nina.heard()
  nina.line.back()
  await quiet()
  expect(nina.line.heard.flatMap((message) => (message.t === 'put' ? message.entries : [])).length).toBe(2)
  expect(nina.heard()).not.toContain('ranges')
  expect(idsOf(relay)).toEqual(nina.ids())
})

test('CH-7 what was given and never acknowledged is given again after a cursor was taken up', async () => {
  const relay = new CountingRelay()
  const nina = new Device(relay, [0, 1])
  await quiet()
  nina.line.acknowledges = false
  nina.write(2)
  await quiet()
  // It took the entry and lost it, and goes on counting.
  relay.order = relay.order.slice(0, 2)
  nina.line.cut()
  nina.line.acknowledges = true
  nina.line.back()
  await quiet()
  expect(idsOf(relay)).toEqual(nina.ids())
  expect(nina.link.inStep(CHANNEL)).toBe(true)
})

test('CH-7 not in step before what was counted is here: a count is not a comparison', async () => {
  const relay = new CountingRelay()
  const luz = new Device(relay)
  await quiet()
  luz.line.cut()
  relay.order.push(entryOf(8), entryOf(9))
  let early = false
  const before = luz.held.size
  luz.line.back()
  for (let i = 0; i < 200; i++) {
    await Promise.resolve()
    if (luz.link.inStep(CHANNEL) && luz.held.size < before + 2) early = true
  }
  expect(early).toBe(false)
  expect(luz.held.size).toBe(before + 2)
})

test('CH-9 what could not be stored is not counted as read', async () => {
  const relay = new CountingRelay()
  const nina = new Device(relay, [0, 1])
  const luz = new Device(relay)
  await quiet()
  luz.storageFails = true
  nina.write(2)
  await quiet()
  luz.storageFails = false
  luz.line.cut()
  luz.line.back()
  await quiet()
  expect(luz.ids()).toEqual(nina.ids())
})

test('CH-8 a relay that started anew, or was put back from a copy, is compared with', async () => {
  const relay = new CountingRelay()
  const nina = new Device(relay, [0, 1, 2, 3])
  await quiet()
  nina.line.cut()
  relay.restart()
  relay.order = relay.order.slice(0, 1)
  nina.heard()
  nina.line.back()
  await quiet()
  expect(nina.heard()).toContain('ranges')
  expect(idsOf(relay)).toEqual(nina.ids())
})

test('CH-9 a device put back from a copy has no cursor and fetches its own tail', async () => {
  const relay = new CountingRelay()
  const nina = new Device(relay, [0, 1])
  await quiet()
  const copy = [0, 1]
  nina.write(2, 3)
  await quiet()
  nina.link.stop()
  const again = new Device(relay, copy)
  await quiet()
  expect(again.ids()).toEqual(nina.ids())
})

test('CH-8 a relay that goes on from a cursor nobody offered is compared with', async () => {
  const relay = new CountingRelay()
  relay.order.push(entryOf(5))
  const nina = new Device(relay)
  nina.line.cut()
  nina.line.back()
  await quiet()
  expect(nina.heard()).toContain('ranges')
  expect(nina.held.size).toBe(2)
})

test(`CH-9 a relay that says it goes on and withholds is compared with after ${MOST_RESUMED} openings, or six hours`, async () => {
  const relay = new CountingRelay()
  const nina = new Device(relay, [0, 1])
  const luz = new Device(relay)
  await quiet()
  luz.line.cut()
  relay.withheld.add(hexOf(entryOf(2)))
  nina.write(2)
  await quiet()
  const comeBack = async () => {
    luz.line.cut()
    luz.heard()
    luz.line.back()
    await quiet()
    return luz.heard().includes('ranges')
  }
  for (let i = 0; i < MOST_RESUMED; i++) expect(await comeBack()).toBe(false)
  expect(luz.held.has(hexOf(entryOf(2)))).toBe(false)
  relay.withheld.clear()
  expect(await comeBack()).toBe(true)
  expect(luz.ids()).toEqual(nina.ids())
  expect(await comeBack()).toBe(false)
  luz.now += COMPARE_EVERY_MS
  expect(await comeBack()).toBe(true)
})

test('CH-9 a relay that asks for what it had acknowledged forgot it: the next opening compares', async () => {
  const relay = new CountingRelay()
  const nina = new Device(relay, [0, 1, 2])
  await quiet()
  relay.order = relay.order.slice(0, 1)
  nina.link.ask()
  nina.line.cut()
  await quiet()
  nina.line.back()
  await quiet()
  expect(idsOf(relay)).toEqual(nina.ids())
})

test('CH-9 a relay that forgot and counts on as before is compared with all the same: what it counts means nothing any more', async () => {
  const relay = new CountingRelay()
  const nina = new Device(relay, [0, 1, 2])
  await quiet()
  nina.line.cut()
  nina.line.back()
  await quiet()
  nina.heard()
  // It lost two, asks for one of them, and others wrote: its count has passed what she was told.
  relay.order = [entryOf(0), entryOf(7), entryOf(8), entryOf(9)]
  nina.line.says({ t: 'want', ch, ids: [sha512Half(entryOf(1))] })
  await quiet()
  nina.line.cut()
  nina.heard()
  nina.line.back()
  await quiet()
  expect(nina.heard()).toContain('ranges')
  expect(idsOf(relay)).toEqual(nina.ids())
  expect(nina.ids()).toHaveLength(6)
})

test('CH-7 CH-8 CH-9 however lines break, relays restart and storage fails, all end with the union', async () => {
  const who = fc.constantFrom(0, 1)
  const act = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), who }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('take' as const), who }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('cut' as const), who }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('back' as const), who }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), who }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('rollback' as const), who }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), who }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('some' as const), who }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('quiet' as const), who }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
      const relay = new CountingRelay()
      const devices = [new Device(relay, [0, 1]), new Device(relay, [0, 2])]
      let next = 10
      for (const each of acts) {
        const device = devices[each.who] ?? new Device(relay)
        if (each.do === 'write') device.write(next++)
        if (each.do === 'take') device.take([entryOf(next++)])
        if (each.do === 'cut') device.line.cut()
        if (each.do === 'back') device.line.back()
        if (each.do === 'fail') device.storageFails = !device.storageFails
        if (each.do === 'some') for (let i = 0; i < 5; i++) await Promise.resolve()
        if (each.do === 'quiet') await quiet()
        if (each.do === 'restart' || each.do === 'rollback') {
          for (const { line } of devices) line.cut()
          if (each.do === 'rollback') relay.order = relay.order.slice(0, Math.floor(relay.order.length / 2))
          relay.restart()
        }
      }
      for (let round = 0; round < 3; round++)
        for (const device of devices) {
          device.storageFails = false
          device.line.cut()
          device.line.back()
          await quiet()
        }
      expect(devices.map((device) => device.ids())).toEqual([idsOf(relay), idsOf(relay)])
      expect(devices.every(({ link }) => link.inStep(CHANNEL))).toBe(true)
    }),
    { numRuns: 150 },
  )
})
