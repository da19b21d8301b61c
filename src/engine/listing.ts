// How a document is listed in its space's index when it is new. Owns the entry's first form; the index itself is documents/'.
import type { Millis } from '../base/environment.ts'
import type { MemberId } from '../base/ids.ts'
import type { IndexedDocument } from '../documents/index-document.ts'
import { summaryOf } from '../documents/summary.ts'

/** Null for a document of no type known here. */
export function listingOf(doc: object, createdBy: MemberId, at: Millis): IndexedDocument | null {
  const { title, type, status, riskLevel, nextReview } = summaryOf(doc)
  if (type === null) return null
  return {
    type,
    title,
    status: status ?? 'borrador',
    ...(riskLevel === undefined ? {} : { riskLevel }),
    ...(nextReview === undefined ? {} : { nextReview }),
    createdBy,
    createdAt: at,
    updatedAt: at,
  }
}
