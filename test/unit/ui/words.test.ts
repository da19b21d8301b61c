// The dictionaries: every language says everything, with the same arguments, in its own plurals; and the Spanish keeps to
// infinitives without tú, usted or exclamation marks.
import { describe, expect, it } from 'vitest'
import { carriersEn } from '../../../src/ui/i18n/carriers.en.ts'
import { carriersEs } from '../../../src/ui/i18n/carriers.es.ts'
import { plurals, translator, type Words } from '../../../src/ui/i18n/core.ts'
import { en } from '../../../src/ui/i18n/en.ts'
import { es } from '../../../src/ui/i18n/es.ts'
import { peopleEn } from '../../../src/ui/i18n/people.en.ts'
import { peopleEs } from '../../../src/ui/i18n/people.es.ts'
import { waysEn } from '../../../src/ui/i18n/ways.en.ts'
import { waysEs } from '../../../src/ui/i18n/ways.es.ts'

const spanish: Record<string, unknown> = { ...es, ...peopleEs, ...waysEs, ...carriersEs }
const english: Record<string, unknown> = { ...en, ...peopleEn, ...waysEn, ...carriersEn }

function said(word: unknown): string {
  if (typeof word !== 'function') return String(word)
  const list = ['Ceiba', 'Mirto']
  for (const args of [[3, 4], ['Ceiba'], [list]]) {
    try {
      return String((word as (...given: unknown[]) => unknown)(...args))
    } catch {
      // of another shape
    }
  }
  throw new Error('a word that takes other arguments')
}

describe('dictionaries', () => {
  it('English has every word of the Spanish, and no other', () => {
    expect(Object.keys(english).sort()).toEqual(Object.keys(spanish).sort())
  })

  it('no word stands in two dictionaries', () => {
    const keys = [es, peopleEs, waysEs, carriersEs].flatMap((words) => Object.keys(words))
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([])
  })

  it('each word is a text or a function in both languages alike', () => {
    for (const key of Object.keys(spanish)) expect([key, typeof english[key]]).toEqual([key, typeof spanish[key]])
  })

  it('no word is empty, and functions show what they are given', () => {
    for (const words of [spanish, english]) {
      for (const [key, word] of Object.entries(words)) expect(said(word).length, key).toBeGreaterThan(0)
    }
  })

  it('the Spanish has no tú, usted, exclamation or gendered signs', () => {
    for (const [key, word] of Object.entries(spanish)) {
      expect(said(word), key).not.toMatch(
        /\b(?:tú|usted|ustedes|tus?|haz|tienes|puedes)\b|[¡!]|\w@(?!\w+\.)|[oa]\/[oa]\b|usuari/iu,
      )
    }
  })
})

describe('plurals', () => {
  it('chooses by the rules of the language', () => {
    const p = plurals('es')
    const forms = { one: '# persona', other: '# personas' }
    expect([0, 1, 2, 11].map((n) => p(n, forms))).toEqual(['0 personas', '1 persona', '2 personas', '11 personas'])
    expect([1, 2].map((n) => es.devices(n))).toEqual(['1 aparato', '2 aparatos'])
    expect([0, 1, 2].map((n) => en.people(n))).toEqual(['0 people', '1 person', '2 people'])
  })

  it('writes numbers with the digits of the language', () => {
    expect(plurals('en')(12_000, { other: '#' })).toBe('12,000')
  })

  it('falls back to `other`', () => {
    expect(plurals('es')(1, { other: '# cosas' })).toBe('1 cosas')
  })
})

describe('translator', () => {
  it('follows the language at each call', () => {
    const spanishWords = { hello: 'hola', n: (n: number) => `${n} hilos` }
    const englishWords: Words<typeof spanishWords> = { hello: 'hello', n: (n) => `${n} threads` }
    let language: 'es' | 'en' = 'es'
    const t = translator<typeof spanishWords>({ es: spanishWords, en: englishWords }, () => language)
    expect([t('hello'), t('n', 2)]).toEqual(['hola', '2 hilos'])
    language = 'en'
    expect([t('hello'), t('n', 2)]).toEqual(['hello', '2 threads'])
  })
})
