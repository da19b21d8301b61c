// One scratch worker under a watchdog: a trial at a time, a time limit that grows with the size of the trial and with how slow this
// device has shown itself to be, and the end of a worker that overruns it or dies. Must never count time in which the device
// slept (rules IN-14, IN-15).
import type { Clock, Millis } from '../base/environment.ts'
import type { Scratch, ScratchPort, TrialAnswer, TrialRequest } from './scratch.ts'

/** `slow`: no answer within the limit. `died`: the worker died of it. `ended`: nobody wants to know any more. */
export type TrialOutcome = TrialAnswer | { readonly verdict: 'slow' | 'died' | 'ended'; readonly at: number | null }

/** Limit of the smallest trial. */
const LEAST: Millis = 5_000
/** Milliseconds more for each operation of the document and the trial: some fifty times what a laptop takes. */
const EACH = 0.1
/** What a laptop takes: the measure of how slow this device is. */
const USUAL = { least: 5, each: 0.002 } as const
/** A device so many times slower than that gets longer limits, in proportion; more than `SLOWEST` is not believed. */
const SLOW = 4
const SLOWEST = 40
/** A limit passes in so many parts, each by a timer of its own: of a night's sleep one part counts. */
const PARTS = 8
/** A worker that nobody needed for so long is ended: its memory is worth more than its start. */
const IDLE: Millis = 120_000

interface Running {
  readonly request: TrialRequest
  readonly done: (outcome: TrialOutcome) => void
}

export class Watchdog {
  #port: ScratchPort | null = null
  /** Answers of a worker that was ended do not count. */
  #life = 0
  #running: Running | null = null
  /** The entry of a stepwise trial that is being tried. */
  #at: number | null = null
  #turn: Promise<unknown> = Promise.resolve()
  #nextId = 0
  #cancel: (() => void) | null = null
  /** How many times slower than usual, as measured: jumps up, sinks slowly. */
  #slowness = 1
  #ended = false

  constructor(
    private readonly scratch: Scratch,
    private readonly clock: Clock,
    /** How often the usual limit: more for those tried again. */
    private readonly patience = 1,
  ) {}

  /** False: a trial that never ends ends nothing here but hope. */
  get watched(): boolean {
    return this.scratch.killable
  }

  /** Changes with each worker: its copies are gone with it. */
  get life(): number {
    return this.#life
  }

  /** Milliseconds a trial may take now; `operations` of the document with what is on trial. */
  limit(operations: number): Millis {
    return Math.round(this.patience * Math.max(1, this.#slowness / SLOW) * (LEAST + EACH * operations))
  }

  /** After all trials before it. */
  try(request: Omit<TrialRequest, 'id'>): Promise<TrialOutcome> {
    const run = this.#turn.then(() => this.#run({ ...request, id: this.#nextId++ }))
    this.#turn = run
    return run
  }

  end(): void {
    this.#ended = true
    this.#stop()
    this.#finish({ verdict: 'ended', at: null })
  }

  #run(request: TrialRequest): Promise<TrialOutcome> {
    if (this.#ended) return Promise.resolve({ verdict: 'ended', at: null })
    return new Promise((done) => {
      this.#running = { request, done }
      this.#at = null
      this.#cancel?.()
      const port = (this.#port ??= this.#start())
      if (this.scratch.killable) this.#watch(this.limit(request.operations) / PARTS, PARTS)
      port.post(request)
    })
  }

  #start(): ScratchPort {
    const life = ++this.#life
    const mine = () => life === this.#life
    return this.scratch.start({
      answer: (answer) => {
        if (mine() && answer.id === this.#running?.request.id) this.#answered(answer)
      },
      next: (id, at) => {
        if (mine() && id === this.#running?.request.id) this.#at = at
      },
      died: () => {
        if (!mine()) return
        this.#stop()
        this.#finish({ verdict: 'died', at: this.#at })
      },
    })
  }

  #watch(part: Millis, left: number): void {
    this.#cancel = this.clock.after(part, () => {
      if (left > 1) return this.#watch(part, left - 1)
      this.#stop()
      this.#finish({ verdict: 'slow', at: this.#at })
    })
  }

  #answered(answer: TrialAnswer): void {
    const running = this.#running
    if (running === null) return
    const { operations } = running.request
    const slowness = (answer.applyTook + answer.checkTook) / (USUAL.least + USUAL.each * operations)
    this.#slowness = Math.min(SLOWEST, Math.max(slowness, this.#slowness * 0.95 + slowness * 0.05))
    // Its module has ended: what comes next needs another.
    if (answer.verdict === 'died') this.#stop()
    this.#finish(answer)
  }

  #stop(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#port?.end()
    this.#port = null
    this.#life++
  }

  #finish(outcome: TrialOutcome): void {
    const running = this.#running
    this.#running = null
    this.#cancel?.()
    this.#cancel = this.#port === null || !this.scratch.killable ? null : this.clock.after(IDLE, () => this.#stop())
    running?.done(outcome)
  }
}
