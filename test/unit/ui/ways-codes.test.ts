// Codes in parts: cut so that a camera can read them, gathered in any order, and nothing strange put together.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Gathered, Gathering, partsOf } from '../../../src/ui/state/codes.ts'

const letters = fc.string({ unit: fc.constantFrom(...'A B C x y z 0 1 9 - _ . : + /'.split(' ')), minLength: 1, maxLength: 6_000 })

function gather(parts: readonly string[]): Gathered {
  const gathering = new Gathering()
  let last: Gathered = { type: 'damaged' }
  for (const part of parts) last = gathering.add(part)
  return last
}

describe('codes in parts', () => {
  it('a short code is one picture, as it is', () => {
    expect(partsOf('abc')).toEqual(['abc'])
    expect(gather(['abc'])).toEqual({ type: 'whole', code: 'abc' })
  })

  it('comes together in any order, with parts seen twice', () => {
    fc.assert(
      fc.property(letters, fc.infiniteStream(fc.nat()), (code, picks) => {
        const parts = partsOf(code)
        for (const part of parts) expect(part.length).toBeLessThan(460)
        const gathering = new Gathering()
        const seen = new Set<string>()
        for (const pick of picks) {
          const part = parts[pick % parts.length] ?? ''
          seen.add(part)
          const answer = gathering.add(part)
          if (seen.size < parts.length) expect(answer).toEqual({ type: 'part', have: seen.size, of: parts.length })
          else {
            expect(answer).toEqual({ type: 'whole', code })
            return
          }
        }
      }),
      { numRuns: 100 },
    )
  })

  it('parts of another code begin anew', () => {
    const [first, second] = [partsOf('a'.repeat(1_000)), partsOf('b'.repeat(1_000))]
    const gathering = new Gathering()
    gathering.add(first[0]!)
    gathering.add(first[1]!)
    expect(gathering.add(second[2]!)).toEqual({ type: 'part', have: 1, of: 3 })
    expect(gathering.add(first[2]!)).toEqual({ type: 'part', have: 1, of: 3 })
  })

  it('a changed part is noticed, and gathering can begin anew', () => {
    const parts = partsOf('a'.repeat(1_000))
    const gathering = new Gathering()
    gathering.add(parts[0]!)
    gathering.add(parts[1]!.replace(/a$/, 'b'))
    expect(gathering.add(parts[2]!)).toEqual({ type: 'damaged' })
    for (const part of parts.slice(0, 2)) gathering.add(part)
    expect(gathering.add(parts[2]!)).toEqual({ type: 'whole', code: 'a'.repeat(1_000) })
  })

  it('places outside the count, and endless counts, are damaged', () => {
    for (const part of ['telar+0/3+00000000+a', 'telar+4/3+00000000+a', 'telar+1/999+00000000+a'])
      expect(new Gathering().add(part)).toEqual({ type: 'damaged' })
  })
})
