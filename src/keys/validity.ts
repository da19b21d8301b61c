// Which rekeys are valid, and which epoch is in use (rules KE-6 to KE-8): functions of the set of operations and the set of
// records, the same on every device whatever secrets it holds.
import type { DeviceId, EpochId } from '../base/ids.ts'
import { compare } from '../base/bytes.ts'
import { activeDevices, type MembershipGraph, type MembershipState } from '../membership/index.ts'
import type { Rekey } from './records.ts'

export interface Epoch {
  readonly id: EpochId
  readonly rekey: Rekey
  /** 1 for the first, one more than the largest of its parents otherwise. */
  readonly ordinal: number
  /** Operations in the past of what it covers. */
  readonly coverage: number
  readonly ancestors: ReadonlySet<EpochId>
}

export type Validity = { readonly type: 'valid'; readonly epoch: Epoch } | { readonly type: 'invalid' | 'waiting' }

const INVALID: Validity = { type: 'invalid' }
const WAITING: Validity = { type: 'waiting' }

function isForExactly(rekey: Rekey, devices: readonly DeviceId[]): boolean {
  return rekey.wraps.length === devices.length && rekey.wraps.every(({ device }, i) => device === devices[i])
}

/**
 * Another set of devices, another box key of one, or a removal: who was admitted and removed again between two epochs leaves
 * the set as it was, and still holds the secret that the welcome gave her.
 */
function differs(a: MembershipState, b: MembershipState): boolean {
  const before = new Set(b.removals)
  if (a.removals.some((id) => !before.has(id))) return true
  const [ours, theirs] = [activeDevices(a), activeDevices(b)]
  if (ours.length !== theirs.length) return true
  return ours.some((id, i) => {
    const [mine, other] = [a.devices.get(id), b.devices.get(id)]
    return id !== theirs[i] || mine === undefined || other === undefined || compare(mine.box, other.box) !== 0
  })
}

const isFirst = (graph: MembershipGraph, rekey: Rekey): boolean => {
  const [only, second] = rekey.covers
  const create = only && graph.get(only)
  return second === undefined && create?.op === 'create' && create.device === rekey.device
}

/** Whether two of `parents` are of different branches. */
const merges = (parents: readonly Epoch[]): boolean =>
  parents.some((a) => parents.some((b) => a !== b && !a.ancestors.has(b.id) && !b.ancestors.has(a.id)))

/** KE-6. `find` gives valid epochs; a rekey whose operations or parents are not here waits. */
export function validate(graph: MembershipGraph, rekey: Rekey, find: (id: EpochId) => Epoch | undefined): Validity {
  if (rekey.space !== graph.space) return INVALID
  if (!rekey.covers.every((id) => graph.has(id))) return WAITING
  const parents = rekey.parents.map(find)
  if (parents.some((parent) => parent === undefined)) return WAITING
  const known = parents.filter((parent) => parent !== undefined)
  const state = graph.stateAt(rekey.covers)
  const author = state.devices.get(rekey.device)
  if (author?.status !== 'active' || !isForExactly(rekey, activeDevices(state))) return INVALID
  const ancestors = new Set(known.flatMap((parent) => [parent.id, ...parent.ancestors]))
  if (ancestors.has(rekey.epoch)) return INVALID
  const due =
    known.length === 0
      ? isFirst(graph, rekey)
      : merges(known) || differs(state, graph.stateAt(known.flatMap((parent) => parent.rekey.covers)))
  if (!due) return INVALID
  const ordinal = known.reduce((largest, parent) => Math.max(largest, parent.ordinal + 1), 1)
  return {
    type: 'valid',
    epoch: { id: rekey.epoch, rekey, ordinal, coverage: graph.coverage(rekey.covers), ancestors },
  }
}

/** Of two records for one epoch the one that covers less, then the lower id: announcing an old secret anew gains nothing. */
export function earlier(a: Epoch, b: Epoch): Epoch {
  if (a.coverage !== b.coverage) return a.coverage < b.coverage ? a : b
  return a.rekey.id < b.rekey.id ? a : b
}

/** KE-7: whether all that was removed, suspended or displaced by now was so for the author of the epoch. */
export function excludesTheRemoved(graph: MembershipGraph, epoch: Epoch): boolean {
  const seen = new Set(graph.stateAt(epoch.rekey.covers).removals)
  return graph.state().removals.every((id) => seen.has(id))
}

/** The epoch in use among valid ones, or null. */
export function currentOf(graph: MembershipGraph, epochs: Iterable<Epoch>): Epoch | null {
  let best: Epoch | null = null
  for (const epoch of epochs) {
    const better =
      best === null || epoch.coverage > best.coverage || (epoch.coverage === best.coverage && epoch.id < best.id)
    if (better && excludesTheRemoved(graph, epoch)) best = epoch
  }
  return best
}
