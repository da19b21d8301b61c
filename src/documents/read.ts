// A document as a form or a page shows it: every field of its type is there, in its kind. What a hostile or newer
// member wrote in another form is shown as far as it can be and listed as a problem; reading never throws (DOC-10).
import { checkField } from './check.ts'
import type { DocumentType } from './definition.ts'
import { elementOf, type Field, type Fields } from './field.ts'
import { isObject, own, toJson, type Json, type JsonObject, type Path } from './json.ts'
import { definitionOf } from './registry.ts'

export type DocumentView = {
  /** Null for a document of no type that this version knows; then `fields` is empty. */
  readonly type: DocumentType | null
  readonly title: string
  /** Every field, absent ones as '', [], or null. Indices of lists are those of the document. */
  readonly fields: JsonObject
  /** Where something else stands than the field's kind, or a code, date or time that this version does not know. */
  readonly problems: readonly Path[]
}

export function readDocument(doc: object): DocumentView {
  const definition = definitionOf(doc)
  const problems: Path[] = []
  const fields = definition === null ? {} : readFields(definition.fields, doc, [], problems)
  return { type: definition?.type ?? null, title: asText(own(doc, 'title')), fields, problems }
}

function readFields(fields: Fields, object: object, path: Path, problems: Path[]): JsonObject {
  const out: Record<string, Json> = {}
  for (const [name, field] of Object.entries(fields))
    out[name] = readField(field, own(object, name), [...path, name], problems)
  return out
}

function readField(field: Field, raw: unknown, path: Path, problems: Path[]): Json {
  switch (field.kind) {
    case 'group':
      if (!isObject(raw)) note(raw, path, problems)
      return readFields(field.fields, isObject(raw) ? raw : {}, path, problems)
    case 'list':
    case 'lines':
    case 'tokens':
    case 'refs':
    case 'choices':
      if (!Array.isArray(raw)) note(raw, path, problems)
      return Array.isArray(raw) ? raw.map((item, i) => readItem(field, item, [...path, i], problems)) : []
    default:
      return readScalar(field, raw, path, problems)
  }
}

function readItem(field: Field, item: unknown, path: Path, problems: Path[]): Json {
  if (field.kind === 'list') {
    if (!isObject(item)) problems.push(path)
    return readFields(field.fields, isObject(item) ? item : {}, path, problems)
  }
  const element = elementOf(field)
  return element === null ? null : (readScalar(element, item, path, problems) ?? '')
}

function readScalar(field: Field, raw: unknown, path: Path, problems: Path[]): Json {
  const value = raw === undefined ? null : toJson(raw)
  const isProse = field.kind === 'text' || field.kind === 'line'
  // A blank title is a required field not yet filled, not something malformed.
  if (value !== '' && !checkField(field, value, path, true).ok) problems.push(path)
  if (isProse) return asText(raw)
  if (field.kind === 'number') return typeof value === 'number' ? value : null
  if (field.kind === 'flag') return typeof value === 'boolean' ? value : null
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' ? value : null
}

/** Absent is not malformed: a container may be missing where only a hostile member could have removed it. */
function note(raw: unknown, path: Path, problems: Path[]): void {
  if (raw !== undefined) problems.push(path)
}

function asText(raw: unknown): string {
  const value = raw === undefined ? null : toJson(raw)
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

/** Reading out of a view without trusting its shape. */
export const textOf = (view: Json | undefined, name: string): string => {
  const value = isObject(view) ? own(view, name) : null
  return typeof value === 'string' ? value : ''
}
export const listOf = (view: Json | undefined, name: string): readonly JsonObject[] => {
  const value = isObject(view) ? own(view, name) : null
  return Array.isArray(value) ? value.filter((item): item is JsonObject => isObject(item)) : []
}
export const stringsOf = (view: Json | undefined, name: string): readonly string[] => {
  const value = isObject(view) ? own(view, name) : null
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
