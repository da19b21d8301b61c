// A document's way into the Repo from what is stored: this device's own copy, a snapshot's save, or nothing yet. Owns what is loaded and
// that nothing which fits in no entry comes back from a copy (IN-18). Never judges a save: that was done before it was kept.
import { next as A } from '@automerge/automerge/slim'
import {
  type BinaryDocumentId,
  type DocHandle,
  type Repo,
  parseAutomergeUrl,
  stringifyAutomergeUrl,
} from '@automerge/automerge-repo/slim'
import type { Bytes } from '../base/bytes.ts'
import { type DocumentId, idBytes } from '../base/ids.ts'
import type { AnyDoc } from './arrivals.ts'
import { rewritten, unfit } from './rewriting.ts'
import { salvaged } from './salvage.ts'
import type { Writers } from './writers.ts'

export interface StoredHost {
  readonly repo: Repo
  readonly writers: Writers
  hasChunks(document: DocumentId): Promise<boolean>
  /** The stored copy of a document, as its bytes, and its end. */
  storedCopy(document: DocumentId): Promise<Bytes | null>
  forgetCopy(document: DocumentId): Promise<void>
}

export const urlOf = (document: DocumentId) => stringifyAutomergeUrl(idBytes(document) as BinaryDocumentId)

/** automerge-repo's own form of the id. */
export const documentKey = (document: DocumentId) => parseAutomergeUrl(urlOf(document)).documentId

/** `whole`: all that was in the copy is there. */
export interface StoredDocument {
  readonly handle: DocHandle<AnyDoc>
  readonly whole: boolean
}

/**
 * From this device's own copy; null where there is none. What cannot be loaded is made anew: the entries have everything but what was not
 * sealed, and that is kept where it can be read.
 */
export async function stored(host: StoredHost, document: DocumentId): Promise<StoredDocument | null> {
  if (!(await host.hasChunks(document))) return null
  const isOwn = (actor: string) => host.writers.isOwn(document, actor)
  if (await host.writers.wasClean(document)) {
    const handle = await found(host, document)
    if (handle !== null) return { handle, whole: true }
  }
  const bytes = await host.storedCopy(document)
  if (bytes === null) return null
  const doc = loadedAlone(bytes)
  if (doc === null) return { handle: await anew(host, document, await salvaged(bytes, isOwn)), whole: false }
  const bad = await unfit(doc, isOwn)
  if (bad.size === 0) return { handle: await host.repo.find<AnyDoc>(urlOf(document)), whole: true }
  // Written anew in pieces before anybody, the page included, holds what fits in no entry.
  const { actor } = await host.writers.actor(document, 'engine')
  return { handle: await anew(host, document, rewritten(doc, bad, actor)), whole: true }
}

/** null: the copy does not load. */
async function found({ repo }: StoredHost, document: DocumentId): Promise<DocHandle<AnyDoc> | null> {
  try {
    return await repo.find<AnyDoc>(urlOf(document))
  } catch (cause) {
    if (cause instanceof WebAssembly.RuntimeError) throw cause
    return null
  }
}

/** In place of the copy. */
async function anew(host: StoredHost, document: DocumentId, doc: A.Doc<AnyDoc>): Promise<DocHandle<AnyDoc>> {
  await host.forgetCopy(document)
  const handle = imported(host, document, doc)
  await host.repo.flush([documentKey(document)])
  return handle
}

/** null: Automerge does not load it. */
function loadedAlone(copy: Bytes): A.Doc<AnyDoc> | null {
  try {
    return A.loadIncremental(A.init<AnyDoc>(), copy)
  } catch (cause) {
    if (cause instanceof WebAssembly.RuntimeError) throw cause
    return null
  }
}

export function imported(
  { repo }: Pick<StoredHost, 'repo'>,
  document: DocumentId,
  doc: A.Doc<AnyDoc>,
): DocHandle<AnyDoc> {
  const handle = repo.import<AnyDoc>(A.save(doc), { docId: documentKey(document) })
  handle.doneLoading()
  return handle
}

/** With what a save brings; as it is, where Automerge refuses it beside what is here. */
export function withSave(doc: A.Doc<AnyDoc>, save: Bytes): A.Doc<AnyDoc> {
  try {
    // Into nothing it is loaded as a file is: through patches it takes more than twice as long.
    if (A.getHeads(doc).length === 0) return A.load<AnyDoc>(save, { actor: A.getActorId(doc) })
    return A.loadIncremental(doc, save)
  } catch (cause) {
    if (cause instanceof WebAssembly.RuntimeError) throw cause
    return doc
  }
}
