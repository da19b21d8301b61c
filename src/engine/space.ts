// One space on this device: takes entries in, keeps the membership graph, the epochs and the documents in step with them,
// and writes its own. Everything that changes state runs in one queue. Decides nothing that membership/, keys/, log/ or
// ingest/ decide; only puts them together.
import type { next as A } from '@automerge/automerge/slim'
import type { Repo } from '@automerge/automerge-repo/slim'
import type { Bytes } from '../base/bytes.ts'
import type { Clock } from '../base/environment.ts'
import { type DeviceId, DocumentId, type EntryId, idBytes, MemberId, type OperationId, SpaceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { KeyValueStore } from '../base/key-value.ts'
import { type Crypto, labels } from '../crypto/index.ts'
import type { DeviceKeys } from '../identity/index.ts'
import { type CurrentEpoch, EpochRing, type HeldEpoch, type OwnBoxes, type WakeContent } from '../keys/index.ts'
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
import { readIndex, type SpaceIndex } from '../documents/index-document.ts'
import type { AnyDoc } from './arrivals.ts'
import { Abreast } from './abreast.ts'
import { Away } from './away.ts'
import { Compaction } from './compaction.ts'
import type { WarningView } from './api.ts'
import { type ChangesFields, SpaceDocuments } from './documents.ts'
import type { EngineEnvironment } from './environment.ts'
import { Duties } from './duties.ts'
import { cutoffsOf, hasLeft, hasNamedRelays } from './governance.ts'
import { HeldBack } from './held-back.ts'
import { Holding } from './holding.ts'
import { list } from './listing.ts'
import { ownRelays } from './own-relays.ts'
import { Outside } from './outside.ts'
import { Publishing } from './publishing.ts'
import { type Listening, listening } from './reach.ts'
import { type SpaceRecord, spaceRecords } from './records.ts'
import { checkedBy } from './saves.ts'
import { Snapshots } from './snapshots.ts'
import { SpaceContent } from './space-content.ts'
import { SpaceSecrets } from './space-secrets.ts'
import { TakingIn } from './taking-in.ts'
import type { Company } from './ticks.ts'
import { Traces } from './traces.ts'
import type { Trials } from './trials.ts'
import { Woken } from './woken.ts'
import { Witnessing } from './witnessing.ts'
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
  /** Who would see what is typed into it here. */
  company(space: Space, document: DocumentId): Company
  /** An entry of it, written here, waits for a relay's word. */
  underWay(space: Space, document: DocumentId): boolean
  hasChunks(document: DocumentId): Promise<boolean>
  storedCopy(document: DocumentId): Promise<Bytes | null>
  forgetCopy(document: DocumentId): Promise<void>
  readonly trials: Trials
  /** A relay of the space answers. */
  reachable(space: Space): boolean
  /** A relay holds the same as this device now, in every channel. */
  inStep(space: Space): boolean
}

/** Why an operation was not written: there are no keys to write under yet, or it would have no effect, by `rule`. */
export type NotWritten = { readonly type: 'NoEpoch' } | { readonly type: 'Refused'; readonly rule: string }

type OwnOperation = Exclude<OperationFields, { op: 'create' }>

export const SPACES = 'spaces'

/** What can be said even under keys that others are still to confirm. */
const TAKING_OUT: ReadonlySet<OwnOperation['op']> = new Set(['remove', 'suspend'])

const EMPTY = {}

const AGAIN_MS = 3_000

/** Documents in one witness: well below an entry's limit, also with many heads. */
const SIGNED_AT_ONCE = 500

