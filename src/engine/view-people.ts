// The people, devices, open questions and warnings of a space as faces draw them. Owns nothing and changes nothing: who is in
// follows from the membership graph, names from the index document, and times from what their authors say.
import type { Millis } from '../base/environment.ts'
import { type DeviceId, type MemberId, SpaceId } from '../base/ids.ts'
import { isCoordinator, type Pending, type VerifiedOperation } from '../membership/index.ts'
import type { DeviceView, MemberView, PendingView, SuccessorView, WarningView } from './api.ts'
import type { Space } from './space.ts'
import type { Workspace } from './workspace.ts'

/** When people and devices came and went, read once for each size of the graph. */
interface Times {
  readonly size: number
  readonly came: ReadonlyMap<DeviceId | MemberId, Millis>
}
const times = new WeakMap<Space, Times>()

function cameAt(space: Space): Times['came'] {
  const known = times.get(space)
  const { size } = space.graph
  if (known?.size === size) return known.came
  const came = new Map<DeviceId | MemberId, Millis>()
  for (const operation of space.graph.operations()) {
    if (space.state.invalid.has(operation.id)) continue
    const { op, time } = operation
    if (op === 'create') came.set(operation.member, time).set(operation.device, time)
    if (op === 'admit') came.set(operation.member, time).set(operation.target, time)
    if (op === 'add-device') came.set(operation.target, time)
  }
  times.set(space, { size, came })
  return came
}

export function memberViews(space: Space): MemberView[] {
  const { state, graph } = space
  const index = space.indexed()
  const came = cameAt(space)
  const went = new Map<MemberId, Millis>()
  for (const id of state.removals) {
    const operation = graph.get(id)
    if (operation?.op === 'remove')
      went.set(operation.member, Math.min(operation.time, went.get(operation.member) ?? operation.time))
  }
  const flagged = flaggedDevices(space)
  const device = (id: DeviceId): DeviceView => ({
    id,
    name: index.devices.get(id)?.name ?? '',
    status: state.devices.get(id)?.status ?? 'removed',
    me: id === space.device,
    addedAt: came.get(id) ?? 0,
    lastSeenAt: space.log.seen.at(id),
    flagged: flagged.has(id),
  })
  return [...state.members.values()].map((member) => ({
    id: member.id,
    alias: index.people.get(member.id)?.alias ?? '',
    role: member.role,
    status: member.status,
    me: member.id === space.me,
    disputed: state.disputed.has(member.id),
    admittedBy: member.admittedBy,
    joinedAt: came.get(member.id) ?? 0,
    removedAt: went.get(member.id) ?? null,
    recoverable: member.recovery !== null,
    devices: member.devices.map(device),
  }))
}

/** Two different things for one position: in the membership graph (ME-16) or in content (EN-8). */
function flaggedDevices({ state, log }: Space): ReadonlySet<DeviceId> {
  const known = [...log.equivocators()].filter((id) => state.devices.has(id))
  return new Set([...state.flagged, ...known])
}

export function warningViews(space: Space): WarningView[] {
  const { state } = space
  if (space.standing === 'removed') return []
  const twice = [...flaggedDevices(space)].sort().flatMap((device): WarningView[] => {
    const member = state.devices.get(device)?.member
    return member === undefined ? [] : [{ type: 'two-versions', member, device }]
  })
  const decided = [...state.devices.keys()].some((id) => isCoordinator(state, id))
  const leaderless: WarningView[] = decided || state.devices.size === 0 ? [] : [{ type: 'no-coordinator' }]
  return [...leaderless, ...twice, ...space.waiting()]
}

export function pendingViews(space: Space): PendingView[] {
  return space.state.pending.flatMap((pending) => {
    const operation = space.graph.get(pending.of)
    const view = operation === undefined ? null : pendingView(space, pending, operation)
    return view === null ? [] : [view]
  })
}

function pendingView(space: Space, pending: Pending, operation: VerifiedOperation): PendingView | null {
  const { state } = space
  const by = state.devices.get(operation.device)?.member
  if (operation.op !== 'remove' && operation.op !== 'set-role' && operation.op !== 'suspend') return null
  const device = operation.op === 'suspend' ? operation.target : null
  const member = operation.op === 'suspend' ? state.devices.get(operation.target)?.member : operation.member
  if (by === undefined || member === undefined) return null
  const { of, why, needed, have, against, electorate } = pending
  const role = operation.op === 'set-role' ? operation.role : null
  const common = { operation: of, why, what: operation.op, by, member, device, role, at: operation.time }
  return { ...common, needed, have, against, electorate, mine: voteOf(space, pending, by) }
}

function voteOf(space: Space, { have, against, electorate }: Pending, author: MemberId): PendingView['mine'] {
  if (have.includes(space.me)) return 'yes'
  if (against.includes(space.me)) return 'no'
  return electorate.includes(space.me) && author !== space.me && space.coordinator ? 'open' : 'none'
}

export function successorViews(workspace: Workspace, space: Space): SuccessorView[] {
  return space.state.successors.map(({ to, by, operation }) => {
    const asked = [...workspace.joinings.values()].some((joining) => joining.link.space === to)
    const state = workspace.spaces.has(to) ? 'here' : asked ? 'asked' : 'open'
    return { operation, space: to, by, at: space.graph.get(operation)?.time ?? 0, state }
  })
}

/** The space that this one goes on from, where that is here too: by its own founding here, or by an announcement there. */
export function continuesOf(workspace: Workspace, space: Space): SpaceId | null {
  const { continuation } = space.record
  const from = continuation === undefined ? null : SpaceId.must(continuation.from)
  if (from !== null) return workspace.spaces.has(from) ? from : null
  for (const other of workspace.spaces.values())
    if (other !== space && other.state.successors.some(({ to }) => to === space.id)) return other.id
  return null
}
