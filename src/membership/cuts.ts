// Which operations a lowering (a removal, suspension or demotion) voids if it counts (rule ME-13): a relation between two
// operations that follows from their own pasts, whatever else is in the set. Decides nothing about who counts.
import type { OperationId } from '../base/ids.ts'
import { hasBit } from './bits.ts'
import type { Lookup, Node } from './node.ts'
import type { Cutoff } from './types.ts'

/** The cut-off a lowering states for a device, or undefined when it names none. */
export function cutoffFor({ op }: Node, device: string): Cutoff | undefined {
  if (op.op === 'suspend') return op.target === device ? (op.cutoff ?? { seq: -1, id: null }) : undefined
  return op.op === 'remove' || op.op === 'set-role' ? op.cutoffs.find((cutoff) => cutoff.device === device) : undefined
}

/** One's own leaving or stepping down. */
export const isOwn = ({ op, verdict }: Node) =>
  verdict.lowers && verdict.about === verdict.author && op.op !== 'suspend'

function isWithin(node: Node, last: OperationId, { find }: Pick<Lookup, 'find'>): boolean {
  const end = find(last)
  return end !== undefined && (end === node || hasBit(end.past, node.index))
}

export function cuts(lowering: Node, node: Node, lookup: Pick<Lookup, 'find'>): boolean {
  const { op, verdict } = node
  if (verdict.author === null || verdict.author !== lowering.verdict.about) return false
  if (lowering === node || op.op === 'create' || isOwn(node) || node.lowered.has(lowering.op.id)) return false
  const cutoff = cutoffFor(lowering, op.device)
  if (cutoff !== undefined) return cutoff.id === null || !isWithin(node, cutoff.id, lookup)
  // Keys of hers that the removal does not name: what it has not seen.
  return lowering.op.op !== 'suspend' && !hasBit(lowering.past, node.index)
}
