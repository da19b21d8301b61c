// Properties of the primitives that vectors cannot show: framing is unambiguous, backends agree, tampering is seen.
import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import nacl from 'tweetnacl'
import { describe, expect, it } from 'vitest'
import { concat, toHex, uint64, utf8 } from '../../../src/base/bytes.ts'
import { createCrypto, frame, labels, pad, padme, sha512Half, unpad } from '../../../src/crypto/index.ts'
import { openProof } from '../../../src/wire/proof.ts'
import ed25519 from '../../vectors/ed25519.json' with { type: 'json' }
import { both, hex, seededRandom, subtle } from './support.ts'

const bytes = (max = 64) => fc.uint8Array({ maxLength: max })
const key = () => fc.uint8Array({ minLength: 32, maxLength: 32 })
const crypto = both[0][1]
const LABEL = labels.VAULT_CHECK

function flipped(value: Uint8Array, at: number): Uint8Array {
  const out = value.slice()
  const index = at % out.length
  out[index] = (out[index] ?? 0) ^ (1 << (at % 8))
  return out
}

describe('framing and digests', () => {
  it('CR-1: every label is its own and belongs to suite 1', () => {
    const all = Object.values(labels)
    expect(new Set(all).size).toBe(all.length)
    for (const label of all) expect(label).toMatch(/^telar\/1\/[a-z0-9-]+$/)
  })
  it('CR-1: different parts never frame alike', () => {
    fc.assert(
      fc.property(fc.array(bytes(6), { maxLength: 4 }), fc.array(bytes(6), { maxLength: 4 }), (a, b) => {
        const same = JSON.stringify(a.map(toHex)) === JSON.stringify(b.map(toHex))
        expect(toHex(frame(LABEL, ...a)) === toHex(frame(LABEL, ...b))).toBe(same)
      }),
    )
  })
  it('CR-1: a label outside the protocol is a bug and throws', () => {
    expect(() => crypto.hash('other/1/op')).toThrow()
    expect(() => crypto.kdf(new Uint8Array(32), '')).toThrow()
  })
  it('CR-2, CR-3: H and KDF are those of the platform', () => {
    fc.assert(
      fc.property(bytes(300), bytes(300), (k, part) => {
        const framed = frame(LABEL, part)
        expect(toHex(crypto.hash(LABEL, part))).toBe(createHash('sha512').update(framed).digest('hex').slice(0, 64))
        expect(toHex(crypto.kdf(k, LABEL, part))).toBe(createHmac('sha512', k).update(framed).digest('hex'))
        expect(toHex(sha512Half(part))).toBe(createHash('sha512').update(part).digest('hex').slice(0, 64))
      }),
    )
  })
})

