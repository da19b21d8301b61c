// Two devices that speak to each other without a relay: what they have in common is the same on both sides in the end, and who has
// nothing in common, forwards, mirrors, forges or floods learns nothing and takes nothing down but her own connection.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import { idBytes } from '../../../src/base/ids.ts'
import type { Clock } from '../../../src/base/environment.ts'
import { WHISPERS } from '../../../src/sync/peer-link.ts'
import type { Message } from '../../../src/wire/messages.ts'
import type { PeerRole } from '../../../src/wire/proof.ts'
import {
  ChannelStore,
  crypto,
  entryOf,
  hexOf,
  idOf,
  join,
  ORIGIN,
  type PeerPair,
  peerPair,
  random,
  silentClock,
} from '../../support/peer-pair.ts'

const many = (from: number, to: number, size?: number) =>
  Array.from({ length: to - from }, (_, i) => entryOf(from + i, size))
const kinds = (pair: PeerPair, from: PeerRole) =>
  pair.said.filter((one) => one.from === from).map((one) => one.message.t)

function twoStores(a: readonly Uint8Array[], b: readonly Uint8Array[]) {
  const keys = crypto.signKeys()
  return { a: new ChannelStore(keys, a), b: new ChannelStore(keys, b) }
}

describe('what two devices have in common', () => {
  test('CH-27 CH-28 CH-30 CH-31 both say hello, offer, prove and compare: both end with everything', async () => {
    const pair = peerPair()
    const { a, b } = twoStores(many(0, 40), many(20, 70))
    join(a, pair.a)
    join(b, pair.b)
    pair.connect()
    await pair.quiet()
    expect(a.ids()).toEqual(b.ids())
    expect(a.entries.size).toBe(70)
    expect([pair.a.inStep(a.channel), pair.b.inStep(a.channel)]).toEqual([true, true])
    for (const side of ['peer-a', 'peer-b'] as const)
      expect(kinds(pair, side).slice(0, 3)).toEqual(['hello', 'offer', 'open'])
  })

  test('CH-31 whatever each begins with, both end with the union and know it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(600), { maxLength: 400 }),
        fc.array(fc.nat(600), { maxLength: 400 }),
        async (left, right) => {
          const pair = peerPair()
          const { a, b } = twoStores(
            left.map((n) => entryOf(n)),
            right.map((n) => entryOf(n)),
          )
          join(a, pair.a)
          join(b, pair.b)
          pair.connect()
          await pair.quiet()
          expect(a.ids()).toEqual(b.ids())
          expect(a.entries.size).toBe(new Set([...left, ...right]).size)
          expect([pair.a.settledNow, pair.b.settledNow]).toEqual([true, true])
        },
      ),
      { numRuns: 15 },
    )
  })

  test('CH-32 neither believes to be in step before what the other gave is stored', async () => {
    const pair = peerPair()
    const { a, b } = twoStores([], many(0, 600))
    join(a, pair.a)
    join(b, pair.b)
    const early: number[] = []
    const watch = a.source()
    a.onNew = (ids) => {
      pair.a.added(watch.channel, ids)
      if (pair.a.inStep(watch.channel) && a.entries.size < 600) early.push(a.entries.size)
    }
    pair.connect()
    await pair.quiet()
    expect(early).toEqual([])
    expect([a.entries.size, pair.a.inStep(a.channel), pair.b.inStep(a.channel)]).toEqual([600, true, true])
  })

  test('CH-33 what is written on either side is there at once, acknowledged, and not sent back', async () => {
    const pair = peerPair()
    const { a, b } = twoStores(many(0, 3), many(0, 3))
    join(a, pair.a)
    join(b, pair.b)
    pair.connect()
    await pair.quiet()
    pair.said.length = 0
    for (const [n, store, link] of [
      [1000, a, pair.a],
      [1001, b, pair.b],
    ] as const) {
      store.entries.set(idOf(entryOf(n)), entryOf(n))
      link.added(store.channel, [idOf(entryOf(n))])
    }
    await pair.quiet()
    expect(a.ids()).toEqual(b.ids())
    expect(pair.said.map(({ message }) => message.t).sort()).toEqual(['ack', 'ack', 'put', 'put'])
  })

  test('CH-31 what the newest channel brought is not sent again in older ones', async () => {
    const pair = peerPair()
    const [newest, older] = [crypto.signKeys(), crypto.signKeys()]
    const all = many(0, 100)
    const b = [newest, older].map((keys) => new ChannelStore(keys, all))
    const a = [newest, older].map((keys) => new ChannelStore(keys))
    // One device, one log: what comes by one channel is there for the other.
    a[1]!.entries.clear()
    Object.assign(a[1]!, { entries: a[0]!.entries })
    for (const store of a) join(store, pair.a)
    for (const store of b) join(store, pair.b)
    pair.connect()
    await pair.quiet()
    expect(pair.b.counts.entriesSent).toBe(100)
    expect(a.map(({ channel }) => pair.a.inStep(channel))).toEqual([true, true])
  })

  test.each(['a', 'b'] as const)(
    'CH-32 CH-43 where %s only gives, it gives what may be given, and nothing of what the other has is sent',
    async (giver) => {
      const pair = peerPair()
      const stores = twoStores(many(0, 300), many(290, 900))
      const [mine, hers] = giver === 'a' ? [stores.a, stores.b] : [stores.b, stores.a]
      const [before, few] = [mine.ids(), many(0, 300).slice(0, 3).map(idOf)]
      if (giver === 'b') for (const entry of many(290, 293)) few.push(idOf(entry))
      mine.givesOnly = new Set(few.filter((id) => mine.entries.has(id)))
      join(stores.a, pair.a)
      join(stores.b, pair.b)
      pair.connect()
      await pair.quiet()
      expect(mine.ids()).toEqual(before)
      for (const id of mine.givesOnly) expect(hers.entries.has(id)).toBe(true)
      expect([pair.a.inStep(mine.channel), pair.b.inStep(mine.channel)]).toEqual([true, true])
      const puts = () => pair.said.filter(({ message }) => message.t === 'put').length
      const put = puts()
      pair.a.ask()
      pair.b.ask()
      await pair.quiet()
      expect([mine.ids(), puts()]).toEqual([before, put])
      expect([pair.a.inStep(mine.channel), pair.b.inStep(mine.channel)]).toEqual([true, true])
    },
  )

  test('CH-33 storage that refuses acknowledges nothing and says so; later it is given again', async () => {
    const waits: (() => void)[] = []
    const clock = { now: () => 0, after: (_: number, run: () => void) => (waits.push(run), () => undefined) }
    const pair = peerPair(undefined, { a: clock, b: clock })
    const { a, b } = twoStores([], many(0, 5))
    a.failing = true
    join(a, pair.a)
    join(b, pair.b)
    pair.connect()
    await pair.quiet()
    expect(kinds(pair, 'peer-a')).toContain('refuse')
    expect(kinds(pair, 'peer-a')).not.toContain('ack')
    expect(pair.b.inStep(b.channel)).toBe(false)
    a.failing = false
    for (const run of waits.splice(0)) run()
    await pair.quiet()
    expect(a.entries.size).toBe(5)
    expect(pair.b.inStep(b.channel)).toBe(true)
  })

  test('CH-34 a channel let go and wanted again is offered and opened again; one that appears later, too', async () => {
    const pair = peerPair()
    const { a, b } = twoStores(many(0, 3), many(3, 6))
    join(b, pair.b)
    pair.connect()
    await pair.quiet()
    expect(pair.b.settledNow).toBe(true)
    join(a, pair.a)
    await pair.quiet()
    expect(a.ids()).toEqual(b.ids())
    pair.a.detach(a.channel)
    a.entries.set(idOf(entryOf(50)), entryOf(50))
    await pair.quiet()
    expect(pair.b.common()).toEqual([])
    join(a, pair.a)
    await pair.quiet()
    expect(a.ids()).toEqual(b.ids())
    expect(pair.b.inStep(b.channel)).toBe(true)
  })

  test('CH-34 a channel let go and taken up while the other side is still answering ends open on both sides', async () => {
    const pair = peerPair()
    const { a, b } = twoStores(many(0, 3), many(3, 6))
    join(a, pair.a)
    join(b, pair.b)
    pair.connect()
    for (let i = 0; i < 40; i++) {
      for (let turns = i % 7; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
      const [store, link] = i % 3 === 0 ? [b, pair.b] : [a, pair.a]
      link.detach(store.channel)
      if (i % 5 === 0) await new Promise((resolve) => setImmediate(resolve))
      join(store, link)
      if (i % 4 === 0) await pair.quiet()
    }
    await pair.quiet()
    expect(a.ids()).toEqual(b.ids())
    expect([pair.a.inStep(a.channel), pair.b.inStep(a.channel)]).toEqual([true, true])
    expect([pair.a.settledNow, pair.b.settledNow]).toEqual([true, true])
  })

  test('whispers pass, with the connection they came on, and no others do', async () => {
    const pair = peerPair()
    const { a, b } = twoStores([], [])
    join(a, pair.a)
    join(b, pair.b)
    pair.a.whisper(a.channel, Uint8Array.of(1))
    pair.connect()
    await pair.quiet()
    pair.a.whisper(a.channel, Uint8Array.of(2))
    await pair.quiet()
    expect(b.whispers).toEqual([Uint8Array.of(2)])
  })
})

