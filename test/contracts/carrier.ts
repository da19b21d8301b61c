// What every Carrier keeps to, run against each: order, one word up and one down, `false` instead of an exception when nothing can be
// sent, nothing malformed above it. And what two parties over any carrier come to when the line breaks in the middle: nothing is lost.
import { describe, expect, test, vi } from 'vitest'
import type { Bytes } from '../../src/base/bytes.ts'
import type { EntryId } from '../../src/base/ids.ts'
import type { Carrier, CarrierEvents } from '../../src/sync/carrier.ts'
import type { SyncLink } from '../../src/sync/sync-link.ts'
import type { Message } from '../../src/wire/messages.ts'
import { ChannelStore, crypto, entryOf, idOf, random } from '../support/peer-pair.ts'

export interface CarrierWorld {
  /** Not started; the other side is there. */
  readonly carrier: Carrier
  /** Everything the other side was told, in order. */
  readonly told: readonly Message[]
  /** The other side says this. */
  say(message: Message): void
  /** The other side sends these bytes where a message should be. */
  sayBytes(data: Bytes): void
  /** Makes the connection come about, the first time and after a cut. */
  connect(): void
  /** Breaks it, as a cable is pulled. */
  cut(): void
}

function listen() {
  const heard: string[] = []
  const messages: Message[] = []
  const events: CarrierEvents = {
    up: () => void heard.push('up'),
    down: () => void heard.push('down'),
    message: (message) => {
      heard.push(message.t)
      messages.push(message)
    },
  }
  return { heard, messages, events }
}

const whisper = (n: number): Message => ({ t: 'whisper', ch: new Uint8Array(32), data: Uint8Array.of(n >> 8, n & 255) })
const numbers = (messages: readonly Message[]) =>
  messages.flatMap((message) => (message.t === 'whisper' ? (message.data[0] ?? 0) * 256 + (message.data[1] ?? 0) : []))

export function carrierContract(name: string, make: () => Promise<CarrierWorld>): void {
  const until = (is: () => void) => vi.waitFor(is, { timeout: 20_000, interval: 5 })

  describe(`carrier: ${name}`, () => {
    async function connected() {
      const world = await make()
      const ears = listen()
      world.carrier.start(ears.events)
      world.connect()
      await until(() => expect(ears.heard).toContain('up'))
      return { ...world, ...ears, carrier: world.carrier }
    }

    test('says false, and does not throw, before it is up, after it went down and after it was stopped', async () => {
      const world = await make()
      expect(world.carrier.send({ t: 'ping' })).toBe(false)
      const { events, heard } = listen()
      world.carrier.start(events)
      world.connect()
      await until(() => expect(heard).toContain('up'))
      expect([world.carrier.state, world.carrier.send(whisper(1))]).toEqual(['connected', true])
      world.cut()
      await until(() => expect(heard).toContain('down'))
      expect(world.carrier.send(whisper(2))).toBe(false)
      world.carrier.stop()
      world.carrier.stop()
      expect([world.carrier.state, world.carrier.send(whisper(3))]).toEqual(['offline', false])
    })

    test('keeps the order, both ways', async () => {
      const { carrier, told, say, messages } = await connected()
      const all = Array.from({ length: 300 }, (_, n) => n)
      for (const n of all) {
        expect(carrier.send(whisper(n))).toBe(true)
        say(whisper(n))
      }
      await until(() => expect(numbers(told)).toHaveLength(300))
      await until(() => expect(numbers(messages)).toHaveLength(300))
      expect([numbers(told), numbers(messages)]).toEqual([all, all])
      carrier.stop()
    })

    test('passes the largest message whole', async () => {
      const { carrier, told, say, messages } = await connected()
      const put: Message = { t: 'put', ch: new Uint8Array(32), entries: [entryOf(5, 192 * 1024)] }
      carrier.send(put)
      say(put)
      await until(() => expect(told).toContainEqual(put))
      await until(() => expect(messages).toContainEqual(put))
      carrier.stop()
    })

    test('drops what is malformed, and goes on', async () => {
      const { carrier, say, sayBytes, heard, messages } = await connected()
      for (const bytes of [new Uint8Array(1), random.bytes(64), random.bytes(4_000), new Uint8Array(240 * 1024 + 1)])
        sayBytes(bytes)
      say(whisper(7))
      await until(() => expect(numbers(messages)).toEqual([7]))
      expect(heard).toEqual(['up', 'whisper'])
      carrier.stop()
    })

    test('answers ping by itself', async () => {
      const { carrier, told, say, heard } = await connected()
      say({ t: 'ping' })
      await until(() => expect(told).toContainEqual({ t: 'pong' }))
      expect(heard).toEqual(['up'])
      carrier.stop()
    })

    test('one word up and one down for each line, and nothing after it was stopped', async () => {
      const { carrier, heard, cut, connect, say } = await connected()
      for (const times of [1, 2]) {
        cut()
        await until(() => expect(heard.filter((word) => word === 'down')).toHaveLength(times))
        carrier.hurry()
        connect()
        await until(() => expect(heard.filter((word) => word === 'up')).toHaveLength(times + 1))
      }
      expect(heard).toEqual(['up', 'down', 'up', 'down', 'up'])
      carrier.stop()
      say(whisper(1))
      cut()
      await new Promise((resolve) => setImmediate(resolve))
      expect(heard).toHaveLength(5)
    })
  })
}

export interface TransferWorld {
  readonly a: SyncLink
  readonly b: SyncLink
  connect(): void
  cut(): void
}

/** Two parties: what both have is the same in the end, wherever the line breaks. */
export function transferContract(name: string, make: () => Promise<TransferWorld>): void {
  test.each([1, 40, 119])(
    `${name}: cut after %i of 120 entries have come, and again, nothing is lost`,
    async (after) => {
      const world = await make()
      const keys = crypto.signKeys()
      const entries = Array.from({ length: 120 }, (_, n) => entryOf(n, 9_000))
      const a = new ChannelStore(keys, entries)
      const b = new ChannelStore(keys, [entryOf(999)])
      world.a.attach(a.source())
      world.b.attach(b.source())
      let cuts = 0
      a.onNew = (ids) => world.a.added(a.channel, ids)
      b.onNew = (ids: readonly EntryId[]) => {
        world.b.added(b.channel, ids)
        if (cuts >= 2 || b.entries.size <= after) return
        cuts++
        world.cut()
        setImmediate(() => world.connect())
      }
      world.connect()
      await vi.waitFor(
        () => {
          expect([world.a.inStep(a.channel), world.b.inStep(b.channel)]).toEqual([true, true])
          expect(b.entries.size).toBe(121)
        },
        { timeout: 30_000, interval: 20 },
      )
      expect(cuts).toBeGreaterThan(0)
      expect(a.ids()).toEqual(b.ids())
      expect(a.entries.has(idOf(entryOf(999)))).toBe(true)
      world.a.stop()
      world.b.stop()
    },
  )
}
