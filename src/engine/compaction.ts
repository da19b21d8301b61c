// Compaction of a space: when its documents' histories have grown, a writer in step makes snapshots and states the channel's next
// generation; and whoever has loaded what is in force lets the covered bytes go (protocol: EN-19, CH-40). Owns when and of what;
// never drops what it has not found in the document itself.
import { next as A } from '@automerge/automerge/slim'
import type { Bytes } from '../base/bytes.ts'
import type { Clock, Millis, Random } from '../base/environment.ts'
import { ChangeHash, type DeviceId, type DocumentId, type EntryId, type HeaderId } from '../base/ids.ts'
import type { Crypto } from '../crypto/index.ts'
import { authorsOf } from '../ingest/save.ts'
import type { CurrentEpoch } from '../keys/index.ts'
import type { OpenedEntry } from '../log/entry.ts'
import { packSnapshot, type Snapshot, type SnapshotContent, type SignedHeader } from '../log/snapshot.ts'
import type { SpaceLog } from '../log/space-log.ts'
import type { EntryMeta } from '../log/store.ts'
import type { SpaceDocuments } from './documents.ts'
import { LEAST_GROWTH, type Statement } from './generations.ts'
import type { Publishing } from './publishing.ts'
import type { Kept } from './snapshot-records.ts'
import type { Snapshots } from './snapshots.ts'

export interface CompactionHost {
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly log: SpaceLog
  readonly documents: SpaceDocuments
  readonly snapshots: Snapshots
  readonly publishing: Publishing
  mayWrite(device: DeviceId): boolean
  /** May write chains, in step with a relay, the whole history here. Null: not now. */
  ready(): CurrentEpoch | null
  /** Entries that are now held. */
  added(ids: readonly EntryId[]): Promise<void>
  background(task: () => Promise<unknown>): void
}

/** Entries of a document that no snapshot covers, before one is made. */
const MANY = 200
/** Or bytes beyond three times its save. */
const LARGE = 256 * 1024
/** A document that is taken along when another one is due. */
const SOME = 20
/** Entries made and looked at together: what arrives in a row is looked at once, and not by all devices at the same time. */
const LOOK_AFTER: Millis = 30_000
const SPREAD: Millis = 60_000
/** A statement whose snapshots do not come keeps nobody for longer from making another. */
const STATED_MS: Millis = 10 * 60_000

interface Weight {
  readonly entries: number
  readonly bytes: number
  /** Something of it waits for what is not here. */
  readonly waits: boolean
}

const NONE: Weight = { entries: 0, bytes: 0, waits: false }

export class Compaction {
  #cancel: (() => void) | null = null
  #stopped = false
  /** The statement whose covered bytes are gone from here. */
  #dropped: EntryId | null = null
  /** Since when a next generation is stated that cannot be judged here. */
  readonly #stated = new Map<EntryId, Millis>()
  /** What was in force when this device made snapshots in vain: not again before that changes. */
  #inVain: EntryId | null | undefined = undefined

  constructor(private readonly host: CompactionHost) {}

  /** Something arrived or was written: looked at in a while. */
  review(): void {
    if (this.#stopped) return
    const { clock, random, snapshots } = this.host
    const latest = snapshots.latest()
    if (latest !== null && latest.entry !== this.#dropped) {
      this.#dropped = latest.entry
      this.host.background(() => this.drop(latest))
    }
    const [high = 0, low = 0] = random.bytes(2)
    this.#cancel ??= clock.after(LOOK_AFTER + ((high * 256 + low) * SPREAD) / 65_536, () => {
      this.#cancel = null
      this.host.background(() => this.run())
    })
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  /** Nothing can be made now: not in step, or not allowed to write. */
  get waits(): boolean {
    return this.host.ready() === null
  }

