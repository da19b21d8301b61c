// Snapshots: an Automerge save with the last signed headers of its authors, so that authorship outlives repacking, in as many entries
// as it takes (EN-15, EN-16). Owns the bytes, the parts and the signatures; whether the save is what the headers signed is
// ingest's to say. Never an authority: nothing here is believed but what the authors themselves signed.
import { type Bytes, concat } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import { type ActorId, ChangeHash, type DocumentId, type HeaderId, type SpaceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Crypto } from '../crypto/index.ts'
import { deriveActor, type Header, verifyAuthorHeader } from './entry.ts'
import { SNAPSHOT } from './labels.ts'
import { MAX_HEADS, MAX_PAYLOAD_BYTES, MAX_SNAPSHOT_AUTHORS, MAX_SNAPSHOT_BYTES } from './limits.ts'

/** One entry's share of a snapshot. `id` is H("telar/1/snapshot", whole), 32 bytes. */
export interface Part {
  readonly id: Bytes
  readonly index: number
  readonly count: number
  readonly bytes: Bytes
}

export interface SignedHeader {
  readonly headerBytes: Bytes
  readonly signature: Bytes
}

/** The author's own word for the last change of one actor. */
export interface AuthorHeader extends SignedHeader {
  readonly header: Header
  readonly headerId: HeaderId
}

/** An actor of the device that signed `headers[by]`, whose changes are all in the past of the change that header names. */
export interface FormerActor {
  readonly nonce: Bytes
  readonly by: number
}

export interface SnapshotContent<H extends SignedHeader> {
  /** Automerge heads of the save, ascending. */
  readonly heads: readonly ChangeHash[]
  readonly headers: readonly H[]
  readonly former: readonly FormerActor[]
  /** What `A.save` gives (form 0). */
  readonly save: Bytes
}

export interface Snapshot extends SnapshotContent<AuthorHeader> {
  readonly document: DocumentId
  /** Whose changes the save may hold: for each actor the last sequence and hash that were signed, or the header it lies behind. */
  readonly actors: ReadonlyMap<ActorId, number>
}

export type SnapshotError =
  | { readonly type: 'BadSnapshot'; readonly why: string }
  /** A form that this version does not know. */
  | { readonly type: 'Unreadable'; readonly why: 'form' }

const PART_BYTES = MAX_PAYLOAD_BYTES - 128
const MAX_PARTS = Math.ceil(MAX_SNAPSHOT_BYTES / PART_BYTES)
/** Automerge heads that one snapshot may name. */
const MAX_CHANGE_HEADS = 64 * MAX_HEADS

/** The payloads of the entries that carry a snapshot, in their order; null when it is too large for any. */
export function packSnapshot(crypto: Pick<Crypto, 'hash'>, content: SnapshotContent<SignedHeader>): Bytes[] | null {
  const { heads, headers, former, save } = content
  if (headers.length + former.length > MAX_SNAPSHOT_AUTHORS) return null
  const whole = encode({
    form: 0,
    heads: heads.map((head) => hashBytes(head)),
    headers: headers.map(({ headerBytes, signature }) => [headerBytes, signature]),
    former: former.map(({ nonce, by }) => [nonce, by]),
    save,
  })
  if (whole.length > MAX_SNAPSHOT_BYTES) return null
  const id = crypto.hash(SNAPSHOT, whole)
  const count = Math.ceil(whole.length / PART_BYTES)
  return Array.from({ length: count }, (_, index) => {
    const bytes = whole.slice(index * PART_BYTES, (index + 1) * PART_BYTES)
    return encode({ id, index, count, bytes })
  })
}

const hashBytes = (hash: ChangeHash): Bytes => Uint8Array.from(hash.match(/../g) ?? [], (pair) => parseInt(pair, 16))

const isWhole = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value)
const isBytes = (value: unknown, length: number): value is Bytes =>
  value instanceof Uint8Array && value.length === length

