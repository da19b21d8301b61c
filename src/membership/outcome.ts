// What a resolved state says of each operation, in the form that the folds ask for.
import { listBits } from './bits.ts'
import { listOf } from './chain.ts'
import { type Citing, ranked } from './conflicts.ts'
import type { Lookup, Node, Resolved } from './node.ts'
import type { Outcome } from './people.ts'
import { countVotes } from './votes.ts'

/** What this state says of each operation. */
export function outcomeOf(state: Resolved, lookup: Lookup): Outcome {
  const isVoid = ({ op }: Node) => state.invalid.has(op.id)
  return {
    isVoid,
    isLowered: ({ op }) => state.lowered.has(op.id),
    votes: (node) => countVotes(node, listOf(state.cosigned.get(node.op.id)), (cosign) => !isVoid(cosign)),
    ranked: (rivals) => ranked(rivals, citingIn(state, lookup)),
  }
}

/** Who cites those whose rank depends on it; of any other whoever may. */
export const citingIn =
  (state: Resolved, lookup: Lookup): Citing =>
  (rival) => {
    const known = state.rivals.find(({ node }) => node === rival)
    return known === undefined ? nodesOf(state, lookup) : listOf(known.cited)
  }

/** The whole set, in causal order. */
export const nodesOf = (state: Resolved, lookup: Lookup): Node[] =>
  listBits(state.bits).map((index) => lookup.at(index))
