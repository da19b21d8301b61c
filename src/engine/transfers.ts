// How far each space is in taking in and giving what is still on its way, for a line that can be shown. Owns only the widest that a
// transfer under way has been; it ends when nothing is left. What several relays have to give is the same: the most counts, not the sum.
import type { ChannelId, SpaceId } from '../base/ids.ts'
import type { SyncLink } from '../sync/sync-link.ts'
import type { Progress } from './api.ts'

/** Entries; what is smaller has passed before it could be read. */
const LEAST = 8

type Pending = ReturnType<SyncLink['pendingOf']>

export class Transfers {
  #widest = new Map<SpaceId, Pending>()

  /** Of `space` on its channels, over all links; null when nothing large is under way. */
  progress(
    space: SpaceId,
    links: readonly Pick<SyncLink, 'pendingOf'>[],
    channels: readonly ChannelId[],
  ): Progress | null {
    const now = links.map((link) => sum(channels.map((channel) => link.pendingOf(channel)))).reduce(most, NOTHING)
    if (now.wanted + now.toSend === 0) {
      this.#widest.delete(space)
      return null
    }
    const widest = most(this.#widest.get(space) ?? NOTHING, now)
    this.#widest.set(space, widest)
    if (widest.wanted + widest.toSend < LEAST) return null
    const { wanted, toSend } = now
    return { received: widest.wanted - wanted, wanted, sent: widest.toSend - toSend, toSend }
  }
}

const NOTHING: Pending = { wanted: 0, toSend: 0 }

const sum = (all: readonly Pending[]): Pending =>
  all.reduce((a, b) => ({ wanted: a.wanted + b.wanted, toSend: a.toSend + b.toSend }), NOTHING)

const most = (a: Pending, b: Pending): Pending => ({
  wanted: Math.max(a.wanted, b.wanted),
  toSend: Math.max(a.toSend, b.toSend),
})
