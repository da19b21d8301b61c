// Critical fields set apart: both values are shown until somebody decides.
import { next as A } from '@automerge/automerge/slim'
import { expect, test } from 'vitest'
import { setValue } from '../../../src/documents/changes.ts'
import { criticalConflicts, decide } from '../../../src/documents/conflicts.ts'
import { exportJson } from '../../../src/documents/transfer.ts'
import { ana, apart, bea, edited, sample } from './support.ts'

const plan = (): ReturnType<typeof sample> => sample('protection-plan')

test('DOC-5 two values set apart are both shown, on both devices, in the same order', () => {
  const [a, b] = apart(
    plan(),
    (draft) => [setValue(draft, ['riskLevel'], 'critico'), setValue(draft, ['threats', 2, 'likelihood'], 'baja')],
    (draft) => [setValue(draft, ['riskLevel'], 'atencion'), setValue(draft, ['threats', 2, 'likelihood'], null)],
  )
  const expected = [
    {
      path: ['threats', 2, 'likelihood'],
      values: [
        { value: 'baja', actor: ana },
        { value: null, actor: bea },
      ],
    },
    {
      path: ['riskLevel'],
      values: [
        { value: 'critico', actor: ana },
        { value: 'atencion', actor: bea },
      ],
    },
  ]
  expect(criticalConflicts(a)).toEqual(expected)
  expect(criticalConflicts(b)).toEqual(expected)
})

test('DOC-5 the same value set apart, and texts or dates set apart, are no conflict', () => {
  const [a] = apart(
    plan(),
    (draft) => [setValue(draft, ['status'], 'acordado'), setValue(draft, ['measures', 0, 'due'], '2026')],
    (draft) => [setValue(draft, ['status'], 'acordado'), setValue(draft, ['measures', 0, 'due'], '2027')],
  )
  expect(criticalConflicts(a)).toEqual([])
})

test.each(['critico', 'atencion', 'alto', null])('DOC-5 deciding on %j leaves one value everywhere', (value) => {
  const [a, b] = apart(
    plan(),
    (draft) => setValue(draft, ['riskLevel'], 'critico'),
    (draft) => setValue(draft, ['riskLevel'], value === null ? null : 'atencion'),
  )
  const [decided, result] = edited(a, (draft) => decide(draft, ['riskLevel'], value))
  expect(result.ok).toBe(true)
  expect(criticalConflicts(decided)).toEqual([])
  expect(criticalConflicts(A.merge(b, decided))).toEqual([])
  expect(exportJson(decided)['riskLevel']).toBe(value)
})

test.each([
  ['critico', 'atencion'],
  ['atencion', 'critico'],
  ['alto', null],
  [null, 'alto'],
])('DOC-5 keeping the value a device already shows settles it: %j and %j', (one, other) => {
  const both = apart(
    plan(),
    (draft) => setValue(draft, ['riskLevel'], one),
    (draft) => setValue(draft, ['riskLevel'], other),
  )
  for (const doc of both)
    for (const kept of [one, other]) {
      const [decided, result] = edited(A.clone(doc), (draft) => decide(draft, ['riskLevel'], kept))
      expect(result.ok).toBe(true)
      expect(criticalConflicts(decided)).toEqual([])
      expect(exportJson(decided)['riskLevel']).toBe(kept)
    }
})

test('DOC-5 only critical fields are decided, and only on their own choices', () => {
  const results = edited(plan(), (draft) => [
    decide(draft, ['title'], 'x'),
    decide(draft, ['riskLevel'], 'x'),
    decide(draft, ['nada'], 'x'),
  ])[1]
  expect(results.map((result) => (result.ok ? null : result.error.type))).toEqual([
    'UnknownPath',
    'NotAChoice',
    'UnknownPath',
  ])
})

test('DOC-10 looking for conflicts never throws', () => {
  const broken = A.change(plan(), (draft) => Object.assign(draft, { threats: [1, null, 'x', []], measures: 'x' }))
  expect(criticalConflicts(broken)).toEqual([])
  expect(criticalConflicts(A.init())).toEqual([])
})
