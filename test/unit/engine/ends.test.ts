// How an engine begins and ends when something is wrong or happens twice: nothing is left running, nothing is made twice,
// and a lock always locks. Each found by an adversarial reading.
import { generateAutomergeUrl, NetworkAdapter } from '@automerge/automerge-repo/slim'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { DocumentId, idBytes } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import { newDeviceKeys } from '../../../src/identity/index.ts'
import { JOININGS } from '../../../src/engine/joining.ts'
import { systemClock } from '../../../src/engine/node.ts'
import { joiningRecords } from '../../../src/engine/records.ts'
import { Insider } from '../../support/insider.ts'
import { PASSPHRASE, Person } from '../../support/members.ts'

const NOWHERE = 'http://127.0.0.1:9'
const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const end of ends.splice(0)) await end().catch(() => undefined)
})

async function alone(relays: readonly string[] = []) {
  const insider = await Insider.named('Ceiba')
  ends.push(() => insider.keeper.lock())
  const space = await insider.workspace.found('Red', relays)
  return { insider, space }
}

class SilentPage extends NetworkAdapter {
  readonly said: string[]
  constructor(said: string[]) {
    super()
    this.said = said
  }
  isReady = () => true
  whenReady = () => Promise.resolve()
  connect(): void {
    // Nobody is there.
  }
  send(): void {
    this.said.push('send')
  }
  disconnect(): void {
    this.said.push('disconnected')
  }
}

describe('an engine', () => {
  test('locks and flushes when somebody asked its Repo for a document that is not here', async () => {
    const { insider } = await alone()
    await insider.workspace.repo.find(generateAutomergeUrl()).catch(() => undefined)
    await expect(insider.workspace.flush()).resolves.toBeUndefined()
    await expect(insider.keeper.lock()).resolves.toBeUndefined()
  })

  test('stops listening to the page before it seals for the last time', async () => {
    const { insider, space } = await alone()
    const said: string[] = []
    insider.workspace.repo.networkSubsystem.addNetworkAdapter(new SilentPage(said))
    const drain = space.documents.drain.bind(space.documents)
    space.documents.drain = () => {
      said.push('drained')
      return drain()
    }
    await insider.keeper.lock()
    expect(said).toEqual(['disconnected', 'drained'])
  })

  test('that fails to open leaves nothing running', async () => {
    const { insider } = await alone([NOWHERE])
    await insider.keeper.lock()
    const { store, carriers } = insider.world
    const list = vi.spyOn(store, 'list')
    await insider.reopen()
    const reads = list.mock.calls.length
    await insider.keeper.lock()
    const original = list.getMockImplementation()
    expect(original).toBeUndefined()
    list.mockReset()
    let left = reads
    const real = Object.getPrototypeOf(store) as typeof store
    list.mockImplementation((bucket) => {
      left--
      return left === 0 ? Promise.reject(new Error('a bad sector')) : real.list.call(store, bucket)
    })
    const next = new Insider(insider.world)
    ends.push(() => next.keeper.lock())
    const before = carriers.length
    await expect(next.keeper.unlock(PASSPHRASE)).rejects.toThrow('a bad sector')
    expect(carriers.length).toBeGreaterThan(before)
    for (const carrier of carriers.slice(before)) {
      carrier.hurry()
      expect(carrier.state).toBe('offline')
    }
  })

  test('opens its spaces beside an invitation that cannot be read', async () => {
    const { insider } = await alone()
    const bytes = (length: number) => new Uint8Array(length)
    const record = { v: 1, link: 'nada', device: { seed: bytes(32), box: bytes(32) }, at: 0, knock: bytes(90) } as const
    await insider.workspace.store.write([{ bucket: JOININGS, key: 'x', value: joiningRecords.encode(record) }])
    await insider.reopen()
    expect(insider.workspace.spaces.size).toBe(1)
  })

  test('enters one space once, however many welcomes come at once', async () => {
    const { insider, space } = await alone()
    const copal = await Insider.named('Copal')
    ends.push(() => copal.keeper.lock())
    const { crypto } = insider.keeper
    const { space: id, member, seed, create } = space.record
    const now = space.current()
    if (now === null) throw new Error('no epoch')
    const from = { from: space.device, kit: null, relays: [], generations: [] }
    const welcome = { ...from, space: id, member, seed, create, secrets: [now.secret], epoch: idBytes(now.epoch) }
    const keys = newDeviceKeys(crypto)
    const way = { linked: false, name: '', relays: [] }
    const entered = await Promise.all([1, 2].map(() => copal.workspace.enter(welcome, keys, way)))
    expect(entered.map((one) => (one.ok ? one.value.id : one.error.type))).toEqual([space.id, space.id])
    expect(copal.workspace.spaces.size).toBe(1)
    expect(copal.space.record.welcomes.length).toBe(1)
  })

  test('knocks once when a link is used twice at once', async () => {
    const ceiba = await Person.named('Ceiba')
    const copal = await Person.named('Copal')
    ends.push(
      () => ceiba.end(),
      () => copal.end(),
    )
    const { space } = unwrap(await ceiba.engine.createSpace({ name: 'Red', relays: [NOWHERE] }))
    const { link } = unwrap(await ceiba.engine.invite({ space, mode: 'confirm', role: 'editor', note: '', app: '' }))
    const [one, two] = await Promise.all([copal.engine.join({ link }), copal.engine.join({ link })])
    expect(unwrap(one)).toEqual(unwrap(two))
  })

  test('asks once to seal again, however many changes wait', async () => {
    const { insider, space } = await alone()
    const document = DocumentId.must(new Uint8Array(16).fill(7))
    await space.documents.create(document, [(doc) => void (doc['n'] = 0)])
    const after = vi.spyOn(systemClock, 'after')
    insider.world.refuseWrites = 1_000_000
    for (let n = 1; n <= 10; n++) await space.documents.edit(document, (doc) => void (doc['n'] = n))
    insider.world.refuseWrites = 0
    expect(after.mock.calls.filter(([delay]) => delay === 3_000)).toHaveLength(1)
  })
})
