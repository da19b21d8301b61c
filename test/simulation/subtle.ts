// WebCrypto's Ed25519 and X25519 over Node's synchronous functions: as fast as WebCrypto, and settled in the turn it is asked,
// so that no thread pool decides an order. Only what src/crypto/backends.ts asks for.
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject, sign, verify } from 'node:crypto'

const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex')

function importKey(format: string, data: Uint8Array, { name }: { name: string }): KeyObject {
  if (format === 'pkcs8') return createPrivateKey({ key: Buffer.from(data), format: 'der', type: 'pkcs8' })
  const head = name === 'Ed25519' ? ED25519_SPKI : X25519_SPKI
  return createPublicKey({ key: Buffer.concat([head, data]), format: 'der', type: 'spki' })
}

const promised =
  <A extends unknown[], T>(run: (...args: A) => T) =>
  // What throws must be a rejection, as in WebCrypto.
  async (...args: A): Promise<T> =>
    run(...args)

export const synchronousSubtle = {
  importKey: promised(importKey),
  sign: promised((_: unknown, key: KeyObject, data: Uint8Array) => new Uint8Array(sign(null, data, key))),
  verify: promised((_: unknown, key: KeyObject, signature: Uint8Array, data: Uint8Array) =>
    verify(null, data, key, signature),
  ),
  deriveBits: promised(
    (algorithm: { public: KeyObject }, key: KeyObject) =>
      new Uint8Array(diffieHellman({ privateKey: key, publicKey: algorithm.public })),
  ),
} as unknown as SubtleCrypto
