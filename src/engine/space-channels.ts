// The channels of one space as sources for the links: which entries belong to which channel, what is still unsent, and
// the whispers. Owns the sorted id lists that reconciliation reads; never opens an entry.
import { type Bytes, compare } from '../base/bytes.ts'
import { decode, type Encodable, encode } from '../base/codec.ts'
import { type ChannelId, type DocumentId, EntryId, idBytes } from '../base/ids.ts'
import { labels } from '../crypto/index.ts'
import { isForeign } from '../log/metas.ts'
import { openWhisper, ReplayWindow, sealWhisper } from '../log/whisper.ts'
import type { ChannelSource } from '../sync/link.ts'
import { givingOrder } from './giving-order.ts'
import type { Seeing } from './peer-whispers.ts'
import { lineOf } from './peers.ts'
import { Presence } from './presence.ts'
import type { EntryMeta } from '../log/store.ts'
import type { Listening } from './reach.ts'
import { RelayConduct } from './relay-conduct.ts'
import type { Space } from './space.ts'
import type { WorkspaceContext } from './context.ts'

const UNSENT = 'unsent'

/** A connection to one device. */
interface Whispering {
  common(): readonly ChannelId[]
  inStep(channel: ChannelId): boolean
  whisper(channel: ChannelId, data: Bytes): void
}

export class SpaceChannels {
  readonly presence: Presence
  readonly unsent = new Set<EntryId>()
  #sorted = new Map<ChannelId, Bytes[]>()
  /** Everything that came before this place was told to the links; what is stored and not told yet no relay can have. */
  #told = 0
  /** Places beyond it that were told. */
  readonly #ahead = new Set<number>()
  /** Some links have been told of something and others not yet: those only seem to be in step. */
  #telling = false
  #leading: ReadonlySet<ChannelId> = new Set()
  #looking: ReadonlySet<ChannelId> = new Set()
  #replay = new ReplayWindow()
  #session: Bytes
  #counter = 0
  #cancelSave: (() => void) | null = null

  private constructor(
    private readonly workspace: WorkspaceContext,
    private readonly space: Space,
    readonly conduct: RelayConduct,
  ) {
    this.#session = workspace.env.random.bytes(16)
    this.presence = new Presence({
      now: () => workspace.env.clock.now(),
      after: (delay, run) => workspace.env.clock.after(delay, run),
      whisper: (payload) => this.#whisper(payload),
      changed: () => workspace.changed(),
    })
  }

  static async open(workspace: WorkspaceContext, space: Space): Promise<SpaceChannels> {
    const changed = () => workspace.changed()
    const conduct = await RelayConduct.open(space.id, workspace.store, workspace.env.clock, changed)
    const channels = new SpaceChannels(workspace, space, conduct)
    const stored = await workspace.store.get(UNSENT, space.id)
    const value = stored === null ? null : decode(stored)
    if (value?.ok === true && Array.isArray(value.value))
      for (const id of value.value as unknown[]) {
        const known = id instanceof Uint8Array ? EntryId.of(id) : null
        if (known !== null && space.log.has(known)) channels.unsent.add(known)
      }
    channels.#told = space.log.nextPlace
    return channels
  }

