// JSON in and out. An import refuses what is not one of our documents, with the path of the first problem; what it does
// not know it keeps under the same key. An export of an import equals it exactly (DOC-6, DOC-7). Neither ever throws
// for what the file or a hostile member put there.
import { next as A } from '@automerge/automerge/slim'
import { err, ok, type Result } from '../base/result.ts'
import { checkFields, type FieldError } from './check.ts'
import type { Filling } from './create.ts'
import { type Field, type Fields, isContainer } from './field.ts'
import {
  KEPT,
  isObject,
  jsonKey,
  own,
  parseJson,
  toJson,
  type Json,
  type JsonError,
  type JsonObject,
  type Path,
} from './json.ts'
import { readRich } from './rich-text.ts'
import { formatKey, formatOf } from './rich-text/file.ts'
import { definitionOf, documentTypes, isDocumentType } from './registry.ts'

export type ImportError =
  | JsonError
  | FieldError
  | { readonly type: 'UnknownType'; readonly path: Path; readonly found: string | null }
  | { readonly type: 'NewerSchema'; readonly path: Path; readonly found: number; readonly known: number }

/** The document in a JSON file, checked and ready for `fill`. */
export function importJson(text: string): Result<Filling, ImportError> {
  const parsed = parseJson(text)
  if (!parsed.ok) return parsed
  const value: unknown = parsed.value
  if (!isObject(value)) return err({ type: 'WrongKind', path: [], expected: 'document' })
  const type = own(value, 'type')
  if (!isDocumentType(type))
    return err({ type: 'UnknownType', path: ['type'], found: typeof type === 'string' ? type.slice(0, 100) : null })
  const { fields, schema } = documentTypes[type]
  const found = own(value, 'schema')
  if (typeof found === 'number' && found > schema)
    return err({ type: 'NewerSchema', path: ['schema'], found, known: schema })
  if (typeof own(value, 'title') !== 'string') return err({ type: 'Required', path: ['title'] })
  const checked = checkFields(fields, value, [], false)
  return checked.ok ? ok({ type, value: value as JsonObject }) : checked
}

/** All of a document as JSON; of two values set apart, the one that Automerge shows. */
export function exportJson(doc: object): JsonObject {
  const exported = exportObject(definitionOf(doc)?.fields ?? {}, doc as Record<string, unknown>, { doc, path: [] })
  return exported
}

/** Where in the document something lies. */
interface Place {
  readonly doc: object
  readonly path: Path
}
const inside = ({ doc, path }: Place, ...steps: Path): Place => ({ doc, path: [...path, ...steps] })

function exportObject(fields: Fields, object: Record<string, unknown>, place: Place): JsonObject {
  const kept = keptOf(object)
  const out: Record<string, Json> = {}
  for (const [name, field] of Object.entries(fields)) {
    const raw = own(object, name)
    if (raw === undefined) continue
    const value = exportField(field, raw, inside(place, name))
    const shown = isContainer(field) && isEmpty(value) && field.required !== true ? kept.get(name) : value
    if (shown !== undefined) out[name] = shown === KEEP ? value : shown
    const format =
      field.kind === 'text' && value !== '' ? formatOf(readRich(place.doc, [...place.path, name]) ?? []) : []
    if (format.length > 0) out[formatKey(name)] = format
  }
  for (const name of Object.keys(object)) {
    if (Object.hasOwn(fields, name) || name === KEPT || name === '__proto__') continue
    if (!Object.hasOwn(out, jsonKey(name))) out[jsonKey(name)] = toJson(own(object, name))
  }
  return out
}

function exportField(field: Field, raw: unknown, place: Place): Json {
  if (field.kind === 'group') return isObject(raw) ? exportObject(field.fields, raw, place) : toJson(raw)
  if (field.kind !== 'list' || !Array.isArray(raw)) return toJson(raw)
  return raw.map((item, i) => (isObject(item) ? exportObject(field.fields, item, inside(place, i)) : toJson(item)))
}

const KEEP = 'keep'

function keptOf(object: Record<string, unknown>): ReadonlyMap<string, typeof KEEP | null> {
  const note = own(object, KEPT)
  const names = A.isImmutableString(note) ? String(note).split(' ') : []
  return new Map(names.map((name) => (name.startsWith('!') ? [name.slice(1), null] : [name, KEEP])))
}

const isEmpty = (value: Json): boolean =>
  value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
