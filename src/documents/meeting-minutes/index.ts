// The document type `meeting-minutes`: its name, version and fields, the envelope's first. Owns nothing else.
import { defineType } from '../definition.ts'
import { minutesFields } from './schema.ts'

export const minutesType = defineType('meeting-minutes', 1, minutesFields)
