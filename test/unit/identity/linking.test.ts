// Links for a device of one's own: what is written is read, whatever else is refused with a reason, and none is taken for an
// invitation (rule CR-19). And the vault under the kit of another device (CR-11).
import { describe, expect, test } from 'vitest'
import { fromBase64Url, toBase64Url } from '../../../src/base/bytes.ts'
import { decode, encode, type Encodable } from '../../../src/base/codec.ts'
import { DeviceId, MemberId, OperationId, SpaceId } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import { createCrypto } from '../../../src/crypto/index.ts'
import { systemRandom } from '../../../src/engine/node.ts'
import {
  createVault,
  type DeviceLink,
  encodeLink,
  encodeLinkingLink,
  linkingKeys,
  newRecoverySeed,
  openWithPassphrase,
  openWithRecovery,
  parseLink,
  parseLinkingLink,
  type ReturnLink,
  rewrapRecovery,
  spacesOf,
} from '../../../src/identity/index.ts'

const crypto = createCrypto({ subtle: undefined, random: systemRandom })
const bytes = (length: number) => systemRandom.bytes(length)
const relays = ['https://relay.example', 'wss://other.example:8443']

const deviceLink = (count: number): DeviceLink => ({
  kind: 'device',
  seed: bytes(32),
  relays,
  spaces: Array.from({ length: count }, () => ({ space: SpaceId.must(bytes(32)), member: MemberId.must(bytes(16)) })),
})

const returnLink = (): ReturnLink => ({
  kind: 'return',
  seed: bytes(32),
  relays,
  space: SpaceId.must(bytes(32)),
  member: MemberId.must(bytes(16)),
  first: DeviceId.must(bytes(32)),
  recovery: DeviceId.must(bytes(32)),
  heads: [OperationId.must(bytes(32)), OperationId.must(bytes(32))].sort(),
  seq: 3,
  prev: OperationId.must(bytes(32)),
})

/** The code of a link with some fields changed. */
function changed(link: DeviceLink | ReturnLink, change: Record<string, Encodable>): string {
  const code = encodeLinkingLink(link).slice('telarlink1.'.length)
  const value = unwrap(decode(fromBase64Url(code) ?? bytes(0))) as Record<string, Encodable>
  return `telarlink1.${toBase64Url(encode({ ...value, ...change }))}`
}

