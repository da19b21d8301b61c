// The snapshots of one space: which statements about generations count, whether what they name is sound, and what is covered by what is
// in force (entries.md, EN-15 to EN-19; channels.md, CH-40 to CH-43). Owns the verdicts and their memory. A snapshot is never
// an authority: what is not what its authors signed is rejected, named, and the raw entries are fetched instead.
import { type Bytes, toHex } from '../base/bytes.ts'
import {
  type ActorId,
  type ChangeHash,
  type DeviceId,
  type DocumentId,
  EntryId,
  EpochId,
  idBytes,
  type SpaceId,
} from '../base/ids.ts'
import type { KeyValueStore } from '../base/key-value.ts'
import type { Crypto } from '../crypto/index.ts'
import type { CheckSave, SaveClaim } from '../ingest/save.ts'
import type { EpochRing } from '../keys/index.ts'
import type { OpenedEntry } from '../log/entry.ts'
import { openSnapshot, type Part, readPart, type Snapshot } from '../log/snapshot.ts'
import type { SpaceLog } from '../log/space-log.ts'
import type { EntryMeta } from '../log/store.ts'
import { follows, isAfter, type Place, type Reach, readStatement, type Statement } from './generations.ts'
import type { SpaceRecord } from './records.ts'
import { type End, type Kept, keptSnapshots } from './snapshot-records.ts'

export interface SnapshotsHost {
  readonly id: SpaceId
  readonly crypto: Crypto
  readonly log: SpaceLog
  readonly ring: EpochRing
  readonly store: KeyValueStore
  readonly record: SpaceRecord
  mayWrite(device: DeviceId): boolean
  /** The space knows, or knew, whose it is. */
  isKnown(device: DeviceId): boolean
  /** In the scratch worker where there is one. */
  readonly check: CheckSave
  save(): Promise<void>
}

/**
 * Why a statement or a snapshot is not used: wrong for everybody; not to be judged on this device in this session; `less`: sound, and it
 * leaves out what is in force here; `strangers`: it has work by devices that the space does not know (yet).
 */
type Refusal =
  | { readonly type: 'bad'; readonly why: string }
  | { readonly type: 'later' }
  | { readonly type: 'less' }
  | { readonly type: 'strangers'; readonly devices: readonly DeviceId[] }

/** One entry's share: of which snapshot, and where in it. */
interface Share {
  readonly name: string
  readonly index: number
  readonly count: number
}

/** Of one device's statements no more are looked at in this session after so many strikes: one that names what is no snapshot is one, one
 * that cannot be tried here (it cost a worker, perhaps) is three. */
const MOST_STRIKES = 9
const COSTLY = 3
/** Generations ahead that are looked at, beside the next: the last ones that somebody states. */
const LOOK_AHEAD = 2

export class Snapshots {
  readonly #statements = new Map<EntryId, Statement>()
  /** Sound ones, by their first entry. */
  readonly #kept = new Map<EntryId, Kept>()
  /** Judged, and in no statement that counts yet; by their first entry. */
  readonly #judged = new Map<EntryId, Kept | Refusal>()
  readonly #shares = new Map<EntryId, Share>()
  /** Statements that do not count for good, or not in this session. */
  readonly #passedOver = new Set<EntryId>()
  readonly #strikes = new Map<DeviceId, number>()
  /** The save judged last, for whoever opens its document next: it need not be put together again. */
  #lastSave: { readonly first: EntryId; readonly save: Bytes } | null = null
  #covers = new Map<EntryId, (meta: EntryMeta) => boolean>()

  constructor(private readonly host: SnapshotsHost) {}

