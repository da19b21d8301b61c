// What an author writes goes out in entries that everybody's guard passes, an import above the limits of one entry included; rule IN-18.
import { next as A } from '@automerge/automerge/slim'
import { describe, expect, test } from 'vitest'
import type { Bytes } from '../../../src/base/bytes.ts'
import { unwrap } from '../../../src/base/result.ts'
import { sampleText } from '../../../src/documents/samples/index.ts'
import { fillSteps } from '../../../src/documents/fill-steps.ts'
import { importJson } from '../../../src/documents/transfer.ts'
import { guardChanges } from '../../../src/ingest/guard.ts'
import { MAX_NESTING } from '../../../src/ingest/limits.ts'
import { misfit, packed } from '../../../src/ingest/pack.ts'
import { parseChange } from '../../../src/ingest/parse-change.ts'
import type { Header } from '../../../src/log/header.ts'
import { packChanges } from '../../../src/log/entry.ts'
import { MAX_PAYLOAD_BYTES } from '../../../src/log/limits.ts'
import { changesFields, testSpace } from '../../support/log.ts'

type Doc = Record<string, unknown>
const world = testSpace()
const empty = () => A.init<Doc>({ actor: 'aa'.repeat(16) })

/** Everybody's verdict on each entry, in order. */
function verdicts(entries: readonly (readonly Bytes[])[]): string[] {
  const known = new Map<string, number>()
  return entries.map((changes) => {
    const metas = changes.map((change) => unwrap(parseChange(change)))
    const [first, last] = [metas[0]!, metas.at(-1)!]
    const fields = { actor: first.actor, first: first.seq, last: last.seq, hash: last.hash }
    const header = { ...changesFields(world, world.luz), ...fields } as unknown as Header
    const result = guardChanges(header, changes, { maxOpOf: (hash) => known.get(hash) })
    for (const { hash, maxOp } of metas) known.set(hash, maxOp)
    return result.ok ? 'ok' : result.error.type
  })
}

describe('what an author writes', () => {
  test('IN-18: a roster of 3,000 people is imported in entries that all pass, and so does what is written after it', () => {
    const roster = JSON.parse(sampleText('membership-roster')) as { people: Record<string, unknown>[] }
    const people = Array.from({ length: 3_000 }, (_, n) => ({ ...roster.people[n % 120], id: `p${String(n)}` }))
    const json = JSON.stringify({ ...roster, people })
    let doc = empty()
    for (const step of fillSteps(unwrap(importJson(json)))) doc = A.change(doc, step)
    doc = A.change(doc, (draft) => void (draft['title'] = 'Red de la Ceiba'))
    const changes = A.getAllChanges(doc)
    expect(changes.map(misfit).filter((why) => why !== null)).toEqual([])
    const entries = packed(changes)
    expect(new Set(verdicts(entries))).toEqual(new Set(['ok']))
    expect(entries.every((some) => packChanges(some).length <= MAX_PAYLOAD_BYTES)).toBe(true)
    expect(entries.flat()).toEqual(changes)
  })

  test('IN-18: is cut where the changes of an entry would lie too deep in one another', () => {
    let doc = A.change(empty(), (draft) => void (draft['at'] = {}))
    for (let n = 0; n < MAX_NESTING + 8; n++)
      doc = A.change(doc, (draft) => {
        let at = draft['at'] as Doc
        while (typeof at['in'] === 'object') at = at['in'] as Doc
        at['in'] = {}
      })
    const deep = packed(A.getAllChanges(doc))
    expect(deep.length).toBe(2)
    expect(verdicts(deep)).toEqual(['ok', 'ok'])
  })

  test('IN-18: a change that no entry can hold is named for what it is', () => {
    const last = (change: (draft: Doc) => void) => A.getLastLocalChange(A.change(empty(), change))!
    const nested = (depth: number): unknown => (depth === 0 ? 1 : { in: nested(depth - 1) })
    const random = Array.from({ length: 200_000 }, (_, n) => String.fromCharCode(97 + ((n * 7919) % 26))).join('')
    expect(misfit(last((draft) => void (draft['a'] = 1)))).toBe(null)
    expect(misfit(last((draft) => void (draft['a'] = nested(MAX_NESTING + 1))))).toEqual({ type: 'TooDeep' })
    expect(misfit(last((draft) => void (draft['a'] = random)))).toEqual({ type: 'TooLarge' })
  })
})
