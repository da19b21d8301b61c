// Which operations have no effect in a given set (rules ME-12 to ME-16): cut-offs, what rests on void operations, majorities,
// cycles of removals, and conflicts. The result depends on the set alone; every choice among equals is by id.
import { listBits, hasBit, type Bits } from './bits.ts'
import { components } from './components.ts'
import { losers } from './conflicts.ts'
import { isNodeOf, type Node, type NodeOf } from './node.ts'
import { type Count, countVotes, isDecided, majorityOf } from './votes.ts'
import type { MemberId } from '../base/ids.ts'

export interface Dispute {
  readonly node: Node
  readonly count: Count
}

export interface Voids {
  /** In causal order. */
  readonly nodes: readonly Node[]
  /** Why each void operation is void. */
  readonly reasons: ReadonlyMap<number, string>
  /** Removals, suspensions and demotions in effect. */
  readonly lowered: ReadonlySet<number>
  /** Suspensions that a refusal annulled. */
  readonly refused: ReadonlySet<number>
  readonly disputes: readonly Dispute[]
  readonly votes: (node: Node) => Count
}

/** The cut-off an operation states for a device, or undefined when it names none. */
export function cutoffFor(lowering: Node, device: string) {
  const { op } = lowering
  if (op.op === 'suspend') return op.target === device ? (op.cutoff ?? { seq: -1, id: null }) : undefined
  return op.op === 'remove' || op.op === 'set-role' ? op.cutoffs.find((cutoff) => cutoff.device === device) : undefined
}

const LOST = 'ME-15 lost-to-another'
const ONE_AT_A_TIME = 'ME-9 one-at-a-time'
export const CONTESTED: ReadonlySet<string> = new Set([LOST, ONE_AT_A_TIME])

const isOwn = (node: Node) =>
  node.verdict.lowers && node.verdict.about === node.verdict.author && node.op.op !== 'suspend'

export class Resolution {
  readonly nodes: readonly Node[]
  private readonly cosigns = new Map<number, NodeOf<'cosign'>[]>()
  private readonly byId: ReadonlyMap<string, Node>

  constructor(all: readonly Node[], bits: Bits) {
    this.nodes = listBits(bits).map((index) => all[index] as Node)
    this.byId = new Map(this.nodes.map((node) => [node.op.id, node]))
    for (const node of this.nodes) {
      if (!isNodeOf(node, 'cosign') || node.verdict.reason !== null) continue
      const of = this.byId.get(node.op.of)
      if (of !== undefined) this.cosigns.set(of.index, [...(this.cosigns.get(of.index) ?? []), node])
    }
  }

  /** Void operations, from the losers of conflicts on: each round excludes more, so it ends. */
  run(): Voids {
    const excluded = new Map<number, string>()
    for (const index of losers(this.nodes, 'price')) excluded.set(index, ONE_AT_A_TIME)
    for (;;) {
      const round = this.round(excluded)
      const lost = losers(
        this.nodes.filter(({ index }) => !round.reasons.has(index)),
        'keys',
      )
      const broken = [...round.lowered].filter((index) => round.reasons.has(index))
      if (lost.length + broken.length === 0) return round
      for (const index of lost) excluded.set(index, LOST)
      for (const index of broken) excluded.set(index, round.reasons.get(index) ?? 'ME-13 void')
    }
  }

  private votes(node: Node, reasons: ReadonlyMap<number, string>, without?: ReadonlySet<MemberId>): Count {
    return countVotes(node, this.cosigns.get(node.index) ?? [], ({ index }) => !reasons.has(index), without)
  }

  private round(excluded: ReadonlyMap<number, string>): Voids {
    const reasons = new Map(excluded)
    for (const { index, verdict } of this.nodes) if (verdict.reason !== null) reasons.set(index, verdict.reason)
    this.spread(reasons)
    const lowered = new Set<number>()
    const disputes: Dispute[] = []
    const able = this.nodes.filter((node) => node.verdict.lowers && this.standsAlone(node, reasons))
    const refused = new Set<number>()
    this.settle(able, { reasons, lowered, refused, disputes, forced: new Set() })
    return { nodes: this.nodes, reasons, lowered, refused, disputes, votes: (node) => this.votes(node, reasons) }
  }

  private standsAlone(node: Node, reasons: ReadonlyMap<number, string>): boolean {
    return !reasons.has(node.index) && isDecided(node, this.votes(node, reasons))
  }

  /** Voids what rests on void operations, until nothing changes. */
  private spread(reasons: Map<number, string>): void {
    for (let before = -1; before !== reasons.size;) {
      before = reasons.size
      const rests = (ground: number) => {
        if (reasons.has(ground)) return false
        const node = this.cosigns.has(ground) ? this.nodeAt(ground) : undefined
        return node === undefined || isDecided(node, this.votes(node, reasons))
      }
      for (const { index, verdict } of this.nodes) {
        if (!reasons.has(index) && !verdict.grounds.every(rests)) reasons.set(index, 'ME-13 rests-on-void')
      }
    }
  }

