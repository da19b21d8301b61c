// Changes tried on a copy: what is sound goes on, what is not names its entry, and the copies stay within their memory; rule IN-13.
import { next as A } from '@automerge/automerge/slim'
import { describe, expect, test } from 'vitest'
import type { Bytes } from '../../../src/base/bytes.ts'
import { MAX_DOCUMENT_DEPTH } from '../../../src/ingest/limits.ts'
import { Mirrors, type TrialRequest } from '../../../src/ingest/scratch.ts'

type Doc = Record<string, unknown>
const LUZ = 'aa'.repeat(16)
const lastOf = (doc: A.Doc<Doc>): Bytes => A.getLastLocalChange(doc)!
const numbered = (from: A.Doc<Doc>, n: number) =>
  A.change(A.clone(from, { actor: LUZ }), (draft) => void (draft['n'] = n))

function request(over: Partial<TrialRequest>): TrialRequest {
  return {
    id: 1,
    document: 'd',
    base: null,
    since: [],
    entries: [],
    operations: 10,
    stepwise: false,
    check: true,
    ...over,
  }
}

/** A change that Automerge takes in and whose saved document it does not load: its counter starts among what it depends on. */
function unloadable(doc: A.Doc<Doc>): Bytes {
  const honest = A.change(A.clone(doc, { actor: 'bb'.repeat(16) }), (draft) => void (draft['a'] = 9))
  return A.encodeChange({ ...A.decodeChange(lastOf(honest)), startOp: 2, hash: undefined })
}

describe('a copy', () => {
  const base = A.change(A.init<Doc>({ actor: LUZ }), (draft) => void Object.assign(draft, { a: 1, b: 2, c: 3, d: 4 }))

  test('IN-13: takes in what is sound, from a saved document or from where it is', () => {
    const mirrors = new Mirrors(() => 0)
    const one = numbered(base, 1)
    const two = numbered(one, 2)
    const three = numbered(two, 3)
    expect(mirrors.try(request({})).verdict).toBe('no-copy')
    const first = mirrors.try(request({ base: A.save(base), entries: [[lastOf(one)]] }))
    expect(first).toMatchObject({ verdict: 'sound', heads: A.getHeads(one) })
    const next = mirrors.try(request({ since: [lastOf(two)], entries: [[lastOf(three)]] }))
    expect(next).toMatchObject({ verdict: 'sound', heads: A.getHeads(three) })
  })

  test('IN-13: says of a change whose saved document does not load that it is, and forgets the copy it spoiled', () => {
    const mirrors = new Mirrors(() => 0)
    const bad = unloadable(base)
    expect(mirrors.try(request({ base: A.save(base), entries: [[bad]] })).verdict).toBe('unloadable')
    expect(mirrors.try(request({})).verdict).toBe('no-copy')
  })

  test('IN-13: names the entry at fault when it goes step by step, and says before each which is next', () => {
    const mirrors = new Mirrors(() => 0)
    const one = numbered(base, 1)
    const torn = lastOf(one).slice(0, -1)
    const seen: number[] = []
    const answer = mirrors.try(
      request({ base: A.save(base), entries: [[lastOf(one)], [torn], []], stepwise: true }),
      (at) => void seen.push(at),
    )
    expect(answer).toMatchObject({ verdict: 'refused', at: 1 })
    expect(seen).toEqual([0, 1])
  })

  test('IN-12: a document that gets deeper with each of many entries is stopped where this device stops showing it', () => {
    const mirrors = new Mirrors(() => 0)
    let doc = A.clone(base)
    const deeper: Bytes[] = []
    for (let level = 0; level <= MAX_DOCUMENT_DEPTH + 1; level++) {
      doc = A.change(doc, (draft) => {
        let at = draft
        while (typeof at['in'] === 'object') at = at['in'] as Doc
        at['in'] = {}
      })
      deeper.push(lastOf(doc))
    }
    let base64: Bytes | null = A.save(base)
    const verdicts = deeper.map((change) => {
      const { verdict } = mirrors.try(request({ base: base64, entries: [[change]], check: false }))
      base64 = null
      return verdict
    })
    expect(verdicts.indexOf('deep')).toBe(MAX_DOCUMENT_DEPTH)
  })

  test('IN-13: of many documents those used last stay in memory', () => {
    const mirrors = new Mirrors(() => 0, 3 * A.save(base).length)
    for (const document of ['one', 'two', 'three', 'four'])
      mirrors.try(request({ document, base: A.save(base), check: false }))
    const here = ['one', 'two', 'three', 'four'].filter(
      (document) => mirrors.try(request({ document })).verdict === 'sound',
    )
    expect(here).toEqual(['two', 'three', 'four'])
  })

  test('IN-13: a base that cannot be loaded says nothing of what is on trial', () => {
    const mirrors = new Mirrors(() => 0)
    const answer = mirrors.try(request({ base: new Uint8Array(40), entries: [[lastOf(numbered(base, 1))]] }))
    expect(answer.verdict).toBe('base')
  })
})
