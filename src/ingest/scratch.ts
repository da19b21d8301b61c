// The scratch copy: what it means to try changes on a document's copy before the real one sees them (apply, and when asked
// save, load and compare heads). Owns the copies and the verdicts of one worker, which may be killed at any time; a verdict
// is local, never signed and never spread (rules IN-13 to IN-15).
import { next as A } from '@automerge/automerge/slim'
import type { Bytes } from '../base/bytes.ts'
import type { Result } from '../base/result.ts'
import { MAX_DOCUMENT_DEPTH, MIRROR_BYTES } from './limits.ts'
import { checkSave, type SaveClaim, type SaveError, type SaveReport } from './save.ts'

/** Copies of real documents by name; `base` brings a copy that is not here or that is not at `heads`. */
export interface TrialRequest {
  readonly id: number
  readonly document: string
  /** The saved document, where the worker has no copy; null: go on from the copy there. */
  readonly base: Bytes | null
  /** Changes of the real document that the copy lacks. */
  readonly since: readonly Bytes[]
  /** The changes of entries on trial, each after what it depends on. */
  readonly entries: readonly (readonly Bytes[])[]
  /** One entry after the other, each announced before it is tried: slower, and it finds the one at fault. */
  readonly stepwise: boolean
  /** Of the whole document with these changes, about: how long it may take depends on it. */
  readonly operations: number
  /** Also save, load and compare heads. */
  readonly check: boolean
  /** `base` is the save of a snapshot that says this of itself: it is judged (IN-20, IN-21), and no copy is kept. */
  readonly claim?: SaveClaim | undefined
}

/** Why a change is held back on this device. */
export type TrialFault =
  /** Automerge refused it. */
  | 'refused'
  /** What was saved with it does not load to the same heads. */
  | 'unloadable'
  /** Objects within objects deeper than this device shows. */
  | 'deep'
  /** It ended the scratch worker's module. */
  | 'died'
  /** The time limit. */
  | 'slow'

export interface TrialAnswer {
  readonly id: number
  /** `no-copy`: ask again with `base`. `base`: the real document itself did not pass; no verdict on the changes. */
  readonly verdict: 'sound' | 'no-copy' | 'base' | Exclude<TrialFault, 'slow'>
  /** Which entry is at fault, when that is known. */
  readonly at: number | null
  /** Heads of the copy now; empty when there is none. */
  readonly heads: readonly string[]
  /** Milliseconds it took to apply, and to save, load and compare (0 when not asked). */
  readonly applyTook: number
  readonly checkTook: number
  /** The worker's module is of no more use, or it has no room: says nothing of what it was given, where the verdict is `base`. */
  readonly moduleEnded?: boolean
  /** What became of a `claim`; there where the verdict is `sound`. */
  readonly judged?: Result<SaveReport, SaveError>
}

/** One side's end of a running scratch worker. */
export interface ScratchPort {
  post(request: TrialRequest): void
  /** Kills it, whatever it is doing. */
  end(): void
}

/** Where scratch workers come from; the environment has it. */
export interface Scratch {
  /** False: it runs on the engine's own thread, and no time limit can be kept. */
  readonly killable: boolean
  /** `died`: it will not answer any more. */
  start(on: ScratchEvents): ScratchPort
}

export interface ScratchEvents {
  /** It runs: what ends it from now on is what it is given. */
  ready(): void
  answer(answer: TrialAnswer): void
  /** Of a stepwise trial: this entry is next. */
  next(id: number, at: number): void
  died(): void
}

interface ScratchMessage {
  readonly ready?: true
  readonly failed?: true
  readonly next?: { readonly id: number; readonly at: number }
  readonly answer?: TrialAnswer
}

/** Hands on a message of a scratch worker: `{ ready }`, `{ failed }` (its module does not load), `{ answer }` or `{ next }`. */
export function scratchMessages(on: ScratchEvents, message: unknown): void {
  const { ready, failed, answer, next } = message as ScratchMessage
  if (failed === true) return on.died()
  if (ready === true) on.ready()
  if (next !== undefined) on.next(next.id, next.at)
  if (answer !== undefined) on.answer(answer)
}

type AnyDoc = Record<string, unknown>

interface Copy {
  doc: A.Doc<AnyDoc>
  bytes: number
}

const lengthOf = (changes: readonly Bytes[]) => changes.reduce((sum, { length }) => sum + length, 0)

/** The copies of one worker. `now` in milliseconds, for measuring. Never throws. */
export class Mirrors {
  /** The one used last is last. */
  readonly #copies = new Map<string, Copy>()

  constructor(
    private readonly now: () => number,
    private readonly most = MIRROR_BYTES,
  ) {}

