// Requests about files that carry entries (api-sync.ts). Owns the mapping of requests to the space; what a file is, is in bundles.ts.
import { err, ok } from '../base/result.ts'
import type { BundlesApi } from './api.ts'
import { bundleReaders, openBundle, saveBundle } from './bundles.ts'
import type { Requests } from './requests.ts'

export function bundleRequests(requests: Requests): BundlesApi {
  return {
    saveBundle: (p) =>
      requests.space(p.space, async ({ workspace, space }) => {
        if (space.standing === 'removed') return err({ type: 'RemovedFromSpace' })
        // What is written here goes with it, also what no entry holds yet.
        if (!(await space.caughtUp())) return err({ type: 'Locked' })
        await space.serial(() => space.documents.drain())
        return saveBundle(workspace, space, p.since)
      }),
    bundleReaders: (id) =>
      requests.space(id, async ({ workspace, space }) => ok(await bundleReaders(workspace, space))),
    openBundle: (p) => requests.unlocked((workspace) => openBundle(workspace, p.file)),
  }
}
