// The document type `membership-roster`: its name, version and fields, the envelope's first. Owns nothing else.
import { defineType } from '../definition.ts'
import { rosterFields } from './schema.ts'

export const rosterType = defineType('membership-roster', 1, rosterFields)
