// The field descriptions hold together, and the vocabularies have words for every code.
import { describe, expect, test } from 'vitest'
import type { Field, Fields } from '../../../src/documents/field.ts'
import { documentTypes, type DocumentType } from '../../../src/documents/registry.ts'
import { alwaysOffered, choices, isChoice, label } from '../../../src/documents/vocabulary/index.ts'

const types = Object.keys(documentTypes) as DocumentType[]

function everyField(fields: Fields, visit: (name: string, field: Field, siblings: Fields) => void): void {
  for (const [name, field] of Object.entries(fields)) {
    visit(name, field, fields)
    if (field.kind === 'group' || field.kind === 'list') everyField(field.fields, visit)
  }
}

describe.each(types)('%s', (type) => {
  const { fields } = documentTypes[type]

  test('DOC-1 carries the envelope, and only the title is required', () => {
    const names = ['title', 'type', 'schema', 'status', 'confidentiality', 'authors', 'nextReview', 'keepUntil']
    for (const name of [...names, 'signOff', 'attachments', 'links', 'comments', 'templateId'])
      expect(fields).toHaveProperty(name)
    const required: string[] = []
    everyField(fields, (name, field) => field.required && required.push(name))
    expect(required).toEqual(['title'])
  })

  test('DOC-4 every date has a sibling that says how exact it is', () => {
    everyField(fields, (name, field, siblings) => {
      if (field.kind !== 'date') return
      expect(siblings[field.precision ?? '']).toMatchObject({
        kind: 'choice',
        vocabulary: 'date_precision',
        precisionOf: name,
      })
    })
  })

  test('DOC-3 every choice has a vocabulary; every reference a list with ids', () => {
    everyField(fields, (name, field) => {
      if (field.kind === 'choice' || field.kind === 'choices')
        expect([name, choices(field.vocabulary).length > alwaysOffered.length]).toEqual([name, true])
      if (field.kind === 'refs')
        expect(fields[field.to]).toMatchObject({ kind: 'list', fields: { id: { kind: 'token' } } })
    })
  })

  test('DOC-6 no field has a name that notes and escapes could be taken for', () => {
    everyField(fields, (name) => expect(name).toMatch(/^[a-z][A-Za-z0-9]*$/))
  })
})

test('DOC-5 risk level, likelihood and status are critical', () => {
  const plan = documentTypes['protection-plan'].fields
  expect(plan['riskLevel']?.critical).toBe(true)
  expect(plan['status']?.critical).toBe(true)
  expect(plan['threats']).toMatchObject({ fields: { likelihood: { critical: true } } })
})

test('DOC-3 labels exist in both languages; an unknown code is shown as it is', () => {
  expect(label('risk_level', 'critico', 'es')).toBe('Crítico')
  expect(label('risk_level', 'critico', 'en')).toBe('Critical')
  expect(label('risk_level', 'otro', 'en')).toBe('Other')
  expect(label('risk_level', 'toString', 'es')).toBe('toString')
  expect(choices('risk_level')).toEqual([
    'aceptable',
    'atencion',
    'alto',
    'critico',
    'otro',
    'no_se_sabe',
    'prefiero_no_decir',
  ])
  expect(isChoice('risk_level', 'no_se_sabe')).toBe(true)
  expect(isChoice('risk_level', 'constructor')).toBe(false)
})
