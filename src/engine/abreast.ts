// Whether this device may write what stands in a chain of its own (changes, witnesses, operations): in each session only after a relay
// was seen to hold the same as it does, so that storage put back from an old copy first fetches its own tail. Owns the wait;
// where no relay answers it is short, because work without a network must go on (docs/decisions/2026-11-20-own-tail-first.md).
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
