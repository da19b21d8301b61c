// The twelve words as people copy them from paper.
import { describe, expect, it } from 'vitest'
import { countWords, tidyWords } from '../../../src/ui/state/kit-words.ts'

describe('the words of a kit', () => {
  it('are found between numbers, dots, commas and lines', () => {
    expect(tidyWords(' 1. Faro\n2) nube, 3-comal;TIERRA ')).toBe('faro nube comal tierra')
    expect(tidyWords('1faro 2nube')).toBe('faro nube')
  })
  it('keep their accents, composed or not', () => {
    expect(tidyWords('ji\u0301cara ñandú')).toBe('jícara ñandú')
    expect(tidyWords('a\u0308b')).toBe('äb')
  })
  it('are counted', () => {
    expect(countWords('')).toBe(0)
    expect(countWords(' , 12. ')).toBe(0)
    expect(countWords('faro nube\ncomal')).toBe(3)
  })
})
