// Under which epochs a key record must be published so that those it is for can open the entry it travels in (rule KE-13).
// Pure functions of graph, ring and what was seen of admissions; never decides who gets a secret.
import type { DeviceId, EpochId } from '../base/ids.ts'
import type { MembershipGraph } from '../membership/index.ts'
import { gapsBefore } from './gaps.ts'
import type { Rekey } from './records.ts'
import type { EpochRing } from './ring.ts'
import type { HeldEpoch } from './secrets.ts'
import { activeIn, among, byUse, type Epoch, follows, isByActive } from './validity.ts'

/**
 * The last epoch a device is known to hold: the one under which its admission came (it was welcomed with it), or a later one under
 * which an operation of its own came. Null when that is not known.
 */
export type AdmittedUnder = (device: DeviceId) => EpochId | null

const wrappedFor = (graph: MembershipGraph, epoch: Epoch, device: DeviceId): boolean =>
  among(activeIn(graph.stateAt(epoch.rekey.covers)), device)

/** Of a device whose epoch is known, so many of the newest are looked through for later ones it was given. */
const LOOK_BACK = 64

/** The newest valid epochs that a device was given when they were made: of each branch the last. */
function lastOf(
  graph: MembershipGraph,
  newestFirst: readonly Epoch[],
  devices: readonly DeviceId[],
): Map<DeviceId, Epoch[]> {
  const last = new Map<DeviceId, Epoch[]>(devices.map((device) => [device, []]))
  for (const epoch of newestFirst) {
    const active = activeIn(graph.stateAt(epoch.rekey.covers))
    for (const [device, epochs] of last) {
      if (among(active, device) && !epochs.some((later) => follows(later, epoch))) epochs.push(epoch)
    }
  }
  return last
}

/** Later than all it follows first; without `epoch` itself and what follows it, which who is to be given it cannot open. */
function newestFirst(graph: MembershipGraph, ring: EpochRing, epoch: EpochId): Epoch[] {
  const all = [...ring.epochs(graph)].sort((a, b) => b.ordinal - a.ordinal || byUse(a, b))
  const given = all.find(({ id }) => id === epoch)
  return given === undefined ? all : all.filter((other) => other !== given && !follows(other, given))
}

function reaching(
  graph: MembershipGraph,
  ring: EpochRing,
  given: { readonly epoch: EpochId; readonly devices: readonly DeviceId[] },
  admittedUnder: AdmittedUnder,
): Set<EpochId> {
  const { epoch: before, devices } = given
  const under = new Set<EpochId>()
  const epochs = devices.length === 0 ? [] : newestFirst(graph, ring, before)
  const unknown = devices.filter((device) => admittedUnder(device) === null)
  const known = devices.filter((device) => admittedUnder(device) !== null)
  for (const device of known) under.add(admittedUnder(device) as EpochId)
  // What it was given it may not have been able to open; what it is known to hold it has.
  const found = [
    ...lastOf(graph, epochs.slice(0, LOOK_BACK), known),
    ...lastOf(graph, unknown.length === 0 ? [] : epochs, unknown),
    // Who is out by now may have made one that opens for some only.
    ...lastOf(graph, unknown.length === 0 ? [] : epochs.filter((epoch) => isByActive(graph.state(), epoch)), unknown),
    ...lastOf(
      graph,
      epochs.slice(0, LOOK_BACK).filter((epoch) => isByActive(graph.state(), epoch)),
      known,
    ),
  ]
  for (const [, last] of found) for (const { id } of last) under.add(id)
  return under
}

const heldOf = (ring: EpochRing, epochs: ReadonlySet<EpochId>): HeldEpoch[] =>
  [...epochs].sort().flatMap((epoch) => {
    const secret = ring.secret(epoch)
    return secret === undefined ? [] : [{ epoch, secret }]
  })

/**
 * The epochs under each of which `rekey` (one's own, in the ring or not) and its parts are published: its parents; and for each
 * recipient that holds none of those, the last it was given, or the one it was welcomed with. Only epochs held here.
 */
export function sealUnder(
  graph: MembershipGraph,
  ring: EpochRing,
  rekey: Rekey,
  admittedUnder: AdmittedUnder,
): HeldEpoch[] {
  const valid = new Map(ring.epochs(graph).map((epoch) => [epoch.id, epoch]))
  const parents = rekey.parents.flatMap((id) => valid.get(id) ?? [])
  const under = new Set<EpochId>(rekey.parents)
  const state = graph.stateAt(rekey.covers)
  const { rotations } = state
  const before = parents.map((parent) => graph.stateAt(parent.rekey.covers).devices)
  // In again by what is known now: she may think herself out, and then says nothing where a wrap does not open.
  const wasOut = (device: DeviceId) => before.some((then) => (then.get(device)?.status ?? 'active') !== 'active')
  const isGiven = (parent: Epoch, device: DeviceId) => {
    if (device !== rekey.device && !isByActive(state, parent)) return false
    const rotation = rotations.get(device)
    const isOfNow = rotation === undefined || graph.covers(parent.rekey.covers, rotation)
    return isOfNow && wrappedFor(graph, parent, device)
  }
  // What an epoch covers that does not hand on those before it may be shut to some: they cannot judge it, and read nothing under it (KE-18).
  const hides = new Set(parents.filter((parent) => gapsBefore(graph, ring, parent).length > 0).map(authorOf))
  const isDoubted = (parent: Epoch, device: DeviceId) =>
    device !== rekey.device && (hides.has(authorOf(parent)) || wasOut(device))
  const holds = (epoch: EpochId | null) => epoch !== null && rekey.parents.includes(epoch)
  const devices = activeIn(graph.stateAt(rekey.covers)).filter((device) => !holds(admittedUnder(device)))
  const claimed = devices.filter((device) => parents.some((parent) => isGiven(parent, device)))
  const doubtful = claimed.filter((device) =>
    parents.every((parent) => !isGiven(parent, device) || isDoubted(parent, device)),
  )
  // One epoch of somebody else's before is enough, as a rule the same for all of them.
  const suspects = new Set([
    ...hides,
    ...parents.filter((parent) => doubtful.some((device) => wasOut(device) && isGiven(parent, device))).map(authorOf),
  ])
  const trusted =
    doubtful.length === 0
      ? []
      : newestFirst(graph, ring, rekey.epoch)
          .filter((epoch) => !suspects.has(authorOf(epoch)) && !parents.includes(epoch))
          .slice(0, LOOK_BACK)
  const unreached = doubtful.filter((device) => {
    const sure = trusted.find((epoch) => isGiven(epoch, device))
    const likely = sure ?? trusted.find((epoch) => wrappedFor(graph, epoch, device))
    if (likely !== undefined) under.add(likely.id)
    return sure === undefined
  })
  const lost = [...devices.filter((device) => !claimed.includes(device)), ...unreached]
  const more = reaching(graph, ring, { epoch: rekey.epoch, devices: lost }, admittedUnder)
  return heldOf(ring, new Set([...under, ...more]))
}

const authorOf = ({ rekey }: Epoch): DeviceId => rekey.device

/** The same for a grant to one device. Empty: no entry can reach it, only a wake file (wake.ts). */
export const sealGrantUnder = (
  graph: MembershipGraph,
  ring: EpochRing,
  given: { readonly epoch: EpochId; readonly to: DeviceId },
  admittedUnder: AdmittedUnder,
): HeldEpoch[] => heldOf(ring, reaching(graph, ring, { epoch: given.epoch, devices: [given.to] }, admittedUnder))
