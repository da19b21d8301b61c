// The states of pasts that are kept: those of the latest operations, a few that were asked for, and one in 32 along every
// branch, from which any other is a few operations away. So no past is evaluated from its beginning, and memory does not
// hold a state for each operation of a long life.
import { type Bits, countBits, hasBit, listBits, NO_BITS, union, withBit } from './bits.ts'
import { sortedIds } from './decode.ts'
import { EMPTY, extend } from './extend.ts'
import type { Lookup, Node, Resolved } from './node.ts'

const RECENT = 128
const ASKED = 128
/** As a power of two: how many operations of a branch one kept state stands for. */
const STRIDE = 5

/** These and all in their past. */
export const closure = (nodes: readonly Node[]): Bits =>
  nodes.reduce((all, { index, past }) => union(all, withBit(past, index)), NO_BITS)

/** That one which has the most in its past. */
function largestOf(nodes: readonly Node[]): Node | undefined {
  const [first, ...others] = nodes
  return first && others.reduce((best, node) => (countBits(node.past) > countBits(best.past) ? node : best), first)
}

export class Pasts {
  /** By the place of the operation whose past it is. */
  private readonly befores = new Map<number, Resolved>()
  private readonly marks = new Set<number>()
  /** The state at a set of operations, themselves included; the one asked for last at the end. */
  private readonly asked = new Map<string, Resolved>()

  /** `standingOn`: an operation's parents and its device's previous one. */
  constructor(
    private readonly lookup: Lookup,
    private readonly standingOn: (node: Node) => readonly Node[],
  ) {}

  /** `node` is new; `before`: the state of its past, which these are the last of. */
  entered(node: Node, before: Resolved, on: readonly Node[]): void {
    this.befores.set(node.index, before)
    const most = largestOf(on)?.past ?? node.past
    if (countBits(node.past) >>> STRIDE !== countBits(most) >>> STRIDE) this.marks.add(node.index)
    const old = node.index - RECENT
    if (!this.marks.has(old)) this.befores.delete(old)
  }

  /** The state of what these are the last of, themselves included. */
  at(nodes: readonly Node[]): Resolved {
    const top = nodes.filter((node) => !nodes.some(({ past }) => hasBit(past, node.index)))
    const key = sortedIds(top.map(({ op }) => op.id)).join()
    const known = this.asked.get(key)
    const state = known ?? this.extended(this.base(top), closure(top))
    this.asked.delete(key)
    this.asked.set(key, state)
    const [oldest] = this.asked.keys()
    if (this.asked.size > ASKED && oldest !== undefined) this.asked.delete(oldest)
    return state
  }

  /** A state that most of the set is in. */
  private base(top: readonly Node[]): Resolved {
    const largest = largestOf(top)
    if (largest === undefined || largest.op.op === 'create') return EMPTY
    if (top.length > 1) return this.at([largest])
    return this.befores.get(largest.index) ?? this.at(this.standingOn(largest))
  }

  private extended(base: Resolved, bits: Bits): Resolved {
    return listBits(bits, base.bits).reduce((state, index) => extend(state, this.lookup.at(index), this.lookup), base)
  }
}
