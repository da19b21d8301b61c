// Documents too large for one change are made in several, and come out the same.
import { next as A } from '@automerge/automerge/slim'
import { describe, expect, test } from 'vitest'
import { fillSteps } from '../../../src/documents/fill-steps.ts'
import { sampleText } from '../../../src/documents/samples/index.ts'
import { exportJson, importJson } from '../../../src/documents/transfer.ts'
import { unwrap } from '../../../src/base/result.ts'

const LIMIT = 190_000

function made(json: string) {
  let doc = A.init<Record<string, unknown>>()
  const sizes: number[] = []
  for (const step of fillSteps(unwrap(importJson(json)))) {
    doc = A.change(doc, step)
    sizes.push(A.getLastLocalChange(doc)?.length ?? 0)
  }
  return { doc, sizes }
}

describe('filling in steps', () => {
  test('DOC-6: a roster of 3,000 is made in changes below the limit and exports the same', () => {
    const roster = JSON.parse(sampleText('membership-roster')) as { people: Record<string, unknown>[] }
    const people = Array.from({ length: 3_000 }, (_, i) => ({
      ...roster.people[i % 120],
      id: `p${String(i).padStart(4, '0')}`,
    }))
    const json = JSON.stringify({ ...roster, people })
    const { doc, sizes } = made(json)
    expect(Math.max(...sizes)).toBeLessThan(LIMIT)
    expect(exportJson(doc)).toEqual(JSON.parse(json))
  })

  test('DOC-6: long texts, at the top and within lists, are typed in pieces that cut no character', () => {
    const plan = JSON.parse(sampleText('protection-plan')) as { context: string; threats: { facts: string }[] }
    plan.context = `${'Agua y niebla 🌫️ '.repeat(6_000)}fin`
    const [first] = plan.threats
    if (first !== undefined) first.facts = 'ñ'.repeat(65_001)
    const { doc, sizes } = made(JSON.stringify(plan))
    expect(Math.max(...sizes)).toBeLessThan(LIMIT)
    expect(exportJson(doc)).toEqual(plan)
  })

  test('what fits is one change', () => {
    for (const type of ['protection-plan', 'meeting-minutes', 'learning-systematization'] as const)
      expect(made(sampleText(type)).sizes.length).toBe(1)
  })
})
