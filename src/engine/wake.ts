// Wake files: what brings a member's device back that shares no channel with anybody any more (keys.md, KE-15). Owns making one
// from a space and reading one; verifies nothing: the space does, as if it came in an entry.
import type { DeviceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Crypto } from '../crypto/index.ts'
import { openWake, type OwnBoxes, readWake, sealWake, type Wake, type WakeContent, wakeRecords } from '../keys/index.ts'
import type { ApiError } from './api.ts'
import type { Space } from './space.ts'

export interface WakeFile {
  readonly name: string
  readonly file: Uint8Array
}

/** For a device that is in. Errors: `UnknownDevice`, `NotAllowed`, `NoKeysYet`, `RemovedFromSpace`, `TooLarge`. */
export async function makeWake(crypto: Crypto, space: Space, device: DeviceId): Promise<Result<WakeFile, ApiError>> {
  const known = space.state.devices.get(device)
  if (space.standing === 'removed') return err({ type: 'RemovedFromSpace' })
  if (known === undefined || known.status === 'removed') return err({ type: 'UnknownDevice' })
  if (known.status === 'suspended') return err({ type: 'NotAllowed', rule: 'ME-5 suspended-device' })
  if (space.standing !== 'active' || space.current() === null) return err({ type: 'NoKeysYet' })
  const { operations, keys } = wakeRecords(space.graph, space.ring, device, space.traces.newest(device, 1))
  const granted = space.secrets.lacking().includes(device) ? await space.secrets.grantFor(device) : []
  const to = { space: space.id, device, box: known.box, spaceSeed: space.record.seed }
  const content = { operations, keys: [...keys, ...granted], relays: space.relays }
  const file = await sealWake(crypto, to, content)
  // Nothing of the space or of people in the name: it travels on sticks and in chats.
  return file.ok
    ? ok({ name: `${device.slice(0, 8)}.telar-wake`, file: file.value })
    : err({ type: 'TooLarge', limit: 'wake' })
}

/** For which device of which space a file is. Hostile bytes. */
export function wakeOf(file: Uint8Array): Result<Wake, ApiError> {
  const read = readWake(file)
  if (read.ok) return read
  return err({ type: 'BadFile', reason: read.error.type === 'NewerVersion' ? 'damaged' : 'not-a-file' })
}

/** What is sealed in a file for this device. Not verified. */
export async function wakeContent(
  crypto: Crypto,
  wake: Wake,
  own: { readonly boxes: OwnBoxes; readonly spaceSeed: Uint8Array },
): Promise<Result<WakeContent, ApiError>> {
  const { box, formerBoxes = [] } = own.boxes
  const content = await openWake(crypto, wake, { boxes: [box, ...formerBoxes], spaceSeed: own.spaceSeed })
  return content.ok ? content : err({ type: 'BadFile', reason: 'damaged' })
}
