// The index of a space: which documents there are, who is who by alias, and what devices are called. A document like
// any other to those who carry it. Reading skips whatever a hostile member put there in another form, and never throws
// (DOC-13). Every string in it is replaced whole: nobody co-types an index.
import { next as A } from '@automerge/automerge/slim'
import type { Millis } from '../base/environment.ts'
import { DeviceId, DocumentId, MemberId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { DocumentType } from './definition.ts'
import { isObject, own, toAutomerge } from './json.ts'

export type IndexedDocument = {
  /** A type of a newer version is listed too, though it cannot be opened here. */
  readonly type: DocumentType | (string & {})
  readonly title: string
  readonly status: string
  readonly riskLevel?: string
  readonly nextReview?: string
  readonly createdBy: MemberId
  readonly createdAt: Millis
  readonly updatedAt: Millis
  readonly archived?: boolean
}

export type SpaceIndex = {
  readonly name: string
  readonly createdAt?: Millis
  readonly documents: ReadonlyMap<DocumentId, IndexedDocument>
  readonly people: ReadonlyMap<MemberId, { readonly alias: string }>
  readonly devices: ReadonlyMap<DeviceId, { readonly name: string }>
}

export type IndexError = { readonly type: 'NotInIndex'; readonly document: DocumentId }

/** The first change of an index; it makes the containers that all others fill. */
export function emptyIndex(name: string, createdAt?: Millis): (doc: object) => void {
  return (doc) => {
    const start = { name, ...(createdAt === undefined ? {} : { createdAt }), documents: {}, people: {}, devices: {} }
    Object.assign(doc, toAutomerge(start) as object)
  }
}

export function putDocument(doc: object, id: DocumentId, entry: IndexedDocument): void {
  section(doc, 'documents')[id] = toAutomerge({ ...entry })
}

export type SummaryUpdate = Partial<
  Pick<IndexedDocument, 'title' | 'status' | 'riskLevel' | 'nextReview' | 'updatedAt' | 'archived'>
>

/** Writes only what differs, so that two devices that see the same change do not both write it. */
export function updateSummary(doc: object, id: DocumentId, update: SummaryUpdate): Result<null, IndexError> {
  const entry = own(section(doc, 'documents'), id)
  if (!isObject(entry)) return err({ type: 'NotInIndex', document: id })
  for (const [name, value] of Object.entries(update)) {
    const now = own(entry, name)
    if (value !== undefined && (A.isImmutableString(now) ? String(now) : now) !== value)
      entry[name] = toAutomerge(value)
  }
  return ok(null)
}

export function putPerson(doc: object, id: MemberId, person: { readonly alias: string }): void {
  section(doc, 'people')[id] = toAutomerge({ alias: person.alias })
}

export function putDevice(doc: object, id: DeviceId, device: { readonly name: string }): void {
  section(doc, 'devices')[id] = toAutomerge({ name: device.name })
}

/** What the index holds, as far as it is well formed. */
export function readIndex(doc: object): SpaceIndex {
  const createdAt = millis(own(doc, 'createdAt'))
  return {
    name: string(own(doc, 'name')) ?? '',
    ...(createdAt === null ? {} : { createdAt }),
    documents: readSection(doc, 'documents', DocumentId.parse, readEntry),
    people: readSection(doc, 'people', MemberId.parse, (raw) => named(raw, 'alias')),
    devices: readSection(doc, 'devices', DeviceId.parse, (raw) => named(raw, 'name')),
  }
}

function readSection<I, T>(
  doc: object,
  name: string,
  parse: (key: string) => I | null,
  read: (raw: Record<string, unknown>) => T | null,
): ReadonlyMap<I, T> {
  const found = new Map<I, T>()
  const raw = own(doc, name)
  if (!isObject(raw)) return found
  for (const key of Object.keys(raw)) {
    const id = parse(key)
    const item = own(raw, key)
    const value = id !== null && isObject(item) ? read(item) : null
    if (id !== null && value !== null) found.set(id, value)
  }
  return found
}

/** Null when what a list needs is missing: the type, a title and a creator. */
function readEntry(raw: Record<string, unknown>): IndexedDocument | null {
  const type = string(own(raw, 'type'))
  const title = string(own(raw, 'title'))
  const createdBy = MemberId.parse(string(own(raw, 'createdBy')) ?? '')
  if (type === null || title === null || createdBy === null) return null
  const riskLevel = string(own(raw, 'riskLevel'))
  const nextReview = string(own(raw, 'nextReview'))
  const createdAt = millis(own(raw, 'createdAt')) ?? 0
  return {
    type,
    title,
    status: string(own(raw, 'status')) ?? 'borrador',
    ...(riskLevel === null ? {} : { riskLevel }),
    ...(nextReview === null ? {} : { nextReview }),
    createdBy,
    createdAt,
    updatedAt: millis(own(raw, 'updatedAt')) ?? createdAt,
    ...(own(raw, 'archived') === true ? { archived: true } : {}),
  }
}

function named<N extends string>(raw: Record<string, unknown>, name: N): Record<N, string> | null {
  const value = string(own(raw, name))
  return value === null ? null : ({ [name]: value } as Record<N, string>)
}

const string = (raw: unknown): string | null =>
  typeof raw === 'string' || A.isImmutableString(raw) ? String(raw) : null

const millis = (raw: unknown): Millis | null =>
  typeof raw === 'number' && Number.isFinite(raw) && raw >= 0 ? raw : null

/** A section of the index; made anew only where a hostile member removed it. */
function section(doc: object, name: string): Record<string, unknown> {
  const root = doc as Record<string, unknown>
  if (!isObject(own(root, name))) root[name] = {}
  return own(root, name) as Record<string, unknown>
}
