// The keys of a bundle and the statement in it (docs/spec/bundles.md): by what a member recognises a file, who opens which part, who says
// that she saved it. Owns these derivations and forms; reads no file and takes nothing in. Implements BU-2 to BU-5 and BU-7.
import { type Bytes, equal } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import { DeviceId, type EpochId, idBytes, MemberId, type SpaceId } from '../base/ids.ts'
import { type BundleHead, recordNonce } from '../carriers/bundle.ts'
import { type Crypto, labels, pad, type SignKeys, unpad } from '../crypto/index.ts'

/** Bytes of an id that a statement names it by. */
export const SHORT_ID = 8
/** Ids in one statement; what is beyond is given once more. */
export const MAX_HAVE = 500_000

type Kdf = Pick<Crypto, 'kdf'>

/** BU-2: the key of the lead and the tag, from the space seed: whoever was ever let in has it. */
export function leadOf(crypto: Kdf, spaceSeed: Bytes, nonce: Bytes): { readonly key: Bytes; readonly tag: Bytes } {
  const both = crypto.kdf(spaceSeed, labels.BUNDLE_LEAD, nonce)
  return { key: both.slice(0, 32), tag: both.slice(32, 48) }
}

/** BU-3: the key of the body, from an epoch's secret, and what commits to it. */
export function bodyOf(crypto: Kdf, secret: Bytes, nonce: Bytes): { readonly key: Bytes; readonly commitment: Bytes } {
  const both = crypto.kdf(secret, labels.BUNDLE_BODY, nonce)
  return { key: both.slice(0, 32), commitment: both.slice(32, 64) }
}

/** The key of the body, where one of these secrets is that of its epoch; the newest are tried first. */
export function bodyKey(crypto: Kdf, secrets: ReadonlyMap<EpochId, Bytes>, head: BundleHead): Bytes | null {
  for (const secret of [...secrets.values()].reverse()) {
    const { key, commitment } = bodyOf(crypto, secret, head.nonce)
    if (equal(commitment, head.commitment)) return key
  }
  return null
}

export const sealRecord = (crypto: Pick<Crypto, 'seal'>, key: Bytes, index: number, plaintext: Bytes): Bytes =>
  crypto.seal(key, recordNonce(index), pad(plaintext))

/** null when it was changed, moved or sealed by another key. */
export function openRecord(crypto: Pick<Crypto, 'open'>, key: Bytes, index: number, sealed: Bytes): Bytes | null {
  const padded = crypto.open(key, recordNonce(index), sealed)
  return padded === null ? null : unpad(padded)
}

export interface Statement {
  readonly member: MemberId
  readonly device: DeviceId
  /** Milliseconds, as she says. */
  readonly at: number
  /** The first 8 bytes of each id she held, in a row. */
  readonly have: Bytes
}

interface SignedFor {
  readonly space: SpaceId
  readonly nonce: Bytes
}

/** BU-5: signed by her device, for this file of this space only. */
export async function encodeStatement(
  crypto: Pick<Crypto, 'sign'>,
  sign: SignKeys,
  file: SignedFor,
  said: Omit<Statement, 'device'>,
): Promise<Bytes> {
  const { member, at, have } = said
  const body = encode({ v: 1, member: idBytes(member), device: sign.publicKey, at, have })
  return encode([body, await crypto.sign(labels.BUNDLE_STATEMENT, sign, idBytes(file.space), file.nonce, body)])
}

/** null for what is none, or signed by nobody. Whether the device is one of the space is the caller's to ask. */
export async function readStatement(
  crypto: Pick<Crypto, 'verify'>,
  file: SignedFor,
  bytes: Bytes,
): Promise<Statement | null> {
  const parts = decode(bytes)
  if (!parts.ok || !Array.isArray(parts.value) || parts.value.length !== 2) return null
  const [body, signature] = parts.value as readonly unknown[]
  if (!(body instanceof Uint8Array) || !(signature instanceof Uint8Array) || signature.length !== 64) return null
  const said = statementOf(body)
  if (said === null) return null
  const key = idBytes(said.device)
  const signed = await crypto.verify(labels.BUNDLE_STATEMENT, key, signature, idBytes(file.space), file.nonce, body)
  return signed ? said : null
}

function statementOf(body: Bytes): Statement | null {
  const decoded = decode(body)
  const value = decoded.ok ? decoded.value : null
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 5) return null
  const { v, member, device, at, have } = value as Readonly<Record<string, unknown>>
  if (v !== 1 || typeof at !== 'number' || !Number.isSafeInteger(at) || at < 0) return null
  if (!(member instanceof Uint8Array) || !(device instanceof Uint8Array) || !(have instanceof Uint8Array)) return null
  if (have.length % SHORT_ID !== 0 || have.length > SHORT_ID * MAX_HAVE) return null
  const [who, which] = [MemberId.of(member), DeviceId.of(device)]
  return who === null || which === null ? null : { member: who, device: which, at, have }
}
