// Whether this device may write what stands in a chain of its own (changes, witnesses, operations): in each session only after a relay
// was seen to hold the same as it does, so that storage put back from an old copy first fetches its own tail. Owns the wait;
// where no relay answers it is short, because work without a network must go on (docs/decisions/2026-11-20-own-tail-first.md). Owns, too, how
// long who decides without a person looks for news each time it was out of step.
import type { Clock, Millis } from '../base/environment.ts'

/** How long a relay has to answer at all. */
const ANSWER_MS: Millis = 4_000
/** How long one that answers has to get in step. */
const IN_STEP_MS: Millis = 20_000

export interface AbreastHost {
  readonly clock: Clock
  /** A relay of the space answers. */
  reachable(): boolean
  /** From now on this device may write. */
  ready(): void
}

export class Abreast {
  #is: boolean
  #ended = false
  #waiting: ((may: boolean) => void)[] = []
  #cancel: (() => void) | null = null

  /** `already`: nothing was ever written elsewhere under these keys, or there is no relay to ask. */
  constructor(
    private readonly host: AbreastHost,
    already: boolean,
  ) {
    this.#is = already
    if (!already)
      this.#after(ANSWER_MS, () => (host.reachable() ? this.#after(IN_STEP_MS, () => this.now()) : this.now()))
  }

  get is(): boolean {
    return this.#is
  }

  /** True as soon as it may write; false when the session ends before. */
  wait(): Promise<boolean> {
    if (this.#is || this.#ended) return Promise.resolve(this.#is && !this.#ended)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** In step with a relay, or there is none to wait for. */
  now(): void {
    if (this.#is || this.#ended) return
    this.#is = true
    this.#done()
    this.host.ready()
  }

  end(): void {
    this.#ended = true
    this.#done()
  }

  #after(delay: Millis, run: () => void): void {
    this.#cancel = this.host.clock.after(delay, run)
  }

  #done(): void {
    this.#cancel?.()
    this.#cancel = null
    for (const resolve of this.#waiting.splice(0)) resolve(!this.#ended)
  }
}

/** While no relay of the space answers, so long: it may be gone, and people follow from it. */
const GONE_MS: Millis = 60_000
/** While one answers and does not get in step, so long: it may refuse. */
const SLOW_MS: Millis = 60 * 60_000

export interface PatienceHost {
  readonly clock: Clock
  /** A relay of the space holds the same as this device now. */
  inStep(): boolean
  /** A relay of the space answers. */
  reachable(): boolean
  /** It may be over by now. */
  again(): void
}

/** Whether what is decided without a person may be decided now: in step at this moment, or out of it for too long (JO-31). */
export class Patience {
  #since: Millis | null = null
  #answered = false
  #cancel: (() => void) | null = null

  constructor(private readonly host: PatienceHost) {}

  get over(): boolean {
    if (this.host.inStep()) {
      this.end()
      return true
    }
    const now = this.host.clock.now()
    const answers = this.host.reachable()
    // Who comes to answer has as long as one that always did.
    if (this.#since === null || this.#since > now || this.#answered !== answers) this.#begin(now, answers)
    const rest = (this.#since ?? now) + (answers ? SLOW_MS : GONE_MS) - now
    if (rest <= 0) return true
    this.#cancel ??= this.host.clock.after(rest, () => {
      this.#cancel = null
      this.host.again()
    })
    return false
  }

  end(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#since = null
  }

  #begin(now: Millis, answers: boolean): void {
    this.end()
    this.#since = now
    this.#answered = answers
  }
}
