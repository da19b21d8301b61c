// What the relay keeps, and for how long: acknowledged entries survive a kill, forgotten channels leave nothing, and there
// is nothing in the database or the log about anybody. Rules CH-15, CH-23, CH-24.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Clock } from '../../src/base/environment.ts'
import { type Bytes, toBase64Url, toHex } from '../../src/base/bytes.ts'
import { logTo } from '../../sync-server/log.ts'
import { startRelay } from '../../sync-server/relay.ts'
import { Store } from '../../sync-server/store/store.ts'
import { bytes, channelKey, entry, RelayClient, sha } from '../support/relay-client.ts'
import { setup, temporaryFolder } from '../support/relay-fixture.ts'
import { relayProgram, type RelayProgram } from '../support/relay-program.ts'

let program: RelayProgram
beforeAll(async () => {
  program = await relayProgram('store')
})
afterAll(() => program.remove())

/** Puts entries one after the other until the socket dies; the ids that were acknowledged. */
async function putUntilKilled(client: RelayClient, id: Bytes, enough: () => void): Promise<Bytes[]> {
  const acked: Bytes[] = []
  for (let i = 0; i < 64; i++) client.say({ t: 'put', ch: id, entries: [entry(2_000), entry(300)] })
  try {
    for (;;) {
      const ack = await client.next('ack')
      acked.push(...ack.ids)
      client.say({ t: 'put', ch: id, entries: [entry(2_000), entry(300)] })
      if (acked.length >= 120) enough()
    }
  } catch {
    return acked
  }
}

test('CH-15 kill -9 in the middle of writing loses no acknowledged entry', { timeout: 60_000 }, async () => {
  const data = temporaryFolder()
  const key = channelKey()
  const acked: Bytes[] = []
  for (let round = 0; round < 3; round++) {
    const relay = await program.start(['--port', '0', '--data', data])
    const client = await RelayClient.connect(relay.address)
    await client.opens(key)
    acked.push(...(await putUntilKilled(client, key.id, () => relay.child.kill('SIGKILL'))))
    await relay.ended
  }
  expect(acked.length).toBeGreaterThanOrEqual(360)
  const { member } = await setup({ data })
  const berta = await member(key)
  const missing = new Set(acked.map(toHex))
  for (let at = 0; at < acked.length; at += 500) berta.say({ t: 'want', ch: key.id, ids: acked.slice(at, at + 500) })
  await berta.entries(missing.size)
  for (const put of berta.all('put')) for (const data_ of put.entries) missing.delete(toHex(sha(data_)))
  expect([...missing]).toEqual([])
})

/** A clock whose day a test turns; timers never fire by themselves. */
function handClock(): Clock & { day: number } {
  return {
    day: 20_000,
    now() {
      return this.day * 86_400_000
    },
    after: () => () => {},
  }
}

test('CH-23 a channel nobody opens is forgotten after its days, bytes and all; one that is opened stays', async () => {
  const data = temporaryFolder()
  const clock = handClock()
  const [left, used] = [channelKey(), channelKey()]
  const secret = entry(20_000)
  const shared = entry()
  const first = await startRelay({ data, port: 0, forgetAfterDays: 30 }, { clock })
  const ana = await RelayClient.connect(first.address)
  await ana.opens(left)
  await ana.opens(used)
  await ana.put(left, [secret, shared])
  ana.say({ t: 'link', ch: used.id, from: left.id, ids: [sha(shared)] })
  await ana.next('ack')
  await first.close()
  clock.day += 20
  const second = await startRelay({ data, port: 0, forgetAfterDays: 30 }, { clock })
  const berta = await RelayClient.connect(second.address)
  expect(await berta.opens(used)).toMatchObject({ n: 1 })
  await second.close()
  clock.day += 20
  const lines: string[] = []
  const third = await startRelay(
    { data, port: 0, forgetAfterDays: 30 },
    { clock, log: logTo((line) => lines.push(line)) },
  )
  expect(lines.join('')).toContain('{"event":"forgotten","channels":1}')
  const carla = await RelayClient.connect(third.address)
  expect(await carla.opens(used)).toMatchObject({ n: 1 })
  carla.say({ t: 'want', ch: used.id, ids: [sha(shared)] })
  expect((await carla.next('put')).entries.map(toHex)).toEqual([toHex(shared)])
  expect(await carla.opens(left)).toMatchObject({ n: 0 })
  await carla.end()
  await third.close()
  const disk = Buffer.concat(readdirSync(data).map((file) => readFileSync(join(data, file))))
  expect(disk.includes(Buffer.from(secret.subarray(5_000, 5_064)))).toBe(false)
  expect(disk.includes(Buffer.from(shared.subarray(100, 164)))).toBe(true)
})

