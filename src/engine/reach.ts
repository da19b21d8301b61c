// Where a space can be reached: which epochs' channels this device keeps open on each relay, and what it offers there
// (docs/spec/channels.md, "Which channels a device opens"). Owns the choice; the links belong to others.
import { type ChannelId, type DeviceId, EpochId } from '../base/ids.ts'
import type { EpochRing } from '../keys/index.ts'
import type { MembershipGraph, MembershipState } from '../membership/index.ts'
import { isAfter } from './generations.ts'
import type { SpaceRecord } from './records.ts'
import type { Snapshots } from './snapshots.ts'
import type { Traces } from './traces.ts'

export interface Listening {
  readonly channel: ChannelId
  readonly epoch: EpochId
  readonly generation: number
  /** The channel that holds everything. */
  readonly current: boolean
  /** A device that is in was last seen here: later key entries are offered, so that it finds its way. */
  readonly keys: boolean
  /** `look`: a generation that is not judged yet, of which everything is wanted and nothing given but the word for it. `give`: what it
   * holds is in later ones or in snapshots, so nothing is wanted of it, and given are keys and the word for later ones (CH-41, CH-43). */
  readonly only: 'look' | 'give' | null
}

/** What of a space its reach follows from. */
export interface Reaches {
  readonly record: Pick<SpaceRecord, 'entry' | 'loaded' | 'welcomes'>
  readonly device: DeviceId
  readonly state: MembershipState
  readonly graph: MembershipGraph
  readonly ring: EpochRing
  readonly traces: Traces
  readonly snapshots: Snapshots
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
  if (space.snapshots.history) for (const { epoch } of held) epochs.add(epoch)
  const items = [...epochs].flatMap((epoch) =>
    generationsOf(space, epoch, !space.readsOnly && epoch === main, !space.readsOnly && absent.has(epoch)),
  )
  return [...items, ...candidates(space, items)]
}

/**
 * CH-41: of each epoch the generation that is reached and the one before, those that somebody says come next, and the first: whoever was
 * away for long finds there the word for all later ones.
 */
function generationsOf({ ring, snapshots }: Reaches, epoch: EpochId, main: boolean, keys: boolean): Listening[] {
  const reached = snapshots.reached(epoch)
  const oldest = snapshots.history ? 0 : Math.max(0, reached - 1)
  const numbers = new Set([...(oldest > 0 ? [0] : []), ...snapshots.ahead(epoch)])
  for (let generation = oldest; generation <= reached; generation++) numbers.add(generation)
  const floor = snapshots.floor
  const out: Listening[] = []
  for (const generation of numbers) {
    const channel = ring.channel(epoch, generation)
    const before = floor !== null && isAfter(floor, { epoch, generation }, (id) => ring.ordinal(id))
    const only = generation > reached ? 'look' : before || generation < oldest ? 'give' : null
    const current = main && generation === reached
    if (channel !== null) out.push({ channel: channel.id, epoch, generation, current, keys, only })
  }
  return out
}

/** Until it is known whose welcome counts: where each of them says that everything is. */
function candidates({ record, ring }: Reaches, known: readonly Listening[]): Listening[] {
  if (record.loaded) return []
  return record.welcomes.flatMap(({ generations = [] }) =>
    generations.flatMap(({ epoch: bytes, number: generation }): Listening[] => {
      const epoch = EpochId.must(bytes)
      const channel = ring.channel(epoch, generation)
      if (channel === null || known.some((item) => item.channel === channel.id)) return []
      return [{ channel: channel.id, epoch, generation, current: false, keys: false, only: null }]
    }),
  )
}

/** The epochs that others were last seen under, the newest first. */
function lastSeen({ state, traces, device, ring }: Reaches): ReadonlySet<EpochId> {
  const epochs = new Set<EpochId>()
  // Who is suspended may be let in again.
  for (const { id, status } of state.devices.values())
    if (id !== device && status !== 'removed') for (const epoch of traces.newest(id, 1)) epochs.add(epoch)
  return new Set([...epochs].sort((a, b) => ring.ordinal(b) - ring.ordinal(a)).slice(0, MAX_ABSENT))
}
