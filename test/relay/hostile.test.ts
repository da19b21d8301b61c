// Strangers: whatever one socket sends, or does not read, the others are served. Rules CH-1, CH-20, CH-22, CH-25, CH-26.
import { connect } from 'node:net'
import fc from 'fast-check'
import { cbor } from '@automerge/automerge-repo/slim'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { encode } from '../../src/base/codec.ts'
import { type Bytes, concat, toHex } from '../../src/base/bytes.ts'
import { MAX_ENTRY_BYTES, MAX_MESSAGE_BYTES } from '../../src/wire/limits.ts'
import { encodeMessage, type Message } from '../../src/wire/messages.ts'
import { type Relay, startRelay } from '../../sync-server/relay.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytes, type ChannelKey, channelKey, entry, RelayClient, sha } from '../support/relay-client.ts'
import { setup } from '../support/relay-fixture.ts'

describe('beside a good client', () => {
  const data = mkdtempSync(join(tmpdir(), 'telar-relay-'))
  const key: ChannelKey = channelKey()
  let relay: Relay
  let good: RelayClient

  beforeAll(async () => {
    relay = await startRelay({ data, port: 0, limits: { joinMs: 300 } })
    good = await RelayClient.connect(relay.address)
    await good.opens(key)
  })
  afterAll(async () => {
    await good.end()
    await relay.close()
    rmSync(data, { recursive: true })
  })

  /** The good client is still served, by the same socket. */
  const served = async () => {
    const [ack] = await good.put(key, [entry(100)])
    expect(ack?.t).toBe('ack')
  }

  const join_ = (fields: object) => cbor.encode({ type: 'join', senderId: 'x1', peerMetadata: {}, ...fields })
  const deep = (depth: number) => concat(new Uint8Array(depth).fill(0x81), Uint8Array.of(0))

  const FRAMES: readonly (readonly [string, Uint8Array | string])[] = [
    ['CBOR null', cbor.encode(null)],
    ['CBOR undefined', cbor.encode(undefined)],
    ['a number', cbor.encode(7)],
    ['an array', cbor.encode([1, 2])],
    ['nothing', new Uint8Array()],
    ['half an item', Uint8Array.of(0xa1, 0x64, 0x74)],
    ['two items', concat(join_({}), join_({}))],
    ['a text frame', '{"type":"join","senderId":"x"}'],
    ['a join without sender', cbor.encode({ type: 'join' })],
    ['a join whose sender is null', join_({ senderId: null })],
    ['a join whose sender is a map', join_({ senderId: {} })],
    ['a join with a long sender', join_({ senderId: 'x'.repeat(65) })],
    ['a join with an empty sender', join_({ senderId: '' })],
    ['a join whose versions are no list', join_({ supportedProtocolVersions: 5 })],
    ['a join of a version unknown', join_({ supportedProtocolVersions: ['9'] })],
    ['a join whose metadata is text', join_({ peerMetadata: 'x' })],
    ['a message before joining', cbor.encode({ type: 'telar', senderId: 'x1', data: bytes(3) })],
    ['a sync message of automerge-repo', cbor.encode({ type: 'sync', senderId: 'x1', targetId: 'y', data: bytes(3) })],
    ['deep nesting', deep(100_000)],
    ['an array that claims four billion items', Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff)],
    ['a map that claims 2^60 pairs', Uint8Array.of(0xbb, 0x10, 0, 0, 0, 0, 0, 0, 0)],
    ['bytes that claim 4 GiB', Uint8Array.of(0x5a, 0xff, 0xff, 0xff, 0xff)],
    ['a tag', Uint8Array.of(0xd9, 0xdf, 0xff, 0x83, 0, 1, 2)],
    ['an indefinite map', Uint8Array.of(0xbf, 0xff)],
    [
      'a join with a hundred fields',
      join_({ peerMetadata: Object.fromEntries([...Array(100).keys()].map((i) => [i, 0])) }),
    ],
    ['a join with nested metadata', join_({ peerMetadata: { a: [[[[1]]]] } })],
    ['an oversize frame', new Uint8Array(2 * MAX_MESSAGE_BYTES)],
  ]
  test.each(FRAMES)('CH-1 a stranger who sends %s is closed, alone', async (_, frame) => {
    const eva = await RelayClient.dial(relay.address)
    eva.socket.send(frame)
    expect(await eva.closed).toBeGreaterThan(1000)
    await served()
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'CH-1 a peer may be called %s',
    async (name) => {
      const eva = await RelayClient.connect(relay.address, name)
      await eva.settled()
      await eva.end()
      await served()
    },
  )

  test('CH-1 a peer id in use is not taken over: the newcomer is closed', async () => {
    const eva = await RelayClient.dial(relay.address, good.peerId)
    eva.join()
    expect(await eva.closed).toBe(1008)
    await served()
  })

  test("CH-1 speaking under another's peer id ends the speaker", async () => {
    const eva = await RelayClient.connect(relay.address)
    const message = encodeMessage({ t: 'put', ch: key.id, entries: [entry()] })
    eva.frame({ type: 'telar', senderId: good.peerId, data: message })
    expect(await eva.closed).toBe(1008)
    await served()
  })

  test('CH-1 joining twice ends the joiner, and her peer id is free again', async () => {
    const eva = await RelayClient.connect(relay.address, 'twice')
    eva.frame({ type: 'join', senderId: 'other', peerMetadata: {} })
    expect(await eva.closed).toBe(1008)
    const again = await RelayClient.connect(relay.address, 'twice')
    await again.end()
    await served()
  })

  test('CH-1 a socket that never joins is ended', async () => {
    const eva = await RelayClient.dial(relay.address)
    expect(await eva.closed).toBeGreaterThan(1000)
    await served()
  })

  test('CH-1 raw bytes that break WebSocket itself end only their socket', async () => {
    const handshake =
      'GET /sync HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
    const unmasked = Uint8Array.of(0x82, 0x01, 0x00)
    const reserved = Uint8Array.of(0xf2, 0x81, 0, 0, 0, 0, 0)
    const hugeLength = Uint8Array.of(0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0)
    const badText = Uint8Array.of(0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe)
    for (const frame of [unmasked, reserved, hugeLength, badText]) {
      const socket = connect(relay.port, '127.0.0.1')
      const ended = new Promise((resolve) => socket.once('close', resolve))
      socket.on('error', () => {})
      socket.once('data', () => socket.write(frame))
      socket.write(handshake)
      await ended
    }
    const garbage = connect(relay.port, '127.0.0.1')
    const ended = new Promise((resolve) => garbage.once('close', resolve))
    garbage.on('error', () => {})
    garbage.write('\x16\x03\x01 not http\r\n\r\n')
    await ended
    await served()
  })

  test('CH-1 other paths are not WebSockets', async () => {
    const socket = new WebSocket(relay.address.replace('/sync', '/other'))
    await new Promise((resolve) => socket.once('error', resolve))
    await served()
  })

  const MESSAGES: readonly (readonly [string, Bytes])[] = [
    ['random bytes', bytes(50)],
    ['null', encode(null)],
    ['an unknown kind', encode({ t: 'delete', ch: bytes(32) })],
    ['an extra field', encode({ t: 'ping', extra: 1 })],
    ['a hello', encodeMessage({ t: 'hello', v: 1, nonce: bytes(32) })],
    ['an offer', encodeMessage({ t: 'offer', tags: [bytes(32)] })],
    ['an opened', encodeMessage({ t: 'opened', ch: bytes(32), inc: bytes(16), n: 0, resumed: false })],
    ['a put into a channel not opened', encodeMessage({ t: 'put', ch: bytes(32), entries: [entry()] })],
    ['a short channel id', encode({ t: 'close', ch: bytes(31) })],
    ['a put of nothing', encode({ t: 'put', ch: key.id, entries: [] })],
    ['an entry above the limit', encode({ t: 'put', ch: key.id, entries: [entry(MAX_ENTRY_BYTES + 1)] })],
    ['ranges that ask nothing', encodeMessage({ t: 'ranges', ch: bytes(32), re: 1, ranges: [] })],
    ['deep CBOR', concat(new Uint8Array(5_000).fill(0x81), Uint8Array.of(0))],
  ]
  test.each(MESSAGES)('CH-22 %s is answered by an error, and repeated ends the socket', async (_, message) => {
    const eva = await RelayClient.connect(relay.address)
    eva.data(message)
    expect(['bad-message', 'unknown-channel']).toContain((await eva.next('error')).code)
    for (let i = 0; i < 20; i++) eva.data(message)
    expect(await eva.closed).toBe(1008)
    await served()
  })

  test('CH-22 a message above the limit is called too large', async () => {
    const eva = await RelayClient.connect(relay.address)
    eva.data(new Uint8Array(MAX_MESSAGE_BYTES + 1))
    expect((await eva.next('error')).code).toBe('too-large')
    await eva.end()
  })

  test('CH-1 CH-22 no random frame or message harms the good client', async () => {
    const frame = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.anything({ withNullPrototype: false }).map((value) => {
        try {
          return new Uint8Array(cbor.encode({ type: 'join', senderId: value, peerMetadata: value }))
        } catch {
          return Uint8Array.of(0xf6)
        }
      }),
    )
    const inner = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc
        .record({
          t: fc.constantFrom('open', 'put', 'ranges', 'want', 'link', 'whisper', 'ack', 'refuse', 'error', 'close'),
          ch: fc.constantFrom(key.id, bytes(32)),
          ids: fc.array(fc.uint8Array({ minLength: 31, maxLength: 32 }), { maxLength: 3 }),
        })
        .map((value) => encode(value)),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(frame, { minLength: 1, maxLength: 4 }),
        fc.array(inner, { maxLength: 8 }),
        async (a, b) => {
          const stranger = await RelayClient.dial(relay.address)
          for (const each of a) stranger.socket.send(each)
          const eva = await RelayClient.connect(relay.address)
          for (const each of b) eva.data(each)
          await served()
          await stranger.end()
          await eva.end()
        },
      ),
      { numRuns: 60 },
    )
  })
})

