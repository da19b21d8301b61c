// What a terminal is shown: hostile names cannot move its cursor, turn its direction or break a line of JSON.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytes, clean, json, table, time } from '../../../src/cli/format.ts'

const obeyed = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u

describe('text', () => {
  test('names with escapes, line breaks or direction marks lose them and nothing else', () => {
    expect(clean('Ada\u001b[2J\n\u202eíxchel')).toBe('Ada [2J  íxchel')
  })

  test('no text whatever gets an obeyed character through', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !obeyed.test(clean(text))))
  })

  test('columns are aligned by characters, not by code units', () => {
    expect(
      table(
        ['ID', 'ALIAS'],
        [
          ['1', 'Ñandú 🌱'],
          ['22', 'X'],
        ],
      ),
    ).toEqual(['ID  ALIAS', '1   Ñandú 🌱', '22  X'])
    expect(table(['ID'], [])).toEqual([])
  })
})

test('JSON is one line that parses to the same and holds nothing a terminal obeys', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, key) => {
      const text = json({ value, [`k${key}`]: key })
      expect(obeyed.test(text)).toBe(false)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ value, [`k${key}`]: key })))
    }),
  )
})

test('times and sizes', () => {
  expect(time(Date.UTC(2026, 10, 20, 12, 54))).toBe('2026-11-20 12:54Z')
  expect(time(null)).toBe('-')
  expect(time(Number.MAX_VALUE)).toBe('-')
  expect([bytes(0), bytes(1023), bytes(1536), bytes(3 * 1024 * 1024)]).toEqual(['0 B', '1023 B', '1.5 KiB', '3.0 MiB'])
})
