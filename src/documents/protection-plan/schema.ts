// The fields of a protection plan: the five steps of assessing each threat, what answers it, and who does what when.
// The risk level is decided by people and is a field like any other; nothing here computes it (DOC-1, DOC-11).
import {
  choice,
  critical,
  dated,
  flag,
  group,
  id,
  line,
  lines,
  list,
  number,
  refs,
  text,
  token,
  tokens,
  type Fields,
} from '../field.ts'

const linked = { id, text: line, threats: refs('threats') } as const satisfies Fields

export const threatFields = {
  id,
  title: line,
  facts: text,
  pattern: text,
  objective: text,
  source: text,
  conclusion: text,
  likelihood: critical(choice('level5')),
  impact: critical(choice('level5')),
} as const satisfies Fields

export const measureFields = {
  id,
  text,
  kind: choice('measure_kind'),
  strategy: choice('strategy'),
  dimension: choice('dimension'),
  threats: refs('threats'),
  responsible: tokens,
  ...dated('due'),
  status: critical(choice('measure_status')),
  cost: group({ amount: number, currency: token }),
} as const satisfies Fields

export const planFields = {
  scope: choice('plan_scope'),
  subject: line,
  facilitators: tokens,
  context: text,
  actors: list({ id, name: line, stance: choice('stance'), interests: text, note: text }),
  threats: list(threatFields),
  vulnerabilities: list(linked),
  capacities: list(linked),
  riskLevel: critical(choice('risk_level')),
  measures: list(measureFields),
  checkin: group({
    when: text,
    windowMin: number,
    channel: line,
    okPhrase: line,
    duressPhrase: line,
    escalation: list({ id, afterMin: number, who: line, do: text }),
  }),
  triggers: lines,
  stopAuthority: line,
  emergencyContacts: list({ id, order: number, alias: token, relation: line, channel: token, forWhat: line }),
  care: group({ signals: text, whatHelps: text, agreements: text }),
  digital: text,
  family: group({ dependents: text, plan: text }),
  health: group({ notes: text, meds: text }),
  legal: text,
  territory: text,
  review: group({ ...dated('next'), everyDays: number, afterIncident: flag }),
  sources: text,
  agreed: tokens,
} as const satisfies Fields