  /** What was found sound before. */
  async open(): Promise<void> {
    const { store } = this.host
    for (const { value } of await store.list(this.#bucket)) {
      const kept = keptSnapshots.decode(value)
      if (kept !== null) this.#keep(kept)
    }
  }

  /** Takes in a witness: most say nothing about generations. */
  witnessed(entry: OpenedEntry): void {
    const statement = readStatement(entry)
    if (statement !== null) this.#statements.set(entry.id, statement)
  }

  /** More entries are here: what is covered is looked at anew. */
  changed(): void {
    this.#covers = new Map()
  }

  /** The generation of this epoch's channel that holds what is current. */
  reached(epoch: EpochId): number {
    return this.#adopted(epoch).reduce((most, { number }) => Math.max(most, number), 0)
  }

  /** For a welcome: every epoch with a generation above 0. */
  generations(): { epoch: Bytes; number: number; statement: Bytes | null }[] {
    const epochs = new Set((this.host.record.generations ?? []).map(({ epoch }) => EpochId.must(epoch)))
    return [...epochs].sort().map((epoch) => {
      const number = this.reached(epoch)
      const stated = this.#adopted(epoch).find((one) => one.number === number)
      return { epoch: idBytes(epoch), number, statement: stated?.statement ?? stated?.promised ?? null }
    })
  }

  /** Statements about what comes after what is reached, by who counts; not judged yet. */
  next(epoch: EpochId): readonly Statement[] {
    return this.#candidates().filter((one) => one.epoch === epoch && one.number > this.reached(epoch))
  }

  /** The generations to look at: the next, and the last ones that somebody states. */
  ahead(epoch: EpochId): readonly number[] {
    const numbers = [...new Set(this.next(epoch).map(({ number }) => number))].sort((a, b) => a - b)
    return [...new Set([...numbers.slice(0, 1), ...numbers.slice(-LOOK_AHEAD)])]
  }

  /** A newcomer by a compacted space: older channels hold what the snapshots brought. Null: everything was fetched. */
  get floor(): Place | null {
    const { floor, history } = this.host.record
    return floor === undefined || history === true
      ? null
      : { epoch: EpochId.must(floor.epoch), generation: floor.number }
  }

  /** Snapshots failed: every older channel is asked for raw entries. */
  get history(): boolean {
    return this.host.record.history === true
  }

  /** What a channel leaves out follows from the last statement at or before it. */
  inForce(place: Place): Statement | null {
    const ordinal = (epoch: EpochId) => this.host.ring.ordinal(epoch)
    let found: Statement | null = null
    for (const { epoch, number, statement } of this.host.record.generations ?? []) {
      const stated = statement === null ? undefined : this.#statements.get(EntryId.must(statement))
      const at = { epoch: EpochId.must(epoch), generation: number }
      if (stated === undefined || isAfter(at, place, ordinal)) continue
      if (found === null || isAfter(at, { epoch: found.epoch, generation: found.number }, ordinal)) found = stated
    }
    return found
  }

  /** The last of all. */
  latest(): Statement | null {
    const epochs = this.host.record.generations ?? []
    const last = epochs.reduce((most, { number }) => Math.max(most, number), 0)
    const newest = epochs.map(({ epoch }) => EpochId.must(epoch))
    const first = newest.sort((a, b) => this.host.ring.ordinal(b) - this.host.ring.ordinal(a))[0]
    return first === undefined ? null : this.inForce({ epoch: first, generation: last })
  }

  /** Whether an entry of `changes` is left out of the channel there. */
  isCovered(meta: EntryMeta, place: Place): boolean {
    const statement = this.inForce(place)
    return statement !== null && this.coveredBy(statement, meta)
  }

  coveredBy(statement: Statement, meta: EntryMeta): boolean {
    const known = this.#covers.get(statement.entry)
    const covers = known ?? this.#coverage(this.of(statement))
    if (known === undefined) this.#covers.set(statement.entry, covers)
    return covers(meta)
  }

  /** Whether a snapshot's entry belongs into the channel there; `next`: into the one that is not judged yet. */
  belongs(id: EntryId, place: Place): boolean {
    if (this.inForce(place)?.snapshots.includes(id) === true) return true
    const mine = (statement: Statement) => statement.epoch === place.epoch && statement.number === place.generation
    return this.#candidates().some((statement) => mine(statement) && statement.snapshots.includes(id))
  }

  isStatement(id: EntryId): boolean {
    return this.#statements.has(id)
  }

  /** The sound snapshots that a statement names. */
  of(statement: Statement): readonly Kept[] {
    return statement.snapshots.flatMap((id) => this.#kept.get(id) ?? [])
  }

  /** The snapshot in force of a document. */
  ofDocument(document: DocumentId): Kept | null {
    const latest = this.latest()
    return latest === null ? null : (this.of(latest).find((kept) => kept.document === document) ?? null)
  }

  documents(): readonly Kept[] {
    const latest = this.latest()
    return latest === null ? [] : this.of(latest)
  }

  /** The whole of a kept snapshot, from its entries; null when they are not here as they were. */
  async load(kept: Kept): Promise<Snapshot | null> {
    const read = await this.#read(kept.entries)
    return read === null || 'type' in read ? null : read
  }

  /**
   * Judges what may count next until there is nothing more. Answers the documents whose snapshot is new.
   */
  async judge(): Promise<ReadonlySet<DocumentId>> {
    const fresh = new Set<DocumentId>()
    for (;;) {
      const next = this.#candidates().find(({ snapshots }) => snapshots.every((id) => this.host.log.has(id)))
      if (next === undefined) break
      const kept = await this.#judgeStatement(next)
      if ('type' in kept) {
        if (kept.type !== 'strangers') this.#passedOver.add(next.entry)
        if (kept.type === 'less' || kept.type === 'later') await this.#goAlong(next)
        continue
      }
      await this.#adopt(next, kept)
      for (const { document } of kept) fresh.add(document)
    }
    return fresh
  }

  /** The save of a kept snapshot; null when its entries are not here as they were. */
  async save(kept: Kept): Promise<Bytes | null> {
    const last = this.#lastSave
    if (last === null || last.first !== kept.entries[0]) return (await this.load(kept))?.save ?? null
    this.#lastSave = null
    return last.save
  }

  /** A newcomer is in step where she was sent, and what she was promised is not there: from now on she asks for raw entries. */
  async missing(): Promise<boolean> {
    const { floor } = this
    if (floor === null || this.latest() !== null) return false
    this.host.record.history = true
    await this.host.save()
    return true
  }

  /** Whether these entries, in their order, are a sound snapshot; for its maker. */
  async isSound(entries: readonly EntryId[]): Promise<boolean> {
    return !('type' in (await this.#judgedOnce(entries)))
  }

  /** CH-42: how what these snapshots cover follows what is in force. */
  follows(epoch: EpochId, entries: readonly EntryId[]): 'well' | 'less' | 'little' {
    const all = entries.flatMap((id) => this.#kept.get(id) ?? this.#judged.get(id) ?? [])
    return this.#follows(
      epoch,
      all.flatMap((one) => ('type' in one ? [] : one)),
    )
  }

  /** What is covered by number alone was found not to be in the snapshot: of these devices only what surely is, is covered (EN-17). */
  async split(kept: Kept, devices: ReadonlySet<DeviceId>): Promise<void> {
    const ends = kept.ends.map((end) => (devices.has(end.device) ? { ...end, exact: true } : end))
    const [key = ''] = kept.entries
    const value = keptSnapshots.encode({ ...kept, ends })
    await this.host.store.write([{ bucket: this.#bucket, key, value }])
    this.#keep({ ...kept, ends })
    this.changed()
  }

  /** Of this device it is not known by numbers what snapshots cover. */
  isSplit(device: DeviceId): boolean {
    if (this.host.log.equivocators().has(device)) return true
    return this.documents().some(({ ends }) => ends.some((end) => end.exact && end.device === device))
  }

  #adopted(epoch: EpochId) {
    return (this.host.record.generations ?? []).filter((one) => EpochId.of(one.epoch) === epoch)
  }

  /**
   * CH-42: the statements that may count next; the earliest place and the lowest id first, so that all who know the same take the same.
   * Where the welcome named one, it is that one and no other (JO-32).
   */
  #candidates(): Statement[] {
    const { ring } = this.host
    const awaited = this.floor !== null && this.latest() === null
    const stated = new Set([...this.#statements.values()].map(({ epoch, number }) => `${epoch} ${number}`))
    const waits = ({ entry, epoch, number }: Statement) => {
      const same = this.#adopted(epoch).find((one) => one.number === number)
      if (same !== undefined) {
        const named = same.promised === undefined || this.history ? entry : EntryId.of(same.promised)
        return same.statement === null && named === entry
      }
      if (awaited) return false
      // Each number between must be stated by somebody: what they stated may be gone, where a later one took its place.
      for (let before = this.reached(epoch) + 1; before < number; before++)
        if (!stated.has(`${epoch} ${before}`)) return false
      return number > this.reached(epoch)
    }
    const strange = ({ snapshots }: Statement) => snapshots.some((id) => this.#isStrange(id))
    return [...this.#statements.values()]
      .filter((one) => !this.#passedOver.has(one.entry) && this.host.mayWrite(one.device))
      .filter((one) => (this.#strikes.get(one.device) ?? 0) < MOST_STRIKES && !strange(one))
      .filter((one) => Number.isFinite(ring.ordinal(one.epoch)) && waits(one))
      .sort(
        (a, b) => ring.ordinal(a.epoch) - ring.ordinal(b.epoch) || a.number - b.number || (a.entry < b.entry ? -1 : 1),
      )
  }

  /** A snapshot that begins here has work by devices that nobody let in, as far as is known by now. */
  #isStrange(id: EntryId): boolean {
    const judged = this.#judged.get(id)
    if (judged === undefined || !('type' in judged) || judged.type !== 'strangers') return false
    if (judged.devices.some((device) => !this.host.isKnown(device))) return true
    this.#judged.delete(id)
    return false
  }

  async #judgeStatement(statement: Statement): Promise<readonly Kept[] | Refusal> {
    const { device } = statement
    const groups = await this.#groups(statement.snapshots)
    if (groups === null) {
      this.#strike(device)
      return { type: 'bad', why: 'parts' }
    }
    const kept: Kept[] = []
    for (const entries of groups) {
      const judged = this.#kept.get(entries[0] as EntryId) ?? (await this.#judgedOnce(entries))
      if ('type' in judged) {
        if (judged.type === 'bad') await this.#reject(entries, judged.why)
        if (judged.type !== 'strangers') this.#strike(device, judged.type === 'later' ? COSTLY : 1)
        return judged
      }
      kept.push(judged)
    }
    if (new Set(kept.map(({ document }) => document)).size !== kept.length) return { type: 'bad', why: 'twice' }
    const how = this.#follows(statement.epoch, kept)
    return how === 'well' ? kept : how === 'less' ? { type: 'less' } : { type: 'bad', why: 'coverage' }
  }

  #follows(epoch: EpochId, kept: readonly Kept[]): 'well' | 'less' | 'little' {
    const before = this.latest()
    return follows(reachesOf(kept), before === null ? [] : reachesOf(this.of(before)), before?.epoch === epoch)
  }

  #strike(device: DeviceId, weight = 1): void {
    this.#strikes.set(device, (this.#strikes.get(device) ?? 0) + weight)
  }

  /** Opened and tried once in a session, however many statements name it. */
  async #judgedOnce(entries: readonly EntryId[]): Promise<Kept | Refusal> {
    const first = entries[0] as EntryId
    const known = this.#judged.get(first)
    if (known !== undefined) return known
    const judged = await this.#judgeSnapshot(entries)
    this.#judged.set(first, judged)
    return judged
  }

  /**
   * CH-42: others go on to a generation whose statement leaves out what is in force here, or cannot be tried here. The channel is opened, so
   * that nobody is left behind; what is in force here stays so.
   */
  async #goAlong({ epoch, number }: Statement): Promise<void> {
    if (number <= this.reached(epoch)) return
    const { record } = this.host
    record.generations = [...(record.generations ?? []), { epoch: idBytes(epoch), number, statement: null }]
    await this.host.save()
  }

  /** The named entries, snapshot by snapshot, each in its order; null when one of them is no share or a share is missing. */
  async #groups(ids: readonly EntryId[]): Promise<readonly (readonly EntryId[])[] | null> {
    const groups = new Map<string, (EntryId | undefined)[]>()
    for (const id of ids) {
      const part = await this.#share(id)
      if (part === null) return null
      const { name } = part
      const group = groups.get(name) ?? new Array<EntryId | undefined>(part.count).fill(undefined)
      if (group.length !== part.count || group[part.index] !== undefined) return null
      group[part.index] = id
      groups.set(name, group)
    }
    const all = [...groups.values()]
    return all.every((group) => group.every((id) => id !== undefined)) ? all : null
  }

  async #share(id: EntryId): Promise<Share | null> {
    const known = this.#shares.get(id)
    if (known !== undefined) return known
    // One at a time: their bytes are not needed together here.
    const [entry] = await this.host.log.load([id])
    const part = entry?.header.kind === 'snapshot' ? readPart(entry.payload) : null
    if (entry === undefined || part === null) return null
    const name = `${entry.header.device}/${entry.header.document ?? ''}/${toHex(part.id)}`
    const share = { name, index: part.index, count: part.count }
    this.#shares.set(id, share)
    return share
  }

  async #read(entries: readonly EntryId[]): Promise<Snapshot | Refusal | null> {
    const opened = await this.host.log.load(entries)
    const parts = opened.flatMap(({ payload }): Part[] => {
      const part = readPart(payload)
      return part === null ? [] : [part]
    })
    const document = opened[0]?.header.document
    if (parts.length !== entries.length || document === undefined) return null
    const snapshot = await openSnapshot(this.host.crypto, { space: this.host.id, document }, parts)
    if (snapshot.ok) return snapshot.value
    return snapshot.error.type === 'Unreadable' ? { type: 'later' } : { type: 'bad', why: snapshot.error.why }
  }

  async #judgeSnapshot(entries: readonly EntryId[]): Promise<Kept | Refusal> {
    const snapshot = await this.#read(entries)
    if (snapshot === null) return { type: 'later' }
    if ('type' in snapshot) return snapshot
    const strangers = snapshot.headers.flatMap(({ header: { device } }) => (this.host.isKnown(device) ? [] : [device]))
    if (strangers.length > 0) return { type: 'strangers', devices: strangers }
    const { exact, others, rejected } = this.#held(snapshot)
    if (rejected) return { type: 'bad', why: 'rejected' }
    const checked = await this.host.check(snapshot.save, claimOf(snapshot, exact, others))
    if (!checked.ok)
      return checked.error.type === 'NotHere' ? { type: 'later' } : { type: 'bad', why: checked.error.type }
    this.#lastSave = { first: entries[0] as EntryId, save: snapshot.save }
    const lacks = new Set(checked.value.lacks)
    const split = new Set(others.flatMap(({ hash, device }) => (hash !== null && lacks.has(hash) ? [device] : [])))
    const meta = this.host.log.get(entries[0] as EntryId)
    const ends = snapshot.headers.map(({ header, headerId }): End => {
      const { device } = header
      return { device, headerId, seq: header.seq ?? 0, exact: split.has(device) }
    })
    const kept = {
      document: snapshot.document,
      entries,
      heads: snapshot.heads,
      bytes: snapshot.save.length,
      time: Math.max(0, ...snapshot.headers.map(({ header }) => header.time)),
      ends,
      tips: checked.value.tips,
    }
    return meta === undefined ? { type: 'later' } : kept
  }

  /** What is held of what it covers: surely, by its place in a chain; and perhaps, by its number. */
  #held({ document, headers }: Snapshot) {
    const exact = new Map<EntryId, EntryMeta>()
    const highest = new Map<string, number>()
    for (const { headerId, header } of headers) {
      for (const meta of this.host.log.backFrom(headerId)) exact.set(meta.id, meta)
      highest.set(header.device, Math.max(highest.get(header.device) ?? 0, header.seq ?? 0))
    }
    const all = this.host.log.contentOf(document)
    const within = all.filter(({ device, seq }) => (seq ?? 0) <= (highest.get(device ?? '') ?? -1))
    const rejected = [...exact.values()].some(({ state }) => state === 'rejected')
    return { exact: [...exact.values()], others: within.filter(({ id }) => !exact.has(id)), rejected }
  }

  async #reject(entries: readonly EntryId[], why: string): Promise<void> {
    await this.host.log.settle(entries.map((id) => ({ id, state: 'rejected', reason: `snapshot:${why}` })))
  }

