// Requests that bring in a device of one's own, and codes said by hand (api-people.ts). Owns the mapping of requests to the space; never judges what
// membership/ or keys/ judge.
import { err } from '../base/result.ts'
import type { PeopleApi } from './api.ts'
import type { Requests } from './requests.ts'

type Own = Pick<
  PeopleApi,
  'offerLink' | 'offerReturn' | 'takeLink' | 'confirmLink' | 'cancelLink' | 'readCode' | 'welcomeCode'
>

export function linkingRequests(_requests: Requests): Own {
  return {
    offerLink: () => Promise.resolve(err({ type: 'Locked' as const })),
    offerReturn: () => Promise.resolve(err({ type: 'Locked' as const })),
    takeLink: () => Promise.resolve(err({ type: 'Locked' as const })),
    confirmLink: () => Promise.resolve(err({ type: 'Locked' as const })),
    cancelLink: () => Promise.resolve(err({ type: 'Locked' as const })),
    readCode: () => Promise.resolve(err({ type: 'Locked' as const })),
    welcomeCode: () => Promise.resolve(err({ type: 'Locked' as const })),
  }
}
