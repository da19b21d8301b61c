// From the operations that count to the state: members, devices, roles, relays, what waits for people (rule ME-3). Each field
// is defined by maximal or lowest operations, never by an order of arrival.
import type { DeviceId, MemberId, OperationId } from '../base/ids.ts'
import { fromHex } from '../base/bytes.ts'
import { addAll, type Bits, hasBit } from './bits.ts'
import { preferred } from './conflicts.ts'
import { sortedIds } from './decode.ts'
import { IdMap } from './id-map.ts'
import { isLower } from './judge.ts'
import { isNodeOf, type Node, type NodeOf, type Resolved, type Tip } from './node.ts'
import type { Cutoff, Device, Member, Pending, Role } from './types.ts'
import { CONTESTED, cutoffFor, Resolution, type Voids } from './voids.ts'
import { isDecided, majorityOf } from './votes.ts'

/** Operations for which it matters what they have not seen. */
export const TOUCHY: ReadonlySet<string> = new Set(['suspend', 'resume', 'remove', 'set-role', 'cosign', 'set-relays'])

/** Operations that bring a device in. */
const ENTERS: ReadonlySet<string> = new Set(['admit', 'add-device'])

const NOBODY = '0'.repeat(32) as MemberId

export const EMPTY: Resolved = {
  bits: new Uint32Array(0),
  founder: NOBODY,
  members: IdMap.empty(),
  devices: IdMap.empty(),
  relays: [],
  removals: [],
  rotations: IdMap.empty(),
  invalid: IdMap.empty(),
  pending: [],
  flagged: new Set(),
  disputed: new Set(),
  successors: [],
  recoveries: IdMap.empty(),
  invitations: IdMap.empty(),
  entries: IdMap.empty(),
  roles: IdMap.empty(),
  lowered: IdMap.empty(),
  tips: IdMap.empty(),
  heads: [],
  touchy: [],
  plain: true,
  contested: false,
}

const unless = <T>(condition: boolean, value: T): T[] => (condition ? [] : [value])
export const lowerCutoff = (a: Cutoff | null, b: Cutoff): Cutoff => (a === null || b.seq < a.seq ? b : a)

/** Those of `nodes` that no other of them has in its past. */
function maximal<N extends Node>(nodes: readonly N[]): N[] {
  return nodes.filter((node) => !nodes.some((other) => hasBit(other.past, node.index)))
}

export function headsOf(nodes: readonly Node[], size: number, isVoid: (node: Node) => boolean): number[] {
  const covered = new Uint32Array((size + 31) >>> 5)
  const heads: number[] = []
  for (const node of [...nodes].reverse()) {
    if (isVoid(node) || hasBit(covered, node.index)) continue
    heads.push(node.index)
    addAll(covered, node.past)
  }
  return heads.reverse()
}

/** The furthest operation of each device, and the devices with two for one position. */
function chains(nodes: readonly Node[]): { tips: IdMap<DeviceId, Tip>; flagged: ReadonlySet<DeviceId> } {
  const tips = new Map<DeviceId, Tip>()
  const seen = new Set<string>()
  const flagged = new Set<DeviceId>()
  for (const { op } of nodes) {
    const place = `${op.device} ${op.seq}`
    if (seen.has(place)) flagged.add(op.device)
    seen.add(place)
    const tip = tips.get(op.device)
    if (tip === undefined || op.seq > tip.seq || (op.seq === tip.seq && op.id < tip.id)) tips.set(op.device, op)
  }
  const plain = [...tips].map(([device, { seq, id }]) => [device, { seq, id }] as const)
  return { tips: IdMap.of(plain), flagged: new Set(sortedIds(flagged)) }
}

interface Suspension {
  readonly node: NodeOf<'suspend'>
  readonly lifted: boolean
}

class Fold {
  private readonly live: readonly Node[]
  private readonly suspensions: readonly Suspension[]
  private readonly removals: readonly NodeOf<'remove'>[]

  constructor(
    private readonly all: readonly Node[],
    private readonly bits: Bits,
    private readonly voids: Voids,
  ) {
    this.live = voids.nodes.filter(({ index }) => !voids.reasons.has(index))
    this.removals = this.of('remove').filter(({ index }) => voids.lowered.has(index))
    const resumes = this.of('resume')
    this.suspensions = this.of('suspend')
      .filter(({ index }) => voids.lowered.has(index))
      .map((node) => {
        return {
          node,
          lifted: resumes.some(({ op, past }) => op.target === node.op.target && hasBit(past, node.index)),
        }
      })
  }

  private of<Op extends Node['op']['op']>(op: Op): NodeOf<Op>[] {
    return this.live.filter((node): node is NodeOf<Op> => isNodeOf(node, op))
  }

