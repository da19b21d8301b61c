// What a list of documents shows of one without opening it. Owns the choice of those few facts; holds no content.
import { next as A } from '@automerge/automerge/slim'
import type { DocumentType } from './definition.ts'
import { isObject, own } from './json.ts'
import { definitionOf } from './registry.ts'

export type Summary = {
  readonly title: string
  readonly type: DocumentType | null
  readonly status: string | null
  readonly riskLevel?: string
  /** The nearer of the envelope's next review and the plan's own. */
  readonly nextReview?: string
}

/** Reads only what it shows, so that it costs the same for a roster of 3,000 people. */
export function summaryOf(doc: object): Summary {
  const review = own(doc, 'review')
  const reviews = [stringAt(doc, 'nextReview'), isObject(review) ? stringAt(review, 'next') : null]
  const next = reviews.filter((date) => date !== null).sort()[0]
  const riskLevel = stringAt(doc, 'riskLevel')
  return {
    title: stringAt(doc, 'title') ?? '',
    type: definitionOf(doc)?.type ?? null,
    status: stringAt(doc, 'status'),
    ...(riskLevel === null ? {} : { riskLevel }),
    ...(next === undefined ? {} : { nextReview: next }),
  }
}

function stringAt(object: object, name: string): string | null {
  const value = own(object, name)
  return typeof value === 'string' || A.isImmutableString(value) ? String(value) : null
}
