// Boxes sealed to an X25519 key by nobody in particular (knocks, welcomes, wraps), bound to a label, a context and, where
// given, a second secret (rule CR-6). Says nothing about who sealed: whoever needs that signs the plaintext.
import { type Bytes, concat, uint64 } from '../base/bytes.ts'
import type { BoxKeys, Crypto } from './types.ts'

type Needs = Pick<Crypto, 'random' | 'kdf' | 'seal' | 'open' | 'boxKeys' | 'agree'>

const HEAD = 32 + 24

interface Bound {
  readonly label: string
  readonly context: Bytes
  readonly extraSecret: Bytes | undefined
}

/** KDF(shared || extra, label, ephemeral key, recipient's key, context, length of extra): its first 32 bytes. */
function boxKey(crypto: Needs, shared: Bytes, bound: Bound, ephemeral: Bytes, recipient: Bytes): Bytes {
  const extra = bound.extraSecret ?? new Uint8Array(0)
  const key = concat(shared, extra)
  return crypto.kdf(key, bound.label, ephemeral, recipient, bound.context, uint64(extra.length)).slice(0, 32)
}

/** For a key that cannot be agreed with (a hostile device's own), a box that nobody opens: the others must get theirs. */
export async function sealTo(crypto: Needs, recipient: Bytes, bound: Bound, plaintext: Bytes): Promise<Bytes> {
  const ephemeral = crypto.boxKeys()
  const shared = (await crypto.agree(ephemeral.secretKey, recipient)) ?? crypto.random.bytes(32)
  const nonce = crypto.random.bytes(24)
  const key = boxKey(crypto, shared, bound, ephemeral.publicKey, recipient)
  return concat(ephemeral.publicKey, nonce, crypto.seal(key, nonce, plaintext))
}

export async function openFrom(crypto: Needs, keys: BoxKeys, bound: Bound, sealed: Bytes): Promise<Bytes | null> {
  if (sealed.length < HEAD + 16) return null
  const ephemeral = sealed.slice(0, 32)
  const shared = await crypto.agree(keys.secretKey, ephemeral)
  if (shared === null) return null
  const key = boxKey(crypto, shared, bound, ephemeral, keys.publicKey)
  return crypto.open(key, sealed.slice(32, HEAD), sealed.slice(HEAD))
}