  /** What sets roles: decided changes, and a recovery key that brings a coordinator back. */
  private roleChanges(): Map<MemberId, { node: Node; role: Role }[]> {
    const changes = new Map<MemberId, { node: Node; role: Role }[]>()
    const add = (member: MemberId, node: Node, role: Role) => {
      const list = changes.get(member)
      if (list === undefined) changes.set(member, [{ node, role }])
      else list.push({ node, role })
    }
    for (const node of this.of('set-role')) {
      const counts = node.verdict.lowers ? this.voids.lowered.has(node.index) : isDecided(node, this.voids.votes(node))
      if (counts) add(node.op.member, node, node.op.role)
    }
    for (const node of this.of('add-device')) if (node.verdict.about !== null) add(node.op.member, node, 'editor')
    return changes
  }

  private disputed(restored: (member: MemberId, since: Node) => boolean): ReadonlySet<MemberId> {
    const authors = this.voids.disputes.map(({ node }) => node)
    const { nodes, lowered, refused } = this.voids
    const priced = nodes.filter((node) => {
      if (node.verdict.needs !== 'third') return false
      return refused.has(node.index) || (lowered.has(node.index) && this.voids.votes(node).yes.length === 0)
    })
    const open = [...authors, ...priced].flatMap((node) => {
      const { author } = node.verdict
      return author === null || restored(author, node) ? [] : [author]
    })
    return new Set(sortedIds(open))
  }

  private pending(): Pending[] {
    const of = (node: Node, why: Pending['why'], needed: number): Pending => {
      const dispute = this.voids.disputes.find((item) => item.node === node)
      const { yes, no, electorate } = dispute?.count ?? this.voids.votes(node)
      return { of: node.op.id, why, needed, have: yes, against: no, electorate }
    }
    const out = this.voids.disputes.map(({ node, count }) => of(node, 'dispute', majorityOf(count)))
    for (const node of this.live) {
      if (node.verdict.needs !== 'majority' || this.voids.lowered.has(node.index)) continue
      if (this.voids.disputes.some((item) => item.node === node)) continue
      const count = this.voids.votes(node)
      const open = count.electorate.length - count.no.length >= majorityOf(count)
      if (!isDecided(node, count) && open) out.push(of(node, 'majority', majorityOf(count)))
    }
    for (const { node, lifted } of this.suspensions) {
      if (node.verdict.needs !== 'third' || lifted) continue
      if (this.voids.votes(node).yes.length === 0) out.push(of(node, 'suspension', 1))
    }
    return out.sort((a, b) => (a.of < b.of ? -1 : 1))
  }

  private cutoffOf(device: DeviceId, member: MemberId): Cutoff | null {
    const removals = this.removals.filter(({ op }) => op.member === member)
    const suspensions = this.suspensions.filter(({ node, lifted }) => !lifted && node.op.target === device)
    const stated = [...removals, ...suspensions.map(({ node }) => node)]
    return stated.reduce<Cutoff | null>((lowest, node) => {
      const named = cutoffFor(node, device)
      return lowerCutoff(lowest, named === undefined ? { seq: -1, id: null } : { seq: named.seq, id: named.id })
    }, null)
  }

  private boxes(): Map<DeviceId, NodeOf<'rotate-device'>> {
    const latest = new Map<DeviceId, NodeOf<'rotate-device'>[]>()
    for (const node of this.of('rotate-device')) {
      const best = latest.get(node.op.device)
      const difference = best?.[0] === undefined ? 1 : node.op.seq - best[0].op.seq
      if (difference > 0) latest.set(node.op.device, [node])
      else if (difference === 0) best?.push(node)
    }
    return new Map(
      [...latest].map(([id, nodes]) => [id, preferred(nodes, this.voids.nodes) as NodeOf<'rotate-device'>]),
    )
  }

