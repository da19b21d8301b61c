// The formatting of an item that is taken out, so that putting it back brings it too. Reads and writes nothing else.
import { ok } from '../../base/result.ts'
import type { Change } from '../changes.ts'
import { isObject, own, type Path } from '../json.ts'
import { changeRich, readRich } from '../rich-text.ts'
import type { RichDelta } from './delta.ts'
import { formatDelta, formatOf } from './file.ts'

export interface KeptFormat {
  /** Within the item. */
  readonly path: Path
  readonly delta: RichDelta
}

/** Of every text in what lies at `path`. */
export function keptFormats(doc: object, path: Path): readonly KeptFormat[] {
  const value = path.reduce<unknown>(
    (node, key) => (typeof node === 'object' && node !== null ? own(node, key) : undefined),
    doc,
  )
  if (typeof value === 'string') {
    const delta = formatDelta(value, formatOf(readRich(doc, path) ?? []))
    return delta === null ? [] : [{ path: [], delta }]
  }
  const keys: Path = Array.isArray(value) ? [...value.keys()] : isObject(value) ? Object.keys(value) : []
  return keys.flatMap((key) => keptFormats(doc, [...path, key]).map((kept) => ({ ...kept, path: [key, ...kept.path] })))
}

/** The first problem, if one does not fit. */
export function giveFormats(doc: object, path: Path, kept: readonly KeptFormat[]): Change {
  for (const { path: within, delta } of kept) {
    const given = changeRich(doc, [...path, ...within], delta)
    if (!given.ok) return given
  }
  return ok(null)
}
