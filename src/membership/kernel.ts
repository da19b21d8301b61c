// The kernel of a set: the operations that may be void by others' doing, and all that has a say in it. What is outside counts as
// its own past says, so that a full resolution has to look at the kernel only. In a life without conflicts it is empty.
// Grows with the set and never shrinks; which operations are related is a matter of their own pasts (cuts.ts, conflicts.ts).
import { type Bits, hasBit, withBit } from './bits.ts'
import { type Chain, listOf } from './chain.ts'
import { claimsOf, concurrent, isPriced } from './conflicts.ts'
import { cuts } from './cuts.ts'
import { isNodeOf, type Indexes, type Lookup, type Node } from './node.ts'
import { concernOf } from './people.ts'

const GIVES_RIGHTS: ReadonlySet<string> = new Set(['create', 'admit', 'add-device', 'set-role'])

function matching(chain: Chain<Node> | undefined, is: (node: Node) => boolean): Node[] {
  const out: Node[] = []
  for (let at = chain; at !== undefined; at = at.rest) if (is(at.value)) out.push(at.value)
  return out
}

/** What rests on this operation: what was done by the device it let in, or in the role it gave. */
function restingOn(indexes: Indexes, node: Node): Node[] {
  const member = GIVES_RIGHTS.has(node.op.op) ? concernOf(node) : null
  if (member === null) return []
  return matching(indexes.authored.get(member), ({ verdict }) => verdict.grounds.includes(node.index))
}

/** What the cut-offs of this lowering void. */
function cutBy(indexes: Indexes, node: Node, lookup: Lookup): Node[] {
  const { about, lowers } = node.verdict
  if (!lowers || about === null) return []
  return matching(indexes.authored.get(about), (other) => cuts(node, other, lookup))
}

/** The lowerings whose cut-offs void this operation. */
export function cuttersOf(indexes: Indexes, node: Node, lookup: Lookup): Node[] {
  const { author } = node.verdict
  if (author === null) return []
  return matching(indexes.concerning.get(author), (other) => other.verdict.lowers && cuts(other, node, lookup))
}

/** Operations that cannot all count together with this one, itself among them; empty when it has no rival. */
export function rivalsOf(indexes: Indexes, node: Node): Node[] {
  const out = new Set<Node>()
  const group = (members: readonly Node[]) => {
    if (members.length > 1) for (const member of members) out.add(member)
  }
  const { member, keys, invitation } = claimsOf(node)
  if (member !== null) {
    group(matching(indexes.concerning.get(member), (other) => claimsOf(other).member === member))
  }
  for (const key of keys) group(listOf(indexes.keys.get(key)))
  if (invitation !== null) group(listOf(indexes.invitations.get(invitation)))
  if (isPriced(node) && node.verdict.author !== null) {
    const priced = matching(indexes.authored.get(node.verdict.author), isPriced)
    if (priced.some((one) => priced.some((other) => other !== one && concurrent(one, other)))) group(priced)
  }
  return [...out]
}

function neighbours(indexes: Indexes, node: Node, lookup: Lookup): Node[] {
  const of = isNodeOf(node, 'cosign') ? lookup.find(node.op.of) : undefined
  return [
    ...restingOn(indexes, node),
    ...cutBy(indexes, node, lookup),
    ...cuttersOf(indexes, node, lookup),
    ...rivalsOf(indexes, node),
    ...listOf(indexes.cosigned.get(node.op.id)),
    ...(of === undefined ? [] : [of]),
  ]
}

/** Whether `node`, just added, can be void by others' doing or make others so. */
function isInvolved(indexes: Indexes, kernel: Bits, node: Node, lookup: Lookup): boolean {
  const of = isNodeOf(node, 'cosign') ? lookup.find(node.op.of) : undefined
  return (
    node.verdict.grounds.some((ground) => hasBit(kernel, ground)) ||
    (of !== undefined && hasBit(kernel, of.index)) ||
    cuttersOf(indexes, node, lookup).length > 0 ||
    rivalsOf(indexes, node).length > 0 ||
    cutBy(indexes, node, lookup).length > 0
  )
}

/** The kernel with one more operation, which `indexes` hold already. */
export function grown(indexes: Indexes, kernel: Bits, node: Node, lookup: Lookup): Bits {
  if (!isInvolved(indexes, kernel, node, lookup)) return kernel
  let out = kernel
  const open = [node]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (hasBit(out, next.index)) continue
    out = withBit(out, next.index)
    for (const other of neighbours(indexes, next, lookup)) if (!hasBit(out, other.index)) open.push(other)
  }
  return out
}
