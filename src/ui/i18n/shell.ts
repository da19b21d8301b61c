// The dictionary of everything but the documents: brings the languages, and the parts that stand in files of their own,
// together. Owns no words.
import type { Language } from '../../engine/api.ts'
import { carriersEn } from './carriers.en.ts'
import { carriersEs } from './carriers.es.ts'
import { type Translate, translator } from './core.ts'
import { en } from './en.ts'
import { es } from './es.ts'
import { peopleEn } from './people.en.ts'
import { peopleEs } from './people.es.ts'
import { waysEn } from './ways.en.ts'
import { waysEs } from './ways.es.ts'

const spanish = { ...es, ...peopleEs, ...waysEs, ...carriersEs }
const english = { ...en, ...peopleEn, ...waysEn, ...carriersEn }

type Spanish = typeof spanish

export type ShellTranslate = Translate<Spanish>

export const shellTranslator = (language: () => Language): ShellTranslate =>
  translator<Spanish>({ es: spanish, en: english }, language)
