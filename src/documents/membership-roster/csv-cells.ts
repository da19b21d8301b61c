// One value as one cell of a spreadsheet, and back. What goes out comes in the same (but for blanks around a text, control
// characters and the kind of line ends), and no cell can be taken for a formula (CSV-2, CSV-3). Pure; never throws.
import { err, ok, type Result } from '../../base/result.ts'
import { isDate } from '../check.ts'
import type { Field } from '../field.ts'
import type { Json, JsonObject } from '../json.ts'
import { bareLetters, tidy } from '../letters.ts'
import { choices, isChoice, label, type Language, type VocabularyName } from '../vocabulary/index.ts'
import { readDate } from './csv-dates.ts'
import type { OrganizationNames } from './organization-names.ts'

export type CellContext = { readonly language: Language; readonly organizations: OrganizationNames }

export type CellProblem = 'NotAChoice' | 'NotADate' | 'NotANumber' | 'NotAFlag' | 'TooLong'

/** The longest cell that is taken in, in UTF-16 units: a change must fit an entry. */
export const LONGEST_CELL = 20_000

const FORMULA = /((?:^|[;,\t\n])["\s]*)('*)([=+\-@＝＋－＠])/g
const QUOTED_FORMULA = /((?:^|[;,\t\n])["\s]*)'('*)([=+\-@＝＋－＠])/g

/**
 * A cell that no spreadsheet takes for a formula: an apostrophe before the sign, at the beginning of the cell and wherever a
 * program that splits at another separator would begin one. `plain` undoes exactly that.
 */
export const harmless = (cell: string): string => cell.replace(FORMULA, "$1'$2$3")
export const plain = (cell: string): string => cell.replace(QUOTED_FORMULA, '$1$2$3')

/** Several texts in one cell: `; ` between them, `\` before what would be one. */
export const joinParts = (parts: readonly string[]): string =>
  parts.map((part) => part.replace(/[\\;]/g, '\\$&')).join('; ')

export function splitParts(cell: string): string[] {
  if (cell.trim() === '') return []
  const parts: string[] = []
  let part = ''
  for (let i = 0; i < cell.length; i++) {
    const char = cell.charAt(i)
    if (char === ';') {
      parts.push(part.trim())
      part = ''
    } else if (char === '\\' && /[\\;]/.test(cell.charAt(i + 1))) part += cell.charAt(++i)
    else part += char
  }
  return [...parts, part.trim()]
}

/** The words of one value; a date has its precision beside it. Empty for what is not given. */
export function wordsOf(
  field: Field,
  value: Json | undefined,
  precision: Json | undefined,
  context: CellContext,
): string {
  const { language } = context
  if (value === null || value === undefined) return ''
  if (field.kind === 'flag') return typeof value === 'boolean' ? label('yes_no', value ? 'si' : 'no', language) : ''
  if (field.kind === 'date') return dateWords(value, precision, language)
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') return ''
  if (field.kind === 'choice' || field.kind === 'choices')
    return isChoice(field.vocabulary, tidy(value)) ? label(field.vocabulary, tidy(value), language) : tidy(value)
  return tidy(field.kind === 'refs' ? context.organizations.writtenOf(value) : value)
}

/** How exact a date is when nothing is said: as exact as it is written. */
export const impliedPrecision = (date: string): string =>
  date.length === 4 ? 'anio' : date.length === 7 ? 'mes' : 'dia'

function dateWords(value: Json, precision: Json | undefined, language: Language): string {
  if (typeof value !== 'string' || tidy(value) === '') return ''
  const exact = typeof precision === 'string' ? tidy(precision) : ''
  if (exact === '' || exact === impliedPrecision(tidy(value))) return tidy(value)
  return `${tidy(value)} (${label('date_precision', exact, language)})`
}

/** The fields that the words of one value set: one, or a date with how exact it is. Nothing for blank words. */
export function valueOf(
  name: string,
  field: Field,
  words: string,
  context: CellContext,
): Result<JsonObject, CellProblem> {
  if (words === '') return ok({})
  if (words.length > LONGEST_CELL) return err('TooLong')
  switch (field.kind) {
    case 'flag':
      return flagOf(name, words)
    case 'number': {
      const number = Number(words.replace(/\s/g, ''))
      return Number.isSafeInteger(number) ? ok({ [name]: number }) : err('NotANumber')
    }
    case 'choice':
    case 'choices': {
      const code = codeOf(field.vocabulary, words)
      return code === null ? err('NotAChoice') : ok({ [name]: code })
    }
    case 'date':
      return dateOf(name, field.precision, words)
    case 'refs':
      return ok({ [name]: context.organizations.idOf(words) })
    default:
      return ok({ [name]: words })
  }
}

function dateOf(name: string, precision: string | undefined, words: string): Result<JsonObject, CellProblem> {
  const read = readDate(words)
  if (read === null || !isDate(read.date)) return err('NotADate')
  const exact = read.precision === null ? null : codeOf('date_precision', read.precision)
  if (read.precision !== null && exact === null) return err('NotADate')
  return ok({
    [name]: read.date,
    ...(precision === undefined ? {} : { [precision]: exact ?? impliedPrecision(read.date) }),
  })
}

const YES = new Set(['si', 's', 'yes', 'y', 'true', 'verdadero', '1', 'x'])
const NO = new Set(['no', 'n', 'false', 'falso', '0'])

function flagOf(name: string, words: string): Result<JsonObject, CellProblem> {
  const letters = bareLetters(words)
  return YES.has(letters) ? ok({ [name]: true }) : NO.has(letters) ? ok({ [name]: false }) : err('NotAFlag')
}

const codes = new Map<VocabularyName, ReadonlyMap<string, string>>()

/** The code that the words name: by its label in any language, or by itself; without accents or case. */
export function codeOf(vocabulary: VocabularyName, words: string): string | null {
  if (isChoice(vocabulary, words)) return words
  let known = codes.get(vocabulary)
  if (known === undefined) {
    const named = (language: Language) =>
      choices(vocabulary).map((code): [string, string] => [bareLetters(label(vocabulary, code, language)), code])
    const own = choices(vocabulary).map((code): [string, string] => [bareLetters(code), code])
    known = new Map([...own, ...named('en'), ...named('es')])
    codes.set(vocabulary, known)
  }
  return known.get(bareLetters(words)) ?? null
}
