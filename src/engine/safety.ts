// What the safety words are computed from, the same on both screens: 88 bits over the invitation, the space and the
// newcomer's keys (docs/spec/joining.md).
import type { Bytes } from '../base/bytes.ts'
import { idBytes, type InvitationId, type SpaceId } from '../base/ids.ts'
import { type Crypto, labels } from '../crypto/index.ts'

export function safetyHash(
  crypto: Crypto,
  invitation: InvitationId,
  space: SpaceId,
  keys: { readonly device: Bytes; readonly box: Bytes },
): Bytes {
  return crypto.hash(labels.SAFETY_WORDS, idBytes(invitation), idBytes(space), keys.device, keys.box)
}
