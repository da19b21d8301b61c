// Formatted text in a document: one Automerge text whose line ends separate lines and whose marks carry all formatting, so
// that it stays a readable string for everybody who does not draw it. Reads it whatever a hostile member put there, and
// writes deltas as splices and marks, inside a change that is open. Rules: DOC-9, DOC-10, RT-1 to RT-3.
import { next as A } from '@automerge/automerge/slim'
import { err } from '../base/result.ts'
import type { Change } from './changes.ts'
import { own, wellFormed, type Path } from './json.ts'
import { locate } from './locate.ts'
import {
  type Attributes,
  ATTRIBUTES,
  attribute,
  changeBetween,
  changed,
  type AttributeChange,
} from './rich-text/format.ts'
import { type Rich, RichBuilder, type RichDelta, type RichOp } from './rich-text/delta.ts'

/** Marks of one text that are looked at; what lies beyond shows without formatting. */
const MAX_MARKS = 20_000

/** The kind of a line is the mark of this name and the id of the line end that carries it. */
const BLOCK = 'block:'

/** A text as it is shown, letter for letter: foreign line ends and embedded objects become line ends or spaces. */
export const shownText = (text: string): string => text.replace(/\r\n/g, ' \n').replace(/[\r\u2028\u2029\ufffc]/g, '\n')

/** The formatted text at `path`; null when there is no text there. Never throws. */
export function readRich(doc: object, path: Path): Rich | null {
  const value = path.reduce<unknown>(
    (node, key) => (typeof node === 'object' && node !== null ? own(node, key) : undefined),
    doc,
  )
  return typeof value === 'string' ? formatted(shownText(value), marksAt(doc, path)) : null
}

function marksAt(doc: object, path: Path): readonly A.Mark[] {
  try {
    const marks = A.marks(doc, [...path]).slice(0, MAX_MARKS)
    return marks.flatMap((mark) => (mark.name.startsWith(BLOCK) ? lineMark(doc, path, mark) : mark))
  } catch {
    return []
  }
}

/** The mark of a line end names that letter itself: a range may have come to hold what others put in beside it. */
function lineMark(doc: object, path: Path, { name, value, start, end }: A.Mark): A.Mark[] {
  try {
    const letter = name.slice(BLOCK.length)
    const at = A.getCursorPosition(doc, [...path], letter)
    const its = at >= start && at < end && A.getCursor(doc, [...path], at) === letter
    return its ? [{ name: 'block', value, start: at, end: at + 1 }] : []
  } catch {
    return []
  }
}

/** `text` with its marks; where marks of one name overlap, the later counts. */
export function formatted(text: string, marks: readonly A.Mark[]): Rich {
  const edges = new Map<number, AttributeChange[]>()
  const at = (index: number, change: AttributeChange): void => {
    edges.set(index, [...(edges.get(index) ?? []), change])
  }
  for (const { name, value, start, end } of marks) {
    const found = attribute(name, value)
    if (found === null || !(start >= 0 && start < end && start < text.length)) continue
    at(start, found)
    at(Math.min(end, text.length), { [name]: null })
  }
  const out = new RichBuilder()
  let attributes: Attributes = {}
  let from = 0
  for (const index of [...edges.keys()].sort((a, b) => a - b)) {
    insertFrom(out, text, from, index, attributes)
    // What ends here ends before anything begins here.
    const changes = edges.get(index) ?? []
    const ends = changes.filter((change) => ATTRIBUTES.some((name) => change[name] === null))
    attributes = [...ends, ...changes.filter((change) => !ends.includes(change))].reduce(changed, attributes)
    from = index
  }
  insertFrom(out, text, from, text.length, attributes)
  return out.text()
}

/** Only at the start of a text does the mark of a paragraph mean anything. */
function insertFrom(out: RichBuilder, text: string, from: number, to: number, attributes: Attributes): void {
  if (attributes.block !== 'p') {
    out.insert(text.slice(from, to), attributes)
    return
  }
  const { block, ...rest } = attributes
  if (from === 0) out.insert(text.slice(0, Math.min(1, to)), { ...rest, block })
  out.insert(text.slice(Math.max(from, from === 0 ? 1 : 0), to), rest)
}

