// Making epochs: secrets, wraps, rekeys, grants, channel keys (rules KE-3 to KE-5). Wraps for exactly whom it is told;
// whether a record is valid is decided in ring.ts.
import { type Bytes, uint64 } from '../base/bytes.ts'
import { encode, type Encodable } from '../base/codec.ts'
import { type DeviceId, EpochId, idBytes, type OperationId, type SpaceId } from '../base/ids.ts'
import { unwrap as must } from '../base/result.ts'
import type { BoxKeys, Crypto, SignKeys } from '../crypto/index.ts'
import { activeDevices, type MembershipState, type SignedRecord } from '../membership/index.ts'
import { CHANNEL, EPOCH_ID, KEYS, OLD_SECRETS, WRAP } from './labels.ts'
import {
  decodeKeyRecord,
  type Grant,
  type Rekey,
  SECRET_LENGTH,
  type VerifiedKeyRecord,
  WRAP_LENGTH,
} from './records.ts'

const ZERO_NONCE = new Uint8Array(24)

export const epochIdOf = (crypto: Pick<Crypto, 'hash'>, secret: Bytes): EpochId =>
  EpochId.must(crypto.hash(EPOCH_ID, secret))

/** The keys of the epoch's channel; its public key names it. */
export function channelKeys(crypto: Pick<Crypto, 'kdf' | 'signKeys'>, secret: Bytes, generation = 0): SignKeys {
  return crypto.signKeys(crypto.kdf(secret, CHANNEL, uint64(generation)).slice(0, 32))
}

/** The key between a record's ephemeral key and a recipient's box; null for keys that cannot agree. */
async function wrapKey(
  crypto: Pick<Crypto, 'agree' | 'kdf'>,
  pair: { readonly secretKey: Bytes; readonly publicKey: Bytes },
  bound: { readonly spaceSeed: Bytes; readonly epoch: EpochId; readonly device: DeviceId },
): Promise<Bytes | null> {
  const shared = await crypto.agree(pair.secretKey, pair.publicKey)
  if (shared === null) return null
  return crypto.kdf(shared, WRAP, bound.spaceSeed, idBytes(bound.epoch), idBytes(bound.device)).slice(0, 32)
}

type Wrapping = Pick<Crypto, 'agree' | 'kdf' | 'seal' | 'random'>
interface NewEpoch {
  readonly secret: Bytes
  readonly epoch: EpochId
  readonly ephemeral: BoxKeys
  readonly spaceSeed: Bytes
}

async function wrapFor(
  crypto: Wrapping,
  { secret, epoch, ephemeral, spaceSeed }: NewEpoch,
  device: DeviceId,
  box: Bytes,
) {
  const pair = { secretKey: ephemeral.secretKey, publicKey: box }
  const key = await wrapKey(crypto, pair, { spaceSeed, epoch, device })
  // A device whose key cannot be agreed with gets bytes that open nowhere: the others must get theirs.
  return key === null ? crypto.random.bytes(WRAP_LENGTH) : crypto.seal(key, ZERO_NONCE, secret)
}

/** The secret in a wrap for `device`, if `box` opens it and it is that epoch's; null otherwise. */
export async function unwrapSecret(
  crypto: Crypto,
  sealed: { readonly ephemeral: Bytes; readonly epoch: EpochId; readonly wrap: Bytes },
  own: { readonly device: DeviceId; readonly box: BoxKeys; readonly spaceSeed: Bytes },
): Promise<Bytes | null> {
  const pair = { secretKey: own.box.secretKey, publicKey: sealed.ephemeral }
  const key = await wrapKey(crypto, pair, { spaceSeed: own.spaceSeed, epoch: sealed.epoch, device: own.device })
  const secret = key && crypto.open(key, ZERO_NONCE, sealed.wrap)
  return secret !== null && secret.length === SECRET_LENGTH && epochIdOf(crypto, secret) === sealed.epoch
    ? secret
    : null
}

