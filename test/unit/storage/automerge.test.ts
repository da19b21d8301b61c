// automerge-repo's own acceptance suite on our adapter, and rule AR-8: a refused write is tried again, reported, never a
// rejection.
import { runStorageAdapterTests } from '@automerge/automerge-repo/helpers/tests/storage-adapter-tests.js'
import { Repo } from '@automerge/automerge-repo/slim'
import { describe, expect, it, vi } from 'vitest'
import type { Clock } from '../../../src/base/environment.ts'
import { sealedValues } from '../../../src/identity/sealed-values.ts'
import { AutomergeStorage, type AutomergeStorageReport } from '../../../src/storage/automerge.ts'
import { MemoryStore } from '../../../src/storage/memory.ts'
import { SealedStore } from '../../../src/storage/sealed.ts'
import { bytesOf, testCrypto } from '../../support/log.ts'

/** Time that passes when the test says so. */
function handClock() {
  const timers: { delay: number; run: () => void }[] = []
  const clock: Clock = {
    now: () => 0,
    after(delay, run) {
      const timer = { delay, run }
      timers.push(timer)
      return () => void timers.splice(timers.indexOf(timer), 1)
    },
  }
  return { clock, timers, fire: () => timers.shift()?.run() }
}

const sealed = () => new SealedStore(new MemoryStore(), sealedValues(testCrypto('automerge'), bytesOf('vault', 32)))

runStorageAdapterTests(
  async () => ({ adapter: new AutomergeStorage(sealed(), { clock: handClock().clock }) }),
  'sealed',
)

const failing = (times: number) => {
  const store = new MemoryStore()
  const write = store.write.bind(store)
  const spy = vi.spyOn(store, 'write')
  for (let i = 0; i < times; i++) spy.mockRejectedValueOnce(new Error('no room'))
  spy.mockImplementation(write)
  return store
}

describe('a medium that refuses', () => {
  it('AR-8 is tried again with growing pauses, and reported; reads see what is pending', async () => {
    const { clock, timers, fire } = handClock()
    const reports: AutomergeStorageReport[] = []
    const adapter = new AutomergeStorage(failing(3), { clock, report: (report) => reports.push(report) })
    const saved = adapter.save(['doc', 'snapshot', 'x'], Uint8Array.of(1))
    const pauses: number[] = []
    for (let i = 0; i < 3; i++) {
      await vi.waitUntil(() => timers.length === 1)
      pauses.push(timers[0]!.delay)
      expect(await adapter.load(['doc', 'snapshot', 'x'])).toEqual(Uint8Array.of(1))
      expect(await adapter.loadRange(['doc'])).toHaveLength(1)
      fire()
    }
    await saved
    expect(pauses).toEqual([250, 500, 1000])
    expect(reports.map(({ type }) => type)).toEqual(['retrying', 'retrying', 'retrying', 'recovered'])
    expect(await adapter.loadRange(['doc', 'snapshot'])).toEqual([
      { key: ['doc', 'snapshot', 'x'], data: Uint8Array.of(1) },
    ])
  })

  it('AR-8 does not let a later removal be overtaken by an earlier save', async () => {
    const { clock, timers, fire } = handClock()
    const adapter = new AutomergeStorage(failing(1), { clock })
    const all = [adapter.save(['doc', 'a'], Uint8Array.of(1)), adapter.remove(['doc', 'a'])]
    await vi.waitUntil(() => timers.length === 1)
    expect(await adapter.load(['doc', 'a'])).toBeUndefined()
    fire()
    await Promise.all(all)
    expect(await adapter.loadRange(['doc'])).toEqual([])
  })

  it('AR-8 never rejects, not even when closed in between', async () => {
    const { clock, timers } = handClock()
    const adapter = new AutomergeStorage(failing(5), { clock })
    const saved = adapter.save(['doc', 'a'], Uint8Array.of(1))
    await vi.waitUntil(() => timers.length === 1)
    adapter.close()
    await expect(saved).resolves.toBeUndefined()
    await expect(adapter.flush()).resolves.toBeUndefined()
    expect(timers).toEqual([])
  })

  it('AR-8 gives nothing and a report for what cannot be read', async () => {
    const store = new MemoryStore()
    await store.close()
    const reports: AutomergeStorageReport[] = []
    const adapter = new AutomergeStorage(store, { clock: handClock().clock, report: (report) => reports.push(report) })
    expect(await adapter.load(['doc'])).toBeUndefined()
    expect(await adapter.loadRange(['doc'])).toEqual([])
    expect(reports.map(({ type }) => type)).toEqual(['unreadable', 'unreadable'])
  })
})

it('a document saved by one Repo is found by the next', async () => {
  const store = sealed()
  const { clock } = handClock()
  const one = new Repo({ storage: new AutomergeStorage(store, { clock }) })
  const handle = one.create<{ title: string }>({ title: 'Plan' })
  await one.flush([handle.documentId])
  const two = new Repo({ storage: new AutomergeStorage(store, { clock }) })
  expect((await two.find<{ title: string }>(handle.url)).doc().title).toBe('Plan')
})
