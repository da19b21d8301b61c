// Which operations have no effect in a given set (rules ME-9, ME-12 to ME-16): cut-offs, what rests on void operations,
// majorities, refusals, cycles of removals, and conflicts. The result depends on the set alone; every choice among equals is by id.
import type { DeviceId, MemberId } from '../base/ids.ts'
import { components } from './components.ts'
import { type Citing, claimLosers, priceLosers } from './conflicts.ts'
import { cuts, isOwn } from './cuts.ts'
import { type Count, type Dispute, isNodeOf, type Lookup, type Node, type NodeOf } from './node.ts'
import { countVotes, isDecided, isRefused, majorityOf, weightOf } from './votes.ts'

export interface Voids {
  /** Why each void operation is void. */
  readonly reasons: ReadonlyMap<number, string>
  /** Removals, suspensions and demotions in effect. */
  readonly lowered: ReadonlySet<number>
  readonly disputes: readonly Dispute[]
}

export const REFUSED = 'ME-9 refused'
export const CUT = 'ME-13 cut-off'
export const RESTS = 'ME-13 rests-on-void'
const OUTWEIGHED = 'ME-14 outweighed'
const LOST = 'ME-15 lost-to-another'
const ONE_AT_A_TIME = 'ME-9 one-at-a-time'
export const CONTESTED: ReadonlySet<string> = new Set([LOST, ONE_AT_A_TIME])

type Known = Pick<ReadonlyMap<number, string>, 'has'>

/** Reasons on top of others, which stay as they are. */
class Layer {
  readonly own = new Map<number, string>()

  constructor(private readonly below: Known) {}

  has(index: number): boolean {
    return this.own.has(index) || this.below.has(index)
  }

  set(index: number, reason: string): void {
    this.own.set(index, reason)
  }
}

const NOTHING: ReadonlySet<number> = new Set()

/** How many operations all resolutions of this process looked at, for tests of what hostile sets cost. */
export const work = { steps: 0 }

interface World {
  readonly reasons: Map<number, string>
  readonly lowered: Set<number>
  readonly disputes: Dispute[]
  readonly forced: Set<number>
}

function put<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, [value])
  else known.push(value)
}

/** Resolves `nodes` (in causal order, each with all that may void it and its cosigns). */
export class Resolution {
  private readonly cosigns = new Map<number, NodeOf<'cosign'>[]>()
  private readonly byIndex: ReadonlyMap<number, Node>
  private readonly byAuthor = new Map<MemberId | null, Node[]>()
  private readonly byDevice = new Map<DeviceId, Node[]>()
  /** What rests on each ground. */
  private readonly resting = new Map<number, Node[]>()

  constructor(
    private readonly nodes: readonly Node[],
    private readonly citing: Citing,
    private readonly lookup: Pick<Lookup, 'find'>,
  ) {
    this.byIndex = new Map(nodes.map((node) => [node.index, node]))
    for (const node of nodes) {
      put(this.byAuthor, node.verdict.author, node)
      put(this.byDevice, node.op.device, node)
      for (const ground of node.verdict.grounds) put(this.resting, ground, node)
      if (!isNodeOf(node, 'cosign') || node.verdict.reason !== null) continue
      const of = lookup.find(node.op.of)
      if (of !== undefined) put(this.cosigns, of.index, node)
    }
  }

  /** Void operations, from the losers of conflicts on: each round excludes more, so it ends. */
  run(): Voids {
    const excluded = new Map<number, string>()
    for (const index of priceLosers(this.nodes, this.citing)) excluded.set(index, ONE_AT_A_TIME)
    for (;;) {
      const round = this.round(excluded)
      const live = this.nodes.filter(({ index }) => !round.reasons.has(index))
      const lost = claimLosers(live, this.citing)
      const broken = [...round.lowered].filter((index) => round.reasons.has(index))
      if (lost.length + broken.length === 0) return round
      for (const index of lost) excluded.set(index, LOST)
      for (const index of broken) excluded.set(index, round.reasons.get(index) ?? CUT)
    }
  }

  private votes(node: Node, reasons: Known, without?: ReadonlySet<MemberId>): Count {
    return countVotes(node, this.cosigns.get(node.index) ?? [], ({ index }) => !reasons.has(index), without)
  }

  private round(excluded: ReadonlyMap<number, string>): Voids {
    const reasons = new Map(excluded)
    for (const { index, verdict } of this.nodes) if (verdict.reason !== null) reasons.set(index, verdict.reason)
    this.spread(reasons, [...reasons.keys()])
    const world: World = { reasons, lowered: new Set(), disputes: [], forced: new Set() }
    this.settle(
      this.nodes.filter((node) => node.verdict.lowers && this.standsAlone(node, reasons)),
      world,
    )
    return world
  }

  private standsAlone(node: Node, reasons: Known): boolean {
    return !reasons.has(node.index) && isDecided(node, this.votes(node, reasons))
  }

