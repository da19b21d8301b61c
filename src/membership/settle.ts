// Which operations count once there is one more: nothing else changes, or the kernel is resolved again (rule ME-3). The cheap
// half of extend.ts; every answer equals that of a full resolution (voids.ts).
import type { MemberId } from '../base/ids.ts'
import { hasBit, listBits } from './bits.ts'
import type { Chain } from './chain.ts'
import { cuttersOf, grown, rivalsOf } from './kernel.ts'
import { isNodeOf, type Lookup, type Node, type Resolved } from './node.ts'
import { nodesOf, outcomeOf } from './outcome.ts'
import { concernOf } from './people.ts'
import { ENTERS } from './resolve.ts'
import { CONTESTED, CUT, REFUSED, Resolution, RESTS } from './voids.ts'
import { isDecided } from './votes.ts'

/** Whether `node` says for the first time that its author knows one of those whose rank depends on who knows them. */
function backs(state: Resolved, node: Node, lookup: Lookup): boolean {
  const prev = node.op.prev === null ? undefined : lookup.find(node.op.prev)
  const before = prev?.verdict.author === node.verdict.author ? prev?.past : undefined
  const isNews = ({ index }: Node) => hasBit(node.past, index) && (before === undefined || !hasBit(before, index))
  const forked = (at: Chain<Node> | undefined): boolean => {
    for (let one = at; one !== undefined; one = one.rest) {
      const { op } = one.value
      if (op.op === 'rotate-device' && state.tangled.has(op.device) && isNews(one.value)) return true
    }
    return false
  }
  const owners = new Set([...state.tangled].flatMap((device) => state.devices.get(device)?.member ?? []))
  return state.rivals.some(isNews) || [...owners].some((member) => forked(state.concerning.get(member)))
}

/** The kernel resolved again: the state with its outcome, and whom that changes something for. */
function settledAgain(state: Resolved, lookup: Lookup): { next: Resolved; affected: MemberId[] } {
  const nodes = listBits(state.kernel).map((index) => lookup.at(index))
  let all: Node[] | null = null
  const { reasons, lowered, disputes } = new Resolution(nodes, () => (all ??= nodesOf(state, lookup)), lookup).run()
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
  return { next: { ...next, displaced: nodes.filter(lost).map(({ op }) => op.id) }, affected }
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
function counted(state: Resolved, node: Node, lookup: Lookup): Resolved {
  const of = isNodeOf(node, 'cosign') ? lookup.find(node.op.of) : node
  if (of === undefined || !of.verdict.lowers || state.invalid.has(of.op.id)) return state
  const count = outcomeOf(state, lookup).votes(of)
  const { id } = of.op
  if (of.verdict.refusable && count.no.length > 0)
    return { ...state, lowered: state.lowered.without(id), invalid: state.invalid.set(id, REFUSED) }
  return isDecided(of, count) ? { ...state, lowered: state.lowered.set(id, true) } : state
}

/** Which operations count once `node`, which is in the indexes, is here. `again`: others than it may have changed. */
export function settled(
  state: Resolved,
  node: Node,
  lookup: Lookup,
): { next: Resolved; affected: MemberId[]; again: boolean } {
  const rivals = rivalsOf(state, node)
  const kernel = grown(state, state.kernel, node, lookup)
  const grew = {
    ...state,
    kernel,
    rivals: rivals.length === 0 ? state.rivals : [...new Set([...state.rivals, ...rivals])],
  }
  const inKernel = hasBit(kernel, node.index)
  const again = () => ({ ...settledAgain(grew, lookup), again: true })
  if (backs(grew, node, lookup)) {
    const owners = [...state.tangled].flatMap((device) => state.devices.get(device)?.member ?? [])
    const { next, affected } = settledAgain(grew, lookup)
    return { next: inKernel ? next : counted(next, node, lookup), affected: [...affected, ...owners], again: true }
  }
  if (!inKernel) return { next: counted(grew, node, lookup), affected: [], again: false }
  if (rivals.length > 0 || node.verdict.lowers || node.op.op === 'cosign') return again()
  const next = passively(grew, node, lookup)
  return next === null ? again() : { next, affected: [], again: false }
}
