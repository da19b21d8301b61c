// May this operation stand, judged by its own past alone (rules ME-4 to ME-12, ME-17 to ME-19)? The objective half of the rules:
// everybody who has the past gives the same verdict, whatever else they hold. Never looks at a clock.
import { type DeviceId, idBytes, type OperationId } from '../base/ids.ts'
import { asCoordinator, type Author, authorOf, coordinators, NOTHING, plainly, refuse } from './author.ts'
import { sameBytes } from './decode.ts'
import { isKnownKey, isRecoveryOf, isUsed, membershipOf } from './indexes.ts'
import { MAX_DEVICES_PER_MEMBER } from './limits.ts'
import type { Node, Resolved, Verdict } from './node.ts'
import { isLower } from './roles.ts'
import type { Cutoff, DeviceCutoff, Member, OperationOf, VerifiedOperation } from './types.ts'
import { minimumQuorum } from './votes.ts'

/** What judging may know besides the state: other operations in the past. */
export interface Past {
  /** The node, if it is in the operation's past. */
  find(id: OperationId): Node | undefined
}

/** What she is a member by, whichever of her phones writes. */
function membership(state: Resolved, member: Member): number[] {
  const by = membershipOf(state, member)
  return by === undefined ? [] : [by]
}

/** Leaving and stepping down rest on her being a member, and on no phone's having been let in (rule ME-13). */
const byHerself = (state: Resolved, by: Author, more: Partial<Verdict>): Verdict =>
  plainly(by, { grounds: [...new Set([by.entry, ...membership(state, by.member)])], ...more })

function admit(state: Resolved, op: OperationOf<'admit'>, by: Author): Verdict {
  if (op.role === 'coordinator') return refuse('ME-6 coordinators-are-promoted')
  if (isUsed(state, op.invitation)) return refuse('ME-6 invitation-used')
  if (state.members.has(op.member)) return refuse('ME-6 member-known')
  const keys = op.recovery === null ? [op.target] : [op.target, op.recovery]
  if (keys.some((key) => isKnownKey(state, key)) || op.target === op.recovery) return refuse('ME-6 key-known')
  return asCoordinator(by)
}

function addDevice(state: Resolved, op: OperationOf<'add-device'>): Verdict {
  const member = state.members.get(op.member)
  if (member === undefined || member.status !== 'active') return refuse('ME-7 unknown-member')
  if (isKnownKey(state, op.target)) return refuse('ME-7 key-known')
  if (member.devices.length >= MAX_DEVICES_PER_MEMBER) return refuse('ME-7 too-many-devices')
  if (isRecoveryOf(state, op.device, op.member)) {
    const recovered = { ...NOTHING, reason: null, author: op.member, grounds: membership(state, member) }
    // By the recovery key: visible to all, and no coordinator until promoted again.
    return member.role === 'coordinator' ? { ...recovered, about: op.member } : recovered
  }
  const by = authorOf(state, op.device)
  if (typeof by === 'string') return refuse(by)
  return by.member.id === op.member ? plainly(by) : refuse('ME-7 not-her-device')
}

/** Whether the cut-off names an operation of that device in the past. */
function isInPast(past: Past, device: DeviceId, cutoff: Cutoff): boolean {
  if (cutoff.id === null) return true
  const node = past.find(cutoff.id)
  return node !== undefined && node.op.device === device && node.op.seq === cutoff.seq
}

/** Whether the cut-off keeps all that the past knows of the device. */
const keepsAll = (state: Resolved, device: DeviceId, cutoff: Cutoff): boolean =>
  (state.tips.get(device)?.id ?? null) === cutoff.id

function suspend(state: Resolved, op: OperationOf<'suspend'>, by: Author, past: Past): Verdict {
  const target = state.devices.get(op.target)
  if (target === undefined || target.status !== 'active') return refuse('ME-9 not-active')
  if (op.target === op.device) return refuse('ME-9 itself')
  const cutoff = op.cutoff ?? { seq: -1, id: null }
  if (!isInPast(past, op.target, cutoff)) return refuse('ME-13 unknown-cut-off')
  const own = target.member === by.member.id
  const another = !own && state.members.get(target.member)?.role === 'coordinator'
  // One phone alone undoes nothing that a coordinator, or its own owner, did with another.
  if ((own || another) && !keepsAll(state, op.target, cutoff)) return refuse('ME-9 cut-off-below-her-last')
  const electorate = coordinators(state, [by.member.id, target.member])
  const more = { electorate, refusable: own || another, about: target.member, lowers: true }
  return own ? plainly(by, more) : asCoordinator(by, { ...more, needs: another ? 'third' : 'nobody' })
}

function resume(state: Resolved, op: OperationOf<'resume'>, by: Author): Verdict {
  const target = state.devices.get(op.target)
  if (target?.status !== 'suspended') return refuse('ME-9 not-suspended')
  // The phone in question may not be the only stolen one: another coordinator lifts it, where there is another.
  const own = target.member === by.member.id && coordinators(state, [by.member.id]).length > 0
  return own ? refuse('ME-9 her-own') : asCoordinator(by, { about: target.member })
}

