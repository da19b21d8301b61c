// All entries of one space on this device: what is held, in which state, and the one way in for received and own entries.
// Owns the index in memory and the order "store durably, then answer" (EN-12); never judges membership or content (the engine
// does, through `settle`). Keeps the epoch secrets it was given in memory only, to open again what is stored.
import type { Bytes } from '../base/bytes.ts'
import {
  type ActorId,
  type ChangeHash,
  DeviceId,
  type DocumentId,
  type EntryId,
  type EpochId,
  type HeaderId,
  type OperationId,
  type SpaceId,
} from '../base/ids.ts'
import type { Crypto, SignKeys } from '../crypto/index.ts'
import { type EntryFields, entryId, type OpenedEntry, openEntry, sealEntry } from './entry.ts'
import { type Anchor, Anchors } from './anchors.ts'
import { LastSeen } from './last-seen.ts'
import { MAX_OUTER_BYTES, MAX_SEALED_ENTRIES } from './limits.ts'
import { failedMeta, isClosed, openedMeta } from './metas.ts'
import { chainOf, contentChain, Positions, witnessChain } from './positions.ts'
import type { EntryMeta, EntryState, EntryStore } from './store.ts'

export type Secrets = ReadonlyMap<EpochId, Bytes>

export interface Received {
  /** Stored by this call, whatever their state. */
  readonly fresh: readonly EntryId[]
  /** Of these, the ones that opened and passed every check of the bytes: now `waiting`. */
  readonly opened: readonly OpenedEntry[]
  readonly duplicates: readonly EntryId[]
  /** Not kept: too large, or too many that nobody here can open. */
  readonly refused: readonly EntryId[]
}

export interface Settlement {
  readonly id: EntryId
  readonly state: EntryState
  /** A code: why it is rejected or unreadable, or what it waits for. */
  readonly reason: string | null
}

/** ready: nothing before it is missing. waiting: a gap. broken: what it says comes before it does not, or was rejected. */
export type ChainReadiness = 'ready' | 'waiting' | 'broken'

/** `seq`, `prev` are filled in by the log; `heads` is left out by it where they are the same as before. */
export type OwnFields = Omit<EntryFields, 'seq' | 'prev' | 'space'>

/** What the author's change before an entry's first one was, as signed in the header before it in the chain. */
export interface OwnPrevious {
  readonly actor: ActorId | null
  readonly last: number | null
  readonly hash: ChangeHash | null
}

const REOPENED_AT_ONCE = 256

export class SpaceLog {
  readonly seen = new LastSeen()
  private readonly index = new Map<EntryId, EntryMeta>()
  private readonly positions = new Positions()
  private readonly anchors = new Anchors()
  private nextOrder = 0
  private sealedCount = 0
  private tail: Promise<unknown> = Promise.resolve()
  /** Devices with `changes` in a document. */
  private readonly authors = new Map<DocumentId, Set<DeviceId>>()
  private readonly secrets = new Map<EpochId, Bytes>()

  private constructor(
    private readonly crypto: Crypto,
    private readonly store: EntryStore,
    readonly space: SpaceId,
  ) {}

  /** `secrets` are those known so far: without them `load` opens nothing before `receive` or `reopen` bring some. */
  static async open(
    crypto: Crypto,
    store: EntryStore,
    space: SpaceId,
    secrets: Secrets = new Map(),
  ): Promise<SpaceLog> {
    const log = new SpaceLog(crypto, store, space)
    log.know(secrets)
    const metas = [...(await store.metas())].sort((a, b) => a.order - b.order)
    log.remember(metas)
    return log
  }

  /** Secrets to open with from now on, in memory only. */
  know(secrets: Secrets): void {
    for (const [epoch, secret] of secrets) this.secrets.set(epoch, secret)
  }

  /** In order of arrival. */
  ids(): readonly EntryId[] {
    return [...this.index.keys()]
  }

  /** The order of whatever comes next. */
  get nextPlace(): number {
    return this.nextOrder
  }