/** Writes `delta`, made on what `readRich` gave. Nothing is written where it does not fit the text. */
export function changeRich(doc: object, path: Path, delta: RichDelta): Change {
  const place = locate(doc, path)
  if (!place.ok) return place
  const { field, parent, key } = place.value
  const current = own(parent, key)
  if (field.kind !== 'text' || typeof current !== 'string') return err({ type: 'WrongKind', path, expected: 'text' })
  if (!fits(current, delta)) return err({ type: 'BadPosition', path, length: current.length })
  writeSteps(doc, [...path], delta)
  return { ok: true, value: null }
}

function fits(text: string, delta: RichDelta): boolean {
  let at = 0
  for (const op of delta) {
    if ('insert' in op) continue
    at += 'keep' in op ? op.keep : op.remove
    if (at > text.length || /[\ud800-\udbff]/.test(text.charAt(at - 1))) return false
  }
  return true
}

interface Inserted {
  readonly start: number
  readonly end: number
  readonly attributes: Attributes
}

function writeSteps(doc: object, path: (string | number)[], delta: RichDelta): void {
  const inserted: Inserted[] = []
  let index = 0
  for (const op of delta) {
    if ('insert' in op) {
      A.splice(doc, path, index, 0, wellFormed(op.insert))
      inserted.push({ start: index, end: index + op.insert.length, attributes: op.attributes })
      index += op.insert.length
    } else if ('keep' in op) {
      if (op.change !== undefined) remark(doc, path, index, index + op.keep, op.change)
      index += op.keep
    } else A.splice(doc, path, index, op.remove, '')
  }
  if (inserted.length > 0) settleMarks(doc, path, inserted)
}

/** Letters put in may have taken on marks of their neighbours, or lack their own. */
function settleMarks(doc: object, path: (string | number)[], inserted: readonly Inserted[]): void {
  const now = readRich(doc, path) ?? []
  let at = 0
  let next = 0
  for (const { insert, attributes } of now) {
    const end = at + insert.length
    for (let piece = inserted[next]; piece !== undefined && piece.start < end; piece = inserted[++next]) {
      const change = changeBetween(attributes, piece.attributes)
      if (change !== undefined) remark(doc, path, Math.max(at, piece.start), Math.min(end, piece.end), change)
      if (piece.end > end) break
    }
    at = end
  }
}

function remark(doc: object, path: (string | number)[], start: number, end: number, change: AttributeChange): void {
  for (const name of ATTRIBUTES) {
    const value = change[name]
    if (value === undefined) continue
    if (name === 'block')
      for (let at = start; at < end; at += 1) set(doc, path, at, at + 1, blockName(doc, path, at), value)
    else set(doc, path, start, end, name, value)
  }
}

const blockName = (doc: object, path: (string | number)[], at: number): string =>
  `${BLOCK}${A.getCursor(doc, path, at)}`

function set(
  doc: object,
  path: (string | number)[],
  start: number,
  end: number,
  name: string,
  value: string | true | null,
): void {
  const range = { start, end, expand: name === 'bold' || name === 'italic' ? 'after' : 'none' } as const
  if (value === null) A.unmark(doc, path, range, name)
  else A.mark(doc, path, range, name, value)
}

/** What a run of formatting weighs in an entry, counted in letters. */
const RUN = 100

/** The same edit as several, none of which weighs much more than `most` letters: one change travels in one entry. */
export function piecesOf(delta: RichDelta, most: number): RichDelta[] {
  const pieces: RichDelta[] = []
  let piece = new RichBuilder()
  let [index, room] = [0, most]
  const next = (): void => {
    pieces.push(piece.done())
    piece = new RichBuilder().keep(index)
    room = most
  }
  for (const op of delta) {
    if (room <= 0) next()
    if ('insert' in op) {
      for (const text of slices(op.insert, most)) {
        if (room < text.length) next()
        piece.insert(text, op.attributes)
        index += text.length
        room -= text.length + RUN
      }
    } else {
      if ('keep' in op) piece.keep(op.keep, op.change)
      else piece.remove(op.remove)
      index += 'keep' in op ? op.keep : 0
      room -= weight(op)
    }
  }
  pieces.push(piece.done())
  return pieces.filter((some) => some.length > 0)
}

const weight = (op: RichOp): number => ('keep' in op && op.change !== undefined ? RUN : 0)

/** At most `most` units each, none of which ends inside a character. */
function slices(text: string, most: number): string[] {
  const out: string[] = []
  for (let from = 0; from < text.length;) {
    let to = Math.min(text.length, from + most)
    if (to < text.length && /[\ud800-\udbff]/.test(text.charAt(to - 1))) to -= 1
    out.push(text.slice(from, to))
    from = to
  }
  return out
}
