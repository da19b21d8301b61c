// Makes one editor document into another by replacing only what differs: a range of letters within a line, or the lines in
// between. Exact by construction, never fitted. Pure.
import { Fragment, type Node, Slice } from 'prosemirror-model'
import type { Transaction } from 'prosemirror-state'
import { ReplaceStep } from 'prosemirror-transform'

/** `transaction` with the step that leads from its document to `to`, if there is a difference. */
export function redraw(transaction: Transaction, to: Node): Transaction {
  const from = transaction.doc
  const most = Math.min(from.childCount, to.childCount)
  let first = 0
  let start = 0
  while (first < most && from.child(first).eq(to.child(first))) start += from.child(first++).nodeSize
  let last = 0
  while (last < most - first && lastOf(from, last).eq(lastOf(to, last))) last += 1
  const old = from.children.slice(first, from.childCount - last)
  const now = to.children.slice(first, to.childCount - last)
  if (old.length === 0 && now.length === 0) return transaction
  const [line, drawn] = [old[0], now[0]]
  if (old.length === 1 && now.length === 1 && line !== undefined && drawn !== undefined && line.sameMarkup(drawn))
    return redrawLine(transaction, start + 1, line.content, drawn.content)
  const end = old.reduce((sum, node) => sum + node.nodeSize, start)
  return transaction.step(new ReplaceStep(start, end, new Slice(Fragment.fromArray(now), 0, 0)))
}

const lastOf = (doc: Node, fromEnd: number): Node => doc.child(doc.childCount - 1 - fromEnd)

function redrawLine(transaction: Transaction, at: number, old: Fragment, now: Fragment): Transaction {
  const start = old.findDiffStart(now)
  const ends = old.findDiffEnd(now)
  if (start === null || ends === null) return transaction
  const overlap = Math.max(0, start - Math.min(ends.a, ends.b))
  const slice = new Slice(now.cut(start, ends.b + overlap), 0, 0)
  return transaction.step(new ReplaceStep(at + start, at + ends.a + overlap, slice))
}
