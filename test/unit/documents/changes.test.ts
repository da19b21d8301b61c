// Changes on a path: what they write, what they refuse, and how the edits of two devices meet.
import { next as A } from '@automerge/automerge/slim'
import { describe, expect, test } from 'vitest'
import { ensureId, insertItem, removeItem, setValue, spliceText } from '../../../src/documents/changes.ts'
import { formatPath, parsePath, type Json, type Path } from '../../../src/documents/json.ts'
import { exportJson } from '../../../src/documents/transfer.ts'
import { apart, created, edited, sample, type Doc } from './support.ts'

const at = (doc: Doc, path: Path): unknown =>
  path.reduce((value: unknown, name) => (value as Record<string | number, unknown>)[name], exportJson(doc))
const error = (doc: Doc, path: string, value: Json): unknown => {
  const [, result] = edited(doc, (draft) => setValue(draft, parsePath(path), value))
  return result.ok ? null : result.error
}

describe('paths', () => {
  test('DOC-9 dots and JSON pointers name the same path', () => {
    expect(parsePath('threats.0.title')).toEqual(['threats', 0, 'title'])
    expect(parsePath('/threats/0/title')).toEqual(['threats', 0, 'title'])
    expect(parsePath('/a~1b/~0c/01')).toEqual(['a/b', '~c', '01'])
    expect(parsePath('')).toEqual([])
    const path = ['a/b', '~1', 3, 'ñ']
    expect(parsePath(formatPath(path))).toEqual(path)
  })

  test.each(['', 'nothing', 'threats', 'threats.99.title', 'threats.0', 'threats.x', 'title.0', 'constructor'])(
    'DOC-9 %j is not the place of a value',
    (path) => {
      expect(error(sample('protection-plan'), path, 'x')).not.toBe(null)
    },
  )
  test('DOC-9 prototype names lead nowhere', () => {
    for (const path of ['__proto__', 'toString', '__proto__.x', 'threats.length', 'care.__proto__'])
      expect(error(sample('protection-plan'), path, 'x')).toEqual({ type: 'UnknownPath', path: parsePath(path) })
  })
})

