// How long a device that others took out goes on listening: a removal can be undone by what was said at the same time (a suspension with
// a cut-off, a cycle), and who closes her channels never hears of it. Owns the date in the sealed record and the look at the clock; never
// decides who is out, and lets nothing be written (docs/spec/channels.md, docs/decisions/2026-11-20-removed-goes-on-listening.md).
import type { Clock, Millis } from '../base/environment.ts'
import type { SpaceRecord } from './records.ts'

const DAY: Millis = 24 * 60 * 60 * 1000
/** So long after she learned of it. */
export const LISTENS_ON_MS: Millis = 30 * DAY

export interface OutsideHost {
  readonly clock: Clock
  readonly record: Pick<SpaceRecord, 'outSince'>
  /** Others took her out; not her own word. */
  isOut(): boolean
  /** Time has passed: the channels may be others now. */
  look(): void
}

export class Outside {
  #cancel: (() => void) | null = null

  constructor(private readonly host: OutsideHost) {}

  /** After each thing learned. True: the record changed. */
  review(): boolean {
    const { clock, record } = this.host
    this.stop()
    if (!this.host.isOut()) {
      if (record.outSince === undefined) return false
      delete record.outSince
      return true
    }
    const before = record.outSince
    // A clock that was ahead and was put right must not make it longer.
    record.outSince = Math.min(before ?? clock.now(), clock.now())
    // A day at a time: timers of a platform do not reach further than some weeks.
    if (this.listens()) this.#cancel = clock.after(DAY, () => this.host.look())
    return record.outSince !== before
  }

  /** Of who is out: whether her channels are still open. */
  listens(): boolean {
    const { clock, record } = this.host
    return record.outSince !== undefined && clock.now() - record.outSince < LISTENS_ON_MS
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
  }
}
