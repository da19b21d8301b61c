// Texts of an open document between its patches and its fields: what changes did to one text, which fields they may concern, and
// how much one change may hold. Pure; owns no document.
import type { next as A } from '@automerge/automerge/slim'
import { readRich } from '../../documents/rich-text.ts'
import type { Rich } from '../../documents/rich-text/delta.ts'
import type { Splice } from '../document/text-delta.ts'
import { type FieldPath, type PlainPath, resolvePath } from './document-path.ts'

/** UTF-16 units typed in one change: at most three bytes each. */
export const MOST_AT_ONCE = 30_000

/** The same splices as one list of changes, each of which inserts at most `MOST_AT_ONCE` units and cuts no character. */
export function changesOf(splices: readonly Splice[]): Splice[][] {
  const changes: Splice[][] = [[]]
  let room = MOST_AT_ONCE
  for (const { index, remove, insert } of splices) {
    let at = 0
    do {
      let end = Math.min(insert.length, at + Math.max(room, 2))
      if (end < insert.length && /[\uD800-\uDBFF]/.test(insert.charAt(end - 1))) end -= 1
      changes.at(-1)?.push({ index: index + at, remove: at === 0 ? remove : 0, insert: insert.slice(at, end) })
      room -= end - at
      at = end
      if (at < insert.length) {
        changes.push([])
        room = MOST_AT_ONCE
      }
    } while (at < insert.length)
  }
  return changes
}

export function richIn(doc: object, path: FieldPath): Rich | null {
  const plain = resolvePath(doc, path)
  return plain === null ? null : readRich(doc, plain)
}

/** Whether some patch may lie in the text at `path`, or in what it lies in; which item of a list it is does not count. */
export function concerns(path: FieldPath, patches: readonly A.Patch[]): boolean {
  return patches.some((patch) =>
    path.every((step, i) => i >= patch.path.length || typeof step !== 'string' || patch.path[i] === step),
  )
}

/** What patches did to the text at `path`, in order; patches of other places are left out. */
export function splicesAt(path: PlainPath | null, patches: readonly A.Patch[]): Splice[] {
  if (path === null) return []
  const out: Splice[] = []
  for (const patch of patches) {
    if (patch.path.length !== path.length + 1 || path.some((step, i) => patch.path[i] !== step)) continue
    const index = patch.path[path.length]
    if (typeof index !== 'number') continue
    if (patch.action === 'splice') out.push({ index, remove: 0, insert: patch.value })
    if (patch.action === 'del') out.push({ index, remove: patch.length ?? 1, insert: '' })
  }
  return out
}
