// One more operation on a resolved state, at a cost that does not grow with the set (rule ME-3 is unchanged: property tests compare
// with resolve.ts). What may be in conflict is resolved again as a whole, but only that (kernel.ts); then only the members
// that an outcome changed for are folded again.
import type { MemberId, OperationId } from '../base/ids.ts'
import { hasBit, listBits, NO_BITS, withBit } from './bits.ts'
import { listOf } from './chain.ts'
import { disputed, headsOf, pending, type Questions, relays, successors } from './decisions.ts'
import { sortedIds } from './decode.ts'
import { IdMap } from './id-map.ts'
import { indexed, NO_INDEXES } from './indexes.ts'
import { isNodeOf, type Lookup, type Node, type Resolved } from './node.ts'
import { outcomeOf } from './outcome.ts'
import { concernOf } from './people.ts'
import { refolded } from './refold.ts'
import { NOBODY } from './resolve.ts'
import { counted, joined, settled, settledAgain } from './settle.ts'

export const EMPTY: Resolved = {
  ...NO_INDEXES,
  bits: NO_BITS,
  founder: NOBODY,
  members: IdMap.empty(),
  devices: IdMap.empty(),
  relays: [],
  removals: [],
  rotations: IdMap.empty(),
  invalid: IdMap.empty(),
  pending: [],
  flagged: new Set(),
  disputed: new Set(),
  successors: [],
  roles: IdMap.empty(),
  coordinators: [],
  lowered: IdMap.empty(),
  inForce: IdMap.empty(),
  displaced: [],
  tips: IdMap.empty(),
  tangled: new Set(),
  heads: [],
  kernel: NO_BITS,
  disputes: [],
  rivals: [],
}

/** The chain of the author's device with one more operation, refused ones included. */
function chained(state: Resolved, node: Node, lookup: Lookup): Pick<Resolved, 'tips' | 'tangled' | 'flagged'> {
  const { device, seq, id, prev } = node.op
  const { tips, tangled, flagged } = state
  const tip = tips.get(device)
  const further = tip === undefined || seq > tip.seq || (seq === tip.seq && id < tip.id)
  const next = further ? tips.set(device, { seq, id }) : tips
  const wasTangled = tangled.has(device)
  if (!wasTangled && (tip === undefined ? seq === 0 : prev === tip.id && seq === tip.seq + 1))
    return { tips: next, tangled, flagged }
  const twice = wasTangled
    ? listBits(state.bits).some((index) => {
        const { op } = lookup.at(index)
        return op.device === device && op.seq === seq
      })
    : tip !== undefined && seq <= tip.seq
  return {
    tips: next,
    tangled: wasTangled ? tangled : new Set([...tangled, device]),
    flagged: twice && !flagged.has(device) ? new Set(sortedIds([...flagged, device])) : flagged,
  }
}

const DECIDES: ReadonlySet<string> = new Set(['suspend', 'resume', 'remove', 'set-role', 'cosign'])

/** Whom the operation itself changes something for. */
function concerned(node: Node, lookup: Lookup): MemberId[] {
  const of = isNodeOf(node, 'cosign') ? lookup.find(node.op.of) : node
  const member = of === undefined ? null : concernOf(of)
  return member === null ? [] : [member]
}

function decided(state: Resolved, lookup: Lookup): Resolved {
  const asked: Questions = {
    ballots: listOf(state.ballots),
    disputes: state.disputes,
    outcome: outcomeOf(state, lookup),
    concerning: (member) => listOf(state.concerning.get(member)),
    reason: ({ op }) => state.invalid.get(op.id),
  }
  return { ...state, pending: pending(asked), disputed: disputed(asked) }
}

function headsWith(state: Resolved, node: Node, lookup: Lookup, again: boolean): readonly number[] {
  const outcome = outcomeOf(state, lookup)
  if (again) return headsOf(state.bits, outcome, lookup)
  if (outcome.isVoid(node)) return state.heads
  return [...state.heads.filter((head) => !hasBit(node.past, head)), node.index].sort((a, b) => a - b)
}

/** What was in force, with what changed for these members. */
function removalsOf(old: Resolved, next: Resolved, members: ReadonlySet<MemberId>): readonly OperationId[] {
  const of = (state: Resolved) => [...[...members].flatMap((id) => state.inForce.get(id) ?? []), ...state.displaced]
  const gone = new Set(of(old))
  return [...old.removals.filter((id) => !gone.has(id)), ...of(next)].sort()
}

/** In its place; what of it counts is not settled yet. */
const placedIn = (state: Resolved, node: Node, lookup: Lookup): Resolved => ({
  ...state,
  ...chained(state, node, lookup),
  bits: withBit(state.bits, node.index),
})

/** The state of the same set with these, in causal order: what is in conflict is resolved once for all of them. */
export function extendAll(state: Resolved, nodes: readonly Node[], lookup: Lookup): Resolved {
  const [first, second] = nodes
  if (first === undefined) return state
  if (second === undefined) return extend(state, first, lookup)
  let next = state
  let again = false
  const concerns = new Set<MemberId>()
  const passed: Node[] = []
  for (const node of nodes) {
    const placed = placedIn(next, node, lookup)
    if (node.verdict.reason !== null) {
      next = { ...placed, invalid: next.invalid.set(node.op.id, node.verdict.reason) }
      continue
    }
    const { grew, inKernel, owners } = joined({ ...placed, ...indexed(next, node) }, node, lookup)
    next = node.op.op === 'create' ? { ...grew, founder: node.op.member } : grew
    again ||= inKernel || owners.length > 0
    for (const member of [...owners, ...concerned(node, lookup)]) concerns.add(member)
    passed.push(node)
  }
  if (again) {
    const outcome = settledAgain(next, lookup)
    next = outcome.next
    for (const member of outcome.affected) concerns.add(member)
  }
  for (const node of passed) if (!hasBit(next.kernel, node.index)) next = counted(next, node, lookup)
  next = decided(refolded(next, concerns, lookup), lookup)
  if (next.inForce !== state.inForce || next.displaced !== state.displaced)
    next = { ...next, removals: removalsOf(state, next, concerns) }
  const judged = outcomeOf(next, lookup)
  return {
    ...next,
    heads: headsOf(next.bits, judged, lookup),
    relays: relays(listOf(next.relaySets), judged),
    successors: successors(listOf(next.announcements), judged),
  }
}

/** The state of the same set with `node`, whose past is in the set. */
export function extend(state: Resolved, node: Node, lookup: Lookup): Resolved {
  const { op, verdict } = node
  const placed = placedIn(state, node, lookup)
  if (verdict.reason !== null) return { ...placed, invalid: state.invalid.set(op.id, verdict.reason) }
  const { next: outcome, affected, again } = settled({ ...placed, ...indexed(state, node) }, node, lookup)
  const concerns = new Set([...affected, ...concerned(node, lookup)])
  let next = refolded(outcome, concerns, lookup)
  if (again || DECIDES.has(op.op)) next = decided(next, lookup)
  if (next.inForce !== state.inForce || next.displaced !== state.displaced)
    next = { ...next, removals: removalsOf(state, next, concerns) }
  const judged = outcomeOf(next, lookup)
  return {
    ...next,
    founder: op.op === 'create' ? op.member : next.founder,
    heads: headsWith(next, node, lookup, again),
    relays: again || op.op === 'set-relays' ? relays(listOf(next.relaySets), judged) : next.relays,
    successors: again || op.op === 'successor' ? successors(listOf(next.announcements), judged) : next.successors,
  }
}
