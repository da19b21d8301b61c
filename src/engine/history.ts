// What happened in a space, as people read it: every operation but merges, with what came of it. Reads the membership graph and
// decides nothing; the order is the same on every device that holds the same operations.
import type { DeviceId, MemberId, OperationId } from '../base/ids.ts'
import type { MembershipGraph, VerifiedOperation } from '../membership/index.ts'
import type { HistoryItem } from './api.ts'

/** The latest first: none before one that has it in its past, otherwise by what their authors' clocks said, then by id. */
export function historyOf(graph: MembershipGraph): HistoryItem[] {
  return inOrder(graph)
    .reverse()
    .flatMap((operation) => itemOf(graph, operation) ?? [])
}

function inOrder(graph: MembershipGraph): VerifiedOperation[] {
  const ranks = new Map<OperationId, { readonly time: number; readonly depth: number }>()
  const all = [...graph.operations()]
  for (const { id, time, parents, prev } of all) {
    const before = [...parents, ...(prev === null ? [] : [prev])].flatMap((parent) => ranks.get(parent) ?? [])
    const latest = before.reduce((most, rank) => Math.max(most, rank.time), time)
    ranks.set(id, { time: latest, depth: before.reduce((most, { depth }) => Math.max(most, depth + 1), 0) })
  }
  const rank = (id: OperationId) => ranks.get(id) ?? { time: 0, depth: 0 }
  return all.sort((a, b) => {
    const [first, second] = [rank(a.id), rank(b.id)]
    return first.time - second.time || first.depth - second.depth || (a.id < b.id ? -1 : 1)
  })
}

const NOTHING = { member: null, target: null, role: null, verdict: null, of: null, relays: null } as const

function itemOf(graph: MembershipGraph, operation: VerifiedOperation): HistoryItem | null {
  const { id, device, time, op } = operation
  if (op === 'merge') return null
  // A recovery key is no device: what it signs is its member's.
  const by = op === 'create' || op === 'add-device' ? operation.member : ownerOf(graph, device)
  const about = aboutOf(graph, operation)
  return { ...NOTHING, operation: id, at: time, by, device, what: op, ...about, ...outcomeOf(graph, operation) }
}

const ownerOf = (graph: MembershipGraph, device: DeviceId): MemberId | null =>
  graph.state().devices.get(device)?.member ?? null

function aboutOf(graph: MembershipGraph, operation: VerifiedOperation): Partial<HistoryItem> {
  switch (operation.op) {
    case 'create':
      return { member: operation.member, target: operation.device, role: 'coordinator' }
    case 'admit':
      return { member: operation.member, target: operation.target, role: operation.role }
    case 'add-device':
      return { member: operation.member, target: operation.target }
    case 'rotate-device':
      return { member: ownerOf(graph, operation.device), target: operation.device }
    case 'suspend':
    case 'resume':
      return { member: ownerOf(graph, operation.target), target: operation.target }
    case 'remove':
      return { member: operation.member }
    case 'set-role':
      return { member: operation.member, role: operation.role }
    case 'cosign': {
      const of = graph.get(operation.of)
      const member = of === undefined ? null : (aboutOf(graph, of).member ?? null)
      return { verdict: operation.verdict, of: operation.of, member }
    }
    case 'set-relays':
      return { relays: operation.relays.map((relay) => relay.split('#')[0] ?? relay) }
    case 'merge':
    case 'successor':
      return {}
  }
}

type Outcome = Pick<HistoryItem, 'effect' | 'reason'>

function outcomeOf(graph: MembershipGraph, { id }: VerifiedOperation): Outcome {
  const { invalid, pending } = graph.state()
  const reason = invalid.get(id)
  if (reason !== undefined) return { effect: 'void', reason }
  if (pending.some(({ of, why }) => of === id && why !== 'suspension')) return { effect: 'waiting', reason: null }
  return isOutvoted(graph, id) ? { effect: 'void', reason: 'ME-12 refused' } : { effect: 'done', reason: null }
}

/** It needed a majority and can no longer have it: neither pending nor in effect. */
function isOutvoted(graph: MembershipGraph, id: OperationId): boolean {
  const ballot = graph.ballot(id)
  if (ballot === null) return false
  const { invalid } = graph.state()
  const yes = new Set([ownerOf(graph, graph.get(id)?.device as DeviceId)])
  for (const cosign of graph.operations())
    if (cosign.op === 'cosign' && cosign.of === id && cosign.verdict && !invalid.has(cosign.id))
      yes.add(ownerOf(graph, cosign.device))
  const votes = ballot.electorate.filter((member) => yes.has(member)).length
  return ballot.electorate.length < ballot.quorum || votes < Math.floor(ballot.electorate.length / 2) + 1
}
