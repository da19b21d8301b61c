// A relay that the space names no more stays connected until it has all that is held here, the word that it is named no more included:
// whoever knows only that relay hears it there. Owns who is held and for how long; what is said there is the channels' (rule RE-1).
import type { Clock, Millis } from '../base/environment.ts'
import type { SpaceId } from '../base/ids.ts'
import { parseRelayAddress } from '../carriers/relay.ts'

/** One that does not get in step is let go after this. */
export const LEAVING_MS: Millis = 60_000

/** What of a space this needs. */
export interface Leaves {
  readonly id: SpaceId
  readonly record: { readonly loaded: boolean }
  /** With tokens. */
  readonly named: readonly string[]
}

interface Held {
  readonly relay: string
  readonly cancel: () => void
}

const addressOf = (relay: string) => parseRelayAddress(relay)?.address ?? relay

export class LeavingRelays {
  readonly #named = new Map<SpaceId, readonly string[]>()
  readonly #held = new Map<SpaceId, Map<string, Held>>()

  constructor(
    private readonly clock: Clock,
    /** It answers now: of one that does not, nobody hears anything there. */
    private readonly answers: (relay: string) => boolean,
    /** One is let go of: the space's relays are different. */
    private readonly over: (space: SpaceId) => void,
  ) {}

  /** Those to stay connected beside the space's own. Asked whenever its relays may be different. */
  of({ id, record, named }: Leaves): readonly string[] {
    const held = this.#held.get(id) ?? new Map<string, Held>()
    this.#held.set(id, held)
    const now = new Set(named.map(addressOf))
    // Until the history is here, what an invitation said is no word of the space.
    const before = record.loaded ? (this.#named.get(id) ?? []) : []
    this.#named.set(id, record.loaded ? named : [])
    for (const address of now) this.#drop(id, address)
    for (const relay of before) {
      const address = addressOf(relay)
      if (now.has(address) || held.has(address) || !this.answers(relay)) continue
      held.set(address, { relay, cancel: this.clock.after(LEAVING_MS, () => this.told(id, address)) })
    }
    return [...held.values()].map(({ relay }) => relay)
  }

  /** It has everything. */
  told(space: SpaceId, address: string): void {
    if (this.#drop(space, address)) this.over(space)
  }

  forget(space: SpaceId): void {
    for (const address of [...(this.#held.get(space)?.keys() ?? [])]) this.#drop(space, address)
    this.#named.delete(space)
  }

  stop(): void {
    for (const space of [...this.#held.keys()]) this.forget(space)
  }

  #drop(space: SpaceId, address: string): boolean {
    const held = this.#held.get(space)
    held?.get(address)?.cancel()
    return held?.delete(address) === true
  }
}