describe.each(both)('signatures and agreement through %s', (_, each) => {
  it('CR-4: what one signs, both verify; any changed bit is seen', async () => {
    await fc.assert(
      fc.asyncProperty(key(), bytes(200), fc.nat(511), async (seed, message, at) => {
        const keys = each.signKeys(seed)
        const signature = await each.sign(LABEL, keys, message)
        for (const [, other] of both) {
          expect(await other.verify(LABEL, keys.publicKey, signature, message)).toBe(true)
          expect(await other.verify(LABEL, keys.publicKey, flipped(signature, at), message)).toBe(false)
          expect(await other.verify(labels.KNOCK, keys.publicKey, signature, message)).toBe(false)
          expect(await other.verify(LABEL, keys.publicKey, signature, message, new Uint8Array(0))).toBe(false)
        }
      }),
      { numRuns: 12 },
    )
  })
  it('CR-4: raw signing is the labelled one and asks for a framed label', async () => {
    const keys = each.signKeys()
    const fill = (n: number) => new Uint8Array(32).fill(n)
    const fields = {
      role: 'client',
      origin: 'relay.example:443',
      channel: fill(1),
      helloNonce: fill(2),
      openNonce: fill(3),
    } as const
    const proof = openProof(fields)
    const signature = await each.signRaw(keys, proof)
    expect(await each.verifyRaw(keys.publicKey, signature, proof)).toBe(true)
    const parts = [utf8('client'), utf8('relay.example:443'), fill(1), fill(2), fill(3)]
    expect(await each.verify(labels.CHANNEL_OPEN, keys.publicKey, signature, ...parts)).toBe(true)
    for (const bad of [
      utf8('hola'),
      new Uint8Array(0),
      concat(uint64(5), utf8('other')),
      uint64(9),
      new Uint8Array(64).fill(255),
    ]) {
      await expect(each.signRaw(keys, bad)).rejects.toThrow()
      await expect(each.verifyRaw(keys.publicKey, signature, bad)).rejects.toThrow()
    }
  })
  it('CR-5: two parties agree, through either backend', async () => {
    await fc.assert(
      fc.asyncProperty(key(), key(), async (a, b) => {
        const [mine, theirs] = [each.boxKeys(a), each.boxKeys(b)]
        const shared = await each.agree(mine.secretKey, theirs.publicKey)
        for (const [, other] of both) expect(await other.agree(theirs.secretKey, mine.publicKey)).toEqual(shared)
      }),
      { numRuns: 10 },
    )
  })
  it('CR-4, CR-5: random keys and signatures never throw', async () => {
    await fc.assert(
      fc.asyncProperty(key(), fc.uint8Array({ minLength: 64, maxLength: 64 }), async (publicKey, signature) => {
        signature[63] = (signature[63] ?? 0) & 0x0f
        expect(await each.verify(LABEL, publicKey, signature)).toBe(false)
        await each.agree(new Uint8Array(32).fill(4), publicKey)
      }),
      { numRuns: 30 },
    )
  })
})

describe('backends', () => {
  it('CR-4: the strict checks are needed: tweetnacl alone accepts a malleable signature and a key of small order', () => {
    for (const name of ['S plus L', 'small-order key, multiple 0']) {
      const vector = ed25519.verdicts.find((one) => one.name === name)
      if (vector === undefined) throw new Error(`no vector ${name}`)
      const message = frame(vector.label, hex(vector.message))
      expect(nacl.sign.detached.verify(message, hex(vector.signature), hex(vector.publicKey))).toBe(true)
    }
  })
  it('CR-4: a platform without Ed25519, or with a wrong one, is not used', async () => {
    const nothing = { importKey: () => Promise.reject(new Error('NotSupportedError')) } as unknown as SubtleCrypto
    const yes = new Proxy(subtle, {
      get: (target, name) =>
        name === 'verify' ? () => Promise.resolve(true) : (Reflect.get(target, name) as () => void).bind(target),
    })
    for (const broken of [nothing, yes]) {
      const each = createCrypto({ subtle: broken, random: seededRandom(3) })
      const keys = each.signKeys()
      const signature = await each.sign(LABEL, keys, utf8('a'))
      expect(await each.verify(LABEL, keys.publicKey, signature, utf8('a'))).toBe(true)
      expect(await each.verify(LABEL, keys.publicKey, signature, utf8('b'))).toBe(false)
      expect(await each.agree(each.boxKeys().secretKey, each.boxKeys().publicKey)).not.toBeNull()
    }
  })
  it('CR-9: keys repeat under the same randomness', () => {
    const [a, b] = [5, 5].map((seed) => createCrypto({ random: seededRandom(seed) }))
    expect(a?.signKeys()).toEqual(b?.signKeys())
    expect(a?.boxKeys()).toEqual(b?.boxKeys())
  })
})