  /** Entries are held that were not: own ones wait to be sent. */
  added(ids: readonly EntryId[]): void {
    this.#sorted.clear()
    this.#telling = true
    for (const id of ids) {
      const meta = this.space.log.get(id)
      if (meta?.own === true) this.unsent.add(id)
      if (meta !== undefined && meta.order >= this.#told) this.#ahead.add(meta.order)
    }
    this.#saveSoon()
    for (const item of this.space.listening()) {
      const mine = ids.filter((id) => this.#belongs(id, item))
      if (mine.length > 0) this.workspace.connections.added(item.channel, mine)
    }
    this.#telling = false
    while (this.#ahead.delete(this.#told)) this.#told++
    this.workspace.changed()
  }

  /** The links know of everything that is stored. */
  get allTold(): boolean {
    return !this.#telling && this.#told >= this.space.log.nextPlace
  }

  /** `address`: of the relay; null for a device. */
  sources(token: string | undefined, address: string | null): readonly ChannelSource[] {
    const { ring } = this.space
    // The one that holds everything first, then the newest: to a device they are offered and compared in this order.
    const listening = [...this.space.listening()].sort(
      (a, b) =>
        Number(b.current) - Number(a.current) ||
        ring.ordinal(b.epoch) - ring.ordinal(a.epoch) ||
        b.generation - a.generation,
    )
    return listening.flatMap((item) => this.#source(item, token, address))
  }

  stop(): void {
    this.presence.stop()
    this.#cancelSave?.()
    this.#cancelSave = null
  }

  /** Something of this document, written here, no relay has acknowledged yet. */
  waitsToGo(document: DocumentId): boolean {
    for (const id of this.unsent) if (this.space.log.get(id)?.document === document) return true
    return false
  }

  /** This relay was seen to hold everything: an acknowledgement that got lost is made good. */
  stepped(address: string): void {
    if (this.#telling) return
    const main = this.space.listening().find(({ current }) => current)
    if (main !== undefined) this.conduct.stepped(address, main.channel, this.#told, () => this.space.misses())
    if (this.unsent.size === 0) return
    this.unsent.clear()
    this.#saveSoon()
  }

  async save(): Promise<void> {
    const value = encode([...this.unsent].map(idBytes))
    await this.workspace.store.write([{ bucket: UNSENT, key: this.space.id, value }])
  }

  #saveSoon(): void {
    this.#cancelSave ??= this.workspace.env.clock.after(500, () => {
      this.#cancelSave = null
      void this.save().catch(() => undefined)
    })
  }

  #source({ epoch, generation }: Listening, token: string | undefined, address: string | null): ChannelSource[] {
    const { space, workspace } = this
    const channel = space.ring.channel(epoch, generation)
    if (channel === null) return []
    // What it is changes while it is open: a generation is looked at first, then becomes the one in use, then the one before.
    const now = () => this.space.listening().find((item) => item.channel === channel.id)
    return [
      {
        channel: channel.id,
        token,
        sign: (bytes) => workspace.crypto.signRaw(channel.keys, bytes),
        held: {
          sorted: () => this.#ids(now()),
          has: (id) => space.log.has(id as EntryId),
          order: (ids) => givingOrder(ids, (id) => space.log.get(EntryId.must(id))?.own === true, workspace.env.random),
          givesOnly: () => now()?.only === 'give',
          mayGive: (id) => {
            const item = now()
            return item !== undefined && this.#mayGive(id as EntryId, item)
          },
        },
        load: (ids) => space.log.outers(ids),
        receive: (entries) => space.receive(entries),
        acked: (ids) => this.#acked(ids),
        whisper: (data, peer) => void this.#heard(data, peer).catch(() => undefined),
        tag: (context) => workspace.crypto.kdf(channel.keys.seed, labels.CHANNEL_OFFER, context).subarray(0, 32),
        ...(address === null ? {} : this.#noticed(address, channel.id)),
      },
    ]
  }

  /** What a relay does is compared with what it said before (relay-conduct.ts). */
  #noticed(address: string, channel: ChannelId): Pick<ChannelSource, 'receive' | 'acked' | 'lacks' | 'refused'> {
    const { conduct, space } = this
    return {
      receive: (entries) => {
        conduct.gave(address, entries)
        return space.receive(entries)
      },
      acked: (ids) => {
        conduct.took(address)
        this.#acked(ids)
      },
      lacks: (ids) => {
        // What belongs here by what somebody's two chains are worth may not have belonged here before.
        const orders = ids.flatMap((id) => {
          const meta = space.log.get(id)
          return meta === undefined || (meta.device !== null && space.snapshots.isSplit(meta.device)) ? [] : meta.order
        })
        conduct.lacks(address, channel, orders)
      },
      refused: (code) => conduct.refused(address, code),
    }
  }

  #acked(ids: readonly EntryId[]): void {
    const before = this.unsent.size
    for (const id of ids) this.unsent.delete(id)
    if (this.unsent.size === before) return
    this.#saveSoon()
    // Who left has said so: nothing keeps her there.
    if (this.unsent.size === 0 && this.space.standing === 'removed') this.workspace.arrange(this.space)
  }

  #mayGive(id: EntryId, item: Listening): boolean {
    if (this.space.readsOnly && !this.unsent.has(id)) return false
    return this.#belongs(id, item) && this.space.log.get(id)?.dropped !== true
  }

  /**
   * The channel in use holds all but what its snapshots cover. An older one holds what was sealed in its own time, and while somebody
   * who is in was last seen there, the key entries since. One of an epoch that cannot be judged holds its own only.
   */
  #belongs(id: EntryId, item: Listening): boolean {
    const meta = this.space.log.get(id)
    if (meta === undefined || isForeign(meta)) return false
    const { snapshots } = this.space
    if (meta.kind === 'snapshot') return snapshots.belongs(id, item)
    if (item.only === 'look') return snapshots.isStatement(id)
    if (item.only === 'give' && meta.kind !== 'keys') return snapshots.isStatement(id)
    return (item.current || this.#ofItsTime(meta, item)) && !snapshots.isCovered(meta, item)
  }

