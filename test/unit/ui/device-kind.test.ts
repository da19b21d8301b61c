// The name a device starts with says what kind it is and nothing finer.
import { describe, expect, it } from 'vitest'
import { kindOf } from '../../../src/ui/state/device-kind.ts'

describe('the kind of a device', () => {
  it('is told by its screen and its pointer', () => {
    expect(kindOf(360, true)).toBe('phone')
    expect(kindOf(430, false)).toBe('phone')
    expect(kindOf(768, true)).toBe('tablet')
    expect(kindOf(768, false)).toBe('computer')
    expect(kindOf(1080, false)).toBe('computer')
  })
})
