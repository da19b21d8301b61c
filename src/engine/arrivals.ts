// Content that comes from elsewhere into one open document: held until everything it depends on is here, checked by the guard
// with those dependencies at hand, then applied in one batch. What a removed device wrote comes in when active devices stand
// for it (entries.md, witness). Never hands Automerge a change whose start it could not check (rules IN-10, IN-11).
import { next as A } from '@automerge/automerge/slim'
import type { Bytes } from '../base/bytes.ts'
import type { ChangeHash, EntryId } from '../base/ids.ts'
import { guardChanges, type ParsedChange } from '../ingest/guard.ts'
import { type OpenedEntry, unpackChanges } from '../log/entry.ts'
import type { Settlement, SpaceLog } from '../log/space-log.ts'

export type AnyDoc = Record<string, unknown>

interface Candidate {
  readonly entry: OpenedEntry
  readonly changes: readonly Bytes[]
  readonly parsed: readonly ParsedChange[]
  /** How many of its changes may be applied: all, or up to the last that somebody stands for (none: 0). */
  upTo: number
}

/** Bytes of many changes at once, and what the log is to be told. */
export interface Batch {
  readonly entries: readonly (readonly Bytes[])[]
  readonly settlements: readonly Settlement[]
}

export class Arrivals {
  /** Entries looked at before: applied, held or rejected. */
  readonly #seen = new Set<EntryId>()
  /** Accepted, and waiting for changes that are not here. */
  readonly #held = new Map<EntryId, Candidate>()
  /** By devices that do not count (removed, suspended, of readers), and not yet vouched for, or not to the end. */
  readonly #unvouched = new Map<EntryId, Candidate>()

  constructor(private readonly log: SpaceLog) {}

  isNew(id: EntryId): boolean {
    return !this.#seen.has(id)
  }

  /** Takes in opened entries; the log has judged who wrote them. */
  add(entries: readonly OpenedEntry[]): readonly Settlement[] {
    const rejected: Settlement[] = []
    for (const entry of entries) {
      this.#seen.add(entry.id)
      const candidate = this.#candidate(entry)
      if (typeof candidate === 'string') rejected.push({ id: entry.id, state: 'rejected', reason: candidate })
      else if (this.log.get(entry.id)?.reason === 'unvouched') this.#unvouched.set(entry.id, { ...candidate, upTo: 0 })
      else this.#held.set(entry.id, candidate)
    }
    return rejected
  }

  /** What can be applied to `doc` now, given the heads that active devices stand for. */
  ready(doc: A.Doc<AnyDoc>, vouched: readonly string[]): Batch {
    const backend = A.getBackend(doc)
    const batch = new Map<string, number>()
    const maxOp = (hash: ChangeHash): number | undefined => batch.get(hash) ?? backend.getChangeMetaByHash(hash)?.maxOp
    this.#welcomeBack()
    const settlements: Settlement[] = this.#vouch(vouched, (hash) => maxOp(hash as ChangeHash) !== undefined)
    const entries: (readonly Bytes[])[] = []
    const waiting = new Map<string, Candidate[]>()
    const queue = [...this.#held.values()]
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const missing = outside(next).find((hash) => maxOp(hash) === undefined)
      if (missing !== undefined) {
        waiting.set(missing, [...(waiting.get(missing) ?? []), next])
        continue
      }
      this.#held.delete(next.entry.id)
      const context = { previous: this.log.ownPrevious(next.entry.id), maxOpOf: maxOp }
      const sound = guardChanges(next.entry.header, next.changes, context)
      if (!sound.ok) {
        settlements.push({ id: next.entry.id, state: 'rejected', reason: sound.error.type })
        continue
      }
      entries.push(next.changes.slice(0, next.upTo))
      for (const change of sound.value.slice(0, next.upTo)) {
        batch.set(change.hash, change.maxOp)
        queue.push(...(waiting.get(change.hash) ?? []))
        waiting.delete(change.hash)
      }
    }
    return { entries, settlements }
  }

  /** Whose device counts again (resumed, or a writer again) needs nobody to stand for it. */
  #welcomeBack(): void {
    for (const [id, candidate] of this.#unvouched) {
      if (this.log.get(id)?.state !== 'accepted') continue
      this.#unvouched.delete(id)
      this.#held.set(id, { ...candidate, upTo: candidate.parsed.length })
    }
  }

  /** Moves to the held what is in the past of a vouched head or of accepted content; `known` says what is applied. */
  #vouch(vouched: readonly string[], known: (hash: string) => boolean): Settlement[] {
    if (this.#unvouched.size === 0) return []
    const byHash = new Map<string, Candidate>()
    for (const candidate of this.#unvouched.values())
      for (const { hash } of candidate.parsed) byHash.set(hash, candidate)
    const wanted = [...vouched, ...[...this.#held.values()].flatMap(outside)].filter((hash) => !known(hash))
    const settlements: Settlement[] = []
    for (let hash = wanted.pop(); hash !== undefined; hash = wanted.pop()) {
      const candidate = byHash.get(hash)
      if (candidate === undefined) continue
      const { id } = candidate.entry
      const upTo = candidate.parsed.findIndex((change) => change.hash === hash) + 1
      if (upTo <= candidate.upTo) continue
      candidate.upTo = upTo
      this.#held.set(id, candidate)
      wanted.push(...outside(candidate))
      // Vouched for in part, it waits for the rest: a restart must not let that in.
      if (upTo < candidate.parsed.length) continue
      this.#unvouched.delete(id)
      settlements.push({ id, state: 'accepted', reason: 'vouched' })
    }
    return settlements
  }

  #candidate(entry: OpenedEntry): Candidate | string {
    const unpacked = unpackChanges(entry.payload)
    if (!unpacked.ok) return 'BadPayload'
    const parsed = guardChanges(entry.header, unpacked.value, { previous: this.log.ownPrevious(entry.id) })
    if (!parsed.ok) return parsed.error.type
    return { entry, changes: unpacked.value, parsed: parsed.value, upTo: parsed.value.length }
  }
}

/** Changes that those of an entry which count depend on, and that it does not bring. */
function outside({ parsed, upTo }: Candidate): ChangeHash[] {
  const own = new Set(parsed.map(({ hash }) => hash))
  return parsed.slice(0, upTo).flatMap(({ dependencies }) => dependencies.filter((hash) => !own.has(hash)))
}