  has(id: EntryId): boolean {
    return this.index.has(id)
  }

  get(id: EntryId): EntryMeta | undefined {
    return this.index.get(id)
  }

  /** In order of arrival. */
  metas(): readonly EntryMeta[] {
    return [...this.index.values()]
  }

  inState(state: EntryState): readonly EntryMeta[] {
    return this.metas().filter((meta) => meta.state === state)
  }

  /** The `changes` of a document, chain after chain (ascending by device), each in its order, each header once. */
  contentOf(document: DocumentId): readonly EntryMeta[] {
    return [...(this.authors.get(document) ?? [])]
      .sort()
      .flatMap((device) => this.positions.inOrder(contentChain(device, document)))
  }

  /** Devices that signed two headers for one position (EN-8). */
  equivocators(): ReadonlySet<DeviceId> {
    return this.positions.equivocators()
  }

  /** EN-8, for an opened entry that is held. */
  chainReady(id: EntryId): ChainReadiness {
    const meta = this.index.get(id)
    if (meta === undefined || meta.headerId === null) return 'broken'
    if (chainOf(meta) === null || meta.prev === null) return 'ready'
    const before = this.positions.header(meta.prev)
    if (before === undefined) return this.anchors.reaches(meta) ? 'ready' : 'waiting'
    const follows = chainOf(before) === chainOf(meta) && before.seq === (meta.seq ?? 0) - 1
    return follows && before.state !== 'rejected' ? 'ready' : 'broken'
  }

  /** The graph heads an opened entry cites, its own or those of the nearest before it in the chain; null across a gap. */
  citedHeads(id: EntryId): readonly OperationId[] | null {
    let meta = this.index.get(id)
    while (meta !== undefined && meta.heads === null) {
      const before: EntryMeta | undefined = meta.prev === null ? undefined : this.positions.header(meta.prev)
      const follows = before !== undefined && chainOf(before) === chainOf(meta) && before.seq === (meta.seq ?? 0) - 1
      meta = follows ? before : undefined
    }
    return meta?.heads ?? null
  }

  /**
   * For the guard: the nearest entry before this one in its chain by the same actor (a device may write as several, the page
   * and the engine, in one chain), or what a snapshot says of that actor. undefined across a gap, null when there is none.
   */
  ownPrevious(id: EntryId): OwnPrevious | null | undefined {
    const meta = this.index.get(id)
    let before: EntryMeta | undefined = meta
    do {
      if (before === undefined) return undefined
      if (before.prev === null) return null
      const at: EntryMeta = before
      before = this.positions.header(before.prev)
      const anchor = before === undefined ? this.anchors.before(at) : undefined
      if (anchor !== undefined) return meta?.actor == null ? null : (anchor.actors.get(meta.actor) ?? null)
    } while (before?.actor !== meta?.actor)
    return before
  }

  /** Opens and stores what is new, in one durable batch, then answers. Rejects, with nothing changed, when storage refuses. */
  receive(outers: readonly Bytes[], secrets: Secrets): Promise<Received> {
    this.know(secrets)
    return this.inTurn(async () => {
      const fresh = new Map<EntryId, { id: EntryId; outer: Bytes; meta: EntryMeta }>()
      const opened: OpenedEntry[] = []
      const duplicates: EntryId[] = []
      const refused: EntryId[] = []
      let sealed = this.sealedCount
      for (const outer of outers) {
        const id = entryId(outer)
        if (this.index.has(id) || fresh.has(id)) {
          duplicates.push(id)
          continue
        }
        const result =
          outer.length > MAX_OUTER_BYTES ? null : await openEntry(this.crypto, outer, this.secrets, this.space)
        const known = result === null ? null : result.ok ? openedMeta(result.value) : failedMeta(id, result.error)
        if (known === null || (isClosed(known) && ++sealed > MAX_SEALED_ENTRIES)) {
          refused.push(id)
          continue
        }
        if (result?.ok === true) opened.push(result.value)
        const meta = { ...known, order: this.nextOrder + fresh.size, size: outer.length, own: false }
        fresh.set(id, { id, outer, meta })
      }
      const add = [...fresh.values()]
      if (add.length > 0) await this.store.write({ add })
      this.remember(add.map(({ meta }) => meta))
      return { fresh: [...fresh.keys()], opened, duplicates, refused }
    })
  }

