// Finding people in a roster: without accents or case, by every word, sorted as the language does, and fast for 3,000.
import { describe, expect, test } from 'vitest'
import { findRows, Rows } from '../../../src/ui/document/types/roster.ts'

const rowsOf = (people: readonly object[]) => {
  const maker = new Rows(new Map([['o1', 'Radio Comunitaria Voz de Niebla (ficticia)']]), 'es', 'compartido')
  return people.map((person) => maker.of(person))
}

describe('roster rows', () => {
  const people = [
    { alias: 'Colibrí', territory: 'Caribe', organizations: ['o1'] },
    { alias: 'Ámbar', territory: 'Valle', channels: [{ kind: 'signal', safeHours: '8-17', sharedPhone: true }] },
    { alias: 'Zacate', territory: 'Caribe', memberStatus: 'en_pausa' },
  ]

  test('finds without accents or case, by every word, also in organizations', () => {
    const rows = rowsOf(people)
    expect(findRows(rows, 'colibri', 'alias', 'es')).toEqual([0])
    expect(findRows(rows, 'CARIBE pausa', 'alias', 'es')).toEqual([2])
    expect(findRows(rows, 'niebla', 'alias', 'es')).toEqual([0])
    expect(findRows(rows, 'nadie', 'alias', 'es')).toEqual([])
  })

  test('sorts as the language does, accents beside their letters', () => {
    expect(findRows(rowsOf(people), '', 'alias', 'es')).toEqual([1, 0, 2])
  })

  test('says channel, hours and that the phone is shared, never the number', () => {
    expect(rowsOf(people)[1]?.channel).toBe('Signal · 8-17 · compartido')
  })

  test('what is not a person is an empty row, not an error', () => {
    expect(rowsOf([[], new Date(0)]).map((row) => row.alias)).toEqual(['', ''])
  })
})
