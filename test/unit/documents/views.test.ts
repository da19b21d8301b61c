// What is derived from a document: the view, the summary, the plan's flags and matrix, open agreements, consent.
import { next as A } from '@automerge/automerge/slim'
import { describe, expect, test } from 'vitest'
import { insertItem, setValue } from '../../../src/documents/changes.ts'
import { hasCome, isPast } from '../../../src/documents/dates.ts'
import type { JsonObject } from '../../../src/documents/json.ts'
import { openAgreements } from '../../../src/documents/meeting-minutes/agreements.ts'
import { hasWithdrawnConsent } from '../../../src/documents/membership-roster/consent.ts'
import { planFlags } from '../../../src/documents/protection-plan/flags.ts'
import { matrixOf } from '../../../src/documents/protection-plan/matrix.ts'
import { readDocument } from '../../../src/documents/read.ts'
import { documentTypes, type DocumentType } from '../../../src/documents/registry.ts'
import { summaryOf } from '../../../src/documents/summary.ts'
import { created, edited, sample } from './support.ts'

const types = Object.keys(documentTypes) as DocumentType[]

describe('readDocument', () => {
  test.each(types)('DOC-10 the sample of %s reads without a problem', (type) => {
    const view = readDocument(sample(type))
    expect(view.problems).toEqual([])
    expect(view.type).toBe(type)
    expect(view.title).toContain('fictici')
    expect(Object.keys(view.fields)).toEqual(Object.keys(documentTypes[type].fields))
  })

  test.each(types)('DOC-10 a new %s reads as all its fields, empty', (type) => {
    const view = readDocument(created(type))
    expect(view.problems).toEqual([])
    expect(Object.keys(view.fields)).toEqual(Object.keys(documentTypes[type].fields))
  })

  test('DOC-10 what a hostile member wrote is shown as far as it can be, and said to be a problem', () => {
    const doc = A.change(sample('protection-plan'), (draft) =>
      Object.assign(draft, {
        title: 7,
        riskLevel: new A.ImmutableString('inventado'),
        threats: [1, { title: [1], likelihood: 5 }],
        measures: 'x',
        care: null,
        triggers: ['a', 3, { b: 1 }],
        review: { everyDays: 'x', next: 'mañana' },
      }),
    )
    const view = readDocument(doc)
    expect(view.title).toBe('7')
    expect(view.fields).toMatchObject({
      title: '7',
      riskLevel: 'inventado',
      threats: [{ title: '' }, { title: '', likelihood: '5' }],
      measures: [],
      care: { signals: '' },
      triggers: ['a', '3', ''],
      review: { everyDays: null, next: 'mañana' },
    })
    for (const path of [
      ['title'],
      ['riskLevel'],
      ['threats', 0],
      ['threats', 1, 'title'],
      ['measures'],
      ['triggers', 2],
    ])
      expect(view.problems).toContainEqual(path)
  })

  test('DOC-10 a document of no known type reads as nothing, without a throw', () => {
    expect(readDocument(A.init())).toEqual({ type: null, title: '', fields: {}, problems: [] })
    expect(readDocument(A.from({ type: 'incident', title: 'x' }))).toMatchObject({ type: null, title: 'x' })
  })
})

test('summaryOf shows what a list shows', () => {
  expect(summaryOf(sample('protection-plan'))).toEqual({
    title: 'Plan de protección de Jacaranda (ficticio)',
    type: 'protection-plan',
    status: null,
    riskLevel: 'alto',
    nextReview: '2025-09-30',
  })
  expect(summaryOf(created('meeting-minutes'))).toEqual({
    title: 'Prueba',
    type: 'meeting-minutes',
    status: 'borrador',
  })
  expect(summaryOf(A.from({ review: 3, status: [] }))).toEqual({ title: '', type: null, status: null })
})