test(
  'CH-26 a client that asks and never reads costs little, and is ended; others are served',
  { timeout: 30_000 },
  async () => {
    const { relay, member } = await setup({ limits: { keepAliveMs: 1_500 } })
    const key = channelKey()
    const ana = await member(key)
    const entries = Array.from({ length: 40 }, () => entry(180_000))
    for (const one of entries) await ana.put(key, [one])
    const eva = await RelayClient.connect(relay.address)
    await eva.opens(key)
    eva.socket.pause()
    const before = process.memoryUsage().rss
    const want: Message = { t: 'want', ch: key.id, ids: entries.map(sha) }
    for (let i = 0; i < 200; i++) eva.say(want)
    for (let i = 0; i < 20; i++) await ana.put(key, [entry(100_000)])
    // 200 x 7 MB were asked for.
    expect(process.memoryUsage().rss - before).toBeLessThan(250 * 1024 * 1024)
    const berta = await member(key)
    berta.say({ t: 'want', ch: key.id, ids: [sha(entries[0] ?? entry())] })
    expect((await berta.next('put')).entries).toHaveLength(1)
    // Not read, so its end is seen by the relay alone: the peer id is free again.
    for (;;) {
      const again = await RelayClient.dial(relay.address, eva.peerId)
      again.join()
      const outcome = await Promise.race([again.next('hello').catch(() => null), again.closed])
      await again.end()
      if (outcome !== null && typeof outcome === 'object') break
      await ana.settled()
    }
    eva.socket.terminate()
  },
)

