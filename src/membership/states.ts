// The states of pasts that are kept: those of the latest operations, a few that were asked for, and one in 32 along every
// branch, from which any other is a few operations away. So no past is evaluated from its beginning, and memory does not
// hold a state for each operation of a long life.
import { countBits } from './bits.ts'
import type { Node, Resolved } from './node.ts'

const RECENT = 128
const ASKED = 128
/** As a power of two: how many operations of a branch one kept state stands for. */
const STRIDE = 5

export class States {
  /** By the place of the operation whose past it is. */
  private readonly befores = new Map<number, Resolved>()
  private readonly marks = new Set<number>()
  /** The state at a set of operations, themselves included; the one asked for last at the end. */
  private readonly asked = new Map<string, Resolved>()

  before(node: Node): Resolved | undefined {
    return this.befores.get(node.index)
  }

  /** `node` is new; `largest`: that one of those it stands on which has the most in its past. */
  entered(node: Node, before: Resolved, largest: Node | undefined): void {
    this.befores.set(node.index, before)
    const crosses = countBits(node.past) >>> STRIDE !== countBits(largest?.past ?? node.past) >>> STRIDE
    if (crosses) this.marks.add(node.index)
    const old = node.index - RECENT
    if (!this.marks.has(old)) this.befores.delete(old)
  }

  at(key: string): Resolved | undefined {
    const state = this.asked.get(key)
    if (state === undefined) return undefined
    this.asked.delete(key)
    this.asked.set(key, state)
    return state
  }

  keep(key: string, state: Resolved): void {
    this.asked.set(key, state)
    if (this.asked.size <= ASKED) return
    const [oldest] = this.asked.keys()
    if (oldest !== undefined) this.asked.delete(oldest)
  }
}
