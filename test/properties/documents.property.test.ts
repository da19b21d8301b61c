// Properties of documents that examples cannot cover: every valid file survives the round trip, random edits of three
// people apart merge to one readable document, and critical values set apart are shown until decided.
import { next as A } from '@automerge/automerge/slim'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unwrap } from '../../src/base/result.ts'
import { insertItem, removeItem, setValue, spliceText } from '../../src/documents/changes.ts'
import { criticalConflicts, decide } from '../../src/documents/conflicts.ts'
import { create, fill } from '../../src/documents/create.ts'
import { elementOf, isList, type Field, type Fields } from '../../src/documents/field.ts'
import { own, parseJson, type Json, type JsonObject, type Path } from '../../src/documents/json.ts'
import { readDocument } from '../../src/documents/read.ts'
import { documentTypes, type DocumentType } from '../../src/documents/registry.ts'
import { sampleText } from '../../src/documents/samples/index.ts'
import { exportJson, importJson } from '../../src/documents/transfer.ts'
import { choices } from '../../src/documents/vocabulary/index.ts'

type Doc = A.Doc<Record<string, unknown>>
const types = Object.keys(documentTypes) as DocumentType[]

const words = fc.oneof(
  fc.constantFrom('', 'ñandú', '👩🏽‍🌾 maíz', 'n\u0303', ' '),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const numbers = fc.oneof(
  fc.integer(),
  fc.constantFrom(0, 2 ** 53, -(2 ** 62), 0.1, -1e-300, 1_750_000_000_000),
  fc.double({ min: -1e18, max: 1e18, noNaN: true }).map((n) => n + 0),
)
const unknownKeys = fc
  .oneof(
    fc.constantFrom('', '~', '~kept', '~~kept', 'constructor', 'futuro'),
    fc.string({ unit: 'binary', maxLength: 6 }),
  )
  .filter((key) => key !== '__proto__')
const anyJson = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    numbers,
    words,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(unknownKeys, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value

const dates = fc.oneof(
  fc.constantFrom('2025', '2025-07', '2024-02-29'),
  fc
    .date({ min: new Date('2000-01-01'), max: new Date('2050-01-01'), noInvalidDate: true })
    .map((d) => d.toISOString().slice(0, 10)),
)

/** A strictly valid value of a field that is not null. */
function valueOf(field: Field): fc.Arbitrary<Json> {
  switch (field.kind) {
    case 'number':
      return numbers
    case 'flag':
      return fc.boolean()
    case 'date':
      return dates
    case 'time':
      return fc.constantFrom('00:00', '09:10', '23:59')
    case 'choice':
      return fc.constantFrom(...choices(field.vocabulary))
    case 'group':
      return objectOf(field.fields, fc.constant({}))
    case 'list':
      return fc.array(objectOf(field.fields, fc.constant({})), { maxLength: 2 })
    default: {
      const element = elementOf(field)
      return element === null ? words : fc.array(valueOf(element), { maxLength: 3 })
    }
  }
}

/** Any subset of the fields, null among the values, with what `unknown` adds. */
function objectOf(fields: Fields, unknown: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> {
  const entries = Object.entries(fields).map(([name, field]) => [name, fc.option(valueOf(field), { freq: 8 })] as const)
  const known = fc.record(Object.fromEntries(entries), {
    requiredKeys: [],
    noNullPrototype: true,
  })
  return fc.tuple(unknown, known).map(([more, record]) => ({ ...more, ...record }) as JsonObject)
}

const fileOf = (type: DocumentType): fc.Arbitrary<JsonObject> => {
  const { fields } = documentTypes[type]
  const unknown = fc
    .dictionary(unknownKeys, anyJson, { maxKeys: 4, noNullPrototype: true })
    .map((more) => Object.fromEntries(Object.entries(more).filter(([key]) => !Object.hasOwn(fields, key))))
  return fc
    .tuple(objectOf(fields, unknown), words)
    .map(([value, title]) => ({ ...value, type, title, schema: documentTypes[type].schema }))
}

const imported = (text: string): Doc => {
  const filling = unwrap(importJson(text))
  return A.change(A.init<Record<string, unknown>>(), (doc) => fill(doc, filling))
}

/** The sample; of the roster, its first people and organizations, so that many runs stay quick. */
function smallSample(type: DocumentType): string {
  const value = JSON.parse(sampleText(type)) as Record<string, Json>
  const few = Object.entries(value).map(([name, v]) => [name, Array.isArray(v) ? (v as Json[]).slice(0, 6) : v])
  return JSON.stringify(type === 'membership-roster' ? Object.fromEntries(few) : value)
}

describe.each(types)('%s', (type) => {
  test('DOC-6 every valid file comes out as it went in', () => {
    fc.assert(
      fc.property(fileOf(type), (file) => {
        const text = JSON.stringify(file)
        expect(exportJson(imported(text))).toEqual(JSON.parse(text))
      }),
      { numRuns: 60 },
    )
  })

  test('DOC-10 random edits by three people apart merge to one document that reads and exports', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { minLength: 3, maxLength: 40 }), (fresh, steps) => {
        const start = fresh
          ? A.change(A.init<Record<string, unknown>>(), create(type, { title: 'Prueba' }))
          : imported(smallSample(type))
        const [one, two, three] = together(start, steps)
        const exported = exportJson(one)
        expect(exportJson(two)).toEqual(exported)
        expect(exportJson(three)).toEqual(exported)
        expect(readDocument(one).problems).toEqual([])
        expect(criticalConflicts(one)).toEqual(criticalConflicts(three))
        expect(exportJson(imported(JSON.stringify(exported)))).toEqual(exported)
      }),
      { numRuns: 25 },
    )
  }, 60_000)
})

