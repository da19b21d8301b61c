// Every document type this version knows. Owns the list and the finding of a type by name or by document; a new type
// is one line here and a folder.
import { next as A } from '@automerge/automerge/slim'
import type { DocumentType, DocumentTypeDefinition } from './definition.ts'
import { own } from './json.ts'
import { systematizationType } from './learning-systematization/index.ts'
import { minutesType } from './meeting-minutes/index.ts'
import { rosterType } from './membership-roster/index.ts'
import { planType } from './protection-plan/index.ts'

export type { DocumentType, DocumentTypeDefinition } from './definition.ts'

export const documentTypes: Readonly<Record<DocumentType, DocumentTypeDefinition>> = {
  'membership-roster': rosterType,
  'protection-plan': planType,
  'meeting-minutes': minutesType,
  'learning-systematization': systematizationType,
}

export const isDocumentType = (name: unknown): name is DocumentType =>
  typeof name === 'string' && Object.hasOwn(documentTypes, name)

/** The definition of a document's type; null when it has none that this version knows. */
export function definitionOf(doc: object): DocumentTypeDefinition | null {
  const type = own(doc, 'type')
  const name = typeof type === 'string' || A.isImmutableString(type) ? String(type) : null
  return isDocumentType(name) ? documentTypes[name] : null
}
