// Waiting for a document to have certain changes. Owns no document and no time: who asks for what never comes waits as long as the
// document is open.
import { next as A } from '@automerge/automerge/slim'
import type { DocHandle } from '@automerge/automerge-repo/slim'

/** Resolves once the document has `heads` (change hashes, hex), at once when it does. */
export function reached<T>(handle: DocHandle<T>, heads: readonly string[]): Promise<void> {
  const has = (): boolean => A.hasHeads(handle.doc(), [...heads])
  if (has()) return Promise.resolve()
  return new Promise((resolve) => {
    const look = (): void => {
      if (!has()) return
      handle.off('change', look)
      resolve()
    }
    handle.on('change', look)
  })
}
