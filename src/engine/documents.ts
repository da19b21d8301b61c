// The documents of one space as Automerge documents in the engine's Repo: opened when needed and rebuilt from accepted
// entries, own changes sealed as they come, remote ones applied in batches. Never lets a change in that the guard has
// not passed, and never writes two sequences under one actor (rules EN-7, EN-8, IN).
import { next as A } from '@automerge/automerge/slim'
import {
  type BinaryDocumentId,
  type DocHandle,
  type Repo,
  parseAutomergeUrl,
  stringifyAutomergeUrl,
} from '@automerge/automerge-repo/slim'
import type { Bytes } from '../base/bytes.ts'
import { ActorId, ChangeHash, type DocumentId, type EntryId, idBytes } from '../base/ids.ts'
import { type OpenedEntry, packChanges } from '../log/entry.ts'
import type { SpaceLog } from '../log/space-log.ts'
import { type AnyDoc, Arrivals } from './arrivals.ts'
import type { Kept } from './snapshot-records.ts'
import { type Slot, type Writers } from './writers.ts'

/** Bytes of raw changes in one entry: below the outer limit after padding. */
const BATCH_BYTES = 150_000
/** Bytes of one raw change that an entry can hold. */
const MAX_CHANGE_BYTES = 185_000

export interface ChangesFields {
  readonly document: DocumentId
  readonly actor: ActorId
  readonly nonce: Bytes
  readonly first: number
  readonly last: number
  readonly hash: ChangeHash
}

export interface DocumentsHost {
  readonly repo: Repo
  readonly log: SpaceLog
  readonly writers: Writers
  /** Seals and stores an entry of changes; false when nothing can be written now (asked again later by `drain`). */
  append(fields: ChangesFields, payload: Bytes): Promise<boolean>
  load(ids: readonly EntryId[]): Promise<readonly OpenedEntry[]>
  /** The sound snapshot in force of this document. */
  snapshot(document: DocumentId): Kept | null
  /** Its save; null when its entries are not here as they were. */
  loadSnapshot(kept: Kept): Promise<Bytes | null>
  /** Heads that active devices have signed for this document. */
  vouched(document: DocumentId): readonly string[]
  /** A document was changed, here or from afar. */
  changed(document: DocumentId, local: boolean): void
  hasChunks(document: DocumentId): Promise<boolean>
  /** An entry could not be stored: `drain` is asked for in a while. */
  sealingFailed(cause: unknown): void
}

interface Open {
  readonly handle: DocHandle<AnyDoc>
  seen: A.Heads
  sealing: Promise<void>
  /** Last sealed sequence by own actor. */
  readonly sealed: Map<string, number>
  applying: boolean
  readonly arrivals: Arrivals
}

export const urlOf = (document: DocumentId) => stringifyAutomergeUrl(idBytes(document) as BinaryDocumentId)

/** automerge-repo's own form of the id. */
export const documentKey = (document: DocumentId) => parseAutomergeUrl(urlOf(document)).documentId

export class SpaceDocuments {
  #open = new Map<DocumentId, Promise<Open>>()
  #ready = new Map<DocumentId, Open>()
  /** Documents with own changes that could not be sealed yet. */
  #unsealed = new Set<DocumentId>()
  /** A `drain` has been asked for and has not come: one is enough, however many changes wait. */
  #asked = false

  constructor(private readonly host: DocumentsHost) {}

  isOpen(document: DocumentId): boolean {
    return this.#ready.has(document)
  }

  /** The document as it stands here. */
  async read(document: DocumentId): Promise<A.Doc<AnyDoc>> {
    return (await this.open(document)).handle.doc()
  }

  /** The open document's present value, or null when it is not open. */
  peek(document: DocumentId): A.Doc<AnyDoc> | null {
    return this.#ready.get(document)?.handle.doc() ?? null
  }

