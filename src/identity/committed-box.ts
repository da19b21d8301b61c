// A secretbox that commits to its key, so that a wrong key is told from a damaged box and no box opens under two keys
// (rule CR-11): KDF gives K || C; C stands in front and is compared first. For the vault's wraps only; entries have their own.
import { type Bytes, concat, equal } from '../base/bytes.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Crypto } from '../crypto/index.ts'

export type CommittedError = { readonly type: 'WrongKey' } | { readonly type: 'Damaged' }

const HEAD = 32 + 24

function keyAndCommitment(crypto: Crypto, secret: Bytes, label: string, nonce: Bytes): readonly [Bytes, Bytes] {
  const derived = crypto.kdf(secret, label, nonce)
  return [derived.slice(0, 32), derived.slice(32)]
}

/** commitment 32 || nonce 24 || box. */
export function sealCommitted(crypto: Crypto, secret: Bytes, label: string, plaintext: Bytes): Bytes {
  const nonce = crypto.random.bytes(24)
  const [key, commitment] = keyAndCommitment(crypto, secret, label, nonce)
  return concat(commitment, nonce, crypto.seal(key, nonce, plaintext))
}

export function openCommitted(
  crypto: Crypto,
  secret: Bytes,
  label: string,
  sealed: Bytes,
): Result<Bytes, CommittedError> {
  if (sealed.length < HEAD + 16) return err({ type: 'Damaged' })
  const nonce = sealed.slice(32, HEAD)
  const [key, commitment] = keyAndCommitment(crypto, secret, label, nonce)
  if (!equal(commitment, sealed.slice(0, 32))) return err({ type: 'WrongKey' })
  const plaintext = crypto.open(key, nonce, sealed.slice(HEAD))
  return plaintext === null ? err({ type: 'Damaged' }) : ok(plaintext)
}
