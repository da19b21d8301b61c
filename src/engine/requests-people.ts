// Requests about people, devices and their roles (api-people.ts). Owns the mapping of requests to the space; never judges what
// membership/ or keys/ judge.
import { err, ok } from '../base/result.ts'
import type { PeopleApi } from './api.ts'
import type { Requests } from './requests.ts'

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
    removeMember: (p) =>
      requests.space(p.space, async ({ space }) => {
        const member = space.state.members.get(p.member)
        if (member?.status !== 'active') return err({ type: 'UnknownMember' })
        if (!space.coordinator && p.member !== space.me) return err({ type: 'NotAllowed', rule: 'ME-10' })
        const done = await space.serial(() => space.remove(p.member))
        if (!done.ok) return err({ type: 'NoKeysYet' })
        const stillIn = space.state.members.get(p.member)?.status === 'active'
        return ok({ effect: stillIn ? 'waiting' : 'done' })
      }),
    setRole: () => Promise.resolve(err({ type: 'Locked' as const })),
    suspendDevice: () => Promise.resolve(err({ type: 'Locked' as const })),
    resumeDevice: () => Promise.resolve(err({ type: 'Locked' as const })),
    cosign: () => Promise.resolve(err({ type: 'Locked' as const })),
    renewKeys: () => Promise.resolve(err({ type: 'Locked' as const })),
    nameDevice: () => Promise.resolve(err({ type: 'Locked' as const })),
    history: () => Promise.resolve(err({ type: 'Locked' as const })),
    continueSpace: () => Promise.resolve(err({ type: 'Locked' as const })),
    acceptSuccessor: () => Promise.resolve(err({ type: 'Locked' as const })),
  }
}