  /** Voids what rests on `from`, which became void, and on what lost its majority by that, until nothing changes. */
  private spread(reasons: Known & { set(index: number, reason: string): void }, from: readonly number[]): void {
    const open = [...from]
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      work.steps++
      const node = this.byIndex.get(index)
      const of = node !== undefined && isNodeOf(node, 'cosign') ? this.lookup.find(node.op.of) : undefined
      const fallen = of === undefined || isDecided(of, this.votes(of, reasons)) ? [index] : [index, of.index]
      for (const ground of fallen) {
        for (const above of this.resting.get(ground) ?? []) {
          if (reasons.has(above.index) || (isOwn(above) && !this.isMembership(ground))) continue
          reasons.set(above.index, RESTS)
          open.push(above.index)
        }
      }
    }
  }

  /** Whoever went by her own word stays out whatever becomes of the phone she said it with, unless she never was a member. */
  private isMembership(ground: number): boolean {
    const by = this.byIndex.get(ground)?.op.op
    return by === 'create' || by === 'admit'
  }

  private cuts(lowering: Node, reasons: Known): Node[] {
    const { about } = lowering.verdict
    // A suspension is about one device, of however many.
    const of = isNodeOf(lowering, 'suspend') ? this.byDevice.get(lowering.op.target) : this.byAuthor.get(about)
    const hers = about === null ? [] : (of ?? [])
    work.steps += hers.length
    return hers.filter((node) => !reasons.has(node.index) && cuts(lowering, node, this.lookup))
  }

  /** All that is void once `lowering` counts, beyond what is void already. */
  private closure(lowering: Node, reasons: Known): ReadonlySet<number> {
    const direct = this.cuts(lowering, reasons)
    if (direct.length === 0) return NOTHING
    const all = new Layer(reasons)
    for (const { index } of direct) all.set(index, CUT)
    this.spread(
      all,
      direct.map(({ index }) => index),
    )
    return new Set(all.own.keys())
  }

  private apply(lowering: Node, world: World): void {
    world.lowered.add(lowering.index)
    const direct = this.cuts(lowering, world.reasons).filter(({ index }) => !world.forced.has(index))
    for (const { index } of direct) world.reasons.set(index, CUT)
    this.spread(
      world.reasons,
      direct.map(({ index }) => index),
    )
  }

  /** Nothing voids it any more: it counts, unless it is a suspension that somebody refused (rule ME-9). */
  private conclude(node: Node, world: World): void {
    if (isRefused(node, this.votes(node, world.reasons))) world.reasons.set(node.index, REFUSED)
    else this.apply(node, world)
  }

  /** Lowerings in the order in which they void each other; a cycle goes to the undisputed coordinators (rule ME-14). */
  private settle(candidates: readonly Node[], world: World): void {
    const live = candidates.filter((node) => this.standsAlone(node, world.reasons))
    const harms = new Map(live.map((node) => [node, this.closure(node, world.reasons)]))
    const harmed = (by: Node, node: Node) => {
      const set = harms.get(by)
      if (set === undefined || set.size === 0) return false
      const votes = this.cosigns.get(node.index) ?? []
      return set.has(node.index) || votes.some((cosign) => set.has(cosign.index))
    }
    for (const group of components(live, (by) => this.harmedBy(harms.get(by) ?? NOTHING, harms))) {
      const standing = group.filter((node) => this.standsAlone(node, world.reasons))
      const [only] = standing
      if (only === undefined) continue
      if (standing.length === 1 && !harmed(only, only)) this.conclude(only, world)
      else if (standing.length < group.length) this.settle(standing, world)
      else if (!this.outweigh(standing, harmed, world)) this.dispute(standing, world)
    }
  }

  /** Of the lowerings `among` those that lose themselves, or a vote for or against them, when these operations are void. */
  private harmedBy(lost: ReadonlySet<number>, among: ReadonlyMap<Node, unknown>): ReadonlySet<Node> {
    const harmed = new Set<Node>()
    for (const index of lost) {
      work.steps++
      const node = this.byIndex.get(index)
      if (node === undefined) continue
      if (among.has(node)) harmed.add(node)
      const of = isNodeOf(node, 'cosign') ? this.lookup.find(node.op.of) : undefined
      if (of !== undefined && among.has(of)) harmed.add(of)
    }
    return harmed
  }

  /** In a cycle those with the most coordinators behind them go first, unless they void each other. */
  private outweigh(group: readonly Node[], harmed: (by: Node, node: Node) => boolean, world: World): boolean {
    const weights = new Map(group.map((node) => [node, weightOf(node, this.votes(node, world.reasons))]))
    const most = Math.max(...weights.values())
    const leaders = group.filter((node) => weights.get(node) === most)
    if (leaders.length === group.length) return false
    if (leaders.some((one) => leaders.some((other) => harmed(one, other)))) return false
    const others = group.filter((node) => !leaders.includes(node))
    const against = others.filter((node) => leaders.some((leader) => harmed(node, leader)))
    for (const node of leaders) this.conclude(node, world)
    for (const { index } of against) if (!world.reasons.has(index)) world.reasons.set(index, OUTWEIGHED)
    this.settle(others, world)
    return true
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
