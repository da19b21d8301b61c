// A roster as a spreadsheet file: the columns somebody chose, without contacts unless she asks for them, without those who
// withdrew consent, and with nothing that a spreadsheet would run (CSV-1 to CSV-4). Pure; the words of headings are given.
import { isObject, own, toJson, type Json, type JsonObject } from '../json.ts'
import { listOf } from '../read.ts'
import type { Language } from '../vocabulary/index.ts'
import { columnOf, precisionName, rosterColumns, type RosterColumn } from './columns.ts'
import { leavingOf, withdrawnApart, type Leaving } from './consent.ts'
import { harmless, joinParts, wordsOf, type CellContext } from './csv-cells.ts'
import { OrganizationNames } from './organization-names.ts'

export type RosterCsv = {
  /** UTF-8 with a byte order mark, comma between cells, every cell in quotes, `\r\n` between rows. */
  readonly csv: string
  /** As many rows as people, besides the headings. */
  readonly people: number
  /** The columns in the file: those asked for, and the conditions of whoever set some. */
  readonly columns: readonly string[]
}

export type CsvChoice = {
  readonly columns: readonly string[]
  readonly language: Language
  readonly heading: (column: RosterColumn) => string
  /** Indices in `people` to keep to; all of them if absent. */
  readonly only?: ReadonlySet<number>
  /** Whether those who set conditions go along: their conditions go with them. */
  readonly withConditions: boolean
}

/** How each person of the roster stands to leaving it, by index; a withdrawal set apart counts. */
export function leavings(roster: object): Leaving[] {
  const apart = withdrawnApart(roster)
  const people = peopleOf(roster)
  return people.map((person, i) => (apart.has(i) ? 'never' : leavingOf(person)))
}

/** People by their index in the document: what is no person is one of whom nothing is known. */
export function peopleOf(roster: object): JsonObject[] {
  const list = toJson(own(roster, 'people'))
  return Array.isArray(list) ? list.map((item: Json) => (isObject(item) ? item : {})) : []
}

const CONDITIONS = 'consent.withholdFrom'

export function rosterCsv(roster: object, choice: CsvChoice): RosterCsv {
  const leaving = leavings(roster)
  const goes = (i: number): boolean =>
    (choice.only?.has(i) ?? true) && (leaving[i] === 'free' || (choice.withConditions && leaving[i] === 'ask'))
  const everybody = peopleOf(roster)
  const people = everybody.filter((_, i) => goes(i))
  const asked = everybody.some((_, i) => goes(i) && leaving[i] === 'ask')
  const wanted = new Set(asked ? [...choice.columns, CONDITIONS] : choice.columns)
  const columns = rosterColumns.filter(({ id }) => wanted.has(id))
  const context = { language: choice.language, organizations: namesIn(roster) }
  const rows = [columns.map(choice.heading), ...people.map((person) => cellsOf(person, columns, context))]
  return { csv: csvText(rows), people: people.length, columns: columns.map(({ id }) => id) }
}

export const namesIn = (roster: object): OrganizationNames =>
  new OrganizationNames({ organizations: toJson(own(roster, 'organizations')) })

/** Rows as a file: also those of an import that were kept aside. */
export function csvText(rows: readonly (readonly string[])[]): string {
  const quoted = (cell: string): string => `"${harmless(cell).replaceAll('"', '""')}"`
  return `\uFEFF${rows.map((row) => `${row.map(quoted).join(',')}\r\n`).join('')}`
}

/** The cells of one person, in the order of `columns`. Of a list, items that say nothing in these columns are left out. */
export function cellsOf(person: JsonObject, columns: readonly RosterColumn[], context: CellContext): string[] {
  const lists = new Map<string, readonly JsonObject[]>()
  const itemsOf = (list: string): readonly JsonObject[] => {
    const known = lists.get(list)
    if (known !== undefined) return known
    const mine = columns.filter(({ within }) => within?.kind === 'list' && within.name === list)
    const items = listOf(person, list).filter((item) => mine.some((column) => wordsAt(item, column, context) !== ''))
    lists.set(list, items)
    return items
  }
  return columns.map((column) => {
    const { within, name, field } = column
    if (within?.kind === 'list') return joinParts(itemsOf(within.name).map((item) => wordsAt(item, column, context)))
    const holder = within === null ? person : own(person, within.name)
    if (!isObject(holder)) return ''
    const value = own(holder, name) as Json | undefined
    if (!Array.isArray(value)) return wordsAt(holder as JsonObject, column, context)
    return joinParts(value.map((one: Json) => wordsOf(field, one, null, context)).filter((words) => words !== ''))
  })
}

function wordsAt(holder: JsonObject, { name, field }: RosterColumn, context: CellContext): string {
  const precision = precisionName(field)
  const exact = precision === null ? null : (own(holder, precision) as Json | undefined)
  return wordsOf(field, own(holder, name) as Json | undefined, exact, context)
}

/** The columns that go along unless somebody takes them out. */
export const usualColumns: readonly string[] = rosterColumns.filter(({ usual }) => usual).map(({ id }) => id)

/** Whether the columns say how to reach somebody. */
export const hasContacts = (columns: readonly string[]): boolean => columns.some((id) => columnOf(id)?.contact === true)
