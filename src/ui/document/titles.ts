// One line that stands for an item of a list while it is folded. Pure.
import type { Language } from '../../engine/api.ts'
import { choices, label, type VocabularyName } from '../../documents/vocabulary/index.ts'
import { asString } from '../state/document-path.ts'

const NAMES = ['title', 'alias', 'name', 'who', 'text', 'what', 'do', 'value'] as const
const CODES: readonly (readonly [string, VocabularyName])[] = [
  ['role', 'role'],
  ['kind', 'channel'],
]

/** At most 140 letters of what the item is called or says; empty when it says nothing. */
export function titleOf(item: Readonly<Record<string, unknown>>, language: Language): string {
  for (const name of NAMES) {
    const text = asString(item[name]).trim()
    if (text !== '') return text.length > 140 ? `${text.slice(0, 139).trimEnd()}…` : text
  }
  for (const [name, vocabulary] of CODES) {
    const code = asString(item[name])
    if (code !== '' && choices(vocabulary).includes(code)) return label(vocabulary, code, language)
  }
  return ''
}
