// The keys of one device in one space: made on the device, fresh for every space (a seized phone must not link circles to
// networks). Never leave it but sealed by the vault (rule CR-10).
import { type Bytes, concat } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import { DeviceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { BoxKeys, Crypto, SignKeys } from '../crypto/index.ts'

export interface DeviceKeys {
  readonly sign: SignKeys
  readonly box: BoxKeys
}

export function newDeviceKeys(crypto: Crypto): DeviceKeys {
  return { sign: crypto.signKeys(), box: crypto.boxKeys() }
}

/** The device's name in its space: its Ed25519 public key. */
export function deviceId(keys: DeviceKeys): DeviceId {
  return DeviceId.must(keys.sign.publicKey)
}

/** Signing public key 32 || box public key 32: what safety words and knocks speak of. */
export function devicePublic(keys: DeviceKeys): Bytes {
  return concat(keys.sign.publicKey, keys.box.publicKey)
}

/** Canonical CBOR holding secrets: to be sealed before it is stored. */
export function encodeDeviceKeys(keys: DeviceKeys): Bytes {
  return encode({ v: 1, sign: keys.sign.seed, box: keys.box.secretKey })
}

/** Public keys are derived anew, so that a damaged record cannot pair a seed with another's public key. */
export function decodeDeviceKeys(
  crypto: Crypto,
  bytes: Bytes,
): Result<DeviceKeys, { readonly type: 'DamagedDeviceKeys' }> {
  const decoded = decode(bytes)
  const fields = decoded.ok ? (decoded.value as { v?: unknown; sign?: unknown; box?: unknown } | null) : null
  if (fields?.v !== 1 || !isKey(fields.sign) || !isKey(fields.box)) return err({ type: 'DamagedDeviceKeys' })
  return ok({ sign: crypto.signKeys(fields.sign), box: crypto.boxKeys(fields.box) })
}

const isKey = (value: unknown): value is Bytes => value instanceof Uint8Array && value.length === 32