describe('setValue', () => {
  const sets: [string, Json][] = [
    ['title', 'Otro título'],
    ['riskLevel', 'critico'],
    ['riskLevel', 'no_se_sabe'],
    ['riskLevel', null],
    ['threats.0.likelihood', 'baja'],
    ['threats.1.facts', 'Texto con ñ y 👩🏽‍🌾'],
    ['measures.0.due', '2026-02'],
    ['measures.0.cost.amount', 12.5],
    ['review.afterIncident', false],
    ['measures.0.responsible', ['Copal', 'Luciérnaga']],
    ['measures.0.threats', ['t2', 't1', 't3']],
    ['measures.0.threats.1', 't6'],
    ['triggers', ['Detención de cualquiera del comité', 'Otra']],
    ['triggers.0', 'Cambiada'],
    ['authors', []],
  ]
  test.each(sets)('DOC-9 %s becomes %j', (path, value) => {
    const [doc, result] = edited(sample('protection-plan'), (draft) => setValue(draft, parsePath(path), value))
    expect(result).toEqual({ ok: true, value: null })
    if (path === 'authors') expect(exportJson(doc)).not.toHaveProperty('authors')
    else expect(at(doc, parsePath(path))).toEqual(value)
  })

  test('DOC-9 a group gets the fields that are named and keeps the others', () => {
    const [doc] = edited(sample('protection-plan'), (draft) => setValue(draft, ['care'], { signals: 'x' }))
    expect(at(doc, ['care'])).toMatchObject({ signals: 'x', whatHelps: expect.stringContaining('perra') as string })
  })

  test('DOC-9 every refusal is typed and changes nothing', () => {
    const plan = sample('protection-plan')
    const before = exportJson(plan)
    const refusals: [string, Json, string][] = [
      ['riskLevel', 'altísimo', 'NotAChoice'],
      ['riskLevel', 3, 'WrongKind'],
      ['title', '  ', 'Required'],
      ['title', null, 'Required'],
      ['type', 'meeting-minutes', 'Fixed'],
      ['schema', 2, 'Fixed'],
      ['threats.0.id', 't9', 'Fixed'],
      ['measures.0.due', '2026-02-30', 'NotADate'],
      ['measures.0.due', 'ayer', 'NotADate'],
      ['threats', [], 'WrongKind'],
      ['care', 'x', 'WrongKind'],
      ['care', { nuevo: 'x' }, 'UnknownPath'],
      ['checkin', { escalation: [] }, 'WrongKind'],
      ['authors', 'Ceiba', 'WrongKind'],
      ['authors', [null], 'WrongKind'],
      ['review.everyDays', 1e19, 'WrongKind'],
      ['nada', 'x', 'UnknownPath'],
    ]
    for (const [path, value, type] of refusals) {
      const [doc, result] = edited(A.clone(plan), (draft) => setValue(draft, parsePath(path), value))
      expect([path, result]).toMatchObject([path, { ok: false, error: { type } }])
      expect(exportJson(doc)).toEqual(before)
    }
    const minutes = (): Doc => sample('meeting-minutes')
    expect(error(minutes(), 'start', '25:00')).toMatchObject({ type: 'NotATime' })
    expect(error(minutes(), 'start', '23:59')).toBe(null)
    expect(error(minutes(), 'date', '2024-02-29')).toBe(null)
  })

  test('DOC-9 two whole texts set apart merge, neither is lost', () => {
    const plan = created('protection-plan')
    const [base] = edited(plan, (draft) => setValue(draft, ['context'], 'El agua es de todas.'))
    const [a, b] = apart(
      base,
      (draft) => setValue(draft, ['context'], 'El agua limpia es de todas.'),
      (draft) => setValue(draft, ['context'], 'El agua es de todas nosotras.'),
    )
    expect(at(a, ['context'])).toBe('El agua limpia es de todas nosotras.')
    expect(exportJson(a)).toEqual(exportJson(b))
  })

  test('DOC-9 a long text rewritten whole is replaced as one piece, and cuts no character', () => {
    const long = (word: string): string => `🌽${`${word} `.repeat(12_000)}🌱`
    const [doc] = edited(created('learning-systematization'), (draft) => {
      setValue(draft, ['reflection', 'analysis'], long('tejer'))
    })
    const rewritten = long('🌿raíz').replace('🌱', '🌵').replace('🌽', '🌾')
    const [after] = edited(doc, (draft) => setValue(draft, ['reflection', 'analysis'], rewritten))
    expect(at(after, ['reflection', 'analysis'])).toBe(rewritten)
  })

  test('DOC-9 what two add to a list of strings apart is all there', () => {
    const [a, b] = apart(
      sample('protection-plan'),
      (draft) => setValue(draft, ['measures', 0, 'responsible'], ['Luciérnaga', 'Ceiba']),
      (draft) => setValue(draft, ['measures', 0, 'responsible'], ['Copal']),
    )
    expect(new Set(at(a, ['measures', 0, 'responsible']) as string[])).toEqual(new Set(['Copal', 'Ceiba']))
    expect(exportJson(a)).toEqual(exportJson(b))
  })

  test('DOC-2 two fill the same empty section and the same empty lists apart, and both are kept', () => {
    const [a, b] = apart(
      created('protection-plan'),
      (draft) => [
        setValue(draft, ['care', 'signals'], 'Insomnio'),
        setValue(draft, ['legal'], 'Amparo.'),
        insertItem(draft, ['threats'], 0, { title: 'Una' }),
      ],
      (draft) => [
        setValue(draft, ['care', 'whatHelps'], 'Cantar'),
        setValue(draft, ['legal'], 'Poder.'),
        insertItem(draft, ['threats'], 0, { title: 'Dos' }),
      ],
    )
    const plan = exportJson(a) as unknown as { care: object; threats: { title: string; id: string }[]; legal: string }
    expect(plan.care).toEqual({ signals: 'Insomnio', whatHelps: 'Cantar' })
    expect(plan.threats.map(({ title }) => title).sort()).toEqual(['Dos', 'Una'])
    expect(plan.threats[0]?.id).not.toBe(plan.threats[1]?.id)
    expect(plan.legal).toContain('Amparo.')
    expect(plan.legal).toContain('Poder.')
    expect(exportJson(b)).toEqual(exportJson(a))
  })
})

