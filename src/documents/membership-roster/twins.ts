// People who may be one person noted twice: the same alias without accents or case, or the same number or address. Shared
// telephones are common, so that this only ever asks (CSV-7). Pure.
import { bareLetters, plainLetters } from '../letters.ts'
import type { JsonObject } from '../json.ts'
import { listOf, textOf } from '../read.ts'

export type TwinBy = 'alias' | 'channel'

/** An alias as it is compared; empty for none. */
export const aliasKey = (person: JsonObject): string => bareLetters(textOf(person, 'alias'))

/** Numbers and addresses as they are compared: digits alone where there are enough of them, otherwise without blanks. */
export function channelKeys(person: JsonObject): string[] {
  return listOf(person, 'channels').flatMap((channel) => {
    const value = plainLetters(textOf(channel, 'value')).replace(/\s+/g, '')
    const digits = value.replace(/\D/g, '')
    const key = digits.length >= 7 && !/\p{L}/u.test(value) ? digits : value
    return key === '' ? [] : [key]
  })
}

/** Finds who has the alias or the channel of somebody. */
export class People {
  readonly #aliases = new Map<string, number>()
  readonly #channels = new Map<string, number>()

  /** Whoever comes first under a name keeps it. */
  add(person: JsonObject, index: number): void {
    const alias = aliasKey(person)
    if (alias !== '' && !this.#aliases.has(alias)) this.#aliases.set(alias, index)
    for (const key of channelKeys(person)) if (!this.#channels.has(key)) this.#channels.set(key, index)
  }

  twinOf(person: JsonObject): { readonly index: number; readonly by: TwinBy } | null {
    const byAlias = this.#aliases.get(aliasKey(person))
    if (byAlias !== undefined) return { index: byAlias, by: 'alias' }
    const byChannel = channelKeys(person).flatMap((key) => this.#channels.get(key) ?? [])[0]
    return byChannel === undefined ? null : { index: byChannel, by: 'channel' }
  }
}

/** Groups of two or more who share an alias or a channel; nobody is in two groups of one kind. */
export function twinsIn(people: readonly JsonObject[]): { readonly by: TwinBy; readonly indices: readonly number[] }[] {
  const groups = (by: TwinBy, keysOf: (person: JsonObject) => readonly string[]) => {
    const found = new Map<string, number[]>()
    people.forEach((person, i) => {
      for (const key of new Set(keysOf(person))) found.set(key, [...(found.get(key) ?? []), i])
    })
    return [...found.values()].filter(({ length }) => length > 1).map((indices) => ({ by, indices }))
  }
  return [
    ...groups('alias', (person) => [aliasKey(person)].filter((key) => key !== '')),
    ...groups('channel', channelKeys),
  ]
}
