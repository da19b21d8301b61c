// Properties of rosters as spreadsheets that examples cannot cover: whatever people wrote goes out and comes in the same in
// the columns of the file, no cell can be a formula, and no file, however broken, makes the reading throw or loses a row.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { unwrap } from '../../src/base/result.ts'
import { isObject, own, type Json, type JsonObject } from '../../src/documents/json.ts'
import {
  columnOf,
  precisionName,
  rosterColumns,
  type RosterColumn,
} from '../../src/documents/membership-roster/columns.ts'
import { tidy } from '../../src/documents/letters.ts'
import { impliedPrecision } from '../../src/documents/membership-roster/csv-cells.ts'
import { matchColumns, proposalsOf } from '../../src/documents/membership-roster/csv-import.ts'
import { readCsv } from '../../src/documents/membership-roster/csv-read.ts'
import { namesIn, rosterCsv } from '../../src/documents/membership-roster/csv.ts'
import { personFields } from '../../src/documents/membership-roster/schema.ts'
import { elementOf, type Field, type Fields } from '../../src/documents/field.ts'
import { choices } from '../../src/documents/vocabulary/index.ts'
import { runs, within } from './runs.ts'

const nasty = fc.constantFrom(
  '',
  '=1',
  "'+1",
  '; ',
  '\\',
  '"',
  '""',
  ',',
  '\r\n',
  '\t@',
  '\uFEFF',
  'a; b\\',
  "''=",
  '[o1]',
  ';"=x',
)
const words = fc.oneof(
  nasty,
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.array(nasty, { maxLength: 4 }).map((parts) => parts.join('')),
)
const dates = fc.constantFrom('2025', '2025-07', '2024-02-29', '1998-12-31')
const organizationIds = ['o1', 'o2', 'o3', 'o4', 'gone']
const organizations = fc
  .array(words, { minLength: 4, maxLength: 4 })
  .map((names) => names.map((name, i) => ({ id: `o${i + 1}`, name })))

function valueOf(field: Field): fc.Arbitrary<Json> {
  switch (field.kind) {
    case 'flag':
      return fc.boolean()
    case 'date':
      return dates
    case 'choice':
      return fc.constantFrom(...choices(field.vocabulary))
    case 'refs':
      return fc.array(fc.constantFrom(...organizationIds), { maxLength: 3 })
    case 'group':
      return objectOf(field.fields)
    case 'list':
      return fc.array(objectOf(field.fields), { maxLength: 3 })
    default: {
      const element = elementOf(field)
      return element === null ? words : fc.array(valueOf(element), { maxLength: 3 })
    }
  }
}

function objectOf(fields: Fields): fc.Arbitrary<JsonObject> {
  const entries = Object.entries(fields).map(
    ([name, field]) => [name, fc.option(valueOf(field), { nil: null })] as const,
  )
  return fc.record(Object.fromEntries(entries), { requiredKeys: [], noNullPrototype: true }) as fc.Arbitrary<JsonObject>
}

const rosters = fc.record({ organizations, people: fc.array(objectOf(personFields), { maxLength: 4 }) })

