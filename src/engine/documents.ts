// The documents of one space as Automerge documents in the engine's Repo: opened when needed and rebuilt from accepted
// entries, own changes sealed by ticks, remote ones applied in batches. Never lets a change in that the guard has
// not passed, and never writes two sequences under one actor (rules EN-7, EN-8, IN).
import { next as A } from '@automerge/automerge/slim'
import type { DocHandle } from '@automerge/automerge-repo/slim'
import type { Bytes } from '../base/bytes.ts'
import type { Millis } from '../base/environment.ts'
import { ActorId, ChangeHash, type DocumentId, type EntryId } from '../base/ids.ts'
import { type OpenedEntry, packChanges } from '../log/entry.ts'
import type { SpaceLog } from '../log/space-log.ts'
import type { EntryMeta } from '../log/store.ts'
import { misfit, packed } from '../ingest/pack.ts'
import { type AnyDoc, Arrivals } from './arrivals.ts'
import { type HeldBack, type HeldEntry, dueAt, isGivenUp } from './held-back.ts'
import { reached } from './reached.ts'
import type { Kept } from './snapshot-records.ts'
import { documentKey, imported, stored, type StoredHost, withSave } from './stored-document.ts'
import { type Company, Ticks } from './ticks.ts'
import { type Arrival, DocumentTrials, type Held, type Trials } from './trials.ts'
import type { Slot } from './writers.ts'

/** Bytes of stored entries that are read at once. */
const SLICE_BYTES = 4 * 1024 * 1024

export interface ChangesFields {
  readonly document: DocumentId
  readonly actor: ActorId
  readonly nonce: Bytes
  readonly first: number
  readonly last: number
  readonly hash: ChangeHash
}

export interface DocumentsHost extends StoredHost {
  readonly log: SpaceLog
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
  /** Who would see what is typed into it now. */
  company(document: DocumentId): Company
  /** An entry of it is not acknowledged yet. */
  underWay(document: DocumentId): boolean
  /** An entry could not be stored: `drain` is asked for in a while. */
  sealingFailed(cause: unknown): void
  readonly trials: Trials
  readonly heldBack: HeldBack
}

interface Open {
  readonly handle: DocHandle<AnyDoc>
  seen: A.Heads
  sealing: Promise<void>
  /** Last sealed sequence by own actor. */
  readonly sealed: Map<string, number>
  applying: boolean
  readonly arrivals: Arrivals
  readonly trials: DocumentTrials
  /** One application after the other. */
  turn: Promise<unknown>
  /** A check that was put off is asked for. */
  checking: boolean
}

export class SpaceDocuments {
  #open = new Map<DocumentId, Promise<Open>>()
  #ready = new Map<DocumentId, Open>()
  /** Documents with own changes that could not be sealed yet. */
  #unsealed = new Set<DocumentId>()
  /** Documents with an own change that no entry can hold: what depends on it waits until they are opened anew. */
  #stuck = new Set<DocumentId>()
  readonly #timers = new Set<() => void>()
  #closed = false
  /** Documents whose changes are on their way into entries. */
  readonly #beingSealed = new Set<DocumentId>()
  readonly #ticks: Ticks
  /** A `drain` has been asked for and has not come: one is enough, however many changes wait. */
  #asked = false

