// The roster as rows to search and sort: what a row shows, and the letters it is found by, without accents or case. Pure;
// rows are kept per item, so that a change to one person among 3,000 makes one new row.
import type { Language } from '../../../engine/api.ts'
import { label } from '../../../documents/vocabulary/index.ts'
import { asList, asObject, asString, asStrings } from '../../state/document-path.ts'

export interface PersonRow {
  readonly alias: string
  readonly pronouns: string
  readonly place: string
  readonly organizations: string
  readonly role: string
  readonly channel: string
  readonly status: string
  readonly withdrawn: boolean
  readonly letters: string
}

export type SortBy = 'alias' | 'place' | 'role' | 'status'
export const SORTS: readonly SortBy[] = ['alias', 'place', 'role', 'status']

export const plainLetters = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/** Rows of people, remembered for as long as the person and the names of organizations stay the same. */
export class Rows {
  private readonly kept = new WeakMap<object, PersonRow>()

  constructor(
    private readonly organizations: ReadonlyMap<string, string>,
    private readonly language: Language,
    private readonly shared: string,
  ) {}

  of(person: unknown): PersonRow {
    if (typeof person !== 'object' || person === null) return this.make({})
    const known = this.kept.get(person)
    if (known !== undefined) return known
    const row = this.make(asObject(person))
    this.kept.set(person, row)
    return row
  }

  private make(person: Readonly<Record<string, unknown>>): PersonRow {
    const { language } = this
    const consent = asObject(person['consent'])
    const channel = asObject(asList(person['channels'])[0])
    const role = asString(asObject(asList(person['roles'])[0])['role'])
    const status = asString(person['memberStatus'])
    const names = asStrings(person['organizations']).map((id) => this.organizations.get(id) ?? '')
    const row = {
      alias: asString(person['alias']),
      pronouns: asString(person['pronouns']),
      place: joined(', ', [asString(person['territory']), asString(person['country'])]),
      organizations: joined(' · ', names),
      role: role === '' ? '' : label('role', role, language),
      channel: joined(' · ', [
        asString(channel['kind']) === '' ? '' : label('channel', asString(channel['kind']), language),
        asString(channel['safeHours']),
        channel['sharedPhone'] === true ? this.shared : '',
      ]),
      status: status === '' ? '' : label('member_status', status, language),
      withdrawn: asString(consent['withdrawnOn']) !== '',
    }
    const letters = plainLetters(`${row.alias} ${row.place} ${row.organizations} ${row.role} ${row.status}`)
    return { ...row, letters }
  }
}

const joined = (between: string, words: readonly string[]): string => words.filter((word) => word !== '').join(between)

/** Indices into `rows` that hold every word of `search`, in the order asked for. */
export function findRows(rows: readonly PersonRow[], search: string, sort: SortBy, language: Language): number[] {
  const words = plainLetters(search)
    .split(/\s+/)
    .filter((word) => word !== '')
  const found = rows.flatMap((row, index) => (words.every((word) => row.letters.includes(word)) ? [index] : []))
  const { compare } = new Intl.Collator(language, { sensitivity: 'base' })
  const key = (index: number): string => rows[index]?.[sort] ?? ''
  const alias = (index: number): string => rows[index]?.alias ?? ''
  return found.sort((a, b) => compare(key(a), key(b)) || compare(alias(a), alias(b)))
}