  async #adopt(statement: Statement, kept: readonly Kept[]): Promise<void> {
    const { log, record, store } = this.host
    const fresh = kept.filter(({ entries }) => !this.#kept.has(entries[0] as EntryId))
    await store.write(
      fresh.map((one) => ({ bucket: this.#bucket, key: one.entries[0] as string, value: keptSnapshots.encode(one) })),
    )
    for (const one of fresh) this.#keep(one)
    await log.settle(statement.snapshots.map((id) => ({ id, state: 'accepted', reason: null })))
    const { epoch, number, entry } = statement
    const others = (record.generations ?? []).filter((one) => EpochId.of(one.epoch) !== epoch || one.number !== number)
    record.generations = [...others, { epoch: idBytes(epoch), number, statement: idBytes(entry) }]
    this.changed()
    await this.host.save()
  }

  #keep(kept: Kept): void {
    this.#judged.delete(kept.entries[0] as EntryId)
    this.#kept.set(kept.entries[0] as EntryId, kept)
    const actors = new Map(kept.tips.map((tip) => [tip.actor, tip]))
    const { document } = kept
    this.host.log.anchor(kept.ends.map(({ device, headerId, seq }) => ({ device, headerId, seq, document, actors })))
  }

  #coverage(all: readonly Kept[]): (meta: EntryMeta) => boolean {
    const { log } = this.host
    const highest = new Map<string, number>()
    const exact = new Set<EntryId>()
    for (const { document, ends } of all)
      for (const { device, headerId, seq, exact: only } of ends) {
        if (only || log.equivocators().has(device)) for (const { id } of log.backFrom(headerId)) exact.add(id)
        else highest.set(`${device}/${document}`, Math.max(highest.get(`${device}/${document}`) ?? 0, seq))
      }
    return ({ id, kind, device, document, seq }) => {
      if (kind !== 'changes' || seq === null) return false
      return exact.has(id) || seq <= (highest.get(`${device ?? ''}/${document ?? ''}`) ?? -1)
    }
  }

  get #bucket(): string {
    return `snapshots/${this.host.id}`
  }
}

function claimOf(snapshot: Snapshot, exact: readonly EntryMeta[], others: readonly EntryMeta[]): SaveClaim {
  const signed = snapshot.headers.map(({ header }) => ({
    actor: header.actor as ActorId,
    last: header.last ?? 0,
    hash: header.hash as ChangeHash,
  }))
  const named = new Set(signed.map(({ actor }) => actor))
  const former = [...snapshot.actors].flatMap(([actor, by]) => (named.has(actor) ? [] : [{ actor, by }]))
  const hashes = (metas: readonly EntryMeta[]) => metas.flatMap(({ hash }) => hash ?? [])
  return { heads: snapshot.heads, signed, former, covered: hashes(exact), perhaps: hashes(others) }
}

const reachesOf = (all: readonly Kept[]): Reach[] =>
  all.flatMap(({ document, ends }) => ends.map(({ device, seq }) => ({ device, document, seq })))
