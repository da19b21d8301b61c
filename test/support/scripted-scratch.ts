// A clock that stands still until it is told to go on, and scratch workers that do as a test says: they hang, die or never start.
// No part of the app.
import type { Clock } from '../../src/base/environment.ts'
import { Mirrors, type Scratch, type ScratchEvents, type TrialRequest } from '../../src/ingest/scratch.ts'

export class StillClock implements Clock {
  #now = 0
  #timers: { readonly at: number; readonly run: () => void }[] = []

  now = () => this.#now

  after(delay: number, run: () => void): () => void {
    const timer = { at: this.#now + delay, run }
    this.#timers.push(timer)
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer))
  }

  get waiting(): number {
    return this.#timers.length
  }

  /** The next timer that is due, however far away. */
  next(): void {
    const [timer] = this.#timers.sort((a, b) => a.at - b.at)
    if (timer === undefined) return
    this.#timers = this.#timers.filter((other) => other !== timer)
    this.#now = Math.max(this.#now, timer.at)
    timer.run()
  }

  /** The device slept: time has passed, and every timer that is due runs once. */
  sleep(length: number): void {
    this.#now += length
    const due = this.#timers.filter(({ at }) => at <= this.#now)
    this.#timers = this.#timers.filter(({ at }) => at > this.#now)
    for (const { run } of due) run()
  }
}

export type Does = 'answer' | 'hang' | 'die' | 'stillborn'

export class ScriptedScratch implements Scratch {
  readonly killable = true
  started = 0
  ended = 0
  readonly asked: TrialRequest[] = []
  /** What a worker does with the entries it is given, or with its start. */
  does: (request: TrialRequest | 'start') => Does = () => 'answer'
  /** Of a stepwise trial: what it does at each entry. */
  at: (request: TrialRequest, at: number) => Does = () => 'answer'

  start(on: ScratchEvents) {
    this.started++
    const mirrors = new Mirrors(() => 0)
    const later = (run: () => void): void => {
      void Promise.resolve().then(run)
    }
    const start = this.does('start')
    if (start === 'answer') later(() => on.ready())
    if (start === 'stillborn') later(() => on.died())
    return {
      post: (request: TrialRequest) => {
        this.asked.push(request)
        later(() => this.#run(mirrors, request, on))
      },
      end: () => {
        this.ended++
      },
    }
  }

  #run(mirrors: Mirrors, request: TrialRequest, on: ScratchEvents): void {
    if (request.stepwise)
      for (const at of request.entries.keys()) {
        on.next(request.id, at)
        const does = this.at(request, at)
        if (does === 'die') on.died()
        if (does !== 'answer') return
      }
    const does = this.does(request)
    if (does === 'die') on.died()
    if (does === 'answer')
      void mirrors.answer(request, (at) => on.next(request.id, at)).then((answer) => on.answer(answer))
  }
}

/** Lets everything run that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

/** Timers go off, one after the other, until `done` resolves. */
export async function whileTimePasses<T>(clock: StillClock, done: Promise<T>): Promise<T> {
  let over = false
  void done.finally(() => (over = true)).catch(() => undefined)
  for (await settled(); !over; await settled()) clock.next()
  return done
}
