// Requests about people, devices and their roles (api-people.ts). Owns the mapping of requests to the space and the answers for who
// is not there; never judges what membership/ or keys/ judge: the graph is asked before anything is written.
import type { DeviceId, MemberId, OperationId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import { putDevice } from '../documents/index-document.ts'
import type { Answer, ApiError, Effect, MemberRole, PeopleApi } from './api.ts'
import { cutoffOf, cutoffsOf, effectOf } from './governance.ts'
import { historyOf } from './history.ts'
import { badRelay, type Found, notWritable, notWritten, type Requests } from './requests.ts'
import type { NotWritten, Space } from './space.ts'
import { acceptSuccessor, continueSpace } from './successors.ts'
import type { Workspace } from './workspace.ts'

type Own = Pick<
  PeopleApi,
  | 'removeMember'
  | 'setRole'
  | 'suspendDevice'
  | 'resumeDevice'
  | 'cosign'
  | 'renewKeys'
  | 'nameDevice'
  | 'history'
  | 'continueSpace'
  | 'acceptSuccessor'
>

export function peopleRequests(requests: Requests): Own {
  return {
    removeMember: (p) => requests.space(p.space, (found) => removeMember(found, p.member)),
    setRole: (p) => requests.space(p.space, ({ space }) => setRole(space, p.member, p.role)),
    suspendDevice: (p) =>
      requests.space(p.space, ({ space }) =>
        aboutDevice(space, p.device, () => ({
          op: 'suspend',
          target: p.device,
          cutoff: keptOf(cutoffOf(space.graph, p.device, space.device)),
        })),
      ),
    resumeDevice: (p) =>
      requests.space(p.space, ({ space }) => aboutDevice(space, p.device, () => ({ op: 'resume', target: p.device }))),
    cosign: (p) => requests.space(p.space, ({ space }) => cosign(space, p.operation, p.verdict)),
    renewKeys: (p) => {
      const { space } = p
      if (space === null) return requests.unlocked(renewAll)
      return requests.space(space, async (found) => {
        const renewed = await renewKeys(found.space)
        return renewed.ok ? ok({ spaces: 1 }) : renewed
      })
    },
    nameDevice: (p) => requests.space(p.space, ({ space }) => nameDevice(space, p.device, p.name.trim())),
    history: (id) => requests.space(id, ({ space }) => Promise.resolve(ok(historyOf(space.graph)))),
    continueSpace: (p) =>
      requests.space(p.space, async ({ workspace, space }) => {
        const wrong = badRelay(p.relays)
        if (wrong !== null) return err(wrong)
        return continueSpace(workspace, space, { name: p.name.trim(), relays: p.relays, members: p.members })
      }),
    acceptSuccessor: (p) =>
      requests.space(p.space, ({ workspace, space }) => acceptSuccessor(workspace, space, p.operation)),
  }
}

type Fields = Parameters<Space['order']>[0]

/** An order in its turn: what it says is drawn from the graph as it is then. */
async function ordered(space: Space, run: () => Promise<Result<OperationId, NotWritten>>): Answer<OperationId> {
  if (!(await space.caughtUp())) return err({ type: 'Locked' })
  return space.serial(async () => {
    const not = notNow(space)
    if (not !== null) return err(not)
    const done = await run()
    return done.ok ? done : err(notWritten(done.error))
  })
}

function notNow(space: Space): ApiError | null {
  if (space.standing === 'active') return null
  return space.standing === 'loading' ? { type: 'NoKeysYet' } : notWritable(space)
}

async function effect(space: Space, run: () => Promise<Result<OperationId, NotWritten>>): Answer<{ effect: Effect }> {
  const done = await ordered(space, run)
  return done.ok ? ok({ effect: effectOf(space.graph, done.value) }) : done
}

async function removeMember({ workspace, space }: Found, member: MemberId): Answer<{ effect: Effect }> {
  if (space.state.members.get(member)?.status !== 'active') return err({ type: 'UnknownMember' })
  const done = await effect(space, () => space.remove(member))
  // Who leaves stays reachable only while her word is known to wait here.
  if (done.ok && space.standing === 'removed') await workspace.channels.get(space.id)?.save()
  return done
}

const RANK: Readonly<Record<MemberRole, number>> = { reader: 0, editor: 1, coordinator: 2 }

function setRole(space: Space, id: MemberId, role: MemberRole): Answer<{ effect: Effect }> {
  const member = space.state.members.get(id)
  if (member?.status !== 'active') return Promise.resolve(err({ type: 'UnknownMember' }))
  return effect(space, () => {
    const lowers = RANK[role] < RANK[space.state.members.get(id)?.role ?? 'reader']
    return space.order({
      op: 'set-role',
      member: id,
      role,
      cutoffs: lowers ? cutoffsOf(space.graph, id, space.device) : [],
    })
  })
}

function aboutDevice(space: Space, device: DeviceId, fields: () => Fields): Answer<{ effect: Effect }> {
  if (!space.state.devices.has(device)) return Promise.resolve(err({ type: 'UnknownDevice' }))
  return effect(space, () => space.order(fields()))
}

/** The form of a suspension: null where nothing of the device counts. */
const keptOf = (cutoff: ReturnType<typeof cutoffOf>) => (cutoff.id === null ? null : cutoff)

async function cosign(space: Space, of: OperationId, verdict: boolean): Answer<void> {
  if (!space.state.pending.some((pending) => pending.of === of)) return err({ type: 'UnknownOperation' })
  const done = await ordered(space, () => space.order({ op: 'cosign', of, verdict }))
  return done.ok ? ok(undefined) : done
}

/** New box keys are kept before anybody hears of them; the epoch that follows is the first that a copy cannot open. */
function renewKeys(space: Space): Answer<OperationId> {
  return ordered(space, async () => {
    // Where the epoch in use was shut against this device, this is the way out.
    const may =
      space.current() !== null || space.secrets.shutOut || space.secrets.withheld || (await space.secrets.rekeyIfDue())
    if (!may) return err({ type: 'NoEpoch' })
    return space.order({ op: 'rotate-device', box: await space.useNewBox() })
  })
}

/** In every space where this device may; the first that could not is what is said when none could. */
async function renewAll(workspace: Workspace): Answer<{ spaces: number }> {
  let renewed = 0
  let failed: ApiError | null = null
  for (const space of workspace.spaces.values()) {
    if (space.standing === 'removed' || space.standing === 'suspended') continue
    const done = await renewKeys(space)
    if (done.ok) renewed++
    else failed ??= done.error
  }
  return renewed === 0 && failed !== null ? err(failed) : ok({ spaces: renewed })
}

async function nameDevice(space: Space, device: DeviceId, name: string): Answer<void> {
  const known = space.state.devices.get(device)
  if (known === undefined) return err({ type: 'UnknownDevice' })
  if (known.member !== space.me) return err({ type: 'NotAllowed', rule: 'not-her-device' })
  if (!space.writable) return err(notWritable(space))
  const written = await space.documents.edit(space.index, (doc) => putDevice(doc, device, { name }))
  return written ? ok(undefined) : err({ type: 'TooLarge', limit: 'change' })
}
