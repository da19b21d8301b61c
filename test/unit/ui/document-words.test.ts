// Every field of every document type has a label in every language, and the two dictionaries are complete. What a person
// reads is never a field's code name.
import { describe, expect, test } from 'vitest'
import type { Fields } from '../../../src/documents/field.ts'
import { documentTypes } from '../../../src/documents/registry.ts'
import { documentEn } from '../../../src/ui/i18n/document.en.ts'
import { documentEs } from '../../../src/ui/i18n/document.es.ts'
import { fieldLabel } from '../../../src/ui/i18n/document.ts'

function namesOf(fields: Fields, prefix = ''): string[] {
  return Object.entries(fields).flatMap(([name, field]) => [
    `${prefix}${name}`,
    ...('fields' in field ? namesOf(field.fields, `${prefix}${name}.`) : []),
  ])
}

const names = Object.values(documentTypes).flatMap(({ fields }) => namesOf(fields))

describe('words of the document screen', () => {
  test.each(['es', 'en'] as const)('every field has a label in %s', (language) => {
    const words: Readonly<Record<string, unknown>> = language === 'es' ? documentEs : documentEn
    expect(names.filter((name) => !Object.hasOwn(words, `field.${name}`))).toEqual([])
  })

  test('no label is left of a field that no longer exists', () => {
    const labelled = Object.keys(documentEs).filter((key) => key.startsWith('field.'))
    expect(labelled.filter((key) => !names.includes(key.slice('field.'.length)))).toEqual([])
  })

  test('a field of a newer version is shown by its own name', () => {
    expect(fieldLabel('threats.weather', 'es')).toBe('weather')
    expect(fieldLabel('__proto__', 'es')).toBe('__proto__')
  })
})
