// From the cells of a file to people to add or update. A row with something wrong is kept aside with every problem by its
// column; a row that resembles somebody waits for a decision; nothing is dropped in silence (CSV-6, CSV-7). Pure: it proposes,
// and `csv-apply.ts` writes.
import { isObject, type Json, type JsonObject } from '../json.ts'
import { bareLetters, tidy } from '../letters.ts'
import { columnOf, isMany, rosterColumns, type RosterColumn } from './columns.ts'
import { LONGEST_CELL, plain, splitParts, valueOf, type CellContext, type CellProblem } from './csv-cells.ts'
import type { CsvRow, CsvTable } from './csv-read.ts'
import { newOrganization } from './organization-names.ts'
import { People, type TwinBy } from './twins.ts'

/** For each column of the file the id of one of ours; null for one that is not taken in. */
export type Mapping = readonly (string | null)[]

export type RowProblem =
  | {
      readonly type: CellProblem
      readonly column: string
      /** Of the file. */ readonly at: number
      readonly words: string
    }
  /** More cells than headings: a separator inside a cell without quotes. */
  | { readonly type: 'TooManyCells'; readonly column: null; readonly at: number; readonly words: string }

export type Decision = 'add' | 'update' | 'skip'

export type Proposal = {
  readonly row: CsvRow
  /** What the row says of a person, by the names of the fields; only what the file gives. */
  readonly person: JsonObject
  readonly problems: readonly RowProblem[]
  /** Somebody of the roster (`index`), or of an earlier row of the file (`line`), who may be the same person. */
  readonly twin: { readonly by: TwinBy; readonly index: number } | { readonly by: TwinBy; readonly line: number } | null
  /** What is done unless somebody decides otherwise; a row with problems is never taken in as it is. */
  readonly usual: Decision
}

/** The column that each heading names, by any of its `names`, without accents or case; each column at most once. */
export function matchColumns(
  headings: readonly string[],
  namesOf: (column: RosterColumn) => readonly string[],
): Mapping {
  const known = new Map<string, string | null>()
  for (const column of rosterColumns)
    for (const name of new Set([column.id, ...namesOf(column)].map(bareLetters))) {
      const taken = known.get(name)
      // A name that two columns share says nothing; it is left to be mapped by hand.
      if (name !== '') known.set(name, taken === undefined || taken === column.id ? column.id : null)
    }
  const used = new Set<string>()
  return headings.map((heading) => {
    const id = known.get(bareLetters(plain(heading))) ?? null
    if (id === null || used.has(id)) return null
    used.add(id)
    return id
  })
}

/** What the rows of `table` would become, with `people` as they are in the roster now. */
export function proposalsOf(
  table: CsvTable,
  mapping: Mapping,
  people: readonly JsonObject[],
  context: CellContext,
): Proposal[] {
  const here = new People()
  people.forEach((person, i) => here.add(person, i))
  const before = new People()
  return table.rows.map((row) => {
    const { person, problems } = readRow(row, mapping, table.headings.length, context)
    const twin = here.twinOf(person)
    const earlier = before.twinOf(person)
    before.add(person, row.line)
    if (twin !== null) return { row, person, problems, twin, usual: twin.by === 'alias' ? 'update' : 'skip' }
    if (earlier !== null) return { row, person, problems, twin: { by: earlier.by, line: earlier.index }, usual: 'skip' }
    return { row, person, problems, twin: null, usual: Object.keys(person).length === 0 ? 'skip' : 'add' }
  })
}

/** What one row says. Columns of one list are put together item by item, in the order of their parts. */
export function readRow(
  row: CsvRow,
  mapping: Mapping,
  width: number,
  context: CellContext,
): { person: JsonObject; problems: RowProblem[] } {
  const problems: RowProblem[] = []
  const person: Record<string, Json> = {}
  row.cells.forEach((raw, at) => {
    const words = tidy(plain(raw))
    const column = columnOf(mapping[at] ?? '')
    if (words === '') return
    if (at >= width) return void problems.push({ type: 'TooManyCells', column: null, at, words })
    if (column === undefined) return
    const wrong = (type: CellProblem): void => void problems.push({ type, column: column.id, at, words })
    if (words.length > LONGEST_CELL) return wrong('TooLong')
    if (isMany(column) || column.within?.kind === 'list') readMany(person, column, words, context, wrong)
    else {
      const value = valueOf(column.name, column.field, words, context)
      if (!value.ok) return wrong(value.error)
      merge(person, column.within === null ? [] : [column.within.name], value.value)
    }
  })
  for (const [name, value] of Object.entries(person))
    if (Array.isArray(value))
      person[name] = value.filter((item: Json) => !isObject(item) || Object.keys(item).length > 0)
  return { person, problems }
}

function readMany(
  person: Record<string, Json>,
  { name, field, within }: RosterColumn,
  words: string,
  context: CellContext,
  wrong: (type: CellProblem) => void,
): void {
  for (const [i, part] of splitParts(words).entries()) {
    const value = valueOf(name, field, tidy(part), context)
    if (!value.ok) return wrong(value.error)
    if (within !== null) merge(person, [within.name, i], value.value)
    else if (Object.hasOwn(value.value, name)) merge(person, [name, Number.MAX_SAFE_INTEGER], value.value[name] ?? null)
  }
}

/** Writes into the group or the list's item at `path`; an index beyond the end appends. */
function merge(person: Record<string, Json>, [name, index]: readonly (string | number)[], value: Json): void {
  if (typeof name !== 'string') return void Object.assign(person, value)
  if (index === undefined)
    return void (person[name] = { ...(person[name] as JsonObject | undefined), ...(value as JsonObject) })
  const items = [...((person[name] as readonly Json[] | undefined) ?? [])]
  if (typeof index === 'number' && index < Number.MAX_SAFE_INTEGER) {
    while (items.length <= index) items.push({})
    items[index] = { ...(items[index] as JsonObject), ...(value as JsonObject) }
  } else if (!items.includes(value)) items.push(value)
  person[name] = items
}

/** The organizations that the people name and nobody has yet, by name, in order. */
export function newOrganizations(people: readonly JsonObject[]): string[] {
  const names = people.flatMap(({ organizations }) =>
    Array.isArray(organizations) ? organizations.flatMap((id) => newOrganization(String(id)) ?? []) : [],
  )
  const seen = new Set<string>()
  return names.filter((name) => !seen.has(bareLetters(name)) && seen.add(bareLetters(name)))
}