describe('strangers, relays and mirrors', () => {
  test('CH-28 CH-29 a stranger learns neither a channel, nor how many there are, nor anything that repeats', async () => {
    const heard: string[] = []
    const offers: number[] = []
    const stores = Array.from({ length: 7 }, () => new ChannelStore(crypto.signKeys(), many(0, 3)))
    for (const count of [1, 7, 7]) {
      const pair = peerPair()
      for (const store of stores.slice(0, count)) join(store, pair.a)
      join(new ChannelStore(crypto.signKeys(), many(0, 3)), pair.b)
      pair.connect()
      await pair.quiet()
      const said = pair.said.filter(({ from }) => from === 'peer-a')
      expect(said.map(({ message }) => message.t)).toEqual(['hello', 'offer'])
      for (const { message } of said) if (message.t === 'offer') offers.push(message.tags.length)
      for (const { message } of said) if (message.t === 'offer') heard.push(...message.tags.map(toHex))
      for (const { channel } of stores) expect(hexOf(said)).not.toContain(channel)
    }
    expect(offers).toEqual([32, 32, 32])
    expect(new Set(heard).size).toBe(heard.length)
  })

  test('CH-29 who knows the id of a channel, as a relay does, and not its key recognises nothing', async () => {
    const pair = peerPair()
    const store = new ChannelStore(crypto.signKeys(), many(0, 3))
    join(store, pair.a)
    const knowing = {
      ...store.source(),
      tag: (context: Uint8Array) =>
        crypto.kdf(idBytes(store.channel), 'telar/1/channel-offer', context).subarray(0, 32),
    }
    pair.b.attach(knowing)
    pair.connect()
    await pair.quiet()
    expect(pair.said.map(({ message }) => message.t).sort()).toEqual(['hello', 'hello', 'offer', 'offer'])
  })

  test('CH-29 CH-34 who knows the id of a channel learns by no question whether it is open here', async () => {
    const answers = async (isHere: boolean, asks: (ch: Uint8Array) => Message) => {
      const pair = peerPair()
      const store = new ChannelStore(crypto.signKeys(), many(0, 3))
      if (isHere) join(store, pair.a)
      // Let go of again, which nobody who has not its key may learn either.
      const gone = new ChannelStore(crypto.signKeys(), [])
      join(gone, pair.a)
      pair.connect()
      await pair.quiet()
      pair.a.detach(gone.channel)
      const before = pair.said.length
      for (const { channel } of [store, gone]) {
        pair.carriers.b.send(asks(idBytes(channel)))
        await pair.quiet()
      }
      const said = pair.said.slice(before).filter(({ from }) => from === 'peer-a')
      return [said.map(({ message }) => message.t), pair.carriers.a.state]
    }
    const probes: readonly ((ch: Uint8Array) => Message)[] = [
      (ch) => ({ t: 'open', ch, nonce: new Uint8Array(32), sig: new Uint8Array(64) }),
      (ch) => ({ t: 'close', ch }),
      (ch) => ({ t: 'ranges', ch, q: 0, ranges: [] }),
      (ch) => ({ t: 'want', ch, ids: [idBytes(idOf(entryOf(0)))] }),
      (ch) => ({ t: 'put', ch, entries: [entryOf(9)] }),
      (ch) => ({ t: 'whisper', ch, data: Uint8Array.of(1) }),
    ]
    for (const probe of probes) expect(await answers(true, probe)).toEqual(await answers(false, probe))
    expect(await answers(false, probes[0]!)).toEqual([[], 'offline'])
    expect(await answers(true, probes[1]!)).toEqual([[], 'connected'])
  })

  test('challenge forwarded by a relay: between two connections nothing is recognised, and the proof is of the wrong origin', async () => {
    // Mallory has one connection with each, under her own fingerprints, and passes everything on as it is.
    const pair = peerPair()
    const { a, b } = twoStores(many(0, 3), many(3, 6))
    join(a, pair.a)
    join(b, pair.b)
    pair.connect({ a: `${'ab'.repeat(32)}-${'ee'.repeat(32)}`, b: `${'ee'.repeat(32)}-${'cd'.repeat(32)}` })
    await pair.quiet()
    expect(kinds(pair, 'peer-a')).toEqual(['hello', 'offer'])
    expect(kinds(pair, 'peer-b')).toEqual(['hello', 'offer'])
    expect([a.entries.size, b.entries.size]).toEqual([3, 3])
  })

  test('CH-30 a signed proof made for another connection ends the one it is said on', async () => {
    let recorded: Message | null = null
    const { a, b } = twoStores(many(0, 3), many(3, 6))
    const first = peerPair((message, from) => {
      if (message.t === 'open' && from === 'peer-b') recorded = message
      return [message]
    })
    join(a, first.a)
    join(b, first.b)
    first.connect()
    await first.quiet()
    const second = peerPair((message, from) => (message.t === 'open' && from === 'peer-b' ? [recorded!] : [message]))
    const fresh = new ChannelStore(a.keys, many(0, 1))
    join(fresh, second.a)
    join(new ChannelStore(a.keys, many(5, 9)), second.b)
    second.connect()
    await second.quiet()
    expect(second.carriers.a.state).toBe('offline')
    expect(fresh.entries.size).toBe(1)
  })

  test('mirrored by a peer: what is said back to its sender proves nothing', async () => {
    // peer-b says nothing of its own: everything peer-a says comes back to peer-a.
    const store = new ChannelStore(crypto.signKeys(), many(0, 3))
    const pair = peerPair()
    join(store, pair.a)
    const mirror = pair.carriers.a
    const said: Message[] = []
    const send = mirror.send.bind(mirror)
    mirror.send = (message) => {
      said.push(message)
      setImmediate(() => mirror.state === 'connected' && pair.carriers.b.send(message))
      return send(message)
    }
    pair.carriers.b.stop()
    pair.carriers.b.opened(ORIGIN)
    mirror.opened(ORIGIN)
    await pair.quiet()
    expect(said.map(({ t }) => t)).toEqual(['hello', 'offer'])
  })

  test('mirrored in the other role: one device under two connections of a mirror is not taken for another', async () => {
    // The same store on both ends stands for a device whose own offer is mirrored with its role exchanged: tags differ by role.
    const store = new ChannelStore(crypto.signKeys(), many(0, 3))
    const pair = peerPair((message, from) => (message.t === 'offer' && from === 'peer-b' ? [] : [message]))
    join(store, pair.a)
    pair.connect()
    await new Promise((resolve) => setImmediate(resolve))
    await pair.quiet()
    const offer = pair.said.find(({ from, message }) => from === 'peer-a' && message.t === 'offer')
    expect(offer).toBeDefined()
    pair.carriers.a.received(new Uint8Array(0))
    pair.carriers.b.send(offer!.message)
    await pair.quiet()
    expect(kinds(pair, 'peer-a')).toEqual(['hello', 'offer'])
  })
})