  /** As `try`, and what is claimed of a save. */
  async answer(request: TrialRequest, next?: (at: number) => void): Promise<TrialAnswer> {
    const { id, base, claim } = request
    if (claim === undefined || base === null) return this.try(request, next)
    const began = this.now()
    const answer = { id, at: null, heads: [] }
    try {
      const judged = await checkSave(base, claim)
      return { ...answer, verdict: 'sound', judged, applyTook: this.now() - began, checkTook: 0 }
    } catch {
      // The module has ended, or there is no room.
      return { ...answer, verdict: 'base', applyTook: this.now() - began, checkTook: 0, moduleEnded: true }
    }
  }

  /** `next` is told before each entry of a stepwise trial. */
  try(request: TrialRequest, next: (at: number) => void = () => undefined): TrialAnswer {
    const { id, document, entries, stepwise } = request
    const began = this.now()
    let applied = began
    let at: number | null = null
    let stage: 'base' | 'trial' | 'check' = 'base'
    const answer = (verdict: TrialAnswer['verdict'], heads: readonly string[] = []): TrialAnswer => {
      if (verdict !== 'sound') this.#drop(document)
      const took = { applyTook: applied - began, checkTook: this.now() - applied }
      return { id, verdict, heads, at: verdict === 'sound' ? null : at, ...took }
    }
    try {
      const copy = this.#copyFor(request)
      if (copy === null) return answer('no-copy')
      stage = 'trial'
      for (const [index, some] of (stepwise ? entries : [entries.flat()]).entries()) {
        at = stepwise ? index : null
        if (stepwise) next(index)
        if (!this.#apply(copy, some)) return answer('deep')
      }
      at = null
      stage = 'check'
      applied = this.now()
      if (request.check && !loadsTheSame(copy.doc)) return answer('unloadable')
      this.#keep(document, copy)
      return answer('sound', A.getHeads(copy.doc))
    } catch (cause) {
      const died = cause instanceof WebAssembly.RuntimeError
      const moduleEnded = died || cause instanceof RangeError
      return { ...answer(stage === 'base' ? 'base' : died ? 'died' : 'refused'), moduleEnded }
    }
  }

  #copyFor({ document, base, since }: TrialRequest): Copy | null {
    if (base !== null) this.#drop(document)
    const known = base === null ? this.#copies.get(document) : { doc: A.load<AnyDoc>(base), bytes: base.length }
    if (known === undefined) return null
    // Taken out while it is at work: a copy that failed half-way is no copy.
    this.#copies.delete(document)
    if (since.length > 0) known.doc = A.applyChanges(known.doc, [...since])[0]
    known.bytes += lengthOf(since)
    return known
  }

  /** False: an object lies too deep now. */
  #apply(copy: Copy, changes: readonly Bytes[]): boolean {
    let deepest = 0
    const patchCallback = (patches: readonly A.Patch[]) => {
      for (const { path } of patches) deepest = Math.max(deepest, path.length)
    }
    if (changes.length > 0) copy.doc = A.applyChanges(copy.doc, [...changes], { patchCallback })[0]
    copy.bytes += lengthOf(changes)
    return deepest <= MAX_DOCUMENT_DEPTH
  }

  #keep(document: string, copy: Copy): void {
    this.#copies.set(document, copy)
    let sum = [...this.#copies.values()].reduce((total, { bytes }) => total + bytes, 0)
    for (const [name, { bytes }] of [...this.#copies]) {
      if (sum <= this.most) return
      this.#drop(name)
      sum -= bytes
    }
  }

  #drop(document: string): void {
    const copy = this.#copies.get(document)
    this.#copies.delete(document)
    try {
      if (copy !== undefined) A.free(copy.doc)
    } catch {
      // The module has ended; so will this worker.
    }
  }
}

function loadsTheSame(doc: A.Doc<AnyDoc>): boolean {
  try {
    const again = A.load<AnyDoc>(A.save(doc))
    const same = A.getHeads(again).join() === A.getHeads(doc).join()
    A.free(again)
    return same
  } catch (cause) {
    if (cause instanceof WebAssembly.RuntimeError) throw cause
    return false
  }
}

/** On this thread, where there is no worker: everything but the time limit. */
export function scratchHere(now: () => number): Scratch {
  return {
    killable: false,
    start(on) {
      const mirrors = new Mirrors(now)
      let ended = false
      on.ready()
      return {
        post(request) {
          void Promise.resolve().then(async () => {
            if (ended) return
            const answer = await mirrors.answer(request, (at) => on.next(request.id, at))
            if (!ended) on.answer(answer)
          })
        },
        end: () => void (ended = true),
      }
    },
  }
}
