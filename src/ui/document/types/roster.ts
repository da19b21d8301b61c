// The roster as rows to search, filter and sort: what a row shows, and the letters it is found by, without accents or case.
// Pure; rows are kept per item, so that a change to one person among 3,000 makes one new row.
import type { Language } from '../../../engine/api.ts'
import { isPast } from '../../../documents/dates.ts'
import { plainLetters } from '../../../documents/letters.ts'
import { label } from '../../../documents/vocabulary/index.ts'
import { asList, asObject, asString, asStrings } from '../../state/document-path.ts'

export { plainLetters } from '../../../documents/letters.ts'

export type ConsentState = 'given' | 'none' | 'due' | 'withdrawn'

export interface PersonRow {
  readonly alias: string
  readonly pronouns: string
  readonly place: string
  readonly organizations: string
  readonly role: string
  readonly channel: string
  readonly status: string
  readonly languages: string
  readonly skills: string
  readonly joined: string
  readonly withdrawn: boolean
  readonly letters: string
  /** Codes and ids to filter by. */
  readonly territory: string
  readonly organizationIds: readonly string[]
  readonly roles: readonly string[]
  readonly memberStatus: string
  readonly consent: { readonly noted: boolean; readonly reviewOn: string }
}

/** The columns of the table besides the alias, in order; those that are shown unless somebody chooses others. */
export const COLUMNS = ['place', 'organizations', 'role', 'channel', 'status', 'languages', 'skills', 'joined'] as const
export type Column = (typeof COLUMNS)[number]
export const USUAL_COLUMNS: readonly Column[] = ['place', 'organizations', 'role', 'channel', 'status']

export type SortBy = 'alias' | Column
export const SORTS: readonly SortBy[] = ['alias', 'place', 'role', 'status']

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
    const roles = asList(person['roles']).flatMap((one) => asString(asObject(one)['role']) || [])
    const memberStatus = asString(person['memberStatus'])
    const organizationIds = asStrings(person['organizations'])
    const names = organizationIds.map((id) => this.organizations.get(id) ?? '')
    const territory = asString(person['territory'])
    const row = {
      alias: asString(person['alias']),
      pronouns: asString(person['pronouns']),
      place: joined(', ', [territory, asString(person['country'])]),
      organizations: joined(' · ', names),
      role: roles[0] === undefined ? '' : label('role', roles[0], language),
      channel: joined(' · ', [
        asString(channel['kind']) === '' ? '' : label('channel', asString(channel['kind']), language),
        asString(channel['safeHours']),
        channel['sharedPhone'] === true ? this.shared : '',
      ]),
      status: memberStatus === '' ? '' : label('member_status', memberStatus, language),
      languages: joined(', ', asStrings(person['languages'])),
      skills: joined(', ', asStrings(person['skills'])),
      joined: asString(person['joined']),
      withdrawn: asString(consent['withdrawnOn']) !== '',
      territory,
      organizationIds,
      roles,
      memberStatus,
      consent: {
        noted: asString(consent['scope']) !== '' || asString(consent['givenOn']) !== '',
        reviewOn: asString(consent['reviewOn']),
      },
    }
    const letters = plainLetters(`${row.alias} ${row.place} ${row.organizations} ${row.role} ${row.status}`)
    return { ...row, letters }
  }
}

const joined = (between: string, words: readonly string[]): string => words.filter((word) => word !== '').join(between)

export function consentOf(row: PersonRow, today: string): ConsentState {
  if (row.withdrawn) return 'withdrawn'
  if (!row.consent.noted) return 'none'
  return isPast(row.consent.reviewOn, today) ? 'due' : 'given'
}

/** What each filter keeps to; an empty string keeps everybody. */
export interface Filters {
  readonly territory: string
  readonly role: string
  readonly organization: string
  readonly status: string
  readonly consent: '' | ConsentState
}

export const NO_FILTERS: Filters = { territory: '', role: '', organization: '', status: '', consent: '' }
export const isFiltered = (filters: Filters): boolean => Object.values(filters).some((value) => value !== '')

export const passes = (row: PersonRow, filters: Filters, today: string): boolean =>
  (filters.territory === '' || row.territory === filters.territory) &&
  (filters.role === '' || row.roles.includes(filters.role)) &&
  (filters.organization === '' || row.organizationIds.includes(filters.organization)) &&
  (filters.status === '' || row.memberStatus === filters.status) &&
  (filters.consent === '' || consentOf(row, today) === filters.consent)

/** All indices into `rows`, in the language's order. Made once for many searches: comparing is what costs. */
export function orderOf(rows: readonly PersonRow[], sort: SortBy, language: Language, down = false): number[] {
  const { compare } = new Intl.Collator(language, { sensitivity: 'base', numeric: true })
  const key = (index: number): string => rows[index]?.[sort] ?? ''
  const alias = (index: number): string => rows[index]?.alias ?? ''
  const sign = down ? -1 : 1
  return rows.map((_, index) => index).sort((a, b) => sign * compare(key(a), key(b)) || compare(alias(a), alias(b)))
}

/** Those of `order` whose row holds every word of `search`. */
export function searchRows(rows: readonly PersonRow[], order: readonly number[], search: string): number[] {
  const words = plainLetters(search)
    .split(/\s+/)
    .filter((word) => word !== '')
  return order.filter((index) => words.every((word) => rows[index]?.letters.includes(word)))
}

/** Indices into `rows` that hold every word of `search`, in the order asked for. */
export const findRows = (rows: readonly PersonRow[], search: string, sort: SortBy, language: Language): number[] =>
  searchRows(rows, orderOf(rows, sort, language), search)
