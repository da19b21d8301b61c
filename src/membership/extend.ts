// One more operation on a resolved state without looking at the rest again, where nothing in the set can interact with it
// (rule ME-3 is unchanged: a property test compares with `resolve`). Gives null wherever it is not certain.
import { addBit, type Bits, countBits, hasBit, unionOf } from './bits.ts'
import { fromHex } from '../base/bytes.ts'
import type { DeviceId } from '../base/ids.ts'
import { sortedIds } from './decode.ts'
import { lowerCutoff, TOUCHY } from './fold.ts'
import type { Node, Resolved } from './node.ts'
import type { Cutoff, Device, Member, OperationOf } from './types.ts'

/** `bits` with `index`. */
export function withBit(bits: Bits, index: number): Bits {
  const out = unionOf(Math.max(bits.length * 32, index + 1), [bits])
  addBit(out, index)
  return out
}

function chained(state: Resolved, { op }: Node): boolean {
  const tip = state.tips.get(op.device)
  return op.prev === null ? tip === undefined : tip?.id === op.prev && tip.seq + 1 === op.seq
}

function enter(state: Resolved, node: Node, device: Device, member: Member): Resolved {
  const devices = sortedIds([...member.devices, device.id])
  return {
    ...state,
    devices: state.devices.set(device.id, device),
    entries: state.entries.set(device.id, node.index),
    members: state.members.set(member.id, { ...member, devices }),
  }
}

const known = (state: Resolved, key: DeviceId) => state.devices.has(key) || state.recoveries.has(key)

function admit(state: Resolved, node: Node, op: OperationOf<'admit'>): Resolved | null {
  const { member: id, role, invitation, recovery } = op
  const clash = state.members.has(id) || state.invitations.has(invitation) || known(state, op.target)
  if (clash || (recovery !== null && known(state, recovery))) return null
  const device: Device = { id: op.target, member: id, box: op.box, status: 'active', cutoff: null }
  const more = { admittedBy: node.verdict.author, recovery: recovery && fromHex(recovery) }
  const next = enter(state, node, device, { id, role, status: 'active', devices: [], invitation, ...more })
  return {
    ...next,
    roles: next.roles.set(id, node.index),
    invitations: next.invitations.set(invitation, op.id),
    recoveries: recovery === null ? next.recoveries : next.recoveries.set(recovery, id),
  }
}

function addDevice(state: Resolved, node: Node, op: OperationOf<'add-device'>): Resolved | null {
  const member = state.members.get(op.member)
  if (member === undefined || node.verdict.about !== null || known(state, op.target)) return null
  return enter(state, node, { id: op.target, member: member.id, box: op.box, status: 'active', cutoff: null }, member)
}

function rotate(state: Resolved, op: OperationOf<'rotate-device'>): Resolved | null {
  const device = state.devices.get(op.device)
  if (device === undefined) return null
  const devices = state.devices.set(device.id, { ...device, box: op.box })
  return { ...state, devices, rotations: state.rotations.set(device.id, op.id) }
}

const isTip = (state: Resolved, device: DeviceId, cutoff: Cutoff) => (state.tips.get(device)?.id ?? null) === cutoff.id

function close(state: Resolved, id: DeviceId, status: Device['status'], cutoff: Cutoff): Resolved {
  const device = state.devices.get(id)
  if (device === undefined) return state
  const { seq, id: last } = cutoff
  return {
    ...state,
    devices: state.devices.set(id, { ...device, status, cutoff: lowerCutoff(device.cutoff, { seq, id: last }) }),
  }
}

/** A removal or suspension that voids nothing and needs nobody. */
function lower(state: Resolved, node: Node): Resolved | null {
  const { op } = node
  if (!state.plain || node.verdict.needs !== 'nobody') return null
  if (op.op !== 'suspend' && op.op !== 'remove') return null
  const about = node.verdict.about === null ? undefined : state.members.get(node.verdict.about)
  if (about === undefined || (about.recovery !== null && op.op === 'remove')) return null
  const cutoffs = op.op === 'remove' ? op.cutoffs : [{ device: op.target, ...(op.cutoff ?? { seq: -1, id: null }) }]
  if (!cutoffs.every((cutoff) => isTip(state, cutoff.device, cutoff))) return null
  const status = op.op === 'remove' ? 'removed' : 'suspended'
  let next = cutoffs.reduce((so, cutoff) => close(so, cutoff.device, status, cutoff), state)
  if (status === 'removed') next = { ...next, members: next.members.set(about.id, { ...about, status }) }
  return { ...next, removals: sortedIds([...next.removals, op.id]), lowered: next.lowered.set(op.id, true) }
}

function effect(state: Resolved, node: Node, onTop: boolean): Resolved | null {
  const { op } = node
  switch (op.op) {
    case 'admit':
      return admit(state, node, op)
    case 'add-device':
      return addDevice(state, node, op)
    case 'rotate-device':
      return rotate(state, op)
    case 'merge':
      return state
    case 'successor': {
      const { to, seed, relays, id: operation } = op
      const successor = { to, seed, relays, by: node.verdict.author ?? state.founder, operation }
      const successors = [...state.successors, successor].sort((a, b) => (a.operation < b.operation ? -1 : 1))
      return { ...state, successors }
    }
    case 'set-relays':
      return onTop ? { ...state, relays: op.relays } : null
    case 'suspend':
    case 'remove':
      return onTop ? lower(state, node) : null
    case 'create':
    case 'resume':
    case 'set-role':
    case 'cosign':
      return null
  }
}

/** The state of the same set with `node` (whose past is in the set); null when that takes a full resolution. */
export function extend(state: Resolved, node: Node): Resolved | null {
  const { op, index, past } = node
  const onTop = countBits(past) === countBits(state.bits)
  if (state.flagged.size > 0 || state.contested || !chained(state, node) || !(onTop || state.plain)) return null
  if (!onTop && state.touchy.some((other) => !hasBit(past, other))) return null
  const { id, device, seq } = op
  const touchy = TOUCHY.has(op.op) ? [...state.touchy, index] : state.touchy
  const common = { bits: withBit(state.bits, index), tips: state.tips.set(device, { seq, id }), touchy }
  if (node.verdict.reason !== null) {
    return { ...state, ...common, invalid: state.invalid.set(id, node.verdict.reason) }
  }
  const next = effect(state, node, onTop)
  const heads = [...state.heads.filter((head) => !hasBit(past, head)), index].sort((a, b) => a - b)
  return next && { ...next, ...common, heads }
}
