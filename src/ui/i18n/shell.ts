// The dictionary of everything but the documents: brings the languages together. Owns no words.
import type { Language } from '../../engine/api.ts'
import { type Translate, translator } from './core.ts'
import { en } from './en.ts'
import { es } from './es.ts'

export type ShellTranslate = Translate<typeof es>

export const shellTranslator = (language: () => Language): ShellTranslate => translator<typeof es>({ es, en }, language)
