// The columns of a roster's file have different names in each language, and every one of them is found again by its name.
import { expect, test } from 'vitest'
import { rosterColumns } from '../../../src/documents/membership-roster/columns.ts'
import { matchColumns } from '../../../src/documents/membership-roster/csv-import.ts'
import { columnLabel, columnNames } from '../../../src/ui/document/types/roster-csv.ts'

test.each(['es', 'en'] as const)('CSV-6 headings in %s are recognized, each as its own column', (language) => {
  const headings = rosterColumns.map((column) => columnLabel(column, language))
  expect(new Set(headings).size).toBe(headings.length)
  expect(matchColumns(headings, columnNames)).toEqual(rosterColumns.map(({ id }) => id))
})

test('CSV-6 common names of other lists are recognized', () => {
  const headings = ['NOMBRE', 'Celular', 'estado', 'Pais', 'Observaciones', 'Idiomas', 'Phone']
  expect(matchColumns(headings, columnNames)).toEqual([
    'alias',
    'channels.value',
    'memberStatus',
    'country',
    'notes',
    'languages',
    null,
  ])
})
