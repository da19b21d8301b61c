// Which channels two devices have in common, found out without naming one: each side says tags that only who has a channel's secret
// key can compute (rules CH-28, CH-29). Owns what was offered and heard on one connection; sends nothing and keeps no keys.
import { type Bytes, toHex } from '../base/bytes.ts'
import type { Random } from '../base/environment.ts'
import type { ChannelId } from '../base/ids.ts'
import { MAX_OFFERED_TAGS, MAX_OPEN_CHANNELS, OFFER_STEP } from '../wire/limits.ts'
import { offerContext, otherRole, type PeerRole } from '../wire/proof.ts'
import type { ChannelSource } from './link.ts'

export interface OfferTerms {
  readonly role: PeerRole
  readonly origin: string
  /** From this side's `hello`, and from the other's: 32 bytes each. */
  readonly mine: Bytes
  readonly theirs: Bytes
}

export class PeerOffers {
  readonly #mine: Bytes
  readonly #theirs: Bytes
  #offered = new Set<ChannelId>()
  #said = 0
  #heard = new Set<string>()
  #heardCount = 0
  /** The other side's tags of what is open here: computed once, however often she offers. */
  readonly #expected = new Map<ChannelId, string | null>()

  constructor({ role, origin, mine, theirs }: OfferTerms) {
    const [nonceA, nonceB] = role === 'peer-a' ? [mine, theirs] : [theirs, mine]
    this.#mine = offerContext({ role, origin, nonceA, nonceB })
    this.#theirs = offerContext({ role: otherRole(role), origin, nonceA, nonceB })
  }

  /** Whether the other side has offered anything yet. */
  get begun(): boolean {
    return this.#heardCount > 0
  }

  /**
   * The tags to say for `sources`, in their order, filled up with made-up ones so that who recognises none does not learn how many
   * there are. Null where there is nothing to say. What finds no room is not offered.
   */
  offer(sources: readonly ChannelSource[], random: Random): readonly Bytes[] | null {
    const tags: Bytes[] = []
    for (const source of sources) {
      if (this.#offered.has(source.channel) || this.#offered.size >= MAX_OPEN_CHANNELS) continue
      const tag = source.tag?.(this.#mine)
      if (tag === undefined) continue
      this.#offered.add(source.channel)
      tags.push(tag)
    }
    const count = Math.max(1, Math.ceil(tags.length / OFFER_STEP)) * OFFER_STEP
    // The first offer is said even if it holds nothing: the other side must not wait for it.
    if (this.#said + count > MAX_OFFERED_TAGS || (tags.length === 0 && this.#said > 0)) return null
    this.#said += count
    while (tags.length < count) tags.push(random.bytes(32))
    return tags
  }

  /** Let go of here: to be had again it is offered again. */
  withdraw(channel: ChannelId): void {
    this.#offered.delete(channel)
  }

  offered(channel: ChannelId): boolean {
    return this.#offered.has(channel)
  }

  /** False: the other side says more than any honest one does. */
  hear(tags: readonly Bytes[]): boolean {
    this.#heardCount += tags.length
    if (this.#heardCount > MAX_OFFERED_TAGS) return false
    for (const tag of tags) this.#heard.add(toHex(tag))
    return true
  }

  /** The other side has shown that it has the channel's secret key: it said, on this connection, what only that can compute. */
  recognises(source: ChannelSource): boolean {
    const tag = this.#expects(source)
    return tag !== null && this.#heard.has(tag)
  }

  /** The other side let go of it. */
  withdrawn(source: ChannelSource): void {
    const tag = this.#expects(source)
    if (tag !== null) this.#heard.delete(tag)
  }

  #expects(source: ChannelSource): string | null {
    const known = this.#expected.get(source.channel)
    if (known !== undefined) return known
    const made = source.tag?.(this.#theirs)
    const tag = made === undefined ? null : toHex(made)
    this.#expected.set(source.channel, tag)
    return tag
  }
}
