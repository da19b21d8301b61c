// Coming back: by cursor when the relay still counts as it did, by reconciliation otherwise, over restarts, crashes and a
// wiped disk. Rules CH-6 to CH-14 and CH-23.
import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Bytes, compare, concat, toHex } from '../../src/base/bytes.ts'
import { answer, fingerprintWith, question } from '../../src/wire/ranges.ts'
import { startRelay } from '../../sync-server/relay.ts'
import { bytes, type ChannelKey, channelKey, entry, hexes, RelayClient, sha } from '../support/relay-client.ts'
import { setup, temporaryFolder } from '../support/relay-fixture.ts'

/** Reconciles `held` with the relay; what was received and what the relay asked for is sent. */
async function reconcile(client: RelayClient, key: ChannelKey, held: readonly Bytes[]): Promise<Map<string, Bytes>> {
  const mine = new Map(held.map((data) => [toHex(sha(data)), data]))
  const fingerprint = fingerprintWith(sha, sha(concat(client.helloNonce, client.openNonce)))
  const ids = () => [...mine.values()].map(sha).sort(compare)
  let ranges = question(ids(), fingerprint)
  for (let q = 0; ranges.length > 0; q++) {
    client.say({ t: 'ranges', ch: key.id, q, ranges })
    for (;;) {
      const message = await client.next('ranges', 'want', 'put')
      if (message.t === 'put') for (const data of message.entries) mine.set(toHex(sha(data)), data)
      if (message.t === 'want') await give(client, key, mine, message.ids)
      if (message.t !== 'ranges') continue
      expect(message.re).toBe(q)
      const reply = answer(ids(), message.ranges, fingerprint)
      if (reply.give.length > 0) await give(client, key, mine, reply.give)
      if (reply.want.length > 0) {
        client.say({ t: 'want', ch: key.id, ids: reply.want })
        const missing = new Set(reply.want.map(toHex))
        while (missing.size > 0) {
          for (const data of (await client.next('put')).entries) {
            missing.delete(toHex(sha(data)))
            mine.set(toHex(sha(data)), data)
          }
        }
      }
      ranges = reply.ranges
      break
    }
  }
  return mine
}

async function give(
  client: RelayClient,
  key: ChannelKey,
  mine: Map<string, Bytes>,
  ids: readonly Bytes[],
): Promise<void> {
  const list = ids.flatMap((id) => mine.get(toHex(id)) ?? [])
  for (let at = 0; at < list.length; at += 100) client.say({ t: 'put', ch: key.id, entries: list.slice(at, at + 100) })
}

test('CH-7 who comes back with a cursor gets what came after it, in order, and nothing else', async () => {
  const { member, client } = await setup()
  const key = channelKey()
  const ana = await member(key)
  const before = [entry(), entry()]
  await ana.put(key, before)
  const berta = await client()
  const { inc, n } = await berta.opens(key)
  expect(n).toBe(2)
  await berta.end()
  const after = Array.from({ length: 300 }, () => entry(1_000))
  await ana.put(key, after.slice(0, 150))
  await ana.put(key, after.slice(150))
  const again = await client()
  expect(await again.opens(key, { cursor: { inc, n } })).toMatchObject({ resumed: true, n: 302 })
  expect((await again.entries(300)).map(toHex)).toEqual(after.map(toHex))
  expect(again.all('put').at(-1)?.n).toBe(302)
  expect(again.all('put').length).toBeGreaterThan(2)
})

test('CH-8 a cursor of another incarnation, or beyond what there is, is not resumed', async () => {
  const { member, client } = await setup()
  const key = channelKey()
  const ana = await member(key)
  await ana.put(key, [entry()])
  const berta = await client()
  const { inc } = await berta.opens(key, { cursor: { inc: bytes(16), n: 1 } })
  expect(berta.all('opened')[0]?.resumed).toBe(false)
  const carla = await client()
  expect(await carla.opens(key, { cursor: { inc, n: 2 } })).toMatchObject({ resumed: false })
  await carla.settled()
  expect(carla.all('put')).toEqual([])
})

test(
  'CH-17 what comes while somebody catches up does not move her cursor past what she lacks',
  { timeout: 60_000 },
  async () => {
    const { member, client } = await setup({ limits: { bufferedHigh: 8_192, bufferedWhisper: 2 ** 30 } })
    const key = channelKey()
    const ana = await member(key)
    const { inc } = await (await client()).opens(key)
    // More than the sockets in between hold.
    const early = Array.from({ length: 80 }, () => entry(180_000))
    for (const one of early) await ana.put(key, [one])
    const berta = await client()
    berta.say(berta.proof(key, { cursor: { inc, n: 0 } }))
    await berta.next('opened')
    berta.socket.pause()
    const late = Array.from({ length: 20 }, () => entry())
    for (const one of late) await ana.put(key, [one])
    berta.socket.resume()
    const all = await berta.entries(100)
    expect(all.map(toHex)).toEqual([...early, ...late].map(toHex))
    let seen = 0
    for (const { entries, n } of berta.all('put')) {
      seen += entries.length
      expect(n).toBe(seen)
    }
  },
)

