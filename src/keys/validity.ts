// Whether one rekey is valid, given those it follows, and which epoch is in use (rules KE-6, KE-7): functions of the set of
// operations and the set of records, the same on every device whatever secrets it holds.
import type { DeviceId, EpochId } from '../base/ids.ts'
import { compare } from '../base/bytes.ts'
import { activeDevices, type MembershipGraph, type MembershipState } from '../membership/index.ts'
import type { Rekey } from './records.ts'

export interface Epoch {
  readonly id: EpochId
  readonly rekey: Rekey
  readonly parents: readonly Epoch[]
  /** 1 for the first, one more than the largest of its parents otherwise. */
  readonly ordinal: number
  /** Operations in the past of what it covers. */
  readonly coverage: number
}

const active = new WeakMap<MembershipState, readonly DeviceId[]>()

/** The active devices of a state that is kept, ascending: computed once. */
export function activeIn(state: MembershipState): readonly DeviceId[] {
  const known = active.get(state) ?? activeDevices(state)
  active.set(state, known)
  return known
}

/** Whether an ascending list holds `id`. */
export function among<Id extends string>(ids: readonly Id[], id: Id): boolean {
  return placeOf(ids, id) >= 0
}

/** The place of `id` in an ascending list; -1 when it is not there. */
export function placeOf<Id extends string>(ids: readonly Id[], id: Id): number {
  let [low, high] = [0, ids.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = ids[middle] as Id
    if (found === id) return middle
    if (found < id) low = middle + 1
    else high = middle - 1
  }
  return -1
}

/**
 * Another set of devices, another box key of one, or a removal: who was admitted and removed again between two epochs leaves
 * the set as it was, and still holds the secret that the welcome gave her.
 */
export function differs(a: MembershipState, b: MembershipState): boolean {
  if (a === b) return false
  if (a.removals.some((id) => !among(b.removals, id))) return true
  const [ours, theirs] = [activeIn(a), activeIn(b)]
  if (ours.length !== theirs.length || ours.some((id, i) => id !== theirs[i])) return true
  return ours.some((id) => {
    const [mine, other] = [a.devices.get(id), b.devices.get(id)]
    return mine === undefined || other === undefined || compare(mine.box, other.box) !== 0
  })
}

const isFirst = (graph: MembershipGraph, rekey: Rekey): boolean => {
  const [only, second] = rekey.covers
  const create = only && graph.get(only)
  return second === undefined && create?.op === 'create' && create.device === rekey.device
}

/** Whether `above` follows `epoch`, at whatever distance. */
export function follows(above: Epoch, epoch: Epoch): boolean {
  const seen = new Set<Epoch>()
  const open = [above]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const parent of next.parents) {
      if (parent === epoch) return true
      if (parent.ordinal <= epoch.ordinal || seen.has(parent)) continue
      seen.add(parent)
      open.push(parent)
    }
  }
  return false
}

/** All that these epochs follow, at whatever distance; they themselves only where another follows them. */
export function ancestors(epochs: readonly Epoch[]): Set<Epoch> {
  const found = new Set<Epoch>()
  const open = [...epochs]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const parent of next.parents) {
      if (found.has(parent)) continue
      found.add(parent)
      open.push(parent)
    }
  }
  return found
}

/** Whether two of `parents` are of different branches: not each is followed by the next later one. */
export function merges(parents: readonly Epoch[]): boolean {
  const sorted = [...parents].sort((a, b) => b.ordinal - a.ordinal)
  return sorted.some((later, i) => {
    const earlier = sorted[i + 1]
    return earlier !== undefined && !follows(later, earlier)
  })
}

/** Whether what `rekey` covers is here: before that nothing about it can be said. */
export const isPlaced = (graph: MembershipGraph, rekey: Rekey): boolean => rekey.covers.every((id) => graph.has(id))

/** What its own covers say of a placed rekey: an active author, as many recipients as there are active devices. */
export function isSound(graph: MembershipGraph, rekey: Rekey): boolean {
  const state = graph.stateAt(rekey.covers)
  return state.devices.get(rekey.device)?.status === 'active' && rekey.recipients === activeIn(state).length
}

/** KE-6, of a placed and sound rekey: whether what it covers differs from what its parents cover. */
export function isDue(graph: MembershipGraph, rekey: Rekey, parents: readonly Epoch[]): boolean {
  if (parents.length === 0) return isFirst(graph, rekey)
  const covered = new Set(parents.flatMap((parent) => parent.rekey.covers))
  return differs(graph.stateAt(rekey.covers), graph.stateAt([...covered]))
}

/** 1 for the first, one more than the largest of its parents otherwise. */
export const ordinalAfter = (parents: readonly Epoch[]): number =>
  parents.reduce((largest, parent) => Math.max(largest, parent.ordinal + 1), 1)

/** KE-7: whether all that was removed, suspended or displaced by now was so for the author of the epoch. */
export function excludesTheRemoved(graph: MembershipGraph, epoch: Epoch): boolean {
  const seen = graph.stateAt(epoch.rekey.covers).removals
  return graph.state().removals.every((id) => among(seen, id))
}

/** Whether the author is active by that state: who is out by now may have wrapped garbage for some. */
export const isByActive = (state: MembershipState, epoch: Epoch): boolean =>
  state.devices.get(epoch.rekey.device)?.status === 'active'

/** Of two epochs the one that goes before as the one in use. */
export const byUse = (a: Epoch, b: Epoch): number => b.coverage - a.coverage || (a.id < b.id ? -1 : 1)
