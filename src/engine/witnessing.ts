// When this device says what it holds without being asked: a little after others' work has come to rest here, at most once an hour, never
// because of a witness (entries.md, "Witnesses"). Owns the timer and what is still unsaid; the space signs.
import type { Clock, Millis } from '../base/environment.ts'
import { type Random, randomBelow } from '../base/environment.ts'
import type { DeviceId, DocumentId } from '../base/ids.ts'
import type { EntryMeta } from '../log/store.ts'

const HOUR_MS: Millis = 3_600_000
/** A reader's word lets nothing in: it says only that one more has it. */
const READER_MS: Millis = 24 * HOUR_MS
/** After the last thing that came, so that a burst is one word; and as long again at random. */
const REST_MS: Millis = 30_000
/** So many devices each say it once an hour; more say it less often, so that a large space hears no more than that. */
const HOURLY_DEVICES = 50

/** What of a space its word needs. */
export interface Witnesses {
  readonly device: DeviceId
  readonly record: { readonly loaded: boolean }
  readonly standing: 'active' | 'loading' | 'suspended' | 'removed'
  /** May write, not only read. */
  readonly writer: boolean
  /** Devices that are in. */
  readonly devices: number
  /** Signs for what is held of these, and of the operations seen. False: it cannot now. */
  sayHeld(documents: readonly DocumentId[], operations: boolean): Promise<boolean>
  background(task: () => Promise<unknown>): void
}

type Seen = Pick<EntryMeta, 'kind' | 'device' | 'document' | 'time'>

export class Witnessing {
  readonly #unsaid = new Set<DocumentId>()
  /** Operations by others came. */
  #operations = false
  #saidAt: Millis = Number.NEGATIVE_INFINITY
  #cancel: (() => void) | null = null

  constructor(
    private readonly space: Witnesses,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  /** What is stored, in order of arrival: what came after this device's last word is unsaid. */
  begin(metas: readonly Seen[]): void {
    for (const meta of metas) this.seen(meta)
  }

  seen({ kind, device, document, time }: Seen): void {
    if (device === this.space.device) {
      if (kind !== 'witness') return
      this.#unsaid.clear()
      this.#operations = false
      this.#saidAt = Math.min(time ?? 0, this.clock.now())
    } else if (kind === 'op') this.#operations = true
    else if ((kind === 'changes' || kind === 'snapshot') && document !== null) this.#unsaid.add(document)
  }

  /** After each thing learned. */
  review(): void {
    const { record, standing } = this.space
    const due = (this.#unsaid.size > 0 || this.#operations) && standing === 'active' && record.loaded
    if (!due) return this.stop()
    if (this.#cancel !== null) return
    const { writer, devices } = this.space
    const crowd = Math.max(1, devices / HOURLY_DEVICES)
    const interval = Math.max(writer ? HOUR_MS : READER_MS, Math.ceil(HOUR_MS * crowd))
    const spread = crowd > 1 ? interval : REST_MS
    const rest = REST_MS + randomBelow(this.random, spread)
    const next = Math.max(rest, this.#saidAt + interval - this.clock.now())
    // A clock put back must not silence it for longer than once.
    this.#cancel = this.clock.after(Math.min(next, interval + rest), () => {
      this.#cancel = null
      this.space.background(() => this.#say([...this.#unsaid]))
    })
  }

  async #say(documents: readonly DocumentId[]): Promise<void> {
    const operations = this.#operations
    if (!(await this.space.sayHeld(documents, operations))) return
    for (const document of documents) this.#unsaid.delete(document)
    if (operations) this.#operations = false
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
  }
}