  /** Makes the next generation where a document has `many` entries more. False: none has, or nothing can be made now. */
  async run(many = MANY): Promise<boolean> {
    const now = this.#stopped ? null : this.host.ready()
    if (now === null || this.#othersDo(now)) return false
    const latest = this.host.snapshots.latest()
    if (this.#inVain === (latest?.entry ?? null)) return false
    const weights = this.#weights(latest)
    // What somebody states who has gone since, a device that was away cannot believe: it is stated anew.
    const orphaned = latest !== null && !this.host.mayWrite(latest.device)
    if (!orphaned && ![...weights].some(([document, weight]) => this.#isDue(document, weight, many))) return false
    return this.#make(now, latest, weights, Math.min(many, SOME))
  }

  /** Somebody has stated a next generation, not so long ago that it may never come. */
  #othersDo({ epoch }: CurrentEpoch): boolean {
    const now = this.host.clock.now()
    return this.host.snapshots.next(epoch).some(({ entry }) => {
      const since = this.#stated.get(entry) ?? now
      this.#stated.set(entry, since)
      return now - since < STATED_MS
    })
  }

  #isDue(document: DocumentId, { entries, bytes, waits }: Weight, many: number): boolean {
    if (waits) return false
    if (entries >= many) return true
    if (bytes <= LARGE) return false
    const doc = this.host.documents.peek(document)
    const save = doc === null ? (this.host.snapshots.ofDocument(document)?.bytes ?? 0) : A.save(doc).length
    return bytes - 3 * save > LARGE
  }

  /** What of each document no snapshot covers. */
  #weights(latest: Statement | null): ReadonlyMap<DocumentId, Weight> {
    const out = new Map<DocumentId, Weight>()
    for (const meta of this.host.log.metas()) {
      const { document, kind, state, reason, size } = meta
      if (kind !== 'changes' || document === null || state === 'rejected') continue
      if (meta.dropped === true || (latest !== null && this.host.snapshots.coveredBy(latest, meta))) continue
      const { entries, bytes, waits } = out.get(document) ?? NONE
      const held = state === 'accepted'
      // What nobody stands for may wait for ever: it stays outside.
      const gap = !held && reason !== 'unvouched'
      out.set(document, { entries: entries + Number(held), bytes: bytes + (held ? size : 0), waits: waits || gap })
    }
    return out
  }

  async #make(
    now: CurrentEpoch,
    latest: Statement | null,
    weights: ReadonlyMap<DocumentId, Weight>,
    some: number,
  ): Promise<boolean> {
    const { documents, publishing, snapshots } = this.host
    const before = latest === null ? [] : snapshots.of(latest)
    const taken = [...weights.values()].filter((weight) => isTaken(some, weight))
    // What nobody would follow is not made (CH-42).
    if (latest?.epoch === now.epoch && taken.reduce((sum, { entries }) => sum + entries, 0) < LEAST_GROWTH) return false
    const named: EntryId[] = []
    const made: EntryId[] = []
    const heads = new Map<DocumentId, readonly string[]>()
    for (const kept of before) if (!isTaken(some, weights.get(kept.document))) named.push(...kept.entries)
    for (const [document, weight] of weights) {
      if (!isTaken(some, weight)) continue
      const payloads = await this.#payloads(document)
      if (payloads === null) {
        named.push(...(before.find((kept) => kept.document === document)?.entries ?? []))
        continue
      }
      const entries: EntryId[] = []
      for (const payload of payloads) entries.push((await publishing.snapshot(now, document, payload)).id)
      // What one would not believe of others one does not say oneself.
      if (!(await snapshots.isSound(entries))) return this.#giveUp(latest, [...made, ...entries])
      made.push(...entries)
      await documents.seal(document)
      heads.set(document, documents.heads(document))
    }
    named.push(...made)
    if (named.length === 0 || (made.length === 0 && latest?.epoch === now.epoch)) return false
    if (snapshots.follows(now.epoch, named) !== 'well') return this.#giveUp(latest, made)
    const generation = { epoch: now.epoch, number: snapshots.reached(now.epoch) + 1, snapshots: named }
    const entry = await publishing.witness(now, heads, generation)
    snapshots.witnessed(entry)
    await this.host.added([...made, entry.id])
    return true
  }

