// Where a space can be reached: which epochs' channels this device keeps open on each relay, and what it offers there
// (docs/spec/channels.md, "Which channels a device opens"). Owns the choice; the links belong to others.
import { type ChannelId, type DeviceId, EpochId } from '../base/ids.ts'
import type { EpochRing } from '../keys/index.ts'
import type { MembershipGraph, MembershipState } from '../membership/index.ts'
import type { SpaceRecord } from './records.ts'
import type { Traces } from './traces.ts'

export interface Listening {
  readonly channel: ChannelId
  readonly epoch: EpochId
  /** The channel that holds everything. */
  readonly current: boolean
  /** A device that is in was last seen here: later key entries are offered, so that it finds its way. */
  readonly keys: boolean
}

/** What of a space its reach follows from. */
export interface Reaches {
  readonly record: Pick<SpaceRecord, 'entry' | 'loaded' | 'welcomes'>
  readonly device: DeviceId
  readonly state: MembershipState
  readonly graph: MembershipGraph
  readonly ring: EpochRing
  readonly traces: Traces
  /** Taken out by others: nothing is offered anywhere but what was not sent before. */
  readonly readsOnly: boolean
}

/** How many of the newest epochs' channels are kept open: others may not have learned of a change of keys yet. */
const LISTEN_BACK = 3
/** Under how many of its own last epochs a device listens: others may not have seen what it wrote last. */
const OWN_BACK = 4
/** Of how many older epochs, the newest first, channels are kept open for devices that were last seen there. */
const MAX_ABSENT = 16

export function listening(space: Reaches): readonly Listening[] {
  const { record, ring, graph, traces, device } = space
  const entry = record.entry === null || record.loaded ? null : EpochId.must(record.entry)
  const main = entry ?? ring.inUse(graph)
  const absent = lastSeen(space)
  const held = [...ring.secrets().keys()].map((epoch) => ({ epoch, ordinal: ring.ordinal(epoch) }))
  const known = held.filter(({ ordinal }) => Number.isFinite(ordinal))
  const newest = known.reduce((most, { ordinal }) => Math.max(most, ordinal), 0)
  const recent = known.filter(({ ordinal }) => ordinal > newest - LISTEN_BACK).map(({ epoch }) => epoch)
  const ahead = ring.provisional(graph).map(({ epoch }) => epoch)
  const epochs = new Set([...recent, ...ahead, ...traces.newest(device, OWN_BACK), ...absent])
  if (main !== null) epochs.add(main)
  if (!record.loaded) for (const other of record.welcomes) epochs.add(EpochId.must(other.entry))
  return [...epochs].flatMap((epoch) => {
    const channel = ring.channel(epoch)
    if (channel === null) return []
    const offers = !space.readsOnly
    return [{ channel: channel.id, epoch, current: offers && epoch === main, keys: offers && absent.has(epoch) }]
  })
}

/** The epochs that others were last seen under, the newest first. */
function lastSeen({ state, traces, device, ring }: Reaches): ReadonlySet<EpochId> {
  const epochs = new Set<EpochId>()
  // Who is suspended may be let in again.
  for (const { id, status } of state.devices.values())
    if (id !== device && status !== 'removed') for (const epoch of traces.newest(id, 1)) epochs.add(epoch)
  return new Set([...epochs].sort((a, b) => ring.ordinal(b) - ring.ordinal(a)).slice(0, MAX_ABSENT))
}