/** What a person says in the columns, in one form: nothing blank, nothing twice, precision where a date does not say it. */
function said(person: JsonObject, columns: readonly RosterColumn[], known: (id: string) => boolean): unknown {
  const plain = (holder: unknown, { name, field }: RosterColumn): Json | undefined => {
    const value = isObject(holder) ? (own(holder, name) as Json | undefined) : undefined
    if (value === null || value === undefined) return undefined
    if (Array.isArray(value)) {
      const all = value
        .map((one) => tidy(String(one)))
        .filter((one) => one !== '' && (field.kind !== 'refs' || known(one)))
      return all.length === 0 ? undefined : [...new Set(all)]
    }
    if (typeof value !== 'string') return value
    if (tidy(value) === '') return undefined
    const precision = precisionName(field)
    if (precision === null) return tidy(value)
    const exact = isObject(holder) ? own(holder, precision) : null
    return `${value} ${typeof exact === 'string' ? exact : impliedPrecision(value)}`
  }
  const out: Record<string, unknown> = {}
  for (const column of columns) {
    const { within: holder } = column
    if (holder?.kind === 'list') continue
    const value = plain(holder === null ? person : own(person, holder.name), column)
    if (value !== undefined) out[column.id] = value
  }
  for (const list of ['roles', 'channels']) {
    const mine = columns.filter((column) => column.within?.kind === 'list' && column.within.name === list)
    const items = ((own(person, list) ?? []) as JsonObject[])
      .map((item) =>
        mine.flatMap((column) => (plain(item, column) === undefined ? [] : [[column.id, plain(item, column)]])),
      )
      .filter((item) => item.length > 0)
    if (items.length > 0) out[list] = items
  }
  return out
}

describe('rosters as spreadsheets', () => {
  test(
    'CSV-2 CSV-3 CSV-6 whatever people wrote goes out and comes in the same, and no cell can be a formula',
    () => {
      fc.assert(
        fc.property(
          rosters,
          fc.subarray(
            rosterColumns.map(({ id }) => id),
            { minLength: 1 },
          ),
          fc.constantFrom('es', 'en'),
          (roster, ids, language) => {
            const free = roster.people.map((person) => ({ ...person, consent: withoutWithdrawal(person['consent']) }))
            const doc = { ...roster, people: free }
            const file = rosterCsv(doc, { columns: ids, language, heading: ({ id }) => id, withConditions: true })
            const columns = file.columns.flatMap((id) => columnOf(id) ?? [])
            const names = namesIn(doc)
            const known = (id: string) => roster.organizations.some((one) => one.id === id)
            const expected = free
              .map((one) => said(one, columns, known))
              .filter((one) => Object.keys(one as object).length > 0)
            const read = readCsv(utf8(file.csv))
            if (expected.length === 0) return
            const table = unwrap(read)
            const mapping = matchColumns(table.headings, () => [])
            const proposals = proposalsOf(table, mapping, [], { language, organizations: names })
            expect(proposals.flatMap(({ problems }) => problems)).toEqual([])
            expect(proposals.map(({ person }) => said(person, columns, known))).toEqual(expected)
            for (const { cells } of table.rows)
              for (const cell of cells)
                for (const part of cell.split(/[;,\t\n]/)) expect(part).not.toMatch(/^["\s]*[=+\-@＝＋－＠]/)
          },
        ),
        runs(300),
      )
    },
    within(120_000),
  )

  test(
    'CSV-5 CSV-6 a broken file never throws, and each of its rows is there, taken in or kept aside',
    () => {
      const pieces = fc.constantFrom(
        'alias',
        'joined',
        'roles.role',
        '"',
        '""',
        ',',
        ';',
        '\t',
        '\n',
        '\r',
        '\\',
        'Niebla',
        '2025',
        '=1',
        '\0',
        '\uFEFF',
        'sep=;\n',
      )
      const texts = fc.array(fc.oneof(pieces, words), { maxLength: 60 }).map((parts) => utf8(parts.join('')))
      fc.assert(
        fc.property(fc.oneof(texts, fc.uint8Array({ maxLength: 400 })), (bytes) => {
          const read = readCsv(bytes)
          if (!read.ok) return
          const mapping = matchColumns(read.value.headings, () => [])
          const proposals = proposalsOf(read.value, mapping, [], { language: 'es', organizations: namesIn({}) })
          expect(proposals.map(({ row }) => row)).toEqual(read.value.rows)
        }),
        runs(1000),
      )
    },
    within(60_000),
  )
})

const withoutWithdrawal = (consent: Json | undefined): JsonObject =>
  isObject(consent) ? Object.fromEntries(Object.entries(consent).filter(([name]) => !name.startsWith('withdrawn'))) : {}
