// Relay links: what they say, to whom, and hostile text in their place (CR-20).
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import { unwrap } from '../../../src/base/result.ts'
import {
  encodeRelayLink,
  isForSpace,
  parseLink,
  parseLinkingLink,
  parseRelayLink,
} from '../../../src/identity/index.ts'
import { bytesOf, testCrypto } from '../../support/log.ts'

const crypto = testCrypto('relay-link')
const seed = bytesOf('seed', 32)
const relay = 'https://relevo.example.org:8443#token'
const made = (spaceSeeds = [seed], app?: string) => encodeRelayLink(crypto, { relay, spaceSeeds }, app)

describe('a relay link', () => {
  test('CR-20: names the relay with its token, in a fragment, and is found inside other text', () => {
    const link = made([seed], 'https://app.example.org')
    expect(link).toMatch(/^https:\/\/app\.example\.org\/#telarrelay1\.[A-Za-z0-9_-]+$/)
    expect(unwrap(parseRelayLink(crypto, `mira: ${link}, gracias`))).toMatchObject({ relay })
  })

  test('CR-20: members of the space know it, others do not; two links of one space have no tag in common', () => {
    const link = unwrap(parseRelayLink(crypto, made()))
    expect(isForSpace(crypto, link, seed)).toBe(true)
    expect(isForSpace(crypto, link, bytesOf('other', 32))).toBe(false)
    const again = unwrap(parseRelayLink(crypto, made()))
    expect(again.tags.map(toHex)).not.toEqual(link.tags.map(toHex))
    const both = unwrap(parseRelayLink(crypto, made([bytesOf('other', 32), seed])))
    expect(isForSpace(crypto, both, seed)).toBe(true)
  })

  test('CR-20: a changed character, a newer version and other links are told apart', () => {
    const link = made()
    const at = link.indexOf('.') + 20
    const changed = `${link.slice(0, at)}${link[at] === 'A' ? 'B' : 'A'}${link.slice(at + 1)}`
    expect(parseRelayLink(crypto, changed)).toEqual({ ok: false, error: { type: 'DamagedInvitation' } })
    expect(parseRelayLink(crypto, link.replace('telarrelay1', 'telarrelay2'))).toMatchObject({
      error: { type: 'NewerInvitation' },
    })
    expect(parseRelayLink(crypto, 'https://app.example.org/')).toMatchObject({ error: { type: 'NoInvitation' } })
    expect(parseLink(link)).toMatchObject({ error: { type: 'NoInvitation' } })
    expect(parseLinkingLink(link)).toMatchObject({ error: { type: 'NoInvitation' } })
  })

  test('no text throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.base64String(), (text, code) => {
        parseRelayLink(crypto, text)
        parseRelayLink(crypto, `telarrelay1.${code}`)
      }),
    )
  })
})
