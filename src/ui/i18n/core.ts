// What every dictionary shares: the shape that makes a missing or extra word a type error, and plurals by the language's own
// rules. Owns no words. A further language is one more file of each dictionary and one line in `LANGUAGES`.
import type { Language } from '../../engine/api.ts'

/** Each language by its own name, in the order offered. */
export const LANGUAGES: readonly { readonly code: Language; readonly name: string }[] = [
  { code: 'es', name: 'Español' },
  { code: 'en', name: 'English' },
]

/** The shape another language's dictionary must fill: the same keys, the same arguments. */
export type Words<D> = {
  readonly [K in keyof D]: D[K] extends (...args: infer A) => string ? (...args: A) => string : string
}

type Args<D, K extends keyof D> = D[K] extends (...args: infer A) => string ? A : []

export type Translate<D> = <K extends keyof D & string>(key: K, ...args: Args<D, K>) => string

/** A `t()` over one dictionary per language; `language` is read at each call, so runes that it reads stay tracked. */
export function translator<D>(
  dictionaries: Readonly<Record<Language, Words<D>>>,
  language: () => Language,
): Translate<D> {
  return (key, ...args) => {
    const word: unknown = dictionaries[language()][key]
    return typeof word === 'function' ? (word as (...given: unknown[]) => string)(...args) : String(word)
  }
}

export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string }

/** `(n, forms)`: the form that the language's rules choose for `n`, with `#` replaced by `n` in its digits. */
export function plurals(language: Language): (n: number, forms: Plural) => string {
  const rules = new Intl.PluralRules(language)
  const digits = new Intl.NumberFormat(language)
  return (n, forms) => (forms[rules.select(n)] ?? forms.other).replace('#', digits.format(n))
}