test('CH-20 whispers are dropped for a slow reader, entries are not', async () => {
  const { member } = await setup({ limits: { bufferedWhisper: 0 } })
  const key = channelKey()
  const [ana, berta] = [await member(key), await member(key)]
  berta.socket.pause()
  for (let i = 0; i < 30; i++) await ana.put(key, [entry(190_000)])
  for (let i = 0; i < 50; i++) ana.say({ t: 'whisper', ch: key.id, data: bytes(4_096) })
  await ana.settled()
  berta.socket.resume()
  expect(await berta.entries(30)).toHaveLength(30)
  await berta.settled()
  expect(berta.all('whisper').length).toBeLessThan(50)
})

test('CH-25 above its rate a client is read more slowly, not refused', async () => {
  const { member } = await setup({ limits: { messageBurst: 20, messagesPerSecond: 100 } })
  const key = channelKey()
  const ana = await member(key)
  const started = performance.now()
  for (let i = 0; i < 60; i++) {
    ana.say({ t: 'ping' })
    await ana.next('pong')
  }
  // 10 of the burst went for opening; 50 at 100 a second.
  expect(performance.now() - started).toBeGreaterThan(300)
  expect(ana.all('error')).toEqual([])
})

test('CH-25 a full channel refuses with quota and keeps what it has', async () => {
  const { member } = await setup({ limits: { channelEntries: 3, channelBytes: 10_000 } })
  const [few, small] = [channelKey(), channelKey()]
  const ana = await member(few)
  const answers = await ana.put(few, [entry(), entry(), entry(), entry(), entry()])
  expect(answers.map(({ t, ids }) => [t, ids.length])).toEqual([
    ['ack', 3],
    ['refuse', 2],
  ])
  const berta = await member(small)
  const [refused] = await berta.put(small, [entry(10_001)])
  expect(refused).toMatchObject({ t: 'refuse', code: 'quota' })
  expect(await berta.put(small, [entry(9_000)])).toMatchObject([{ t: 'ack' }])
})

