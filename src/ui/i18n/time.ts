// Times as people say them: today with the hour, yesterday, a weekday, then the date. Owns the choice of words by distance;
// the words are the platform's own. Never reads the clock: `now` is given.
import type { Language } from '../../engine/api.ts'
import type { Millis } from '../../base/environment.ts'

const DAY = 86_400_000
/** The end of what Date can hold (ECMA-262, 21.4.1.1). */
const LAST = 8.64e15
const LOCALES: Readonly<Record<Language, string>> = { es: 'es-MX', en: 'en-GB' }

function startOfDay(at: Millis): Millis {
  return new Date(at).setHours(0, 0, 0, 0)
}

/** Whole days between the two local dates; 0 is today. Rounded, because a day with a clock change has 23 or 25 hours. */
function daysBefore(at: Millis, now: Millis): number {
  return Math.round((startOfDay(now) - startOfDay(at)) / DAY)
}

/** "8:40", by the 24-hour clock in every language. */
export function clockTime(at: Millis): string {
  const date = new Date(at)
  return `${date.getHours()}:${String(date.getMinutes()).padStart(2, '0')}`
}

/** A time is what its author says: one outside the calendar is no time. */
const isTime = (at: Millis): boolean => Number.isFinite(at) && Math.abs(at) <= LAST

function calendar(at: Millis, now: Millis, locale: string, month: 'short' | 'long'): string {
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  const year = sameYear ? {} : ({ year: 'numeric' } as const)
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month, ...year }).format(at)
}

/** "hoy", "ayer", "lunes" (within the week); null for any other day. */
function nearDay(at: Millis, now: Millis, locale: string): string | null {
  const days = daysBefore(at, now)
  if (days === 0 || days === 1) return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-days, 'day')
  return days > 1 && days < 7 ? new Intl.DateTimeFormat(locale, { weekday: 'long' }).format(at) : null
}

/** "hoy, 8:40", "ayer, 19:05", "lunes, 10:00" (within the week), "4 jul", "4 jul 2024" (another year). */
export function whenSaid(at: Millis, now: Millis, language: Language): string {
  if (!isTime(at)) return '?'
  const near = nearDay(at, now, LOCALES[language])
  return near === null ? dateSaid(at, now, language) : `${near}, ${clockTime(at)}`
}

/** "4 jul", "4 jul 2024" (another year): the date alone, to stand after "desde el". */
export function dateSaid(at: Millis, now: Millis, language: Language): string {
  return isTime(at) ? calendar(at, now, LOCALES[language], 'short') : '?'
}

/** The heading of a day: "hoy", "ayer", "lunes", "4 de julio", "4 de julio de 2024". */
export function daySaid(at: Millis, now: Millis, language: Language): string {
  if (!isTime(at)) return '?'
  return nearDay(at, now, LOCALES[language]) ?? calendar(at, now, LOCALES[language], 'long')
}
