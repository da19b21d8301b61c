// Risk levels and the weave that draws them, and the tint of a matrix cell. A picture of what people decided: nothing here
// computes a level.
import { levels } from '../../documents/protection-plan/matrix.ts'

export const RISK_LEVELS = ['aceptable', 'atencion', 'alto', 'critico'] as const

/** 1 to 4; 0 for a level that is none of the four. */
export const levelNumber = (code: string): number => (RISK_LEVELS as readonly string[]).indexOf(code) + 1

/** The higher of several levels: while two are undecided, it counts. */
export function highest(codes: readonly string[]): string {
  return [...codes].sort((a, b) => levelNumber(b) - levelNumber(a))[0] ?? ''
}

/** Rows from the highest impact to the lowest, columns from the lowest likelihood: how closed the cloth is, 1 to 4. */
export const TINTS: readonly (readonly number[])[] = [
  [2, 3, 3, 4, 4],
  [2, 2, 3, 3, 4],
  [1, 2, 2, 3, 3],
  [1, 1, 2, 2, 3],
  [1, 1, 1, 2, 2],
]

export const LEVELS = levels