  #ofItsTime({ epoch: sealed, kind }: EntryMeta, { epoch, keys }: Listening): boolean {
    if (sealed === null || sealed === epoch) return sealed !== null
    const { ring } = this.space
    if (!Number.isFinite(ring.ordinal(epoch))) return false
    return ring.ordinal(sealed) <= ring.ordinal(epoch) || (kind === 'keys' && keys)
  }

  /** What is offered where may be different now: the links learn of what was not offered before. */
  rearranged(): void {
    const listening = this.space.listening()
    const leading = listening.filter(({ keys, current }) => keys && !current)
    const fresh = leading.filter(({ channel }) => !this.#leading.has(channel))
    this.#leading = new Set(leading.map(({ channel }) => channel))
    this.#sorted.clear()
    // What was looked at is judged: from now on it holds what this device has.
    const judged = listening.filter(({ channel, only }) => only === null && this.#looking.has(channel))
    this.#looking = new Set(listening.flatMap(({ channel, only }) => (only === 'look' ? [channel] : [])))
    for (const { channel } of judged) this.workspace.connections.ask(channel)
    if (fresh.length === 0) return
    const keys = this.space.log.metas().flatMap(({ id, kind }) => (kind === 'keys' ? [id] : []))
    for (const item of fresh)
      this.workspace.connections.added(
        item.channel,
        keys.filter((id) => this.#belongs(id, item)),
      )
  }

  #ids(item: Listening | undefined): readonly Bytes[] {
    if (item === undefined) return []
    const known = this.#sorted.get(item.channel)
    if (known !== undefined) return known
    const mine = this.space.log.ids().filter((id) => this.#belongs(id, item))
    const sorted = mine.map(idBytes).sort(compare)
    this.#sorted.set(item.channel, sorted)
    return sorted
  }

  /**
   * Says whose device this is to the device at the other end of `link`: when the channel in use opens, and once more when it is in step,
   * because the other may have learned only then that this device is in.
   */
  async introduce(link: Whispering, origin: Bytes, said: Set<string>): Promise<void> {
    const now = this.space.current()
    if (now === null || this.space.standing !== 'active' || !link.common().includes(now.channel)) return
    const name = `${now.channel} ${String(link.inStep(now.channel))}`
    if (said.has(name)) return
    said.add(name)
    await this.#whisper({ line: lineOf(this.workspace.crypto, origin, this.space.device) }, link)
  }

  #seeing(): Seeing {
    const { id: space, device } = this.space
    const others = () => this.presence.others().keys()
    return { space, device, seen: this.presence.here, others, whisper: (payload) => this.#whisper(payload) }
  }

  async #whisper(payload: Encodable, to: Pick<Whispering, 'whisper'> = this.workspace.connections): Promise<void> {
    const now = this.space.current()
    if (now === null || this.space.standing !== 'active') return
    const fields = {
      space: this.space.id,
      epoch: now.epoch,
      session: this.#session,
      counter: this.#counter++,
      time: this.workspace.env.clock.now(),
    }
    const sealed = await sealWhisper(this.workspace.crypto, {
      secret: now.secret,
      sign: this.space.keys.sign,
      fields,
      payload,
    })
    if (!sealed.ok) return
    // Also to who has not come to the newest generation yet; whoever hears it twice counts it once (EN-14).
    for (const { channel, epoch, only } of this.space.listening())
      if (epoch === now.epoch && only !== 'look') to.whisper(channel, sealed.value)
  }

  async #heard(data: Bytes, peer: string | undefined): Promise<void> {
    const opened = await openWhisper(this.workspace.crypto, data, this.space.ring.secrets(), this.space.id)
    if (!opened.ok || opened.value.device === this.space.device) return
    const { device, payload } = opened.value
    if (this.space.state.devices.get(device)?.status !== 'active' || !this.#replay.accept(opened.value)) return
    if (!(payload instanceof Uint8Array))
      return this.workspace.peerWhispers.heard(this.#seeing(), device, payload, peer)
    await this.presence.heard(device, payload)
    await this.workspace.peerWhispers.meet(this.#seeing())
  }
}