  private nodeAt(index: number): Node | undefined {
    let [low, high] = [0, this.nodes.length - 1]
    while (low <= high) {
      const middle = (low + high) >> 1
      const node = this.nodes[middle] as Node
      if (node.index === index) return node
      if (node.index < index) low = middle + 1
      else high = middle - 1
    }
    return undefined
  }

  /** Whether the cut-offs of `lowering` void `node` (rule ME-13). */
  private cuts(lowering: Node, node: Node): boolean {
    const { op } = node
    if (lowering === node || op.op === 'create' || isOwn(node)) return false
    if (node.before.lowered.has(lowering.op.id)) return false
    const cutoff = cutoffFor(lowering, op.device)
    if (cutoff !== undefined) return cutoff.id === null || !this.within(node, cutoff.id)
    // Keys of hers that the removal does not name: what it has not seen.
    const whole = lowering.op.op !== 'suspend' && node.verdict.author === lowering.verdict.about
    return whole && !hasBit(lowering.past, node.index)
  }

  private within(node: Node, last: string): boolean {
    const end = this.byId.get(last)
    return end !== undefined && (end === node || hasBit(end.past, node.index))
  }

  /** All that is void once `lowering` counts, beyond what is void already. */
  private closure(lowering: Node, reasons: ReadonlyMap<number, string>): ReadonlySet<number> {
    const direct = this.nodes.filter((node) => !reasons.has(node.index) && this.cuts(lowering, node))
    if (direct.length === 0) return new Set()
    const all = new Map(reasons)
    for (const { index } of direct) all.set(index, 'ME-13 cut-off')
    this.spread(all)
    return new Set([...all.keys()].filter((index) => !reasons.has(index)))
  }

  private apply(lowering: Node, world: World): void {
    world.lowered.add(lowering.index)
    for (const node of this.nodes) {
      if (!world.reasons.has(node.index) && !world.forced.has(node.index) && this.cuts(lowering, node)) {
        world.reasons.set(node.index, 'ME-13 cut-off')
      }
    }
    this.spread(world.reasons)
  }

  /** Removals in the order in which they void each other; a cycle goes to the undisputed coordinators (rule ME-14). */
  private settle(candidates: readonly Node[], world: World): void {
    const live = candidates.filter((node) => this.standsAlone(node, world.reasons))
    const harms = new Map(live.map((node) => [node, this.closure(node, world.reasons)]))
    const harmed = (by: Node, node: Node) => {
      const set = harms.get(by)
      if (set === undefined || set.size === 0) return false
      const votes = this.cosigns.get(node.index) ?? []
      return set.has(node.index) || votes.some((cosign) => set.has(cosign.index))
    }
    for (const group of components(live, harmed)) {
      const standing = group.filter((node) => this.standsAlone(node, world.reasons))
      const [only] = standing
      if (only === undefined) continue
      if (standing.length === 1 && !harmed(only, only)) this.conclude(only, world)
      else if (standing.length < group.length) this.settle(standing, world)
      else this.dispute(standing, world)
    }
  }

  /** Nothing voids it any more: it counts, unless it is a suspension that somebody refused (rule ME-9). */
  private conclude(node: Node, world: World): void {
    if (!node.verdict.refusable || this.votes(node, world.reasons).no.length === 0) return this.apply(node, world)
    world.refused.add(node.index)
    world.reasons.set(node.index, 'ME-9 refused')
  }

  private dispute(group: readonly Node[], world: World): void {
    const authors = new Set(group.flatMap(({ verdict: { author } }) => (author === null ? [] : [author])))
    const counts = new Map(group.map((node) => [node, this.votes(node, world.reasons, authors)]))
    const by = (side: 'yes' | 'no') =>
      group.filter((node) => {
        const count = counts.get(node)
        return count !== undefined && count.electorate.length > 0 && count[side].length >= majorityOf(count)
      })
    const [upheld, dropped] = [by('yes'), by('no')]
    for (const { index } of upheld) world.forced.add(index)
    for (const node of upheld) this.apply(node, world)
    for (const { index } of dropped) world.reasons.set(index, 'ME-14 refused')
    const open = group.filter((node) => !upheld.includes(node) && !dropped.includes(node))
    if (open.length < group.length) return this.settle(open, world)
    for (const [node, count] of counts) world.disputes.push({ node, count })
  }
}

interface World {
  readonly reasons: Map<number, string>
  readonly lowered: Set<number>
  readonly refused: Set<number>
  readonly disputes: Dispute[]
  readonly forced: Set<number>
}
