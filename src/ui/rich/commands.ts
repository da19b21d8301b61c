// What a person does to formatted text besides typing: kinds of lines, Enter, Backspace, depth of items, bold, italic, links.
// Each is an editor's command: false where it does not apply. Pure; the keys that call them are in keys.ts.
import { toggleMark } from 'prosemirror-commands'
import type { Node } from 'prosemirror-model'
import { type Command, type EditorState, TextSelection, type Transaction } from 'prosemirror-state'
import { familyOf, isLineCode, type LineCode, MAX_ITEM_DEPTH, safeLink } from '../../documents/rich-text/format.ts'
import { bold, codeOf, italic, item, link, nodesOf, paragraph } from './schema.ts'

export const toggleBold = toggleMark(bold)
export const toggleItalic = toggleMark(italic)

interface Placed {
  readonly node: Node
  readonly start: number
}

/** The lines that the selection touches. */
export function selectedLines({ doc, selection }: EditorState): readonly Placed[] {
  const out: Placed[] = []
  doc.forEach((node, start) => {
    if (start <= selection.to && start + node.nodeSize > selection.from) out.push({ node, start })
  })
  return out
}

/** The kind of the selected lines, when it is one. */
export function lineCode(state: EditorState): LineCode | null {
  const codes = new Set(selectedLines(state).map(({ node }) => codeOf(node)))
  return codes.size === 1 ? ([...codes][0] ?? null) : null
}

function setCode(transaction: Transaction, { node, start }: Placed, code: LineCode): void {
  const [line] = nodesOf([{ code, runs: [] }])
  if (line !== undefined && !line.sameMarkup(node)) transaction.setNodeMarkup(start, line.type, line.attrs)
}

/** Makes the selected lines `code`; when they all are, paragraphs. Lists match whatever their depth. */
export const setLines =
  (code: LineCode): Command =>
  (state, dispatch) => {
    const lines = selectedLines(state)
    const same = lines.every(({ node }) => familyOf(codeOf(node)) === familyOf(code))
    const { tr } = state
    for (const line of lines) {
      const depth = line.node.type === item ? String(line.node.attrs['depth']) : '0'
      const wanted = same ? 'p' : familyOf(code) === code ? code : `${familyOf(code)}${depth}`
      setCode(tr, line, isLineCode(wanted) ? wanted : 'p')
    }
    dispatch?.(tr.scrollIntoView())
    return true
  }

/** One level deeper or less deep; false where no item is selected. */
export const indent =
  (by: 1 | -1): Command =>
  (state, dispatch) => {
    const items = selectedLines(state).filter(({ node }) => node.type === item)
    if (items.length === 0) return false
    const { tr } = state
    for (const { node, start } of items) {
      const depth = Math.min(MAX_ITEM_DEPTH, Math.max(0, Number(node.attrs['depth']) + by))
      tr.setNodeMarkup(start, item, { ...node.attrs, depth })
    }
    dispatch?.(tr)
    return true
  }

const lineAt = (transaction: Transaction): Placed => {
  const { $from } = transaction.selection
  return { node: $from.parent, start: $from.before() }
}

/** One step out: an item to less depth, anything else to a paragraph. */
function outwards(transaction: Transaction, line: Placed): void {
  const depth = line.node.type === item ? Number(line.node.attrs['depth']) : 0
  const code = `${familyOf(codeOf(line.node))}${depth - 1}`
  setCode(transaction, line, depth > 0 && isLineCode(code) ? code : 'p')
}

/** Enter: an empty item or quote steps out; after a heading comes a paragraph; else the kind goes on. */
export const splitLine: Command = (state, dispatch) => {
  const { tr } = state
  if (!tr.selection.empty) tr.deleteSelection()
  const line = lineAt(tr)
  const { $from } = tr.selection
  const isHeading = codeOf(line.node).startsWith('h')
  if (line.node.content.size === 0 && line.node.type !== paragraph && !isHeading) outwards(tr, line)
  else if (isHeading && $from.parentOffset === 0) tr.insert(line.start, paragraph.create())
  else {
    const atEnd = $from.parentOffset === line.node.content.size
    tr.split($from.pos, 1, isHeading && atEnd ? [{ type: paragraph }] : undefined)
  }
  const marks = state.storedMarks ?? state.selection.$from.marks()
  dispatch?.(tr.ensureMarks(marks.filter(({ type }) => type !== link)).scrollIntoView())
  return true
}

