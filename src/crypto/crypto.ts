// Builds the one `Crypto` of a process. Owns the order of things: strict checks first, then the backend (rules CR-4, CR-5).
// Never picks its own randomness and never keeps a secret beyond the call, other than imported keys in a WeakMap.
import nacl from 'tweetnacl'
import { argon2id } from 'hash-wasm'
import type { Bytes } from '../base/bytes.ts'
import type { Random } from '../base/environment.ts'
import { type Backend, detect } from './backends.ts'
import { hash, kdf } from './digest.ts'
import { beginsWithLabel, frame } from './framing.ts'
import { isAcceptableBoxKey, isAcceptablePoint, isAcceptableSignature } from './points.ts'
import { openFrom, sealTo } from './sealed-box.ts'
import type { Argon2Parameters, BoxKeys, Crypto, SignKeys } from './types.ts'

function need(bytes: Bytes, length: number, what: string): Bytes {
  if (bytes.length !== length) throw new Error(`${what} has ${bytes.length} bytes, not ${length}`)
  return bytes
}

function signKeysFrom(seed: Bytes): SignKeys {
  const kept = need(seed, 32, 'a signing seed').slice()
  return { publicKey: nacl.sign.keyPair.fromSeed(kept).publicKey, seed: kept }
}

function boxKeysFrom(secretKey: Bytes): BoxKeys {
  const kept = need(secretKey, 32, 'a box secret key').slice()
  return { publicKey: nacl.scalarMult.base(kept), secretKey: kept }
}

function open(key: Bytes, nonce: Bytes, box: Bytes): Bytes | null {
  need(key, 32, 'a box key')
  return nonce.length === 24 && box.length >= 16 ? nacl.secretbox.open(box, nonce, key) : null
}

/** Argon2id, version 1.3, of the NFKC form: 32 bytes. Throws outside Argon2's own range. */
function stretch(passphrase: string, parameters: Argon2Parameters): Promise<Bytes> {
  return argon2id({
    password: passphrase.normalize('NFKC'),
    salt: parameters.salt,
    memorySize: parameters.memoryKiB,
    iterations: parameters.passes,
    parallelism: parameters.lanes,
    hashLength: 32,
    outputType: 'binary',
  })
}

/** Checked first, so that both backends give one verdict. */
async function verifyStrictly(
  backend: Promise<Backend>,
  publicKey: Bytes,
  signature: Bytes,
  message: Bytes,
): Promise<boolean> {
  if (!isAcceptablePoint(publicKey) || !isAcceptableSignature(signature)) return false
  return (await backend).verify(publicKey, signature, message)
}

async function agreeStrictly(backend: Promise<Backend>, secretKey: Bytes, publicKey: Bytes): Promise<Bytes | null> {
  need(secretKey, 32, 'a box secret key')
  if (!isAcceptableBoxKey(publicKey)) return null
  const shared = await (await backend).agree(secretKey, publicKey)
  return shared.some((byte) => byte !== 0) ? shared : null
}

function labelled(bytes: Bytes): Bytes {
  if (!beginsWithLabel(bytes)) throw new Error('bytes to sign without a framed label')
  return bytes
}

/** `subtle` is used where it does Ed25519 or X25519 as tweetnacl does (asked once, at the first need). */
export function createCrypto(options: { readonly subtle?: SubtleCrypto | undefined; readonly random: Random }): Crypto {
  const { random, subtle } = options
  let detected: Promise<Backend> | undefined
  const backend = () => (detected ??= detect(subtle))
  const sign = async (keys: SignKeys, message: Bytes) => (await backend()).sign(keys, message)
  const crypto: Crypto = {
    random,
    hash,
    kdf,
    open,
    stretch,
    seal: (key, nonce, plaintext) => nacl.secretbox(plaintext, nonce, key),
    signKeys: (seed) => signKeysFrom(seed ?? random.bytes(32)),
    boxKeys: (secretKey) => boxKeysFrom(secretKey ?? random.bytes(32)),
    sign: async (label, keys, ...parts) => sign(keys, frame(label, ...parts)),
    verify: async (label, key, signature, ...parts) =>
      verifyStrictly(backend(), key, signature, frame(label, ...parts)),
    signRaw: async (keys, bytes) => sign(keys, labelled(bytes)),
    verifyRaw: async (key, signature, bytes) => verifyStrictly(backend(), key, signature, labelled(bytes)),
    agree: async (secretKey, publicKey) => agreeStrictly(backend(), secretKey, publicKey),
    sealTo: (recipient, label, context, plaintext, extraSecret) =>
      sealTo(crypto, recipient, { label, context, extraSecret }, plaintext),
    openFrom: (keys, label, context, sealed, extraSecret) =>
      openFrom(crypto, keys, { label, context, extraSecret }, sealed),
  }
  return crypto
}