describe('spliceText', () => {
  const typed = (index: number, deleted: number, insert: string): [unknown, unknown] => {
    const [start] = edited(created('protection-plan'), (draft) => setValue(draft, ['context'], 'Año 🌽 ñandú'))
    const [doc, result] = edited(start, (draft) => spliceText(draft, ['context'], index, deleted, insert))
    return [at(doc, ['context']), result.ok ? null : result.error.type]
  }
  test('DOC-9 positions are UTF-16 code units', () => {
    expect('Año 🌽 ñandú'.length).toBe(12)
    expect(typed(7, 0, 'x')).toEqual(['Año 🌽 xñandú', null])
    expect(typed(4, 2, '🌱🌱')).toEqual(['Año 🌱🌱 ñandú', null])
    expect(typed(12, 0, ' 👩🏽‍🌾')).toEqual(['Año 🌽 ñandú 👩🏽‍🌾', null])
    expect(typed(0, 12, 'n\u0303')).toEqual(['n\u0303', null])
  })
  test('DOC-9 a position outside the text, or inside a character, is refused', () => {
    for (const [index, deleted] of [
      [5, 0],
      [4, 1],
      [5, 1],
      [13, 0],
      [12, 1],
      [-1, 0],
      [0.5, 0],
      [Number.NaN, 0],
      [0, -1],
    ] as const)
      expect(typed(index, deleted, 'x')).toEqual(['Año 🌽 ñandú', 'BadPosition'])
  })
  test('DOC-9 half a character typed becomes U+FFFD', () => {
    expect(typed(0, 0, '\ud83c')).toEqual(['\uFFFDAño 🌽 ñandú', null])
  })
  test('DOC-9 only texts are typed into', () => {
    const [, result] = edited(sample('protection-plan'), (draft) => spliceText(draft, ['riskLevel'], 0, 0, 'x'))
    expect(result).toMatchObject({ ok: false, error: { type: 'WrongKind' } })
  })
})

describe('items', () => {
  test('DOC-9 an item goes where it is put, whole, with an id of its own', () => {
    const [doc, result] = edited(sample('protection-plan'), (draft) =>
      insertItem(draft, ['threats'], 1, { title: 'Nueva', likelihood: 'alta' }),
    )
    expect(result.ok).toBe(true)
    expect(at(doc, ['threats', 1])).toEqual({
      id: expect.stringMatching(/^\d+@[0-9a-f]+$/) as string,
      title: 'Nueva',
      likelihood: 'alta',
    })
    const [after] = edited(doc, (draft) => spliceText(draft, ['threats', 1, 'facts'], 0, 0, 'x'))
    expect(at(after, ['threats', 1, 'facts'])).toBe('x')
  })
  test('DOC-9 strings go into lists of strings', () => {
    const [doc] = edited(sample('protection-plan'), (draft) => {
      insertItem(draft, ['triggers'], 0, 'Primero')
      insertItem(draft, ['agreed'], 3, 'Marea')
      removeItem(draft, ['triggers'], 1)
    })
    expect(at(doc, ['triggers', 0])).toBe('Primero')
    expect(at(doc, ['triggers'])).toHaveLength(4)
    expect(at(doc, ['agreed', 3])).toBe('Marea')
  })
  test('DOC-9 refusals', () => {
    const cases: [Path, number, Json, string][] = [
      [['threats'], 99, {}, 'BadPosition'],
      [['threats'], 0, 'x', 'WrongKind'],
      [['threats'], 0, null, 'WrongKind'],
      [['threats'], 0, { nuevo: 1 }, 'UnknownPath'],
      [['threats'], 0, { likelihood: 'x' }, 'NotAChoice'],
      [['title'], 0, 'x', 'NotAList'],
      [['nada'], 0, 'x', 'UnknownPath'],
      [['agreed'], 0, 3, 'WrongKind'],
    ]
    for (const [path, index, value, type] of cases) {
      const [, result] = edited(sample('protection-plan'), (draft) => insertItem(draft, path, index, value))
      expect(result).toMatchObject({ ok: false, error: { type } })
    }
    const [, removal] = edited(sample('protection-plan'), (draft) => removeItem(draft, ['threats'], 6))
    expect(removal).toMatchObject({ ok: false, error: { type: 'BadPosition', length: 6 } })
  })
  test('DOC-2 an imported item without an id gets the same one from every device', () => {
    const give = (draft: object): unknown => ensureId(draft, ['agenda', 2])
    const [a, b] = apart(sample('meeting-minutes'), give, give)
    expect(at(a, ['agenda', 2, 'id'])).toEqual(expect.stringContaining('@'))
    expect(exportJson(a)).toEqual(exportJson(b))
    const [, again] = edited(a, give)
    expect(again).toEqual({ ok: true, value: at(a, ['agenda', 2, 'id']) })
  })
  test('DOC-10 a list that a hostile member replaced is made anew by the next insertion', () => {
    const broken = A.change(sample('protection-plan'), (draft) => {
      draft['threats'] = new A.ImmutableString('x')
    })
    const [doc, result] = edited(broken, (draft) => insertItem(draft, ['threats'], 0, { title: 'x' }))
    expect(result.ok).toBe(true)
    expect(at(doc, ['threats', 0, 'title'])).toBe('x')
  })
})
