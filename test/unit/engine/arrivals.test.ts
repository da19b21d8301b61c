// What a removed device wrote comes in as far as somebody stands for it, and no further: now, later, and after a restart.
import { next as A } from '@automerge/automerge/slim'
import { describe, expect, test } from 'vitest'
import { Arrivals, type AnyDoc } from '../../../src/engine/arrivals.ts'
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
