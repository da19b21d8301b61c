// The controlled vocabularies: codes with their Spanish and English labels. Owns how a code becomes a label and which
// codes a choice offers; never decides what a document may hold. Implements DOC-3: every list also offers otro,
// no_se_sabe and prefiero_no_decir.
import additions from './additions.json' with { type: 'json' }
import terms from './terms.json' with { type: 'json' }

export type Language = 'es' | 'en'

const { always, ...added } = additions
const vocabularies = { ...terms, ...added }

export type VocabularyName = keyof typeof vocabularies

type Terms = ReadonlyMap<string, readonly [string, string]>

const termsOf = (name: VocabularyName): Terms => {
  const labels: Record<string, string[]> = { ...vocabularies[name], ...always }
  return new Map(Object.entries(labels).map(([code, [es = code, en = code]]) => [code, [es, en] as const]))
}

const byName: ReadonlyMap<string, Terms> = new Map(
  (Object.keys(vocabularies) as VocabularyName[]).map((name) => [name, termsOf(name)]),
)

/** The codes that every choice offers besides its own (DOC-3). */
export const alwaysOffered: readonly string[] = Object.keys(always)

/** The codes a choice of this vocabulary offers, in order, the three common ones last. */
export function choices(vocabulary: VocabularyName): readonly string[] {
  return [...(byName.get(vocabulary)?.keys() ?? [])]
}

export function isChoice(vocabulary: VocabularyName, code: string): boolean {
  return byName.get(vocabulary)?.has(code) ?? false
}

/** The words for a code; a code from a newer version, which has none here, is shown as it is. */
export function label(vocabulary: VocabularyName, code: string, language: Language): string {
  const words = byName.get(vocabulary)?.get(code)
  if (words === undefined) return code
  return language === 'es' ? words[0] : words[1]
}
