// Words, invitations and links, the strength of a frase secreta.
import { entropyToMnemonic } from '@scure/bip39'
import { wordlist as english } from '@scure/bip39/wordlists/english.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64Url, toHex } from '../../../src/base/bytes.ts'
import { encode, type Encodable } from '../../../src/base/codec.ts'
import { SpaceId } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import { createCrypto } from '../../../src/crypto/index.ts'
import * as identity from '../../../src/identity/index.ts'
import { seededRandom } from '../crypto/support.ts'

const crypto = createCrypto({ random: seededRandom(12) })
const seeds = fc.uint8Array({ minLength: 16, maxLength: 16 })
const language = fc.constantFrom<identity.WordLanguage>('es', 'en')
const bare = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '')

describe('recovery words', () => {
  it('CR-14: come back as the same seed, however they are typed', () => {
    fc.assert(
      fc.property(seeds, language, (seed, lang) => {
        const words = identity.recoveryWords(crypto, seed, lang)
        expect(words.length).toBe(12)
        const typed = [
          words.join(' '),
          `  ${words.join(',\n ')} `,
          words.join(' ').toUpperCase(),
          bare(words.join(' ')),
          words.join(' ').normalize('NFD'),
          words.map((word, i) => `${i + 1}. ${word}`).join('\n'),
        ]
        for (const text of typed)
          expect(unwrap(identity.parseRecoveryWords(crypto, text))).toEqual({ seed, language: lang })
      }),
    )
  })
  it('CR-14: but for the checksum, are the words that BIP-39 gives', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const standard = entropyToMnemonic(seed, english).split(' ')
        expect(identity.recoveryWords(crypto, seed, 'en').slice(0, 11)).toEqual(standard.slice(0, 11))
      }),
    )
  })
  it('CR-14: golden words', () => {
    const seed = Uint8Array.from({ length: 16 }, (_, i) => i * 16 + i)
    expect(identity.recoveryWords(crypto, seed, 'es').slice(0, 11).join(' ')).toMatchInlineSnapshot(
      `"ábaco marco mente mapa favor cubo brillo coger proeza gripe látex"`,
    )
    expect(identity.recoveryWords(crypto, seed, 'en').join(' ')).toMatchInlineSnapshot(
      `"abandon math mimic master filter design carbon crystal rookie group knife zero"`,
    )
  })
  it('CR-14: say which word is not on the list, how many there are, or that they do not belong together', () => {
    const words = identity.recoveryWords(crypto, new Uint8Array(16).fill(7), 'es')
    const parse = (list: readonly string[]) => identity.parseRecoveryWords(crypto, list.join(' '))
    expect(parse(words.with(4, 'Xilófono9'))).toEqual({
      ok: false,
      error: { type: 'UnknownWord', word: 'Xilófono', position: 5 },
    })
    expect(parse(words.slice(1))).toEqual({ ok: false, error: { type: 'WrongCount', count: 11 } })
    expect(parse([])).toEqual({ ok: false, error: { type: 'WrongCount', count: 0 } })
    const verdicts = identity.wordList.es.slice(0, 256).map((word) => parse(words.with(0, word)))
    const wrong = verdicts.filter((one) => !one.ok && one.error.type === 'WrongChecksum').length
    expect(wrong).toBeGreaterThan(220)
  })
  it('CR-14: any text gives a seed or an error', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !identity.parseRecoveryWords(crypto, text).ok))
  })
})

describe('safety words', () => {
  it('CR-15: eight words hold exactly the first 88 bits', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(255), language, (hash, bit, lang) => {
        const words = identity.safetyWords(hash, lang)
        expect(words.length).toBe(8)
        const other = hash.slice()
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(identity.safetyWords(other, lang).join() === words.join()).toBe(bit >= 88)
      }),
    )
    expect(() => identity.safetyWords(new Uint8Array(10), 'es')).toThrow()
  })
})

const link: identity.InvitationLink = {
  seed: new Uint8Array(32).fill(3),
  mode: 'confirm',
  role: 'editor',
  relays: ['wss://relevo.example/', 'http://127.0.0.1:8080'],
  space: SpaceId.must(new Uint8Array(32).fill(4)),
}

