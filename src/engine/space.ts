// One space on this device: takes entries in, keeps the membership graph, the epochs and the documents in step with them,
// and writes its own. Everything that changes state runs in one queue. Decides nothing that membership/, keys/, log/ or
// ingest/ decide; only puts them together.
import type { Repo } from '@automerge/automerge-repo/slim'
import type { Bytes } from '../base/bytes.ts'
import { type DeviceId, DocumentId, type EntryId, idBytes, MemberId, type OperationId, SpaceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { KeyValueStore } from '../base/key-value.ts'
import { type Crypto, labels } from '../crypto/index.ts'
import type { DeviceKeys } from '../identity/index.ts'
import { type CurrentEpoch, EpochRing, type HeldEpoch, needsRekey, type OwnBoxes } from '../keys/index.ts'
import { entryId, type OpenedEntry, type SignedRecord } from '../log/entry.ts'
import type { SpaceLog } from '../log/space-log.ts'
import {
  buildOperation,
  isCoordinator,
  MembershipGraph,
  type MembershipState,
  mayWrite,
  type OperationFields,
} from '../membership/index.ts'
import { putDocument, readIndex, type SpaceIndex } from '../documents/index-document.ts'
import { Abreast } from './abreast.ts'
import type { WarningView } from './api.ts'
import { type ChangesFields, SpaceDocuments } from './documents.ts'
import type { EngineEnvironment } from './environment.ts'
import { Duties } from './duties.ts'
import { cutoffsOf, hasLeft } from './governance.ts'
import { listingOf } from './listing.ts'
import { Publishing } from './publishing.ts'
import { type Listening, listening } from './reach.ts'
import { type SpaceRecord, spaceRecords } from './records.ts'
import { SpaceContent } from './space-content.ts'
import { TakingIn } from './taking-in.ts'
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
  /** Entries written here wait to be sent. */
  hasUnsent(space: Space): boolean
  hasChunks(document: DocumentId): Promise<boolean>
  /** A relay of the space answers. */
  reachable(space: Space): boolean
}

/** Why an operation was not written: there are no keys to write under yet, or it would have no effect, by `rule`. */
export type NotWritten = { readonly type: 'NoEpoch' } | { readonly type: 'Refused'; readonly rule: string }

type OwnOperation = Exclude<OperationFields, { op: 'create' }>

export const SPACES = 'spaces'

