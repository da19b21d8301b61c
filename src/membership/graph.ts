// The append-only set of verified operations of one space, in causal order, and the states of its pasts, each evaluated
// once (rules ME-3, ME-4, ME-17, ME-20). Holds nothing unverified and nothing secret.
import type { DeviceId, MemberId, OperationId, SpaceId } from '../base/ids.ts'
import { countBits, hasBit, NO_BITS } from './bits.ts'
import { sortedIds } from './decode.ts'
import { EMPTY, extendAll } from './extend.ts'
import { judge } from './judge.ts'
import { MAX_PARENTS } from './limits.ts'
import type { Lookup, Node, Resolved } from './node.ts'
import { resolve } from './resolve.ts'
import { closure, Pasts } from './pasts.ts'
import type { Cutoff, MembershipState, SignedRecord, VerifiedOperation } from './types.ts'
import { Waiting } from './waiting.ts'

/** The place of a device's next operation. */
export interface NextPlace {
  readonly space: SpaceId
  /** At most 16, ascending. More heads than that: write `merge` first (`needsMerge`). */
  readonly parents: readonly OperationId[]
  readonly seq: number
  readonly prev: OperationId | null
}

export class MembershipGraph {
  private readonly nodes: Node[] = []
  private readonly byId = new Map<OperationId, Node>()
  /** Devices that some operation lets in, whether or not it has an effect. */
  private readonly introduced = new Set<DeviceId>()
  private readonly waiting = new Waiting()
  /** The state of all but those in `unsettled`. */
  private settled: Resolved = EMPTY
  private unsettled: Node[] = []
  private readonly lookup: Lookup = {
    at: (index) => this.nodes[index] as Node,
    find: (id) => this.byId.get(id),
  }
  private readonly pasts = new Pasts(this.lookup, (node) => this.standingOn(node.op))

  private constructor(readonly space: SpaceId) {}

  static create(space: SpaceId): MembershipGraph {
    return new MembershipGraph(space)
  }

  /**
   * Adds what is new and of this space; duplicates are ignored. `added`: everything that found its place now, in causal order,
   * operations that waited before included. `waiting`: those of `verified` whose parents are missing.
   */
  add(verified: readonly VerifiedOperation[]): { added: OperationId[]; waiting: OperationId[] } {
    const added: OperationId[] = []
    for (const first of verified) {
      if (first.space !== this.space || this.byId.has(first.id)) continue
      const ready = [first]
      for (let op = ready.pop(); op !== undefined; op = ready.pop()) {
        const missing = linksOf(op).filter((id) => !this.byId.has(id))
        if (missing.length > 0) {
          this.waiting.add(op, missing)
          continue
        }
        if (this.byId.has(op.id)) continue
        this.insert(op)
        added.push(op.id)
        ready.push(...this.waiting.release(op.id))
      }
    }
    return { added, waiting: verified.filter(({ id }) => this.waiting.has(id)).map(({ id }) => id) }
  }

  has(id: OperationId): boolean {
    return this.byId.has(id)
  }

  get(id: OperationId): VerifiedOperation | undefined {
    return this.byId.get(id)?.op
  }

  /** Whether an operation that is here lets this device in, be it without effect (any more). */
  introduces(device: DeviceId): boolean {
    return this.introduced.has(device)
  }

  get size(): number {
    return this.nodes.length
  }

  /** Everything that is in place, in causal order, operations without effect included. */
  records(): SignedRecord[] {
    return this.nodes.map(({ op }) => op.record)
  }

  operations(): readonly VerifiedOperation[] {
    return this.nodes.map(({ op }) => op)
  }

  /** Valid operations that no valid one has in its past, ascending; all of them. */
  heads(): OperationId[] {
    return this.idsOf(this.current.heads)
  }

  get needsMerge(): boolean {
    return this.current.heads.length > MAX_PARENTS
  }

  /** Operations that others name and we do not have. Ascending. */
  missing(): OperationId[] {
    return this.waiting.missing().filter((id) => !this.byId.has(id) && !this.waiting.has(id))
  }

  /** The membership by everything that is here. Before `create` is here: nobody. */
  state(): MembershipState {
    return this.current
  }

  /** The membership by the past of these operations, themselves included. Throws on one that is not here: ask `has` first. */
  stateAt(heads: readonly OperationId[]): MembershipState {
    return this.stateOf(heads.map((id) => this.need(id)))
  }

