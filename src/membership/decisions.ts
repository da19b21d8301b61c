// What waits for people and whose powers rest (rules ME-9, ME-12, ME-14), and the few things of a space that belong to no
// member. From what is settled (`Outcome`), never deciding itself what counts.
import type { MemberId, OperationId } from '../base/ids.ts'
import { type Bits, hasBit, highestOutside, NO_BITS, union, withBit } from './bits.ts'
import { sortedIds } from './decode.ts'
import { type Count, type Dispute, isNodeOf, type Lookup, type Node, type NodeOf } from './node.ts'
import { isLifted, maximal, type Outcome } from './people.ts'
import type { Pending, Successor } from './types.ts'
import { REFUSED } from './voids.ts'
import { isDecided, majorityOf } from './votes.ts'

/** What the decisions are made from. */
export interface Questions {
  /** What takes a majority or a third coordinator and passed its own past. */
  readonly ballots: readonly Node[]
  readonly disputes: readonly Dispute[]
  readonly outcome: Outcome
  readonly concerning: (member: MemberId) => readonly Node[]
  /** Why an operation is void, if it is. */
  readonly reason: (node: Node) => string | undefined
}

const byOperation = (a: { readonly operation: OperationId }, b: { readonly operation: OperationId }) =>
  a.operation < b.operation ? -1 : 1

function pendingOf(node: Node, why: Pending['why'], needed: number, count: Count): Pending {
  return { of: node.op.id, why, needed, have: count.yes, against: count.no, electorate: count.electorate }
}

export function pending({ ballots, disputes, outcome, concerning }: Questions): Pending[] {
  const out = disputes.map(({ node, count }) => pendingOf(node, 'dispute', majorityOf(count), count))
  const disputed = new Set(disputes.map(({ node }) => node))
  for (const node of ballots) {
    if (outcome.isVoid(node) || disputed.has(node)) continue
    const count = outcome.votes(node)
    const lowered = outcome.isLowered(node)
    if (isNodeOf(node, 'suspend')) {
      const waits = lowered && count.yes.length === 0 && node.verdict.about !== null
      if (waits && !isLifted(node, concerning(node.verdict.about), outcome))
        out.push(pendingOf(node, 'suspension', 1, count))
    } else if (!lowered && !isDecided(node, count)) {
      const open = count.electorate.length - count.no.length >= majorityOf(count)
      if (open) out.push(pendingOf(node, 'majority', majorityOf(count), count))
    }
  }
  return out.sort((a, b) => (a.of < b.of ? -1 : 1))
}

export function disputed({ ballots, disputes, outcome, reason }: Questions): ReadonlySet<MemberId> {
  const priced = ballots.filter((node) => {
    if (node.verdict.needs !== 'third') return false
    return reason(node) === REFUSED || (outcome.isLowered(node) && outcome.votes(node).yes.length === 0)
  })
  const restoring = ballots.filter((node): node is NodeOf<'set-role'> => {
    const promotes = isNodeOf(node, 'set-role') && node.op.role === 'coordinator'
    return promotes && !outcome.isVoid(node) && isDecided(node, outcome.votes(node))
  })
  const open = [...disputes.map(({ node }) => node), ...priced].flatMap((node) => {
    const { author } = node.verdict
    const restored = restoring.some(({ op, past }) => op.member === author && hasBit(past, node.index))
    return author === null || restored ? [] : [author]
  })
  return new Set(sortedIds(open))
}

/** Of several at once the lowest id counts. */
export function relays(nodes: readonly Node[], outcome: Outcome): readonly string[] {
  const live = nodes.filter(
    (node): node is NodeOf<'set-relays'> => isNodeOf(node, 'set-relays') && !outcome.isVoid(node),
  )
  return maximal(live).sort((a, b) => (a.op.id < b.op.id ? -1 : 1))[0]?.op.relays ?? []
}

export function successors(nodes: readonly Node[], outcome: Outcome): Successor[] {
  return nodes
    .flatMap((node): Successor[] => {
      const { author } = node.verdict
      if (!isNodeOf(node, 'successor') || author === null || outcome.isVoid(node)) return []
      const { to, seed, relays: at, id } = node.op
      return [{ to, seed, relays: at, by: author, operation: id }]
    })
    .sort(byOperation)
}

/** Maximal operations that are not void, of the set `bits`. Ascending. */
export function headsOf(bits: Bits, outcome: Outcome, lookup: Lookup): number[] {
  const heads: number[] = []
  let done = NO_BITS
  for (let index = highestOutside(bits, done); index >= 0; index = highestOutside(bits, done)) {
    const node = lookup.at(index)
    done = withBit(done, index)
    if (outcome.isVoid(node)) continue
    heads.push(index)
    done = union(done, node.past)
  }
  return heads.reverse()
}
