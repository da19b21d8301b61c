// The sign of each type of document and the order the types are listed in; words are in the dictionaries.
import type { DocumentType } from '../../engine/api.ts'
import type { IconName } from '../shared/icons.ts'

export const DOCUMENT_TYPES: readonly DocumentType[] = [
  'protection-plan',
  'meeting-minutes',
  'learning-systematization',
  'membership-roster',
]

export const DOCUMENT_ICONS: Readonly<Record<DocumentType, IconName>> = {
  'protection-plan': 'plan',
  'meeting-minutes': 'memoria',
  'learning-systematization': 'sistem',
  'membership-roster': 'padron',
}
