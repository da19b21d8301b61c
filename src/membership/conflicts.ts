// Operations that cannot both count (rules ME-9, ME-15, ME-16): two admissions with one invitation, two entries of one key
// or member, two suspensions of coordinators by one author at once. Picks who counts, from the set alone.
import { hasBit } from './bits.ts'
import type { Node } from './node.ts'

/** What may be taken once only; `price` names the one suspension of another coordinator a coordinator may have open. */
function claims({ op, verdict }: Node, kind: 'keys' | 'price'): string[] {
  if (kind === 'price')
    return op.op === 'suspend' && verdict.needs === 'third' ? [`author ${verdict.author ?? ''}`] : []
  if (op.op === 'create') return keysOf(op.member, op.device, op.recovery)
  if (op.op === 'admit') return [...keysOf(op.member, op.target, op.recovery), `invitation ${op.invitation}`]
  return op.op === 'add-device' ? [`key ${op.target}`] : []
}

const keysOf = (member: string, device: string, recovery: string | null): string[] =>
  [`member ${member}`, `key ${device}`].concat(recovery === null ? [] : [`key ${recovery}`])

/** How many other members have an operation with this one in its past. */
export function support(node: Node, nodes: readonly Node[]): number {
  const others = nodes.filter(({ past, verdict }) => hasBit(past, node.index) && verdict.author !== node.verdict.author)
  return new Set(others.map(({ verdict }) => verdict.author)).size
}

const byId = (a: Node, b: Node) => (a.op.id < b.op.id ? -1 : 1)

/** Of one device the branch that more other members cite; between devices the lower id. */
export function preferred(rivals: readonly Node[], nodes: readonly Node[]): Node {
  const byDevice = new Map<string, Node>()
  for (const rival of [...rivals].sort(byId)) {
    const best = byDevice.get(rival.op.device)
    if (best === undefined || support(rival, nodes) > support(best, nodes)) byDevice.set(rival.op.device, rival)
  }
  return [...byDevice.values()].sort(byId)[0] as Node
}

const concurrent = (a: Node, b: Node) => !hasBit(a.past, b.index) && !hasBit(b.past, a.index)

/** Those that do not count. Refused operations claim nothing. */
export function losers(nodes: readonly Node[], kind: 'keys' | 'price'): number[] {
  const groups = new Map<string, Node[]>()
  for (const node of nodes) {
    if (node.verdict.reason !== null) continue
    for (const claim of claims(node, kind)) {
      const group = groups.get(claim)
      if (group === undefined) groups.set(claim, [node])
      else group.push(node)
    }
  }
  const lost = new Set<number>()
  for (const group of groups.values()) {
    if (group.length < 2) continue
    const winner = preferred(group, nodes)
    for (const node of group) {
      if (node !== winner && (kind === 'keys' || concurrent(node, winner))) lost.add(node.index)
    }
  }
  return [...lost]
}
