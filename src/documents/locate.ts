// From a path to the field it names and the object that holds it. Never changes a document and never throws for a path
// that leads nowhere, or into what a hostile member put where an object or a list belongs.
import { err, ok, type Result } from '../base/result.ts'
import type { FieldError } from './check.ts'
import { elementOf, isList, type Field, type Fields } from './field.ts'
import { isObject, own, type Path } from './json.ts'
import { definitionOf } from './registry.ts'

export type Place = {
  readonly field: Field
  /** The object, or the list of strings, that holds the value under `key`. */
  readonly parent: Record<string | number, unknown>
  readonly key: string | number
}

/** Where the value at `path` lives. An item of a list of strings is a place; an item of a list of objects is not. */
export function locate(doc: object, path: Path): Result<Place, FieldError> {
  const nowhere = err({ type: 'UnknownPath', path } as const)
  let fields: Fields = definitionOf(doc)?.fields ?? {}
  let parent: unknown = doc
  for (let i = 0; i < path.length; i++) {
    const name = path[i] as string | number
    if (!isObject(parent)) return nowhere
    const field = typeof name === 'string' ? (own(fields, name) as Field | undefined) : undefined
    if (field === undefined) return nowhere
    if (i === path.length - 1) return ok({ field, parent, key: name })
    const child = own(parent, name)
    if (field.kind === 'group') {
      fields = field.fields
      parent = child
      continue
    }
    const index = path[++i]
    if (!isList(field) || !Array.isArray(child) || !isIndex(index, child.length)) return nowhere
    const last = i === path.length - 1
    const element = elementOf(field)
    if (element !== null)
      return last ? ok({ field: element, parent: child as unknown as Place['parent'], key: index }) : nowhere
    if (last || field.kind !== 'list') return nowhere
    fields = field.fields
    parent = child[index]
  }
  return nowhere
}

const isIndex = (index: unknown, length: number): index is number =>
  typeof index === 'number' && Number.isSafeInteger(index) && index >= 0 && index < length
