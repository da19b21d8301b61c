// One space on this device: takes entries in, keeps the membership graph, the epochs and the documents in step with them,
// and writes its own. Everything that changes state runs in one queue. Decides nothing that membership/, keys/, log/ or
// ingest/ decide; only puts them together.
import type { Repo } from '@automerge/automerge-repo/slim'
import type { Bytes } from '../base/bytes.ts'
import {
  type ChannelId,
  type DeviceId,
  DocumentId,
  type EntryId,
  EpochId,
  idBytes,
  MemberId,
  SpaceId,
} from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { KeyValueStore } from '../base/key-value.ts'
import { type Crypto, labels } from '../crypto/index.ts'
import type { DeviceKeys } from '../identity/index.ts'
import { type CurrentEpoch, decodeKeyRecord, EpochRing, needsRekey, rekey, verifyKeyRecord } from '../keys/index.ts'
import { entryId, type OpenedEntry, packRecords, type SignedRecord, unpackRecords } from '../log/entry.ts'
import type { OwnFields, SpaceLog } from '../log/space-log.ts'
import {
  buildOperation,
  decodeOperation,
  isCoordinator,
  MembershipGraph,
  type MembershipState,
  mayWrite,
  type OperationFields,
  verifyOperation,
  type VerifiedOperation,
} from '../membership/index.ts'
import { readIndex, type SpaceIndex } from '../documents/index-document.ts'
import { type ChangesFields, SpaceDocuments } from './documents.ts'
import type { EngineEnvironment } from './environment.ts'
import { Duties } from './duties.ts'
import { type SpaceRecord, spaceRecords } from './records.ts'
import { SpaceContent, witnessPayload } from './space-content.ts'
import { Writers } from './writers.ts'

export interface SpaceHost {
  readonly env: EngineEnvironment
  readonly crypto: Crypto
  readonly repo: Repo
  readonly store: KeyValueStore
  /** Something a face may show has changed. */
  changed(space: Space): void
  /** The channels to listen on have changed. */
  channelsChanged(space: Space): void
  /** Entries that are now held, for the links to pass on. */
  added(space: Space, ids: readonly EntryId[]): void
  documentChanged(space: Space, document: DocumentId, local: boolean): void
  hasChunks(document: DocumentId): Promise<boolean>
}

/** No epoch is in force, and this device cannot make one: keys are on their way. */
export type NoEpoch = { readonly type: 'NoEpoch' }

export const SPACES = 'spaces'

const EMPTY = {}

/** How many of the newest epochs' channels are kept open: others may not have learned of a change of keys yet. */
const LISTEN_BACK = 3
const AGAIN_MS = 3_000

export class Space {
  readonly id: SpaceId
  readonly me: MemberId
  readonly graph: MembershipGraph
  readonly ring: EpochRing
  readonly documents: SpaceDocuments
  readonly writers: Writers
  readonly content: SpaceContent
  /** The index document: what is in the space and how people are called. */
  readonly index: DocumentId
  #queue: Promise<unknown> = Promise.resolve()
  #channels = ''
  /** While what is stored is read again nothing is due. */
  #starting = false
  #read: { readonly doc: object; readonly index: SpaceIndex } | null = null
  readonly #duties: Duties
  #unabsorbed: OpenedEntry[] = []
  #again: (() => void) | null = null
  #sealAgain: (() => void) | null = null

