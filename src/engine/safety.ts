// What the safety words are computed from, the same on both screens: 88 bits over the invitation, the space and the
// newcomer's keys (docs/spec/joining.md).
import type { Bytes } from '../base/bytes.ts'
import { idBytes, type InvitationId, type SpaceId } from '../base/ids.ts'
import { type Crypto, labels } from '../crypto/index.ts'
import { safetyWords } from '../identity/index.ts'

/** Eight words, always of the Spanish list: people whose apps speak different languages must see the same ones. */
export function safetyWordsOf(
  crypto: Crypto,
  invitation: InvitationId,
  space: SpaceId,
  keys: { readonly device: Bytes; readonly box: Bytes },
): readonly string[] {
  const hash = crypto.hash(labels.SAFETY_WORDS, idBytes(invitation), idBytes(space), keys.device, keys.box)
  return safetyWords(hash, 'es')
}
