// Requests that bring in a device of one's own, and codes said by hand (api-people.ts). Owns the mapping of requests to links,
// invitations and knocks; never judges what membership/ or keys/ judge.
import type { DeviceId, InvitationId, SpaceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { ApiError, HeardCode, PeopleApi } from './api.ts'
import { codesOf, type Spoken } from './codes.ts'
import type { Requests } from './requests.ts'
import { welcomeTo } from './welcome.ts'
import type { Workspace } from './workspace.ts'

type Own = Pick<
  PeopleApi,
  'offerLink' | 'offerReturn' | 'takeLink' | 'confirmLink' | 'cancelLink' | 'readCode' | 'welcomeCode'
>

export function linkingRequests(requests: Requests): Own {
  return {
    offerLink: (p) => requests.unlocked((workspace) => workspace.linkings.offerLink(p.spaces, p.app)),
    offerReturn: (p) =>
      requests.space(p.space, ({ workspace, space }) => workspace.linkings.offerReturn(space, p.member, p.app)),
    takeLink: (p) =>
      requests.unlocked(async (workspace) => {
        const taken = await workspace.linkings.take(p)
        return taken.ok ? ok({ id: taken.value }) : taken
      }),
    confirmLink: ({ id }) => requests.unlocked((workspace) => workspace.linkings.confirm(id)),
    cancelLink: ({ id }) =>
      requests.unlocked(async (workspace) => {
        if (workspace.linkings.get(id) === undefined) return err({ type: 'UnknownInvitation' })
        await workspace.linkings.drop(id)
        return ok(undefined)
      }),
    readCode: ({ code }) =>
      requests.unlocked((workspace): Promise<Result<HeardCode, ApiError>> => {
        const heard = workspace.codes.read(code)
        if (heard.type === 'more') return Promise.resolve(ok(heard))
        if (heard.type === 'whole') return hear(workspace, heard.spoken)
        return Promise.resolve(bad(heard.type === 'damaged' ? 'damaged' : 'not-a-code'))
      }),
    welcomeCode: (p) => requests.space(p.space, ({ workspace }) => Promise.resolve(welcomeCode(workspace, p))),
  }
}

type BadCode = Extract<ApiError, { type: 'BadCode' }>

const bad = (reason: BadCode['reason']) => err<BadCode>({ type: 'BadCode', reason })

function welcomeCode(
  workspace: Workspace,
  p: { readonly space: SpaceId; readonly invitation: InvitationId; readonly device: DeviceId },
): Result<{ codes: readonly string[] }, ApiError> {
  const meeting = workspace.hostings.get(p.space)?.meeting(p.invitation) ?? null
  const said = meeting === null ? null : welcomeTo(meeting, p.device)
  if (said === null) return err({ type: 'UnknownInvitation' })
  const codes = codesOf(workspace.crypto, { id: p.invitation, said: [said] })
  return codes.length === 0 ? err({ type: 'TooLarge', limit: 'code' }) : ok({ codes })
}

/** Puts what was said by hand into its meeting, and waits until it has been answered. */
async function hear(workspace: Workspace, { id, said }: Spoken): Promise<Result<HeardCode, ApiError>> {
  for (const hosting of workspace.hostings.values()) {
    const meeting = hosting.meeting(id)
    if (meeting === null) continue
    for (const one of said) await meeting.take(one)
    for (const one of said) {
      const device = await hosting.knocked(id, one)
      if (device !== null) return ok({ type: 'knock', space: hosting.spaceId, invitation: id, device })
    }
    return bad('damaged')
  }
  const joining = workspace.joinings.get(id)
  if (joining !== undefined) {
    for (const one of said) await joining.meeting.take(one)
    await joining.idle()
    return joining.answered ? ok({ type: 'entered', spaces: [joining.link.space] }) : bad('not-for-here')
  }
  const linking = workspace.linkings.get(id)
  if (linking === undefined) return bad('not-for-here')
  for (const one of said) await linking.meeting?.take(one)
  await linking.idle()
  if (linking.side === 'giving') return linking.answered ? ok({ type: 'linking', id }) : bad('not-for-here')
  const spaces = linking.entered()
  return spaces.length > 0 ? ok({ type: 'entered', spaces }) : bad('not-for-here')
}
