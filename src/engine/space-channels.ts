// The channels of one space as sources for the links: which entries belong to which channel, what is still unsent, and
// the whispers. Owns the sorted id lists that reconciliation reads; never opens an entry.
import { type Bytes, compare } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import { EntryId, type EpochId, idBytes } from '../base/ids.ts'
import { openWhisper, ReplayWindow, sealWhisper } from '../log/whisper.ts'
import type { ChannelSource } from '../sync/link.ts'
import { Presence } from './presence.ts'
import type { Space } from './space.ts'
import type { WorkspaceContext } from './context.ts'

const UNSENT = 'unsent'

export class SpaceChannels {
  readonly presence: Presence
  readonly unsent = new Set<EntryId>()
  #sorted = new Map<EpochId, Bytes[]>()
  #leading: ReadonlySet<EpochId> = new Set()
  #replay = new ReplayWindow()
  #session: Bytes
  #counter = 0
  #cancelSave: (() => void) | null = null

  private constructor(
    private readonly workspace: WorkspaceContext,
    private readonly space: Space,
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
    const channels = new SpaceChannels(workspace, space)
    const stored = await workspace.store.get(UNSENT, space.id)
    const value = stored === null ? null : decode(stored)
    if (value?.ok === true && Array.isArray(value.value))
      for (const id of value.value as unknown[]) {
        const known = id instanceof Uint8Array ? EntryId.of(id) : null
        if (known !== null && space.log.has(known)) channels.unsent.add(known)
      }
    return channels
  }

  /** Entries are held that were not: own ones wait to be sent. */
  added(ids: readonly EntryId[]): void {
    this.#sorted.clear()
    for (const id of ids) if (this.space.log.get(id)?.own === true) this.unsent.add(id)
    this.#saveSoon()
    for (const { channel, epoch, current } of this.space.listening()) {
      const mine = current ? ids : ids.filter((id) => this.#belongs(id, epoch))
      if (mine.length > 0) this.workspace.connections.added(channel, mine)
    }
    this.workspace.changed()
  }

  sources(token: string | undefined): readonly ChannelSource[] {
    return this.space.listening().flatMap(({ epoch }) => this.#source(epoch, token))
  }

  stop(): void {
    this.presence.stop()
    this.#cancelSave?.()
    this.#cancelSave = null
  }

  /** A relay was seen to hold everything: an acknowledgement that got lost is made good. */
  allSent(): void {
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

  #source(epoch: EpochId, token: string | undefined): ChannelSource[] {
    const { space, workspace } = this
    const channel = space.ring.channel(epoch)
    if (channel === null) return []
    return [
      {
        channel: channel.id,
        token,
        sign: (bytes) => workspace.crypto.signRaw(channel.keys, bytes),
        held: {
          sorted: () => this.#ids(epoch),
          has: (id) => space.log.has(id as EntryId),
          mayGive: (id) => this.#mayGive(id as EntryId, epoch),
        },
        load: (ids) => space.log.outers(ids),
        receive: (entries) => space.receive(entries),
        acked: (ids) => this.#acked(ids),
        whisper: (data) => void this.#heard(data).catch(() => undefined),
      },
    ]
  }

  #acked(ids: readonly EntryId[]): void {
    const before = this.unsent.size
    for (const id of ids) this.unsent.delete(id)
    if (this.unsent.size === before) return
    this.#saveSoon()
    // Who left has said so: nothing keeps her there.
    if (this.unsent.size === 0 && this.space.standing === 'removed') this.workspace.arrange(this.space)
  }

  #mayGive(id: EntryId, epoch: EpochId): boolean {
    if (this.space.readsOnly && !this.unsent.has(id)) return false
    return this.#current(epoch) || this.#belongs(id, epoch)
  }

  #current(epoch: EpochId): boolean {
    return this.space.listening().some((item) => item.epoch === epoch && item.current)
  }

  /**
   * An older channel holds what was sealed in its own time, and while somebody who is in was last seen there, the key entries since. One
   * of an epoch that cannot be judged holds its own only.
   */
  #belongs(id: EntryId, epoch: EpochId): boolean {
    const meta = this.space.log.get(id)
    const sealed = meta?.epoch ?? null
    if (sealed === null || sealed === epoch) return sealed !== null
    const { ring } = this.space
    if (!Number.isFinite(ring.ordinal(epoch))) return false
    return ring.ordinal(sealed) <= ring.ordinal(epoch) || (meta?.kind === 'keys' && this.#leads(epoch))
  }

  /** Key entries of later epochs are offered here. */
  #leads(epoch: EpochId): boolean {
    return this.space.listening().some((item) => item.epoch === epoch && item.keys)
  }

  /** What is offered where may be different now: the links learn of what was not offered before. */
  rearranged(): void {
    const leading = this.space.listening().filter(({ keys, current }) => keys && !current)
    const fresh = leading.filter(({ epoch }) => !this.#leading.has(epoch))
    this.#leading = new Set(leading.map(({ epoch }) => epoch))
    this.#sorted.clear()
    if (fresh.length === 0) return
    const keys = this.space.log.metas().flatMap(({ id, kind }) => (kind === 'keys' ? [id] : []))
    for (const { channel, epoch } of fresh)
      this.workspace.connections.added(
        channel,
        keys.filter((id) => this.#belongs(id, epoch)),
      )
  }

  #ids(epoch: EpochId): readonly Bytes[] {
    const known = this.#sorted.get(epoch)
    if (known !== undefined) return known
    const all = this.space.log.ids()
    const mine = this.#current(epoch) ? all : all.filter((id) => this.#belongs(id, epoch))
    const sorted = mine.map(idBytes).sort(compare)
    this.#sorted.set(epoch, sorted)
    return sorted
  }

  async #whisper(payload: Bytes): Promise<void> {
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
    if (sealed.ok) this.workspace.connections.whisper(now.channel, sealed.value)
  }

  async #heard(data: Bytes): Promise<void> {
    const opened = await openWhisper(this.workspace.crypto, data, this.space.ring.secrets(), this.space.id)
    if (!opened.ok || opened.value.device === this.space.device) return
    const { device, payload } = opened.value
    if (this.space.state.devices.get(device)?.status !== 'active' || !this.#replay.accept(opened.value)) return
    if (payload instanceof Uint8Array) await this.presence.heard(device, payload)
  }
}
