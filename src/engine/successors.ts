// The space that goes on from another: founded with its documents as they are now and announced there, and the way of those who
// follow. Owns the order of these steps; who is let in is continuation.ts's, and what an announcement is, membership/'s (ME-19).
import { DocumentId, idBytes, type InvitationId, type MemberId, type OperationId, type SpaceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { FillStep } from '../documents/fill-steps.ts'
import { fillSteps } from '../documents/fill-steps.ts'
import { type IndexedDocument, putDocument } from '../documents/index-document.ts'
import { type JsonObject, toAutomerge } from '../documents/json.ts'
import { exportJson, importJson } from '../documents/transfer.ts'
import type { Answer, ApiError } from './api.ts'
import { Joining } from './joining.ts'
import { listingOf } from './listing.ts'
import { notWritable, notWritten } from './requests.ts'
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
  const space = await workspace.found(plan.name, relays, { from: idBytes(left.id), seed, members })
  for (const [document, listed] of left.indexed().documents) {
    const copied = await copy(workspace, left, space, document, listed)
    if (!copied.ok) return copied
  }
  const announced = { op: 'successor' as const, to: space.id, seed, relays: relays.map(withoutToken) }
  const done = await left.serial(() => left.operate(announced))
  return done.ok ? ok({ space: space.id }) : err(notWritten(done.error))
}

const withoutToken = (relay: string) => relay.split('#')[0] ?? relay

function mayAnnounce(left: Space): ApiError | null {
  if (left.standing === 'loading') return { type: 'NoKeysYet' }
  if (left.standing !== 'active') return notWritable(left)
  return left.current() === null ? { type: 'NoKeysYet' } : null
}

async function copy(
  workspace: Workspace,
  left: Space,
  space: Space,
  from: DocumentId,
  listed: IndexedDocument,
): Promise<Result<void, ApiError>> {
  const json = exportJson(await left.documents.read(from))
  // Listed, and its content never came: there is nothing to go on with.
  if (Object.keys(json).length === 0) return ok(undefined)
  const document = DocumentId.must(workspace.env.random.bytes(16))
  if (!(await space.documents.create(document, stepsOf(json)))) return err({ type: 'TooLarge', limit: 'change' })
  const listing = listingOf(await space.documents.read(document), space.me, listed.createdAt)
  if (listing === null) return ok(undefined)
  const entry = { ...listing, ...(listed.archived === true ? { archived: true } : {}) }
  await space.documents.edit(space.index, (index) => putDocument(index, document, entry))
  return ok(undefined)
}

/** What a hostile member bent out of form goes on in the same form: nothing is left behind for it. */
function stepsOf(json: JsonObject): readonly FillStep[] {
  const filling = importJson(JSON.stringify(json))
  if (filling.ok) return fillSteps(filling.value)
  return [(doc) => void Object.assign(doc, toAutomerge(json))]
}

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