export class Space {
  readonly id: SpaceId
  readonly me: MemberId
  readonly graph: MembershipGraph
  readonly ring: EpochRing
  readonly documents: SpaceDocuments
  readonly writers: Writers
  readonly content: SpaceContent
  readonly snapshots: Snapshots
  readonly traces = new Traces((epoch) => this.ring.ordinal(epoch))
  /** The index document: what is in the space and how people are called. */
  readonly index: DocumentId
  #queue: Promise<unknown> = Promise.resolve()
  #channels = ''
  /** While what is stored is read again nothing is due. */
  #starting = false
  #read: { readonly doc: object; readonly index: SpaceIndex } | null = null
  /** For the parts of a space: what is written here is decided there. */
  readonly publishing: Publishing
  readonly #duties: Duties
  readonly secrets: SpaceSecrets
  readonly #takingIn: TakingIn
  readonly #abreast: Abreast
  readonly #away: Away
  readonly #outside: Outside
  readonly #woken: Woken
  readonly compaction: Compaction
  readonly #witnessing: Witnessing
  #holding: Holding | null = null
  #listening: readonly Listening[] | null = null
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
    heldBack: HeldBack,
    fresh: boolean,
  ) {
    this.id = SpaceId.must(record.space)
    this.me = MemberId.must(record.member)
    this.graph = MembershipGraph.create(this.id)
    this.ring = new EpochRing(host.crypto, this.id, record.seed)
    this.index = indexOf(host.crypto, this.id)
    this.content = new SpaceContent(log)
    this.#duties = new Duties(this, host.env, host.crypto)
    this.secrets = new SpaceSecrets(this)
    const { content, graph, ring, traces } = this
    const save = () => this.save()
    const parts = { clock: host.env.clock, crypto: host.crypto, device, keys, log, graph, ring, traces, save }
    const { store } = host
    const snapshots = {
      id: this.id,
      crypto: host.crypto,
      log,
      ring,
      store,
      record,
      save,
      check: checkedBy(host.trials.first),
    }
    this.snapshots = new Snapshots({
      ...snapshots,
      mayWrite: (by) => mayWrite(this.state, by),
      isKnown: (by) => this.state.devices.has(by),
    })
    const reopened = (entries: readonly OpenedEntry[]) => this.#seen(entries)
    this.#takingIn = new TakingIn({ ...parts, content, snapshots: this.snapshots, reopened, boxes: () => this.boxes() })
    this.publishing = new Publishing(parts)
    this.#woken = new Woken(host.store, this.id)
    this.#witnessing = new Witnessing(this, host.env.clock, host.env.random)
    this.#away = new Away({
      record,
      graph,
      ring,
      now: () => host.env.clock.now(),
      isOwn: (epoch) => ring.epoch(graph, epoch)?.rekey.device === device,
      confirmations: (epoch) => this.secrets.confirmations(epoch),
      alone: () => ![...this.state.devices.values()].some((one) => one.status === 'active' && one.member !== this.me),
    })
    this.#outside = new Outside({
      clock: host.env.clock,
      record,
      isOut: () => this.readsOnly,
      look: () => this.background(() => this.#settled()),
    })
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
      snapshot: (document) => this.snapshots.ofDocument(document),
      loadSnapshot: (kept) => this.snapshots.save(kept),
      append: (fields, payload) => this.#appendChanges(fields, payload),
      vouched: (document) => [...this.content.vouched(document, this.state)],
      changed: (document, local) => {
        this.#holding?.noted(document, this.documents.heads(document))
        host.documentChanged(this, document, local)
      },
      hasChunks: (document) => host.hasChunks(document),
      storedCopy: (document) => host.storedCopy(document),
      forgetCopy: (document) => host.forgetCopy(document),
      trials: host.trials,
      company: (document) => host.company(this, document),
      underWay: (document) => host.underWay(this, document),
      heldBack,
      sealingFailed: (cause) => {
        this.#broken(cause)
        this.#sealAgain ??= host.env.clock.after(AGAIN_MS, () => {
          this.#sealAgain = null
          this.background(() => this.documents.drain())
        })
      },
    })
    const { documents, publishing } = this
    const compacts = { clock: host.env.clock, random: host.env.random, crypto: host.crypto, log, documents, publishing }
    this.compaction = new Compaction({
      ...compacts,
      snapshots: this.snapshots,
      mayWrite: (by) => mayWrite(this.state, by),
      ready: () => (this.writable && this.#abreast.is && host.inStep(this) ? this.current() : null),
      added: (ids) => this.#compacted(ids),
      background: (task) => this.background(task),
    })
  }

  /** Makes snapshots known and lets what they state count, before they are given to anybody. */
  async #compacted(ids: readonly EntryId[]): Promise<void> {
    try {
      await this.#settled()
    } finally {
      this.host.added(this, ids)
    }
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
    const heldBack = await HeldBack.open(host.store, SpaceId.must(record.space))
    const space = new Space(record, device, keys, log, host, heldBack, fresh)
    const opened = new Set(log.metas().map(({ epoch }) => epoch))
    space.ring.restore(record.secrets, (epoch) => !record.loaded || opened.has(epoch))
    space.#takingIn.begin()
    await space.snapshots.open()
    const create = { body: record.create[0], signature: record.create[1] }
    await space.#takingIn.records([{ record: create, under: null }], [])
    const stored = log.ids().flatMap((id) => log.get(id) ?? [])
    for (const { device: by, epoch } of stored) {
      space.traces.wrote(by, epoch)
    }
    const structural = stored.filter((meta) => ['op', 'keys', 'witness'].includes(meta.kind ?? ''))
    space.#starting = true
    await space.#takeIn(await log.load(structural.map((meta) => meta.id)))
    await space.#takeWoken()
    space.#starting = false
    space.#holding = await Holding.open(space, host.store, host.env.clock)
    space.#witnessing.begin(space.log.metas())
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

  /** Others took her out: while she listens on, she gives only what she had written before, and nobody has yet. */
  get readsOnly(): boolean {
    return this.standing === 'removed' && !hasLeft(this.graph, this.me)
  }

  get crypto(): Crypto {
    return this.host.crypto
  }

  get clock(): Clock {
    return this.host.env.clock
  }

  get inStepNow(): boolean {
    return this.host.inStep(this)
  }

  get reachable(): boolean {
    return this.host.reachable(this)
  }

  /** It knows its own tail: see abreast.ts. */
  get mayWriteChains(): boolean {
    return this.#abreast.is && !this.unbegun
  }

  /** Founded here, and cut off before its first entry: `start` comes first. */
  get unbegun(): boolean {
    return this.record.founding !== undefined && this.log.ids().length === 0
  }

  get coordinator(): boolean {
    return isCoordinator(this.state, this.device)
  }

  /** Relay addresses with tokens: those of the space, then those of this device alone. */
  get relays(): readonly string[] {
    return [...this.named, ...ownRelays(this)]
  }

  /** What the graph says, or until it does what the invitation said. */
  get named(): readonly string[] {
    return this.state.relays.length > 0 || hasNamedRelays(this.graph) ? this.state.relays : this.record.relays
  }

  /**
   * The epoch to write under; null while none has seen every removal, its secret is not here, this device may be behind others, or was
   * away for long and nobody has confirmed the keys it found.
   */
  current(): CurrentEpoch | null {
    return this.#away.since === null ? this.ring.current(this.graph) : null
  }

  get writer(): boolean {
    return mayWrite(this.state, this.device)
  }

  /** Devices that are in. */
  get devices(): number {
    return [...this.state.devices.values()].filter(({ status }) => status === 'active').length
  }

  /** Who holds what (holding.ts). */
  get holding(): Holding {
    if (this.#holding === null) throw new Error('a space that is not open yet')
    return this.#holding
  }

  isCovered(document: DocumentId): boolean {
    return this.snapshots.ofDocument(document) !== null
  }

  peek(document: DocumentId): A.Doc<AnyDoc> | null {
    return this.documents.peek(document)
  }

  /** Others who are in have signed for what is not here: heads, or a place before one that is. */
  misses(): boolean {
    const gap = this.log.inState('waiting').some(({ reason }) => reason === 'gap')
    return gap || this.holding.lacking().size > 0
  }

  /** Takes in hostile entries; resolves with their ids when all are durable. */
  receive(outers: readonly Bytes[]): Promise<readonly EntryId[]> {
    return this.serial(async () => {
      const got = await this.log.receive(outers, this.ring.readable(this.graph))
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
    this.#seen(opened)
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

  /** Others' work is here: in a while this device says so. */
  #seen(entries: readonly OpenedEntry[]): void {
    if (this.#starting) return
    for (const { header } of entries) this.#witnessing.seen({ ...header, document: header.document ?? null })
  }

  /** Secrets that another welcome brought. */
  async learn(secrets: readonly Bytes[]): Promise<void> {
    this.ring.addSecrets(secrets)
    await this.save()
    await this.#takeIn([])
  }

  /** When this device may write operations: it knows what it wrote before, or nobody answers (abreast.ts). False: the session ended. */
  caughtUp(): Promise<boolean> {
    return this.#abreast.wait()
  }

  /** A relay was seen to hold the same as this device, in every channel. */
  inStep(): void {
    const before = this.looksOut
    if (this.#away.stepped()) this.background(() => this.save())
    if (before && !this.looksOut) this.background(() => this.#settled())
    this.#abreast.now()
  }

  /** Its writing is held up until others are heard, or it was in step long enough without. */
  get looksOut(): boolean {
    return this.#away.since !== null || this.ring.standing(this.graph).type === 'behind'
  }

  /** The same again, though nothing arrived: time has passed. */
  lookAgain(): void {
    if (this.host.inStep(this)) this.inStep()
  }

  /** This device may write: first what a session that was cut off left in no entry, or in no list. */
  async #ready(): Promise<void> {
    await this.documents.drain()
    for (const document of await this.writers.unclean()) await this.#quietly(this.documents.open(document))
    for (const document of this.#owned) await this.#quietly(list(this, document))
    this.#owned = []
    await this.#duties.review()
    this.host.changed(this)
  }

  /** What a wake file brought: kept first, then verified and taken in as if it came in entries. */
  wake(content: WakeContent): Promise<void> {
    return this.serial(async () => {
      await this.#woken.keep(content)
      if (this.relays.length === 0) this.record.relays = [...content.relays]
      await this.#takingIn.carried(content.operations, content.keys)
      await this.#settled()
    })
  }

  /** Once the entries hold all of it, it is kept no longer. */
  async #takeWoken(): Promise<void> {
    const woken = await this.#woken.get()
    if (woken === null) return
    const news = await this.#takingIn.carried(woken.operations, woken.keys)
    if (!news) await this.#woken.forget()
    else await this.#settled()
  }

  /** Called when a relay is in step: the history is here. */
  async loaded(): Promise<void> {
    if (this.record.loaded || !this.state.devices.has(this.device)) return
    this.record.loaded = true
    this.#listening = null
    await this.save()
    if (this.log.metas().some(({ own, device }) => own && device !== this.device)) this.#duties.returned()
    await this.#duties.review()
    this.host.changed(this)
  }

  /** The snapshots a newcomer was sent to are not here: older channels are asked for the entries instead. False: nothing was promised. */
  async withoutSnapshots(): Promise<boolean> {
    if (!(await this.snapshots.missing())) return false
    await this.#settled()
    return true
  }

  /** What holds back what is written here, for people to know. */
  waiting(): readonly WarningView[] {
    if (this.standing !== 'active') return []
    const { type } = this.ring.standing(this.graph)
    if (type === 'secret-missing' || type === 'behind') return [{ type: 'keys-missing' }]
    const { since } = this.#away
    return since === null ? [] : [{ type: 'away', since, still: this.#away.still() }]
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
    await this.#takingIn.records([{ record: create, under: null }], [])
    const made = await this.publishing.epoch()
    await this.publish('keys', made.records, [made])
    await this.publish('op', [create], [made])
  }

  /**
   * Writes an operation of one's own under the epoch in force before it; where there is none, makes one first. What would have no
   * effect by its own past is not written.
   */
  async operate(fields: OwnOperation): Promise<Result<OperationId, NotWritten>> {
    if (this.current() === null) await this.secrets.rekeyIfDue()
    const under = this.current() ?? this.#underOld(fields.op)
    if (under === null || !(await this.merged([under]))) return err({ type: 'NoEpoch' })
    const { operation, record } = await this.#draft(fields)
    const rule = this.graph.refusal(operation)
    if (rule !== null) return err({ type: 'Refused', rule })
    await this.publish('op', [record], [under])
    return ok(operation.id)
  }

  /**
   * While this device may be behind, or the epoch in use was shut against it, operations (and nothing else) go out under the last epoch
   * it can check: they may end just that. Back after long, before others have confirmed the keys of now, somebody or some device can be
   * taken out, and nothing else: under the keys of before, which nobody can have made meanwhile (KE-14).
   */
  #underOld(op: OwnOperation['op']): HeldEpoch | null {
    if (this.#away.since !== null) return TAKING_OUT.has(op) ? this.#away.before() : null
    const now = this.ring.standing(this.graph)
    if (now.type === 'secret-missing' && (op === 'rotate-device' || now.shut || this.ring.isWithheld(this.graph))) {
      const latest = (a: HeldEpoch, b: HeldEpoch) => this.ring.ordinal(b.epoch) - this.ring.ordinal(a.epoch)
      return [...this.ring.tips()].sort(latest)[0] ?? null
    }
    const epoch = now.type === 'behind' ? this.ring.inUse(this.graph) : null
    const secret = epoch === null ? undefined : this.ring.secret(epoch)
    return epoch === null || secret === undefined ? null : { epoch, secret }
  }

  /**
   * An operation about people, and what follows from it: new keys at once, a word for the work of whoever is out by it, the keys in
   * use for whoever is in again.
   */
  async order(fields: OwnOperation): Promise<Result<OperationId, NotWritten>> {
    // Under the keys of before, and while she is in who may be leaving by this.
    await this.documents.drain()
    const before = this.state
    const done = await this.operate(fields)
    if (!done.ok) return done
    await this.secrets.rekeyIfDue()
    const out = [...before.devices.keys()].filter((id) => mayWrite(before, id) && !mayWrite(this.state, id))
    await this.witness(this.content.documentsOf(new Set(out)))
    // Who is let in again shares no epoch with the others any more, until somebody gives her theirs.
    for (const id of this.secrets.lacking())
      if (before.devices.get(id)?.status === 'suspended') await this.secrets.give(id)
    return done
  }

  /** Takes a member out: once in effect she has neither the keys nor the channel (membership.md, keys.md). */
  remove(member: MemberId): Promise<Result<OperationId, NotWritten>> {
    return this.order({ op: 'remove', member, cutoffs: cutoffsOf(this.graph, member, this.device) })
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

  boxes(): OwnBoxes {
    const former = this.record.formerBoxes ?? []
    return { box: this.keys.box, formerBoxes: former.map((secret) => this.host.crypto.boxKeys(secret)) }
  }

  /** Publishes signed records, once under each of these epochs, and takes them in here. */
  async publish(kind: 'op' | 'keys', records: readonly SignedRecord[], under: readonly HeldEpoch[]): Promise<void> {
    const ids = await this.publishing.records(kind, records, under)
    const epoch = under[0]?.epoch ?? null
    if (kind === 'op')
      await this.#takingIn.records(
        records.map((record) => ({ record, under: epoch })),
        [],
      )
    else await this.#takingIn.carried([], records)
    await this.#settled()
    this.host.added(this, ids)
    // Her own going closes her channels only once it is sent.
    if (this.standing === 'removed') await this.#settled()
  }

  /** Says, by an entry that cites them, that these are the keys I go on with. */
  async confirm(): Promise<void> {
    // Also while this device waits for others to: it says nothing but which operations it knows.
    const now = this.mayWriteChains ? this.ring.current(this.graph) : null
    if (now === null || this.standing !== 'active' || this.secrets.confirms(now.epoch)) return
    const entry = await this.publishing.witness(now, new Map())
    this.host.added(this, [entry.id])
  }

  /** Of too many heads one, by `merge` under these epochs. False: that did not help. */
  async merged(under: readonly HeldEpoch[]): Promise<boolean> {
    while (this.graph.needsMerge) {
      const before = this.graph.heads().length
      const { record } = await this.#draft({ op: 'merge' })
      await this.publish('op', [record], under)
      if (this.graph.heads().length >= before) return false
    }
    return true
  }

  #draft(fields: OwnOperation) {
    const draft = { ...this.graph.draft(this.device), time: this.clock.now() }
    return buildOperation(this.crypto, this.keys.sign, draft, fields)
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
      await this.documents.seal(document)
      heads.set(document, this.documents.heads(document))
    }
    await this.#sign(now, heads)
  }

  async #sign(under: HeldEpoch, heads: ReadonlyMap<DocumentId, readonly string[]>): Promise<void> {
    const entry = await this.publishing.witness(under, heads)
    this.content.witnessed(entry)
    this.#witnessing.seen({ kind: 'witness', device: this.device, document: null, time: entry.header.time })
    this.host.added(this, [entry.id])
    this.host.changed(this)
  }

  /**
   * Signs for what is held of these documents and was not signed for before, and with `operations` at least for those seen (entries.md,
   * "Witnesses"). False: nothing can be signed now.
   */
  async sayHeld(documents: readonly DocumentId[], operations: boolean): Promise<boolean> {
    const now = this.#abreast.is && this.standing === 'active' ? this.current() : null
    if (now === null) return false
    const fresh = new Map<DocumentId, readonly string[]>()
    for (const document of documents) {
      // One that cannot be opened here is not held.
      await this.#quietly(this.documents.open(document))
      await this.documents.seal(document)
      const heads = this.documents.heads(document)
      if (heads.length > 0 && !this.holding.isSignedFor(document, this.device, heads)) fresh.set(document, heads)
    }
    const rows = [...fresh]
    for (let from = 0; from < rows.length || (from === 0 && operations); from += SIGNED_AT_ONCE)
      await this.#sign(now, new Map(rows.slice(from, from + SIGNED_AT_ONCE)))
    return true
  }

  async close(): Promise<void> {
    this.#duties.stop()
    this.compaction.stop()
    this.#witnessing.stop()
    await this.#holding?.stop().catch(() => undefined)
    this.#abreast.end()
    this.#again?.()
    this.#sealAgain?.()
    this.documents.close()
    await this.serial(() => this.documents.drain())
    this.#outside.stop()
    await this.writers.close(this.documents.unsealed())
  }

  async #appendChanges(fields: ChangesFields, payload: Bytes): Promise<boolean> {
    const now = this.#abreast.is ? this.current() : null
    if (now === null || this.standing !== 'active' || !mayWrite(this.state, this.device)) return false
    const entry = await this.publishing.changes(now, fields, payload)
    this.content.changed(fields.document)
    this.host.added(this, [entry.id])
    return true
  }

  /** After the graph, the keys or the content grew: judge what waits, apply it, and do what is due. */
  async #settled(): Promise<void> {
    this.#listening = null
    if ([this.#away.review(), this.#outside.review()].includes(true)) await this.save()
    this.snapshots.changed()
    const fresh = await this.snapshots.judge()
    const { settlements, touched } = this.content.judge(this.state)
    if (settlements.length > 0) await this.log.settle(settlements)
    if (touched.has(this.index) || fresh.has(this.index)) await this.#quietly(this.documents.open(this.index))
    for (const document of new Set([...touched, ...fresh])) {
      await this.#quietly(this.documents.arrived(document))
      await this.#quietly(this.compaction.look(document))
    }
    // Whoever asked meanwhile was told what was so before.
    this.#listening = null
    const channels = JSON.stringify([this.listening(), this.relays])
    if (channels !== this.#channels) {
      this.#channels = channels
      this.host.channelsChanged(this)
    }
    if (!this.#starting) await this.#duties.review()
    if (!this.#starting) this.#witnessing.review()
    await this.documents.retry()
    if (!this.#starting) this.compaction.review()
    this.host.changed(this)
  }

  /** Signs for what is held of these devices' work beyond what was vouched for. False: nothing can be signed now. */
  async standFor(devices: ReadonlySet<DeviceId>): Promise<boolean> {
    if (!this.writable) return true
    if (!this.#abreast.is || this.current() === null) return false
    const more: DocumentId[] = []
    for (const document of this.content.documentsOf(devices)) {
      await this.documents.open(document)
      await this.documents.seal(document)
      const known = this.content.vouched(document, this.state)
      if (this.documents.heads(document).some((head) => !known.has(head))) more.push(document)
    }
    await this.witness(more)
    return true
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
    const stays = this.readsOnly ? this.#outside.listens() : this.standing !== 'removed' || this.host.hasUnsent(this)
    return stays ? (this.#listening ??= listening(this)) : []
  }
}

/** The index document's id: first 16 bytes of H("telar/1/index", space). */
export function indexOf(crypto: Crypto, space: SpaceId): DocumentId {
  return DocumentId.must(crypto.hash(labels.INDEX, idBytes(space)).slice(0, 16))
}
