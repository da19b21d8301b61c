// The state of a whole set from scratch, without any index or memory: what the rules say, in the plainest order. The reference
// that the cheap path (extend.ts) is compared with; used by checks and benchmarks.
import type { DeviceId, MemberId, OperationId } from '../base/ids.ts'
import { ranked } from './conflicts.ts'
import { disputed, pending, type Questions, relays, successors } from './decisions.ts'
import { sortedIds } from './decode.ts'
import { IdMap } from './id-map.ts'
import type { Lookup, Node } from './node.ts'
import { concernOf, foldMember, type Outcome } from './people.ts'
import type { Device, Member, MembershipState } from './types.ts'
import { CONTESTED, Resolution } from './voids.ts'
import { countVotes } from './votes.ts'

export const NOBODY = '0'.repeat(32) as MemberId

/** Operations that bring a device in. */
export const ENTERS: ReadonlySet<string> = new Set(['admit', 'add-device'])

/** Devices with two operations for one position. */
function flagged(nodes: readonly Node[]): ReadonlySet<DeviceId> {
  const seen = new Set<string>()
  const twice = new Set<DeviceId>()
  for (const { op } of nodes) {
    const place = `${op.device} ${op.seq}`
    if (seen.has(place)) twice.add(op.device)
    seen.add(place)
  }
  return new Set(sortedIds(twice))
}

function questions(nodes: readonly Node[], lookup: Pick<Lookup, 'find'>): Questions {
  const { reasons, lowered, disputes } = new Resolution(nodes, () => nodes, lookup).run()
  const valid = nodes.filter(({ verdict }) => verdict.reason === null)
  const isVoid = ({ index }: Node) => reasons.has(index)
  const outcome: Outcome = {
    isVoid,
    isLowered: ({ index }) => lowered.has(index),
    votes: (node) => {
      const cosigns = valid.filter(({ op }) => op.op === 'cosign' && op.of === node.op.id)
      return countVotes(node, cosigns, (cosign) => !isVoid(cosign))
    },
    ranked: (rivals) => ranked(rivals, () => nodes),
  }
  return {
    ballots: valid.filter(({ verdict }) => verdict.needs !== 'nobody'),
    disputes,
    outcome,
    concerning: (member) => valid.filter((node) => concernOf(node) === member),
    reason: ({ index }) => reasons.get(index),
  }
}

function people(nodes: readonly Node[], outcome: Outcome) {
  const concerning = new Map<MemberId, Node[]>()
  for (const node of nodes) {
    const id = node.verdict.reason === null ? concernOf(node) : null
    if (id !== null) concerning.set(id, [...(concerning.get(id) ?? []), node])
  }
  const members = new Map<MemberId, Member>()
  const devices = new Map<DeviceId, Device>()
  const rotations = new Map<DeviceId, OperationId>()
  const inForce: OperationId[] = []
  for (const [id, list] of concerning) {
    const standing = foldMember(list, outcome)
    if (standing === null) continue
    members.set(id, standing.member)
    for (const device of standing.devices) devices.set(device.id, device)
    for (const [device, operation] of standing.rotations) rotations.set(device, operation)
    inForce.push(...standing.inForce)
  }
  return { members: IdMap.of(members), devices: IdMap.of(devices), rotations: IdMap.of(rotations), inForce }
}

/** `nodes`: the whole set in causal order. */
export function resolve(nodes: readonly Node[], lookup: Pick<Lookup, 'find'>): MembershipState {
  const asked = questions(nodes, lookup)
  const { outcome, reason } = asked
  const { inForce, ...maps } = people(nodes, outcome)
  const displaced = nodes.filter((node) => ENTERS.has(node.op.op) && CONTESTED.has(reason(node) ?? ''))
  const founder = nodes.find(({ op, verdict }) => op.op === 'create' && verdict.reason === null)
  return {
    ...maps,
    founder: founder?.verdict.author ?? NOBODY,
    relays: relays(nodes, outcome),
    removals: sortedIds([...inForce, ...displaced.map(({ op }) => op.id)]),
    invalid: IdMap.of(nodes.flatMap((node) => [reason(node) ?? []].flat().map((why) => [node.op.id, why] as const))),
    pending: pending(asked),
    flagged: flagged(nodes),
    disputed: disputed(asked),
    successors: successors(nodes, outcome),
  }
}