  /** What this device would not believe of others stays unsaid, and is not made over and over. */
  async #giveUp(latest: Statement | null, made: readonly EntryId[]): Promise<false> {
    this.#inVain = latest?.entry ?? null
    await this.host.log.drop(made)
    return false
  }

  /** The entries' payloads of a snapshot of a document as it stands; null when somebody's last change is in no signed entry here. */
  async #payloads(document: DocumentId): Promise<readonly Bytes[] | null> {
    const { crypto, documents, snapshots } = this.host
    await documents.open(document)
    // What waits for its tick is in no signed entry.
    await documents.seal(document)
    const doc = await documents.read(document)
    const kept = snapshots.ofDocument(document)
    const former = kept === null ? null : await snapshots.load(kept)
    if (kept !== null && former === null) return null
    const content = await this.#content(document, doc, former)
    return content === null ? null : packSnapshot(crypto, content)
  }

  async #content(
    document: DocumentId,
    doc: A.Doc<Record<string, unknown>>,
    before: Snapshot | null,
  ): Promise<SnapshotContent<SignedHeader> | null> {
    const authors = authorsOf(doc)
    const known = await this.#signed(document, authors.tips, before)
    if (known === null) return null
    const chosen = chooseHeaders(known, (hash, of) => authors.inPast(hash, of))
    if (!chosen.headers.every((header) => this.#isWhole(header, doc, before))) return null
    const heads = A.getHeads(doc).flatMap((head) => ChangeHash.parse(head) ?? [])
    return { ...chosen, heads: heads.sort(), save: A.save(doc) }
  }

  /** For each actor's last change who signed it; null when that is not known for one of them. */
  async #signed(
    document: DocumentId,
    tips: readonly A.ChangeMetadata[],
    before: Snapshot | null,
  ): Promise<readonly Signed[] | null> {
    const { log } = this.host
    const byHash = new Map<string, EntryMeta>()
    for (const meta of log.contentOf(document))
      if (meta.state === 'accepted' && meta.hash !== null && meta.dropped !== true) byHash.set(meta.hash, meta)
    const fresh = tips.flatMap(({ hash }) => byHash.get(hash)?.id ?? [])
    const opened = new Map((await log.load(fresh)).map((entry) => [entry.header.hash as string, entry]))
    const out: Signed[] = []
    for (const { actor, hash } of tips) {
      const signed = opened.get(hash) ?? before?.headers.find(({ header }) => header.hash === hash)
      const former = signed === undefined ? formerOf(before, actor) : null
      if (signed !== undefined) out.push(signedBy(signed, hash))
      else if (former !== null) out.push({ ...former, hash, header: null, seq: -1 })
      else return null
    }
    return out
  }

  /** From here back to the first entry, or to what the snapshot before covers, everything counts and is in the document. */
  #isWhole(
    { headerId }: Pick<Headed, 'headerId'>,
    doc: A.Doc<Record<string, unknown>>,
    before: Snapshot | null,
  ): boolean {
    const anchors = new Set(before?.headers.map((header) => header.headerId))
    if (anchors.has(headerId)) return true
    const back = this.host.log.backFrom(headerId)
    for (const { hash, prev, state } of back) {
      if (state !== 'accepted' || hash === null || !A.hasHeads(doc, [hash])) return false
      if (prev === null || anchors.has(prev)) return true
    }
    return false
  }

  /** Something of an open document arrived: what only looks covered is found. */
  async look(document: DocumentId): Promise<void> {
    const { documents, log, snapshots } = this.host
    const latest = snapshots.latest()
    const kept = snapshots.ofDocument(document)
    const doc = documents.peek(document)
    if (latest === null || kept === null || doc === null || !A.hasHeads(doc, [...kept.heads])) return
    const counts = (meta: EntryMeta) => meta.state === 'accepted' && meta.dropped !== true
    const metas = log.contentOf(document).filter((meta) => counts(meta) && snapshots.coveredBy(latest, meta))
    if (metas.length > 0) await this.#uncover(kept, doc, metas)
  }

  /** EN-17: an entry may stand where what is covered ends or before, in another line of its chain, and not be in the snapshot. */
  async #uncover(kept: Kept, doc: A.Doc<Record<string, unknown>>, metas: readonly EntryMeta[]): Promise<void> {
    const beyond = new Set<string>(A.getChangesMetaSince(doc, [...kept.heads]).map(({ hash }) => hash))
    const ends = new Map<string, number>()
    for (const { device, seq, exact } of kept.ends) if (!exact) ends.set(device, Math.max(ends.get(device) ?? -1, seq))
    const only = metas.filter(({ device, hash, seq }) => {
      const within = device !== null && seq !== null && seq <= (ends.get(device) ?? -1)
      return within && hash !== null && beyond.has(hash)
    })
    const devices = new Set(only.flatMap(({ device }) => device ?? []))
    if (devices.size > 0) await this.host.snapshots.split(kept, devices)
  }

  /** EN-19: lets go of the bytes that what is in force covers, document by document, and of the snapshots before it. */
  async drop(statement: Statement): Promise<void> {
    const { documents, log, snapshots } = this.host
    const all = snapshots.of(statement)
    for (const one of all) {
      const { document, heads } = one
      const doc = await documents.read(document)
      if (!A.hasHeads(doc, [...heads])) return
      const metas = log.contentOf(document).filter((meta) => meta.state === 'accepted' && meta.dropped !== true)
      await this.#uncover(one, doc, metas)
      const covered = metas.filter((meta) => snapshots.coveredBy(statement, meta))
      const beyond = new Set<string>(A.getChangesMetaSince(doc, [...heads]).map(({ hash }) => hash))
      const brought = (hash: string) => A.hasHeads(doc, [hash]) && !beyond.has(hash)
      await log.drop(covered.flatMap(({ id, hash }) => (hash !== null && brought(hash) ? [id] : [])))
    }
    const named = new Set(all.flatMap(({ entries }) => entries))
    const old = log
      .metas()
      .filter(({ id, kind, state }) => kind === 'snapshot' && state === 'accepted' && !named.has(id))
    await log.drop(old.map(({ id }) => id))
  }
}