  /**
   * Tries the sealed entries again, and the unreadable ones (the app may be newer now), with `secrets` alone. Answers
   * those that opened, in order of arrival.
   */
  reopen(secrets: Secrets): Promise<readonly OpenedEntry[]> {
    this.know(secrets)
    return this.inTurn(async () => {
      const opened: OpenedEntry[] = []
      const update: EntryMeta[] = []
      const closed = this.metas().filter(({ state }) => state === 'sealed' || state === 'unreadable')
      for (let from = 0; from < closed.length; from += REOPENED_AT_ONCE) {
        const some = closed.slice(from, from + REOPENED_AT_ONCE)
        const outers = await this.store.bytes(some.map(({ id }) => id))
        for (const meta of some) {
          const outer = outers.get(meta.id)
          const result = outer === undefined ? null : await openEntry(this.crypto, outer, secrets, this.space)
          if (result === null || (!result.ok && result.error.type === 'NoSecret')) continue
          const known = result.ok ? openedMeta(result.value) : failedMeta(meta.id, result.error)
          if (result.ok) opened.push(result.value)
          if (known.state !== meta.state) update.push({ ...meta, ...known })
        }
      }
      if (update.length > 0) await this.store.write({ update })
      this.remember(update)
      return opened
    })
  }

  /**
   * Seals an own entry at the end of its chain and stores it durably (EN-12); it is `accepted` from the start. Rejects when
   * storage refuses; throws for a payload above `MAX_PAYLOAD_BYTES`, which the caller has split.
   */
  append(secret: Bytes, fields: OwnFields, payload: Bytes, sign: SignKeys): Promise<OpenedEntry> {
    return this.inTurn(async () => {
      const placed = this.place(fields, DeviceId.must(sign.publicKey))
      const sealed = await sealEntry(this.crypto, { secret, fields: placed, payload, sign })
      if (!sealed.ok) throw new Error('a payload too large for one entry')
      const { outer, entry } = sealed.value
      // Nobody could ever open what this refuses: better to fail here.
      const secrets = new Map([[placed.epoch, secret]])
      const sound = await openEntry(this.crypto, outer, secrets, this.space, true)
      if (!sound.ok) throw new Error(`an own entry that does not open: ${sound.error.type}`)
      this.know(secrets)
      const mine = { state: 'accepted', order: this.nextOrder, size: outer.length, own: true } as const
      const meta: EntryMeta = { ...openedMeta(entry), ...mine }
      await this.store.write({ add: [{ id: entry.id, outer, meta }] })
      this.remember([meta])
      return entry
    })
  }

  /** The opened entries of those held and openable, in the order asked. Signatures were verified when they came. */
  async load(ids: readonly EntryId[], secrets: Secrets = new Map()): Promise<readonly OpenedEntry[]> {
    this.know(secrets)
    const bytes = await this.store.bytes(ids)
    const entries: OpenedEntry[] = []
    for (const id of ids) {
      const outer = bytes.get(id)
      if (outer === undefined) continue
      const verified = ['waiting', 'accepted'].includes(this.index.get(id)?.state ?? '')
      const result = await openEntry(this.crypto, outer, this.secrets, this.space, verified)
      if (result.ok && result.value.id === id) entries.push(result.value)
    }
    return entries
  }

  /** The outer forms that are held, for sending. */
  outers(ids: readonly EntryId[]): Promise<ReadonlyMap<EntryId, Bytes>> {
    return this.store.bytes(ids)
  }

  /** Ends of chains whose entries a sound snapshot stands for (EN-18): what follows them follows something that is here. */
  anchor(anchors: readonly Anchor[]): void {
    for (const anchor of anchors) this.anchors.add(anchor)
  }

