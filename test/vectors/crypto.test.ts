// Runs the published and the computed vectors through tweetnacl and WebCrypto and compares verdicts.
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { reference, webCrypto } from '../../src/crypto/backends.ts'
import { hmacSha512 } from '../../src/crypto/digest.ts'
import { frame, padme } from '../../src/crypto/index.ts'
import { both, hex, subtle } from '../unit/crypto/support.ts'
import argon2id from './argon2id.json' with { type: 'json' }
import ed25519 from './ed25519.json' with { type: 'json' }
import framing from './framing.json' with { type: 'json' }
import secretbox from './secretbox.json' with { type: 'json' }
import x25519 from './x25519.json' with { type: 'json' }

describe.each([
  ['tweetnacl', reference],
  ['WebCrypto', webCrypto(subtle)],
])('RFC vectors on %s alone', (_, backend) => {
  it.each(ed25519.rfc8032)('RFC 8032: $message', async (vector) => {
    const keys = { seed: hex(vector.seed), publicKey: hex(vector.publicKey) }
    const signature = await backend.sign(keys, hex(vector.message))
    expect(toHex(signature)).toBe(vector.signature)
    expect(await backend.verify(keys.publicKey, signature, hex(vector.message))).toBe(true)
  })
  it.each(x25519.agreed)('RFC 7748: $shared', async (vector) => {
    expect(toHex(await backend.agree(hex(vector.secretKey), hex(vector.publicKey)))).toBe(vector.shared)
  })
})

describe.each(both)('verdicts through %s', (_, crypto) => {
  it.each(ed25519.verdicts)('CR-4: signature: $name', async (vector) => {
    const [key, signature, message] = [hex(vector.publicKey), hex(vector.signature), hex(vector.message)]
    expect(await crypto.verify(vector.label, key, signature, message)).toBe(vector.valid)
    expect(await crypto.verifyRaw(key, signature, frame(vector.label, message))).toBe(vector.valid)
  })
  it.each(x25519.agreed)('CR-5: agreed: $publicKey', async (vector) => {
    const shared = await crypto.agree(hex(vector.secretKey), hex(vector.publicKey))
    expect(shared && toHex(shared)).toBe(vector.shared)
  })
  it.each(x25519.refused)('CR-5: refused: $name', async (vector) => {
    expect(await crypto.agree(new Uint8Array(32).fill(9), hex(vector.publicKey))).toBeNull()
  })
})

describe('golden bytes', () => {
  const crypto = both[0][1]
  it.each(framing.hash)('CR-2: H: $framed', (vector) => {
    const parts = vector.parts.map(hex)
    expect(toHex(frame(vector.label, ...parts))).toBe(vector.framed)
    expect(toHex(crypto.hash(vector.label, ...parts))).toBe(vector.hash)
  })
  it.each(framing.kdf)('CR-3: KDF: $label $key', (vector) => {
    expect(toHex(crypto.kdf(hex(vector.key), vector.label, ...vector.info.map(hex)))).toBe(vector.output)
  })
  it.each(framing.hmac)('CR-3: HMAC-SHA-512: $source', (vector) => {
    expect(toHex(hmacSha512(hex(vector.key), hex(vector.message)))).toBe(vector.output)
  })
  it.each(framing.padme)('CR-7: PADMÉ of %i is %i', (length, padded) => {
    expect(padme(length)).toBe(padded)
  })
  it.each(secretbox.vectors)('CR-6: secretbox: $nonce', (vector) => {
    const [key, nonce, plaintext] = [hex(vector.key), hex(vector.nonce), hex(vector.plaintext)]
    expect(toHex(crypto.seal(key, nonce, plaintext))).toBe(vector.box)
    expect(crypto.open(key, nonce, hex(vector.box))).toEqual(plaintext)
  })
  it.each(argon2id.vectors)('CR-8: Argon2id: $memoryKiB KiB, $passes passes', async (vector) => {
    const { memoryKiB, passes, lanes } = vector
    const output = await crypto.stretch(vector.passphrase, { salt: hex(vector.salt), memoryKiB, passes, lanes })
    expect(toHex(output)).toBe(vector.output)
  })
})
