// What a channel does for two people: greeting, opening, putting, passing on, linking, whispering, ending. Rules CH-2, CH-5,
// CH-6, CH-15 to CH-22.
import { WebSocketClientAdapter } from '@automerge/automerge-repo-network-websocket'
import type { Message as AdapterMessage, PeerId } from '@automerge/automerge-repo/slim'
import { expect, onTestFinished, test } from 'vitest'
import { concat, toHex } from '../../src/base/bytes.ts'
import { unwrap } from '../../src/base/result.ts'
import { decodeMessage, encodeMessage } from '../../src/wire/messages.ts'
import { bytes, channelKey, entry, hexes, sha } from '../support/relay-client.ts'
import { setup } from '../support/relay-fixture.ts'

test('CH-2 the relay greets first, with a nonce fresh for each connection', async () => {
  const { client } = await setup()
  const [ana, berta] = [await client(), await client()]
  expect(ana.received[0]?.t).toBe('hello')
  expect(toHex(ana.helloNonce)).not.toBe(toHex(berta.helloNonce))
})

test('CH-15 CH-16 what one puts is acknowledged to her and passed to the other, never back', async () => {
  const { member } = await setup()
  const key = channelKey()
  const [ana, berta] = [await member(key), await member(key)]
  const entries = [entry(), entry(900)]
  const [ack] = await ana.put(key, entries)
  expect(ack).toMatchObject({ t: 'ack', n: 2 })
  expect(hexes(ack?.ids ?? [])).toEqual(hexes(entries.map(sha)))
  const put = await berta.next('put')
  expect(put.n).toBe(2)
  expect(hexes(put.entries)).toEqual(hexes(entries))
  await ana.settled()
  expect(ana.all('put')).toEqual([])
})

test('CH-15 putting again is acknowledged again and told to nobody', async () => {
  const { member } = await setup()
  const key = channelKey()
  const [ana, berta] = [await member(key), await member(key)]
  const one = entry()
  await ana.put(key, [one, one])
  const [again] = await berta.put(key, [one])
  expect(again).toMatchObject({ t: 'ack', n: 1 })
  await ana.settled()
  expect(ana.all('put')).toEqual([])
  expect(berta.all('put')).toHaveLength(1)
})

test('CH-15 bytes that are no entry are refused and the rest of the message is kept', async () => {
  const { member } = await setup()
  const key = channelKey()
  const ana = await member(key)
  const good = entry()
  const bad = [concat(Uint8Array.of(2), bytes(100)), Uint8Array.of(1, 2, 3)]
  const answers = await ana.put(key, [...bad, good])
  expect(answers.find(({ t }) => t === 'refuse')).toMatchObject({ code: 'bad-message' })
  expect(hexes(answers.flatMap((answer) => (answer.t === 'ack' ? answer.ids : [])))).toEqual(hexes([sha(good)]))
})

test('CH-17 numbers are told without a hole, whoever puts and in whatever order', async () => {
  const { member } = await setup()
  const key = channelKey()
  const [ana, berta, carla] = [await member(key), await member(key), await member(key)]
  for (let i = 0; i < 40; i++) (i % 2 === 0 ? ana : berta).say({ t: 'put', ch: key.id, entries: [entry(), entry()] })
  const seen = await carla.entries(80)
  expect(seen).toHaveLength(80)
  const numbers = carla.all('put').map(({ n }) => n ?? -1)
  expect([...numbers].sort((a, b) => a - b)).toEqual(numbers)
  expect(numbers.at(-1)).toBe(80)
})

test('CH-18 link puts stored entries into another channel and asks for those it lacks', async () => {
  const { member, client } = await setup()
  const [old, next] = [channelKey(), channelKey()]
  const ana = await member(old)
  await ana.opens(next)
  const [kept, unknown] = [entry(), entry()]
  await ana.put(old, [kept])
  const berta = await member(next)
  ana.say({ t: 'link', ch: next.id, from: old.id, ids: [sha(kept), sha(unknown)] })
  expect(hexes((await ana.next('ack')).ids)).toEqual(hexes([sha(kept)]))
  expect(hexes((await ana.next('want')).ids)).toEqual(hexes([sha(unknown)]))
  expect((await berta.next('put')).entries.map(toHex)).toEqual([toHex(kept)])
  // Who has not opened the source cannot take from it.
  const eva = await client()
  const mine = channelKey()
  await eva.opens(mine)
  eva.say({ t: 'link', ch: mine.id, from: old.id, ids: [sha(kept)] })
  expect(await eva.next('error')).toMatchObject({ code: 'unknown-channel' })
  // Nor name an entry of a channel that is not the source.
  await eva.opens(channelKey())
  eva.say({ t: 'want', ch: mine.id, ids: [sha(kept)] })
  await eva.settled()
  expect(eva.all('put')).toEqual([])
})

test('CH-19 want is answered from the channel', async () => {
  const { member } = await setup()
  const key = channelKey()
  const ana = await member(key)
  const entries = [entry(), entry(), entry()]
  await ana.put(key, entries)
  ana.say({ t: 'want', ch: key.id, ids: [sha(entries[1] ?? entry()), bytes(32)] })
  const put = await ana.next('put')
  expect(put.n).toBeUndefined()
  expect(put.entries.map(toHex)).toEqual([toHex(entries[1] ?? entry())])
})

test('CH-20 a whisper reaches the others who are here and is not kept', async () => {
  const { member } = await setup()
  const key = channelKey()
  const [ana, berta] = [await member(key), await member(key)]
  ana.say({ t: 'whisper', ch: key.id, data: Uint8Array.of(9, 9) })
  expect((await berta.next('whisper')).data).toEqual(Uint8Array.of(9, 9))
  await ana.settled()
  expect(ana.all('whisper')).toEqual([])
  const carla = await member(key)
  await carla.settled()
  expect(carla.all('whisper')).toEqual([])
})

