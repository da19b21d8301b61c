// Device keys, the vault, and sealed values: round trips, wrong secrets, damage, hostile records.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { encode } from '../../../src/base/codec.ts'
import { DeviceId } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import { createCrypto } from '../../../src/crypto/index.ts'
import * as identity from '../../../src/identity/index.ts'
import { seededRandom } from '../crypto/support.ts'

const crypto = createCrypto({ random: seededRandom(11) })
const small = { memoryKiB: 64, passes: 1, lanes: 1 }
const seed = identity.newRecoverySeed(crypto)
const made = identity.createVault(crypto, 'trenza sol maíz barro', seed, small)

describe('device keys', () => {
  it('CR-10: survive storage, and name the device by its signing key', () => {
    const keys = identity.newDeviceKeys(crypto)
    expect(unwrap(identity.decodeDeviceKeys(crypto, identity.encodeDeviceKeys(keys)))).toEqual(keys)
    expect(identity.deviceId(keys)).toBe(toHex(keys.sign.publicKey))
    expect(identity.devicePublic(keys).length).toBe(64)
  })
  it('CR-10: damaged bytes are an error', () => {
    const damaged = [
      new Uint8Array(0),
      utf8('x'),
      encode(null),
      encode({ v: 1, sign: new Uint8Array(31), box: new Uint8Array(32) }),
    ]
    for (const bytes of damaged) expect(identity.decodeDeviceKeys(crypto, bytes).ok).toBe(false)
    fc.assert(fc.property(fc.uint8Array(), (bytes) => !identity.decodeDeviceKeys(crypto, bytes).ok))
  })
})

describe('vault', () => {
  it('CR-11: opens by the frase secreta and by the recovery seed, after storage', async () => {
    const { record, vaultKey } = await made
    const stored = unwrap(identity.decodeVault(crypto, identity.encodeVault(record)))
    expect(stored).toEqual(record)
    expect(await identity.openWithPassphrase(crypto, stored, 'trenza sol maíz barro')).toEqual({
      ok: true,
      value: vaultKey,
    })
    expect(await identity.openWithPassphrase(crypto, stored, '  trenza sol\u00a0 mai\u0301z barro ')).toEqual({
      ok: true,
      value: vaultKey,
    })
    expect(identity.openWithRecovery(crypto, stored, seed)).toEqual({ ok: true, value: vaultKey })
  })
  it('CR-11: tells a wrong secret from damage', async () => {
    const { record } = await made
    for (const wrong of ['otra', '', 'Trenza sol maíz barro']) {
      expect(await identity.openWithPassphrase(crypto, record, wrong)).toEqual({
        ok: false,
        error: { type: 'WrongPassphrase' },
      })
    }
    const wrongSeed = { ok: false, error: { type: 'WrongRecoverySeed' } }
    expect(identity.openWithRecovery(crypto, record, identity.newRecoverySeed(crypto))).toEqual(wrongSeed)
    expect(identity.openWithRecovery(crypto, record, new Uint8Array(3))).toEqual(wrongSeed)
    const bytes = identity.encodeVault(record)
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice()
      damaged[at] = (damaged[at] ?? 0) ^ 1
      expect(identity.decodeVault(crypto, damaged)).toEqual({ ok: false, error: { type: 'DamagedVault' } })
    }
    const cut = { ...record, wrappedByPassphrase: record.wrappedByPassphrase.map((byte) => byte ^ 1) }
    expect(await identity.openWithPassphrase(crypto, cut, 'x')).toEqual({ ok: false, error: { type: 'DamagedVault' } })
  })
  it('CR-12: a hostile record cannot ask for a costly Argon2id', async () => {
    const { record } = await made
    const costs = [
      { memoryKiB: 100_000_000, passes: 1, lanes: 1 },
      { memoryKiB: 64, passes: 1e9, lanes: 1 },
      { memoryKiB: 262_144, passes: 64, lanes: 1 },
      { memoryKiB: 64, passes: 1, lanes: 255 },
      { memoryKiB: Number.NaN, passes: 1, lanes: 1 },
      { memoryKiB: 64.5, passes: 1, lanes: 1 },
      { memoryKiB: 0, passes: 0, lanes: 0 },
    ]
    for (const argon2 of costs) {
      const opened = await identity.openWithPassphrase(crypto, { ...record, argon2 }, 'x')
      expect(opened).toEqual({ ok: false, error: { type: 'DamagedVault' } })
      await expect(identity.createVault(crypto, 'x', seed, argon2)).rejects.toThrow()
    }
    fc.assert(fc.property(fc.uint8Array(), (bytes) => !identity.decodeVault(crypto, bytes).ok))
  })
  it('CR-12: a new frase secreta replaces the old, keeps key and kit, and never takes the old cost', async () => {
    const { record, vaultKey } = await made
    const cost = { memoryKiB: 128, passes: 2, lanes: 1 }
    const changed = await identity.rewrap(crypto, record, vaultKey, 'nueva', cost)
    expect(changed.argon2).toEqual(cost)
    expect(changed.salt).not.toEqual(record.salt)
    expect(await identity.openWithPassphrase(crypto, changed, 'nueva')).toEqual({ ok: true, value: vaultKey })
    expect((await identity.openWithPassphrase(crypto, changed, 'trenza sol maíz barro')).ok).toBe(false)
    expect(identity.openWithRecovery(crypto, changed, seed)).toEqual({ ok: true, value: vaultKey })
  })
  it('CR-9: repeats under the same randomness', async () => {
    const make = () => identity.createVault(createCrypto({ random: seededRandom(4) }), 'una', seed, small)
    expect(await make()).toEqual(await make())
  })
})