/** Backspace at the start of a line: takes out an empty line above, steps out, or joins the line above. */
export const joinAbove: Command = (state, dispatch) => {
  const { selection, tr } = state
  if (!selection.empty || selection.$from.parentOffset > 0) return false
  const line = lineAt(tr)
  const above = tr.doc.resolve(line.start).nodeBefore
  if (line.node.type !== paragraph && (above === null || above.content.size > 0 || line.node.content.size === 0))
    outwards(tr, line)
  else if (above === null) return false
  else if (above.content.size === 0) tr.delete(line.start - above.nodeSize, line.start)
  else tr.join(line.start)
  dispatch?.(tr.scrollIntoView())
  return true
}

/** Delete at the end of a line: joins the line below. */
export const joinBelow: Command = (state, dispatch) => {
  const { selection, tr } = state
  if (!selection.empty || selection.$from.parentOffset < selection.$from.parent.content.size) return false
  const end = selection.$from.after()
  if (end >= tr.doc.content.size) return false
  if (selection.$from.parent.content.size === 0) tr.delete(selection.$from.before(), end)
  else tr.join(end)
  dispatch?.(tr.scrollIntoView())
  return true
}

/** Puts formatted lines in place of the selection; a first line without a kind goes on where the caret is. */
export const insertLines =
  (lines: readonly Node[]): Command =>
  (state, dispatch) => {
    const [first, ...rest] = lines
    if (first === undefined) return false
    const { tr } = state
    if (!tr.selection.empty) tr.deleteSelection()
    const line = lineAt(tr)
    const at = tr.selection.from
    if (rest.length === 0 && (first.type === paragraph || line.node.content.size > 0)) tr.insert(at, first.content)
    else {
      const { parentOffset } = tr.selection.$from
      const before = line.node.content.cut(0, parentOffset)
      const after = line.node.content.cut(parentOffset)
      const opening = before.size > 0 || first.type === paragraph ? line.node.copy(before.append(first.content)) : first
      const last = rest.at(-1)
      const closing = last?.copy(last.content.append(after))
      const made =
        closing === undefined ? [opening.copy(opening.content.append(after))] : [opening, ...rest.slice(0, -1), closing]
      tr.replaceWith(line.start, line.start + line.node.nodeSize, made)
      const end = made.reduce((sum, node) => sum + node.nodeSize, line.start) - 1 - after.size
      tr.setSelection(TextSelection.create(tr.doc, end))
    }
    dispatch?.(tr.scrollIntoView())
    return true
  }

/** The link at the selection; empty when there is none. */
export function linkAt({ doc, selection, storedMarks }: EditorState): string {
  const { from, to, $from, empty } = selection
  const marks = storedMarks ?? $from.marks()
  let found = link.isInSet(empty ? [...marks, ...($from.nodeAfter?.marks ?? [])] : [])
  if (!empty) doc.nodesBetween(from, to, (node) => void (found ??= link.isInSet(node.marks)))
  return found === undefined ? '' : String(found.attrs['href'])
}

/** From where to where the link around the caret goes. */
function linkRange(state: EditorState): { from: number; to: number } | null {
  const { $from, empty } = state.selection
  if (!empty) return { from: state.selection.from, to: state.selection.to }
  const href = linkAt(state)
  if (href === '') return null
  let at = $from.start()
  let [from, to] = [at, at]
  for (const node of $from.parent.children) {
    const end = at + node.nodeSize
    const linked = link.isInSet(node.marks)?.attrs['href'] === href
    if (linked) to = end
    else if (to >= $from.pos && to > from) break
    else [from, to] = [end, end]
    at = end
  }
  return to > from ? { from, to } : null
}

/** Links the selection, or the link around the caret anew; '' takes it away. A caret alone gets the address as its text. */
export const setLink =
  (href: string): Command =>
  (state, dispatch) => {
    const range = linkRange(state)
    const { tr } = state
    const safe = safeLink(href)
    if (href !== '' && safe === null) return false
    if (range !== null) {
      tr.removeMark(range.from, range.to, link)
      if (safe !== null) tr.addMark(range.from, range.to, link.create({ href: safe }))
    } else if (safe !== null) tr.replaceSelectionWith(state.schema.text(safe, [link.create({ href: safe })]), false)
    dispatch?.(tr.removeStoredMark(link))
    return true
  }