const oldSecretsKey = (crypto: Pick<Crypto, 'kdf'>, secret: Bytes, nonce: Bytes) =>
  crypto.kdf(secret, OLD_SECRETS, nonce).slice(0, 32)

/** The sealed list of secrets in a rekey, opened with the epoch's own; null when it does not open. Not decoded. */
export const openOldSecrets = (crypto: Pick<Crypto, 'kdf' | 'open'>, rekey: Rekey, secret: Bytes): Bytes | null =>
  crypto.open(oldSecretsKey(crypto, secret, rekey.nonce), rekey.nonce, rekey.secrets)

async function signed(crypto: Crypto, keys: SignKeys, fields: Readonly<Record<string, Encodable>>) {
  const body = encode({ v: 1, device: keys.publicKey, ...fields })
  const record: SignedRecord = { body, signature: await crypto.sign(KEYS, keys, body) }
  return { record, decoded: must(decodeKeyRecord(crypto, record)) as VerifiedKeyRecord }
}

export interface RekeyInput {
  readonly space: SpaceId
  /** The membership at `covers`. */
  readonly state: MembershipState
  readonly covers: readonly OperationId[]
  readonly parents: readonly EpochId[]
  /** Every epoch secret known. */
  readonly secrets: readonly Bytes[]
  readonly keys: SignKeys
  readonly spaceSeed: Bytes
  readonly time: number
}

export interface NewRekey {
  readonly record: SignedRecord
  readonly rekey: Rekey & VerifiedKeyRecord
  readonly epoch: EpochId
  readonly secret: Bytes
}

/** A new epoch for exactly the active devices of `state`. */
export async function sealRekey(crypto: Crypto, input: RekeyInput): Promise<NewRekey> {
  const { space, state, covers, parents, secrets, keys, spaceSeed, time } = input
  const secret = crypto.random.bytes(SECRET_LENGTH)
  const made = { secret, epoch: epochIdOf(crypto, secret), ephemeral: crypto.boxKeys(), spaceSeed }
  const wraps: Encodable[] = []
  for (const id of activeDevices(state)) {
    const box = state.devices.get(id)?.box ?? new Uint8Array(32)
    wraps.push([idBytes(id), await wrapFor(crypto, made, id, box)])
  }
  const nonce = crypto.random.bytes(24)
  const { record, decoded } = await signed(crypto, keys, {
    rec: 'rekey',
    space: idBytes(space),
    time,
    epoch: idBytes(made.epoch),
    ephemeral: made.ephemeral.publicKey,
    covers: [...covers].sort().map(idBytes),
    parents: [...parents].sort().map(idBytes),
    wraps,
    nonce,
    secrets: crypto.seal(oldSecretsKey(crypto, secret, nonce), nonce, encode(secrets)),
  })
  return { record, rekey: decoded as Rekey & VerifiedKeyRecord, epoch: made.epoch, secret }
}

export interface GrantInput {
  readonly space: SpaceId
  readonly to: DeviceId
  readonly box: Bytes
  readonly secret: Bytes
  readonly keys: SignKeys
  readonly spaceSeed: Bytes
  readonly time: number
}

/** One epoch's secret for an active device that lacks it. */
export async function grant(
  crypto: Crypto,
  input: GrantInput,
): Promise<{ record: SignedRecord; grant: Grant & VerifiedKeyRecord }> {
  const { space, to, box, secret, keys, spaceSeed, time } = input
  const made = { secret, epoch: epochIdOf(crypto, secret), ephemeral: crypto.boxKeys(), spaceSeed }
  const { record, decoded } = await signed(crypto, keys, {
    rec: 'grant',
    space: idBytes(space),
    time,
    to: idBytes(to),
    epoch: idBytes(made.epoch),
    ephemeral: made.ephemeral.publicKey,
    wrap: await wrapFor(crypto, made, to, box),
  })
  return { record, grant: decoded as Grant & VerifiedKeyRecord }
}
