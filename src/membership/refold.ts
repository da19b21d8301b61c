// Puts members whose operations changed into a state again: themselves, their devices, their part of what is in force. Of each
// member what the set says of her now; all others stay the same objects.
import type { DeviceId, MemberId, OperationId } from '../base/ids.ts'
import { listOf } from './chain.ts'
import { sortedIds } from './decode.ts'
import type { IdMap } from './id-map.ts'
import type { Lookup, Resolved } from './node.ts'
import { outcomeOf } from './outcome.ts'
import { foldMember, type Standing } from './people.ts'

type People = Pick<Resolved, 'members' | 'devices' | 'roles' | 'rotations' | 'inForce' | 'coordinators'>

function setOrDrop<K extends string, V>(map: IdMap<K, V>, key: K, value: V | undefined): IdMap<K, V> {
  return value === undefined ? map.without(key) : map.set(key, value)
}

function without(people: People, id: MemberId): People {
  const old = people.members.get(id)
  if (old === undefined) return people
  const drop = <V>(map: IdMap<DeviceId, V>) => old.devices.reduce((left, device) => left.without(device), map)
  return { ...people, devices: drop(people.devices), rotations: drop(people.rotations) }
}

function coordinating(ids: readonly MemberId[], id: MemberId, is: boolean): readonly MemberId[] {
  if (ids.includes(id) === is) return ids
  return is ? sortedIds([...ids, id]) : ids.filter((other) => other !== id)
}

function withStanding(people: People, id: MemberId, standing: Standing | null): People {
  const member = standing?.member
  const inForce: readonly OperationId[] | undefined = standing?.inForce.length ? standing.inForce : undefined
  const coordinates = member?.role === 'coordinator' && member.status === 'active'
  return {
    members: setOrDrop(people.members, id, member),
    devices: (standing?.devices ?? []).reduce((map, device) => map.set(device.id, device), people.devices),
    roles: setOrDrop(people.roles, id, standing?.role),
    rotations: (standing?.rotations ?? []).reduce((map, [device, op]) => map.set(device, op), people.rotations),
    inForce: setOrDrop(people.inForce, id, inForce),
    coordinators: coordinating(people.coordinators, id, coordinates),
  }
}

/** The state with these members as its indexes and outcome say. */
export function refolded(state: Resolved, affected: ReadonlySet<MemberId>, lookup: Lookup): Resolved {
  const outcome = outcomeOf(state, lookup)
  const standings = [...affected].map((id) => ({ id, standing: foldMember(listOf(state.concerning.get(id)), outcome) }))
  let people: People = state
  for (const { id } of standings) people = without(people, id)
  for (const { id, standing } of standings) people = withStanding(people, id, standing)
  const { members, devices, roles, rotations, inForce, coordinators } = people
  return { ...state, members, devices, roles, rotations, inForce, coordinators }
}
