// What a removed device wrote comes in as far as somebody stands for it, and no further: now, later, and after a restart.
import { next as A } from '@automerge/automerge/slim'
import { describe, expect, test } from 'vitest'
import { Arrivals, type AnyDoc } from '../../../src/engine/arrivals.ts'
import { MAX_HELD_BYTES, MAX_HELD_ENTRIES } from '../../../src/ingest/limits.ts'
import { type OpenedEntry, packChanges } from '../../../src/log/entry.ts'
import type { EntryMeta } from '../../../src/log/store.ts'
import type { SpaceLog } from '../../../src/log/space-log.ts'

const ACTOR = 'aa'.repeat(16)
const OTHER = 'bb'.repeat(16)

/** Three changes by one actor, each with the head it makes. */
function three(between: (doc: A.Doc<AnyDoc>, n: number) => A.Doc<AnyDoc> = (doc) => doc) {
  const changes: Uint8Array[] = []
  const heads: string[] = []
  let doc = A.init<AnyDoc>({ actor: ACTOR })
  for (const n of [1, 2, 3]) {
    doc = A.change(between(doc, n), (draft) => void (draft['n'] = n))
    changes.push(A.getLastLocalChange(doc) ?? new Uint8Array())
    heads.push(A.getHeads(doc)[0] ?? '')
  }
  return { changes, heads }
}

/** One entry with all three; the log has it waiting for somebody to stand for it. */
function entryOf(changes: readonly Uint8Array[], hash: string) {
  const header = { kind: 'changes', actor: ACTOR, first: 1, last: 3, hash }
  const entry = { id: 'one', header, payload: packChanges(changes) } as unknown as OpenedEntry
  const meta: { state: string; reason: string | null } = { state: 'waiting', reason: 'unvouched' }
  const log = { get: () => meta as unknown as EntryMeta, ownPrevious: () => null } as unknown as SpaceLog
  return { entry, meta, log }
}

function take(arrivals: Arrivals, doc: A.Doc<AnyDoc>, vouched: readonly string[]) {
  const { entries, settlements } = arrivals.ready(doc, vouched)
  return {
    doc: A.applyChanges(
      doc,
      entries.flatMap(({ changes }) => [...changes]),
    )[0],
    settlements,
  }
}

describe('an entry that is vouched for in part', () => {
  test('gives the rest when the rest is vouched for', () => {
    const { changes, heads } = three()
    const { entry, log } = entryOf(changes, heads[2] ?? '')
    const arrivals = new Arrivals(log)
    expect(arrivals.add([entry])).toEqual([])
    const part = take(arrivals, A.init<AnyDoc>(), [heads[0] ?? ''])
    expect(part.doc['n']).toBe(1)
    expect(part.settlements).toEqual([])
    const all = take(arrivals, part.doc, [heads[0] ?? '', heads[2] ?? ''])
    expect(all.doc['n']).toBe(3)
    expect(all.settlements).toMatchObject([{ id: 'one', state: 'accepted' }])
  })

  test('does not give the rest after a restart', () => {
    const { changes, heads } = three()
    const { entry, log, meta } = entryOf(changes, heads[2] ?? '')
    const before = new Arrivals(log)
    before.add([entry])
    const part = take(before, A.init<AnyDoc>(), [heads[0] ?? ''])
    for (const { state, reason } of part.settlements) Object.assign(meta, { state, reason })
    const after = new Arrivals(log)
    after.add([entry])
    expect(take(after, part.doc, [heads[0] ?? '']).doc['n']).toBe(1)
  })

  test('is not held back by what only the rest depends on', () => {
    const aside = A.change(A.init<AnyDoc>({ actor: OTHER }), (draft) => void (draft['aside'] = true))
    const { changes, heads } = three((doc, n) => (n === 3 ? A.merge(doc, aside) : doc))
    const { entry, log } = entryOf(changes, heads[2] ?? '')
    const arrivals = new Arrivals(log)
    arrivals.add([entry])
    expect(take(arrivals, A.init<AnyDoc>(), [heads[1] ?? '']).doc['n']).toBe(2)
  })
})

describe('an orphan flood', () => {
  /** Entries of one device, each by an actor of its own, each on something that nobody has but the last, which is sound. */
  function flood(count: number) {
    const missing = A.change(A.init<AnyDoc>({ actor: OTHER }), (draft) => void (draft['key'] = 'x'))
    const entries = Array.from({ length: count }, (_, n) => {
      const actor = n.toString(16).padStart(32, '0')
      const doc = A.change(A.clone(missing, { actor }), (draft) => void (draft[`n${String(n)}`] = 'y'.repeat(500)))
      const change = A.getLastLocalChange(doc)!
      const header = { kind: 'changes', actor, device: 'flood', first: 1, last: 1, hash: A.decodeChange(change).hash }
      return { id: `orphan ${String(n)}`, header, payload: packChanges([change]) } as unknown as OpenedEntry
    })
    const change = A.getLastLocalChange(missing)!
    const header = {
      kind: 'changes',
      actor: OTHER,
      device: 'other',
      first: 1,
      last: 1,
      hash: A.decodeChange(change).hash,
    }
    const root = { id: 'root', header, payload: packChanges([change]) } as unknown as OpenedEntry
    const meta = { state: 'accepted', reason: null } as unknown as EntryMeta
    const log = { get: () => meta, ownPrevious: () => null } as unknown as SpaceLog
    return { entries, root, log }
  }

  test('IN-17: waits on disk but for one share of memory for each device, and comes in when what it needs does', () => {
    const { entries, root, log } = flood(300)
    const arrivals = new Arrivals(log)
    let doc = A.init<AnyDoc>()
    arrivals.add(entries)
    expect(arrivals.ready(doc, []).entries).toEqual([])
    expect(arrivals.aside).toBe(300 - MAX_HELD_ENTRIES)
    expect(arrivals.heldBytes).toBeLessThanOrEqual(MAX_HELD_BYTES)
    arrivals.add([root])
    doc = take(arrivals, doc, []).doc
    expect(Object.keys(doc).length).toBe(1 + MAX_HELD_ENTRIES)
    const woken = new Set(arrivals.woken())
    expect(woken.size).toBe(300 - MAX_HELD_ENTRIES)
    arrivals.add(entries.filter(({ id }) => woken.has(id)))
    doc = take(arrivals, doc, []).doc
    expect(Object.keys(doc).length).toBe(301)
    expect(arrivals.aside).toBe(0)
  })
})
