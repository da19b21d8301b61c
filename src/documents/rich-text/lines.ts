// Formatted text as people see it: lines of a kind, each with its runs; for the editor, for readers, for print and files.
// Owns the one law between both forms: a line end carries the kind of the line after it, and a marked one at the very
// start is the first line's. Pure, total: every formatted text has lines, every list of lines has one text.
import type { Attributes, Depth, LineCode } from './format.ts'
import { sameInline } from './format.ts'
import { type Rich, RichBuilder, textOf } from './delta.ts'

export interface Run {
  readonly text: string
  readonly bold?: true
  readonly italic?: true
  readonly link?: string
}

export interface Line {
  readonly code: LineCode
  readonly runs: readonly Run[]
}

/** What `code` means: headings 1 to 3, items with their depth from 0, quotes, paragraphs. */
export type LineKind =
  | { readonly kind: 'paragraph' }
  | { readonly kind: 'quote' }
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3 }
  | { readonly kind: 'bullet' | 'ordered'; readonly depth: Depth }

export function kindOf(code: LineCode): LineKind {
  if (code === 'p') return { kind: 'paragraph' }
  if (code === 'quote') return { kind: 'quote' }
  const number = Number(code.at(-1))
  if (code.startsWith('h')) return { kind: 'heading', level: number as 1 | 2 | 3 }
  return { kind: code.startsWith('ul') ? 'bullet' : 'ordered', depth: number as Depth }
}

/** Whether the text begins with a marked line end: then it is the first line's, not the end of an empty one. */
export const hasLead = (rich: Rich): boolean => {
  const first = rich[0]
  return first !== undefined && first.insert.startsWith('\n') && first.attributes.block !== undefined
}

/** At least one line. */
export function linesOf(rich: Rich): readonly Line[] {
  const lines: { code: LineCode; runs: Run[] }[] = []
  let line: { code: LineCode; runs: Run[] } = { code: 'p', runs: [] }
  let lead = hasLead(rich)
  for (const { insert, attributes } of rich) {
    if (!insert.startsWith('\n') && !insert.includes('\n')) {
      line.runs.push({ text: insert, ...inlineOf(attributes) })
      continue
    }
    for (const [piece] of insert.matchAll(/\n|[^\n]+/g)) {
      if (piece !== '\n') {
        line.runs.push({ text: piece, ...inlineOf(attributes) })
        continue
      }
      if (!lead) lines.push(line)
      lead = false
      line = { code: attributes.block ?? 'p', runs: [] }
    }
  }
  lines.push(line)
  return lines
}

const inlineOf = ({ bold, italic, link }: Attributes): Omit<Run, 'text'> => ({
  ...(bold === undefined ? {} : { bold }),
  ...(italic === undefined ? {} : { italic }),
  ...(link === undefined ? {} : { link }),
})

/**
 * Whether the first line of `lines` gets a mark of its own. A paragraph needs none; it has one where the text had one before
 * (`lead`) or where it is empty and the next line's mark would be taken for its own.
 */
export function marksFirst(lines: readonly Line[], lead: boolean): boolean {
  const [first, second] = lines
  if (first === undefined || first.code !== 'p') return first !== undefined
  const empty = first.runs.every(({ text }) => text === '')
  return empty ? second !== undefined && (lead || second.code !== 'p') : lead
}

/** The text of `lines`; `marked`: the first has a mark of its own. */
export function richOf(lines: readonly Line[], marked: boolean): Rich {
  const out = new RichBuilder()
  lines.forEach(({ code, runs }, i) => {
    if (i === 0 && marked) out.insert('\n', { block: code })
    if (i > 0) out.insert('\n', code === 'p' ? {} : { block: code })
    for (const { text, ...attributes } of runs) out.insert(text, attributes)
  })
  return out.text()
}

/** Without formatting, a line each. */
export const plainOf = (rich: Rich): string => {
  const text = textOf(rich)
  return hasLead(rich) ? text.slice(1) : text
}

/** Neighbouring runs that look the same, as one. */
export function joined(runs: readonly Run[]): readonly Run[] {
  const out: Run[] = []
  for (const run of runs) {
    const last = out.at(-1)
    if (run.text === '') continue
    if (last !== undefined && sameInline(last, run)) out[out.length - 1] = { ...last, text: last.text + run.text }
    else out.push(run)
  }
  return out
}
