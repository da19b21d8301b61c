// Which operations count once there is one more: nothing else changes, or the kernel is resolved again (rule ME-3). The cheap
// half of extend.ts; every answer equals that of a full resolution (voids.ts).
import type { MemberId } from '../base/ids.ts'
import { hasBit, listBits } from './bits.ts'
import { listOf } from './chain.ts'
import { cuttersOf, grown, rivalsOf } from './kernel.ts'
import { isNodeOf, type Lookup, type Node, type Resolved, type Rival } from './node.ts'
import { citingIn, nodesOf, outcomeOf } from './outcome.ts'
import { concernOf } from './people.ts'
import { ENTERS } from './resolve.ts'
import { CONTESTED, CUT, REFUSED, Resolution, RESTS } from './voids.ts'
import { isDecided, isRefused } from './votes.ts'

/** Whether `node` is the first of its device that cites `rival`, as let in by the same operation. */
function isNews(node: Node, rival: Node, lookup: Lookup): boolean {
  if (!hasBit(node.past, rival.index)) return false
  const prev = node.op.prev === null ? undefined : lookup.find(node.op.prev)
  if (prev === undefined || !hasBit(prev.past, rival.index)) return true
  // Let in by another operation, its device may be known to all rivals where it was not before.
  return prev.verdict.author !== node.verdict.author || prev.verdict.grounds[0] !== node.verdict.grounds[0]
}

/** The box keys of a device with two chains. */
function forkedBoxes(state: Resolved, { op, verdict }: Node): Node[] {
  if (verdict.author === null || !state.tangled.has(op.device)) return []
  return listOf(state.authored.get(verdict.author)).filter(
    (node) => node.op.op === 'rotate-device' && node.op.device === op.device,
  )
}

/** Those whose rank depends on who cites them, once `node` is here; and whether it is one who cites. */
function rivalling(
  state: Resolved,
  node: Node,
  more: readonly Node[],
  lookup: Lookup,
): { rivals: readonly Rival[]; cited: readonly Node[] } {
  const cited: Node[] = []
  let rivals = state.rivals
  for (const [at, rival] of state.rivals.entries()) {
    if (!isNews(node, rival.node, lookup)) continue
    rivals = rivals.with(at, { node: rival.node, cited: { value: node, rest: rival.cited } })
    // Whoever came in later has no say in it.
    if (hasBit(rival.node.past, node.verdict.grounds[0] ?? Infinity)) cited.push(rival.node)
  }
  const known = new Set(rivals.map((rival) => rival.node))
  const fresh = more.filter((one) => !known.has(one))
  if (fresh.length === 0) return { rivals, cited }
  const all = nodesOf(state, lookup)
  const born = fresh.map((one): Rival => {
    const news = all.filter((other) => isNews(other, one, lookup))
    return { node: one, cited: news.reduce<Rival['cited']>((rest, value) => ({ value, rest }), undefined) }
  })
  return { rivals: [...rivals, ...born], cited }
}

export interface Settled {
  readonly next: Resolved
  /** Members whom others' operations changed. */
  readonly affected: readonly MemberId[]
  /** Whether other operations than the new one may have changed. */
  readonly again: boolean
}

/** The kernel resolved again: the state with its outcome, and whom that changes something for. */
export function settledAgain(state: Resolved, lookup: Lookup): Settled {
  const nodes = listBits(state.kernel).map((index) => lookup.at(index))
  const { reasons, lowered, disputes } = new Resolution(nodes, citingIn(state, lookup), lookup).run()
  let next: Resolved = { ...state, disputes }
  const affected: MemberId[] = []
  for (const node of nodes) {
    const { id } = node.op
    const reason = reasons.get(node.index)
    const counts = lowered.has(node.index)
    if (reason === state.invalid.get(id) && counts === state.lowered.has(id)) continue
    const of = isNodeOf(node, 'cosign') ? lookup.find(node.op.of) : node
    const about = of === undefined ? null : concernOf(of)
    if (about !== null) affected.push(about)
    next = {
      ...next,
      invalid: reason === undefined ? next.invalid.without(id) : next.invalid.set(id, reason),
      lowered: counts ? next.lowered.set(id, true) : next.lowered.without(id),
    }
  }
  const lost = ({ op }: Node) => ENTERS.has(op.op) && CONTESTED.has(next.invalid.get(op.id) ?? '')
  return { next: { ...next, displaced: nodes.filter(lost).map(({ op }) => op.id) }, affected, again: true }
}

/** In the kernel, but it decides nothing about others: only whether it is void itself. */
function passively(state: Resolved, node: Node, lookup: Lookup): Resolved | null {
  const outcome = outcomeOf(state, lookup)
  const holds = (ground: number) => {
    const given = lookup.at(ground)
    return !outcome.isVoid(given) && isDecided(given, outcome.votes(given))
  }
  const cut = cuttersOf(state, node, lookup).some(outcome.isLowered)
  const rests = !node.verdict.grounds.every(holds)
  // Both: which is given as the reason depends on the order among all.
  if (cut && rests) return null
  const reason = rests ? RESTS : cut ? CUT : null
  return reason === null ? state : { ...state, invalid: state.invalid.set(node.op.id, reason) }
}

/** A lowering or a vote that is in no conflict: what comes of the operation voted on. */
export function counted(state: Resolved, node: Node, lookup: Lookup): Resolved {
  const of = isNodeOf(node, 'cosign') ? lookup.find(node.op.of) : node
  if (of === undefined || !of.verdict.lowers) return state
  const { id } = of.op
  const reason = state.invalid.get(id)
  // What was refused may be cosigned by as many later: then it counts after all.
  if (reason !== undefined && reason !== REFUSED) return state
  const count = outcomeOf(state, lookup).votes(of)
  if (isRefused(of, count))
    return { ...state, lowered: state.lowered.without(id), invalid: state.invalid.set(id, REFUSED) }
  if (!isDecided(of, count)) return state
  return { ...state, lowered: state.lowered.set(id, true), invalid: state.invalid.without(id) }
}

interface Joined {
  readonly grew: Resolved
  readonly inKernel: boolean
  readonly isRival: boolean
  /** Members whose operations may rank otherwise by it. */
  readonly owners: readonly MemberId[]
}

/** What is in conflict, and who cites that, once `node`, which is in the indexes, is here; nothing is decided yet. */
export function joined(state: Resolved, node: Node, lookup: Lookup): Joined {
  const rivals = rivalsOf(state, node)
  const kernel = grown(state, state.kernel, node, lookup)
  const known = rivalling(state, node, [...rivals, ...forkedBoxes(state, node)], lookup)
  return {
    grew: { ...state, kernel, rivals: known.rivals },
    inKernel: hasBit(kernel, node.index),
    isRival: rivals.length > 0,
    owners: known.cited.flatMap((rival) => concernOf(rival) ?? []),
  }
}

/** Which operations count once `node`, which is in the indexes, is here. */
export function settled(state: Resolved, node: Node, lookup: Lookup): Settled {
  const { grew, inKernel, isRival, owners } = joined(state, node, lookup)
  if (owners.length > 0) {
    const { next, affected, again } = settledAgain(grew, lookup)
    return { next: inKernel ? next : counted(next, node, lookup), affected: [...affected, ...owners], again }
  }
  if (!inKernel) return { next: counted(grew, node, lookup), affected: [], again: false }
  if (isRival || node.verdict.lowers || node.op.op === 'cosign') return settledAgain(grew, lookup)
  const next = passively(grew, node, lookup)
  return next === null ? settledAgain(grew, lookup) : { next, affected: [], again: false }
}