test(
  'CH-17 what she puts herself while behind is acknowledged without a number and not told again',
  { timeout: 60_000 },
  async () => {
    const { member, client } = await setup({ limits: { bufferedHigh: 8_192 } })
    const key = channelKey()
    const ana = await member(key)
    const { inc } = await (await client()).opens(key)
    const early = Array.from({ length: 80 }, () => entry(180_000))
    for (const one of early) await ana.put(key, [one])
    const berta = await client()
    berta.say(berta.proof(key, { cursor: { inc, n: 0 } }))
    const mine = [entry(), entry()]
    for (const one of mine) berta.say({ t: 'put', ch: key.id, entries: [one] })
    const all = await berta.entries(80)
    await ana.entries(2)
    const last = entry()
    await ana.put(key, [last])
    expect(all.map(toHex)).toEqual(early.map(toHex))
    expect((await berta.next('put')).entries.map(toHex)).toEqual([toHex(last)])
    expect(berta.all('put').at(-1)?.n).toBe(83)
  },
)

test('CH-11 CH-13 reconciliation brings everything to both sides, its end after its entries', async () => {
  const { member, client } = await setup()
  const key = channelKey()
  const ana = await member(key)
  const shared = Array.from({ length: 200 }, () => entry(200))
  const hers = Array.from({ length: 70 }, () => entry(200))
  for (let at = 0; at < 200; at += 100) await ana.put(key, shared.slice(at, at + 100))
  await ana.put(key, hers)
  const mine = Array.from({ length: 90 }, () => entry(200))
  const berta = await client()
  await berta.opens(key)
  const result = await reconcile(berta, key, [...shared, ...mine])
  expect([...result.keys()].sort()).toEqual(hexes([...shared, ...hers, ...mine].map(sha)))
  expect(hexes(await ana.entries(90))).toEqual(hexes(mine))
  const fresh = await client()
  await fresh.opens(key)
  expect((await reconcile(fresh, key, [])).size).toBe(360)
})

test('CH-9 a restart keeps what was acknowledged and renews the incarnation', async () => {
  const data = temporaryFolder()
  const key = channelKey()
  const entries = [entry(), entry(5_000)]
  const first = await startRelay({ data, port: 0 })
  const ana = await RelayClient.connect(first.address)
  const { inc } = await ana.opens(key)
  await ana.put(key, entries)
  await first.close()
  expect(await ana.closed).toBeGreaterThan(0)
  const { client } = await setup({ data })
  const berta = await client()
  const opened = await berta.opens(key, { cursor: { inc, n: 1 } })
  // A database brought back from a backup would count again from an older number: see channels.md.
  expect(opened).toMatchObject({ resumed: false, n: 2 })
  expect(hexes([...(await reconcile(berta, key, [])).values()])).toEqual(hexes(entries))
})

test('CH-9 a wiped relay is a new incarnation, and is refilled by reconciliation', async () => {
  const data = temporaryFolder()
  const key = channelKey()
  const entries = Array.from({ length: 40 }, () => entry())
  const first = await startRelay({ data, port: 0 })
  const ana = await RelayClient.connect(first.address)
  const { inc } = await ana.opens(key)
  await ana.put(key, entries)
  await first.close()
  rmSync(data, { recursive: true })
  const { client } = await setup({ data })
  const berta = await client()
  const opened = await berta.opens(key, { cursor: { inc, n: 0 } })
  expect(toHex(opened.inc)).not.toBe(toHex(inc))
  expect(opened).toMatchObject({ resumed: false, n: 0 })
  await reconcile(berta, key, entries)
  const carla = await client()
  await carla.opens(key)
  expect((await reconcile(carla, key, [])).size).toBe(40)
})

test('CH-10 the fingerprints of a session are its own: both nonces, hashed', async () => {
  const { member } = await setup()
  const key = channelKey()
  const ana = await member(key)
  const entries = Array.from({ length: 30 }, () => entry())
  await ana.put(key, entries)
  const ids = entries.map(sha).sort(compare)
  const right = fingerprintWith(sha, sha(concat(ana.helloNonce, ana.openNonce)))
  ana.say({ t: 'ranges', ch: key.id, q: 0, ranges: question(ids, right) })
  expect((await ana.next('ranges')).ranges).toEqual([])
  const wrong = fingerprintWith(sha, sha(concat(ana.openNonce, ana.helloNonce)))
  ana.say({ t: 'ranges', ch: key.id, q: 1, ranges: question(ids, wrong) })
  expect((await ana.next('ranges')).ranges).not.toEqual([])
})
