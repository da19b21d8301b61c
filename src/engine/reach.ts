// Where a space can be reached: which epochs' channels this device keeps open on each relay. Owns the choice; the links and what is
// offered there belong to others.
import { type ChannelId, EpochId } from '../base/ids.ts'
import type { CurrentEpoch, EpochRing } from '../keys/index.ts'
import type { SpaceRecord } from './records.ts'

export interface Listening {
  readonly channel: ChannelId
  readonly epoch: EpochId
  /** The channel that holds everything. */
  readonly current: boolean
}

/** What of a space its reach follows from. */
export interface Reaches {
  readonly record: Pick<SpaceRecord, 'entry' | 'loaded' | 'welcomes'>
  readonly ring: EpochRing
  current(): CurrentEpoch | null
}

/** How many of the newest epochs' channels are kept open: others may not have learned of a change of keys yet. */
const LISTEN_BACK = 3

/** The current channel, its parents', and until the history is here those of the welcomes. */
export function listening(space: Reaches): readonly Listening[] {
  const { record, ring } = space
  const now = space.current()
  const entry = record.entry === null || record.loaded ? null : EpochId.must(record.entry)
  const held = [...ring.secrets().keys()].map((epoch) => ({ epoch, ordinal: ring.ordinal(epoch) }))
  const known = held.filter(({ ordinal }) => Number.isFinite(ordinal))
  const newest = Math.max(...known.map(({ ordinal }) => ordinal))
  const epochs = new Set(known.filter(({ ordinal }) => ordinal > newest - LISTEN_BACK).map(({ epoch }) => epoch))
  if (now !== null) epochs.add(now.epoch)
  if (entry !== null) epochs.add(entry)
  if (!record.loaded) for (const welcome of record.welcomes) epochs.add(EpochId.must(welcome.entry))
  const main = entry ?? now?.epoch
  return [...epochs].flatMap((epoch) => {
    const channel = ring.channel(epoch)
    return channel === null ? [] : [{ channel: channel.id, epoch, current: epoch === main }]
  })
}
