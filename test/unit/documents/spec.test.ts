// The tables of docs/spec/documents.md name every field that the types have, with its kind.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Fields } from '../../../src/documents/field.ts'
import { documentTypes, type DocumentType } from '../../../src/documents/registry.ts'

const spec = readFileSync(new URL('../../../docs/spec/documents.md', import.meta.url), 'utf8')

/** Each row's beginning: the path and the kind. Precisions are covered by DOC-4. */
const rowsOf = (fields: Fields, prefix = ''): string[] =>
  Object.entries(fields).flatMap(([name, field]) => {
    if (field.kind === 'choice' && field.precisionOf !== undefined) return []
    const inner = field.kind === 'list' ? `${prefix}${name}[].` : `${prefix}${name}.`
    const nested = field.kind === 'list' || field.kind === 'group' ? rowsOf(field.fields, inner) : []
    return [`| \`${prefix}${name}\` | ${field.kind} |`, ...nested]
  })

test.each(Object.keys(documentTypes) as DocumentType[])('DOC-1 the specification has every field of %s', (type) => {
  const rows = spec.split('\n').map((row) => row.replace(/ +/g, ' '))
  const missing = rowsOf(documentTypes[type].fields).filter((start) => !rows.some((row) => row.startsWith(start)))
  expect(missing).toEqual([])
})
