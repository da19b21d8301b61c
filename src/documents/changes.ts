// Typed changes to a document, each on a path, for forms and for the headless member alike. Every value is checked
// against its field before anything is written, and texts are changed so that concurrent edits merge (DOC-9). Always
// called inside an Automerge change; never replaces a list, a group or a text that two people may be editing (DOC-2).
import { next as A } from '@automerge/automerge/slim'
import { err, ok, type Result } from '../base/result.ts'
import { buildField, buildItem } from './build.ts'
import { checkField, checkItem, type FieldError } from './check.ts'
import { isList, type Field } from './field.ts'
import { locate, type Place } from './locate.ts'
import { setText } from './text.ts'
import { isObject, own, toAutomerge, toJson, wellFormed, type Json, type JsonObject, type Path } from './json.ts'

export type ChangeError =
  | FieldError
  | { readonly type: 'BadPosition'; readonly path: Path; readonly length: number }
  | { readonly type: 'NotAList'; readonly path: Path }

export type Change = Result<null, ChangeError>
const done: Change = ok(null)

/**
 * Sets a field. A text becomes `value` by the smallest edit; a list of strings keeps the items it shares with `value`;
 * a group gets the fields that `value` names. Lists of objects change item by item. `null` is "not given".
 */
export function setValue(doc: object, path: Path, value: Json): Change {
  const place = locate(doc, path)
  if (!place.ok) return place
  const { field } = place.value
  if (field.fixed === true) return err({ type: 'Fixed', path })
  const emptied = value === null && field.required !== true
  const given = emptied && (field.kind === 'text' || field.kind === 'line') ? '' : value
  const checked =
    given === null && field.required ? err({ type: 'Required', path } as const) : checkField(field, given, path, true)
  if (!checked.ok) return checked
  return write(doc, place.value, path, given)
}

function write(doc: object, place: Place, path: Path, value: Json): Change {
  const { field, parent, key } = place
  const current = own(parent, key)
  switch (field.kind) {
    case 'text':
    case 'line':
      if (typeof value !== 'string') return err({ type: 'WrongKind', path, expected: field.kind })
      if (typeof current === 'string') setText(doc, path, current, value)
      else parent[key] = wellFormed(value)
      return done
    case 'group':
      if (!isObject(value)) return err({ type: 'WrongKind', path, expected: 'group' })
      if (!isObject(current)) parent[key] = buildField(field, null)
      return setGroup(doc, field.fields, path, value)
    case 'list':
      return err({ type: 'WrongKind', path, expected: 'list' })
    case 'lines':
    case 'tokens':
    case 'refs':
    case 'choices':
      setStrings(place, Array.isArray(value) ? (value as string[]) : [])
      return done
    default:
      parent[key] = toAutomerge(value)
      return done
  }
}

function setGroup(doc: object, fields: { readonly [name: string]: Field }, path: Path, value: JsonObject): Change {
  for (const [name, field] of Object.entries(fields))
    if (field.kind === 'list' && Object.hasOwn(value, name))
      return err({ type: 'WrongKind', path: [...path, name], expected: 'list' })
  for (const [name, child] of Object.entries(value)) {
    const changed = setValue(doc, [...path, name], child)
    if (!changed.ok) return changed
  }
  return done
}

/** Turns a list of strings into `wanted`: what is not wanted goes, what is missing comes, the rest stays untouched. */
function setStrings({ field, parent, key }: Place, wanted: readonly string[]): void {
  const items = listAt(parent, key, field)
  const now = items.map((item) => toJson(item))
  for (let i = now.length - 1; i >= 0; i--) {
    const item = now[i]
    if (typeof item !== 'string' || !wanted.includes(item) || now.indexOf(item) < i) items.splice(i, 1)
  }
  wanted.forEach((value, i) => {
    if (i < items.length && toJson(items[i]) === value) return
    const at = items.findIndex((item, j) => j > i && toJson(item) === value)
    if (at >= 0) items.splice(at, 1)
    items.splice(i, 0, buildItem(field, value))
  })
}

/** Types into a text: positions are UTF-16 code units, and never fall inside a character of two. */
export function spliceText(doc: object, path: Path, index: number, deleteCount: number, insert: string): Change {
  const place = locate(doc, path)
  if (!place.ok) return place
  const { field, parent, key } = place.value
  const current = own(parent, key)
  if ((field.kind !== 'text' && field.kind !== 'line') || typeof current !== 'string')
    return err({ type: 'WrongKind', path, expected: 'text' })
  const positions = [index, deleteCount, index + deleteCount]
  if (
    !positions.every((n) => Number.isSafeInteger(n) && n >= 0 && n <= current.length) ||
    splits(current, index, deleteCount)
  )
    return err({ type: 'BadPosition', path, length: current.length })
  A.splice(doc, [...path], index, deleteCount, wellFormed(insert))
  return done
}

const splits = (text: string, index: number, deleteCount: number): boolean =>
  [index, index + deleteCount].some((at) => {
    const before = at > 0 ? (text.codePointAt(at - 1) ?? 0) : 0
    return before > 0xffff
  })

/** Puts an item into a list; items of a list of objects whose fields include `id` get one that no other device makes. */
export function insertItem(doc: object, listPath: Path, index: number, value: Json): Change {
  const list = locateList(doc, listPath)
  if (!list.ok) return list
  const { field, items } = list.value
  if (!Number.isSafeInteger(index) || index < 0 || index > items.length)
    return err({ type: 'BadPosition', path: listPath, length: items.length })
  const checked = checkItem(field, value, [...listPath, index], true)
  if (!checked.ok) return checked
  items.splice(index, 0, buildItem(field, value))
  if (field.kind === 'list' && Object.hasOwn(field.fields, 'id')) giveId(items[index])
  return done
}

export function removeItem(doc: object, listPath: Path, index: number): Change {
  const list = locateList(doc, listPath)
  if (!list.ok) return list
  const { items } = list.value
  if (!Number.isSafeInteger(index) || index < 0 || index >= items.length)
    return err({ type: 'BadPosition', path: listPath, length: items.length })
  items.splice(index, 1)
  return done
}

/** Gives an item that came without an id the one that every device would give it. Returns the id. */
export function ensureId(doc: object, itemPath: Path): Result<string, ChangeError> {
  const list = locateList(doc, itemPath.slice(0, -1))
  if (!list.ok) return list
  const item = list.value.items[Number(itemPath.at(-1))]
  if (!isObject(item) || list.value.field.kind !== 'list' || !Object.hasOwn(list.value.field.fields, 'id'))
    return err({ type: 'UnknownPath', path: itemPath })
  return ok(giveId(item))
}

function giveId(item: unknown): string {
  const target = item as Record<string, unknown>
  const given = toJson(own(target, 'id'))
  if (typeof given === 'string' && given !== '') return given
  const made = String(A.getObjectId(target))
  target['id'] = new A.ImmutableString(made)
  return made
}

function locateList(doc: object, path: Path): Result<{ field: Field; items: unknown[] }, ChangeError> {
  const place = locate(doc, path)
  if (!place.ok) return place
  const { field, parent, key } = place.value
  return isList(field) ? ok({ field, items: listAt(parent, key, field) }) : err({ type: 'NotAList', path })
}

/** The list; made anew only where a hostile member removed it or put something else in its place. */
function listAt(parent: Record<string | number, unknown>, key: string | number, field: Field): unknown[] {
  if (!Array.isArray(own(parent, key))) parent[key] = buildField(field, null)
  return own(parent, key) as unknown[]
}
