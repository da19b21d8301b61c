// Requests about wake files (api-people.ts). Owns the mapping of requests to the space; never judges what membership/ or keys/
// judge.
import { err, ok } from '../base/result.ts'
import type { PeopleApi } from './api.ts'
import type { Requests } from './requests.ts'
import { makeWake, wakeContent, wakeOf } from './wake.ts'

type Own = Pick<PeopleApi, 'wakeFile' | 'openWakeFile'>

export function wakeRequests(requests: Requests): Own {
  return {
    wakeFile: (p) =>
      requests.space(p.space, ({ workspace, space }) =>
        space.serial(() => makeWake(workspace.crypto, space, p.device)),
      ),
    openWakeFile: (p) =>
      requests.unlocked(async (workspace) => {
        const wake = wakeOf(p.file)
        if (!wake.ok) return wake
        const space = workspace.spaces.get(wake.value.space)
        if (space === undefined || space.device !== wake.value.device)
          return err({ type: 'BadFile', reason: 'not-for-here' })
        if (space.standing === 'removed') return err({ type: 'RemovedFromSpace' })
        const own = { boxes: space.boxes(), spaceSeed: space.record.seed }
        const content = await wakeContent(workspace.crypto, wake.value, own)
        if (!content.ok) return content
        await space.wake(content.value)
        return ok({ space: space.id })
      }),
  }
}
