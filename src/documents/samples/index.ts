// Fictional documents to look at and to test with: invented aliases, organizations and numbers. Owns the data and its
// text form for `importJson`; nothing in it names anybody.
import type { DocumentType } from '../definition.ts'
import systematization from './learning-systematization.json' with { type: 'json' }
import minutes from './meeting-minutes.json' with { type: 'json' }
import roster from './membership-roster.json' with { type: 'json' }
import plan from './protection-plan.json' with { type: 'json' }

const samples: Readonly<Record<DocumentType, object>> = {
  'membership-roster': roster,
  'protection-plan': plan,
  'meeting-minutes': minutes,
  'learning-systematization': systematization,
}

/** The fictional example of a type, as the text of a JSON file. */
export const sampleText = (type: DocumentType): string => JSON.stringify(samples[type])
