// Organizations by the names a spreadsheet gives them. Two of one name, or one without, are told apart by their id in
// brackets; a name that nobody has yet gets a place-holder, which becomes an organization when the import is done. Pure.
import { bareLetters, tidy } from '../letters.ts'
import { listOf, textOf } from '../read.ts'
import type { JsonObject } from '../json.ts'

/** Ids that stand for organizations still to be made; nothing that a document holds begins so. */
const NEW = 'new organization: '
export const newOrganization = (id: string): string | null => (id.startsWith(NEW) ? id.slice(NEW.length) : null)

export class OrganizationNames {
  readonly #written = new Map<string, string>()
  readonly #ids = new Map<string, string>()
  readonly #byLetters = new Map<string, string>()

  constructor(roster: JsonObject) {
    const all = listOf(roster, 'organizations').map((one) => ({
      id: textOf(one, 'id'),
      name: tidy(textOf(one, 'name')),
    }))
    const times = new Map<string, number>()
    for (const { name } of all) times.set(bareLetters(name), (times.get(bareLetters(name)) ?? 0) + 1)
    for (const { id, name } of all) {
      if (id === '' || this.#written.has(id)) continue
      const letters = bareLetters(name)
      const alone = letters !== '' && times.get(letters) === 1
      let written = alone ? name : tidy(`${name} [${id}]`)
      while (this.#ids.has(written)) written = `${written} [${tidy(id)}]`
      this.#written.set(id, written)
      this.#ids.set(written, id)
      if (letters !== '' && !this.#byLetters.has(letters)) this.#byLetters.set(letters, id)
    }
  }

  /** Empty for an organization that is gone: such a reference is ignored. */
  writtenOf(id: string): string {
    return this.#written.get(id) ?? newOrganization(id) ?? ''
  }

  idOf(written: string): string {
    return this.#ids.get(written) ?? this.#byLetters.get(bareLetters(written)) ?? NEW + written
  }
}
