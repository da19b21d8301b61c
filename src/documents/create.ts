// Making a document: the first change, in which its creator makes every container it will ever have (DOC-2). Never
// invents a date, an id or an author: those are given.
import { buildObject } from './build.ts'
import type { JsonObject } from './json.ts'
import { documentTypes, type DocumentType } from './registry.ts'

export type Initial = { readonly title: string } & JsonObject

/** An `A.change` callback that fills an empty document; `initial` holds checked fields besides the title. */
export function create(type: DocumentType, initial: Initial): (doc: object) => void {
  const { schema } = documentTypes[type]
  return (doc) => fill(doc, { type, value: { status: 'borrador', ...initial, type, schema } })
}

/** A document's content, checked by `importJson` or by the caller. */
export type Filling = { readonly type: DocumentType; readonly value: JsonObject }

/** Writes all of `filling` into an empty document, in the change that is open. */
export function fill(doc: object, filling: Filling): void {
  Object.assign(doc, buildObject(documentTypes[filling.type].fields, filling.value))
}
