// The two implementations of Ed25519 and X25519 behind the same three functions: tweetnacl (the reference) and WebCrypto
// (about 25 times as fast). Neither checks encodings: `createCrypto` has done so before (rules CR-4, CR-5). Where WebCrypto
// throws, tweetnacl decides.
import nacl from 'tweetnacl'
import { type Bytes, concat, equal } from '../base/bytes.ts'
import type { SignKeys } from './types.ts'

export interface Backend {
  readonly sign: (keys: SignKeys, message: Bytes) => Promise<Bytes>
  readonly verify: (publicKey: Bytes, signature: Bytes, message: Bytes) => Promise<boolean>
  /** 32 raw bytes. */
  readonly agree: (secretKey: Bytes, publicKey: Bytes) => Promise<Bytes>
}

export const reference: Backend = {
  sign: (keys, message) => Promise.resolve(nacl.sign.detached(message, concat(keys.seed, keys.publicKey))),
  verify: (publicKey, signature, message) => Promise.resolve(nacl.sign.detached.verify(message, signature, publicKey)),
  agree: (secretKey, publicKey) => Promise.resolve(nacl.scalarMult(secretKey, publicKey)),
}

/** WebCrypto wants bytes over a plain ArrayBuffer; a copy also keeps them from changing under it. */
const plain = (bytes: Bytes): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

// PKCS #8 heads (RFC 8410): WebCrypto takes private keys in no raw form.
const ED25519_HEAD = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20)
const X25519_HEAD = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20)

const KEPT_KEYS = 512

/** Imported public keys by their bytes, the oldest dropped first. */
function keyCache(load: (publicKey: Bytes) => Promise<CryptoKey>) {
  const kept = new Map<string, CryptoKey>()
  return async (publicKey: Bytes): Promise<CryptoKey> => {
    const name = String.fromCharCode(...publicKey)
    const known = kept.get(name)
    if (known !== undefined) return known
    const key = await load(publicKey)
    if (kept.size >= KEPT_KEYS) for (const oldest of [...kept.keys()].slice(0, 1)) kept.delete(oldest)
    kept.set(name, key)
    return key
  }
}

export function webCrypto(subtle: SubtleCrypto): Backend {
  const secrets = new WeakMap<SignKeys, CryptoKey>()
  const verifying = keyCache((key) => subtle.importKey('raw', plain(key), { name: 'Ed25519' }, false, ['verify']))
  const signing = async (keys: SignKeys) => {
    const known = secrets.get(keys)
    if (known !== undefined) return known
    const pkcs8 = plain(concat(ED25519_HEAD, keys.seed))
    const key = await subtle.importKey('pkcs8', pkcs8, { name: 'Ed25519' }, false, ['sign'])
    secrets.set(keys, key)
    return key
  }
  const agreements = new WeakMap<Bytes, Promise<CryptoKey>>()
  const agreeing = (secretKey: Bytes): Promise<CryptoKey> => {
    const load = () =>
      subtle.importKey('pkcs8', plain(concat(X25519_HEAD, secretKey)), { name: 'X25519' }, false, ['deriveBits'])
    const key = agreements.get(secretKey) ?? load()
    agreements.set(secretKey, key)
    return key
  }
  return {
    async sign(keys, message) {
      return new Uint8Array(await subtle.sign({ name: 'Ed25519' }, await signing(keys), plain(message)))
    },
    async verify(publicKey, signature, message) {
      return subtle.verify({ name: 'Ed25519' }, await verifying(publicKey), plain(signature), plain(message))
    },
    async agree(secretKey, publicKey) {
      const mine = await agreeing(secretKey)
      const theirs = await subtle.importKey('raw', plain(publicKey), { name: 'X25519' }, false, [])
      return new Uint8Array(await subtle.deriveBits({ name: 'X25519', public: theirs }, mine, 256))
    },
  }
}

async function works(test: () => Promise<boolean>): Promise<boolean> {
  try {
    return await test()
  } catch {
    return false
  }
}

const filled = (byte: number) => new Uint8Array(32).fill(byte)

/** Whether the fast backend signs and verifies as the reference does, one known message each way. */
function signsAlike(fast: Backend): Promise<boolean> {
  return works(async () => {
    const pair = nacl.sign.keyPair.fromSeed(filled(7))
    const keys = { publicKey: pair.publicKey, seed: filled(7) }
    const message = filled(9)
    const theirs = await fast.sign(keys, message)
    const ours = await reference.sign(keys, message)
    const good =
      (await reference.verify(keys.publicKey, theirs, message)) && (await fast.verify(keys.publicKey, ours, message))
    return good && !(await fast.verify(keys.publicKey, ours, filled(8)))
  })
}

/** Whether the fast backend agrees as the reference does, on one fixed pair. */
function agreesAlike(fast: Backend): Promise<boolean> {
  return works(async () => {
    const publicKey = nacl.scalarMult.base(filled(3))
    return equal(await fast.agree(filled(5), publicKey), nacl.scalarMult(filled(5), publicKey))
  })
}

/** Calls `fast`, and `slow` should it throw. */
async function preferring<T>(fast: () => Promise<T>, slow: () => Promise<T>): Promise<T> {
  try {
    return await fast()
  } catch {
    return slow()
  }
}

/** WebCrypto for what it does like the reference in this environment, the reference for the rest. Never throws. */
export async function detect(subtle: SubtleCrypto | undefined): Promise<Backend> {
  if (subtle === undefined) return reference
  const fast = webCrypto(subtle)
  const [signs, agrees] = await Promise.all([signsAlike(fast), agreesAlike(fast)])
  return {
    sign: signs
      ? (...a) =>
          preferring(
            () => fast.sign(...a),
            () => reference.sign(...a),
          )
      : reference.sign,
    verify: signs
      ? (...a) =>
          preferring(
            () => fast.verify(...a),
            () => reference.verify(...a),
          )
      : reference.verify,
    agree: agrees
      ? (...a) =>
          preferring(
            () => fast.agree(...a),
            () => reference.agree(...a),
          )
      : reference.agree,
  }
}
