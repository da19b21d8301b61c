// Content that comes from elsewhere into one open document: held until everything it depends on is here, checked by the guard
// with those dependencies at hand, then applied in one batch. What a removed device wrote comes in when active devices stand
// for it (entries.md, witness). Never hands Automerge a change whose start it could not check (rules IN-10, IN-11).
import { next as A } from '@automerge/automerge/slim'
import type { Bytes } from '../base/bytes.ts'
import type { ChangeHash, DeviceId, EntryId } from '../base/ids.ts'
import { guardChanges, type ParsedChange } from '../ingest/guard.ts'
import { MAX_HELD_BYTES, MAX_HELD_ENTRIES } from '../ingest/limits.ts'
import { type OpenedEntry, unpackChanges } from '../log/entry.ts'
import type { Settlement, SpaceLog } from '../log/space-log.ts'
import type { AnyDoc, Arrival } from './trials.ts'

export type { AnyDoc } from './trials.ts'

/** What is kept of a parsed change: its list of new objects may be long. */
type Kept = Pick<ParsedChange, 'hash' | 'dependencies' | 'operations'>

interface Candidate {
  readonly entry: OpenedEntry
  readonly changes: readonly Bytes[]
  readonly parsed: readonly Kept[]
  /** How many of its changes may be applied: all, or up to the last that somebody stands for (none: 0). */
  upTo: number
}

/** What may be tried on the document now, in order, and what the log is to be told. */
export interface Batch {
  readonly entries: readonly Arrival[]
  readonly settlements: readonly Settlement[]
}

/** Beyond so many changes that others wait for, only those that come in here wake what waits. */
const MANY = 1_000

export class Arrivals {
  /** Entries looked at before: applied, held or rejected. */
  readonly #seen = new Set<EntryId>()
  /** Accepted, and waiting for changes that are not here. */
  readonly #held = new Map<EntryId, Candidate>()
  /** By devices that do not count (removed, suspended, of readers), and not yet vouched for, or not to the end. */
  readonly #unvouched = new Map<EntryId, Candidate>()

  /** Handed out by `ready`, and not yet known to be in the document. */
  readonly #out = new Map<EntryId, Candidate>()
  /** Entries left on disk, by a change they wait for: of one device only so much is held in memory (IN-17). */
  readonly #aside = new Map<ChangeHash, Set<EntryId>>()
  /** Left on disk until now; what they waited for is here. */
  #woken = new Set<EntryId>()

  constructor(private readonly log: SpaceLog) {}

  /** Entries to be read from disk again. */
  woken(): readonly EntryId[] {
    const woken = [...this.#woken]
    this.#woken = new Set()
    return woken
  }

  /** Entries left on disk that wait for others. */
  get aside(): number {
    return [...this.#aside.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** Bytes of changes that wait in memory. */
  get heldBytes(): number {
    return [...this.#held.values()].reduce((sum, one) => sum + sizeOf(one), 0)
  }

  /** Of what was handed out, these did not come in: they wait for something that is held back. */
  back(waiting: ReadonlySet<EntryId>): void {
    for (const [id, candidate] of this.#out) if (waiting.has(id)) this.#held.set(id, candidate)
    this.#out.clear()
  }

  isNew(id: EntryId): boolean {
    return !this.#seen.has(id)
  }

  /** Takes in opened entries; the log has judged who wrote them. */
  add(entries: readonly OpenedEntry[]): readonly Settlement[] {
    const rejected: Settlement[] = []
    for (const entry of entries) {
      this.#seen.add(entry.id)
      this.#out.delete(entry.id)
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
    const entries: Arrival[] = []
    this.#wake((hash) => maxOp(hash) !== undefined)
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
      entries.push(arrivalOf(next))
      this.#out.set(next.entry.id, next)
      for (const change of sound.value.slice(0, next.upTo)) {
        batch.set(change.hash, change.maxOp)
        this.#wake((hash) => hash === change.hash, change.hash)
        queue.push(...(waiting.get(change.hash) ?? []))
        waiting.delete(change.hash)
      }
    }
    this.#setAside((candidate) => outside(candidate).find((hash) => maxOp(hash) === undefined))
    return { entries, settlements }
  }

  /** What waits for a change that is here now is read again: for `only` this one, or for each that `known` says is here. */
  #wake(known: (hash: ChangeHash) => boolean, only?: ChangeHash): void {
    const hashes = only === undefined ? (this.#aside.size > MANY ? [] : [...this.#aside.keys()]) : [only]
    for (const hash of hashes) {
      const ids = this.#aside.get(hash)
      if (ids === undefined || !known(hash)) continue
      this.#aside.delete(hash)
      for (const id of ids) this.#woken.add(id)
    }
  }

  /** Of each device what goes beyond its share of memory is left on disk. */
  #setAside(missing: (candidate: Candidate) => ChangeHash | undefined): void {
    const shares = new Map<DeviceId, { bytes: number; entries: number }>()
    for (const [id, candidate] of this.#held) {
      const { device } = candidate.entry.header
      const share = shares.get(device) ?? { bytes: 0, entries: 0 }
      shares.set(device, share)
      share.bytes += sizeOf(candidate)
      share.entries += 1
      if (share.bytes <= MAX_HELD_BYTES && share.entries <= MAX_HELD_ENTRIES) continue
      const hash = missing(candidate)
      if (hash === undefined) continue
      this.#held.delete(id)
      this.#aside.set(hash, (this.#aside.get(hash) ?? new Set()).add(id))
    }
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
    const kept = parsed.value.map(({ hash, dependencies, operations }) => ({ hash, dependencies, operations }))
    return { entry, changes: unpacked.value, parsed: kept, upTo: kept.length }
  }
}

const sizeOf = ({ changes, parsed }: Candidate): number =>
  changes.reduce((sum, { length }) => sum + length, 0) +
  parsed.reduce((sum, { dependencies }) => sum + 200 + 100 * dependencies.length, 0)

function arrivalOf(candidate: Candidate): Arrival {
  const { entry, changes, parsed, upTo } = candidate
  const counting = parsed.slice(0, upTo)
  return {
    id: entry.id,
    device: entry.header.device,
    changes: changes.slice(0, upTo),
    operations: counting.reduce((sum, { operations }) => sum + operations, 0),
    hashes: counting.map(({ hash }) => hash),
    outside: outside(candidate),
  }
}

/** Changes that those of an entry which count depend on, and that it does not bring. */
function outside({ parsed, upTo }: Candidate): ChangeHash[] {
  const own = new Set(parsed.map(({ hash }) => hash))
  return parsed.slice(0, upTo).flatMap(({ dependencies }) => dependencies.filter((hash) => !own.has(hash)))
}
