// What a plan still lacks, as facts for people to weigh. Pure: a view of the plan and today's date in, tagged flags out.
// Never computes a risk level and never blocks anything (DOC-11).
import { hasCome, isPast } from '../dates.ts'
import { own, type JsonObject, type Path } from '../json.ts'
import { listOf, stringsOf, textOf, type DocumentView } from '../read.ts'

export type PlanFlag =
  /** At `critico`: "act on the threat first". Always the first flag. */
  | { readonly type: 'ActFirst'; readonly path: Path }
  | { readonly type: 'ThreatWithoutPreventive'; readonly path: Path }
  | { readonly type: 'ThreatWithoutResponse'; readonly path: Path }
  | { readonly type: 'MeasureWithoutResponsible'; readonly path: Path }
  | { readonly type: 'MeasureOverdue'; readonly path: Path; readonly due: string }
  | { readonly type: 'ReviewDue'; readonly path: Path; readonly due: string }

/** `today` is 'YYYY-MM-DD' where the reader is. */
export function planFlags(view: DocumentView, today: string): readonly PlanFlag[] {
  const { fields } = view
  const measures = listOf(fields, 'measures')
  const first: PlanFlag[] = textOf(fields, 'riskLevel') === 'critico' ? [{ type: 'ActFirst', path: ['riskLevel'] }] : []
  return [
    ...first,
    ...listOf(fields, 'threats').flatMap((threat, i) => threatFlags(threat, i, measures)),
    ...measures.flatMap((measure, i) => measureFlags(measure, i, today)),
    ...reviewFlags(fields, today),
  ]
}

function threatFlags(threat: JsonObject, index: number, measures: readonly JsonObject[]): PlanFlag[] {
  const id = textOf(threat, 'id')
  const answered = (kind: string): boolean =>
    measures.some(
      (measure) =>
        textOf(measure, 'kind') === kind &&
        textOf(measure, 'status') !== 'no_viable' &&
        id !== '' &&
        stringsOf(measure, 'threats').includes(id),
    )
  const flags: PlanFlag[] = []
  if (!answered('preventiva')) flags.push({ type: 'ThreatWithoutPreventive', path: ['threats', index] })
  if (!answered('respuesta')) flags.push({ type: 'ThreatWithoutResponse', path: ['threats', index] })
  return flags
}

function measureFlags(measure: JsonObject, index: number, today: string): PlanFlag[] {
  const status = textOf(measure, 'status')
  if (status === 'hecha' || status === 'no_viable') return []
  const flags: PlanFlag[] = []
  if (!stringsOf(measure, 'responsible').some((who) => who.trim() !== ''))
    flags.push({ type: 'MeasureWithoutResponsible', path: ['measures', index, 'responsible'] })
  const due = textOf(measure, 'due')
  if (isPast(due, today)) flags.push({ type: 'MeasureOverdue', path: ['measures', index, 'due'], due })
  return flags
}

function reviewFlags(fields: JsonObject, today: string): PlanFlag[] {
  const next = textOf(own(fields, 'review') as JsonObject | undefined, 'next')
  const flags: PlanFlag[] = []
  if (hasCome(next, today)) flags.push({ type: 'ReviewDue', path: ['review', 'next'], due: next })
  const nextReview = textOf(fields, 'nextReview')
  if (hasCome(nextReview, today)) flags.push({ type: 'ReviewDue', path: ['nextReview'], due: nextReview })
  return flags
}