  /** What `state` gives, from scratch and without any memory: for checks and benchmarks. */
  resolveAfresh(): MembershipState {
    return resolve(this.nodes, this.lookup)
  }

  /** Whether `id` is one of `heads` or in the past of one. */
  covers(heads: readonly OperationId[], id: OperationId): boolean {
    const node = this.byId.get(id)
    if (node === undefined) return false
    return heads.some((head) => head === id || hasBit(this.byId.get(head)?.past ?? NO_BITS, node.index))
  }

  /** How many operations are in the past of these heads, themselves included. */
  coverage(heads: readonly OperationId[]): number {
    return countBits(closure(heads.flatMap((id) => this.byId.get(id) ?? [])))
  }

  draft(device: DeviceId): NextPlace {
    const state = this.current
    const tip = state.tips.get(device)
    const place = tip === undefined ? { seq: 0, prev: null } : { seq: tip.seq + 1, prev: tip.id }
    return { space: this.space, parents: this.idsOf(state.heads).slice(0, MAX_PARENTS), ...place }
  }

  /**
   * The cut-off that keeps all of `device` that an operation by `by` on the heads has in its past. Not simply the last one known: what
   * has no effect is never a head, so nobody has it in her past.
   */
  cutoff(device: DeviceId, by: DeviceId): Cutoff {
    const parents = this.idsOf(this.current.heads).slice(0, MAX_PARENTS)
    const last = this.current.tips.get(by)?.id
    const ids = last === undefined ? parents : [...parents, last]
    const tip = this.stateOf(ids.map((id) => this.need(id))).tips.get(device)
    return tip === undefined ? { seq: -1, id: null } : { seq: tip.seq, id: tip.id }
  }

  private idsOf(indexes: readonly number[]): OperationId[] {
    return sortedIds(indexes.map((index) => (this.nodes[index] as Node).op.id))
  }

  private need(id: OperationId): Node {
    const node = this.byId.get(id)
    if (node === undefined) throw new Error('the state at an operation that is not here')
    return node
  }

  /**
   * The rule by which the operation would have no effect, judged by its own past; null for none. Adds nothing. Throws on parents that
   * are not here.
   */
  refusal(op: VerifiedOperation): string | null {
    return this.nodeOf(op).node.verdict.reason
  }

  /** Whose majority the operation needs to count; null where it needs none, is refused, or is not here. */
  ballot(id: OperationId): { readonly electorate: readonly MemberId[]; readonly quorum: number } | null {
    const verdict = this.byId.get(id)?.verdict
    return verdict?.needs === 'majority' && verdict.reason === null ? verdict : null
  }

  /** The state of the whole set: what came together is resolved together. */
  private get current(): Resolved {
    if (this.unsettled.length > 0) this.settled = extendAll(this.settled, this.unsettled, this.lookup)
    this.unsettled = []
    return this.settled
  }

  private insert(op: VerifiedOperation): void {
    const { before, node } = this.nodeOf(op)
    this.nodes.push(node)
    this.pasts.entered(node, before, this.standingOn(op))
    this.byId.set(op.id, node)
    this.unsettled.push(node)
    if (op.op === 'admit' || op.op === 'add-device') this.introduced.add(op.target)
  }

  private standingOn(op: VerifiedOperation): Node[] {
    return linksOf(op).map((id) => this.need(id))
  }

  /** The whole set holds every past, so one of as many operations is the same. */
  private stateOf(nodes: readonly Node[]): Resolved {
    return countBits(closure(nodes)) === this.nodes.length ? this.current : this.pasts.at(nodes)
  }

  private nodeOf(op: VerifiedOperation): { readonly before: Resolved; readonly node: Node } {
    const before = op.op === 'create' ? EMPTY : this.stateOf(this.standingOn(op))
    const past = before.bits
    const find = (id: OperationId) => {
      const node = this.byId.get(id)
      return node !== undefined && hasBit(past, node.index) ? node : undefined
    }
    const verdict = judge(before, op, { find })
    return { before, node: { index: this.nodes.length, op, past, lowered: before.lowered, verdict } }
  }
}

/** What an operation stands on: its parents and its device's previous operation. */
function linksOf(op: VerifiedOperation): OperationId[] {
  return op.prev === null ? [...op.parents] : sortedIds([...op.parents, op.prev])
}
