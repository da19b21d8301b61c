// The indexes of a set of operations: by author, by the member concerned, by claim, by what is cosigned. They hold what passes
// its own past, whether it counts in the end or not, and grow by one operation at a time; nothing is ever taken out.
import type { DeviceId, InvitationId, MemberId } from '../base/ids.ts'
import { type Chain, someOf } from './chain.ts'
import { claimsOf } from './conflicts.ts'
import { IdMap } from './id-map.ts'
import { isNodeOf, type Indexes, type Node, type Resolved } from './node.ts'
import { concernOf } from './people.ts'
import type { Member } from './types.ts'

export const NO_INDEXES: Indexes = {
  authored: IdMap.empty(),
  concerning: IdMap.empty(),
  cosigned: IdMap.empty(),
  keys: IdMap.empty(),
  invitations: IdMap.empty(),
  ballots: undefined,
  relaySets: undefined,
  announcements: undefined,
}

function put<K extends string>(map: IdMap<K, Chain<Node>>, key: K | null, value: Node): IdMap<K, Chain<Node>> {
  return key === null ? map : map.set(key, { value, rest: map.get(key) })
}

const front = (chain: Chain<Node> | undefined, value: Node, is: boolean) => (is ? { value, rest: chain } : chain)

/** The indexes with one more operation that passed its own past. */
export function indexed(old: Indexes, node: Node): Indexes {
  const { op, verdict } = node
  const claims = claimsOf(node)
  return {
    authored: put(old.authored, verdict.author, node),
    concerning: put(old.concerning, concernOf(node), node),
    cosigned: isNodeOf(node, 'cosign') ? put(old.cosigned, node.op.of, node) : old.cosigned,
    keys: claims.keys.reduce((keys, key) => put(keys, key, node), old.keys),
    invitations: put(old.invitations, claims.invitation, node),
    ballots: front(old.ballots, node, verdict.needs !== 'nobody'),
    relaySets: front(old.relaySets, node, op.op === 'set-relays'),
    announcements: front(old.announcements, node, op.op === 'successor'),
  }
}

const counts =
  (state: Resolved) =>
  ({ op }: Node): boolean =>
    !state.invalid.has(op.id)

/** Whether a device or recovery key is taken. */
export const isKnownKey = (state: Resolved, key: DeviceId): boolean => someOf(state.keys.get(key), counts(state))

export const isUsed = (state: Resolved, invitation: InvitationId): boolean =>
  someOf(state.invitations.get(invitation), counts(state))

/** Whether `key` is the recovery key of `member`. */
export const isRecoveryOf = (state: Resolved, key: DeviceId, member: MemberId): boolean =>
  someOf(state.keys.get(key), (node) => {
    const { op } = node
    const names = (op.op === 'create' || op.op === 'admit') && op.recovery === key && op.member === member
    return names && counts(state)(node)
  })

/** The operation that brought this device in. */
export function entryOf(state: Resolved, device: DeviceId): number | undefined {
  for (let at = state.keys.get(device); at !== undefined; at = at.rest) {
    const { op, index } = at.value
    const enters = op.op === 'create' ? op.device : op.op === 'admit' || op.op === 'add-device' ? op.target : null
    if (enters === device && counts(state)(at.value)) return index
  }
  return undefined
}

/** The operation that made her a member. */
export function membershipOf(state: Resolved, { id, invitation }: Member): number | undefined {
  const among = invitation === null ? state.concerning.get(id) : state.invitations.get(invitation)
  for (let at = among; at !== undefined; at = at.rest) {
    const { op, index } = at.value
    const enters = op.op === 'create' || op.op === 'admit'
    if (enters && op.member === id && counts(state)(at.value)) return index
  }
  return undefined
}
