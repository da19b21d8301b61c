// What the roster's screens need around its files: the words of columns, the names by which headings are known, and people
// found again by the item they are, whatever others insert meanwhile. Owns no words.
import type { RosterColumn } from '../../../documents/membership-roster/columns.ts'
import type { Language } from '../../../engine/api.ts'
import { LANGUAGES } from '../../i18n/core.ts'
import { rosterEn } from '../../i18n/roster.en.ts'
import { rosterEs } from '../../i18n/roster.es.ts'
import { fieldLabel } from '../../i18n/document.ts'
import { itemKey } from '../../state/document-path.ts'

/** "Canales: Horario seguro"; no two columns have the same. */
export function columnLabel({ id, within }: RosterColumn, language: Language): string {
  const own = fieldLabel(`people.${id}`, language)
  return within === null ? own : `${fieldLabel(`people.${within.name}`, language)}: ${own}`
}

const dictionaries: Readonly<Record<Language, Readonly<Record<string, unknown>>>> = { es: rosterEs, en: rosterEn }

/** Every name that a heading may give the column, in any language. */
export function columnNames(column: RosterColumn): string[] {
  return LANGUAGES.flatMap(({ code }) => {
    const also = dictionaries[code][`roster.also.${column.id}`]
    const others = typeof also === 'string' ? also.split(',') : []
    return [columnLabel(column, code), fieldLabel(`people.${column.id}`, code), ...others]
  })
}

/** Finds an item of `people` in a document by its key; looks through the list once for each document. */
export function finder(): (roster: object, key: string) => number | null {
  const known = new WeakMap<object, ReadonlyMap<string, number>>()
  return (roster, key) => {
    let keys = known.get(roster)
    if (keys === undefined) {
      const list = (roster as Record<string, unknown>)['people']
      keys = new Map(Array.isArray(list) ? list.map((_, i) => [itemKey(list, i), i]) : [])
      known.set(roster, keys)
    }
    return keys.get(key) ?? null
  }
}