  private people() {
    const removed = new Set(this.removals.map(({ op }) => op.member))
    const suspended = new Set(this.suspensions.flatMap(({ node, lifted }) => unless(lifted, node.op.target)))
    const rotated = this.boxes()
    const changes = this.roleChanges()
    const touched = new Set([...removed, ...this.suspensions.map(({ node }) => node.verdict.about)])
    const devices = new Map<DeviceId, Device>()
    const members = new Map<MemberId, Member>()
    const entries = new Map<DeviceId, number>()
    const roles = new Map<MemberId, number>()
    const owned = new Map<MemberId, DeviceId[]>()
    const enter = (node: Node, id: DeviceId, member: MemberId, box: Device['box']) => {
      const status = removed.has(member) ? 'removed' : suspended.has(id) ? 'suspended' : 'active'
      const cutoff = touched.has(member) ? this.cutoffOf(id, member) : null
      devices.set(id, { id, member, box: rotated.get(id)?.op.box ?? box, status, cutoff })
      entries.set(id, node.index)
      owned.set(member, [...(owned.get(member) ?? []), id])
    }
    const join = (
      node: Node,
      more: Pick<Member, 'id' | 'role' | 'admittedBy' | 'invitation'>,
      recovery: DeviceId | null,
    ) => {
      const last = maximal((changes.get(more.id) ?? []).map((change) => change.node))
      const current = (changes.get(more.id) ?? []).filter((change) => last.includes(change.node))
      const [first = { node, role: more.role }] = current.sort((a, b) =>
        a.role === b.role ? (a.node.op.id < b.node.op.id ? -1 : 1) : isLower(a.role, b.role) ? -1 : 1,
      )
      roles.set(more.id, first.node.index)
      const status = removed.has(more.id) ? 'removed' : 'active'
      members.set(more.id, { ...more, role: first.role, status, devices: [], recovery: recovery && fromHex(recovery) })
    }
    for (const node of this.live) {
      const { op } = node
      if (op.op === 'create') {
        join(node, { id: op.member, role: 'coordinator', admittedBy: null, invitation: null }, op.recovery)
        enter(node, op.device, op.member, op.box)
      } else if (op.op === 'admit') {
        const { member: id, role, invitation } = op
        join(node, { id, role, invitation, admittedBy: node.verdict.author }, op.recovery)
        enter(node, op.target, op.member, op.box)
      } else if (op.op === 'add-device') enter(node, op.target, op.member, op.box)
    }
    for (const [id, list] of owned) {
      const member = members.get(id)
      if (member !== undefined) members.set(id, { ...member, devices: sortedIds(list) })
    }
    const rotations = IdMap.of([...rotated].map(([id, { op }]) => [id, op.id]))
    return {
      members: IdMap.of(members),
      devices: IdMap.of(devices),
      entries: IdMap.of(entries),
      roles: IdMap.of(roles),
      rotations,
    }
  }

  private restorations() {
    const restoring = this.of('set-role').filter(
      (node) => node.op.role === 'coordinator' && isDecided(node, this.voids.votes(node)),
    )
    return (member: MemberId, since: Node) =>
      restoring.some((node) => node.op.member === member && hasBit(node.past, since.index))
  }

  state(): Resolved {
    const { nodes, reasons, lowered } = this.voids
    const admits = this.of('admit')
    const creates = this.of('create')
    const people = this.people()
    const recovering = [...creates, ...admits].flatMap(({ op }) =>
      op.recovery === null ? [] : [[op.recovery, op.member] as const],
    )
    const inForce = [...this.removals, ...this.suspensions.flatMap(({ node, lifted }) => unless(lifted, node))]
    const relays = maximal(this.of('set-relays')).sort((a, b) => (a.op.id < b.op.id ? -1 : 1))[0]
    const displaced = nodes.filter(({ index, op }) => ENTERS.has(op.op) && CONTESTED.has(reasons.get(index) ?? ''))
    const pending = this.pending()
    const disputed = this.disputed(this.restorations())
    const { tips, flagged } = chains(nodes)
    const calm = [...reasons].every(([index, reason]) => this.all[index]?.verdict.reason === reason)
    const successors = this.of('successor').flatMap(({ op, verdict: { author } }) =>
      author === null ? [] : [{ to: op.to, seed: op.seed, relays: op.relays, by: author, operation: op.id }],
    )
    return {
      ...people,
      bits: this.bits,
      founder: creates[0]?.op.member ?? NOBODY,
      relays: relays?.op.relays ?? [],
      removals: sortedIds([...inForce, ...displaced].map(({ op }) => op.id)),
      invalid: IdMap.of(
        [...reasons].map(([index, reason]) => [(this.all[index] as Node).op.id, reason] as [OperationId, string]),
      ),
      pending,
      flagged,
      disputed,
      successors: successors.sort((a, b) => (a.operation < b.operation ? -1 : 1)),
      recoveries: IdMap.of(recovering),
      invitations: IdMap.of(admits.map(({ op }) => [op.invitation, op.id])),
      lowered: IdMap.of([...lowered].map((index) => [(this.all[index] as Node).op.id, true as const])),
      tips,
      heads: headsOf(nodes, this.bits.length * 32, ({ index }) => reasons.has(index)),
      touchy: nodes.filter(({ op }) => TOUCHY.has(op.op)).map(({ index }) => index),
      contested: [...reasons.values()].some((reason) => CONTESTED.has(reason)),
      plain: calm && pending.length === 0 && disputed.size === 0 && flagged.size === 0,
    }
  }
}

/** The state of the set `bits` of `all`, from scratch. */
export function resolve(all: readonly Node[], bits: Bits): Resolved {
  const voids = new Resolution(all, bits).run()
  return new Fold(all, bits, voids).state()
}