test('CH-23 the database has no column for an address, a time or a person', () => {
  const folder = temporaryFolder()
  new Store(folder).close()
  const db = new Database(join(folder, 'relay.sqlite'), { readonly: true })
  const columns = db
    .prepare<[], { name: string }>(
      `SELECT m.name || '.' || c.name AS name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
        WHERE m.type = 'table' ORDER BY 1`,
    )
    .all()
    .map(({ name }) => name)
  expect(columns).toEqual([
    'channels.created_day',
    'channels.id',
    'channels.incarnation',
    'channels.key',
    'channels.opened_day',
    'contents.data',
    'contents.key',
    'entries.channel',
    'entries.content',
    'entries.id',
    'entries.n',
    'entries.size',
  ])
  expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
  db.close()
})

test('CH-24 neither log, nor output, nor disk holds an address, and no log a channel or entry id', async () => {
  const data = temporaryFolder()
  const relay = await program.start(['--port', '0', '--data', data, '--host', '127.0.0.1'])
  const key = channelKey()
  const one = entry()
  const peer = `peer-${toHex(bytes(8))}`
  const ana = await RelayClient.connect(relay.address, peer, {
    'User-Agent': 'a-browser-of-hers',
    Origin: 'https://a.example',
  })
  await ana.opens(key)
  await ana.put(key, [one])
  ana.data(bytes(40))
  await ana.next('error')
  ana.socket.send('garbage')
  await ana.closed
  relay.child.kill('SIGTERM')
  expect(await relay.ended).toBe(0)
  const printed = relay.output() + relay.errors()
  const disk = Buffer.concat(readdirSync(data).map((file) => readFileSync(join(data, file)))).toString('latin1')
  for (const id of [key.id, sha(one)]) {
    expect(printed).not.toContain(toHex(id))
    expect(printed).not.toContain(toBase64Url(id))
  }
  for (const trace of [peer, 'a-browser-of-hers', 'a.example']) expect(printed + disk).not.toContain(trace)
  expect(relay.errors() + disk).not.toContain('127.0.0.1')
  for (const line of relay.errors().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('event')
})

test('CH-15 a disk that refuses gives busy, changes nothing, and is tried again', async () => {
  const data = temporaryFolder()
  const lines: string[] = []
  const { member } = await setup({ data }, { log: logTo((line) => lines.push(line)) })
  const key = channelKey()
  const ana = await member(key)
  const berta = await member(key)
  // Another process that holds the database longer than the relay waits would do the same; a read-only file is quicker.
  const other = new Database(join(data, 'relay.sqlite'))
  other.exec("CREATE TRIGGER refuse BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'no room'); END")
  const one = entry()
  expect(await ana.put(key, [one])).toMatchObject([{ t: 'refuse', code: 'busy' }])
  other.exec('DROP TRIGGER refuse')
  other.close()
  expect(await ana.put(key, [one])).toMatchObject([{ t: 'ack', n: 1 }])
  expect((await berta.next('put')).n).toBe(1)
  expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual([
    'listening',
    'store-failed',
    'store-recovered',
  ])
})