  constructor(private readonly host: DocumentsHost) {
    this.#ticks = new Ticks({
      clock: host.trials.clock,
      company: (document) => host.company(document),
      underWay: (document) => host.underWay(document),
      due: (document) => {
        const open = this.#ready.get(document)
        if (open !== undefined) void this.#seal(document, open)
      },
    })
  }

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

  /** Makes a document by these changes, one after the other; durable when it resolves. False: no entry can hold one of them. */
  async create(document: DocumentId, steps: readonly ((doc: AnyDoc) => void)[]): Promise<boolean> {
    const { actor } = await this.host.writers.actor(document, 'engine')
    let doc = A.init<AnyDoc>({ actor })
    for (const step of steps) {
      doc = A.change(doc, step)
      if (doesNotFit(doc)) return false
    }
    const opening = Promise.resolve(this.#watch(document, imported(this.host, document, doc), [], new Map()))
    this.#open.set(document, opening)
    await this.#seal(document, await opening)
    await this.host.repo.flush([documentKey(document)])
    return true
  }

  /**
   * A change by the engine itself, under its own actor. What `change` throws is thrown on, and nothing is changed. False: no
   * entry can hold it (tried on a copy first: what is once in a document cannot be taken out).
   */
  async edit(document: DocumentId, change: (doc: AnyDoc) => void): Promise<boolean> {
    const open = await this.open(document)
    if (doesNotFit(A.change(A.clone(open.handle.doc()), change))) return false
    const { actor } = await this.host.writers.actor(document, 'engine')
    if (A.getActorId(open.handle.doc()) !== actor) open.handle.update((doc) => A.clone(doc, { actor }))
    open.handle.change(change)
    await this.#seal(document, open)
    return true
  }

  /** When what was written here is durable, in an entry or, while none can be made, in the stored document itself. */
  async kept(document: DocumentId): Promise<void> {
    if (this.unsealed().has(document)) await this.host.repo.flush([documentKey(document)])
  }

  /** When it has these changes (heads), sealed or waiting to be, and they are durable. */
  async settled(document: DocumentId, heads: readonly string[]): Promise<void> {
    const open = await this.open(document)
    await reached(open.handle, heads)
    await open.sealing
    await this.kept(document)
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

  /** Seals everything written here, whatever its tick, and waits for all sealing. */
  async drain(): Promise<void> {
    this.#ticks.forced()
    for (const document of this.#ticks.waiting()) await this.seal(document)
    await this.retry()
  }

  /** Seals what could not be sealed before, and waits for all sealing; what waits for its tick waits on. */
  async retry(): Promise<void> {
    this.#asked = false
    for (const document of [...this.#unsealed]) await this.seal(document)
    await Promise.all([...this.#ready.values()].map((open) => open.sealing))
  }

  /** Seals all of this one, if it is open: before anything is said of what it holds. */
  async seal(document: DocumentId): Promise<void> {
    const open = this.#ready.get(document)
    if (open !== undefined) await this.#seal(document, open)
  }

  openIds(): readonly DocumentId[] {
    return [...this.#ready.keys()]
  }

  /** Documents with own changes that no entry holds yet. */
  unsealed(): ReadonlySet<DocumentId> {
    return new Set([...this.#unsealed, ...this.#ticks.waiting(), ...this.#beingSealed])
  }

  /** Something in it cannot be opened on this device, or cannot leave it, yet. */
  isHeldBack(document: DocumentId): boolean {
    return this.#held(document).length > 0 || this.#stuck.has(document)
  }

  /** What is held back of it; what was rejected since is nobody's loss. */
  #held(document: DocumentId): readonly HeldEntry[] {
    return this.host.heldBack.of(document).filter(({ id }) => this.host.log.get(id)?.state !== 'rejected')
  }

  /** Somebody asks for what was given up: it is tried once more, at once in what is open, else when it opens. */
  tryHeldAgain(): void {
    for (const held of this.host.heldBack.again()) {
      const open = this.#ready.get(held.document)
      if (open !== undefined) this.#tryLater(held.document, open, held, dueAt(held))
    }
  }

  heads(document: DocumentId): readonly string[] {
    const open = this.#ready.get(document)
    return open === undefined ? [] : A.getHeads(open.handle.doc())
  }

  async #load(document: DocumentId): Promise<Open> {
    const { log, writers } = this.host
    const copy = await stored(this.host, document)
    const handle = copy?.handle ?? imported(this.host, document, A.init<AnyDoc>())
    const sealed = new Map<string, number>()
    for (const meta of log.contentOf(document))
      if (meta.own && meta.actor !== null && meta.last !== null)
        sealed.set(meta.actor, Math.max(sealed.get(meta.actor) ?? 0, meta.last))
    // Own changes that reached the chunks but no entry (a crash in between) are found and sealed now.
    const clean = copy?.whole !== false && (await writers.wasClean(document))
    const doc = handle.doc()
    const open = this.#watch(document, handle, clean ? A.getHeads(doc) : [], sealed)
    await this.#takeSnapshot(document, open)
    await this.#apply(document, open)
    if (!clean) await this.#seal(document, open)
    this.#tryAllLater(document, open)
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
      open.handle.update((doc) => withSave(doc, save))
    } finally {
      open.applying = false
    }
  }

  #watch(document: DocumentId, handle: DocHandle<AnyDoc>, seen: A.Heads, sealed: Map<string, number>): Open {
    const trials = new DocumentTrials(this.host.trials, {
      name: document,
      doc: () => handle.doc(),
      apply: (changes) => applyTo(open, changes),
    })
    const open: Open = {
      handle,
      seen,
      sealing: Promise.resolve(),
      sealed,
      applying: false,
      arrivals: new Arrivals(this.host.log),
      trials,
      turn: Promise.resolve(),
      checking: false,
    }
    handle.on('change', () => {
      if (open.applying) this.#ticks.heard(document)
      else this.#ticks.changed(document)
      this.host.changed(document, !open.applying)
    })
    this.#ready.set(document, open)
    return open
  }

  #seal(document: DocumentId, open: Open): Promise<void> {
    open.sealing = open.sealing.then(async () => {
      if (this.#ticks.sealing(document)) this.#beingSealed.add(document)
      try {
        await this.#sealNow(document, open)
      } catch (cause) {
        // Storage refused: what was written is in the document and in nobody's hands. It is tried again, and before a lock.
        this.#unsealed.add(document)
        if (this.#asked) return
        this.#asked = true
        this.host.sealingFailed(cause)
      } finally {
        this.#beingSealed.delete(document)
      }
    })
    return open.sealing
  }

  async #sealNow(document: DocumentId, open: Open): Promise<void> {
    const { writers } = this.host
    const doc = open.handle.doc()
    const heads = A.getHeads(doc)
    const own = new Map<string, A.ChangeMetadata[]>()
    const stuck = new Set<string>()
    for (const meta of A.getChangesMetaSince(doc, open.seen)) {
      if (meta.seq <= (open.sealed.get(meta.actor) ?? 0) || !(await writers.isOwn(document, meta.actor))) continue
      // What nobody else could take in, and what would be nothing to them without it, stays here (see `stored`).
      if (meta.deps.some((hash) => stuck.has(hash)) || misfit(changeOf(doc, meta.hash)) !== null) stuck.add(meta.hash)
      else own.set(meta.actor, [...(own.get(meta.actor) ?? []), meta])
    }
    for (const [actor, metas] of own) {
      metas.sort((a, b) => a.seq - b.seq)
      const id = ActorId.parse(actor)
      if (id !== null && !(await this.#sealAs(document, open, id, metas))) return
    }
    if (stuck.size > 0) {
      this.#stuck.add(document)
      this.#unsealed.add(document)
      return
    }
    this.#unsealed.delete(document)
    open.seen = heads
    // Nothing of it was to be sealed: it waits no more, and nothing else tells of it.
    if (own.size === 0 && this.#beingSealed.has(document)) this.host.changed(document, false)
  }

  /** False: nothing can be written now. */
  async #sealAs(
    document: DocumentId,
    open: Open,
    actor: ActorId,
    metas: readonly A.ChangeMetadata[],
  ): Promise<boolean> {
    const doc = open.handle.doc()
    const nonce = await this.host.writers.nonce(document, actor)
    if (nonce === null) return true
    let at = 0
    for (const changes of packed(metas.map((meta) => changeOf(doc, meta.hash)))) {
      const [first, last] = [metas[at], metas[at + changes.length - 1]]
      at += changes.length
      if (first === undefined || last === undefined) throw new Error('more changes packed than there were')
      const hash = ChangeHash.parse(last.hash)
      if (hash === null) throw new Error('a change whose hash is none')
      const fields = { document, actor, nonce, first: first.seq, last: last.seq, hash }
      if (!(await this.host.append(fields, packChanges(changes)))) {
        this.#unsealed.add(document)
        return false
      }
      open.sealed.set(actor, last.seq)
    }
    return true
  }

  /** Applies every accepted entry that the document does not hold yet, and what active devices vouch for. */
  #apply(document: DocumentId, open: Open): Promise<void> {
    const run = open.turn.then(() => this.#applyNow(document, open))
    open.turn = run.catch(() => undefined)
    return run
  }

  async #applyNow(document: DocumentId, open: Open): Promise<void> {
    const { log, heldBack, trials } = this.host
    const now = trials.clock.now()
    const fresh = log.contentOf(document).filter((meta) => {
      const counts = meta.state === 'accepted' || meta.reason === 'unvouched'
      return counts && meta.hash !== null && open.arrivals.isNew(meta.id) && !heldBack.rests(meta.id, now)
    })
    // What one wrote oneself can come from elsewhere (storage put back from a copy): it is sealed already.
    for (const { actor, last } of fresh)
      if (actor !== null && last !== null && (await this.host.writers.isOwn(document, actor)))
        open.sealed.set(actor, Math.max(open.sealed.get(actor) ?? 0, last))
    const doc = open.handle.doc()
    const lacking = fresh.filter((meta) => meta.hash !== null && !A.hasHeads(doc, [meta.hash]))
    const slices = slicesOf(lacking.sort((a, b) => a.order - b.order))
    do await this.#takeIn(document, open, slices.shift() ?? [])
    while (slices.length > 0 || this.#woken(open, slices))
    this.#checkLater(document, open)
  }

  /** What was left on disk and can come in now, as more slices. */
  #woken(open: Open, slices: EntryId[][]): boolean {
    const metas = open.arrivals.woken().flatMap((id) => this.host.log.get(id) ?? [])
    slices.push(...slicesOf(metas))
    return slices.length > 0
  }

  async #takeIn(document: DocumentId, open: Open, ids: readonly EntryId[]): Promise<void> {
    const rejected = open.arrivals.add(await this.host.load(ids))
    const { entries, settlements } = open.arrivals.ready(open.handle.doc(), this.host.vouched(document))
    const tries = entries.map(({ id }) => this.host.heldBack.tries(id))
    const held = await open.trials.run(entries, 4 ** Math.max(0, ...tries))
    await this.#hold(document, open, held)
    // Held back before, and in with the others now.
    for (const { id } of entries)
      if (this.host.heldBack.has(id) && !held.some((one) => one.id === id)) await this.host.heldBack.release(id)
    const out = ({ id, hashes }: Arrival) =>
      !held.some((one) => one.id === id) && !A.hasHeads(open.handle.doc(), hashes.slice(-1))
    open.arrivals.back(new Set(entries.filter(out).map(({ id }) => id)))
    const told = [...rejected, ...settlements]
    if (told.length > 0) await this.host.log.settle(told)
    await this.#letGoOfHeld(document, open)
  }

  async #hold(document: DocumentId, open: Open, held: readonly Held[]): Promise<void> {
    const { heldBack, trials } = this.host
    for (const { id, fault, untried } of held) {
      await heldBack.hold(id, document, fault, trials.clock.now(), untried !== true)
      this.#tryAllLater(document, open, id)
    }
    if (held.length > 0) this.host.changed(document, false)
  }

  /** `only`: of this entry alone. */
  #tryAllLater(document: DocumentId, open: Open, only?: EntryId): void {
    for (const held of this.#held(document))
      if (!isGivenUp(held) && (only ?? held.id) === held.id) this.#tryLater(document, open, held, dueAt(held))
  }

  /** What was rejected for everybody since, or came in by a snapshot, is held back no longer. */
  async #letGoOfHeld(document: DocumentId, open: Open): Promise<void> {
    const { heldBack, log } = this.host
    for (const { id, fault } of heldBack.of(document)) {
      const meta = log.get(id)
      // What was found out only afterwards is in until the next start.
      const isIn = fault !== 'unloadable' && meta?.hash != null && A.hasHeads(open.handle.doc(), [meta.hash])
      if (isIn || meta?.state === 'rejected') await heldBack.release(id)
    }
  }

  /** Once more, with patience, when it is time; nothing else that comes is kept waiting. */
  #tryLater(document: DocumentId, open: Open, { id }: { readonly id: EntryId }, due: Millis): void {
    this.#after(due - this.host.trials.clock.now(), () => this.#retry(document, open, id))
  }

  async #retry(document: DocumentId, open: Open, id: EntryId): Promise<void> {
    const { heldBack } = this.host
    if (!heldBack.has(id)) return
    const found = open.turn.then(() => this.#arrival(document, open, id))
    open.turn = found.catch(() => undefined)
    const arrival = await found
    if (arrival === null || this.#closed) return
    const fault = await open.trials.retry(arrival)
    if (this.#closed) return
    if (fault === 'ended') return
    if (fault !== 'sound') return this.#hold(document, open, [{ id, fault }])
    await heldBack.release(id)
    this.host.changed(document, false)
    await this.#apply(document, open)
  }

  /** A held entry as it can be tried now; null while what it depends on is not here. */
  async #arrival(document: DocumentId, open: Open, id: EntryId): Promise<Arrival | null> {
    open.arrivals.add(await this.host.load([id]))
    const { entries } = open.arrivals.ready(open.handle.doc(), this.host.vouched(document))
    open.arrivals.back(new Set(entries.filter((one) => one.id !== id).map((one) => one.id)))
    return entries.find((one) => one.id === id) ?? null
  }

  /** Checks that were put off for a large document are made when there is time. */
  #checkLater(document: DocumentId, open: Open): void {
    const { owed } = open.trials
    if (owed === null || open.checking) return
    open.checking = true
    this.#after(owed, async () => {
      const held = open.turn.then(() => open.trials.settleChecks())
      open.turn = held.catch(() => undefined)
      await this.#hold(document, open, await held)
      open.checking = false
      this.#checkLater(document, open)
    })
  }

  #after(delay: Millis, run: () => Promise<unknown>): void {
    const cancel = this.host.trials.clock.after(Math.max(0, delay), () => {
      this.#timers.delete(cancel)
      if (!this.#closed) run().catch((cause: unknown) => this.host.sealingFailed(cause))
    })
    this.#timers.add(cancel)
  }

  /** Nothing more is tried. */
  close(): void {
    this.#closed = true
    this.#ticks.close()
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
  }
}

function applyTo(open: Open, changes: readonly Bytes[]): void {
  open.applying = true
  try {
    open.handle.update((doc) => A.applyChanges(doc, [...changes])[0])
  } finally {
    open.applying = false
  }
}

/** Whether the last change made here fits in no entry. */
function doesNotFit(doc: A.Doc<AnyDoc>): boolean {
  const change = A.getLastLocalChange(doc)
  return change !== undefined && misfit(change) !== null
}

function changeOf(doc: A.Doc<AnyDoc>, hash: string): Bytes {
  const change = A.getBackend(doc).getChangeByHash(hash)
  if (change === null) throw new Error('a change that Automerge named is not in it')
  return change
}

/** Ids in runs that are read at once. */
function slicesOf(metas: readonly EntryMeta[]): EntryId[][] {
  const slices: EntryId[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const { id, size } of metas) {
    const last = slices.at(-1)
    bytes += size
    if (last !== undefined && bytes <= SLICE_BYTES) last.push(id)
    else {
      slices.push([id])
      bytes = size
    }
  }
  return slices
}