describe('CH-34 a device that does what no honest one does loses its connection, and only that', () => {
  const hello = { t: 'hello', v: 1, nonce: new Uint8Array(32) } as const
  const badly: readonly (readonly [string, (ch: Uint8Array) => readonly Message[]])[] = [
    ['greets twice', () => [hello, hello]],
    ['opens before it greets', (ch) => [{ t: 'open', ch, nonce: new Uint8Array(32), sig: new Uint8Array(64) }]],
    [
      'opens what it has not recognised',
      (ch) => [hello, { t: 'open', ch, nonce: new Uint8Array(32), sig: new Uint8Array(64) }],
    ],
    ['says what relays say', (ch) => [hello, { t: 'opened', ch, inc: new Uint8Array(16), n: 0, resumed: false }]],
    [
      'offers without end',
      () => [
        hello,
        ...Array.from({ length: 17 }, () => ({
          t: 'offer' as const,
          tags: Array.from({ length: 256 }, () => random.bytes(32)),
        })),
      ],
    ],
  ]

  test.each(badly)('%s', async (_, says) => {
    const pair = peerPair()
    const store = new ChannelStore(crypto.signKeys(), many(0, 3))
    const others = peerPair()
    const { a, b } = { a: store, b: new ChannelStore(store.keys, many(3, 6)) }
    join(a, pair.a, others.a)
    join(b, others.b)
    others.connect()
    pair.b.stop()
    pair.carriers.a.opened(ORIGIN)
    pair.carriers.b.opened(ORIGIN)
    for (const message of says(idBytes(store.channel))) pair.carriers.b.send(message)
    await pair.quiet()
    await others.quiet()
    expect(pair.carriers.a.state).toBe('offline')
    expect(others.a.inStep(store.channel)).toBe(true)
    expect(a.entries.size).toBe(6)
  })

  test('puts more than may be under way while storage is busy', async () => {
    const pair = peerPair((message, from) => (message.t === 'ranges' && from === 'peer-b' ? [] : [message]))
    const { a, b } = twoStores([], [])
    let stored: () => void = () => undefined
    const slow = a.source()
    pair.a.attach({ ...slow, receive: () => new Promise((resolve) => (stored = () => resolve([]))) })
    join(b, pair.b)
    pair.connect()
    await pair.quiet()
    for (let i = 0; i < 160; i++)
      pair.carriers.b.send({ t: 'put', ch: idBytes(a.channel), entries: [entryOf(i, 192 * 1024)] })
    await pair.quiet()
    stored()
    expect(pair.carriers.a.state).toBe('offline')
  })

  test('wants again and again what is on its way: it is sent once', async () => {
    const pair = peerPair((message, from) => (message.t === 'ack' && from === 'peer-b' ? [] : [message]))
    const { a, b } = twoStores(many(0, 3, 50_000), [])
    join(a, pair.a)
    join(b, pair.b)
    pair.connect()
    await pair.quiet()
    const ids = [...a.entries.keys()].map(idBytes)
    for (let i = 0; i < 50; i++) pair.carriers.b.send({ t: 'want', ch: idBytes(a.channel), ids })
    await pair.quiet()
    expect(pair.a.counts.entriesSent).toBe(3)
  })

  test('asks without end: at most half of the time is hers, and what waits meanwhile ends the connection', async () => {
    let now = 0
    const waits: (() => void)[] = []
    const clock = { now: () => now, after: (_: number, run: () => void) => (waits.push(run), () => undefined) }
    const pair = peerPair(undefined, { a: clock, b: silentClock })
    const { a, b } = twoStores(many(0, 3), many(0, 3))
    const source = a.source()
    let asked = 0
    const sorted = () => {
      asked++
      now += 20
      return source.held.sorted()
    }
    pair.a.attach({ ...source, held: { ...source.held, sorted } })
    join(b, pair.b)
    pair.connect()
    const rest = async () => {
      for (let i = 0; i < 20; i++) {
        await pair.quiet()
        for (const run of waits.splice(0)) run()
      }
    }
    await rest()
    asked = 0
    const ch = idBytes(a.channel)
    for (let q = 50; q < 70; q++) pair.carriers.b.send({ t: 'ranges', ch, q, ranges: [] })
    await pair.quiet()
    expect(asked).toBeLessThan(5)
    await rest()
    expect(asked).toBeGreaterThanOrEqual(20)
    expect(pair.a.inStep(a.channel)).toBe(true)
  })

  test('CH-34 whispers without end: a few in a second are opened, whatever channel they come in, and nothing else is held up', async () => {
    let now = 0
    const clock: Clock = { now: () => now, after: () => () => undefined }
    const pair = peerPair((message) => [message], { a: clock, b: silentClock })
    const stores = [twoStores([], []), twoStores([], [])]
    for (const { a, b } of stores) {
      join(a, pair.a)
      join(b, pair.b)
    }
    pair.connect()
    await pair.quiet()
    const flood = async () => {
      for (let i = 0; i < 200; i++) for (const { b } of stores) pair.b.whisper(b.channel, Uint8Array.of(i))
      await pair.quiet()
    }
    const heard = () => stores.reduce((sum, { a }) => sum + a.whispers.length, 0)
    await flood()
    expect(heard()).toBe(WHISPERS)
    now += 1_000
    await flood()
    expect(heard()).toBe(WHISPERS + 16)
    const [first] = stores
    for (const entry of many(0, 3)) first?.b.entries.set(idOf(entry), entry)
    if (first !== undefined) pair.b.added(first.b.channel, many(0, 3).map(idOf))
    await pair.quiet()
    expect(first?.a.entries.size).toBe(3)
  })

  test('asks a second time before it was answered', async () => {
    const pair = peerPair((message, from) => (message.t === 'ack' && from === 'peer-b' ? [] : [message]))
    const { a, b } = twoStores(many(0, 3), [])
    join(a, pair.a)
    join(b, pair.b)
    pair.connect()
    await pair.quiet()
    for (const q of [7, 8])
      pair.carriers.b.send({ t: 'ranges', ch: idBytes(a.channel), q, ranges: [{ m: 'ids', end: null, ids: [] }] })
    await pair.quiet()
    expect(pair.carriers.a.state).toBe('offline')
  })

  test('names, wants, acknowledges and refuses what is not there: nothing is kept for it', async () => {
    const pair = peerPair()
    const { a, b } = twoStores(many(0, 3), many(0, 3))
    join(a, pair.a)
    join(b, pair.b)
    pair.connect()
    await pair.quiet()
    const ch = idBytes(a.channel)
    const ids = Array.from({ length: 2_000 }, () => random.bytes(32))
    const messages: Message[] = [
      { t: 'want', ch, ids },
      { t: 'ack', ch, ids },
      { t: 'refuse', ch, ids, code: 'busy' },
      { t: 'ranges', ch, re: 99, ranges: [{ m: 'ids', end: null, ids }] },
      { t: 'close', ch: random.bytes(32) },
      { t: 'error', code: 'quota', ch },
    ]
    for (const message of messages) pair.carriers.b.send(message)
    await pair.quiet()
    expect(pair.a.inStep(a.channel)).toBe(true)
    expect(pair.a.pending()).toEqual({ wanted: 0, toSend: 0 })
  })
})
