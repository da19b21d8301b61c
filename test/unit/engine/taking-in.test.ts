// What waited under an epoch that stands only now is work of others like any that arrives: it is told, once, so that this device signs for
// it in its time (KE-17; entries.md, "Witnesses").
import { expect, test } from 'vitest'
import { EntryId, EpochId } from '../../../src/base/ids.ts'
import { TakingIn, type TakesIn } from '../../../src/engine/taking-in.ts'
import type { OpenedEntry } from '../../../src/log/entry.ts'

test('KE-17: entries opened later than they came are told to who signs for them', async () => {
  const epoch = EpochId.must(new Uint8Array(32).fill(1))
  const waiting = { id: EntryId.must(new Uint8Array(32).fill(2)), header: { kind: 'changes', epoch } } as OpenedEntry
  const readable = new Map<EpochId, Uint8Array>()
  const told: OpenedEntry[][] = []
  const nothing = () => undefined
  const takingIn = new TakingIn({
    log: { know: nothing, reopen: () => Promise.resolve([waiting]), settle: () => Promise.resolve() },
    ring: { readable: () => readable, resolve: () => Promise.resolve([]) },
    traces: { wrote: nothing },
    content: { witnessed: nothing },
    snapshots: { witnessed: nothing },
    reopened: (entries: readonly OpenedEntry[]) => void told.push([...entries]),
    boxes: nothing,
    save: () => Promise.resolve(),
  } as unknown as TakesIn)
  takingIn.begin()
  await takingIn.entries([])
  expect(told).toEqual([])
  readable.set(epoch, new Uint8Array(32))
  await takingIn.entries([])
  await takingIn.entries([])
  expect(told).toEqual([[waiting]])
})
