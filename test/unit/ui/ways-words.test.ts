// The words of the ways in: the same keys and shapes in both languages, none of them taken by another dictionary, and the Spanish
// in infinitives, without tú, usted or alarm.
import { describe, expect, it } from 'vitest'
import { en } from '../../../src/ui/i18n/en.ts'
import { es } from '../../../src/ui/i18n/es.ts'
import { peopleEs } from '../../../src/ui/i18n/people.es.ts'
import { waysEn } from '../../../src/ui/i18n/ways.en.ts'
import { waysEs } from '../../../src/ui/i18n/ways.es.ts'

const spanish: Record<string, unknown> = waysEs
const english: Record<string, unknown> = waysEn

/** Functions take names, numbers, or both. */
function said(word: unknown): string[] {
  if (typeof word !== 'function') return [String(word)]
  const run = word as (...given: unknown[]) => unknown
  return [
    [1, 4, 5],
    [3, 4, 5],
    ['Ceiba', 2, 4],
    ['Ceiba', 'Red', 4],
  ].map((args) => String(run(...args)))
}

describe('the words of the ways in', () => {
  it('are the same in both languages, with the same shapes', () => {
    expect(Object.keys(english).sort()).toEqual(Object.keys(spanish).sort())
    for (const key of Object.keys(spanish)) expect([key, typeof english[key]]).toEqual([key, typeof spanish[key]])
  })

  it('take no key of another dictionary', () => {
    const others = new Set([...Object.keys(es), ...Object.keys(en), ...Object.keys(peopleEs)])
    expect(Object.keys(spanish).filter((key) => others.has(key))).toEqual([])
  })

  it('say something, and never undefined', () => {
    for (const words of [spanish, english])
      for (const [key, word] of Object.entries(words))
        for (const text of said(word))
          expect([key, text.length > 0, text.includes('undefined')]).toEqual([key, true, false])
  })

  it('the Spanish keeps to infinitives and to calm', () => {
    for (const [key, word] of Object.entries(spanish))
      for (const text of said(word))
        expect(text, key).not.toMatch(/\b(?:tú|usted|ustedes|tus?|haz|tienes|puedes)\b|[¡!]|\w@|[oa]\/[oa]\b|usuari/iu)
  })
})
