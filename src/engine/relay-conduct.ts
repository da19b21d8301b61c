// How each relay of a space has behaved towards this device: whether it still has what it said it had, gives what others have signed for,
// takes what it is given, and gives nobody's bytes. Owns the marks by which that is noticed; accuses only of what this device saw itself,
// and loses nothing over it (channels.md, "What a client notices").
import { decode, encode } from '../base/codec.ts'
import type { Clock, Millis } from '../base/environment.ts'
import type { ChannelId, SpaceId } from '../base/ids.ts'
import type { KeyValueStore } from '../base/key-value.ts'
import type { ErrorCode } from '../wire/messages.ts'
import type { RelayTrouble } from './api-sync.ts'

export const CONDUCT = 'relays'
/** Work that others have signed for may still be on its way for so long. */
export const WITHHELD_MS: Millis = 10 * 60_000
/** So long people are told of a relay that forgot, after it was refilled. */
export const FORGOT_MS: Millis = 7 * 24 * 3_600_000
const LOOK_EVERY_MS: Millis = 60_000
const DAY: Millis = 24 * 3_600_000
/** What nobody opened for so long a relay forgets, as it says (channels.md): that is no trouble of it. */
export const MAY_FORGET_MS: Millis = 365 * DAY
const SAVE_AFTER_MS = 5_000
/** An entry's version, nonce and commitment: shorter is nobody's. */
const LEAST_BYTES = 57

interface Seen {
  /** Everything that arrived here before `order` lay in this channel there. */
  channel: string
  order: number
  /** When that was last seen, to the day; 0: not known. */
  at: Millis
  forgotAt: Millis | null
  full: boolean
  garbage: boolean
  /** Since when it says that nothing is missing though others' signed work is. */
  missingSince: Millis | null
}

export class RelayConduct {
  readonly #relays = new Map<string, Seen>()
  #lookedAt: Millis = Number.NEGATIVE_INFINITY
  /** Others' signed work was missing here when that was last looked at. */
  #isMissing = false
  #cancelSave: (() => void) | null = null
  #cancelLook: (() => void) | null = null

  private constructor(
    private readonly space: SpaceId,
    private readonly store: KeyValueStore,
    private readonly clock: Clock,
    private readonly changed: () => void,
  ) {}

  static async open(space: SpaceId, store: KeyValueStore, clock: Clock, changed: () => void): Promise<RelayConduct> {
    const conduct = new RelayConduct(space, store, clock, changed)
    const stored = await store.get(CONDUCT, space)
    const value = stored === null ? null : decode(stored)
    if (value?.ok === true && Array.isArray(value.value))
      for (const row of value.value as unknown[]) {
        const [address, channel, order, forgotAt, seenAt] = Array.isArray(row) ? (row as unknown[]) : []
        if (typeof address !== 'string' || typeof channel !== 'string' || typeof order !== 'number') continue
        const seen = conduct.#of(address)
        Object.assign(seen, { channel, order })
        if (typeof forgotAt === 'number') seen.forgotAt = forgotAt
        if (typeof seenAt === 'number') seen.at = seenAt
      }
    return conduct
  }

  /** It was seen to hold the same in this channel; `order`: of whatever arrives here next. `missing` is asked now and then. */
  stepped(address: string, channel: ChannelId, order: number, missing: () => boolean): void {
    const seen = this.#of(address)
    seen.full = false
    const now = this.clock.now()
    if (seen.channel !== channel || seen.order !== order || Math.abs(now - seen.at) >= DAY) {
      Object.assign(seen, { channel, order, at: now })
      this.#saveSoon()
    }
    this.#look(missing)
    if (this.#isMissing && seen.missingSince === null) this.#blame(seen, missing)
  }

  /** It lacks what arrived here at these places, in this channel. */
  lacks(address: string, channel: ChannelId, orders: readonly number[]): void {
    const seen = this.#relays.get(address)
    if (seen === undefined || seen.channel !== channel || !orders.some((order) => order < seen.order)) return
    if (this.clock.now() - seen.at >= MAY_FORGET_MS) return
    seen.forgotAt = this.clock.now()
    this.#saveSoon()
    this.changed()
  }

  refused(address: string, code: ErrorCode): void {
    if (code !== 'quota') return
    this.#of(address).full = true
    this.changed()
  }

  took(address: string): void {
    const seen = this.#relays.get(address)
    if (seen?.full !== true) return
    seen.full = false
    this.changed()
  }

  /** A relay checks this itself (CH-15): one that passes on less is broken or lies. */
  gave(address: string, entries: readonly Uint8Array[]): void {
    if (entries.every((entry) => entry.length >= LEAST_BYTES)) return
    this.#of(address).garbage = true
    this.changed()
  }

  /** The worst that is known of it now. `inStep`: it says that nothing is missing. */
  trouble(address: string, inStep: boolean): RelayTrouble | null {
    const now = this.clock.now()
    const seen = this.#relays.get(address)
    if (seen?.forgotAt != null && now - seen.forgotAt < FORGOT_MS) return 'forgot'
    if (inStep && seen?.missingSince != null && now - seen.missingSince >= WITHHELD_MS) return 'withholds'
    if (seen?.garbage === true) return 'garbage'
    return seen?.full === true ? 'full' : null
  }

  async stop(): Promise<void> {
    this.#cancelLook?.()
    this.#cancelLook = null
    if (this.#cancelSave === null) return
    this.#cancelSave()
    this.#cancelSave = null
    await this.#save()
  }

  #look(missing: () => boolean): void {
    const now = this.clock.now()
    const waits = [...this.#relays.values()].some(({ missingSince: at }) => at !== null && now - at >= WITHHELD_MS)
    if (now >= this.#lookedAt && now - this.#lookedAt < LOOK_EVERY_MS && !waits) return
    this.#lookedAt = now
    const before = this.#isMissing
    this.#isMissing = missing()
    if (!this.#isMissing) for (const seen of this.#relays.values()) seen.missingSince = null
    if (before !== this.#isMissing) this.changed()
  }

  /** From now on it has its time: one that comes later is not to blame for what was missing before. */
  #blame(seen: Seen, missing: () => boolean): void {
    seen.missingSince = this.clock.now()
    this.#lookLater(missing)
  }

  #lookLater(missing: () => boolean): void {
    this.#cancelLook ??= this.clock.after(WITHHELD_MS, () => {
      this.#cancelLook = null
      this.#lookedAt = Number.NEGATIVE_INFINITY
      this.#look(missing)
      if (this.#isMissing) this.#lookLater(missing)
      this.changed()
    })
  }

  #of(address: string): Seen {
    const known = this.#relays.get(address)
    if (known !== undefined) return known
    const seen = { channel: '', order: 0, at: 0, forgotAt: null, full: false, garbage: false, missingSince: null }
    this.#relays.set(address, seen)
    return seen
  }

  #saveSoon(): void {
    this.#cancelSave ??= this.clock.after(SAVE_AFTER_MS, () => {
      this.#cancelSave = null
      void this.#save().catch(() => undefined)
    })
  }

  async #save(): Promise<void> {
    const rows = [...this.#relays].map(([address, seen]) => [address, seen.channel, seen.order, seen.forgotAt, seen.at])
    await this.store.write([{ bucket: CONDUCT, key: this.space, value: encode(rows) }])
  }
}
