// The snapshots of one space: which statements about generations count, whether what they name is sound, and what is covered by what is
// in force (entries.md, EN-15 to EN-19; channels.md, CH-40 to CH-43). Owns the verdicts and their memory. A snapshot is never
// an authority: what is not what its authors signed is rejected, named, and the raw entries are fetched instead.
import { type Bytes, toHex } from '../base/bytes.ts'
import {
  type ActorId,
  type ChangeHash,
  type DeviceId,
  DocumentId,
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
import { isAfter, mayFollow, type Place, type Reach, readStatement, type Statement } from './generations.ts'
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
  /** In the scratch worker where there is one. */
  readonly check: CheckSave
  save(): Promise<void>
}

/** Why a snapshot is not used: wrong for everybody, or not (yet) to be judged on this device. */
type Refusal = { readonly type: 'bad'; readonly why: string } | { readonly type: 'later' }

export class Snapshots {
  readonly #statements = new Map<EntryId, Statement>()
  /** Sound ones, by their first entry. */
  readonly #kept = new Map<EntryId, Kept>()
  /** Statements that do not count for good, or not in this session. */
  /** Sound, and not in any statement that counts yet. */
  readonly #sound = new Map<EntryId, Kept>()
  readonly #passedOver = new Set<EntryId>()
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
  generations(): { epoch: Bytes; number: number }[] {
    const epochs = new Set((this.host.record.generations ?? []).map(({ epoch }) => EpochId.must(epoch)))
    return [...epochs].sort().map((epoch) => ({ epoch: idBytes(epoch), number: this.reached(epoch) }))
  }

  /** Somebody who counts says that there is a next one; it is not judged yet. */
  hasNext(epoch: EpochId): boolean {
    return this.#candidates().some((statement) => statement.epoch === epoch && statement.number > this.reached(epoch))
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
        this.#passedOver.add(next.entry)
        continue
      }
      await this.#adopt(next, kept)
      for (const { document } of kept) fresh.add(document)
    }
    return fresh
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
    const judged = await this.#judgeSnapshot(entries)
    if ('type' in judged) return false
    this.#sound.set(entries[0] as EntryId, judged)
    return true
  }

  #adopted(epoch: EpochId) {
    return (this.host.record.generations ?? []).filter((one) => EpochId.of(one.epoch) === epoch)
  }

  /** CH-42: the statements that may count next; the lowest id first, so that all who know the same take the same. */
  #candidates(): Statement[] {
    const { ring } = this.host
    const waits = ({ epoch, number }: Statement) => {
      const adopted = this.#adopted(epoch)
      const same = adopted.find((one) => one.number === number)
      return same === undefined ? number === this.reached(epoch) + 1 : same.statement === null
    }
    return [...this.#statements.values()]
      .filter((one) => !this.#passedOver.has(one.entry) && this.host.mayWrite(one.device))
      .filter((one) => Number.isFinite(ring.ordinal(one.epoch)) && waits(one))
      .sort((a, b) => (a.entry < b.entry ? -1 : 1))
  }

  async #judgeStatement(statement: Statement): Promise<readonly Kept[] | Refusal> {
    const groups = await this.#groups(statement.snapshots)
    if (groups === null) return { type: 'bad', why: 'parts' }
    const kept: Kept[] = []
    for (const entries of groups) {
      const known = this.#kept.get(entries[0] as EntryId) ?? this.#sound.get(entries[0] as EntryId)
      const judged = known ?? (await this.#judgeSnapshot(entries))
      if ('type' in judged) {
        if (judged.type === 'bad') await this.#reject(entries, judged.why)
        return judged
      }
      kept.push(judged)
    }
    if (new Set(kept.map(({ document }) => document)).size !== kept.length) return { type: 'bad', why: 'twice' }
    const before = this.latest()
    const now = before === null ? [] : reachesOf(this.of(before))
    const same = before?.epoch === statement.epoch
    return mayFollow(reachesOf(kept), now, same) ? kept : { type: 'bad', why: 'coverage' }
  }

  /** The named entries, snapshot by snapshot, each in its order; null when one of them is no share or a share is missing. */
  async #groups(ids: readonly EntryId[]): Promise<readonly (readonly EntryId[])[] | null> {
    const groups = new Map<string, (EntryId | undefined)[]>()
    for (const id of ids) {
      // One at a time: their bytes are not needed together here.
      const [entry] = await this.host.log.load([id])
      const part = entry?.header.kind === 'snapshot' ? readPart(entry.payload) : null
      if (entry === undefined || part === null) return null
      const name = `${entry.header.device}/${entry.header.document ?? ''}/${toHex(part.id)}`
      const group = groups.get(name) ?? new Array<EntryId | undefined>(part.count).fill(undefined)
      if (group.length !== part.count || group[part.index] !== undefined) return null
      group[part.index] = id
      groups.set(name, group)
    }
    const all = [...groups.values()]
    return all.every((group) => group.every((id) => id !== undefined)) ? (all as EntryId[][]) : null
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
    const { exact, others, rejected } = this.#held(snapshot)
    if (rejected) return { type: 'bad', why: 'rejected' }
    const checked = await this.host.check(snapshot.save, claimOf(snapshot, exact, others))
    if (!checked.ok)
      return checked.error.type === 'NotHere' ? { type: 'later' } : { type: 'bad', why: checked.error.type }
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
