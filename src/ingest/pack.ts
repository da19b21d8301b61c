// An author's own changes on their way into entries: cut so that each entry passes the guard at everybody's, and a change that
// passes in none found before anything that depends on it is sealed. Implements IN-18; applies nothing.
import type { Bytes } from '../base/bytes.ts'
import { MAX_CHANGES } from '../log/limits.ts'
import { type GuardError, tooDeep } from './guard.ts'
import { MAX_OPERATIONS } from './limits.ts'
import { parseChange } from './parse-change.ts'

/** Bytes of raw changes in one entry: below the outer limit after padding. */
const BATCH_BYTES = 150_000
/** Bytes of one raw change that an entry can hold. */
export const MAX_CHANGE_BYTES = 185_000

export type Misfit = GuardError | { readonly type: 'TooLarge' }

/** Why no entry can hold this change; null: one can. */
export function misfit(change: Bytes): Misfit | null {
  if (change.length > MAX_CHANGE_BYTES) return { type: 'TooLarge' }
  const parsed = parseChange(change)
  if (!parsed.ok) return parsed.error
  return tooDeep(parsed.value, new Map()) ? { type: 'TooDeep' } : null
}

/** The changes of one actor in order, none a misfit, as the runs that go into one entry each. */
export function packed(changes: readonly Bytes[]): Bytes[][] {
  const entries: Bytes[][] = []
  let bytes = 0
  let operations = 0
  let depths = new Map<number, number>()
  for (const change of changes) {
    const parsed = parseChange(change)
    if (!parsed.ok) throw new Error(`an own change that does not pass: ${parsed.error.type}`)
    const open = entries.at(-1)
    bytes += change.length
    operations += parsed.value.operations
    const fits = bytes <= BATCH_BYTES && operations <= MAX_OPERATIONS && (open?.length ?? 0) < MAX_CHANGES
    if (open !== undefined && fits && !tooDeep(parsed.value, depths)) {
      open.push(change)
      continue
    }
    entries.push([change])
    bytes = change.length
    operations = parsed.value.operations
    depths = new Map()
    tooDeep(parsed.value, depths)
  }
  return entries
}
