// Choosing by name and by the beginning of an id: never a guess.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseKnock, chooseMember, chooseSpace, foldWords, shortIds } from '../../../src/cli/choose.ts'
import { hex, knock, member, space, stateOf } from './support.ts'

describe('a space', () => {
  const state = stateOf(space('ab12', 'Red Ceiba'), space('ab34', 'Red del Río'))

  test('by its name in any case, or by the beginning of its id', () => {
    expect(chooseSpace(state, 'red ceiba')).toMatchObject({ ok: true, value: { id: hex('ab12') } })
    expect(chooseSpace(state, 'AB3')).toMatchObject({ ok: true, value: { id: hex('ab34') } })
    expect(chooseSpace(state, hex('ab12'))).toMatchObject({ ok: true })
  })

  test('is not needed when there is one, and never assumed when there are more', () => {
    expect(chooseSpace(stateOf(space('ab', 'Una')), undefined)).toMatchObject({ ok: true })
    expect(chooseSpace(stateOf(), undefined)).toMatchObject({ error: { type: 'NotFound', what: 'space' } })
    expect(chooseSpace(state, undefined)).toMatchObject({
      error: { type: 'Ambiguous', matches: [hex('ab12'), hex('ab34')] },
    })
  })

  test('an id that begins several spaces is ambiguous, an unknown one not found', () => {
    expect(chooseSpace(state, 'ab')).toMatchObject({ error: { type: 'Ambiguous' } })
    expect(chooseSpace(state, 'ac')).toMatchObject({ error: { type: 'NotFound' } })
    expect(chooseSpace(state, '')).toMatchObject({ error: { type: 'NotFound' } })
  })
})

describe('a member', () => {
  test('an alias that looks like the id of another is ambiguous', () => {
    const net = space('01', 'Red', { members: [member('77', 'Ada'), member('ada', 'Berta')] })
    expect(chooseMember(net, 'ada')).toMatchObject({ error: { type: 'Ambiguous' } })
    expect(chooseMember(net, 'Berta')).toMatchObject({ value: { alias: 'Berta' } })
  })

  test('two of the same alias are never told apart by luck; those removed do not count', () => {
    const twins = [member('01', 'Luz'), member('02', 'luz')]
    expect(chooseMember(space('01', 'Red', { members: twins }), 'Luz')).toMatchObject({ error: { type: 'Ambiguous' } })
    const gone = [member('01', 'Luz', { status: 'removed' }), member('02', 'luz')]
    expect(chooseMember(space('01', 'Red', { members: gone }), 'Luz')).toMatchObject({ value: { id: hex('02', 32) } })
  })

  test('somebody without an alias is not found by an empty one', () => {
    expect(chooseMember(space('01', 'Red', { members: [member('01', '')] }), '')).toMatchObject({ ok: false })
  })
})

describe('a knock', () => {
  const words = 'ábaco abeja ratón sol luna mar río flor'
  const waiting = space('01', 'Red', {
    knocks: [knock('aa', words), knock('ab', 'uno dos tres cuatro cinco seis siete ocho')],
  })

  test('by its words, typed with or without accents and commas', () => {
    expect(chooseKnock([waiting], ['Abaco,', 'abeja, raton sol luna mar rio flor'])).toMatchObject({
      value: { device: hex('aa') },
    })
  })

  test('without an argument only when exactly one waits, over all spaces', () => {
    expect(chooseKnock([waiting], [])).toMatchObject({ error: { type: 'Ambiguous' } })
    expect(chooseKnock([space('02', 'Otra'), space('01', 'Red', { knocks: [knock('aa', words)] })], [])).toMatchObject({
      value: { space: { name: 'Red' } },
    })
    expect(chooseKnock([], [])).toMatchObject({ error: { type: 'NotFound', what: 'knock' } })
  })

  test('by the beginning of the device', () => {
    expect(chooseKnock([waiting], ['ab'])).toMatchObject({ value: { device: hex('ab') } })
    expect(chooseKnock([waiting], ['a'])).toMatchObject({ error: { type: 'Ambiguous' } })
  })

  test('words fold to the same text whatever is between them', () => {
    expect(foldWords(' Ábaco,\n1. ABEJA ')).toBe('abaco abeja')
  })
})

test('short ids tell all ids apart and are their beginnings', () => {
  const id = fc.string({ unit: fc.constantFrom('0', 'f'), minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(fc.uniqueArray(id, { maxLength: 20 }), (ids) => {
      const short = shortIds(ids)
      expect(new Set(short.values()).size).toBe(ids.length)
      for (const [full, beginning] of short) {
        expect(full.startsWith(beginning)).toBe(true)
        expect(beginning.length).toBeGreaterThanOrEqual(8)
      }
    }),
  )
})
