// Whether a person's data may leave the roster. Withdrawn consent follows into prints, exports and links: whoever
// makes one asks here (DOC-12). Pure; a date of withdrawal of any precision counts at once.
import { own, type JsonObject } from '../json.ts'
import { textOf } from '../read.ts'

export const hasWithdrawnConsent = (person: JsonObject): boolean =>
  textOf(own(person, 'consent') as JsonObject | undefined, 'withdrawnOn') !== ''
