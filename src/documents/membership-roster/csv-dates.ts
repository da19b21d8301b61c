// Dates as people and spreadsheets write them, read without inventing what is not said: a year stays a year. Numbers are day,
// month, year, as in all of Mesoamerica. Pure; what is no date is null.
import { bareLetters } from '../letters.ts'

export type WrittenDate = {
  /** 'YYYY', 'YYYY-MM' or 'YYYY-MM-DD'; whether the calendar has it is for `isDate`. */
  readonly date: string
  /** The words between brackets behind it, or 'aproximada' for "~2015" and "aprox. 2015"; null when nothing is said. */
  readonly precision: string | null
}

const monthsOf = (locale: string): [string, number][] =>
  Array.from({ length: 12 }, (_, i) => {
    const name = new Intl.DateTimeFormat(locale, { month: 'long', timeZone: 'UTC' }).format(Date.UTC(2025, i, 1))
    return [bareLetters(name).slice(0, 3), i + 1]
  })
let months: ReadonlyMap<string, number> | null = null
const monthOf = (word: string): number | undefined => {
  months ??= new Map([...monthsOf('en'), ...monthsOf('es'), ['sept', 9]])
  return months.get(word.slice(0, 3))
}

const two = (text: string | number): string => String(text).padStart(2, '0')

export function readDate(words: string): WrittenDate | null {
  const said = /^(.*?)\s*\(([^()]*)\)$/s.exec(words.trim())
  const about = /^(?:~|ca?\.|aprox(?:\.|imad[ao])?|about|approx(?:\.|imately)?)\s*/i.exec(said?.[1] ?? words.trim())
  const rest = (said?.[1] ?? words.trim()).slice(about?.[0].length ?? 0)
  const date = plainDate(rest)
  if (date === null) return null
  return { date, precision: said?.[2] ?? (about === null ? null : 'aproximada') }
}

function plainDate(words: string): string | null {
  if (words.length > 40) return null
  // A time behind the day is what spreadsheets add.
  const iso = /^(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2})(?:[T ][\d:.]+Z?)?)?)?$/.exec(words)
  if (iso !== null) return [iso[1], iso[2], iso[3]].flatMap((part) => (part === undefined ? [] : [two(part)])).join('-')
  const numbers = /^(?:(\d{1,2})[-/.])?(\d{1,2})[-/.](\d{4})$/.exec(words)
  if (numbers !== null) return joined(numbers[3] ?? '', Number(numbers[2]), numbers[1])
  const letters = bareLetters(words).replace(/\b(de|del|of)\b ?/g, '')
  const named = /^(?:(\d{1,2})(?:st|nd|rd|th)? )?(\p{L}{3,}) (\d{4})$/u.exec(letters)
  const month = named === null ? undefined : monthOf(named[2] ?? '')
  return named === null || month === undefined ? null : joined(named[3] ?? '', month, named[1])
}

const joined = (year: string, month: number, day: string | undefined): string =>
  day === undefined ? `${year}-${two(month)}` : `${year}-${two(month)}-${two(day)}`
