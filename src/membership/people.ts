// One member from the operations that concern her: her role, her devices, what is in force against them (rules ME-7 to ME-13).
// Each field is defined by maximal or preferred operations, never by an order of arrival.
import type { DeviceId, MemberId, OperationId } from '../base/ids.ts'
import { fromHex } from '../base/bytes.ts'
import { hasBit } from './bits.ts'
import { cutoffFor } from './cuts.ts'
import { sortedIds } from './decode.ts'
import { type Count, isNodeOf, type Node, type NodeOf } from './node.ts'
import { isLower } from './roles.ts'
import type { Cutoff, Device, Member, Role } from './types.ts'
import { isDecided } from './votes.ts'

/** What is settled of a set: which operations are void, which lowerings count, who voted. */
export interface Outcome {
  readonly isVoid: (node: Node) => boolean
  readonly isLowered: (node: Node) => boolean
  readonly votes: (node: Node) => Count
  /** The one that counts first (conflicts.ts). */
  readonly ranked: <N extends Node>(rivals: readonly N[]) => N[]
}

export interface Standing {
  readonly member: Member
  /** The operation she has her role from. */
  readonly role: number
  readonly devices: readonly Device[]
  readonly rotations: readonly (readonly [DeviceId, OperationId])[]
  /** Removals and suspensions in force. */
  readonly inForce: readonly OperationId[]
}

/** The member that an operation makes up; null for one that makes up nobody. */
export function concernOf({ op, verdict }: Node): MemberId | null {
  if (op.op === 'create' || op.op === 'admit' || op.op === 'add-device') return op.member
  return op.op === 'rotate-device' ? verdict.author : verdict.about
}

/** Those of `nodes` that no other of them has in its past. */
export function maximal<N extends Node>(nodes: readonly N[]): N[] {
  const last: N[] = []
  for (const node of [...nodes].sort((a, b) => b.index - a.index)) {
    if (!last.some((other) => hasBit(other.past, node.index))) last.push(node)
  }
  return last
}

/** Whether a resumption that counts has seen this suspension. */
export const isLifted = (suspension: NodeOf<'suspend'>, concerning: readonly Node[], outcome: Outcome): boolean =>
  concerning.some(
    (node) =>
      isNodeOf(node, 'resume') &&
      node.op.target === suspension.op.target &&
      hasBit(node.past, suspension.index) &&
      !outcome.isVoid(node),
  )

/** Of two branches of a forked device the lower id. */
const lowerCutoff = (a: Cutoff | null, b: Cutoff): Cutoff => {
  if (a === null || b.seq !== a.seq) return a === null || b.seq < a.seq ? b : a
  return (b.id ?? '') < (a.id ?? '') ? b : a
}

/** What sets her role: decided changes, and a recovery key that brings a coordinator back. */
function roleFrom(entry: Node, live: readonly Node[], outcome: Outcome): { node: Node; role: Role } {
  const changes = live.flatMap((node): { node: Node; role: Role }[] => {
    const { op, verdict } = node
    if (op.op === 'add-device') return verdict.about === null ? [] : [{ node, role: 'editor' }]
    if (op.op !== 'set-role') return []
    const counts = verdict.lowers ? outcome.isLowered(node) : isDecided(node, outcome.votes(node))
    return counts ? [{ node, role: op.role }] : []
  })
  const last = maximal(changes.map(({ node }) => node))
  const [first] = changes
    .filter(({ node }) => last.includes(node))
    .sort((a, b) => (a.role === b.role ? (a.node.op.id < b.node.op.id ? -1 : 1) : isLower(a.role, b.role) ? -1 : 1))
  return first ?? { node: entry, role: entry.op.op === 'admit' ? entry.op.role : 'coordinator' }
}

/** The last change of each device's box key; of a forked device's the preferred one. */
function rotated(live: readonly Node[], outcome: Outcome): Map<DeviceId, NodeOf<'rotate-device'>> {
  const latest = new Map<DeviceId, NodeOf<'rotate-device'>[]>()
  for (const node of live) {
    if (!isNodeOf(node, 'rotate-device')) continue
    const best = latest.get(node.op.device)
    const difference = best?.[0] === undefined ? 1 : node.op.seq - best[0].op.seq
    if (difference > 0) latest.set(node.op.device, [node])
    else if (difference === 0) best?.push(node)
  }
  return new Map(
    [...latest].flatMap(([id, nodes]) =>
      outcome
        .ranked(nodes)
        .slice(0, 1)
        .map((node) => [id, node]),
    ),
  )
}

/** `concerning`: what concerns her and passed its own past. Null when she is not in, by this outcome. */
export function foldMember(concerning: readonly Node[], outcome: Outcome): Standing | null {
  const live = concerning.filter((node) => !outcome.isVoid(node))
  const entry = live.find(({ op }) => op.op === 'create' || op.op === 'admit')
  if (entry === undefined || (entry.op.op !== 'create' && entry.op.op !== 'admit')) return null
  const { op } = entry
  const removals = live.filter((node) => isNodeOf(node, 'remove') && outcome.isLowered(node))
  const resumptions = live.filter(({ op: { op } }) => op === 'resume')
  const suspensions = live.filter(
    (node): node is NodeOf<'suspend'> =>
      isNodeOf(node, 'suspend') && outcome.isLowered(node) && !isLifted(node, resumptions, outcome),
  )
  const boxes = rotated(live, outcome)
  const suspending = new Map<DeviceId, Node[]>()
  for (const node of suspensions) {
    const known = suspending.get(node.op.target)
    if (known === undefined) suspending.set(node.op.target, [node])
    else known.push(node)
  }
  const device = (id: DeviceId, box: Device['box']): Device => {
    const against = [...removals, ...(suspending.get(id) ?? [])]
    const cutoff = against.reduce<Cutoff | null>((lowest, node) => {
      const { seq, id: last } = cutoffFor(node, id) ?? { seq: -1, id: null }
      return lowerCutoff(lowest, { seq, id: last })
    }, null)
    const status = removals.length > 0 ? 'removed' : against.length > 0 ? 'suspended' : 'active'
    return { id, member: op.member, box: boxes.get(id)?.op.box ?? box, status, cutoff }
  }
  const added = live.flatMap((node) => (isNodeOf(node, 'add-device') ? [device(node.op.target, node.op.box)] : []))
  const devices = [device(op.op === 'create' ? op.device : op.target, op.box), ...added]
  const { node: by, role } = roleFrom(entry, live, outcome)
  const member: Member = {
    id: op.member,
    role,
    status: removals.length > 0 ? 'removed' : 'active',
    devices: sortedIds(devices.map(({ id }) => id)),
    recovery: op.recovery && fromHex(op.recovery),
    admittedBy: op.op === 'create' ? null : entry.verdict.author,
    invitation: op.op === 'create' ? null : op.invitation,
  }
  const rotations = [...boxes].map(([id, node]) => [id, node.op.id] as const)
  return {
    member,
    role: by.index,
    devices,
    rotations,
    inForce: [...removals, ...suspensions].map(({ op: { id } }) => id),
  }
}
