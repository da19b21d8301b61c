// Sizes of files as people say them. Owns the choice of unit; the words are the platform's own.
import type { Language } from '../../engine/api.ts'

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const
const LOCALES: Readonly<Record<Language, string>> = { es: 'es-MX', en: 'en-GB' }

/** "840 kB", "1.4 MB". `bytes` is not negative. */
export function sizeSaid(bytes: number, language: Language): string {
  let value = bytes
  let at = 0
  while (value >= 1000 && at < UNITS.length - 1) {
    value /= 1000
    at += 1
  }
  const unit = UNITS[at] ?? 'byte'
  const digits = at > 1 && value < 10 ? 1 : 0
  const format = new Intl.NumberFormat(LOCALES[language], { style: 'unit', unit, maximumFractionDigits: digits })
  // A number and its unit stay on one line.
  return format.format(value).replace(' ', '\u00a0')
}
