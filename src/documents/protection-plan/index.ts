// The document type `protection-plan`: its name, version and fields, the envelope's first. Owns nothing else.
import { defineType } from '../definition.ts'
import { planFields } from './schema.ts'

export const planType = defineType('protection-plan', 1, planFields)
