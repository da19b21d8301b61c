// The fields of a learning systematization: Oscar Jara's five moments, the voices and what they consented to, and what
// a public version leaves out. Long prose written by many at once: every section is a shared text (DOC-1).
import { choice, dated, group, id, line, lines, list, text, token, tokens, type Fields } from '../field.ts'

export const timelineFields = {
  id,
  ...dated('date', 'precision'),
  what: text,
  who: line,
  feeling: text,
  evidence: text,
} as const satisfies Fields

export const systematizationFields = {
  /** The five moments' headings, when the authors write their own. */
  headings: group({ startingPoint: line, questions: line, process: line, reflection: line, arrival: line }),
  startingPoint: group({ participants: text, records: lines }),
  questions: group({ purpose: text, object: text, axis: text, sources: text, procedure: text }),
  process: group({ timeline: list(timelineFields), classification: text }),
  reflection: group({ analysis: text, tensions: text, whyItHappened: text }),
  arrival: group({
    learnings: list({ id, text, evidence: text, strategy: choice('fhp_strategy') }),
    recommendations: lines,
    communication: text,
  }),
  quotes: list({ id, text, consent: choice('quote_consent'), alias: token }),
  publicVersion: group({ omit: tokens }),
} as const satisfies Fields
