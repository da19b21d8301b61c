// Strongly connected components (Tarjan 1972), in topological order of the arrows between them. Knows nothing of what
// the nodes are; the order within and between unrelated groups is that of the ids.
import type { Node } from './node.ts'

interface Mark {
  readonly order: number
  low: number
  open: boolean
}

/** Groups of `nodes`, sources first; `arrow(a, b)`: a comes before b. At most a few hundred nodes. */
export function components(nodes: readonly Node[], arrow: (from: Node, to: Node) => boolean): Node[][] {
  const sorted = [...nodes].sort((a, b) => (a.op.id < b.op.id ? -1 : 1))
  const marks = new Map<Node, Mark>()
  const stack: Node[] = []
  const groups: Node[][] = []
  const visit = (node: Node): Mark => {
    const mark: Mark = { order: marks.size, low: marks.size, open: true }
    marks.set(node, mark)
    stack.push(node)
    for (const next of sorted) {
      if (next === node || !arrow(node, next)) continue
      const seen = marks.get(next)
      if (seen === undefined) mark.low = Math.min(mark.low, visit(next).low)
      else if (seen.open) mark.low = Math.min(mark.low, seen.order)
    }
    if (mark.low === mark.order) {
      const group = stack.splice(stack.indexOf(node))
      for (const member of group) (marks.get(member) as Mark).open = false
      groups.push(group.sort((a, b) => (a.op.id < b.op.id ? -1 : 1)))
    }
    return mark
  }
  for (const node of sorted) if (!marks.has(node)) visit(node)
  return groups.reverse()
}
