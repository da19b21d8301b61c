// How a request of a face reaches what it is about: the open vault, one of its spaces, one of its documents. Owns the answers for
// what is not there and for storage that refuses; never decides what a request does.
import type { DocumentId, SpaceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import { parseRelayAddress } from '../carriers/relay.ts'
import { isRelayAddress } from '../identity/index.ts'
import type { Answer, ApiError } from './api.ts'
import type { VaultKeeper } from './engine.ts'
import type { Space } from './space.ts'
import type { Workspace } from './workspace.ts'

export { notWritable, notWritten } from './refusals.ts'

export type Found = { readonly workspace: Workspace; readonly space: Space }

export class Requests {
  constructor(private readonly vault: VaultKeeper) {}

  /** `Locked` unless the vault is open. */
  unlocked<T>(run: (workspace: Workspace) => Answer<T>): Answer<T> {
    const { workspace } = this.vault
    return workspace === null ? Promise.resolve(err({ type: 'Locked' })) : answered(() => run(workspace))
  }

  /** `UnknownSpace` where it is not here. */
  space<T>(id: SpaceId, run: (found: Found) => Answer<T>): Answer<T> {
    const found = this.vault.space(id)
    return found.ok ? answered(() => run(found.value)) : Promise.resolve(found)
  }

  /** `UnknownDocument` where it is not here. */
  document<T>(id: SpaceId, document: DocumentId, run: (found: Found) => Answer<T>): Answer<T> {
    const found = this.vault.document(id, document)
    return found.ok ? answered(() => run(found.value)) : Promise.resolve(found)
  }
}

/** Storage that refuses is an answer; anything else thrown is a bug of ours and goes on as one. */
export async function answered<T>(run: () => Answer<T>): Answer<T> {
  try {
    return await run()
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'StorageFailure') return err({ type: 'StorageFailed' })
    throw cause
  }
}

export const done = async (work: Promise<unknown>): Promise<Result<void, ApiError>> => {
  await work
  return ok(undefined)
}

/** Null where all are addresses of relays, and not too many. */
export function badRelay(relays: readonly string[]): ApiError | null {
  const wrong = relays.find((relay) => !isRelayAddress(relay) || parseRelayAddress(relay) === null)
  if (wrong !== undefined) return { type: 'BadRelayAddress', address: wrong.split('#')[0] ?? '' }
  return relays.length > 8 ? { type: 'TooLarge', limit: 'relays' } : null
}