describe('dates', () => {
  test('DOC-4 a month or a year is past only when all of it is', () => {
    expect(isPast('2025-07-05', '2025-07-05')).toBe(false)
    expect(isPast('2025-07-05', '2025-07-06')).toBe(true)
    expect(isPast('2025-07', '2025-07-31')).toBe(false)
    expect(isPast('2025-07', '2025-08-01')).toBe(true)
    expect(isPast('2025', '2025-12-31')).toBe(false)
    expect(isPast('', '2025-12-31')).toBe(false)
    expect(hasCome('2025-07', '2025-07-01')).toBe(true)
    expect(hasCome('2025-07-02', '2025-07-01')).toBe(false)
  })
})

describe('the plan', () => {
  test('DOC-11 the sample lacks what it lacks', () => {
    const flags = planFlags(readDocument(sample('protection-plan')), '2025-07-10')
    expect(flags.filter(({ type }) => type.startsWith('Threat'))).toEqual([
      { type: 'ThreatWithoutResponse', path: ['threats', 4] },
      { type: 'ThreatWithoutPreventive', path: ['threats', 5] },
      { type: 'ThreatWithoutResponse', path: ['threats', 5] },
    ])
    expect(flags.filter(({ type }) => type === 'MeasureWithoutResponsible').map(({ path }) => path)).toEqual([
      ['measures', 16, 'responsible'],
    ])
    expect(flags.filter(({ type }) => type === 'MeasureOverdue').map(({ path }) => path[1])).toEqual([0, 6, 12, 16])
    expect(flags.some(({ type }) => type === 'ReviewDue' || type === 'ActFirst')).toBe(false)
  })

  test('DOC-11 at critico, acting on the threat comes first; a review is due on its day', () => {
    const [doc] = edited(sample('protection-plan'), (draft) => setValue(draft, ['riskLevel'], 'critico'))
    const flags = planFlags(readDocument(doc), '2025-09-30')
    expect(flags[0]).toEqual({ type: 'ActFirst', path: ['riskLevel'] })
    expect(flags).toContainEqual({ type: 'ReviewDue', path: ['review', 'next'], due: '2025-09-30' })
  })

  test('DOC-11 a measure that was not possible answers no threat', () => {
    const [doc] = edited(sample('protection-plan'), (draft) => {
      setValue(draft, ['measures', 6, 'status'], 'no_viable')
    })
    expect(planFlags(readDocument(doc), '2025-07-01')).toContainEqual({
      type: 'ThreatWithoutResponse',
      path: ['threats', 3],
    })
  })

  test('DOC-11 the matrix places threats where people put them and leaves out the rest', () => {
    const [doc] = edited(sample('protection-plan'), (draft) =>
      insertItem(draft, ['threats'], 6, { likelihood: 'no_se_sabe' }),
    )
    const { cells, unplaced } = matrixOf(readDocument(doc))
    expect(cells[3]?.[4]).toEqual([0])
    expect(cells[3]?.[3]).toEqual([1])
    expect(cells[4]?.[2]).toEqual([5])
    expect(cells.flat(2)).toHaveLength(6)
    expect(unplaced).toEqual([6])
  })
})

test('open agreements are those not settled, with what is overdue', () => {
  const [doc] = edited(sample('meeting-minutes'), (draft) => setValue(draft, ['agreements', 0, 'status'], 'cumplido'))
  const open = openAgreements(readDocument(doc), '2025-07-04')
  expect(open).toHaveLength(8)
  expect(open[0]).toEqual({
    path: ['agreements', 1],
    n: '2025-06-02',
    text: 'Dos responsables por cada plan y fecha de revisión a 90 días',
    responsible: ['Equipo operativo'],
    due: '2025-07-20',
    overdue: false,
  })
  expect(open.filter(({ overdue }) => overdue).map(({ n }) => n)).toEqual(['2025-06-08'])
})

test('DOC-12 withdrawn consent is known of a person', () => {
  const people = readDocument(sample('membership-roster')).fields['people'] as JsonObject[]
  expect(people.filter(hasWithdrawnConsent).length).toBe(2)
  expect(hasWithdrawnConsent({})).toBe(false)
})
