// The shapes that `crypto/` offers to the layers above. Owns no behaviour. Lengths are in bytes and are checked where a
// value from outside enters; keys that our own code built with a wrong length are a bug and throw.
import type { Bytes } from '../base/bytes.ts'
import type { Random } from '../base/environment.ts'

/** Ed25519: a public key of 32 bytes and the seed of 32 bytes it was made from (RFC 8032). */
export interface SignKeys {
  readonly publicKey: Bytes
  readonly seed: Bytes
}

/** X25519: 32 bytes each (RFC 7748). */
export interface BoxKeys {
  readonly publicKey: Bytes
  readonly secretKey: Bytes
}

/** What one Argon2id costs: memory in KiB, passes over it, lanes. */
export interface Argon2Cost {
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
}

/** The cost with a salt of at least 16 bytes (RFC 9106). */
export interface Argon2Parameters extends Argon2Cost {
  readonly salt: Bytes
}

export interface Crypto {
  readonly random: Random

  /** H: the first 32 bytes of SHA-512 over the framed label and parts. */
  hash(label: string, ...parts: Bytes[]): Bytes
  /** HMAC-SHA-512 under `key` over the framed label and info: 64 bytes. */
  kdf(key: Bytes, label: string, ...info: Bytes[]): Bytes
  /** XSalsa20-Poly1305: key 32, nonce 24; the box is 16 longer than the plaintext. A (key, nonce) never seals twice. */
  seal(key: Bytes, nonce: Bytes, plaintext: Bytes): Bytes
  /** null when the box does not open, or the nonce has a wrong length. */
  open(key: Bytes, nonce: Bytes, box: Bytes): Bytes | null
  /** From a seed of 32 bytes, or fresh. */
  signKeys(seed?: Bytes): SignKeys
  /** From a secret key of 32 bytes, or fresh. */
  boxKeys(secretKey?: Bytes): BoxKeys

  /** 64 bytes over the framed label and parts. Callers compare verdicts, not signatures: some platforms randomise them. */
  sign(label: string, keys: SignKeys, ...parts: Bytes[]): Promise<Bytes>
  /** false for everything malformed; never throws for what `publicKey`, `signature` or `parts` hold. */
  verify(label: string, publicKey: Bytes, signature: Bytes, ...parts: Bytes[]): Promise<boolean>
  /** For bytes that src/wire has framed itself. Throws unless they begin with a framed label `telar/...`. */
  signRaw(keys: SignKeys, bytes: Bytes): Promise<Bytes>
  /** Throws as `signRaw` does: the verifier frames the bytes, too. */
  verifyRaw(publicKey: Bytes, signature: Bytes, bytes: Bytes): Promise<boolean>
  /** The raw X25519 secret, 32 bytes; null for a public key of wrong length, not canonical, or of low order. */
  agree(secretKey: Bytes, publicKey: Bytes): Promise<Bytes | null>

  /**
   * A sealed box from nobody, bound to label and context: ephemeral public key 32 || nonce 24 || box. `extraSecret` (any
   * length above 0) is needed besides the recipient's key. Never throws: for a key that is not acceptable, nobody can open it.
   */
  sealTo(recipient: Bytes, label: string, context: Bytes, plaintext: Bytes, extraSecret?: Bytes): Promise<Bytes>
  /** null for anything that was not sealed to these keys with this label, context and extra secret. */
  openFrom(keys: BoxKeys, label: string, context: Bytes, sealed: Bytes, extraSecret?: Bytes): Promise<Bytes | null>

  /** Argon2id of the NFKC form of the passphrase: 32 bytes. Throws on parameters outside Argon2's own range. */
  stretch(passphrase: string, parameters: Argon2Parameters): Promise<Bytes>
}