describe('a link for a device of one’s own', () => {
  test('CR-19: what is written is read, behind an address and among other text', () => {
    for (const link of [deviceLink(1), deviceLink(16), returnLink(), { ...returnLink(), seq: 0, prev: null }]) {
      expect(unwrap(parseLinkingLink(encodeLinkingLink(link)))).toEqual(link)
      const text = encodeLinkingLink(link, 'https://telar.example/app#old')
      expect(text.startsWith('https://telar.example/app#telarlink1.')).toBe(true)
      expect(unwrap(parseLinkingLink(`Aquí está: ${text} gracias`))).toEqual(link)
    }
    expect(spacesOf(deviceLink(3)).length).toBe(3)
  })

  test('CR-19: ten spaces still fit one QR code', () => {
    // Version 40 with the least correction holds 2,953 bytes; this needs version 25 or so.
    expect(encodeLinkingLink(deviceLink(10), 'https://telar.example/').length).toBeLessThan(1_200)
    const full = { ...returnLink(), heads: Array.from({ length: 16 }, () => OperationId.must(bytes(32))).sort() }
    expect(encodeLinkingLink(full, 'https://telar.example/').length).toBeLessThan(1_500)
    expect(unwrap(parseLinkingLink(encodeLinkingLink(full)))).toEqual(full)
  })

  test('CR-19: never taken for an invitation, nor the other way round', () => {
    const space = SpaceId.must(bytes(32))
    const invitation = encodeLink({ seed: bytes(32), mode: 'open', role: 'editor', relays, space })
    expect(parseLinkingLink(invitation)).toMatchObject({ ok: false, error: { type: 'NoInvitation' } })
    expect(parseLink(encodeLinkingLink(deviceLink(2)))).toMatchObject({ ok: false, error: { type: 'NoInvitation' } })
    expect(parseLink(encodeLinkingLink(returnLink()))).toMatchObject({ ok: false, error: { type: 'NoInvitation' } })
  })

  test('CR-19: anything else is refused', () => {
    const device = deviceLink(2)
    const [first] = device.spaces
    if (first === undefined) throw new Error('no space')
    const twice = { ...device, spaces: [first, first] }
    const wrong = [
      encodeLinkingLink({ ...device, spaces: [] }),
      encodeLinkingLink(twice),
      encodeLinkingLink({ ...device, spaces: deviceLink(17).spaces }),
      encodeLinkingLink({ ...device, relays: ['javascript:alert(1)'] }),
      changed(device, { kind: 'other' }),
      changed(device, { more: 1 }),
      changed(device, { seed: bytes(31) }),
      changed(device, { spaces: [[bytes(32)]] }),
      changed(device, { spaces: [[bytes(16), bytes(32)]] }),
      changed(returnLink(), { seq: -1 }),
      changed(returnLink(), { seq: 1.5 }),
      changed(returnLink(), { seq: 0 }),
      changed(returnLink(), { prev: null }),
      changed(returnLink(), { prev: bytes(31) }),
      changed(returnLink(), { heads: [] }),
      changed(returnLink(), { heads: [bytes(31)] }),
      changed(returnLink(), { heads: Array.from({ length: 17 }, () => bytes(32)) }),
      encodeLinkingLink({ ...returnLink(), heads: returnLink().heads.concat(returnLink().heads).sort().reverse() }),
      `telarlink1.${'A'.repeat(7_000)}`,
      encodeLinkingLink(device).slice(0, -3),
    ]
    for (const text of wrong)
      expect(parseLinkingLink(text), text).toMatchObject({ ok: false, error: { type: 'DamagedInvitation' } })
    const newer = parseLinkingLink(`telarlink2.${'A'.repeat(40)}`)
    expect(newer).toMatchObject({ ok: false, error: { type: 'NewerInvitation' } })
    expect(parseLinkingLink('')).toMatchObject({ ok: false, error: { type: 'NoInvitation' } })
  })

  test('CR-19: its keys come from all that it says', () => {
    const link = returnLink()
    const id = linkingKeys(crypto, link).id
    expect(linkingKeys(crypto, unwrap(parseLinkingLink(encodeLinkingLink(link)))).id).toBe(id)
    const others: ReturnLink[] = [
      { ...link, relays: [] },
      { ...link, first: DeviceId.must(bytes(32)) },
      { ...link, recovery: DeviceId.must(bytes(32)) },
      { ...link, seq: 4 },
      { ...link, seed: bytes(32) },
    ]
    for (const other of others) expect(linkingKeys(crypto, other).id).not.toBe(id)
  })
})

describe('the vault under another kit', () => {
  test('CR-11: the new kit opens it, the old one does not, the frase secreta stays', async () => {
    const [mine, hers] = [newRecoverySeed(crypto), newRecoverySeed(crypto)]
    const cheap = { memoryKiB: 8 * 1024, passes: 1, lanes: 1 }
    const { record, vaultKey } = await createVault(crypto, 'cinco jacarandas junto al arroyo', mine, cheap)
    const moved = rewrapRecovery(crypto, record, vaultKey, hers)
    expect(openWithRecovery(crypto, moved, hers)).toEqual({ ok: true, value: vaultKey })
    expect(openWithRecovery(crypto, moved, mine)).toEqual({ ok: false, error: { type: 'WrongRecoverySeed' } })
    expect(await openWithPassphrase(crypto, moved, 'cinco jacarandas junto al arroyo')).toEqual({
      ok: true,
      value: vaultKey,
    })
  })
})
