// Strongly connected components (Tarjan 1972), in topological order of the arrows between them. Knows nothing of what
// the nodes are; the order within and between unrelated groups is that of the ids. No recursion: how many nodes there are is up to others.
import type { Node } from './node.ts'

interface Mark {
  readonly node: Node
  readonly order: number
  readonly next: Iterator<Node>
  low: number
  open: boolean
}

const byId = (a: Node, b: Node) => (a.op.id < b.op.id ? -1 : 1)

/** Groups of `nodes`, sources first; `after(a)`: those of them that a comes before. Steps: the nodes and the arrows. */
export function components(nodes: readonly Node[], after: (node: Node) => Iterable<Node>): Node[][] {
  const marks = new Map<Node, Mark>()
  const stack: Node[] = []
  const groups: Node[][] = []
  const path: Mark[] = []
  const enter = (node: Node) => {
    const next = [...after(node)].sort(byId)[Symbol.iterator]()
    const mark: Mark = { node, order: marks.size, low: marks.size, open: true, next }
    marks.set(node, mark)
    stack.push(node)
    path.push(mark)
  }
  const leave = (mark: Mark) => {
    path.pop()
    const below = path.at(-1)
    if (below !== undefined) below.low = Math.min(below.low, mark.low)
    if (mark.low < mark.order) return
    const group = stack.splice(stack.lastIndexOf(mark.node))
    for (const member of group) (marks.get(member) as Mark).open = false
    groups.push(group.sort(byId))
  }
  for (const first of [...nodes].sort(byId)) {
    if (!marks.has(first)) enter(first)
    for (let mark = path.at(-1); mark !== undefined; mark = path.at(-1)) {
      const step = mark.next.next()
      if (step.done === true) leave(mark)
      else if (step.value !== mark.node) {
        const seen = marks.get(step.value)
        if (seen === undefined) enter(step.value)
        else if (seen.open) mark.low = Math.min(mark.low, seen.order)
      }
    }
  }
  return groups.reverse()
}