describe('recovery kit', () => {
  it('CR-12: gives unlinked keys per device and per use', () => {
    const [a, b] = [1, 2].map((n) => DeviceId.must(new Uint8Array(32).fill(n)))
    if (a === undefined || b === undefined) throw new Error('no devices')
    const keys = [
      identity.recoverySignKeys(crypto, seed, a).seed,
      identity.recoverySignKeys(crypto, seed, b).seed,
      identity.recoveryVaultKey(crypto, seed),
      identity.backupKey(crypto, seed),
    ]
    expect(new Set(keys.map(toHex)).size).toBe(4)
    expect(identity.recoverySignKeys(crypto, seed, a)).toEqual(identity.recoverySignKeys(crypto, seed, a))
    expect(() => identity.backupKey(crypto, new Uint8Array(15))).toThrow()
  })
})

describe('sealed values', () => {
  const values = identity.sealedValues(crypto, new Uint8Array(32).fill(1))
  const others = identity.sealedValues(crypto, new Uint8Array(32).fill(2))
  it('CR-13: open only under their name and key', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.uint8Array(), fc.nat(10_000), (name, other, plaintext, at) => {
        const sealed = values.sealValue(name, plaintext)
        expect(values.openValue(name, sealed)).toEqual({ ok: true, value: plaintext })
        if (other !== name && toHex(utf8(other)) !== toHex(utf8(name)))
          expect(values.openValue(other, sealed).ok).toBe(false)
        expect(others.openValue(name, sealed).ok).toBe(false)
        const changed = sealed.slice()
        changed[at % sealed.length] = (changed[at % sealed.length] ?? 0) ^ 1
        expect(values.openValue(name, changed).ok).toBe(false)
        expect(values.openValue(name, sealed.subarray(0, at % sealed.length)).ok).toBe(false)
      }),
    )
  })
  it('CR-13: names hide their paths, repeat, and never collide by joining', () => {
    expect(values.storageName('entries', 'ab')).toMatch(/^[0-9a-f]{64}$/)
    expect(values.storageName('entries', 'ab')).toBe(values.storageName('entries', 'ab'))
    const all = [
      values.storageName('a', 'b'),
      values.storageName('ab'),
      values.storageName('ab', ''),
      others.storageName('ab'),
    ]
    expect(new Set(all).size).toBe(4)
  })
})
