// The columns in which a roster goes out to a spreadsheet and comes in again: one for each field of a person, those of
// lists and groups one by one. Derived from the schema; owns only which of them are contacts and which go along unasked.
import { isContainer, type DateField, type Field, type Fields } from '../field.ts'
import { personFields } from './schema.ts'

export type RosterColumn = {
  /** The place of the field in a person: `alias`, `channels.value`. */
  readonly id: string
  /** The list or group that holds the field, if any. */
  readonly within: { readonly name: string; readonly kind: 'list' | 'group' } | null
  readonly name: string
  readonly field: Field
  /** How to reach her: never in a file unless asked for. */
  readonly contact: boolean
  /** Goes along unless it is taken out: no contacts, nothing written freely, nothing about health or consent's reasons. */
  readonly usual: boolean
}

const CONTACTS = 'channels'
const UNUSUAL: ReadonlySet<string> = new Set(['municipality', 'joined', 'roles.since', 'roles.until'])

function columnsOf(fields: Fields, within: RosterColumn['within']): RosterColumn[] {
  return Object.entries(fields).flatMap(([name, field]): RosterColumn[] => {
    if (field.fixed === true || (field.kind === 'choice' && field.precisionOf !== undefined)) return []
    if (field.kind === 'list' || field.kind === 'group') return columnsOf(field.fields, { name, kind: field.kind })
    const contact = within?.name === CONTACTS
    const id = within === null ? name : `${within.name}.${name}`
    const usual = !contact && field.kind !== 'text' && within?.name !== 'consent' && !UNUSUAL.has(id)
    return [{ id, within, name, field, contact, usual }]
  })
}

export const rosterColumns: readonly RosterColumn[] = columnsOf(personFields, null)

const byId: ReadonlyMap<string, RosterColumn> = new Map(rosterColumns.map((column) => [column.id, column]))
export const columnOf = (id: string): RosterColumn | undefined => byId.get(id)

/** The sibling that says how exact a date is; the date fields of a person all have one. */
export const precisionName = (field: Field): string | null =>
  field.kind === 'date' ? ((field satisfies DateField).precision ?? null) : null

/** Whether the field holds several values in one cell. */
export const isMany = ({ field, within }: RosterColumn): boolean =>
  isContainer(field) && field.kind !== 'text' && field.kind !== 'line' && within === null
