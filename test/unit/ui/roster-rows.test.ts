// Finding people in a roster: without accents or case, by every word, sorted as the language does, and fast for 3,000.
import { describe, expect, test } from 'vitest'
import {
  consentOf,
  findRows,
  NO_FILTERS,
  orderOf,
  passes,
  Rows,
  type PersonRow,
} from '../../../src/ui/document/types/roster.ts'

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

  test('filters by what is noted, and by where consent stands today', () => {
    const [given, due, none, withdrawn] = rowsOf([
      {
        alias: 'a',
        territory: 'Caribe',
        roles: [{ role: 'integrante' }, { role: 'comision' }],
        consent: { scope: 'circulo', reviewOn: '2026-12' },
      },
      { alias: 'b', organizations: ['o1'], consent: { givenOn: '2024', reviewOn: '2026-10-31' } },
      { alias: 'c', memberStatus: 'activa' },
      { alias: 'd', consent: { scope: 'circulo', withdrawnOn: '2025' } },
    ]) as [PersonRow, PersonRow, PersonRow, PersonRow]
    const today = '2026-11-20'
    expect([given, due, none, withdrawn].map((row) => consentOf(row, today))).toEqual([
      'given',
      'due',
      'none',
      'withdrawn',
    ])
    expect(passes(given, { ...NO_FILTERS, territory: 'Caribe', role: 'comision', consent: 'given' }, today)).toBe(true)
    expect(passes(given, { ...NO_FILTERS, organization: 'o1' }, today)).toBe(false)
    expect(passes(due, { ...NO_FILTERS, organization: 'o1', consent: 'due' }, today)).toBe(true)
    expect(passes(none, { ...NO_FILTERS, status: 'en_pausa' }, today)).toBe(false)
  })

  test('sorts downwards too, those alike by alias', () => {
    const rows = rowsOf([{ alias: 'b' }, { alias: 'a' }, { alias: 'c', territory: 'Valle' }])
    expect(orderOf(rows, 'place', 'es', true)).toEqual([2, 1, 0])
  })

  test('what is not a person is an empty row, not an error', () => {
    expect(rowsOf([[], new Date(0)]).map((row) => row.alias)).toEqual(['', ''])
  })
})
