// What a device does with its own pending work when it finds other keys in use than it knew: while it may be behind, and after a long
// absence until others confirm those keys, it writes nothing but who is taken out (KE-11, KE-14). Owns the dates, kept in the space's record; a clock
// only makes it more careful, never decides who is in.
import type { Millis } from '../base/environment.ts'
import { EpochId, idBytes } from '../base/ids.ts'
import type { Confirmations, EpochRing, HeldEpoch } from '../keys/index.ts'
import type { MembershipGraph } from '../membership/index.ts'
import type { SpaceRecord } from './records.ts'

const HOUR: Millis = 3_600_000
export const DAY: Millis = 24 * HOUR
/** After so long out of step the keys found must be confirmed by others. */
export const AWAY_MS: Millis = 14 * DAY
/** For so long nobody had what an epoch covers: it no longer holds up writing. */
const PASS_OVER_MS: Millis = DAY
/** For so long it looked, in step, for the second word: one is enough. The phone of whoever would give it may be lost. */
export const ONE_IS_ENOUGH_MS: Millis = DAY
/** For so long it looked, in step, for any word: nobody waits for ever. */
export const NONE_IS_ENOUGH_MS: Millis = 7 * DAY

export interface AwayHost {
  readonly record: SpaceRecord
  readonly graph: MembershipGraph
  readonly ring: EpochRing
  now(): Millis
  /** This device made that epoch. */
  isOwn(epoch: EpochId): boolean
  confirmations(epoch: EpochId): Confirmations
  /** No other member is active: nobody could confirm anything, and nobody else makes keys. */
  alone(): boolean
}

export class Away {
  constructor(private readonly host: AwayHost) {}

  /** Since when it was away, while its work waits for others to confirm the keys; null when nothing waits. */
  get since(): Millis | null {
    return this.host.record.away ?? null
  }

  /** The keys in use when it was last in step before it was away; null when they are not here. */
  before(): HeldEpoch | null {
    const { step } = this.host.record
    const epoch = step === undefined ? null : EpochId.of(step.epoch)
    const secret = epoch === null ? undefined : this.host.ring.secret(epoch)
    return epoch === null || secret === undefined ? null : { epoch, secret }
  }

  /** How many more people must confirm. */
  still(): number {
    const { ring, graph } = this.host
    const epoch = ring.inUse(graph)
    if (this.since === null || epoch === null) return 0
    const { by, needed } = this.host.confirmations(epoch)
    return Math.max(0, Math.min(needed, this.#most) - by.length)
  }

  /** After each thing learned. True when the record changed. */
  review(): boolean {
    const { record, ring, graph } = this.host
    const found = this.#notice()
    if (record.away !== undefined && this.host.alone()) {
      delete record.away
      delete record.looked
      return true
    }
    const epoch = ring.current(graph)?.epoch ?? null
    if (record.away === undefined || epoch === null || !this.host.confirmations(epoch).enough) return found
    this.#goOn(epoch)
    return true
  }

  /** A relay was seen to hold the same, in every channel. True when the record changed. */
  stepped(): boolean {
    const { record, ring, graph } = this.host
    const found = this.#notice()
    const standing = ring.standing(graph)
    const now = this.host.now()
    if (standing.type === 'behind') return this.#stillBehind(standing.epochs, now) || found
    if (record.away !== undefined) return this.#stillWaits(now) || found
    if (standing.type !== 'current') return found
    const { step } = record
    if (step !== undefined && EpochId.of(step.epoch) === standing.epoch && now - step.at < HOUR && now >= step.at)
      return found
    record.step = { at: now, epoch: idBytes(standing.epoch) }
    delete record.ahead
    return true
  }

  /** Other keys than when it was last in step, a long time ago. */
  #notice(): boolean {
    const { record, ring, graph } = this.host
    const { step } = record
    const epoch = ring.current(graph)?.epoch
    if (step === undefined || record.away !== undefined || epoch === undefined) return false
    if (EpochId.of(step.epoch) === epoch || this.host.isOwn(epoch) || this.host.now() - step.at < AWAY_MS) return false
    if (this.host.alone()) return false
    record.away = step.at
    return true
  }

  /** How many words it takes at most, after so long in which it looked in vain. */
  get #most(): number {
    const { looked } = this.host.record
    const waited = looked === undefined ? 0 : this.host.now() - looked
    if (waited >= NONE_IS_ENOUGH_MS) return 0
    return waited >= ONE_IS_ENOUGH_MS ? 1 : Number.POSITIVE_INFINITY
  }

  /** In step, and there are not enough words yet: whose are missing may never come. True when the record changed. */
  #stillWaits(now: Millis): boolean {
    const { record, ring, graph } = this.host
    const epoch = ring.current(graph)?.epoch ?? null
    const words = epoch === null ? 0 : this.host.confirmations(epoch).by.length
    if (this.#most === 0 || (epoch !== null && words >= this.#most)) {
      this.#goOn(epoch)
      return true
    }
    if (record.looked !== undefined && record.looked <= now) return false
    record.looked = now
    return true
  }

  #goOn(epoch: EpochId | null): void {
    const { record } = this.host
    delete record.away
    delete record.looked
    // Where none is in use this device makes one, and is in step with that.
    if (epoch === null) delete record.step
    else record.step = { at: this.host.now(), epoch: idBytes(epoch) }
  }

  #stillBehind(epochs: readonly EpochId[], now: Millis): boolean {
    const { record, ring } = this.host
    const before = new Map((record.ahead ?? []).map(({ epoch, at }) => [EpochId.must(epoch), at]))
    const since = epochs.map((epoch) => ({ epoch, at: before.get(epoch) ?? now }))
    ring.passOver(since.filter(({ at }) => now - at >= PASS_OVER_MS).map(({ epoch }) => epoch))
    if (since.every(({ epoch }) => before.has(epoch)) && before.size === since.length) return false
    record.ahead = since.map(({ epoch, at }) => ({ epoch: idBytes(epoch), at }))
    return true
  }
}
