// The dictionary of the document screen, and the labels of fields found by their place in the document. Owns no words.
import type { Language } from '../../engine/api.ts'
import { type Translate, translator } from './core.ts'
import { documentEn } from './document.en.ts'
import { documentEs } from './document.es.ts'

export type DocumentTranslate = Translate<typeof documentEs>

const dictionaries = { es: documentEs, en: documentEn }

export const documentTranslator = (language: () => Language): DocumentTranslate =>
  translator<typeof documentEs>(dictionaries, language)

/** The label of a field such as `threats.title`; a field of a newer version shows its own name. */
export function fieldLabel(name: string, language: Language): string {
  const words: Readonly<Record<string, unknown>> = dictionaries[language]
  const key = `field.${name}`
  const word = Object.hasOwn(words, key) ? words[key] : undefined
  return typeof word === 'string' ? word : (name.split('.').at(-1) ?? name)
}
