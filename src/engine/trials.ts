// What comes from afar, tried on a copy before the real document sees it: which of a batch is sound, and which entry is held back on
// this device alone. Owns how much is checked and the search for the entry at fault; never holds back anything because of
// another entry's fault (rules IN-13 to IN-16).
import { next as A } from '@automerge/automerge/slim'
import type { Bytes } from '../base/bytes.ts'
import type { Clock, Millis } from '../base/environment.ts'
import type { ChangeHash, DeviceId, DocumentId, EntryId } from '../base/ids.ts'
import { type Scratch, scratchHere, type TrialFault } from '../ingest/scratch.ts'
import { type TrialOutcome, Watchdog } from '../ingest/watchdog.ts'

export type AnyDoc = Record<string, unknown>

/** The changes of one entry that count, all of whose dependencies are in the document or in arrivals before it. */
export interface Arrival {
  readonly id: EntryId
  readonly device: DeviceId
  readonly changes: readonly Bytes[]
  readonly operations: number
  readonly hashes: readonly ChangeHash[]
  /** What its changes depend on and it does not bring. */
  readonly outside: readonly ChangeHash[]
}

export interface Held {
  readonly id: EntryId
  readonly fault: TrialFault
  /** It was left out without a trial, for its device's sake. */
  readonly untried?: true
}

/** A check that takes so little is always made. */
const CHEAP: Millis = 25
/** Of a document whose checks take longer, at most one part in so many of the time goes into checks. */
const ONE_IN = 10
/** After so many workers lost to one device, nothing of it is tried again until the next start. */
const MOST_STRIKES = 3
/** Times the limit that what was held back has when it is tried again, in a worker of its own. */
const PATIENCE = 8

/** The scratch workers of one engine, and who cost it one. */
export class Trials {
  readonly first: Watchdog
  /** For what was held back: it may take long, and nobody else waits for it. */
  readonly again: Watchdog
  readonly #strikes = new Map<DeviceId, number>()

  constructor(
    scratch: Scratch | undefined,
    readonly clock: Clock,
  ) {
    const here = scratch ?? scratchHere(() => clock.now())
    this.first = new Watchdog(here, clock)
    this.again = new Watchdog(here, clock, PATIENCE)
  }

  /** False: there is no worker to be killed here; a change that never ends stops this engine. */
  get watched(): boolean {
    return this.first.watched
  }

  strikes(device: DeviceId): number {
    return this.#strikes.get(device) ?? 0
  }

  strike(device: DeviceId): void {
    this.#strikes.set(device, this.strikes(device) + 1)
  }

  end(): void {
    this.first.end()
    this.again.end()
  }
}

export interface TriedDocument {
  readonly name: DocumentId
  /** The real document as it is now. */
  doc(): A.Doc<AnyDoc>
  /** Lets sound changes into it, at once. */
  apply(changes: readonly Bytes[]): void
}

/** The trials of one open document. Its calls come one after the other. */
export class DocumentTrials {
  /** Heads of the worker's copy. */
  #copy: { readonly life: number; readonly heads: readonly string[] } | null = null
  /** Operations of the document when a device's changes were last checked. */
  readonly #proven = new Map<DeviceId, number>()
  readonly #unchecked = new Map<EntryId, DeviceId>()
  #checkedAt: Millis = Number.NEGATIVE_INFINITY
  #checkTook: Millis = 0
  #held: Held[] = []
  #patience = 1

  constructor(
    private readonly trials: Trials,
    private readonly document: TriedDocument,
  ) {}

  /**
   * Applies what is sound; answers what is held back. What depends on that is neither: it waits for it. `patience`: times the limit
   * that a trial may take.
   */
  async run(arrivals: readonly Arrival[], patience = 1): Promise<readonly Held[]> {
    this.#held = []
    this.#patience = patience
    const suspects = new Set(arrivals.filter(({ device }) => this.trials.strikes(device) > 0))
    await this.#search(this.#ready(arrivals.filter((one) => !suspects.has(one))))
    for (const one of suspects) {
      if (this.trials.strikes(one.device) >= MOST_STRIKES) this.#held.push({ id: one.id, fault: 'slow', untried: true })
      else await this.#search(this.#ready([one]))
    }
    // What depends on a suspect's work that was sound after all.
    await this.#search(this.#ready(arrivals.filter((one) => !this.#settled(one))))
    return this.#held
  }

  /** What was held back, once more, with patience: in it goes, or not, and why; `ended`: unknown. */
  async retry(arrival: Arrival): Promise<TrialFault | 'sound' | 'ended'> {
    const request = this.#request([arrival], { stepwise: false, check: true, whole: true })
    const { verdict } = await this.trials.again.try(request)
    if (verdict === 'no-copy' || verdict === 'base') return 'slow'
    if (verdict === 'sound') this.#apply([arrival])
    return verdict
  }