  open(document: DocumentId): Promise<Open> {
    const known = this.#open.get(document)
    if (known !== undefined) return known
    const opening = this.#load(document)
    this.#open.set(document, opening)
    opening.catch(() => this.#open.delete(document))
    return opening
  }

  /** Makes a document by these changes, one after the other; durable when it resolves. False: one is too large for an entry. */
  async create(document: DocumentId, steps: readonly ((doc: AnyDoc) => void)[]): Promise<boolean> {
    const { actor } = await this.host.writers.actor(document, 'engine')
    let doc = A.init<AnyDoc>({ actor })
    for (const step of steps) {
      doc = A.change(doc, step)
      if (isTooLarge(doc)) return false
    }
    const opening = Promise.resolve(this.#watch(document, this.#import(document, doc), [], new Map()))
    this.#open.set(document, opening)
    await this.#seal(document, await opening)
    await this.host.repo.flush([documentKey(document)])
    return true
  }

  /**
   * A change by the engine itself, under its own actor. What `change` throws is thrown on, and nothing is changed. False: it
   * is too large for an entry (tried on a copy first: what is once in a document cannot be taken out).
   */
  async edit(document: DocumentId, change: (doc: AnyDoc) => void): Promise<boolean> {
    const open = await this.open(document)
    if (isTooLarge(A.change(A.clone(open.handle.doc()), change))) return false
    const { actor } = await this.host.writers.actor(document, 'engine')
    if (A.getActorId(open.handle.doc()) !== actor) open.handle.update((doc) => A.clone(doc, { actor }))
    open.handle.change(change)
    await this.#seal(document, open)
    return true
  }

  /** When what was written here is durable, in an entry or, while none can be made, in the stored document itself. */
  async kept(document: DocumentId): Promise<void> {
    if (this.#unsealed.has(document)) await this.host.repo.flush([documentKey(document)])
  }

  /** The actor for a slot of this device (the page's or the engine's). */
  async actor(document: DocumentId, slot: Slot): Promise<ActorId> {
    await this.open(document)
    return (await this.host.writers.actor(document, slot)).actor
  }

  /** Newly accepted entries of this document: applied now when it is open, otherwise when it opens. */
  async arrived(document: DocumentId): Promise<void> {
    const open = this.#ready.get(document)
    if (open === undefined) return
    await this.#takeSnapshot(document, open)
    await this.#apply(document, open)
  }

  /** Seals what could not be sealed before, and waits for all sealing. */
  async drain(): Promise<void> {
    this.#asked = false
    for (const document of [...this.#unsealed]) {
      const open = this.#ready.get(document)
      if (open !== undefined) await this.#seal(document, open)
    }
    await Promise.all([...this.#ready.values()].map((open) => open.sealing))
  }

  openIds(): readonly DocumentId[] {
    return [...this.#ready.keys()]
  }

  /** Documents with own changes that no entry holds yet. */
  unsealed(): ReadonlySet<DocumentId> {
    return this.#unsealed
  }

  heads(document: DocumentId): readonly string[] {
    const open = this.#ready.get(document)
    return open === undefined ? [] : A.getHeads(open.handle.doc())
  }

  async #load(document: DocumentId): Promise<Open> {
    const { repo, log, writers } = this.host
    let handle: DocHandle<AnyDoc>
    if (await this.host.hasChunks(document)) handle = await repo.find<AnyDoc>(urlOf(document))
    else handle = this.#import(document, A.init<AnyDoc>())
    const sealed = new Map<string, number>()
    for (const meta of log.contentOf(document))
      if (meta.own && meta.actor !== null && meta.last !== null)
        sealed.set(meta.actor, Math.max(sealed.get(meta.actor) ?? 0, meta.last))
    // Own changes that reached the chunks but no entry (a crash in between) are found and sealed now.
    const clean = await writers.wasClean(document)
    const doc = handle.doc()
    const open = this.#watch(document, handle, clean ? A.getHeads(doc) : [], sealed)
    await this.#takeSnapshot(document, open)
    await this.#apply(document, open)
    if (!clean) await this.#seal(document, open)
    return open
  }

  /** What a sound snapshot has and the document lacks. It was loaded and judged before it was kept (snapshots.ts). */
  async #takeSnapshot(document: DocumentId, open: Open): Promise<void> {
    const kept = this.host.snapshot(document)
    if (kept === null || A.hasHeads(open.handle.doc(), [...kept.heads])) return
    const save = await this.host.loadSnapshot(kept)
    if (save === null) return
    // What one wrote oneself can come back by it (storage put back from a copy): it is sealed already.
    for (const { actor, last } of kept.tips)
      if (await this.host.writers.isOwn(document, actor))
        open.sealed.set(actor, Math.max(open.sealed.get(actor) ?? 0, last))
    open.applying = true
    try {
      open.handle.update((doc) => loaded(doc, save))
    } finally {
      open.applying = false
    }
  }

  #import(document: DocumentId, doc: A.Doc<AnyDoc>): DocHandle<AnyDoc> {
    const handle = this.host.repo.import<AnyDoc>(A.save(doc), { docId: documentKey(document) })
    handle.doneLoading()
    return handle
  }

  #watch(document: DocumentId, handle: DocHandle<AnyDoc>, seen: A.Heads, sealed: Map<string, number>): Open {
    const open: Open = {
      handle,
      seen,
      sealing: Promise.resolve(),
      sealed,
      applying: false,
      arrivals: new Arrivals(this.host.log),
    }
    handle.on('change', () => {
      if (!open.applying) void this.#seal(document, open)
      this.host.changed(document, !open.applying)
    })
    this.#ready.set(document, open)
    return open
  }

  #seal(document: DocumentId, open: Open): Promise<void> {
    open.sealing = open.sealing.then(async () => {
      try {
        await this.#sealNow(document, open)
      } catch (cause) {
        // Storage refused: what was written is in the document and in nobody's hands. It is tried again, and before a lock.
        this.#unsealed.add(document)
        if (this.#asked) return
        this.#asked = true
        this.host.sealingFailed(cause)
      }
    })
    return open.sealing
  }

  async #sealNow(document: DocumentId, open: Open): Promise<void> {
    const doc = open.handle.doc()
    const heads = A.getHeads(doc)
    const own = new Map<string, A.ChangeMetadata[]>()
    for (const meta of A.getChangesMetaSince(doc, open.seen)) {
      const after = open.sealed.get(meta.actor) ?? 0
      if (meta.seq <= after || !(await this.host.writers.isOwn(document, meta.actor))) continue
      own.set(meta.actor, [...(own.get(meta.actor) ?? []), meta])
    }
    for (const [actor, metas] of own) {
      metas.sort((a, b) => a.seq - b.seq)
      for (const batch of this.#batches(doc, metas)) {
        const first = batch.metas[0]
        const last = batch.metas[batch.metas.length - 1]
        const nonce = await this.host.writers.nonce(document, actor)
        const hash = last === undefined ? null : ChangeHash.parse(last.hash)
        const id = ActorId.parse(actor)
        if (first === undefined || last === undefined || hash === null || id === null || nonce === null) continue
        const fields = { document, actor: id, nonce, first: first.seq, last: last.seq, hash }
        if (!(await this.host.append(fields, packChanges(batch.changes)))) {
          this.#unsealed.add(document)
          return
        }
        open.sealed.set(actor, last.seq)
      }
    }
    this.#unsealed.delete(document)
    open.seen = heads
  }

  #batches(doc: A.Doc<AnyDoc>, metas: readonly A.ChangeMetadata[]): { metas: A.ChangeMetadata[]; changes: Bytes[] }[] {
    const backend = A.getBackend(doc)
    const out: { metas: A.ChangeMetadata[]; changes: Bytes[] }[] = []
    let size = Number.POSITIVE_INFINITY
    for (const meta of metas) {
      const change = backend.getChangeByHash(meta.hash)
      if (change === null) throw new Error('a change that Automerge named is not in it')
      // No entry can hold it, so nobody else will ever see it; faces cut what they write so that this does not happen.
      if (change.length > MAX_CHANGE_BYTES) continue
      const last = out[out.length - 1]
      if (last === undefined || size + change.length > BATCH_BYTES) {
        out.push({ metas: [meta], changes: [change] })
        size = change.length
      } else {
        last.metas.push(meta)
        last.changes.push(change)
        size += change.length
      }
    }
    return out
  }

  /** Applies every accepted entry that the document does not hold yet, and what active devices vouch for. */
  async #apply(document: DocumentId, open: Open): Promise<void> {
    const { log } = this.host
    const fresh = log.contentOf(document).filter((meta) => {
      const counts = meta.state === 'accepted' || meta.reason === 'unvouched'
      return counts && meta.hash !== null && open.arrivals.isNew(meta.id)
    })
    // What one wrote oneself can come from elsewhere (storage put back from a copy): it is sealed already.
    for (const { actor, last } of fresh)
      if (actor !== null && last !== null && (await this.host.writers.isOwn(document, actor)))
        open.sealed.set(actor, Math.max(open.sealed.get(actor) ?? 0, last))
    const lacking = fresh.filter((meta) => meta.hash !== null && !A.hasHeads(open.handle.doc(), [meta.hash]))
    const rejected = open.arrivals.add(await this.host.load(lacking.map((meta) => meta.id)))
    const { entries, settlements } = open.arrivals.ready(open.handle.doc(), this.host.vouched(document))
    this.#applyChanges(open, entries)
    const told = [...rejected, ...settlements]
    if (told.length > 0) await log.settle(told)
  }