/** Null for anything else than one share of a snapshot. */
export function readPart(payload: Bytes): Part | null {
  const decoded = decode(payload)
  if (!decoded.ok || typeof decoded.value !== 'object' || decoded.value === null) return null
  const fields = decoded.value as Readonly<Record<string, unknown>>
  const { id, index, count, bytes } = fields
  if (Object.keys(fields).length !== 4 || !isBytes(id, 32) || !(bytes instanceof Uint8Array)) return null
  if (!isWhole(index) || !isWhole(count) || index < 0 || index >= count || count > MAX_PARTS) return null
  const full = index === count - 1 ? bytes.length > 0 && bytes.length <= PART_BYTES : bytes.length === PART_BYTES
  return full ? { id, index, count, bytes } : null
}

const bad = (why: string): Result<never, SnapshotError> => err({ type: 'BadSnapshot', why })

function readHeads(value: unknown): ChangeHash[] | null {
  if (!Array.isArray(value) || value.length > MAX_CHANGE_HEADS) return null
  const heads = (value as readonly unknown[]).map((item) => (item instanceof Uint8Array ? ChangeHash.of(item) : null))
  const ascend = heads.every((head, at) => head !== null && (at === 0 || (heads[at - 1] ?? '') < head))
  return ascend && heads.length > 0 ? (heads as ChangeHash[]) : null
}

/** Signatures verified, each of this space and document, ascending by header id, each actor once. */
async function readHeaders(crypto: Crypto, value: unknown, space: SpaceId, document: DocumentId) {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_SNAPSHOT_AUTHORS) return null
  const headers: AuthorHeader[] = []
  for (const item of value as readonly unknown[]) {
    const [headerBytes, signature] = Array.isArray(item) && item.length === 2 ? (item as readonly unknown[]) : []
    if (!(headerBytes instanceof Uint8Array) || !isBytes(signature, 64)) return null
    const verified = await verifyAuthorHeader(crypto, headerBytes, signature, space)
    if (verified === null || verified.header.document !== document) return null
    if ((headers.at(-1)?.headerId ?? '') >= verified.headerId) return null
    headers.push({ headerBytes, signature, ...verified })
  }
  return headers
}

/** The actors of headers and of `former`; null where one is named twice or `by` names no header. */
function readActors(crypto: Crypto, headers: readonly AuthorHeader[], value: unknown, at: Place) {
  if (!Array.isArray(value) || value.length > MAX_SNAPSHOT_AUTHORS) return null
  const actors = new Map(headers.map(({ header }, index) => [header.actor as ActorId, index]))
  if (actors.size !== headers.length) return null
  const former: FormerActor[] = []
  for (const item of value as readonly unknown[]) {
    const [nonce, by] = Array.isArray(item) && item.length === 2 ? (item as readonly unknown[]) : []
    const device = isWhole(by) ? headers[by]?.header.device : undefined
    if (!isBytes(nonce, 16) || !isWhole(by) || device === undefined) return null
    const actor = deriveActor(crypto, at.space, device, at.document, nonce)
    if (actors.has(actor)) return null
    actors.set(actor, by)
    former.push({ nonce, by })
  }
  return { actors, former }
}

interface Place {
  readonly space: SpaceId
  readonly document: DocumentId
}

/** A snapshot from all its parts, in their order: shape, common id and every author's signature. The save is not looked at. */
export async function openSnapshot(
  crypto: Crypto,
  place: Place,
  parts: readonly Part[],
): Promise<Result<Snapshot, SnapshotError>> {
  const whole = concat(...parts.map(({ bytes }) => bytes))
  const id = crypto.hash(SNAPSHOT, whole)
  if (parts.some((part) => !part.id.every((byte, at) => byte === id[at]))) return bad('id')
  const decoded = decode(whole)
  if (!decoded.ok || typeof decoded.value !== 'object' || decoded.value === null) return bad('shape')
  const fields = decoded.value as Readonly<Record<string, unknown>>
  if (isWhole(fields['form']) && fields['form'] > 0) return err({ type: 'Unreadable', why: 'form' })
  const { form, save } = fields
  if (Object.keys(fields).length !== 5 || form !== 0 || !(save instanceof Uint8Array)) return bad('shape')
  const heads = readHeads(fields['heads'])
  if (heads === null) return bad('heads')
  const headers = await readHeaders(crypto, fields['headers'], place.space, place.document)
  if (headers === null) return bad('headers')
  const read = readActors(crypto, headers, fields['former'], place)
  return read === null ? bad('actors') : ok({ document: place.document, heads, headers, save, ...read })
}
