// What a new device answers to a link: its fresh keys, a pair for each space, with its own consent, and for a return the operation that
// the recovery key signed (rules JO-20, JO-24). Owns the form, its checks, and the safety words over all of it.
import * as v from 'valibot'
import { type Bytes, equal } from '../base/bytes.ts'
import { encode } from '../base/codec.ts'
import { DeviceId, idBytes, type InvitationId, type MemberId, SpaceId } from '../base/ids.ts'
import { type BoxKeys, type Crypto, isAcceptableBoxKey, labels } from '../crypto/index.ts'
import { type LinkingLink, MAX_LINKED_SPACES, safetyWords, spacesOf } from '../identity/index.ts'
import {
  decodeOperation,
  type OperationOf,
  verifyDeviceConsent,
  verifyOperation,
  type VerifiedOperation,
} from '../membership/index.ts'
import { parseSealed, type Said } from './meeting.ts'

const bytes = (length: number) => v.custom<Bytes>((value) => value instanceof Uint8Array && value.length === length)
const some = v.custom<Bytes>((value) => value instanceof Uint8Array)

const answered = v.strictObject({ space: bytes(32), device: bytes(32), box: bytes(32), consent: bytes(64) })
const answer = v.strictObject({
  devices: v.pipe(v.array(answered), v.minLength(1), v.maxLength(MAX_LINKED_SPACES)),
  operation: v.nullable(v.strictTuple([some, bytes(64)])),
})
export type LinkingAnswer = v.InferOutput<typeof answer>

/** One device of a sound answer. */
export interface AnsweredDevice {
  readonly space: SpaceId
  readonly member: MemberId
  readonly device: DeviceId
  readonly box: Bytes
  readonly consent: Bytes
}

export interface SoundAnswer {
  readonly value: LinkingAnswer
  readonly devices: readonly AnsweredDevice[]
  /** Signed by the recovery key, for a return. */
  readonly operation: (VerifiedOperation & OperationOf<'add-device'>) | null
}

export async function sealAnswer(crypto: Crypto, box: Bytes, id: InvitationId, value: LinkingAnswer): Promise<Said> {
  const sealed = await crypto.sealTo(box, labels.LINKING_ANSWER, idBytes(id), encode(value))
  return { kind: 'answer', v: 1, sealed }
}

/** An answer that opens, keeps to the link, and whose consents (and recovery key) hold; null for all else. */
export async function openAnswer(
  crypto: Crypto,
  box: BoxKeys,
  id: InvitationId,
  link: LinkingLink,
  sealed: Bytes,
): Promise<SoundAnswer | null> {
  const value = parseSealed(answer, await crypto.openFrom(box, labels.LINKING_ANSWER, idBytes(id), sealed))
  return value === null ? null : soundAnswer(crypto, link, value)
}

async function soundAnswer(crypto: Crypto, link: LinkingLink, value: LinkingAnswer): Promise<SoundAnswer | null> {
  const offered = new Map(spacesOf(link).map(({ space, member }) => [space, member]))
  const devices: AnsweredDevice[] = []
  for (const { space, device, box, consent } of value.devices) {
    const id = SpaceId.must(space)
    const member = offered.get(id)
    // Each space of the link once, and no other.
    if (member === undefined || !offered.delete(id) || !isAcceptableBoxKey(box)) return null
    const added = { space: id, member, device: DeviceId.must(device), box, consent }
    if (!(await verifyDeviceConsent(crypto, id, { ...added, target: added.device }))) return null
    devices.push(added)
  }
  if (new Set(devices.map(({ device }) => device)).size !== devices.length) return null
  if (link.kind === 'device') return value.operation === null ? { value, devices, operation: null } : null
  const operation = await returning(crypto, link, value, devices)
  return operation === null ? null : { value, devices, operation }
}

/** The operation of a return: exactly what the link left open, and nothing else. */
async function returning(
  crypto: Crypto,
  link: Extract<LinkingLink, { kind: 'return' }>,
  { operation }: LinkingAnswer,
  devices: readonly AnsweredDevice[],
): Promise<SoundAnswer['operation']> {
  const decoded = operation === null ? null : decodeOperation(crypto, { body: operation[0], signature: operation[1] })
  const [mine] = devices
  if (decoded?.ok !== true || mine === undefined || decoded.value.op !== 'add-device') return null
  const op = decoded.value
  if (op.space !== link.space || op.member !== link.member || op.device !== link.recovery) return null
  if (op.seq !== link.seq || op.prev !== link.prev || op.parents.join() !== link.heads.join()) return null
  if (op.target !== mine.device || !equal(op.box, mine.box) || !equal(op.consent, mine.consent)) return null
  const verified = await verifyOperation(crypto, op)
  return verified?.op === 'add-device' ? verified : null
}

/** Eight words over the link and everything answered (the canonical bytes), of the Spanish list on every screen (as JO-7). */
export function wordsOf(crypto: Crypto, id: InvitationId, answered: Bytes): readonly string[] {
  return safetyWords(crypto.hash(labels.LINKING_WORDS, idBytes(id), answered), 'es')
}