/** A document that is taken along. */
const isTaken = (some: number, { entries, waits }: Weight = NONE): boolean => entries >= some && !waits

/** Who signed the last change of an actor: by a header, or (`header` null) a former actor of the snapshot before. */
export interface Signed {
  readonly device: DeviceId
  readonly nonce: Bytes
  readonly hash: string
  /** Place in the chain; -1 where it is not known. */
  readonly seq: number
  readonly header: Headed | null
}

interface Headed extends SignedHeader {
  readonly headerId: HeaderId
}

export function signedBy(
  entry: Pick<OpenedEntry, 'header' | 'headerBytes' | 'signature' | 'headerId'>,
  hash: string,
): Signed {
  const { header, headerBytes, signature, headerId } = entry
  const nonce = header.nonce as Bytes
  return { device: header.device, nonce, hash, seq: header.seq ?? 0, header: { headerBytes, signature, headerId } }
}

function formerOf(before: Snapshot | null, actor: string): { readonly device: DeviceId; readonly nonce: Bytes } | null {
  const by = [...(before?.actors ?? [])].find(([known]) => known === actor)?.[1]
  const device = by === undefined ? undefined : before?.headers[by]?.header.device
  const at = [...(before?.actors.keys() ?? [])].indexOf(actor as never) - (before?.headers.length ?? 0)
  const nonce = before?.former[at]?.nonce
  return device === undefined || nonce === undefined ? null : { device, nonce }
}

/**
 * EN-16: of each device the header at the end of its chain, and those that are in the past of none of the others; the other actors by
 * their nonces, each under a header of the same device that has it in its past.
 */
export function chooseHeaders(all: readonly Signed[], inPast: (hash: string, of: string) => boolean) {
  const chosen: (Signed & { readonly header: Headed })[] = []
  const left: Signed[] = []
  const headed = all.filter((one): one is Signed & { header: Headed } => one.header !== null)
  for (const one of headed.sort((a, b) => b.seq - a.seq)) {
    const behind = chosen.some((other) => other.device === one.device && inPast(one.hash, other.hash))
    if (behind) left.push(one)
    else chosen.push(one)
  }
  chosen.sort((a, b) => (a.header.headerId < b.header.headerId ? -1 : 1))
  const rest = [...left, ...all.filter((one) => one.header === null)]
  const former = rest.map(({ device, hash, nonce }) => {
    const by = chosen.findIndex((other) => other.device === device && inPast(hash, other.hash))
    if (by === -1) throw new Error('an actor of the snapshot before is in the past of nobody')
    return { nonce, by }
  })
  return { headers: chosen.map(({ header }) => header), former }
}