  /** All at once; when Automerge refuses, entry by entry, so that a hostile one holds back nobody else's. */
  #applyChanges(open: Open, entries: readonly (readonly Bytes[])[]): void {
    if (entries.length === 0) return
    open.applying = true
    try {
      open.handle.update((doc) => applied(doc, entries.flat()) ?? entries.reduce((d, one) => applied(d, one) ?? d, doc))
    } finally {
      open.applying = false
    }
  }
}

/** Whether the last change made here does not fit an entry's payload. */
function isTooLarge(doc: A.Doc<AnyDoc>): boolean {
  return (A.getLastLocalChange(doc)?.length ?? 0) > MAX_CHANGE_BYTES
}

/** With what a save brings; as it is, where Automerge refuses it beside what is here. */
function loaded(doc: A.Doc<AnyDoc>, save: Bytes): A.Doc<AnyDoc> {
  try {
    return A.loadIncremental(doc, save)
  } catch (cause) {
    if (cause instanceof WebAssembly.RuntimeError) throw cause
    return doc
  }
}

function applied(doc: A.Doc<AnyDoc>, changes: readonly Bytes[]): A.Doc<AnyDoc> | null {
  try {
    return A.applyChanges(doc, [...changes])[0]
  } catch (cause) {
    // The module has ended, which is no fault of these changes.
    if (cause instanceof WebAssembly.RuntimeError) throw cause
    return null
  }
}
