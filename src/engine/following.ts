// What somebody says who follows her space into the one that goes on from it: new keys for there, and the word of her device here, so
// that neither who merely knows the seed nor who was taken out is let in (docs/spec/joining.md). Owns the format; who was chosen is
// continuation.ts's to ask.
import * as v from 'valibot'
import { type Bytes, concat } from '../base/bytes.ts'
import { encode } from '../base/codec.ts'
import { DeviceId, idBytes, type InvitationId, MemberId, type SpaceId } from '../base/ids.ts'
import { type Crypto, isAcceptableBoxKey, isAcceptablePoint, labels, type SignKeys } from '../crypto/index.ts'
import { type DeviceKeys, type InvitationKeys, invitationKeys } from '../identity/index.ts'
import { signConsent, signProof, verifyNewcomer } from '../membership/index.ts'
import { parseSealed, type Said } from './meeting.ts'

const bytes = (length: number) => v.custom<Bytes>((value) => value instanceof Uint8Array && value.length === length)

const follow = v.strictObject({
  /** Who she is in the space that is left, and by which of her devices there she says so. */
  member: bytes(16),
  by: bytes(32),
  device: bytes(32),
  box: bytes(32),
  recovery: v.nullable(bytes(32)),
  proof: bytes(64),
  consent: bytes(64),
  word: bytes(64),
})

export interface Follow {
  readonly member: MemberId
  readonly by: DeviceId
  readonly device: DeviceId
  readonly box: Bytes
  readonly recovery: DeviceId | null
  readonly proof: Bytes
  readonly consent: Bytes
}

/** From where to where. */
export interface Passage {
  readonly from: SpaceId
  readonly to: SpaceId
  /** Of the `successor` operation. */
  readonly seed: Bytes
}

/** The seed of one member's own invitation: it is used once, like any other. */
export const followSeed = (crypto: Crypto, seed: Bytes, member: MemberId): Bytes =>
  crypto.kdf(seed, labels.FOLLOW_SEED, idBytes(member)).slice(0, 32)

/** One member's own invitation in the meeting that all who follow share. */
export function followKeys(crypto: Crypto, seed: Bytes, own: Bytes): InvitationKeys {
  const { channel, box, secret } = invitationKeys(crypto, seed)
  return { ...invitationKeys(crypto, own), channel, box, secret }
}

export const followId = (crypto: Crypto, seed: Bytes, member: MemberId): InvitationId =>
  invitationKeys(crypto, followSeed(crypto, seed, member)).id

const context = ({ from, to }: Passage) => concat(idBytes(from), idBytes(to))
const wordParts = (passage: Passage, keys: { device: Bytes; box: Bytes; recovery: Bytes | null }) =>
  [context(passage), keys.device, keys.box, keys.recovery ?? new Uint8Array(32)] as const

/** `here`: the device's signing keys in the space that is left. */
export async function sealFollow(
  crypto: Crypto,
  passage: Passage,
  who: { readonly member: MemberId; readonly here: SignKeys; readonly keys: DeviceKeys; readonly recovery: DeviceId },
): Promise<Said> {
  const { member, here, keys, recovery } = who
  const own = invitationKeys(crypto, followSeed(crypto, passage.seed, member))
  const fresh = { device: keys.sign.publicKey, box: keys.box.publicKey, recovery: idBytes(recovery) }
  const newcomer = { target: DeviceId.must(fresh.device), box: fresh.box, recovery }
  const body = encode({
    ...fresh,
    member: idBytes(member),
    by: here.publicKey,
    proof: await signProof(crypto, own.sign, passage.to, newcomer),
    consent: await signConsent(crypto, keys.sign, passage.to, newcomer.box, recovery),
    word: await crypto.sign(labels.FOLLOW_WORD, here, ...wordParts(passage, fresh)),
  })
  const { box } = invitationKeys(crypto, passage.seed)
  const sealed = await crypto.sealTo(box.publicKey, labels.FOLLOW, context(passage), body)
  return { kind: 'follow', v: 1, sealed }
}

/** Null unless it opens and all three signatures hold. Says nothing about whether `by` is anybody's device. */
export async function openFollow(crypto: Crypto, passage: Passage, said: Said): Promise<Follow | null> {
  if (said.kind !== 'follow') return null
  const { box } = invitationKeys(crypto, passage.seed)
  const opened = parseSealed(follow, await crypto.openFrom(box, labels.FOLLOW, context(passage), said.sealed))
  if (opened === null || !isAcceptableBoxKey(opened.box)) return null
  const points = [opened.by, opened.device, ...(opened.recovery === null ? [] : [opened.recovery])]
  if (!points.every(isAcceptablePoint)) return null
  if (!(await crypto.verify(labels.FOLLOW_WORD, opened.by, opened.word, ...wordParts(passage, opened)))) return null
  const member = MemberId.must(opened.member)
  const newcomer = {
    target: DeviceId.must(opened.device),
    box: opened.box,
    recovery: opened.recovery === null ? null : DeviceId.must(opened.recovery),
  }
  const { proof, consent } = opened
  const invitation = followId(crypto, passage.seed, member)
  if (!(await verifyNewcomer(crypto, passage.to, { ...newcomer, invitation, proof, consent }))) return null
  const { target: device, ...keys } = newcomer
  return { member, by: DeviceId.must(opened.by), device, ...keys, proof, consent }
}
