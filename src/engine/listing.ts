// How a document is listed in its space's index when it is new, also after a crash between making and listing it. Owns the entry's
// first form; the index itself is documents/'.
import type { Millis } from '../base/environment.ts'
import type { DeviceId, DocumentId, MemberId } from '../base/ids.ts'
import { type IndexedDocument, putDocument, type SpaceIndex } from '../documents/index-document.ts'
import { summaryOf } from '../documents/summary.ts'
import type { SpaceLog } from '../log/space-log.ts'
import type { SpaceDocuments } from './documents.ts'

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

/** What of a space listing needs. */
export interface Lists {
  readonly me: MemberId
  readonly device: DeviceId
  readonly index: DocumentId
  readonly log: SpaceLog
  readonly documents: SpaceDocuments
  readonly writable: boolean
  indexed(): SpaceIndex
}

/** Lists a document of this device's that has content and is in no list. */
export async function list(space: Lists, document: DocumentId): Promise<void> {
  const { documents, index, device, log } = space
  await documents.open(index)
  if (!space.writable || space.indexed().documents.has(document)) return
  const times = log.contentOf(document).flatMap((meta) => (meta.device === device ? (meta.time ?? []) : []))
  const listing = listingOf(await documents.read(document), space.me, Math.min(...times))
  if (listing !== null) await documents.edit(index, (doc) => putDocument(doc, document, listing))
}
