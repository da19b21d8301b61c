// Times as they are said: near ones by the day and the hour, far ones by the date; never by a count that goes stale.
import { describe, expect, it } from 'vitest'
import { dateSaid, daySaid, whenSaid } from '../../../src/ui/i18n/time.ts'

const now = new Date(2025, 6, 9, 8, 42).getTime()
const at = (...parts: [number, number, number, number, number]) => new Date(...parts).getTime()

describe('whenSaid', () => {
  it('in Spanish', () => {
    expect(whenSaid(at(2025, 6, 9, 8, 40), now, 'es')).toBe('hoy, 8:40')
    expect(whenSaid(at(2025, 6, 8, 23, 5), now, 'es')).toBe('ayer, 23:05')
    expect(whenSaid(at(2025, 6, 7, 10, 0), now, 'es')).toBe('lunes, 10:00')
    expect(whenSaid(at(2025, 5, 28, 10, 0), now, 'es')).toBe('28 jun')
    expect(whenSaid(at(2024, 11, 3, 10, 0), now, 'es')).toMatch(/^3 dic 2024$/)
  })

  it('in English', () => {
    expect(whenSaid(at(2025, 6, 9, 8, 40), now, 'en')).toBe('today, 8:40')
    expect(whenSaid(at(2025, 6, 8, 8, 40), now, 'en')).toBe('yesterday, 8:40')
    expect(whenSaid(at(2025, 5, 28, 10, 0), now, 'en')).toBe('28 Jun')
  })

  it('a clock that runs ahead elsewhere is shown as a date or an hour, never as "in minutes"', () => {
    expect(whenSaid(now + 60_000, now, 'es')).toBe('hoy, 8:43')
    expect(whenSaid(now + 3 * 86_400_000, now, 'es')).toBe('12 jul')
  })

  it('midnight belongs to its own day', () => {
    expect(whenSaid(at(2025, 6, 9, 0, 0), now, 'es')).toMatch(/^hoy, /)
    expect(whenSaid(at(2025, 6, 8, 23, 59), now, 'es')).toBe('ayer, 23:59')
  })

  it('a date alone, and the heading of a day', () => {
    expect(dateSaid(at(2025, 6, 9, 8, 40), now, 'es')).toBe('9 jul')
    expect(dateSaid(at(2024, 6, 9, 8, 40), now, 'en')).toBe('9 Jul 2024')
    expect(daySaid(at(2025, 6, 9, 0, 0), now, 'es')).toBe('hoy')
    expect(daySaid(at(2025, 6, 8, 23, 59), now, 'en')).toBe('yesterday')
    expect(daySaid(at(2025, 4, 4, 8, 0), now, 'es')).toBe('4 de mayo')
    expect(daySaid(at(2024, 4, 4, 8, 0), now, 'es')).toBe('4 de mayo de 2024')
  })

  it('what is no time is shown as such', () => {
    for (const said of [whenSaid, dateSaid, daySaid])
      for (const wrong of [Number.NaN, Infinity, 9e15, -9e15]) expect(said(wrong, now, 'es')).toBe('?')
  })
})
