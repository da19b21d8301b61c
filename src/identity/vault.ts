// The vault key of this device: random, never stored but wrapped by the frase secreta (Argon2id) and by the recovery kit
// (rules CR-11, CR-12). Owns the record in plain storage that holds the wraps; what the record says is bounded before it is
// believed, so that a hostile one cannot cost more than a second or two.
import { type Bytes, equal } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import { err, ok, type Result } from '../base/result.ts'
import { type Argon2Cost, type Crypto, labels } from '../crypto/index.ts'
import { openCommitted, sealCommitted } from './committed-box.ts'
import { recoveryVaultKey } from './recovery.ts'

/** 32 random bytes. */
export type VaultKey = Bytes

/** Plain CBOR, not secret. Copying it lets one guess at the frase secreta, at the price of one Argon2id a guess. */
export interface VaultRecord {
  readonly v: 1
  /** 16 bytes, fresh for every frase secreta. */
  readonly salt: Bytes
  readonly argon2: Argon2Cost
  readonly wrappedByPassphrase: Bytes
  readonly wrappedByRecovery: Bytes
  /** 16 bytes of H over the rest: tells damage from a wrong frase secreta. No defence against who can write here. */
  readonly check: Bytes
}

export type DamagedVault = { readonly type: 'DamagedVault' }
export type PassphraseError = { readonly type: 'WrongPassphrase' } | DamagedVault
export type RecoveryError = { readonly type: 'WrongRecoverySeed' } | DamagedVault

/** To start with; measured on phones, then raised. */
export const DEFAULT_ARGON2: Argon2Cost = { memoryKiB: 64 * 1024, passes: 3, lanes: 1 }

const LARGEST = { memoryKiB: 256 * 1024, passes: 64, lanes: 4, kibTimesPasses: 1024 * 1024 }
const WRAP_LENGTH = 32 + 24 + 16 + 32

const isWhole = (n: unknown, min: number, max: number): n is number =>
  Number.isInteger(n) && min <= Number(n) && Number(n) <= max

function costIsBounded({ memoryKiB, passes, lanes }: Argon2Cost): boolean {
  return (
    isWhole(lanes, 1, LARGEST.lanes) &&
    isWhole(memoryKiB, 8 * lanes, LARGEST.memoryKiB) &&
    isWhole(passes, 1, LARGEST.passes) &&
    memoryKiB * passes <= LARGEST.kibTimesPasses
  )
}

/** Space at the ends and between words, which keyboards add by themselves, does not count. */
const tidy = (passphrase: string) => passphrase.trim().replace(/\s+/gu, ' ')

function checkOf(crypto: Crypto, record: Omit<VaultRecord, 'check'>): Bytes {
  const { salt, argon2, wrappedByPassphrase, wrappedByRecovery } = record
  const cost = { memoryKiB: argon2.memoryKiB, passes: argon2.passes, lanes: argon2.lanes }
  const rest = encode({ v: 1, salt, argon2: cost, wrappedByPassphrase, wrappedByRecovery })
  return crypto.hash(labels.VAULT_CHECK, rest).slice(0, 16)
}

const withCheck = (crypto: Crypto, record: Omit<VaultRecord, 'check'>): VaultRecord => ({
  ...record,
  check: checkOf(crypto, record),
})

async function wrapByPassphrase(crypto: Crypto, vaultKey: VaultKey, passphrase: string, cost: Argon2Cost) {
  if (!costIsBounded(cost)) throw new Error('an Argon2 cost outside the bounds of a vault')
  const { memoryKiB, passes, lanes } = cost
  const salt = crypto.random.bytes(16)
  const stretched = await crypto.stretch(tidy(passphrase), { salt, memoryKiB, passes, lanes })
  const wrappedByPassphrase = sealCommitted(crypto, stretched, labels.VAULT_PASSPHRASE, vaultKey)
  return { salt, argon2: { memoryKiB, passes, lanes }, wrappedByPassphrase }
}

/** `passphrase` is not empty (the caller has asked `estimatePassphrase`); `recoverySeed` 16 bytes. */
export async function createVault(
  crypto: Crypto,
  passphrase: string,
  recoverySeed: Bytes,
  parameters: Argon2Cost = DEFAULT_ARGON2,
): Promise<{ readonly record: VaultRecord; readonly vaultKey: VaultKey }> {
  const vaultKey = crypto.random.bytes(32)
  const byPassphrase = await wrapByPassphrase(crypto, vaultKey, passphrase, parameters)
  const recovery = recoveryVaultKey(crypto, recoverySeed)
  const wrappedByRecovery = sealCommitted(crypto, recovery, labels.VAULT_RECOVERY, vaultKey)
  return { record: withCheck(crypto, { v: 1, ...byPassphrase, wrappedByRecovery }), vaultKey }
}

