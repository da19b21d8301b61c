// Requests about relays one by one, and about links that name one (api-sync.ts). Owns the mapping of requests to the space and to this
// device's own list; what the space names is membership's to judge.
import { err, ok } from '../base/result.ts'
import { parseRelayAddress } from '../carriers/relay.ts'
import { encodeRelayLink, isForSpace, parseRelayLink, type LinkError } from '../identity/index.ts'
import type { Answer, ApiError, RelaysApi } from './api.ts'
import { addOwn, isNamed, removeOwn, sameRelay } from './own-relays.ts'
import { badRelay, type Found, notWritable, notWritten, type Requests } from './requests.ts'

export function relayRequests(requests: Requests): RelaysApi {
  return {
    addRelay: (p) =>
      requests.space(p.space, (found) => {
        const address = p.address.trim()
        const wrong = badRelay([address])
        if (wrong !== null) return Promise.resolve(err(wrong))
        if (!p.everybody) return addForThisDevice(found, address)
        const named = found.space.named.filter((known) => !sameRelay(known, address))
        return nameForAll(found, [...named, address])
      }),
    removeRelay: (p) => requests.space(p.space, (found) => removeRelay(found, p.address.trim())),
    relayLink: (p) =>
      requests.space(p.space, ({ workspace, space }) => {
        const relay = space.relays.find((known) => sameRelay(known, p.address))
        if (relay === undefined) return Promise.resolve(err(unknownRelay(p.address)))
        const link = { relay, spaceSeeds: [space.record.seed] }
        return Promise.resolve(ok({ link: encodeRelayLink(workspace.crypto, link, p.app === '' ? undefined : p.app) }))
      }),
    takeRelayLink: (p) =>
      requests.unlocked(async (workspace) => {
        const link = parseRelayLink(workspace.crypto, p.link)
        if (!link.ok) return err(badLink(link.error))
        const address = parseRelayAddress(link.value.relay)?.address
        if (address === undefined) return err({ type: 'BadCode', reason: 'damaged' })
        const spaces = [...workspace.spaces.values()].filter(
          (space) => space.standing !== 'removed' && isForSpace(workspace.crypto, link.value, space.record.seed),
        )
        if (spaces.length === 0) return err({ type: 'BadCode', reason: 'not-for-here' })
        for (const space of spaces) {
          const added = await addForThisDevice({ workspace, space }, link.value.relay)
          if (!added.ok) return added
        }
        return ok({ spaces: spaces.map(({ id }) => id), address })
      }),
  }
}

function badLink(error: LinkError): ApiError {
  if (error.type === 'NewerInvitation') return { type: 'BadInvitation', reason: 'newer-version' }
  return { type: 'BadCode', reason: error.type === 'NoInvitation' ? 'not-a-code' : 'damaged' }
}

const unknownRelay = (address: string): ApiError => ({ type: 'BadRelayAddress', address: address.split('#')[0] ?? '' })

async function addForThisDevice({ workspace, space }: Found, relay: string): Answer<void> {
  if (space.standing === 'removed') return err({ type: 'RemovedFromSpace' })
  if (isNamed(space, relay)) return ok(undefined)
  const before = space.record.ownRelays
  const added = addOwn(space, relay)
  if (!added.ok) return added
  await kept({ workspace, space }, before)
  return added
}

async function removeRelay(found: Found, address: string): Answer<void> {
  const { space } = found
  const before = space.record.ownRelays
  if (removeOwn(space, address)) {
    await kept(found, before)
    return ok(undefined)
  }
  if (!isNamed(space, address)) return err(unknownRelay(address))
  return nameForAll(
    found,
    space.named.filter((known) => !sameRelay(known, address)),
  )
}

/** Stored first; what storage refuses has not happened. */
async function kept({ workspace, space }: Found, before: string[] | undefined): Promise<void> {
  try {
    await space.serial(() => space.save())
  } catch (cause) {
    space.record.ownRelays = before
    throw cause
  }
  workspace.arrange(space)
  workspace.changed()
}

/** By a coordinator's operation. */
async function nameForAll({ space }: Found, relays: readonly string[]): Answer<void> {
  const wrong = badRelay(relays)
  if (wrong !== null) return err(wrong)
  if (space.standing !== 'active') return err(notWritable(space))
  if (!space.coordinator) return err({ type: 'NotAllowed', rule: 'ME-18' })
  if (!(await space.caughtUp())) return err({ type: 'Locked' })
  const made = await space.serial(() => space.operate({ op: 'set-relays', relays }))
  return made.ok ? ok(undefined) : err(notWritten(made.error))
}
