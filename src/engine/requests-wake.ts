// Requests about wake files (api-people.ts). Owns the mapping of requests to the space; never judges what
// membership/ or keys/ judge.
import { err } from '../base/result.ts'
import type { PeopleApi } from './api.ts'
import type { Requests } from './requests.ts'

type Own = Pick<PeopleApi, 'wakeFile' | 'openWakeFile'>

export function wakeRequests(_requests: Requests): Own {
  return {
    wakeFile: () => Promise.resolve(err({ type: 'Locked' as const })),
    openWakeFile: () => Promise.resolve(err({ type: 'Locked' as const })),
  }
}
