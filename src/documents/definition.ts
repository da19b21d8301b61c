// What a document type is: a name, a version of its fields, and the fields. A new type is a folder with one of these
// and a line in the registry; never a change elsewhere.
import { envelope } from './envelope.ts'
import type { Fields } from './field.ts'

export type DocumentType = 'membership-roster' | 'protection-plan' | 'meeting-minutes' | 'learning-systematization'

export type DocumentTypeDefinition = {
  readonly type: DocumentType
  /** The version of the fields, from 1; a document of a newer one is read as far as known, never imported. */
  readonly schema: number
  /** The envelope's fields, then the type's own, in the order in which a form shows them. */
  readonly fields: Fields
}

export const defineType = (type: DocumentType, schema: number, fields: Fields): DocumentTypeDefinition => ({
  type,
  schema,
  fields: { ...envelope, ...fields },
})
