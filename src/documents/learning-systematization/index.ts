// The document type `learning-systematization`: its name, version and fields, the envelope's first. Owns nothing else.
import { defineType } from '../definition.ts'
import { systematizationFields } from './schema.ts'

export const systematizationType = defineType('learning-systematization', 1, systematizationFields)