describe('boxes', () => {
  it('CR-6: secretbox opens only with its key, nonce and every bit', () => {
    fc.assert(
      fc.property(
        key(),
        fc.uint8Array({ minLength: 24, maxLength: 24 }),
        bytes(),
        fc.nat(100000),
        (k, nonce, text, at) => {
          const box = crypto.seal(k, nonce, text)
          expect(crypto.open(k, nonce, box)).toEqual(text)
          expect(crypto.open(k, nonce, flipped(box, at))).toBeNull()
          expect(crypto.open(flipped(k, at), nonce, box)).toBeNull()
          expect(crypto.open(k, flipped(nonce, at), box)).toBeNull()
          expect(crypto.open(k, nonce.subarray(1), box)).toBeNull()
          expect(crypto.open(k, nonce, box.subarray(0, 15))).toBeNull()
        },
      ),
    )
  })
  it('CR-6: a sealed box opens only for its recipient, label, context and extra secret', async () => {
    await fc.assert(
      fc.asyncProperty(
        key(),
        bytes(),
        bytes(),
        fc.option(key(), { nil: undefined }),
        fc.nat(100000),
        async (sk, context, text, extra, at) => {
          const keys = crypto.boxKeys(sk)
          const sealed = await crypto.sealTo(keys.publicKey, labels.KNOCK, context, text, extra)
          const open = (...[k, label, c, box, e]: Parameters<typeof crypto.openFrom>) =>
            crypto.openFrom(k, label, c, box, e)
          expect(await open(keys, labels.KNOCK, context, sealed, extra)).toEqual(text)
          expect(await open(crypto.boxKeys(), labels.KNOCK, context, sealed, extra)).toBeNull()
          expect(await open(keys, labels.WELCOME, context, sealed, extra)).toBeNull()
          expect(await open(keys, labels.KNOCK, concat(context, uint64(0)), sealed, extra)).toBeNull()
          expect(await open(keys, labels.KNOCK, context, sealed, extra ? undefined : new Uint8Array(32))).toBeNull()
          expect(await open(keys, labels.KNOCK, context, flipped(sealed, at), extra)).toBeNull()
          expect(await open(keys, labels.KNOCK, context, sealed.subarray(0, at % 72), extra)).toBeNull()
        },
      ),
      { numRuns: 8 },
    )
  })
  it('CR-6: sealing to a low-order key gives a box that nobody opens, and does not throw', async () => {
    for (const bad of [new Uint8Array(32), new Uint8Array(3), new Uint8Array(32).fill(255)]) {
      const sealed = await crypto.sealTo(bad, labels.KNOCK, utf8('c'), utf8('text'))
      expect(sealed.length).toBe(32 + 24 + 16 + 4)
      expect(
        await crypto.openFrom({ publicKey: bad, secretKey: new Uint8Array(32) }, labels.KNOCK, utf8('c'), sealed),
      ).toBeNull()
    }
  })
})

describe('padding', () => {
  it('CR-7: unpad undoes pad, and sees every change of length or filling', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat(100000), (data, at) => {
        const padded = pad(data)
        expect(unpad(padded)).toEqual(data)
        expect(padded.length).toBe(padme(4 + data.length))
        const filling = padded.length - 4 - data.length
        if (filling > 0) {
          const changed = padded.slice()
          changed[4 + data.length + (at % filling)] = 1
          expect(unpad(changed)).toBeNull()
        }
        expect(unpad(padded.subarray(1))).toBeNull()
        expect(unpad(concat(padded, new Uint8Array(1)))).toBeNull()
      }),
    )
  })
  it('CR-7: at most 12 % is added above the floor', () => {
    fc.assert(
      fc.property(fc.integer({ min: 512, max: 2 ** 31 }), (length) => {
        expect(padme(length)).toBeGreaterThanOrEqual(length)
        expect(padme(length)).toBeLessThanOrEqual(length * 1.12)
        expect(padme(padme(length))).toBe(padme(length))
      }),
    )
  })
  it('CR-7: hostile bytes are null, never a throw', () => {
    fc.assert(fc.property(bytes(600), (any) => void unpad(any)))
    expect(unpad(new Uint8Array(512).fill(255))).toBeNull()
  })
})

describe('passphrases', () => {
  it('CR-8: two ways to type one accent stretch alike', async () => {
    const parameters = { salt: new Uint8Array(16), memoryKiB: 64, passes: 1, lanes: 1 }
    expect(await crypto.stretch('canci\u00f3n', parameters)).toEqual(await crypto.stretch('cancio\u0301n', parameters))
    expect(await crypto.stretch('canci\u00f3n', parameters)).not.toEqual(await crypto.stretch('cancion', parameters))
  })
})
