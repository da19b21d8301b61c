// Setting a whole collaborative text by a small edit, so that it merges with what others type (DOC-9). The exact
// difference costs time that grows with the square of what differs, so long rewrites are replaced as one piece; never
// cuts a character of two UTF-16 units.
import { next as A } from '@automerge/automerge/slim'
import { wellFormed, type Path } from './json.ts'

/** Product of the lengths that differ up to which the exact difference is sought: about 0.1 s on a small computer. */
const MOST_COMPARED = 1_000_000

/** Makes the collaborative text at `path`, now `current`, into `value`, inside the change that is open. */
export function setText(doc: object, path: Path, current: string, value: string): void {
  const wanted = wellFormed(value)
  if (wanted === current) return
  const start = sharedStart(current, wanted)
  const end = sharedEnd(current, wanted, start)
  const removed = current.length - start - end
  const added = wanted.length - start - end
  const compared = removed * added
  if (compared > 0 && compared <= MOST_COMPARED) A.updateText(doc, [...path], wanted)
  else A.splice(doc, [...path], start, removed, wanted.slice(start, start + added))
}

function sharedStart(a: string, b: string): number {
  let n = 0
  while (n < a.length && n < b.length && a.charCodeAt(n) === b.charCodeAt(n)) n++
  return n > 0 && isHigh(a.charCodeAt(n - 1)) ? n - 1 : n
}

function sharedEnd(a: string, b: string, start: number): number {
  const most = Math.min(a.length, b.length) - start
  let n = 0
  while (n < most && a.charCodeAt(a.length - 1 - n) === b.charCodeAt(b.length - 1 - n)) n++
  return n > 0 && isLow(a.charCodeAt(a.length - n)) ? n - 1 : n
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff
