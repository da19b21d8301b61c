// Relays that are seized or hostile are noticed where the protocol allows, and nothing is lost by them: one that forgets, one that withholds
// what others have signed for, one that is full, one that gives nobody's bytes (channels.md, "What a client notices").
import Database from 'better-sqlite3'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { SpaceId, type ChannelId } from '../../../src/base/ids.ts'
import { FORGOT_MS, MAY_FORGET_MS, RelayConduct, WITHHELD_MS } from '../../../src/engine/relay-conduct.ts'
import { MemoryStore } from '../../../src/storage/memory.ts'
import { startRelay } from '../../../sync-server/relay.ts'
import { documentId, numberIn, person, together } from '../../support/circle.ts'
import { temporaryFolder } from '../../support/relay-fixture.ts'
import { ShiftedClock } from '../../support/shifted-clock.ts'

const PLAN = documentId(1)
const RELAY = 'http://relevo.example'
const CHANNEL = 'aa' as ChannelId
const DAY = 24 * 3_600_000

/** Two people and a relay whose disk can be tampered with. */
async function seizable() {
  const data = temporaryFolder()
  const state = { relay: await startRelay({ data, port: 0, host: '127.0.0.1' }) }
  onTestFinished(() => state.relay.close())
  const { port } = state.relay
  const clock = new ShiftedClock()
  const ceiba = await person('Ceiba', clock)
  const copal = await person('Copal', clock)
  await ceiba.workspace.found('Red', [`http://127.0.0.1:${String(port)}`])
  await ceiba.admit(copal)
  await ceiba.space.documents.create(PLAN, [(doc) => void (doc['n'] = 1)])
  await together(ceiba, copal)
  /** Stops it, lets somebody at its disk, and starts it again. */
  const seize = async (tamper: (database: Database.Database) => void) => {
    await state.relay.close()
    const file = readdirSync(data).find((name) => /\.(?:db|sqlite)$/.test(name))
    const database = new Database(join(data, file ?? ''))
    tamper(database)
    database.close()
    state.relay = await startRelay({ data, port, host: '127.0.0.1' })
  }
  return { ceiba, copal, clock, seize }
}

const trouble = (one: Awaited<ReturnType<typeof person>>) => {
  const [relay] = one.space.relays
  return one.workspace.channels.get(one.space.id)?.conduct.trouble(relay ?? '', true)
}

describe('a relay that was seized', () => {
  test('acknowledged and forgot: it is named, and given everything again', async () => {
    const { ceiba, copal, seize } = await seizable()
    expect(trouble(ceiba)).toBeNull()
    await seize((database) => database.exec('DELETE FROM entries WHERE n > 3'))
    await together(ceiba, copal)
    await together(ceiba, copal)
    expect([trouble(ceiba), trouble(copal)]).toContain('forgot')
    expect(await numberIn(copal, PLAN)).toBe(1)
    const late = await person('Mirto')
    await ceiba.admit(late)
    await together(ceiba, late)
    expect(await numberIn(late, PLAN)).toBe(1)
  })

  test('wiped: the same, and it is still known after a restart of the phone', async () => {
    const { ceiba, copal, seize } = await seizable()
    await seize((database) => database.exec('DELETE FROM entries; DELETE FROM contents; DELETE FROM channels'))
    await together(ceiba, copal)
    const named = [ceiba, copal].filter((one) => trouble(one) === 'forgot')
    expect(named.length).toBeGreaterThan(0)
    for (const one of named) {
      await one.reopen()
      expect(trouble(one)).toBe('forgot')
    }
  })
})