function isSound(crypto: Crypto, record: VaultRecord): boolean {
  return parse(record) !== null && equal(record.check, checkOf(crypto, record))
}

/** One honest Argon2id, then the key or the reason. */
export async function openWithPassphrase(
  crypto: Crypto,
  record: VaultRecord,
  passphrase: string,
): Promise<Result<VaultKey, PassphraseError>> {
  if (!isSound(crypto, record)) return err({ type: 'DamagedVault' })
  const tidied = tidy(passphrase)
  if (tidied === '') return err({ type: 'WrongPassphrase' })
  const stretched = await crypto.stretch(tidied, { ...record.argon2, salt: record.salt })
  const opened = openCommitted(crypto, stretched, labels.VAULT_PASSPHRASE, record.wrappedByPassphrase)
  if (opened.ok) return opened
  return err({ type: opened.error.type === 'WrongKey' ? 'WrongPassphrase' : 'DamagedVault' })
}

export function openWithRecovery(
  crypto: Crypto,
  record: VaultRecord,
  recoverySeed: Bytes,
): Result<VaultKey, RecoveryError> {
  if (!isSound(crypto, record)) return err({ type: 'DamagedVault' })
  if (recoverySeed.length !== 16) return err({ type: 'WrongRecoverySeed' })
  const recovery = recoveryVaultKey(crypto, recoverySeed)
  const opened = openCommitted(crypto, recovery, labels.VAULT_RECOVERY, record.wrappedByRecovery)
  if (opened.ok) return opened
  return err({ type: opened.error.type === 'WrongKey' ? 'WrongRecoverySeed' : 'DamagedVault' })
}

/** The record under a new frase secreta: new salt, the given cost (never the old record's, which may have been lowered). */
export async function rewrap(
  crypto: Crypto,
  record: VaultRecord,
  vaultKey: VaultKey,
  newPassphrase: string,
  parameters: Argon2Cost = DEFAULT_ARGON2,
): Promise<VaultRecord> {
  const byPassphrase = await wrapByPassphrase(crypto, vaultKey, newPassphrase, parameters)
  return withCheck(crypto, { v: 1, ...byPassphrase, wrappedByRecovery: record.wrappedByRecovery })
}

/** The record under another recovery kit: of a device that takes over the kit of its owner's first one. */
export function rewrapRecovery(
  crypto: Crypto,
  record: VaultRecord,
  vaultKey: VaultKey,
  recoverySeed: Bytes,
): VaultRecord {
  const { v, salt, argon2, wrappedByPassphrase } = record
  const wrappedByRecovery = sealCommitted(
    crypto,
    recoveryVaultKey(crypto, recoverySeed),
    labels.VAULT_RECOVERY,
    vaultKey,
  )
  return withCheck(crypto, { v, salt, argon2, wrappedByPassphrase, wrappedByRecovery })
}

export function encodeVault(record: VaultRecord): Bytes {
  const { v, salt, wrappedByPassphrase, wrappedByRecovery, check } = record
  const { memoryKiB, passes, lanes } = record.argon2
  return encode({ v, salt, argon2: { memoryKiB, passes, lanes }, wrappedByPassphrase, wrappedByRecovery, check })
}

export function decodeVault(crypto: Crypto, bytes: Bytes): Result<VaultRecord, DamagedVault> {
  const decoded = decode(bytes)
  const record = decoded.ok ? parse(decoded.value) : null
  return record !== null && isSound(crypto, record) ? ok(record) : err({ type: 'DamagedVault' })
}

const isBytes = (value: unknown, length: number): value is Bytes =>
  value instanceof Uint8Array && value.length === length

/** The shape and the bounds; null for anything else. */
function parse(value: unknown): VaultRecord | null {
  if (typeof value !== 'object' || value === null) return null
  const { v, salt, argon2, wrappedByPassphrase, wrappedByRecovery, check } = value as Record<string, unknown>
  if (v !== 1 || !isBytes(salt, 16) || !isBytes(check, 16)) return null
  if (!isBytes(wrappedByPassphrase, WRAP_LENGTH) || !isBytes(wrappedByRecovery, WRAP_LENGTH)) return null
  if (typeof argon2 !== 'object' || argon2 === null) return null
  const { memoryKiB, passes, lanes } = argon2 as Argon2Cost
  const cost = { memoryKiB, passes, lanes }
  if (!costIsBounded(cost)) return null
  return { v, salt, argon2: cost, wrappedByPassphrase, wrappedByRecovery, check }
}