test('CH-21 after close a channel is silent and must be opened again', async () => {
  const { member } = await setup()
  const key = channelKey()
  const [ana, berta] = [await member(key), await member(key)]
  berta.say({ t: 'close', ch: key.id })
  await berta.settled()
  await ana.put(key, [entry()])
  berta.say({ t: 'want', ch: key.id, ids: [bytes(32)] })
  expect(await berta.next('error')).toMatchObject({ code: 'unknown-channel' })
  expect(berta.all('put')).toEqual([])
  expect(await berta.open(key)).toMatchObject({ t: 'opened', n: 1 })
})

test('CH-22 ping is answered by pong', async () => {
  const { client } = await setup()
  const ana = await client()
  ana.say({ t: 'ping' })
  expect(await ana.next('pong')).toEqual({ t: 'pong' })
})

test('CH-16 a put of the largest size is passed on in messages within the limit', async () => {
  const { member } = await setup()
  const key = channelKey()
  const [ana, berta] = [await member(key), await member(key)]
  // 245,760 bytes is the limit; fields and heads of this message take 66.
  const entries = [entry(192 * 1024), entry(245_760 - 192 * 1024 - 66)]
  await ana.put(key, entries)
  expect(hexes(await berta.entries(2))).toEqual(hexes(entries))
})

test("CH-1 automerge-repo's own client adapter joins, is greeted and heard", async () => {
  const { relay } = await setup()
  const adapter = new WebSocketClientAdapter(relay.address)
  onTestFinished(() => adapter.disconnect())
  const received: AdapterMessage[] = []
  const next = () => new Promise<void>((resolve) => adapter.once('message', () => resolve()))
  adapter.on('message', (message) => received.push(message))
  const greeted = next()
  const found = new Promise<PeerId>((resolve) => adapter.once('peer-candidate', ({ peerId }) => resolve(peerId)))
  adapter.connect('ana-1' as PeerId, { isEphemeral: true })
  const relayId = await found
  await greeted
  const telar = { type: 'telar', senderId: 'ana-1' as PeerId, targetId: relayId, data: encodeMessage({ t: 'ping' }) }
  const answered = next()
  adapter.send(telar)
  await answered
  const said = received.map(({ data }) => unwrap(decodeMessage(new Uint8Array(data ?? [])))?.t)
  expect(said).toEqual(['hello', 'pong'])
})

test('CH-6 a channel is opened once, and one connection opens at most 256', async () => {
  const { client } = await setup({ limits: { channelBurst: 1_000 } })
  const ana = await client()
  const key = channelKey()
  await ana.opens(key)
  expect(await ana.open(key)).toMatchObject({ t: 'error', code: 'bad-message' })
  for (let i = 1; i < 256; i++) await ana.opens(channelKey())
  expect(await ana.open(channelKey())).toMatchObject({ t: 'error', code: 'bad-message' })
})

test('CH-6: channels that may not be made take no other channel down with them', async () => {
  const token = 'una palabra larga'
  const { relay, client } = await setup({ token })
  expect(relay.port).toBeGreaterThan(0)
  const ana = await client()
  const good = channelKey()
  expect(await ana.open(good, { token })).toMatchObject({ t: 'opened' })
  for (let i = 0; i < 30; i++) {
    const other = channelKey()
    expect(await ana.open(other)).toMatchObject({ t: 'error', code: 'token-required' })
    // As a client does that does not wait for the answer before it compares.
    ana.say({ t: 'ranges', ch: other.id, q: 0, ranges: [] })
    expect(await ana.next('error')).toMatchObject({ code: 'unknown-channel' })
  }
  expect((await ana.put(good, [entry()]))[0]).toMatchObject({ t: 'ack' })
})

test('CH-16 CH-17 many write at once: each is told what the others wrote, once, and all end at the same number', async () => {
  const { member } = await setup()
  const key = channelKey()
  const writers = [await member(key), await member(key), await member(key)]
  const [early, late] = [await member(key), await member(key)]
  const written = writers.map(() => Array.from({ length: 40 }, () => entry(100)))
  // Woven, so that commits hold entries of all of them, singly and several to a message, some twice.
  for (let i = 0; i < 40; i += 2)
    writers.forEach((writer, w) => {
      const [one, two] = [written[w]?.[i] ?? entry(), written[w]?.[i + 1] ?? entry()]
      if (i % 4 === 0) writer.say({ t: 'put', ch: key.id, entries: [one, two] })
      else for (const each of [one, two]) writer.say({ t: 'put', ch: key.id, entries: [each] })
      if (i % 8 === 0) writer.say({ t: 'put', ch: key.id, entries: [one] })
    })
  for (const each of [...writers, early, late]) await each.settled()
  const told = (client: (typeof writers)[number]) => client.all('put').flatMap(({ entries }) => entries)
  const last = (client: (typeof writers)[number]) =>
    Math.max(...[...client.all('put'), ...client.all('ack')].map(({ n }) => n ?? 0))
  for (const reader of [early, late]) while (told(reader).length < 120) await reader.settled()
  for (const [w, writer] of writers.entries()) {
    while (told(writer).length < 80) await writer.settled()
    expect(hexes(told(writer))).toEqual(hexes(written.flatMap((mine, other) => (other === w ? [] : mine))))
    expect(last(writer)).toBe(120)
  }
  for (const reader of [early, late]) {
    expect(hexes(told(reader))).toEqual(hexes(written.flat()))
    expect(last(reader)).toBe(120)
    let seen = 0
    for (const { entries, n } of reader.all('put')) expect(n).toBe((seen += entries.length))
  }
})