  /** A check that was put off. Answers what is to be held back, from the next start on: it is in the document already. */
  async settleChecks(): Promise<readonly Held[]> {
    if (this.#unchecked.size === 0) return []
    const { verdict } = await this.#trial([], false, true)
    const doubtful = [...this.#unchecked.keys()]
    this.#unchecked.clear()
    return verdict === 'unloadable' ? doubtful.map((id) => ({ id, fault: verdict })) : []
  }

  /** Milliseconds until a check that was put off may be made; null: none is owed. */
  get owed(): Millis | null {
    return this.#unchecked.size === 0 ? null : this.#checkTook * ONE_IN
  }

  #settled(one: Arrival): boolean {
    return this.#held.some(({ id }) => id === one.id) || A.hasHeads(this.document.doc(), [...one.hashes.slice(-1)])
  }

  /** Those all of whose dependencies are in the document or among those before them here. */
  #ready(arrivals: readonly Arrival[]): Arrival[] {
    const here = new Set<string>()
    const doc = this.document.doc()
    return arrivals.filter(({ outside, hashes }) => {
      const ready = outside.every((hash) => here.has(hash) || A.hasHeads(doc, [hash]))
      if (ready) for (const hash of hashes) here.add(hash)
      return ready
    })
  }

  async #search(list: readonly Arrival[], stepwise = false): Promise<void> {
    if (list.length === 0) return
    const outcome = await this.#trial(list, stepwise)
    const { verdict, at } = outcome
    if (verdict === 'sound') return this.#apply(list)
    if (verdict === 'ended') return
    if (verdict === 'base') return this.#unwatched(list)
    const [only] = list
    if (only === undefined) return
    if (list.length === 1) return this.#blame(only, outcome)
    if (!stepwise && verdict !== 'unloadable') return this.#search(list, true)
    const middle = at ?? Math.floor(list.length / 2)
    await this.#search(this.#ready(list.slice(0, middle)))
    const guilty = at === null ? undefined : list[at]
    // Alone and in its place: only then is it sure that it is this one.
    if (guilty !== undefined) await this.#search(this.#ready([guilty]))
    await this.#search(this.#ready(list.slice(guilty === undefined ? middle : middle + 1)))
  }

  async #blame(arrival: Arrival, { verdict }: TrialOutcome): Promise<void> {
    if (verdict === 'sound' || verdict === 'no-copy' || verdict === 'base' || verdict === 'ended') return
    if (verdict === 'slow' || verdict === 'died' || verdict === 'unloadable') {
      // The document itself may be too much for this worker: then no entry is at fault, and nobody can watch.
      const without = await this.#trial([], false, verdict === 'unloadable')
      if (without.verdict === 'ended') return
      if (without.verdict !== 'sound') return this.#unwatched([arrival])
    }
    if (verdict === 'slow' || verdict === 'died') this.trials.strike(arrival.device)
    this.#held.push({ id: arrival.id, fault: verdict })
  }

  #apply(list: readonly Arrival[]): void {
    this.document.apply(list.flatMap(({ changes }) => changes))
  }

  /** Entry by entry, as well as Automerge's own refusals allow. */
  #unwatched(list: readonly Arrival[]): void {
    for (const one of list) {
      try {
        this.#apply(this.#ready([one]))
      } catch (cause) {
        if (cause instanceof WebAssembly.RuntimeError) throw cause
        this.#held.push({ id: one.id, fault: 'refused' })
      }
    }
  }

  async #trial(list: readonly Arrival[], stepwise: boolean, sure = false): Promise<TrialOutcome> {
    const { first } = this.trials
    const check = sure || this.#mustCheck(list)
    let outcome = await first.try(this.#request(list, { stepwise, check, whole: false }), this.#patience)
    if (outcome.verdict === 'no-copy') outcome = await first.try(this.#request(list, { stepwise, check, whole: true }))
    if ('heads' in outcome && outcome.verdict === 'sound') {
      this.#copy = { life: first.life, heads: outcome.heads }
      for (const { id, device } of list) this.#unchecked.set(id, device)
      if (check) this.#checked(outcome.checkTook)
    } else this.#copy = null
    return outcome
  }

  #request(list: readonly Arrival[], how: { stepwise: boolean; check: boolean; whole: boolean }) {
    const doc = this.document.doc()
    const copy = how.whole || this.#copy?.life !== this.trials.first.life ? null : this.#copy
    const known = copy !== null && A.hasHeads(doc, [...copy.heads])
    return {
      document: this.document.name,
      base: known ? null : A.save(doc),
      since: known ? A.getChangesSince(doc, [...copy.heads]) : [],
      entries: list.map(({ changes }) => changes),
      operations: this.#operations(list),
      stepwise: how.stepwise,
      check: how.check,
    }
  }

  #operations(list: readonly Arrival[]): number {
    return list.reduce((sum, { operations }) => sum + operations, A.stats(this.document.doc()).numOps)
  }

  /** Of a device not checked at this size always; else where it is cheap, or long enough after the last. */
  #mustCheck(list: readonly Arrival[]): boolean {
    if (this.#checkTook <= CHEAP) return true
    const size = this.#operations(list)
    if (list.some(({ device }) => (this.#proven.get(device) ?? 0) * 2 <= size)) return true
    return this.trials.clock.now() - this.#checkedAt >= this.#checkTook * ONE_IN
  }

  #checked(took: Millis): void {
    this.#checkedAt = this.trials.clock.now()
    this.#checkTook = took
    const size = this.#operations([])
    for (const device of this.#unchecked.values()) this.#proven.set(device, size)
    this.#unchecked.clear()
  }
}
