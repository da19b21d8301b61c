// What follows from an epoch's secret and from an agreement of two box keys: the epoch's id, its channel, the key of a wrap, the
// key of the older secrets (rules KE-3 to KE-5). Pure derivations; whom a secret is for is decided elsewhere.
import { type Bytes, equal, uint64 } from '../base/bytes.ts'
import { decode, encode, type Encodable } from '../base/codec.ts'
import { type DeviceId, EpochId, idBytes } from '../base/ids.ts'
import type { BoxKeys, Crypto, SignKeys } from '../crypto/index.ts'
import { splitSecrets } from './content.ts'
import { CHANNEL, EPOCH_ID, EPOCH_PROOF, OLD_SECRETS, WRAP } from './labels.ts'
import { SECRET_LENGTH } from './limits.ts'
import type { Rekey } from './records.ts'

const ZERO_NONCE = new Uint8Array(24)

export const epochIdOf = (crypto: Pick<Crypto, 'hash'>, secret: Bytes): EpochId =>
  EpochId.must(crypto.hash(EPOCH_ID, secret))

/** The keys of the epoch's channel; its public key names it. */
export function channelKeys(crypto: Pick<Crypto, 'kdf' | 'signKeys'>, secret: Bytes, generation = 0): SignKeys {
  return crypto.signKeys(crypto.kdf(secret, CHANNEL, uint64(generation)).slice(0, 32))
}

/** What the key of a wrap is bound to beside the agreement: the space seed, the epoch, the recipient. */
export interface WrapBinding {
  readonly spaceSeed: Bytes
  readonly epoch: EpochId
  readonly device: DeviceId
}

/** The key between a record's ephemeral key and a recipient's box; null for keys that cannot agree. */
export async function wrapKey(
  crypto: Pick<Crypto, 'agree' | 'kdf'>,
  pair: { readonly secretKey: Bytes; readonly publicKey: Bytes },
  bound: WrapBinding,
): Promise<Bytes | null> {
  const shared = await crypto.agree(pair.secretKey, pair.publicKey)
  if (shared === null) return null
  return crypto.kdf(shared, WRAP, bound.spaceSeed, idBytes(bound.epoch), idBytes(bound.device)).slice(0, 32)
}

/** 48 bytes. A wrap's key seals this one secret and nothing else, so the nonce may be fixed. */
export const wrapSecret = (crypto: Pick<Crypto, 'seal'>, key: Bytes, secret: Bytes): Bytes =>
  crypto.seal(key, ZERO_NONCE, secret)

/**
 * The secret in the first of `wraps` that the recipient's box opens, if it is that epoch's; null otherwise. One agreement,
 * however many wraps.
 */
export async function unwrapSecret(
  crypto: Crypto,
  sealed: { readonly ephemeral: Bytes; readonly epoch: EpochId; readonly wraps: Iterable<Bytes> },
  own: { readonly device: DeviceId; readonly box: BoxKeys; readonly spaceSeed: Bytes },
): Promise<Bytes | null> {
  const { ephemeral, epoch, wraps } = sealed
  const pair = { secretKey: own.box.secretKey, publicKey: ephemeral }
  const key = await wrapKey(crypto, pair, { spaceSeed: own.spaceSeed, epoch, device: own.device })
  if (key === null) return null
  for (const wrap of wraps) {
    const secret = crypto.open(key, ZERO_NONCE, wrap)
    if (secret !== null && secret.length === SECRET_LENGTH && epochIdOf(crypto, secret) === epoch) return secret
  }
  return null
}

const oldSecretsKey = (crypto: Pick<Crypto, 'kdf'>, secret: Bytes, nonce: Bytes) =>
  crypto.kdf(secret, OLD_SECRETS, nonce).slice(0, 32)

export const sealOldSecrets = (crypto: Pick<Crypto, 'kdf' | 'seal'>, secret: Bytes, nonce: Bytes, old: Bytes): Bytes =>
  crypto.seal(oldSecretsKey(crypto, secret, nonce), nonce, old)

/** The older secrets sealed in a rekey, opened with the epoch's own; none when they do not open. */
export function openOldSecrets(
  crypto: Pick<Crypto, 'kdf' | 'open'>,
  secret: Bytes,
  nonce: Bytes,
  sealed: Bytes,
): Bytes[] {
  const opened = crypto.open(oldSecretsKey(crypto, secret, nonce), nonce, sealed)
  return opened === null ? [] : splitSecrets(opened)
}

/** What a rekey's author shows of knowing its secret: over the body without the proof. */
export const proofOf = (
  crypto: Pick<Crypto, 'kdf'>,
  secret: Bytes,
  statement: Readonly<Record<string, Encodable>>,
): Bytes => crypto.kdf(secret, EPOCH_PROOF, encode(statement)).slice(0, 32)

/** KE-16: whether the author of a rekey for the epoch of `secret` knew it. */
export function provesSecret(crypto: Pick<Crypto, 'kdf'>, rekey: Rekey, secret: Bytes): boolean {
  const body = decode(rekey.record.body)
  if (!body.ok) return false
  const { proof: _, ...statement } = body.value as Record<string, Encodable>
  return equal(rekey.proof, proofOf(crypto, secret, statement))
}
