// Names and values at rest under the vault key: storage sees HMACs for names and boxes for values, and a value opens only
// under the name it was sealed for (rule CR-13). Never says anything of lengths: callers pad what must not show its size.
import { type Bytes, concat, equal, toHex, utf8 } from '../base/bytes.ts'
import { err, ok, type Result } from '../base/result.ts'
import { type Crypto, frame, labels } from '../crypto/index.ts'
import type { VaultKey } from './vault.ts'

export type DamagedValue = { readonly type: 'DamagedValue' }

export interface SealedValues {
  /** 64 hex characters for a bucket or the path to a key; different paths never share a name. */
  storageName(...path: readonly string[]): string
  /** nonce 24 || box, bound to `name`. */
  sealValue(name: string, plaintext: Bytes): Bytes
  /** What `sealValue` was given under the same name. */
  openValue(name: string, sealed: Bytes): Result<Bytes, DamagedValue>
}

export function sealedValues(crypto: Crypto, vaultKey: VaultKey): SealedValues {
  const nameKey = crypto.kdf(vaultKey, labels.STORAGE_NAME_KEY).slice(0, 32)
  const valueKey = crypto.kdf(vaultKey, labels.STORAGE_VALUE_KEY).slice(0, 32)
  const keyOf = (name: string, nonce: Bytes) =>
    crypto.kdf(valueKey, labels.STORAGE_VALUE, nonce, utf8(name)).slice(0, 32)
  const headOf = (name: string) => frame(labels.STORAGE_VALUE, utf8(name))
  return {
    storageName: (...path) => toHex(crypto.kdf(nameKey, labels.STORAGE_NAME, ...path.map(utf8)).slice(0, 32)),
    sealValue(name, plaintext) {
      const nonce = crypto.random.bytes(24)
      return concat(nonce, crypto.seal(keyOf(name, nonce), nonce, concat(headOf(name), plaintext)))
    },
    openValue(name, sealed) {
      const nonce = sealed.slice(0, 24)
      const head = headOf(name)
      const inner = nonce.length === 24 ? crypto.open(keyOf(name, nonce), nonce, sealed.slice(24)) : null
      if (inner === null || !equal(inner.subarray(0, head.length), head)) return err({ type: 'DamagedValue' })
      return ok(inner.slice(head.length))
    },
  }
}
