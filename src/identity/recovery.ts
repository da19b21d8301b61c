// The recovery kit: 16 bytes on paper, from which come a signing key per space (it may only add a device for its own
// member), the key that opens the vault, and the key of the backup file (rule CR-12). Never a recipient of secrets.
import { type Bytes } from '../base/bytes.ts'
import { idBytes, type DeviceId } from '../base/ids.ts'
import { type Crypto, labels, type SignKeys } from '../crypto/index.ts'

export const RECOVERY_SEED_LENGTH = 16

export function newRecoverySeed(crypto: Crypto): Bytes {
  return crypto.random.bytes(RECOVERY_SEED_LENGTH)
}

function derive(crypto: Crypto, seed: Bytes, label: string, ...info: Bytes[]): Bytes {
  if (seed.length !== RECOVERY_SEED_LENGTH) throw new Error('a recovery seed has 16 bytes')
  return crypto.kdf(seed, label, ...info).slice(0, 32)
}

/** The key that may add a device for the member who was entered with `device`; spaces cannot be linked by it. */
export function recoverySignKeys(crypto: Crypto, seed: Bytes, device: DeviceId): SignKeys {
  return crypto.signKeys(derive(crypto, seed, labels.RECOVERY_SIGN, idBytes(device)))
}

/** 32 bytes that wrap the vault key. */
export function recoveryVaultKey(crypto: Crypto, seed: Bytes): Bytes {
  return derive(crypto, seed, labels.RECOVERY_VAULT)
}

/** 32 bytes that seal the backup file. */
export function backupKey(crypto: Crypto, seed: Bytes): Bytes {
  return derive(crypto, seed, labels.RECOVERY_BACKUP)
}
