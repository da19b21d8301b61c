// Who may open a channel: only the holder of its key, on this connection, at this relay. Rules CH-3 and CH-4.
import { generateKeyPairSync, sign } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Bytes, concat, fromHex, toHex } from '../../src/base/bytes.ts'
import { isStrictPoint, verifyStrict } from '../../sync-server/signature.ts'
import { bytes, channelKey, RelayClient } from '../support/relay-client.ts'
import { setup } from '../support/relay-fixture.ts'

const hex = (text: string): Bytes => {
  const out = fromHex(text)
  if (out === null) throw new Error('not hex')
  return out
}

/** RFC 8032, section 7.1, tests 1 to 3. */
const PUBLISHED = [
  {
    key: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    key: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
]

/** The group order, little endian. */
const ORDER = hex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010')

function plusOrder(scalar: Bytes): Bytes {
  const out = new Uint8Array(32)
  let carry = 0
  for (let i = 0; i < 32; i++) {
    const sum = (scalar[i] ?? 0) + (ORDER[i] ?? 0) + carry
    out[i] = sum & 255
    carry = sum >> 8
  }
  return out
}

test('CH-3 published signatures verify, and no flipped byte does', () => {
  for (const { key, message, signature } of PUBLISHED) {
    expect(verifyStrict(hex(key), hex(message), hex(signature))).toBe(true)
    for (let i = 0; i < 64; i++) {
      const flipped = hex(signature)
      flipped[i] = (flipped[i] ?? 0) ^ 1
      expect(verifyStrict(hex(key), hex(message), flipped)).toBe(false)
    }
  }
})

test('CH-3 a malleable signature (S + L) is refused', () => {
  for (const { key, message, signature } of PUBLISHED) {
    const whole = hex(signature)
    const malleable = concat(whole.subarray(0, 32), plusOrder(whole.subarray(32)))
    expect(verifyStrict(hex(key), hex(message), malleable)).toBe(false)
  }
})

/** All encodings of the points of small order, the ones that are not canonical included. */
const SMALL_ORDER = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
]

test('CH-3 keys and commitments of small order or in another form are refused', () => {
  const zero = new Uint8Array(32)
  const message = bytes(20)
  for (const point of SMALL_ORDER) {
    expect(isStrictPoint(hex(point)), point).toBe(false)
    // With A of small order, R = A and S = 0 is accepted by lenient libraries for many messages.
    expect(verifyStrict(hex(point), message, concat(hex(point), zero))).toBe(false)
    for (const { key, message: published, signature } of PUBLISHED) {
      const changed = concat(hex(point), hex(signature).subarray(32))
      expect(verifyStrict(hex(key), hex(published), changed)).toBe(false)
    }
  }
})

test('CH-3 lengths other than 32 and 64, and bytes that are no point, give false and never throw', () => {
  for (const length of [0, 1, 31, 33, 64]) {
    expect(verifyStrict(bytes(length), bytes(3), bytes(64))).toBe(false)
    expect(verifyStrict(hex(PUBLISHED[0]?.key ?? ''), bytes(3), bytes(length))).toBe(false)
  }
  for (let i = 0; i < 50; i++) expect(verifyStrict(bytes(32), bytes(3), bytes(64))).toBe(false)
})

test('CH-3 only the holder of the key opens, in the role of a client', async () => {
  const { client } = await setup()
  const ana = await client()
  const key = channelKey()
  const stranger = { id: key.id, secret: generateKeyPairSync('ed25519').privateKey }
  expect(await ana.open(stranger)).toMatchObject({ t: 'error', code: 'bad-proof' })
  expect(await ana.open(key, { role: 'peer-a' })).toMatchObject({ t: 'error', code: 'bad-proof' })
  expect(await ana.open(key)).toMatchObject({ t: 'opened' })
})

test('CH-3 a proof of another connection is refused', async () => {
  const { client } = await setup()
  const [ana, eva] = [await client(), await client()]
  const key = channelKey()
  const proof = ana.proof(key)
  ana.say(proof)
  await ana.next('opened')
  eva.say(proof)
  expect(await eva.next('opened', 'error')).toMatchObject({ t: 'error', code: 'bad-proof' })
})

test('CH-4 a proof that another relay forwards is refused, whatever Host it writes', async () => {
  const { relay } = await setup()
  const key = channelKey()
  const elsewhere = 'other-relay.example:443'
  for (const host of ['other-relay.example', 'other-relay.example:443', 'OTHER-relay.example']) {
    const middle = await RelayClient.connect(relay.address, toHex(bytes(8)), { Host: host })
    // The victim dialled the relay in the middle, which passes on our hello and her proof.
    const answer = await middle.open(key, { origin: elsewhere })
    expect(answer).toMatchObject({ t: 'error', code: 'wrong-origin' })
    await middle.end()
  }
})

test('CH-4 the operator names the public origins; case does not matter', async () => {
  const { client } = await setup({ origins: ['Relay.Example:443'] })
  const ana = await client()
  expect(await ana.open(channelKey(), { origin: 'relay.example:443' })).toMatchObject({ t: 'opened' })
  expect(await ana.open(channelKey(), { origin: 'relay.example:8443' })).toMatchObject({
    t: 'error',
    code: 'bad-proof',
  })
  expect(await ana.open(channelKey(), { origin: `localhost:${new URL(ana.address).port}` })).toMatchObject({
    t: 'opened',
  })
})

test('CH-5 a signature made by hand over the written fields opens', async () => {
  // Golden layout, independent of src/wire/proof.ts: 8-byte big-endian lengths before each field.
  const { client } = await setup()
  const ana = await client()
  const key = channelKey()
  const nonce = bytes(32)
  const field = (data: Uint8Array | string) => {
    const body = Buffer.from(data)
    const head = Buffer.alloc(8)
    head.writeBigUInt64BE(BigInt(body.length))
    return Buffer.concat([head, body])
  }
  const origin = new URL(ana.address).host
  const text = Buffer.concat(['telar/1/channel-open', 'client', origin, key.id, ana.helloNonce, nonce].map(field))
  ana.say({ t: 'open', ch: key.id, nonce, sig: new Uint8Array(sign(null, text, key.secret)) })
  expect(await ana.next('opened', 'error')).toMatchObject({ t: 'opened' })
})