  /** The entry of this header and all before it in its chain, the last first, as far as they are held without a gap. */
  backFrom(header: HeaderId): readonly EntryMeta[] {
    const out: EntryMeta[] = []
    for (let meta = this.positions.header(header); meta !== undefined;) {
      out.push(meta)
      const before: EntryMeta | undefined = meta.prev === null ? undefined : this.positions.header(meta.prev)
      const follows = before !== undefined && chainOf(before) === chainOf(meta) && before.seq === (meta.seq ?? 0) - 1
      meta = follows ? before : undefined
    }
    return out
  }

  /** Lets the bytes of these go; what is known of them stays (EN-19). All of it or nothing. */
  drop(ids: readonly EntryId[]): Promise<void> {
    return this.inTurn(async () => {
      const held = ids.flatMap((id) => this.index.get(id) ?? [])
      const drop = held.flatMap((meta) => (meta.dropped === true ? [] : [{ ...meta, dropped: true as const }]))
      if (drop.length > 0) await this.store.write({ drop })
      this.remember(drop)
    })
  }

  /** Stores verdicts. Unknown ids and sealed entries are left alone; a rejection stays for good (EN-11). */
  settle(settlements: readonly Settlement[]): Promise<void> {
    return this.inTurn(async () => {
      const update = settlements.flatMap(({ id, state, reason }) => {
        const meta = this.index.get(id)
        if (meta === undefined || state === 'sealed') return []
        if (meta.state === 'sealed' || meta.state === 'rejected') return []
        return meta.state === state && meta.reason === reason ? [] : [{ ...meta, state, reason }]
      })
      if (update.length > 0) await this.store.write({ update })
      this.remember(update)
    })
  }

  /** The header of an own entry with its place: position and previous header; heads only where the kind has them and they
   * changed. */
  private place(fields: OwnFields, device: DeviceId): EntryFields {
    const { kind, document, heads, ...rest } = fields
    const sorted = heads === undefined ? undefined : [...heads].sort()
    const base = { ...rest, kind, space: this.space }
    if (kind === 'op' || kind === 'keys' || kind === 'blob') return base
    if (kind === 'snapshot') return { ...base, document, heads: sorted }
    const content = kind === 'changes' && document !== undefined
    const chain = content ? contentChain(device, document) : witnessChain(device)
    // An actor's changes follow each other (IN-10), also when a tail of its own, written by a copy put back, came between.
    const tip = this.positions.tipFor(chain, fields.actor ?? null)
    const whole = content ? { ...base, document } : base
    const anchor = this.anchors.tip(chain)
    // Storage put back from a copy: what stands in one's own chain may be known by a snapshot alone.
    const begun = this.positions.hasWritten(chain, fields.actor ?? null)
    if (anchor !== undefined && anchor.seq > (tip?.seq ?? -1) && !begun)
      return { ...whole, heads: sorted, seq: anchor.seq + 1, prev: anchor.headerId }
    if (tip === undefined) return { ...whole, heads: sorted, seq: 0, prev: null }
    const same = this.citedHeads(tip.id)?.join() === sorted?.join()
    return { ...whole, heads: same ? undefined : sorted, seq: (tip.seq ?? 0) + 1, prev: tip.headerId }
  }

  private remember(metas: readonly EntryMeta[]): void {
    for (const meta of metas) {
      this.seen.heard(meta.device, meta.time)
      const before = this.index.get(meta.id)
      this.sealedCount += Number(isClosed(meta)) - Number(before !== undefined && isClosed(before))
      this.index.set(meta.id, meta)
      this.positions.put(meta)
      if (meta.kind === 'changes' && meta.document !== null && meta.device !== null)
        this.authors.set(meta.document, (this.authors.get(meta.document) ?? new Set()).add(meta.device))
      this.nextOrder = Math.max(this.nextOrder, meta.order + 1)
    }
  }

  /** One after the other: positions and duplicates are decided on an index that nobody else is changing. */
  private inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.tail.then(run, run)
    this.tail = result.catch(() => undefined)
    return result
  }
}
