// The agreements of one meeting that are not settled yet. Pure: a view and today's date in, a list out. Never says who
// spoke, only who took something on.
import { isPast } from '../dates.ts'
import type { Path } from '../json.ts'
import { listOf, stringsOf, textOf, type DocumentView } from '../read.ts'

export type OpenAgreement = {
  readonly path: Path
  readonly n: string
  readonly text: string
  readonly responsible: readonly string[]
  readonly due: string
  readonly overdue: boolean
}

const settled = ['cumplido', 'no_se_cumplio', 'cancelado']

/** In the order of the minutes; `today` is 'YYYY-MM-DD'. */
export function openAgreements(view: DocumentView, today: string): readonly OpenAgreement[] {
  return listOf(view.fields, 'agreements')
    .map((agreement, i) => ({
      path: ['agreements', i],
      n: textOf(agreement, 'n'),
      text: textOf(agreement, 'text'),
      responsible: stringsOf(agreement, 'responsible'),
      due: textOf(agreement, 'due'),
      overdue: isPast(textOf(agreement, 'due'), today),
      status: textOf(agreement, 'status'),
    }))
    .filter(({ status }) => !settled.includes(status))
    .map(({ status: _status, ...open }) => open)
}