test('DOC-8 no text makes the import throw, and what it accepts can be written', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.json(),
    anyJson.map((value) => JSON.stringify(value)),
  )
  fc.assert(
    fc.property(hostile, fc.constantFrom(...types), (text, type) => {
      expect(() => parseJson(text)).not.toThrow()
      const wrapped = `{"type":"${type}","title":"x","threats":${text},"people":${text}}`
      const result = importJson(wrapped)
      if (result.ok) expect(exportJson(imported(wrapped))).toEqual(JSON.parse(wrapped))
    }),
    { numRuns: 200 },
  )
})

test('DOC-5 critical values set apart are both shown, and none is left once decided', () => {
  const places = criticalPlaces(imported(sampleText('protection-plan')))
  expect(places.length).toBeGreaterThan(20)
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.nat(), fc.nat(), fc.boolean(), ({ path, codes }, i, j, third) => {
      const doc = imported(sampleText('protection-plan'))
      // Setting what is already there changes nothing, so nothing is set apart by it.
      const others = codes.filter(
        (code) => code !== path.reduce((value: unknown, name) => own(value as object, name), exportJson(doc)),
      )
      const a = others[i % others.length] ?? ''
      const b = others[j % others.length] ?? ''
      const set = (value: string): Doc => A.change(A.clone(doc), (draft) => void unwrap(setValue(draft, path, value)))
      const merged = A.merge(A.merge(set(a), set(b)), third ? set(a) : A.clone(doc))
      const conflicts = criticalConflicts(merged)
      if (a === b) {
        expect(conflicts).toEqual([])
        return
      }
      expect(conflicts.map((conflict) => conflict.path)).toEqual([path])
      expect(new Set(conflicts[0]?.values.map(({ value }) => value))).toEqual(new Set([a, b]))
      const decided = A.change(merged, (draft) => void unwrap(decide(draft, path, third ? a : b)))
      expect(criticalConflicts(decided)).toEqual([])
    }),
    { numRuns: 60 },
  )
})

type Step = { who: number; action: number; place: number; at: number; length: number; text: string; merge: boolean }
const step: fc.Arbitrary<Step> = fc.record({
  who: fc.nat(2),
  action: fc.nat(9),
  place: fc.nat(),
  at: fc.nat(),
  length: fc.nat(3),
  text: words,
  merge: fc.boolean(),
})

/** Three copies of `start` after the steps, each seeing all of the others at the end. */
function together(start: Doc, steps: readonly Step[]): [Doc, Doc, Doc] {
  const docs: Doc[] = ['aa', 'bb', 'cc'].map((hex) => A.clone(start, { actor: hex.repeat(16) }))
  for (const { who, merge, ...edit } of steps) {
    docs[who] = A.change(docs[who] as Doc, (draft) => apply(draft, edit))
    if (merge && edit.at % 4 === 0) docs[who] = A.merge(docs[who], A.clone(docs[(who + 1) % 3] as Doc))
  }
  return [0, 1, 2].map((i) =>
    [1, 2].reduce((doc, other) => A.merge(doc, A.clone(docs[(i + other) % 3] as Doc)), A.clone(docs[i] as Doc)),
  ) as [Doc, Doc, Doc]
}

/** One edit somewhere in the document; edits that are refused are part of the game. */
function apply(draft: object, edit: Omit<Step, 'who' | 'merge'>): void {
  const places = placesIn(draft)
  const lists = places.filter(({ field }) => isList(field))
  const values = places.filter(({ field }) => !isList(field) && field.fixed !== true)
  const pick = <T>(items: readonly T[]): T => items[edit.place % items.length] as T
  if (edit.action < 3) {
    const { path, field, length } = pick(lists)
    if (edit.action === 2 && length > 0) return void removeItem(draft, path, edit.at % length)
    const made = field.kind === 'list' ? {} : field.kind === 'choices' ? choices(field.vocabulary)[0] : edit.text
    return void insertItem(draft, path, edit.at % (length + 1), made as Json)
  }
  const { path, field, length } = pick(values)
  if (field.kind === 'text' || field.kind === 'line') {
    if (edit.action < 8) return void spliceText(draft, path, edit.at % (length + 1), edit.length, edit.text)
    return void setValue(draft, path, edit.text)
  }
  setValue(draft, path, fc.sample(valueOf(field), { seed: edit.at, numRuns: 1 })[0] ?? null)
}

type Found = { path: Path; field: Field; length: number }

function placesIn(doc: object): Found[] {
  const view = readDocument(doc)
  const found: Found[] = []
  const walk = (fields: Fields, value: JsonObject, path: Path): void => {
    for (const [name, field] of Object.entries(fields)) {
      const child = value[name] as Json
      const here = [...path, name]
      if (field.kind === 'group') {
        walk(field.fields, child as JsonObject, here)
        continue
      }
      found.push({ path: here, field, length: Array.isArray(child) || typeof child === 'string' ? child.length : 0 })
      if (field.kind === 'list') (child as JsonObject[]).forEach((item, i) => walk(field.fields, item, [...here, i]))
    }
  }
  if (view.type !== null) walk(documentTypes[view.type].fields, view.fields, [])
  return found
}

function criticalPlaces(doc: object): { path: Path; codes: readonly string[] }[] {
  return placesIn(doc).flatMap(({ path, field }) =>
    field.critical === true && field.kind === 'choice' ? [{ path, codes: choices(field.vocabulary) }] : [],
  )
}
