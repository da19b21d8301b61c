// Whether a person's data may leave the roster. Withdrawn consent follows into prints, exports and links, and so does what
// she asked to be kept from somebody: whoever makes one asks here (DOC-12). Reads only; any date of withdrawal counts.
import { next as A } from '@automerge/automerge/slim'
import { criticalConflicts } from '../conflicts.ts'
import { own, type JsonObject } from '../json.ts'
import { textOf } from '../read.ts'

export const hasWithdrawnConsent = (person: JsonObject): boolean => consentText(person, 'withdrawnOn') !== ''

/**
 * `never`: consent is withdrawn. `ask`: she said whom not to show it to, or consented to her focal point alone, and only who
 * makes the file knows who will read it. `free`: nothing stands against it.
 */
export type Leaving = 'free' | 'ask' | 'never'

export function leavingOf(person: JsonObject): Leaving {
  if (hasWithdrawnConsent(person)) return 'never'
  const kept = consentText(person, 'withholdFrom').trim() !== '' || consentText(person, 'scope') === 'solo_punto_focal'
  return kept ? 'ask' : 'free'
}

const consentText = (person: JsonObject, name: string): string =>
  textOf(own(person, 'consent') as JsonObject | undefined, name)

/**
 * Indices of people whose consent somebody withdrew apart from another change to it: while both values stand, the withdrawal
 * counts, whichever Automerge shows.
 */
export function withdrawnApart(roster: object): ReadonlySet<number> {
  if (!A.isAutomerge(roster)) return new Set()
  const found = criticalConflicts(roster).flatMap(({ path, values }) => {
    const [list, index, , name] = path
    const withdrawn =
      list === 'people' && name === 'withdrawnOn' && values.some(({ value }) => value !== null && value !== '')
    return withdrawn && typeof index === 'number' ? [index] : []
  })
  return new Set(found)
}