describe('conduct', () => {
  async function cardboard() {
    const world = { now: 0, due: [] as { at: number; run: () => void }[], changes: 0 }
    const clock = {
      now: () => world.now,
      after: (delay: number, run: () => void) => {
        world.due.push({ at: world.now + delay, run })
        return () => undefined
      },
    }
    const store = new MemoryStore()
    const open = () =>
      RelayConduct.open(SpaceId.must(new Uint8Array(32)), store, clock, () => {
        world.changes++
      })
    return { world, conduct: await open(), open }
  }

  test('what it never had is no forgetting; what it had in another channel is not, either', async () => {
    const { conduct, world } = await cardboard()
    conduct.lacks(RELAY, CHANNEL, [0])
    conduct.stepped(RELAY, CHANNEL, 5, () => false)
    conduct.lacks(RELAY, CHANNEL, [5, 6])
    conduct.lacks(RELAY, 'bb' as ChannelId, [0])
    expect(conduct.trouble(RELAY, true)).toBeNull()
    conduct.lacks(RELAY, CHANNEL, [7, 4])
    expect(conduct.trouble(RELAY, true)).toBe('forgot')
    world.now += FORGOT_MS
    expect(conduct.trouble(RELAY, true)).toBeNull()
  })

  test('what nobody opened for a year a relay may forget: that is said of it, and no trouble', async () => {
    const { conduct, world, open } = await cardboard()
    conduct.stepped(RELAY, CHANNEL, 5, () => false)
    world.now += 2 * DAY
    conduct.stepped(RELAY, CHANNEL, 5, () => false)
    await conduct.stop()
    const later = await open()
    world.now += MAY_FORGET_MS
    later.lacks(RELAY, CHANNEL, [4])
    expect(later.trouble(RELAY, true)).toBeNull()
    world.now -= DAY
    later.lacks(RELAY, CHANNEL, [4])
    expect(later.trouble(RELAY, true)).toBe('forgot')
  })

  test('it withholds when others’ signed work stays away for ten minutes though it says that nothing is missing', async () => {
    const { conduct, world } = await cardboard()
    let missing = true
    conduct.stepped(RELAY, CHANNEL, 1, () => missing)
    expect(conduct.trouble(RELAY, true)).toBeNull()
    world.now += WITHHELD_MS
    expect(conduct.trouble(RELAY, true)).toBe('withholds')
    expect(conduct.trouble(RELAY, false), 'it says itself that something is missing').toBeNull()
    missing = false
    conduct.stepped(RELAY, CHANNEL, 1, () => missing)
    expect(conduct.trouble(RELAY, true)).toBeNull()
  })

  test('of several relays only one that had its ten minutes is said to withhold', async () => {
    const { conduct, world } = await cardboard()
    const other = 'http://otro.example'
    conduct.stepped(RELAY, CHANNEL, 1, () => true)
    world.now += WITHHELD_MS - 60_000
    conduct.stepped(other, CHANNEL, 1, () => true)
    world.now += 60_000
    expect([RELAY, other].map((one) => conduct.trouble(one, true))).toEqual(['withholds', null])
    world.now += WITHHELD_MS
    expect([RELAY, other].map((one) => conduct.trouble(one, true))).toEqual(['withholds', 'withholds'])
    // What one of them had is here: neither has kept it back.
    conduct.stepped(other, CHANNEL, 2, () => false)
    expect([RELAY, other].map((one) => conduct.trouble(one, true))).toEqual([null, null])
  })

  test('it is full until it takes something again', async () => {
    const { conduct } = await cardboard()
    conduct.refused(RELAY, 'busy')
    expect(conduct.trouble(RELAY, false)).toBeNull()
    conduct.refused(RELAY, 'quota')
    expect(conduct.trouble(RELAY, false)).toBe('full')
    conduct.took(RELAY)
    expect(conduct.trouble(RELAY, false)).toBeNull()
  })

  test('bytes that are nobody’s entry are garbage', async () => {
    const { conduct } = await cardboard()
    conduct.gave(RELAY, [new Uint8Array(700)])
    expect(conduct.trouble(RELAY, true)).toBeNull()
    conduct.gave(RELAY, [new Uint8Array(700), new Uint8Array(56)])
    expect(conduct.trouble(RELAY, true)).toBe('garbage')
  })
})
