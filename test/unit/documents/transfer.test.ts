// Import and export of every type: exact round trips, hostile files, and what an import keeps.
import { next as A } from '@automerge/automerge/slim'
import { describe, expect, test } from 'vitest'
import { create } from '../../../src/documents/create.ts'
import { documentTypes, type DocumentType } from '../../../src/documents/registry.ts'
import { sampleText } from '../../../src/documents/samples/index.ts'
import { exportJson, importJson } from '../../../src/documents/transfer.ts'
import { imported } from './support.ts'

const types = Object.keys(documentTypes) as DocumentType[]
const errorOf = (value: unknown) => {
  const result = importJson(typeof value === 'string' ? value : JSON.stringify(value))
  return result.ok ? null : result.error
}

describe('round trips', () => {
  test.each(types)('DOC-6 the sample of %s comes out as it went in', (type) => {
    const text = sampleText(type)
    const doc = imported(text)
    expect(exportJson(doc)).toEqual(JSON.parse(text))
    expect(exportJson(A.load(A.save(doc)))).toEqual(JSON.parse(text))
  })

  test.each(types)('DOC-6 a new %s goes out, in and out again unchanged', (type) => {
    const doc = A.change(A.init<Record<string, unknown>>(), create(type, { title: 'Prueba (ficticia)' }))
    const once = exportJson(doc)
    expect(once).toEqual({ title: 'Prueba (ficticia)', type, schema: 1, status: 'borrador' })
    expect(exportJson(imported(JSON.stringify(once)))).toEqual(once)
  })

  test('DOC-6 empty, null and absent stay three different things', () => {
    const value = {
      type: 'protection-plan',
      title: '',
      context: '',
      legal: null,
      threats: [],
      measures: null,
      care: {},
      health: null,
      review: { next: null, afterIncident: false, everyDays: 0 },
      riskLevel: null,
      actors: [{}, { name: '', note: null }],
      triggers: ['', 'x'],
    }
    expect(exportJson(imported(JSON.stringify(value)))).toEqual(value)
  })

  test('DOC-7 what this version does not know is kept under the same key', () => {
    const value = {
      type: 'meeting-minutes',
      title: 'x',
      futuro: { '~kept': 'agenda', '~': 1, '': [null, true, 'ñ😀', { a: [[]] }], constructor: 'c' },
      '~kept': 'present',
      '': 2,
      toString: 'own',
      agenda: [{ n: 1, nuevo: { a: 1.5 }, '~kept': { x: 1 } }],
      numbers: [0, -1, 9007199254740993, -1e-7, 2 ** 52, 2 ** 53 - 1, -(2 ** 62), 1.5e300 / 1e300],
      alone: 2 ** 62,
    }
    expect(exportJson(imported(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value)))
  })
})

describe('hostile files', () => {
  test('DOC-7 every refusal names the path of the first problem', () => {
    const plan = { type: 'protection-plan', title: 'x' }
    expect(errorOf('{')).toEqual({ type: 'NotJson' })
    expect(errorOf('')).toEqual({ type: 'NotJson' })
    expect(errorOf([])).toEqual({ type: 'WrongKind', path: [], expected: 'document' })
    expect(errorOf('null')).toEqual({ type: 'WrongKind', path: [], expected: 'document' })
    expect(errorOf({})).toEqual({ type: 'UnknownType', path: ['type'], found: null })
    expect(errorOf({ type: 'constructor' })).toEqual({ type: 'UnknownType', path: ['type'], found: 'constructor' })
    expect(errorOf({ type: plan.type })).toEqual({ type: 'Required', path: ['title'] })
    expect(errorOf({ ...plan, schema: 2 })).toEqual({ type: 'NewerSchema', path: ['schema'], found: 2, known: 1 })
    expect(errorOf({ ...plan, threats: {} })).toEqual({ type: 'WrongKind', path: ['threats'], expected: 'list' })
    expect(errorOf({ ...plan, threats: [{}, { title: 3 }] })).toEqual({
      type: 'WrongKind',
      path: ['threats', 1, 'title'],
      expected: 'line',
    })
    expect(errorOf({ ...plan, care: [] })).toEqual({ type: 'WrongKind', path: ['care'], expected: 'group' })
    expect(errorOf({ ...plan, triggers: [null] })).toEqual({
      type: 'WrongKind',
      path: ['triggers', 0],
      expected: 'line',
    })
    expect(errorOf({ ...plan, review: { everyDays: '90' } })).toEqual({
      type: 'WrongKind',
      path: ['review', 'everyDays'],
      expected: 'number',
    })
  })

  test('DOC-8 size, depth and prototype keys are refused before anything is built', () => {
    expect(errorOf(' '.repeat(6_000_000))?.type).toBe('TooLarge')
    expect(errorOf('"' + 'ñ'.repeat(2_700_000) + '"')?.type).toBe('TooLarge')
    expect(errorOf('['.repeat(1_000_000))?.type).toBe('TooDeep')
    expect(errorOf('{"type":"protection-plan","title":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\"[["}')).toBe(null)
    expect(errorOf('{"a":[{"__proto__":{"x":1}}]}')).toEqual({ type: 'ForbiddenKey', path: ['a', 0, '__proto__'] })
    expect(errorOf('{"a":[1e19]}')).toEqual({ type: 'NumberTooLarge', path: ['a', 0] })
    expect(errorOf('{"a":[-1e999]}')).toEqual({ type: 'NumberTooLarge', path: ['a', 0] })
  })

  test('DOC-8 halves of characters become U+FFFD, never a broken document', () => {
    const doc = imported('{"type":"protection-plan","title":"a\\ud83d","x\\udc00":"\\udc00"}')
    expect(exportJson(doc)).toMatchObject({ title: 'a\uFFFD', 'x\uFFFD': '\uFFFD' })
  })

  test('DOC-10 an export survives what only a hostile member would write', () => {
    const doc = A.change(imported(sampleText('protection-plan')), (d: Record<string, unknown>) => {
      Object.assign(d, {
        threats: 7,
        care: 'x',
        title: new A.Counter(3),
        context: new Uint8Array([1]),
        bad: new Date(NaN),
      })
      d['infinite'] = Number.POSITIVE_INFINITY
      d['measures'] = [1, null, [[]], { text: 5, threats: { a: 1 } }]
      d['~kept'] = 5
    })
    expect(() => JSON.stringify(exportJson(doc))).not.toThrow()
    expect(() => exportJson(A.init())).not.toThrow()
  })
})

describe('size', () => {
  const rosterOf = (people: number, organizations: number): string => {
    const roster = JSON.parse(sampleText('membership-roster')) as { people: object[]; organizations: object[] }
    const times = <T>(items: T[], n: number): T[] => Array.from({ length: n }, (_, i) => items[i % items.length] as T)
    return JSON.stringify({
      ...roster,
      people: times(roster.people, people).map((person, i) => ({ ...person, id: `p${i}` })),
      organizations: times(roster.organizations, organizations).map((o, i) => ({ ...o, id: `o${i}` })),
    })
  }
  test.each([
    [120, 16],
    [3_000, 300],
  ])(
    'a roster of %i people and %i organizations is imported in one change',
    (people, organizations) => {
      const text = rosterOf(people, organizations)
      const doc = imported(text)
      expect(A.getHistory(doc)).toHaveLength(1)
      expect(exportJson(doc)).toEqual(JSON.parse(text))
    },
    60_000,
  )
})
