// Dates as people say them, no more exact than they are known: a day, a month, a year, or about. Pure.
import type { Millis } from '../../base/environment.ts'
import { label } from '../../documents/vocabulary/index.ts'
import type { Language } from '../../engine/api.ts'

const LOCALES: Readonly<Record<Language, string>> = { es: 'es-MX', en: 'en-GB' }

/** "5 de julio de 2025", "julio de 2025", "2025"; what is no date is shown as it is. */
export function saidDate(date: string, precision: string, language: Language, short = false): string {
  const match = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/.exec(date)
  if (match === null) return date
  const [year, month, day] = [Number(match[1]), match[2], match[3]]
  const at = new Date(Date.UTC(year, month === undefined ? 0 : Number(month) - 1, day === undefined ? 1 : Number(day)))
  const shown = new Intl.DateTimeFormat(LOCALES[language], {
    timeZone: 'UTC',
    year: 'numeric',
    ...(month === undefined ? {} : { month: short ? 'short' : 'long' }),
    ...(day === undefined ? {} : { day: 'numeric' }),
  }).format(at)
  return precision === 'aproximada'
    ? `${shown} (${label('date_precision', 'aproximada', language).toLowerCase()})`
    : shown
}

/** The day where she is, as 'YYYY-MM-DD'. */
export function dayOf(at: Millis): string {
  const now = new Date(at)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}
