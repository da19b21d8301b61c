// Where people placed each threat in the 5 x 5 picture of likelihood and impact. A picture only: no number and no risk
// level comes out of it (DOC-11).
import { textOf, listOf, type DocumentView } from '../read.ts'

/** From the lowest to the highest; the order of both axes. */
export const levels = ['muy_baja', 'baja', 'media', 'alta', 'muy_alta'] as const

export type Matrix = {
  /** `cells[likelihood][impact]`: indices into the plan's threats. */
  readonly cells: readonly (readonly (readonly number[])[])[]
  /** Threats whose likelihood or impact is not given, not known, or not a level. */
  readonly unplaced: readonly number[]
}

export function matrixOf(view: DocumentView): Matrix {
  const cells = levels.map(() => levels.map((): number[] => []))
  const unplaced: number[] = []
  listOf(view.fields, 'threats').forEach((threat, i) => {
    const cell = cells[levelOf(textOf(threat, 'likelihood'))]?.[levelOf(textOf(threat, 'impact'))]
    ;(cell ?? unplaced).push(i)
  })
  return { cells, unplaced }
}

const levelOf = (code: string): number => (levels as readonly string[]).indexOf(code)
