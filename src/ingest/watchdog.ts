// One scratch worker under a watchdog: a trial at a time, a time limit that grows with the size of the trial and with how slow this
// device has shown itself to be, and the end of a worker that overruns it or dies. Must never count time in which the device
// slept (rules IN-14, IN-15).
import type { Clock, Millis } from '../base/environment.ts'
import {
  type Scratch,
  type ScratchEvents,
  scratchHere,
  type ScratchPort,
  type TrialAnswer,
  type TrialRequest,
} from './scratch.ts'

/** `slow`: no answer within the limit. `died`: the worker died of it. `ended`: nobody wants to know any more. */
export type TrialOutcome = TrialAnswer | { readonly verdict: 'slow' | 'died' | 'ended'; readonly at: number | null }

/** Limit of the smallest trial. */
const LEAST: Millis = 10_000
/** Milliseconds more for each operation of the document and the trial: some fifty times what a laptop takes. */
const EACH = 0.1
/** What a laptop takes: the measure of how slow this device is. */
const USUAL = { least: 5, each: 0.002 } as const
/** The first trial of a worker may take so much longer: nothing is warm yet. */
const COLD = 2
/** A device so many times slower than that gets longer limits, in proportion; more than `SLOWEST` is not believed. */
const SLOW = 4
const SLOWEST = 40
/** A limit passes in so many parts, each by a timer of its own: of a night's sleep one part counts. */
const PARTS = 8
/** A worker that does not run after so long, or dies before, is none. */
const START: Millis = 60_000
/** So many times in a row: there are no workers here. */
const STILLBORN = 2
/** A worker that nobody needed for so long is ended: its memory is worth more than its start. */
const IDLE: Millis = 120_000

interface Running {
  readonly request: TrialRequest
  readonly patience: number
  readonly done: (outcome: TrialOutcome) => void
}

export class Watchdog {
  #port: ScratchPort | null = null
  /** The worker runs; what is being tried was posted to it. */
  #up = false
  #stillborn = 0
  /** It has answered. */
  #warm = false
  /** Answers of a worker that was ended do not count. */
  #life = 0
  #running: Running | null = null
  /** What this worker was told last. */
  #posted: Running | null = null
  /** The entry of a stepwise trial that is being tried. */
  #at: number | null = null
  #turn: Promise<unknown> = Promise.resolve()
  #nextId = 0
  #cancel: (() => void) | null = null
  /** How many times slower than usual, as measured: jumps up, sinks slowly. */
  #slowness = 1
  #ended = false

  constructor(
    private scratch: Scratch,
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

  /** Something will be tried soon: a worker is started now. */
  prepare(): void {
    if (this.scratch.killable && !this.#ended && this.#port === null && this.#running === null) this.#start()
  }

  /** After all trials before it. `patience`: times the limit that it may take. */
  try(request: Omit<TrialRequest, 'id'>, patience = 1): Promise<TrialOutcome> {
    const run = this.#turn.then(() => this.#run({ ...request, id: this.#nextId++ }, patience))
    this.#turn = run
    return run
  }

  end(): void {
    this.#ended = true
    this.#stop()
    this.#finish({ verdict: 'ended', at: null })
  }

  #run(request: TrialRequest, patience: number): Promise<TrialOutcome> {
    if (this.#ended) return Promise.resolve({ verdict: 'ended', at: null })
    return new Promise((done) => {
      this.#running = { request, patience, done }
      this.#at = null
      // On its way up: it is posted when it is there.
      if (this.#port !== null && !this.#up) return
      this.#cancel?.()
      this.#cancel = null
      if (this.#port === null) this.#start()
      else this.#post()
    })
  }

  #start(): void {
    const life = ++this.#life
    const mine = () => life === this.#life
    this.#up = false
    this.#warm = false
    this.#posted = null
    if (this.scratch.killable) this.#watch(START / PARTS, PARTS, () => this.#stillbornAgain())
    try {
      this.#port = this.scratch.start(this.#events(mine))
    } catch {
      // A browser that forbids workers here says so at once, by throwing.
      if (mine()) this.#stillbornAgain()
    }
  }

  #events(mine: () => boolean): ScratchEvents {
    return {
      ready: () => {
        if (!mine()) return
        this.#up = true
        this.#stillborn = 0
        // In place already or about to be: `start` may say so before it answers.
        void Promise.resolve().then(() => (mine() ? this.#post() : undefined))
      },
      answer: (answer) => {
        if (mine() && answer.id === this.#running?.request.id) this.#answered(answer)
      },
      next: (id, at) => {
        if (mine() && id === this.#running?.request.id) this.#at = at
      },
      died: () => {
        if (!mine()) return
        if (!this.#up) return this.#stillbornAgain()
        this.#stop()
        this.#finish({ verdict: 'died', at: this.#at })
      },
    }
  }

  /** It never ran: no fault of what is on trial. */
  #stillbornAgain(): void {
    this.#stop()
    if (++this.#stillborn >= STILLBORN) this.scratch = scratchHere(() => this.clock.now())
    if (this.#running !== null) this.#start()
  }

  #post(): void {
    const running = this.#running
    if (this.#port === null) return
    if (running === null) return this.#rest()
    if (this.#posted === running) return
    this.#posted = running
    this.#cancel?.()
    const limit = this.limit(running.request.operations) * running.patience * (this.#warm ? 1 : COLD)
    if (this.scratch.killable)
      this.#watch(limit / PARTS, PARTS, () => {
        this.#stop()
        this.#finish({ verdict: 'slow', at: this.#at })
      })
    try {
      this.#port.post(running.request)
    } catch {
      // It cannot be told (no memory for the copy, say): nothing is known of what is on trial.
      this.#stop()
      this.#finish({ verdict: 'died', at: null })
    }
  }

  #watch(part: Millis, left: number, over: () => void): void {
    this.#cancel = this.clock.after(part, () => {
      if (left > 1) this.#watch(part, left - 1, over)
      else over()
    })
  }

  #answered(answer: TrialAnswer): void {
    const running = this.#running
    if (running === null) return
    this.#warm = true
    const { operations } = running.request
    const slowness = (answer.applyTook + answer.checkTook) / (USUAL.least + USUAL.each * operations)
    this.#slowness = Math.min(SLOWEST, Math.max(slowness, this.#slowness * 0.95 + slowness * 0.05))
    // Its module has ended: what comes next needs another.
    if (answer.verdict === 'died' || answer.moduleEnded === true) this.#stop()
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
    this.#rest()
    running?.done(outcome)
  }

  #rest(): void {
    this.#cancel?.()
    this.#cancel = this.#port === null || !this.scratch.killable ? null : this.clock.after(IDLE, () => this.#stop())
  }
}