test('CH-25 a full relay takes no more entries and no more channels, and serves what it has', async () => {
  // An empty database has about 50,000 bytes.
  const { data, relay, member } = await setup({ limits: { totalBytes: 300_000 } })
  const key = channelKey()
  const ana = await member(key)
  const kept = entry(190_000)
  await ana.put(key, [kept])
  expect(await ana.put(key, [entry(190_000)])).toMatchObject([{ t: 'refuse', code: 'quota' }])
  await relay.close()
  const full = await setup({ data, limits: { totalBytes: 200_000 } })
  expect(await (await full.client()).open(channelKey())).toMatchObject({ t: 'error', code: 'quota' })
  const berta = await full.member(key)
  berta.say({ t: 'want', ch: key.id, ids: [sha(kept)] })
  expect((await berta.next('put')).entries).toHaveLength(1)
})

test('CH-25 new channels are rationed for each connection, known ones are not', async () => {
  const { client } = await setup({ limits: { channelBurst: 2, channelRefillMs: 60_000 } })
  const ana = await client()
  const known = channelKey()
  await ana.opens(known)
  await ana.opens(channelKey())
  const refused = await ana.open(channelKey())
  expect(refused).toMatchObject({ t: 'error', code: 'rate' })
  expect(refused.t === 'error' ? refused.after : 0).toBeGreaterThan(0)
  ana.say({ t: 'close', ch: known.id })
  expect(await ana.open(known)).toMatchObject({ t: 'opened' })
})

test('CH-6 with a token, only who names it makes a channel; anyone with the key opens it after', async () => {
  const { client } = await setup({ token: 'una palabra larga' })
  const ana = await client()
  const key = channelKey()
  expect(await ana.open(key)).toMatchObject({ t: 'error', code: 'token-required' })
  expect(await ana.open(key, { token: 'otra palabra larga' })).toMatchObject({ t: 'error', code: 'token-required' })
  expect(await ana.open(key, { token: 'una palabra larga' })).toMatchObject({ t: 'opened' })
  expect(await (await client()).open(key)).toMatchObject({ t: 'opened' })
})

test('CH-26 a thousand connections at once, one channel, each told', { timeout: 60_000 }, async () => {
  const { relay, member } = await setup()
  const key = channelKey()
  const ana = await member(key)
  const people: RelayClient[] = []
  for (let at = 0; at < 1_000; at += 50) {
    people.push(...(await Promise.all(Array.from({ length: 50 }, () => RelayClient.connect(relay.address)))))
  }
  await Promise.all(people.map((each) => each.opens(key)))
  const one = entry()
  await ana.put(key, [one])
  const told = await Promise.all(people.map((each) => each.next('put')))
  expect(told.every((put) => toHex(put.entries[0] ?? bytes(1)) === toHex(one))).toBe(true)
  await Promise.all(people.map((each) => each.end()))
})

test('CH-26 above the most connections a newcomer is turned away, and welcome when one has gone', async () => {
  const { relay } = await setup({ limits: { connections: 2 } })
  const [ana, berta] = [await RelayClient.connect(relay.address), await RelayClient.connect(relay.address)]
  await expect(RelayClient.connect(relay.address)).rejects.toThrow('503')
  await ana.end()
  await berta.settled()
  const carla = await RelayClient.connect(relay.address)
  await carla.end()
  await berta.end()
})
