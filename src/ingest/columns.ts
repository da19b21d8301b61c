// The operation columns of a change: how many operations there are and whether their runs stay within the limits, without
// writing out more than the rows that say where new objects lie. Implements IN-5 to IN-7; throws `Malformed` only.
import type { Bytes } from '../base/bytes.ts'
import { MAX_EXPANDED_STRINGS, MAX_OPERATIONS, MAX_PREDECESSORS } from './limits.ts'
import { booleanRows, type ColumnKind, eachRun, Malformed, type Reader, type Run } from './reader.ts'

/** A new object: its operation's place in the change, and the object it lies in. */
export interface NewObject {
  readonly index: number
  readonly parent: { readonly actor: number; readonly counter: number } | null
}

export interface Operations {
  readonly count: number
  readonly objects: readonly NewObject[]
}

const OBJECT_ACTOR = 1
const OBJECT_COUNTER = 2
const KEY_ACTOR = 17
const KEY_COUNTER = 19
const KEY_TEXT = 21
const INSERT = 52
const ACTION = 66
const VALUE_META = 86
const VALUE = 87
const PREDECESSORS = 112
const PREDECESSOR_ACTOR = 113
const PREDECESSOR_COUNTER = 115
const EXPAND = 148
const MARK_NAME = 165

const KINDS: ReadonlyMap<number, ColumnKind | 'boolean' | 'raw'> = new Map([
  [OBJECT_ACTOR, 'unsigned'],
  [OBJECT_COUNTER, 'unsigned'],
  [KEY_ACTOR, 'unsigned'],
  [KEY_COUNTER, 'signed'],
  [KEY_TEXT, 'text'],
  [INSERT, 'boolean'],
  [ACTION, 'unsigned'],
  [VALUE_META, 'unsigned'],
  [VALUE, 'raw'],
  [PREDECESSORS, 'unsigned'],
  [PREDECESSOR_ACTOR, 'unsigned'],
  [PREDECESSOR_COUNTER, 'signed'],
  [EXPAND, 'boolean'],
  [MARK_NAME, 'text'],
])

/** makeMap 0, set 1, makeList 2, delete 3, makeText 4, increment 5, makeTable 6, mark 7. */
const LAST_ACTION = 7
const makesObject = (action: number) => action % 2 === 0

/** The columns by their specification, ascending; each is known, none compressed, none empty of meaning. */
export function readColumns(reader: Reader): ReadonlyMap<number, Bytes> {
  const count = reader.unsigned()
  if (count > KINDS.size) throw new Malformed('columns')
  const lengths: [number, number][] = []
  for (let i = 0; i < count; i++) {
    const spec = reader.unsigned()
    const before = lengths.at(-1)
    if ((before !== undefined && before[0] >= spec) || !KINDS.has(spec)) throw new Malformed('columns')
    lengths.push([spec, reader.unsigned()])
  }
  return new Map(lengths.map(([spec, length]) => [spec, reader.take(length)]))
}

/** What is asked of each run, by column. */
function checks(actors: number, sums: Map<number, number>): ReadonlyMap<number, Run> {
  const actor: Run = (value) => {
    if (value !== null && value >= actors) throw new Malformed('actor')
  }
  const adding = (spec: number, weigh: (value: number) => number, most: number): Run => {
    return (value, count) => {
      const sum = (sums.get(spec) ?? 0) + (value === null ? 0 : weigh(value) * count)
      if (sum > most) throw new Malformed('expanded')
      sums.set(spec, sum)
    }
  }
  const action: Run = (value) => {
    if (value === null || value > LAST_ACTION) throw new Malformed('action')
  }
  return new Map<number, Run>([
    [OBJECT_ACTOR, actor],
    [KEY_ACTOR, actor],
    [PREDECESSOR_ACTOR, actor],
    [ACTION, action],
    [KEY_TEXT, adding(KEY_TEXT, (length) => length, MAX_EXPANDED_STRINGS)],
    [MARK_NAME, adding(MARK_NAME, (length) => length, MAX_EXPANDED_STRINGS)],
    // Metadata of a value: its length in bytes times 16, plus its type.
    [VALUE_META, adding(VALUE_META, (meta) => Math.floor(meta / 16), Number.MAX_SAFE_INTEGER)],
    [PREDECESSORS, adding(PREDECESSORS, (n) => n, MAX_PREDECESSORS)],
  ])
}

function rowsOf(spec: number, column: Bytes, most: number, run: Run | undefined): number {
  const kind = KINDS.get(spec) ?? 'raw'
  if (kind === 'raw') return 0
  return kind === 'boolean' ? booleanRows(column, most) : eachRun(column, kind, most, run ?? (() => undefined))
}

/** IN-5 and IN-6. `actors` counts the author and the others. */
export function readOperations(columns: ReadonlyMap<number, Bytes>, actors: number): Operations {
  const sums = new Map<number, number>()
  const runs = checks(actors, sums)
  const none = new Uint8Array(0)
  const count = rowsOf(ACTION, columns.get(ACTION) ?? none, MAX_OPERATIONS, runs.get(ACTION))
  for (const [spec, column] of columns) {
    if (spec === ACTION || spec === PREDECESSOR_ACTOR || spec === PREDECESSOR_COUNTER) continue
    rowsOf(spec, column, count, runs.get(spec))
  }
  const predecessors = sums.get(PREDECESSORS) ?? 0
  for (const spec of [PREDECESSOR_ACTOR, PREDECESSOR_COUNTER]) {
    if (rowsOf(spec, columns.get(spec) ?? none, predecessors, runs.get(spec)) !== predecessors)
      throw new Malformed('rows')
  }
  if ((sums.get(VALUE_META) ?? 0) !== (columns.get(VALUE) ?? none).length) throw new Malformed('values')
  return { count, objects: newObjects(columns, count) }
}

/** The values at some rows of a column; rows beyond its end are null. */
function valuesAt(column: Bytes, indexes: readonly number[]): (number | null)[] {
  const values: (number | null)[] = []
  let row = 0
  eachRun(column, 'unsigned', MAX_OPERATIONS, (value, count) => {
    row += count
    while (values.length < indexes.length && (indexes[values.length] ?? 0) < row) values.push(value)
  })
  while (values.length < indexes.length) values.push(null)
  return values
}

function newObjects(columns: ReadonlyMap<number, Bytes>, operations: number): NewObject[] {
  const none = new Uint8Array(0)
  const indexes: number[] = []
  let row = 0
  eachRun(columns.get(ACTION) ?? none, 'unsigned', operations, (action, count) => {
    if (action !== null && makesObject(action)) for (let i = 0; i < count; i++) indexes.push(row + i)
    row += count
  })
  const actors = valuesAt(columns.get(OBJECT_ACTOR) ?? none, indexes)
  const counters = valuesAt(columns.get(OBJECT_COUNTER) ?? none, indexes)
  return indexes.map((index, i) => {
    const [actor, counter] = [actors[i] ?? null, counters[i] ?? null]
    return { index, parent: actor === null || counter === null ? null : { actor, counter } }
  })
}
