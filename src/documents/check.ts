// Whether a JSON value is of a field's kind, with the path of the first problem. Owns the typed errors of fields; never
// touches a document. `strict` (for changes made here) also checks codes, dates and times; an import keeps what it does
// not know (DOC-7, DOC-9).
import { err, ok, type Result } from '../base/result.ts'
import { elementOf, type Field, type FieldKind, type Fields } from './field.ts'
import { isHoldable, isObject, own, type Path } from './json.ts'
import { isChoice, type VocabularyName } from './vocabulary/index.ts'

export type FieldError =
  | { readonly type: 'WrongKind'; readonly path: Path; readonly expected: FieldKind | 'document' }
  | { readonly type: 'NotAChoice'; readonly path: Path; readonly vocabulary: VocabularyName }
  | { readonly type: 'NotADate'; readonly path: Path }
  | { readonly type: 'NotATime'; readonly path: Path }
  | { readonly type: 'UnknownPath'; readonly path: Path }
  | { readonly type: 'Fixed'; readonly path: Path }
  | { readonly type: 'Required'; readonly path: Path }

type Check = Result<null, FieldError>
const fine: Check = ok(null)

const DATE = /^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?$/
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/

/** 'YYYY', 'YYYY-MM' or a day that the calendar has. */
export function isDate(text: string): boolean {
  const match = DATE.exec(text)
  if (match === null) return false
  const [, year, month, day] = match
  if (month === undefined || day === undefined) return true
  return Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
}

export function checkFields(fields: Fields, value: unknown, path: Path, strict: boolean): Check {
  if (!isObject(value)) return err({ type: 'WrongKind', path, expected: 'group' })
  for (const [name, child] of Object.entries(value)) {
    const field = own(fields, name) as Field | undefined
    if (field === undefined) {
      if (strict) return err({ type: 'UnknownPath', path: [...path, name] })
      continue
    }
    const checked = checkField(field, child, [...path, name], strict)
    if (!checked.ok) return checked
  }
  return fine
}

/** Null is a value of every field: not known, not given. */
export function checkField(field: Field, value: unknown, path: Path, strict: boolean): Check {
  if (value === null) return fine
  const wrong = err({ type: 'WrongKind', path, expected: field.kind } as const)
  switch (field.kind) {
    case 'number':
      return typeof value === 'number' && isHoldable(value) ? fine : wrong
    case 'flag':
      return typeof value === 'boolean' ? fine : wrong
    case 'group':
      return isObject(value) ? checkFields(field.fields, value, path, strict) : wrong
    case 'list':
    case 'lines':
    case 'tokens':
    case 'refs':
    case 'choices':
      return Array.isArray(value) ? checkItems(field, value, path, strict) : wrong
    default:
      return typeof value === 'string' ? (strict ? checkText(field, value, path) : fine) : wrong
  }
}

function checkItems(field: Field, items: readonly unknown[], path: Path, strict: boolean): Check {
  for (const [index, item] of items.entries()) {
    const checked = checkItem(field, item, [...path, index], strict)
    if (!checked.ok) return checked
  }
  return fine
}

/** One item of a list: an object for lists of objects, a string (never null) for lists of strings. */
export function checkItem(field: Field, item: unknown, path: Path, strict: boolean): Check {
  if (field.kind === 'list') return checkFields(field.fields, item, path, strict)
  const element = elementOf(field)
  if (element === null) return err({ type: 'UnknownPath', path })
  return item === null
    ? err({ type: 'WrongKind', path, expected: element.kind })
    : checkField(element, item, path, strict)
}

function checkText(field: Field, value: string, path: Path): Check {
  if (field.kind === 'choice' && !isChoice(field.vocabulary, value))
    return err({ type: 'NotAChoice', path, vocabulary: field.vocabulary })
  if (field.kind === 'date' && !isDate(value)) return err({ type: 'NotADate', path })
  if (field.kind === 'time' && !TIME.test(value)) return err({ type: 'NotATime', path })
  if (field.required === true && value.trim() === '') return err({ type: 'Required', path })
  return fine
}
