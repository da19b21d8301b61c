// From JSON to what a document holds. Every text, list and group of the schema is made here, empty if need be, so that
// two devices never make the same one apart (DOC-2); empty ones that the JSON did spell out are noted so that an
// export repeats it exactly (DOC-6).
import { next as A } from '@automerge/automerge/slim'
import { type Field, type Fields, isContainer } from './field.ts'
import { KEPT, isObject, own, storedKey, toAutomerge, wellFormed, type Json, type JsonObject } from './json.ts'

/** A map for Automerge with all containers of `fields`, the given values, and unknown keys as they came. */
export function buildObject(fields: Fields, value: JsonObject): Record<string, unknown> {
  const built: Record<string, unknown> = {}
  for (const [name, child] of Object.entries(value))
    if (!Object.hasOwn(fields, name)) built[storedKey(name)] = toAutomerge(child)
  for (const [name, field] of Object.entries(fields)) {
    const given = own(value, name) as Json | undefined
    if (given !== undefined || isContainer(field)) built[name] = buildField(field, given ?? null)
  }
  const kept = keptNames(fields, value)
  if (kept.length > 0) built[KEPT] = new A.ImmutableString(kept.join(' '))
  return built
}

/** What one field holds for a checked JSON value; null makes an empty container. */
export function buildField(field: Field, value: Json): unknown {
  switch (field.kind) {
    case 'text':
    case 'line':
      return typeof value === 'string' ? wellFormed(value) : ''
    case 'group':
      return buildObject(field.fields, isObject(value) ? value : {})
    case 'list':
    case 'lines':
    case 'tokens':
    case 'refs':
    case 'choices':
      return Array.isArray(value) ? value.map((item: Json) => buildItem(field, item)) : []
    default:
      return toAutomerge(value)
  }
}

/** One item of a list field. */
export function buildItem(field: Field, item: Json): unknown {
  if (field.kind === 'list') return buildObject(field.fields, isObject(item) ? item : {})
  if (field.kind === 'lines') return typeof item === 'string' ? wellFormed(item) : ''
  return toAutomerge(item)
}

/** Names of containers that were written out empty; `!` before those that were null. */
function keptNames(fields: Fields, value: JsonObject): string[] {
  const names: string[] = []
  for (const [name, field] of Object.entries(fields)) {
    if (!isContainer(field) || !Object.hasOwn(value, name)) continue
    const given = own(value, name)
    if (given === null) names.push(`!${name}`)
    else if (typeof given === 'object' ? Object.keys(given).length === 0 : given === '') names.push(name)
  }
  return names
}
