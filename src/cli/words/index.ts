// The words of the headless member by language, and which language is meant. Owns the choice only.
import type { Language } from '../../engine/api.ts'
import { en } from './en.ts'
import { es, type Words } from './es.ts'

export type { Words } from './es.ts'

export const words: Readonly<Record<Language, Words>> = { es, en }

/** `--lang`, or what the machine speaks; Spanish when it is neither Spanish nor English. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  const locale = [env['LC_ALL'], env['LC_MESSAGES'], env['LANG']].find((value) => value !== undefined && value !== '')
  return locale?.toLowerCase().startsWith('en') === true ? 'en' : 'es'
}
