// Two people set the same critical field while apart: both values are found here, and stay until somebody decides
// (DOC-5). Owns no opinion on which is right, and does not change anything but by `decide`.
import { next as A } from '@automerge/automerge/slim'
import { err } from '../base/result.ts'
import { setValue, type Change } from './changes.ts'
import type { Fields } from './field.ts'
import { isObject, own, toJson, type Json, type Path } from './json.ts'
import { locate } from './locate.ts'
import { definitionOf } from './registry.ts'

export type CriticalConflict = {
  readonly path: Path
  /** Every value set apart, with the hex of the Automerge actor who set it; the order is the same on every device. */
  readonly values: readonly { readonly value: Json; readonly actor: string }[]
}

/** The critical fields of a document, anywhere in it, that hold different values set apart. */
export function criticalConflicts(doc: object): readonly CriticalConflict[] {
  const found: CriticalConflict[] = []
  const definition = definitionOf(doc)
  if (definition !== null) collect(definition.fields, doc as Record<string, unknown>, [], found)
  return found
}

function collect(fields: Fields, object: Record<string, unknown>, path: Path, found: CriticalConflict[]): void {
  for (const [name, field] of Object.entries(fields)) {
    if (field.critical === true) {
      const values = valuesSetApart(object, name)
      if (values.length > 1) found.push({ path: [...path, name], values })
      continue
    }
    if (field.kind !== 'group' && field.kind !== 'list') continue
    const child = own(object, name)
    if (field.kind === 'group' && isObject(child)) collect(field.fields, child, [...path, name], found)
    if (field.kind === 'list' && Array.isArray(child))
      child.forEach((item, i) => {
        if (isObject(item)) collect(field.fields, item, [...path, name, i], found)
      })
  }
}

/** All values when they differ; nothing when all agree. */
function valuesSetApart(object: Record<string, unknown>, name: string): CriticalConflict['values'] {
  const conflicts = A.getConflicts(object, name) ?? {}
  const values = Object.entries(conflicts)
    .map(([operation, value]) => ({ value: toJson(value), actor: operation.slice(operation.indexOf('@') + 1) }))
    .sort((a, b) => (a.actor < b.actor ? -1 : 1))
  return new Set(values.map(({ value }) => JSON.stringify(value))).size > 1 ? values : []
}

/**
 * Settles a critical field on `value`, which need not be one of those set apart. The field is emptied before it is written:
 * where the value is the one already shown, Automerge would write nothing and leave the others beside it. Called inside an
 * Automerge change.
 */
export function decide(doc: object, path: Path, value: Json): Change {
  const place = locate(doc, path)
  if (!place.ok) return place
  const { field, parent, key } = place.value
  if (field.critical !== true) return err({ type: 'UnknownPath', path })
  const checked = setValue(doc, path, value)
  if (!checked.ok) return checked
  Reflect.deleteProperty(parent, key)
  return setValue(doc, path, value)
}
