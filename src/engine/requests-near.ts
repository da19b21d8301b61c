// Requests about devices nearby (api-sync.ts). Owns the mapping of requests to the open workspace only.
import { ok } from '../base/result.ts'
import type { NearApi } from './api.ts'
import type { Requests } from './requests.ts'

export function nearRequests(requests: Requests): NearApi {
  return {
    nearBegin: () => requests.unlocked((workspace) => workspace.peers.nearBegin()),
    nearRead: ({ text }) => requests.unlocked((workspace) => workspace.peers.nearRead(text)),
    nearEnd: ({ peer }) =>
      requests.unlocked((workspace) => {
        workspace.peers.nearEnd(peer)
        return Promise.resolve(ok(undefined))
      }),
  }
}
