// The declarative description of a document's fields. Everything else is derived from it: forms, validation, import,
// export, changes, conflicts. Holds no words for people (labels belong to the interface) and no values.
import type { VocabularyName } from './vocabulary/index.ts'

type Common = {
  /** Two values set apart are both shown until somebody decides (DOC-5). */
  readonly critical?: true
  /** Only a title is. */
  readonly required?: true
  /** Written when the document is made, never changed after: type, schema, ids. */
  readonly fixed?: true
}

/** Collaborative string: `text` for long prose, `line` for a title or a short sentence. */
export type TextField = Common & { readonly kind: 'text' | 'line' }
/** Short values that are replaced whole; `token` is a string nobody co-types: an id, an alias, a phone number. */
export type ScalarField = Common & { readonly kind: 'token' | 'time' | 'number' | 'flag' }
/** 'YYYY-MM-DD', 'YYYY-MM' or 'YYYY'; `precision` names the sibling field that says how exact it is (DOC-4). */
export type DateField = Common & { readonly kind: 'date'; readonly precision?: string }
/** A code of a vocabulary; `precisionOf` names the date that it describes. */
export type ChoiceField = Common & {
  readonly kind: 'choice'
  readonly vocabulary: VocabularyName
  readonly precisionOf?: string
}
export type ChoicesField = Common & { readonly kind: 'choices'; readonly vocabulary: VocabularyName }
/** Lists of strings: `tokens` are replaced whole, `lines` are co-typed. */
export type StringsField = Common & { readonly kind: 'tokens' | 'lines' }
/** Ids of the items of the list `to` at the root of the same document. */
export type RefsField = Common & { readonly kind: 'refs'; readonly to: string }
export type ListField = Common & { readonly kind: 'list'; readonly fields: Fields }
export type GroupField = Common & { readonly kind: 'group'; readonly fields: Fields }

export type Field =
  TextField | ScalarField | DateField | ChoiceField | ChoicesField | StringsField | RefsField | ListField | GroupField

export type FieldKind = Field['kind']
export type Fields = { readonly [name: string]: Field }

export const line = { kind: 'line' } as const
export const text = { kind: 'text' } as const
export const token = { kind: 'token' } as const
export const tokens = { kind: 'tokens' } as const
export const lines = { kind: 'lines' } as const
export const time = { kind: 'time' } as const
export const number = { kind: 'number' } as const
export const flag = { kind: 'flag' } as const
export const choice = (vocabulary: VocabularyName) => ({ kind: 'choice', vocabulary }) as const
export const choices = (vocabulary: VocabularyName) => ({ kind: 'choices', vocabulary }) as const
export const refs = (to: string) => ({ kind: 'refs', to }) as const
export const list = <F extends Fields>(fields: F) => ({ kind: 'list', fields }) as const
export const group = <F extends Fields>(fields: F) => ({ kind: 'group', fields }) as const
export const critical = <F extends Field>(field: F) => ({ ...field, critical: true }) as const
export const fixed = <F extends Field>(field: F) => ({ ...field, fixed: true }) as const
/** The id of a list's item: given when the item is made. */
export const id = fixed(token)

/** A date and the sibling that says how exact it is: `dated('due')` is `due` and `duePrecision`. */
export function dated(name: string, precision = `${name}Precision`): Fields {
  return {
    [name]: { kind: 'date', precision },
    [precision]: { kind: 'choice', vocabulary: 'date_precision', precisionOf: name },
  }
}

/** The fields of one item of a list whose items are plain strings. */
export function elementOf(field: Field): Field | null {
  switch (field.kind) {
    case 'lines':
      return line
    case 'tokens':
    case 'refs':
      return token
    case 'choices':
      return choice(field.vocabulary)
    default:
      return null
  }
}

/** Kinds that hold something of their own in Automerge, made with the document or the item, never by two (DOC-2). */
export const isContainer = (field: Field): boolean =>
  !['token', 'time', 'number', 'flag', 'date', 'choice'].includes(field.kind)

export const isList = (field: Field): boolean => ['list', 'lines', 'tokens', 'refs', 'choices'].includes(field.kind)