const EMPTY = {}

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
  readonly #takingIn: TakingIn
  readonly #publishing: Publishing
  readonly #abreast: Abreast
  /** Documents with content of this device's when it was brought up. */
  #owned: readonly DocumentId[] = []
  #again: (() => void) | null = null
  #sealAgain: (() => void) | null = null

  private constructor(
    readonly record: SpaceRecord,
    readonly device: DeviceId,
    public keys: DeviceKeys,
    readonly log: SpaceLog,
    private readonly host: SpaceHost,
    fresh: boolean,
  ) {
    this.id = SpaceId.must(record.space)
    this.me = MemberId.must(record.member)
    this.graph = MembershipGraph.create(this.id)
    this.ring = new EpochRing(host.crypto, this.id, record.seed)
    this.index = indexOf(host.crypto, this.id)
    this.content = new SpaceContent(log)
    this.#duties = new Duties(this, host.env, host.crypto)
    const parts = { clock: host.env.clock, crypto: host.crypto, device, keys, log, graph: this.graph, ring: this.ring }
    const save = () => this.save()
    this.#takingIn = new TakingIn({ ...parts, content: this.content, boxes: () => this.#boxes(), save })
    this.#publishing = new Publishing({ ...parts, save })
    this.#abreast = new Abreast(
      {
        clock: host.env.clock,
        reachable: () => host.reachable(this),
        ready: () => this.background(() => this.#ready()),
      },
      fresh,
    )
    this.writers = new Writers(host.store, host.crypto, this.id, device)
    this.documents = new SpaceDocuments({
      repo: host.repo,
      log,
      writers: this.writers,
      load: (ids) => log.load(ids),
      append: (fields, payload) => this.#appendChanges(fields, payload),
      vouched: (document) => [...this.content.vouched(document, this.state)],
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

  /** Brings a space up from its record and its stored entries; `fresh`: made or entered just now, under keys never used. */
  static async open(
    record: SpaceRecord,
    keys: DeviceKeys,
    device: DeviceId,
    log: SpaceLog,
    host: SpaceHost,
    fresh: boolean,
  ): Promise<Space> {
    const space = new Space(record, device, keys, log, host, fresh)
    space.ring.addSecrets(record.secrets)
    log.know(space.ring.secrets())
    await space.#takingIn.records([{ body: record.create[0], signature: record.create[1] }], [])
    const stored = log.ids().flatMap((id) => log.get(id) ?? [])
    const structural = stored.filter((meta) => ['op', 'keys', 'witness'].includes(meta.kind ?? ''))
    space.#starting = true
    await space.#takeIn(await log.load(structural.map((meta) => meta.id)))
    space.#starting = false
    space.#duties.begin()
    space.#owned = space.content.documentsOf(new Set([device])).filter((document) => document !== space.index)
    if (space.relays.length === 0) space.#abreast.now()
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

  get standing(): 'active' | 'loading' | 'suspended' | 'removed' {
    const mine = this.state.devices.get(this.device)
    if (mine === undefined) return 'loading'
    if (mine.status !== 'active') return mine.status
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
      try {
        if (got.fresh.length > 0) await this.#takeIn(got.opened)
      } finally {
        if (got.fresh.length > 0) this.host.added(this, got.fresh)
      }
      return outers.map((outer) => entryId(outer))
    })
  }

  /** Takes opened entries in, and does what follows from them; when storage refuses, again in a while. */
  async #takeIn(opened: readonly OpenedEntry[]): Promise<void> {
    try {
      await this.#takingIn.entries(opened)
      await this.#settled()
    } catch (cause) {
      this.#again ??= this.host.env.clock.after(AGAIN_MS, () => {
        this.#again = null
        this.background(() => this.#takeIn([]))
      })
      throw cause
    }
  }

  /** Secrets that another welcome brought. */
  async learn(secrets: readonly Bytes[]): Promise<void> {
    this.ring.addSecrets(secrets)
    await this.save()
    await this.#takeIn(await this.log.reopen(this.ring.secrets()))
  }

  /** When this device may write operations: it knows what it wrote before, or nobody answers (abreast.ts). False: the session ended. */
  caughtUp(): Promise<boolean> {
    return this.#abreast.wait()
  }

  /** A relay was seen to hold the same as this device, in every channel. */
  inStep(): void {
    this.#abreast.now()
  }

  /** This device may write: first what a session that was cut off left in no entry, or in no list. */
  async #ready(): Promise<void> {
    await this.documents.drain()
    for (const document of await this.writers.unclean()) await this.#quietly(this.documents.open(document))
    for (const document of this.#owned) await this.#quietly(this.#list(document))
    this.#owned = []
    this.host.changed(this)
  }

  async #list(document: DocumentId): Promise<void> {
    await this.documents.open(this.index)
    if (!this.writable || this.indexed().documents.has(document)) return
    const times = this.log
      .contentOf(document)
      .flatMap(({ device, time }) => (device === this.device ? (time ?? []) : []))
    const listing = listingOf(await this.documents.read(document), this.me, Math.min(...times))
    if (listing !== null) await this.documents.edit(this.index, (index) => putDocument(index, document, listing))
  }

  /** Called when a relay is in step: the history is here. */
  async loaded(): Promise<void> {
    if (this.record.loaded || !this.state.devices.has(this.device)) return
    this.record.loaded = true
    await this.save()
    this.host.changed(this)
  }

  /** What holds back what is written here, for people to know. */
  waiting(): readonly WarningView[] {
    const missing = this.standing === 'active' && this.ring.standing(this.graph).type === 'secret-missing'
    return missing ? [{ type: 'keys-missing' }] : []
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
    await this.#takingIn.records([create], [])
    const made = await this.#publishing.epoch()
    await this.publish('keys', made.records, [made])
    await this.publish('op', [create], [made])
  }

  /**
   * Writes an operation of one's own under the epoch in force before it; where there is none, makes one first. What would have no
   * effect by its own past is not written.
   */
  async operate(fields: OwnOperation): Promise<Result<OperationId, NotWritten>> {
    if (this.current() === null) await this.rekeyIfDue()
    const under = this.current()
    if (under === null) return err({ type: 'NoEpoch' })
    while (this.graph.needsMerge && fields.op !== 'merge') {
      const merged = await this.operate({ op: 'merge' })
      if (!merged.ok) return merged
    }
    const draft = { ...this.graph.draft(this.device), time: this.host.env.clock.now() }
    const { operation, record } = await buildOperation(this.host.crypto, this.keys.sign, draft, fields)
    const rule = this.graph.refusal(operation)
    if (rule !== null) return err({ type: 'Refused', rule })
    await this.publish('op', [record], [under])
    return ok(operation.id)
  }

  /** An operation about people, and what follows from it: new keys at once, and a word for the work of whoever is out by it. */
  async order(fields: OwnOperation): Promise<Result<OperationId, NotWritten>> {
    const before = this.state
    const done = await this.operate(fields)
    if (!done.ok) return done
    await this.rekeyIfDue()
    const out = [...before.devices.keys()].filter((id) => mayWrite(before, id) && !mayWrite(this.state, id))
    await this.witness(this.content.documentsOf(new Set(out)))
    return done
  }

  /** Takes a member out: once in effect she has neither the keys nor the channel (membership.md, keys.md). */
  remove(member: MemberId): Promise<Result<OperationId, NotWritten>> {
    return this.order({ op: 'remove', member, cutoffs: cutoffsOf(this.graph, member) })
  }

  /** New box keys, stored before anybody may seal to them; those before stay, for what was sealed to them (keys.md). */
  async useNewBox(): Promise<Bytes> {
    const box = this.host.crypto.boxKeys()
    this.record.formerBoxes = [this.keys.box.secretKey, ...(this.record.formerBoxes ?? [])]
    this.record.device = { ...this.record.device, box: box.secretKey }
    this.keys = { ...this.keys, box }
    await this.save()
    return box.publicKey
  }

  #boxes(): OwnBoxes {
    const former = this.record.formerBoxes ?? []
    return { box: this.keys.box, formerBoxes: former.map((secret) => this.host.crypto.boxKeys(secret)) }
  }

  /** Publishes signed records, once under each of these epochs, and takes them in here. */
  async publish(kind: 'op' | 'keys', records: readonly SignedRecord[], under: readonly HeldEpoch[]): Promise<void> {
    const ids = await this.#publishing.records(kind, records, under)
    if (kind === 'op') await this.#takingIn.records(records, [])
    else await this.#takingIn.records([], records)
    await this.#settled()
    this.host.added(this, ids)
    // Her own going closes her channels only once it is sent.
    if (this.standing === 'removed') await this.#settled()
  }

  /** Makes a new epoch when one is due and seals the rekey under each parent (keys.md). */
  async rekeyIfDue(): Promise<boolean> {
    if (this.standing === 'removed' || this.standing === 'suspended' || !needsRekey(this.graph, this.ring)) return false
    if (this.graph.needsMerge) return false
    const parents = this.ring.tips()
    const made = await this.#publishing.epoch()
    await this.publish('keys', made.records, parents)
    return true
  }

  async save(): Promise<void> {
    this.record.secrets = [...this.ring.secrets().values()]
    await this.host.store.write([{ bucket: SPACES, key: this.id, value: spaceRecords.encode(this.record) }])
  }

  /** Signs for these documents' present heads, so that what removed people wrote until now stays (entries.md, witness). */
  async witness(documents: readonly DocumentId[]): Promise<void> {
    if (!this.#abreast.is) {
      void this.#abreast.wait().then((may) => (may ? this.background(() => this.witness(documents)) : undefined))
      return
    }
    const now = this.current()
    if (now === null || documents.length === 0) return
    const heads = new Map<DocumentId, readonly string[]>()
    for (const document of documents) {
      await this.documents.open(document)
      heads.set(document, this.documents.heads(document))
    }
    const entry = await this.#publishing.witness(now, heads)
    this.content.witnessed(entry)
    this.host.added(this, [entry.id])
  }

  async close(): Promise<void> {
    this.#duties.stop()
    this.#abreast.end()
    this.#again?.()
    this.#sealAgain?.()
    await this.serial(() => this.documents.drain())
    await this.writers.close(this.documents.unsealed())
  }

  async #appendChanges(fields: ChangesFields, payload: Bytes): Promise<boolean> {
    const now = this.#abreast.is ? this.current() : null
    if (now === null || this.standing !== 'active' || !mayWrite(this.state, this.device)) return false
    const entry = await this.#publishing.changes(now, fields, payload)
    this.content.changed()
    this.host.added(this, [entry.id])
    return true
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
      const known = this.content.vouched(document, this.state)
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

  /** The channels to be open on each relay. */
  listening(): readonly Listening[] {
    // Who leaves by herself stays until her word is sent.
    const gone = this.standing === 'removed' && !(hasLeft(this.graph, this.me) && this.host.hasUnsent(this))
    return gone ? [] : listening(this)
  }
}

/** The index document's id: first 16 bytes of H("telar/1/index", space). */
export function indexOf(crypto: Crypto, space: SpaceId): DocumentId {
  return DocumentId.must(crypto.hash(labels.INDEX, idBytes(space)).slice(0, 16))
}