  private constructor(
    readonly record: SpaceRecord,
    readonly device: DeviceId,
    readonly keys: DeviceKeys,
    readonly log: SpaceLog,
    private readonly host: SpaceHost,
  ) {
    this.id = SpaceId.must(record.space)
    this.me = MemberId.must(record.member)
    this.graph = MembershipGraph.create(this.id)
    this.ring = new EpochRing(host.crypto, this.id, record.seed)
    this.index = indexOf(host.crypto, this.id)
    this.content = new SpaceContent(log)
    this.#duties = new Duties(this, host.env, host.crypto)
    this.writers = new Writers(host.store, host.crypto, this.id, device)
    this.documents = new SpaceDocuments({
      repo: host.repo,
      log,
      writers: this.writers,
      load: (ids) => log.load(ids),
      append: (fields, payload) => this.#appendChanges(fields, payload),
      vouched: (document) => [...this.content.vouched(document)],
      changed: (document, local) => host.documentChanged(this, document, local),
      hasChunks: (document) => host.hasChunks(document),
      sealingFailed: (cause) => {
        this.#broken(cause)
        this.#sealAgain ??= host.env.clock.after(AGAIN_MS, () => {
          this.#sealAgain = null
          this.background(() => this.documents.drain())
        })
      },
    })
  }

  /** Brings a space up from its record and its stored entries. */
  static async open(
    record: SpaceRecord,
    keys: DeviceKeys,
    device: DeviceId,
    log: SpaceLog,
    host: SpaceHost,
  ): Promise<Space> {
    const space = new Space(record, device, keys, log, host)
    space.ring.addSecrets(record.secrets)
    log.know(space.ring.secrets())
    await space.#absorbRecords([{ body: record.create[0], signature: record.create[1] }], [])
    const stored = log.ids().flatMap((id) => log.get(id) ?? [])
    const structural = stored.filter((meta) => ['op', 'keys', 'witness'].includes(meta.kind ?? ''))
    space.#starting = true
    await space.#absorb(await log.load(structural.map((meta) => meta.id)))
    space.#starting = false
    space.#duties.begin()
    return space
  }

  /** Runs `task` after everything before it. */
  serial<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(task, task)
    this.#queue = run.catch(() => undefined)
    return run
  }

  get state(): MembershipState {
    return this.graph.state()
  }

  get standing(): 'active' | 'loading' | 'removed' {
    const mine = this.state.devices.get(this.device)
    if (mine === undefined) return 'loading'
    if (mine.status !== 'active') return 'removed'
    return this.record.loaded ? 'active' : 'loading'
  }

  get coordinator(): boolean {
    return isCoordinator(this.state, this.device)
  }

  /** Relay addresses with tokens: what the graph says, or until it does what the invitation said. */
  get relays(): readonly string[] {
    return this.state.relays.length > 0 ? this.state.relays : this.record.relays
  }

  /** The epoch to write under; null while none has seen every removal, or its secret is not here. */
  current(): CurrentEpoch | null {
    return this.ring.current(this.graph)
  }

  /** Takes in hostile entries; resolves with their ids when all are durable. */
  receive(outers: readonly Bytes[]): Promise<readonly EntryId[]> {
    return this.serial(async () => {
      const got = await this.log.receive(outers, this.ring.secrets())
      this.#unabsorbed.push(...got.opened)
      try {
        if (got.fresh.length > 0) await this.#absorbAll()
      } finally {
        if (got.fresh.length > 0) this.host.added(this, got.fresh)
      }
      return outers.map((outer) => entryId(outer))
    })
  }

  /** What is stored and could not be taken in (storage refused a verdict) is taken in again, or a restart would have to. */
  async #absorbAll(): Promise<void> {
    try {
      await this.#absorb([...this.#unabsorbed])
      this.#unabsorbed = []
    } catch (cause) {
      this.#again ??= this.host.env.clock.after(AGAIN_MS, () => {
        this.#again = null
        this.background(() => this.#absorbAll())
      })
      throw cause
    }
  }

  /** Secrets that another welcome brought. */
  async learn(secrets: readonly Bytes[]): Promise<void> {
    this.ring.addSecrets(secrets)
    await this.#absorb(await this.log.reopen(this.ring.secrets()))
    await this.save()
  }

  /** Called when a relay is in step: the history is here. */
  async loaded(): Promise<void> {
    if (this.record.loaded || !this.state.devices.has(this.device)) return
    this.record.loaded = true
    await this.save()
    this.host.changed(this)
  }

  get writable(): boolean {
    return this.standing === 'active' && this.indexHere && mayWrite(this.state, this.device)
  }

  /** The index as far as it has arrived; read once for each state of the document. */
  indexed(): SpaceIndex {
    const doc = this.documents.peek(this.index) ?? EMPTY
    if (this.#read?.doc !== doc) this.#read = { doc, index: readIndex(doc) }
    return this.#read.index
  }

  /** The index has arrived: before that nothing may be written into it, or two roots would hide each other. */
  get indexHere(): boolean {
    return Object.keys(this.documents.peek(this.index) ?? {}).length > 0
  }

  /** What a member calls herself; empty when that has not arrived. */
  aliasOf(member: MemberId): string {
    return this.indexed().people.get(member)?.alias ?? ''
  }

  /** The founder's first steps: the create operation, and the first epoch. */
  async start(create: SignedRecord): Promise<void> {
    await this.#absorbRecords([create], [])
    const made = await this.#makeEpoch()
    await this.publish('keys', [made.record], made)
    await this.publish('op', [create], made)
  }

  /** Writes an operation of one's own under the epoch in force before it; where there is none, makes one first. */
  async operate(fields: Exclude<OperationFields, { op: 'create' }>): Promise<Result<void, NoEpoch>> {
    if (this.current() === null) await this.rekeyIfDue()
    const under = this.current()
    if (under === null) return err({ type: 'NoEpoch' })
    if (this.graph.needsMerge && fields.op !== 'merge') await this.operate({ op: 'merge' })
    const draft = { ...this.graph.draft(this.device), time: this.host.env.clock.now() }
    const made = await buildOperation(this.host.crypto, this.keys.sign, draft, fields)
    await this.publish('op', [made.record], under)
    return ok(undefined)
  }

  /** Takes a member out: from here on she has neither the keys nor the channel (membership.md, keys.md). */
  async remove(member: MemberId): Promise<Result<void, NoEpoch>> {
    const devices = this.state.members.get(member)?.devices ?? []
    const cutoffs = devices.map((device) => {
      const { seq, prev } = this.graph.draft(device)
      return { device, seq: seq - 1, id: prev }
    })
    const touched = this.content.documentsOf(new Set(devices))
    const done = await this.operate({ op: 'remove', member, cutoffs })
    if (!done.ok) return done
    await this.rekeyIfDue()
    await this.witness(touched)
    return done
  }

  /** Publishes own operations (already in the graph's terms), sealed under `secret`. */
  async publish(
    kind: 'op' | 'keys',
    records: readonly SignedRecord[],
    under: { epoch: EpochId; secret: Bytes },
  ): Promise<void> {
    const ids: EntryId[] = []
    for (const payload of packRecords(records)) {
      const entry = await this.#append(under.secret, { kind, ...this.#common(under.epoch) }, payload)
      ids.push(entry.id)
    }
    if (kind === 'op') await this.#absorbRecords(records, [])
    else await this.#absorbRecords([], records)
    await this.#settled()
    this.host.added(this, ids)
  }

  /** Makes a new epoch when one is due and seals the rekey under each parent (keys.md). */
  async rekeyIfDue(): Promise<boolean> {
    if (this.standing === 'removed' || !needsRekey(this.graph, this.ring)) return false
    if (this.graph.needsMerge) return false
    const parents = this.ring.tips()
    const made = await this.#makeEpoch()
    for (const parent of parents) await this.publish('keys', [made.record], parent)
    return true
  }

  async #makeEpoch() {
    const { graph, ring } = this
    const made = await rekey(this.host.crypto, { graph, ring, keys: this.keys, time: this.host.env.clock.now() })
    this.ring.addSecrets([made.secret])
    await this.save()
    return made
  }

  async save(): Promise<void> {
    this.record.secrets = [...this.ring.secrets().values()]
    await this.host.store.write([{ bucket: SPACES, key: this.id, value: spaceRecords.encode(this.record) }])
  }

  /** Signs for these documents' present heads, so that what removed people wrote until now stays (entries.md, witness). */
  async witness(documents: readonly DocumentId[]): Promise<void> {
    const now = this.current()
    if (now === null || documents.length === 0) return
    const heads = new Map<DocumentId, readonly string[]>()
    for (const document of documents) {
      await this.documents.open(document)
      heads.set(document, this.documents.heads(document))
    }
    const fields = { kind: 'witness' as const, ...this.#common(now.epoch) }
    const entry = await this.#append(now.secret, fields, witnessPayload(heads))
    this.content.believe(entry, this.state)
    this.host.added(this, [entry.id])
  }

  async close(): Promise<void> {
    this.#duties.stop()
    this.#again?.()
    this.#sealAgain?.()
    await this.serial(() => this.documents.drain())
    await this.writers.close(this.documents.unsealed())
  }

  #append(secret: Bytes, fields: OwnFields, payload: Bytes): Promise<OpenedEntry> {
    return this.log.append(secret, fields, payload, this.keys.sign)
  }

  #common(epoch: EpochId) {
    return { epoch, time: this.host.env.clock.now(), heads: this.graph.heads().slice(0, 16) }
  }

  async #appendChanges(fields: ChangesFields, payload: Bytes): Promise<boolean> {
    const now = this.current()
    if (now === null || this.standing !== 'active' || !mayWrite(this.state, this.device)) return false
    const header = { kind: 'changes' as const, form: 0 as const, ...this.#common(now.epoch), ...fields }
    const entry = await this.#append(now.secret, header, payload)
    this.content.changed()
    this.host.added(this, [entry.id])
    return true
  }

  /** Operations, keys and witnesses first, until they bring nothing new; then what they say about content. */
  async #absorb(opened: readonly OpenedEntry[]): Promise<void> {
    let batch = opened
    while (batch.length > 0) {
      const records = (kind: string) =>
        batch
          .filter((entry) => entry.header.kind === kind)
          .flatMap((entry) => {
            const unpacked = unpackRecords(entry.payload)
            return unpacked.ok ? unpacked.value : []
          })
      const structural = batch.filter((entry) => entry.header.kind === 'op' || entry.header.kind === 'keys')
      const secrets = await this.#absorbRecords(records('op'), records('keys'))
      if (structural.length > 0)
        await this.log.settle(structural.map((entry) => ({ id: entry.id, state: 'accepted' as const, reason: null })))
      for (const entry of batch) if (entry.header.kind === 'witness') this.content.believe(entry, this.state)
      batch = secrets.size === 0 ? [] : await this.log.reopen(secrets)
    }
    await this.#settled()
  }

  async #absorbRecords(
    operations: readonly SignedRecord[],
    keyRecords: readonly SignedRecord[],
  ): Promise<ReadonlyMap<EpochId, Bytes>> {
    const verified: VerifiedOperation[] = []
    for (const record of operations) {
      const operation = decodeOperation(this.host.crypto, record)
      if (!operation.ok || this.graph.has(operation.value.id)) continue
      const good = await verifyOperation(this.host.crypto, operation.value)
      if (good !== null) verified.push(good)
    }
    if (verified.length > 0) this.graph.add(verified)
    for (const record of keyRecords) {
      const decoded = decodeKeyRecord(this.host.crypto, record)
      if (!decoded.ok) continue
      const good = await verifyKeyRecord(this.host.crypto, decoded.value)
      if (good !== null) this.ring.add([good])
    }
    const before = new Set(this.ring.secrets().keys())
    await this.ring.resolve(this.graph, this.device, { box: this.keys.box })
    const fresh = new Map([...this.ring.secrets()].filter(([epoch]) => !before.has(epoch)))
    if (fresh.size > 0) await this.save()
    return fresh
  }

  /** After the graph, the keys or the content grew: judge what waits, apply it, and do what is due. */
  async #settled(): Promise<void> {
    const { settlements, touched } = this.content.judge(this.state)
    if (settlements.length > 0) await this.log.settle(settlements)
    if (touched.has(this.index)) await this.#quietly(this.documents.open(this.index))
    for (const document of touched) await this.#quietly(this.documents.arrived(document))
    const channels = JSON.stringify([this.listening().map((item) => item.channel), this.relays])
    if (channels !== this.#channels) {
      this.#channels = channels
      this.host.channelsChanged(this)
    }
    if (!this.#starting) await this.#duties.review()
    await this.documents.drain()
    this.host.changed(this)
  }

  /** Signs for what is held of these devices' work beyond what was vouched for. */
  async standFor(devices: ReadonlySet<DeviceId>): Promise<void> {
    if (!this.writable) return
    const more: DocumentId[] = []
    for (const document of this.content.documentsOf(devices)) {
      await this.documents.open(document)
      const known = this.content.vouched(document)
      if (this.documents.heads(document).some((head) => !known.has(head))) more.push(document)
    }
    await this.witness(more)
  }

  #broken(cause: unknown): void {
    if (cause instanceof WebAssembly.RuntimeError) this.host.env.broken?.(cause)
  }

  /** One document that cannot be opened here must not stop the others, the channels or the duties. */
  async #quietly(work: Promise<unknown>): Promise<void> {
    try {
      await work
    } catch (cause) {
      this.#broken(cause)
      this.host.changed(this)
    }
  }

  /** Work that nobody waits for; what storage refuses is tried again by what comes next. */
  background(task: () => Promise<unknown>): void {
    void this.serial(task).catch(() => undefined)
  }

  /** The channels to be open on each relay: the current one, its parents', and until the history is here the welcome's. */
  listening(): readonly { channel: ChannelId; epoch: EpochId; current: boolean }[] {
    if (this.standing === 'removed') return []
    const now = this.current()
    const entry = this.record.entry === null || this.record.loaded ? null : EpochId.must(this.record.entry)
    const held = [...this.ring.secrets().keys()].map((epoch) => ({ epoch, ordinal: this.ring.ordinal(epoch) }))
    const known = held.filter(({ ordinal }) => Number.isFinite(ordinal))
    const newest = Math.max(...known.map(({ ordinal }) => ordinal))
    const epochs = new Set(known.filter(({ ordinal }) => ordinal > newest - LISTEN_BACK).map(({ epoch }) => epoch))
    if (now !== null) epochs.add(now.epoch)
    if (entry !== null) epochs.add(entry)
    if (!this.record.loaded) for (const other of this.record.welcomes) epochs.add(EpochId.must(other.entry))
    const main = entry ?? now?.epoch
    return [...epochs].flatMap((epoch) => {
      const channel = this.ring.channel(epoch)
      return channel === null ? [] : [{ channel: channel.id, epoch, current: epoch === main }]
    })
  }
}

/** The index document's id: first 16 bytes of H("telar/1/index", space). */
export function indexOf(crypto: Crypto, space: SpaceId): DocumentId {
  return DocumentId.must(crypto.hash(labels.INDEX, idBytes(space)).slice(0, 16))
}
