// How many others confirm the keys that a device found after a long absence (rule KE-14): a pure function of what their entries
// cite. When it is asked for, and what waits meanwhile, is the engine's.
import type { DeviceId, EpochId, MemberId, OperationId } from '../base/ids.ts'
import type { MembershipGraph } from '../membership/index.ts'
import type { EpochRing } from './ring.ts'

/** Others who must have seen what the epoch covers, where there are that many. */
const OTHERS = 2

export interface Confirmations {
  /** Members besides oneself, ascending. */
  readonly by: readonly MemberId[]
  /** How many it takes: two, or as many active others as there are. */
  readonly needed: number
  readonly enough: boolean
}

/**
 * Who has an entry that cites what `epoch` covers. `citing`: the last heads cited by each device's entries that opened under that
 * epoch or a later one; heads not known here say nothing.
 */
export function confirmations(
  graph: MembershipGraph,
  ring: EpochRing,
  epoch: EpochId,
  citing: ReadonlyMap<DeviceId, readonly OperationId[]>,
  me: MemberId,
): Confirmations {
  const covers = ring.epoch(graph, epoch)?.rekey.covers ?? null
  const others = new Set<MemberId>()
  const by = new Set<MemberId>()
  for (const { id, member, status } of graph.state().devices.values()) {
    if (status !== 'active' || member === me) continue
    others.add(member)
    const heads = (citing.get(id) ?? []).filter((head) => graph.has(head))
    if (covers !== null && contain(graph, heads, covers)) by.add(member)
  }
  const needed = Math.min(OTHERS, others.size)
  return { by: [...by].sort(), needed, enough: covers !== null && by.size >= needed }
}

/**
 * Whether these heads contain `covers`. Nobody ever cites an operation that has been annulled since: for it stands what it stood on.
 */
export function contain(
  graph: MembershipGraph,
  heads: readonly OperationId[],
  covers: readonly OperationId[],
): boolean {
  const { invalid } = graph.state()
  const seen = new Set(covers)
  for (const id of seen) {
    if (graph.covers(heads, id)) continue
    if (!invalid.has(id)) return false
    for (const parent of graph.get(id)?.parents ?? []) seen.add(parent)
  }
  return true
}