/** One cut-off for each of the member's devices, each an operation of hers in the past. */
function checkCutoffs(
  state: Resolved,
  member: Member,
  cutoffs: readonly DeviceCutoff[],
  past: Past,
  own: boolean,
): string | null {
  const names = cutoffs.map(({ device }) => device)
  // More than fit were added on branches that had not seen each other: what the lowering has not seen of the others is void.
  const named = member.devices.slice(0, MAX_DEVICES_PER_MEMBER)
  if (names.length !== named.length || names.some((name, i) => name !== named[i])) return 'ME-13 not-her-devices'
  if (cutoffs.some((cutoff) => !isInPast(past, cutoff.device, cutoff))) return 'ME-13 unknown-cut-off'
  return own && cutoffs.some((cutoff) => !keepsAll(state, cutoff.device, cutoff)) ? 'ME-13 undoes-her-own' : null
}

/** What it takes to take a coordinator's role or place away. */
function lowerCoordinator(state: Resolved, member: Member, by: Author): Verdict {
  const electorate = coordinators(state, [member.id])
  const quorum = minimumQuorum(state.disputed.has(member.id))
  if (electorate.length < quorum) return refuse('ME-12 no-majority-possible')
  return asCoordinator(by, { electorate, needs: 'majority', quorum, about: member.id, lowers: true })
}

function remove(state: Resolved, op: OperationOf<'remove'>, by: Author, past: Past): Verdict {
  const member = state.members.get(op.member)
  if (member === undefined || member.status !== 'active') return refuse('ME-10 not-a-member')
  const own = member.id === by.member.id
  const wrong = checkCutoffs(state, member, op.cutoffs, past, own)
  if (wrong !== null) return refuse(wrong)
  const electorate = coordinators(state, [member.id])
  if (own) return byHerself(state, by, { electorate, about: member.id, lowers: true })
  if (member.role === 'coordinator') return lowerCoordinator(state, member, by)
  return asCoordinator(by, { electorate, about: member.id, lowers: true })
}

function setRole(state: Resolved, op: OperationOf<'set-role'>, by: Author, past: Past): Verdict {
  const member = state.members.get(op.member)
  if (member === undefined || member.status !== 'active') return refuse('ME-11 not-a-member')
  const restores = op.role === 'coordinator' && state.disputed.has(member.id)
  if (op.role === member.role && !restores) return refuse('ME-11 same-role')
  const own = member.id === by.member.id
  const lowers = isLower(op.role, member.role)
  const wrong = lowers
    ? checkCutoffs(state, member, op.cutoffs, past, own)
    : op.cutoffs.length > 0
      ? 'ME-13 not-a-demotion'
      : null
  if (wrong !== null) return refuse(wrong)
  const electorate = coordinators(state, [member.id])
  if (op.role === 'coordinator') return asCoordinator(by, { electorate, needs: 'majority', about: member.id })
  if (own && lowers) return byHerself(state, by, { electorate, about: member.id, lowers })
  if (member.role === 'coordinator') return lowerCoordinator(state, member, by)
  return asCoordinator(by, { electorate, about: member.id, lowers })
}

function cosign(op: OperationOf<'cosign'>, by: Author, past: Past): Verdict {
  const of = past.find(op.of)
  if (of === undefined || of.verdict.reason !== null) return refuse('ME-12 nothing-to-cosign')
  if (!of.verdict.electorate.includes(by.member.id) || of.verdict.author === by.member.id)
    return refuse('ME-12 no-vote')
  return asCoordinator(by)
}

function byMember(
  state: Resolved,
  op: Exclude<VerifiedOperation, { op: 'create' | 'add-device' }>,
  by: Author,
  past: Past,
): Verdict {
  switch (op.op) {
    case 'admit':
      return admit(state, op, by)
    case 'suspend':
      return suspend(state, op, by, past)
    case 'resume':
      return resume(state, op, by)
    case 'remove':
      return remove(state, op, by, past)
    case 'set-role':
      return setRole(state, op, by, past)
    case 'cosign':
      return cosign(op, by, past)
    case 'set-relays':
      return asCoordinator(by)
    case 'rotate-device': {
      const same = sameBytes(state.devices.get(op.device)?.box ?? idBytes(op.device), op.box)
      return same ? refuse('ME-8 same-key') : plainly(by)
    }
    case 'merge':
    case 'successor':
      return plainly(by)
  }
}

/** The verdict of the operation's own past; `prev` is the node it names, if that is known. */
export function judge(state: Resolved, op: VerifiedOperation, past: Past): Verdict {
  if (op.op === 'create') {
    return op.recovery === op.device ? refuse('ME-6 key-known') : { ...NOTHING, reason: null, author: op.member }
  }
  if (op.prev !== null) {
    const prev = past.find(op.prev)
    if (prev === undefined || prev.op.device !== op.device || prev.op.seq + 1 !== op.seq)
      return refuse('ME-4 broken-chain')
  }
  if (op.op === 'add-device') return addDevice(state, op)
  const by = authorOf(state, op.device)
  return typeof by === 'string' ? refuse(by) : byMember(state, op, by, past)
}
