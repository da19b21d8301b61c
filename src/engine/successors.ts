// The space that goes on from another: founded with its documents as they are now and announced there, and the way of those who
// follow. Owns what is chosen for it, founding.ts the order of the steps; who is let in is continuation.ts's, and what an announcement is, membership/'s (ME-19).
import { idBytes, type InvitationId, type MemberId, type OperationId, type SpaceId } from '../base/ids.ts'
import { err, ok } from '../base/result.ts'
import type { Answer } from './api.ts'
import { carryOver, copiesOf, mayAnnounce } from './founding.ts'
import { Joining } from './joining.ts'
import { notWritable } from './requests.ts'
import type { Space } from './space.ts'
import type { Workspace } from './workspace.ts'

export interface Plan {
  readonly name: string
  /** Tokens go to the members of the new space only; one that the space that is left uses too brings its own. */
  readonly relays: readonly string[]
  readonly members: readonly MemberId[]
}

/** Founds it, fills it, and only then announces it: who follows finds everything. */
export async function continueSpace(workspace: Workspace, left: Space, plan: Plan): Answer<{ space: SpaceId }> {
  if (!(await left.caughtUp())) return err({ type: 'Locked' })
  const not = mayAnnounce(left)
  if (not !== null) return err(not)
  const relays = plan.relays.map((relay) => left.relays.find((known) => withoutToken(known) === relay) ?? relay)
  const unknown = plan.members.find((id) => id === left.me || left.state.members.get(id)?.status !== 'active')
  if (unknown !== undefined) return err({ type: 'UnknownMember' })
  const seed = workspace.env.random.bytes(32)
  const members = plan.members.map(idBytes)
  const made = await workspace.foundFrom(plan.name, relays, {
    continuation: { from: idBytes(left.id), seed, members },
    copies: copiesOf(workspace, left),
    carryOver: (space) => carryOver(left, space),
  })
  return made.ok ? ok({ space: made.value.id }) : made
}

const withoutToken = (relay: string) => relay.split('#')[0] ?? relay

/** Knocks where the announcement says, with new keys and the word of this device. */
export async function acceptSuccessor(
  workspace: Workspace,
  left: Space,
  operation: OperationId,
): Answer<{ invitation: InvitationId }> {
  const successor = left.state.successors.find((item) => item.operation === operation)
  if (successor === undefined) return err({ type: 'UnknownOperation' })
  const known = workspace.spaces.get(successor.to)
  if (known !== undefined && known.standing !== 'removed') return err({ type: 'AlreadyMember', space: successor.to })
  if (left.standing !== 'active') return err(left.standing === 'loading' ? { type: 'NoKeysYet' } : notWritable(left))
  const asked = [...workspace.joinings.values()].find((joining) => joining.link.space === successor.to)
  if (asked !== undefined) return ok({ invitation: asked.id })
  const passage = { from: left.id, to: successor.to, seed: successor.seed }
  const joining = await Joining.follow(workspace, passage, left, successor.relays)
  await workspace.addJoining(joining)
  return ok({ invitation: joining.id })
}
