// Counting the verdicts of coordinators on one operation (rule ME-12). Owns what a majority is; who may vote was settled
// by the operation's own past.
import type { MemberId } from '../base/ids.ts'
import { type Count, isNodeOf, type Node } from './node.ts'

/** With two coordinators neither takes the other's place away, unless her powers rest in a dispute anyway. */
export const minimumQuorum = (disputed: boolean): number => (disputed ? 1 : 2)

export const majorityOf = (count: Count): number => Math.floor(count.electorate.length / 2) + 1

/** The votes among `cosigns` that `counts` lets stand; the author of a majority's operation has voted for it. */
export function countVotes(
  node: Node,
  cosigns: readonly Node[],
  counts: (cosign: Node) => boolean,
  without: ReadonlySet<MemberId> = new Set(),
): Count {
  const electorate = node.verdict.electorate.filter((member) => !without.has(member))
  const voted = (verdict: boolean) =>
    new Set(
      cosigns
        .filter((cosign) => isNodeOf(cosign, 'cosign') && cosign.op.verdict === verdict && counts(cosign))
        .map(({ verdict: { author } }) => author),
    )
  const [yes, no] = [voted(true), voted(false)]
  if (node.verdict.needs === 'majority') yes.add(node.verdict.author)
  return {
    electorate,
    yes: electorate.filter((member) => yes.has(member)),
    no: electorate.filter((member) => no.has(member) && !yes.has(member)),
  }
}

export const isDecided = (node: Node, count: Count): boolean =>
  node.verdict.needs !== 'majority' ||
  (count.electorate.length >= node.verdict.quorum && count.yes.length >= majorityOf(count))

/** A suspension that more refuse than cosign (rule ME-9). */
export const isRefused = (node: Node, count: Count): boolean =>
  node.verdict.refusable && count.no.length > count.yes.length

/** How many stand behind a lowering, its author among them, less those who refuse it (rule ME-14). */
export const weightOf = (node: Node, count: Count): number =>
  new Set([...count.yes, node.verdict.author]).size - count.no.length
