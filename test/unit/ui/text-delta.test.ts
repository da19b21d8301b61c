// Holds the arithmetic of text edits to its laws: diff reaches its target, compose is one after the other, transform
// leads both ways to one text, splices say the same as the delta they come from.
import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import {
  apply,
  compose,
  diff,
  fromSplices,
  mapIndex,
  toSplices,
  transform,
} from '../../../src/ui/document/text-delta.ts'

const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text)
const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', 'ñ', '🌱', '🌾'), maxLength: 24 })

describe('text deltas', () => {
  test('a diff leads from one text to the other, whatever the caret', () => {
    fc.assert(
      fc.property(text, text, fc.nat(60), (from, to, caret) => {
        expect(apply(diff(from, to, Math.min(caret, to.length)), from)).toBe(to)
      }),
    )
  })

  test('a diff never cuts a surrogate pair', () => {
    fc.assert(
      fc.property(text, text, (from, to) => {
        for (const op of diff(from, to)) if ('insert' in op) expect(isWellFormed(op.insert)).toBe(true)
        for (const splice of toSplices(diff(from, to))) expect(isWellFormed(from.slice(0, splice.index))).toBe(true)
      }),
    )
  })

  test('compose does what both do, one after the other', () => {
    fc.assert(
      fc.property(text, text, text, text, (a, b, c, d) => {
        const two = compose(diff(a, b), diff(b, c))
        expect(apply(two, a)).toBe(c)
        expect(apply(compose(two, diff(c, d)), a)).toBe(d)
      }),
    )
  })

  test('transform leads both ways to the same text', () => {
    fc.assert(
      fc.property(text, text, text, text, text, (base, b, c, d, e) => {
        const mine = compose(diff(base, b), diff(b, c))
        const theirs = compose(diff(base, d), diff(d, e))
        const left = apply(transform(theirs, mine, 'second'), apply(mine, base))
        const right = apply(transform(mine, theirs, 'first'), apply(theirs, base))
        expect(left).toBe(right)
      }),
    )
  })

  test('splices and delta say the same, both ways', () => {
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const delta = compose(diff(a, b), diff(b, c))
        const splices = toSplices(delta)
        const after = splices.reduce((t, s) => t.slice(0, s.index) + s.insert + t.slice(s.index + s.remove), a)
        expect(after).toBe(c)
        expect(apply(fromSplices(splices), a)).toBe(c)
      }),
    )
  })

  test('a caret stays before what another inserts at it, and moves with the letters around it', () => {
    const inserted = diff('agua', 'el agua')
    expect(mapIndex(inserted, 0)).toBe(0)
    expect(mapIndex(inserted, 2)).toBe(5)
    expect(mapIndex(diff('una red grande', 'una grande'), 6)).toBe(4)
  })

  test('the caret decides which of two equal letters was typed', () => {
    expect(diff('aa', 'aaa', 1)).toEqual([{ insert: 'a' }])
    expect(diff('aa', 'aaa', 2)).toEqual([{ keep: 1 }, { insert: 'a' }])
    expect(diff('aa', 'aaa', 3)).toEqual([{ keep: 2 }, { insert: 'a' }])
  })
})
