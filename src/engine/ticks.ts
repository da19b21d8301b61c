// When what was typed here becomes an entry: at once where nobody types, in quick ticks where somebody looks on in the same field, in
// slow ones elsewhere, in the slowest alone or while nothing answers. Owns times only: seals nothing, and keeps nothing from who forces it (EN-20).
import type { Clock, Millis } from '../base/environment.ts'
import type { DocumentId } from '../base/ids.ts'

/** Who would see it: nobody types here (no field has the caret), nobody else is there, others elsewhere in it, somebody in the same field. */
export type Company = 'still' | 'alone' | 'elsewhere' | 'together'

/**
 * Between two entries of one document, in ms. `together`: others have just written into it as well; `watched`: somebody is in the same
 * field and only looks on.
 */
export const TICKS = { together: 500, watched: 2_000, elsewhere: 4_000, alone: 5_000 } as const
/** Others have just written into it, in ms. */
const LATELY: Millis = 10_000
/** So long without an entry is a pause, in ms: where others are in the document, the first word after it goes at once. */
const PAUSE: Millis = 10_000
/** How often it is looked whether the company has changed, in ms. */
const LOOK: Millis = 500
/** What arrives so soon after everything was asked for belongs to it: the page's last words travel by another way than its request. */
const AFTERWARDS: Millis = 1_000

export interface TicksHost {
  readonly clock: Clock
  company(document: DocumentId): Company
  /** No link has acknowledged the last entry of this document yet. */
  underWay(document: DocumentId): boolean
  /** It is time: seals everything of this document. */
  due(document: DocumentId): void
}

export class Ticks {
  /** Documents with own changes in no entry, and since when. */
  readonly #waiting = new Map<DocumentId, Millis>()
  readonly #sealedAt = new Map<DocumentId, Millis>()
  readonly #heardAt = new Map<DocumentId, Millis>()
  readonly #timers = new Map<DocumentId, () => void>()
  #forcedAt: Millis = -Infinity
  #closed = false

  constructor(private readonly host: TicksHost) {}

  /** Something was written here. */
  changed(document: DocumentId): void {
    if (!this.#waiting.has(document)) this.#waiting.set(document, this.host.clock.now())
    this.#look(document)
  }

  /** Others wrote into it. */
  heard(document: DocumentId): void {
    this.#heardAt.set(document, this.host.clock.now())
  }

  /** Everything of it is being sealed now. Answers whether something waited. */
  sealing(document: DocumentId): boolean {
    this.#timers.get(document)?.()
    this.#timers.delete(document)
    const waited = this.#waiting.delete(document)
    if (waited) this.#sealedAt.set(document, this.host.clock.now())
    return waited
  }

  /** Everything was asked for: what comes right after it does not wait either. */
  forced(): void {
    this.#forcedAt = this.host.clock.now()
  }

  waiting(): readonly DocumentId[] {
    return [...this.#waiting.keys()]
  }

  /** Nothing waits any more: what comes is due at once. */
  close(): void {
    this.#closed = true
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
  }

  #look(document: DocumentId): void {
    this.#timers.get(document)?.()
    this.#timers.delete(document)
    const left = this.#dueAt(document) - this.host.clock.now()
    if (left <= 0) return this.host.due(document)
    this.#timers.set(
      document,
      this.host.clock.after(Math.min(left, LOOK), () => this.#look(document)),
    )
  }

  #dueAt(document: DocumentId): Millis {
    const since = this.#waiting.get(document) ?? -Infinity
    const sealed = this.#sealedAt.get(document) ?? -Infinity
    const company = this.host.company(document)
    if (this.#closed || company === 'still' || since - this.#forcedAt < AFTERWARDS) return since
    if (company === 'alone') return since + TICKS.alone
    if (since - sealed >= PAUSE) return since
    // More than the line takes is not put on it.
    if (this.host.underWay(document)) return sealed + TICKS.alone
    if (company === 'elsewhere') return since + TICKS.elsewhere
    return sealed + (since - (this.#heardAt.get(document) ?? -Infinity) < LATELY ? TICKS.together : TICKS.watched)
  }
}
