// What deciding about people takes beside writing the operation: the cut-offs a lowering states, and whether others must
// decide it. Reads the membership graph; never judges what membership/ judges (rules ME-9 to ME-13).
import type { DeviceId, MemberId, OperationId } from '../base/ids.ts'
import { type Cutoff, type DeviceCutoff, MAX_DEVICES_PER_MEMBER, type MembershipGraph } from '../membership/index.ts'
import type { Effect } from './api.ts'

/** All that an operation by `by` can know of a device counts: nothing it did is undone. */
export function cutoffOf(graph: MembershipGraph, device: DeviceId, by: DeviceId): Cutoff {
  return graph.cutoff(device, by)
}

/** One for each device the member has, as many as a lowering names (ME-13). */
export function cutoffsOf(graph: MembershipGraph, member: MemberId, by: DeviceId): DeviceCutoff[] {
  const devices = graph.state().members.get(member)?.devices ?? []
  const named = devices.slice(0, MAX_DEVICES_PER_MEMBER)
  return named.map((device) => ({ device, ...cutoffOf(graph, device, by) }))
}

/** `waiting`: it counts when others have said so. A suspension counts at once, whatever its price. */
export function effectOf(graph: MembershipGraph, operation: OperationId): Effect {
  const open = graph.state().pending.some(({ of, why }) => of === operation && why !== 'suspension')
  return open ? 'waiting' : 'done'
}

/** Whether the member's going is her own word. */
export function hasLeft(graph: MembershipGraph, member: MemberId): boolean {
  const { removals, devices } = graph.state()
  return removals.some((id) => {
    const operation = graph.get(id)
    return operation?.op === 'remove' && operation.member === member && devices.get(operation.device)?.member === member
  })
}

/** Whether a coordinator ever named the relays of the space, were it to say that there is none. */
export function hasNamedRelays(graph: MembershipGraph): boolean {
  const { invalid } = graph.state()
  return graph.operations().some(({ op, id }) => op === 'set-relays' && !invalid.has(id))
}
