// Documents for the tests of this folder: samples as Automerge documents, and changes that must succeed.
import { next as A } from '@automerge/automerge/slim'
import { unwrap } from '../../../src/base/result.ts'
import { create, fill } from '../../../src/documents/create.ts'
import type { DocumentType } from '../../../src/documents/registry.ts'
import { sampleText } from '../../../src/documents/samples/index.ts'
import { importJson } from '../../../src/documents/transfer.ts'

export type Doc = A.Doc<Record<string, unknown>>
export const ana = 'aa'.repeat(16)
export const bea = 'bb'.repeat(16)

export const imported = (text: string): Doc => {
  const filling = unwrap(importJson(text))
  return A.change(A.init<Record<string, unknown>>(), (doc) => fill(doc, filling))
}

export const sample = (type: DocumentType): Doc => imported(sampleText(type))

export const created = (type: DocumentType): Doc =>
  A.change(A.init<Record<string, unknown>>(), create(type, { title: 'Prueba' }))

/** A document changed by `edit`, and what `edit` returned. */
export function edited<R>(doc: Doc, edit: (doc: object) => R): [Doc, R] {
  let returned: R | undefined
  const after = A.change(doc, (draft) => {
    returned = edit(draft)
  })
  return [after, returned as R]
}

/** The same document on two devices, each after its own edit, merged on both. */
export function apart(doc: Doc, first: (doc: object) => unknown, second: (doc: object) => unknown): [Doc, Doc] {
  const [a] = edited(A.clone(doc, { actor: ana }), first)
  const [b] = edited(A.clone(doc, { actor: bea }), second)
  return [A.merge(A.clone(a), b), A.merge(A.clone(b), a)]
}