describe('invitations', () => {
  it('CR-16: one seed gives separate keys, always the same', () => {
    const seed = identity.newInvitationSeed(crypto)
    const keys = identity.invitationKeys(crypto, seed)
    expect(keys).toEqual(identity.invitationKeys(crypto, seed))
    const all = [keys.sign.seed, keys.channel.seed, keys.box.secretKey, keys.secret, seed].map(toHex)
    expect(new Set(all).size).toBe(5)
    expect(keys.id).toBe(toHex(keys.sign.publicKey))
    expect(() => identity.invitationKeys(crypto, new Uint8Array(31))).toThrow()
  })
  it('CR-17 JO-1: a link is read from an address, a fragment, a code, or a message around it', () => {
    const code = identity.encodeLink(link)
    const address = identity.encodeLink(link, 'https://telar1.example')
    expect(code).toMatch(/^telar1\.[A-Za-z0-9_-]+$/)
    expect(address).toBe(`https://telar1.example/#${code}`)
    expect(identity.encodeLink(link, 'https://red.example/app/#otro')).toBe(`https://red.example/app/#${code}`)
    const texts = [
      code,
      address,
      `#${code}`,
      `\n  ${address} \n`,
      `Te invito: ${address}.\n¡Nos vemos!`,
      `<${address}>`,
      `(${code})`,
    ]
    for (const text of texts) expect(identity.parseLink(text)).toEqual({ ok: true, value: link })
  })
  it('CR-17: every link comes back', () => {
    const any = fc.record({
      seed: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      mode: fc.constantFrom<identity.InvitationMode>('open', 'confirm'),
      role: fc.constantFrom<identity.InvitationRole>('coordinator', 'editor', 'reader'),
      relays: fc.array(fc.webUrl({ validSchemes: ['wss', 'https'] }).filter(identity.isRelayAddress), { maxLength: 8 }),
      space: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => SpaceId.must(bytes)),
    })
    fc.assert(
      fc.property(any, (one) => {
        expect(identity.parseLink(identity.encodeLink(one))).toEqual({ ok: true, value: one })
      }),
    )
  })
  it('CR-17: relays that no reader would accept are left out when a link is made', () => {
    const relays = [
      'javascript:alert(1)',
      'wss://ok.example',
      `wss://${'a'.repeat(300)}.example`,
      ...Array<string>(9).fill('wss://b.example'),
    ]
    const read = unwrap(identity.parseLink(identity.encodeLink({ ...link, relays })))
    expect(read.relays).toEqual(['wss://ok.example', ...Array<string>(7).fill('wss://b.example')])
  })
  it('CR-17: hostile links are refused with a reason', () => {
    const good = {
      mode: 'open',
      role: 'reader',
      relays: ['wss://a.example'],
      seed: new Uint8Array(32),
      space: new Uint8Array(32),
    }
    const made = (fields: Encodable) => `telar1.${toBase64Url(encode(fields))}`
    expect(identity.parseLink(made(good)).ok).toBe(true)
    const bad: Encodable[] = [
      null,
      [],
      'texto de relleno para llegar',
      { ...good, mode: 'abierta' },
      { ...good, role: 'admin' },
      { ...good, seed: new Uint8Array(31) },
      { ...good, space: 'x' },
      { ...good, extra: 1 },
      { ...good, relays: 'wss://a.example' },
      { ...good, relays: ['ftp://a.example'] },
      { ...good, relays: ['javascript:alert(1)'] },
      { ...good, relays: ['wss://a.example/ '] },
      { ...good, relays: [`wss://a.example/${'a'.repeat(256)}`] },
      { ...good, relays: Array<string>(9).fill('wss://a.example') },
      { ...good, relays: [5] },
    ]
    for (const fields of bad.slice(2)) {
      expect(identity.parseLink(made(fields))).toEqual({ ok: false, error: { type: 'DamagedInvitation' } })
    }
    for (const fields of bad) expect(identity.parseLink(made(fields)).ok).toBe(false)
    const code = identity.encodeLink(link)
    expect(identity.parseLink(code.slice(0, -3))).toEqual({ ok: false, error: { type: 'DamagedInvitation' } })
    expect(identity.parseLink(code.replace('telar1', 'telar2'))).toEqual({
      ok: false,
      error: { type: 'NewerInvitation' },
    })
    for (const text of ['', 'hola', 'https://red.example/']) {
      expect(identity.parseLink(text)).toEqual({ ok: false, error: { type: 'NoInvitation' } })
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => !identity.parseLink(`telar1.${toBase64Url(bytes)}`).ok),
    )
    expect(identity.parseLink('telar1.'.repeat(20_000) + 'A'.repeat(100_000)).ok).toBe(false)
  })
})

describe('strength of a frase secreta', () => {
  const estimate = identity.estimatePassphrase
  it.each([
    ['', 'Empty'],
    ['   ', 'Empty'],
    ['contraseña', 'Common'],
    ['Contraseña2024!!', 'Common'],
    ['p@ssw0rd', 'Common'],
    ['Padre nuestro que estás en el cielo', 'Common'],
    ['correct horse battery staple', 'Common'],
    ['aaaaaaaaaaaaaaaaaaaa', 'Repeated'],
    ['jajajajajajajajaja', 'Repeated'],
    ['perrunos perrunos perrunos perrunos', 'Repeated'],
    ['12345678901234567890', 'Repeated'],
    ['98765432109876543', 'Sequence'],
    ['11112222333344445555', 'Guessable'],
    ['qwertyuiop', 'Sequence'],
    ['xK9#q', 'TooShort'],
    ['tejedora', 'TooShort'],
  ])('CR-18: %j is not enough: %s', (passphrase, reason) => {
    const found = estimate(passphrase)
    expect(found.acceptable).toBe(false)
    expect(found.reason).toBe(reason)
    expect(found.score).toBeLessThan(3)
  })
  it.each(['trenza volcán maíz barro', 'kV7#mq2!xTz9pLw', 'la abuela teje nubes con hilo de agua'])(
    'CR-18: %j is enough',
    (passphrase) => {
      expect(estimate(passphrase)).toMatchObject({ acceptable: true, reason: 'Strong' })
    },
  )
  it('CR-18: suggested phrases are strong, typed without accents, and repeat under the same randomness', () => {
    fc.assert(
      fc.property(fc.nat(10_000), language, (seed, lang) => {
        const phrase = identity.generateFrase(seededRandom(seed), lang)
        expect(phrase).toBe(identity.generateFrase(seededRandom(seed), lang))
        expect(phrase).toMatch(/^[a-z]+( [a-z]+){5}$/)
        expect(estimate(phrase).score).toBe(4)
      }),
      { numRuns: 50 },
    )
  })
  it('CR-18: any text gets an estimate, soon', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const { guessesLog10, score } = estimate(text)
        expect(guessesLog10).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(4)
      }),
    )
    expect(estimate('ab'.repeat(1_000_000)).score).toBeLessThan(3)
  })
})
