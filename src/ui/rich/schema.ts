// The editor's form of formatted text: one flat list of lines, each a textblock of its kind, with three marks. Owns the way
// from lines to the editor's document and back, and between places in both. Knows nothing of Automerge and of no screen;
// what is not in documents/rich-text has no place here.
import { Fragment, Mark, type Node, Schema } from 'prosemirror-model'
import { isLineCode, type LineCode, MAX_ITEM_DEPTH, safeLink } from '../../documents/rich-text/format.ts'
import { joined, kindOf, type Line, linesOf, type Run } from '../../documents/rich-text/lines.ts'
import type { Rich } from '../../documents/rich-text/delta.ts'

const depthOf = (value: unknown): number => {
  const depth = Number(value)
  return Number.isInteger(depth) && depth >= 0 && depth <= MAX_ITEM_DEPTH ? depth : 0
}

export const schema = new Schema({
  nodes: {
    doc: { content: 'line+' },
    paragraph: { content: 'text*', group: 'line', parseDOM: [{ tag: 'p' }], toDOM: () => ['p', 0] },
    heading: {
      content: 'text*',
      group: 'line',
      defining: true,
      attrs: { level: { default: 1 } },
      parseDOM: [1, 2, 3].map((level) => ({ tag: `h${level + 2}`, attrs: { level } })),
      toDOM: (node) => [`h${Number(node.attrs['level']) + 2}`, { 'data-rich': '' }, 0],
    },
    quote: {
      content: 'text*',
      group: 'line',
      defining: true,
      parseDOM: [{ tag: 'blockquote' }],
      toDOM: () => ['blockquote', 0],
    },
    item: {
      content: 'text*',
      group: 'line',
      defining: true,
      attrs: { ordered: { default: false }, depth: { default: 0 } },
      parseDOM: [
        {
          tag: 'div[data-item]',
          getAttrs: (element) => ({
            ordered: element.getAttribute('data-item') === 'ol',
            depth: depthOf(element.getAttribute('data-depth')),
          }),
        },
      ],
      toDOM: ({ attrs }) => [
        'div',
        { 'data-item': attrs['ordered'] ? 'ol' : 'ul', 'data-depth': String(attrs['depth']) },
        0,
      ],
    },
    text: {},
  },
  marks: {
    link: {
      attrs: { href: { default: '' } },
      inclusive: false,
      parseDOM: [
        {
          tag: 'a[href]',
          getAttrs: (element) => {
            const href = safeLink(element.getAttribute('href'))
            return href === null ? false : { href }
          },
        },
      ],
      toDOM: ({ attrs }) => ['a', { href: String(attrs['href']), rel: 'noopener noreferrer' }, 0],
    },
    bold: { parseDOM: [{ tag: 'strong' }, { tag: 'b' }], toDOM: () => ['strong', 0] },
    italic: { parseDOM: [{ tag: 'em' }, { tag: 'i' }], toDOM: () => ['em', 0] },
  },
})

export const { paragraph, heading, quote, item } = schema.nodes
export const { bold, italic, link } = schema.marks

function marksOf(run: Run): readonly Mark[] {
  return Mark.setFrom([
    ...(run.link === undefined ? [] : [link.create({ href: run.link })]),
    ...(run.bold === undefined ? [] : [bold.create()]),
    ...(run.italic === undefined ? [] : [italic.create()]),
  ])
}

function nodeOf({ code, runs }: Line): Node {
  const content = Fragment.from(joined(runs).map((run) => schema.text(run.text, marksOf(run))))
  const kind = kindOf(code)
  switch (kind.kind) {
    case 'paragraph':
      return paragraph.create(null, content)
    case 'quote':
      return quote.create(null, content)
    case 'heading':
      return heading.create({ level: kind.level }, content)
    default:
      return item.create({ ordered: kind.kind === 'ordered', depth: kind.depth }, content)
  }
}

export const nodesOf = (lines: readonly Line[]): Node[] => lines.map(nodeOf)
export const docOf = (rich: Rich): Node => schema.nodes.doc.create(null, nodesOf(linesOf(rich)))

export function codeOf({ type, attrs }: Node): LineCode {
  if (type === quote) return 'quote'
  const code =
    type === heading
      ? `h${String(attrs['level'])}`
      : type === item
        ? `${attrs['ordered'] ? 'ol' : 'ul'}${String(attrs['depth'])}`
        : 'p'
  return isLineCode(code) ? code : 'p'
}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

function runOf(node: Node): Run {
  const href = safeLink(node.marks.find((mark) => mark.type === link)?.attrs['href'])
  return {
    text: (node.text ?? '').replace(/\n/g, ' ').replace(LONE_SURROGATE, '\ufffd'),
    ...(bold.isInSet(node.marks) ? { bold: true } : {}),
    ...(italic.isInSet(node.marks) ? { italic: true } : {}),
    ...(href === null ? {} : { link: href }),
  }
}

export const linesOfDoc = (doc: Node): readonly Line[] =>
  doc.children.map((line) => ({ code: codeOf(line), runs: line.children.map(runOf) }))

/** The place in the text of a position in the editor's document. */
export function indexAt(doc: Node, lead: boolean, position: number): number {
  let index = lead ? 1 : 0
  let start = 0
  for (const line of doc.children) {
    const end = start + line.nodeSize
    if (position < end) return index + Math.max(0, Math.min(position - start - 1, line.content.size))
    index += line.content.size + 1
    start = end
  }
  return index - 1
}

/** The position in the editor's document of a place in its text. */
export function positionAt(doc: Node, lead: boolean, index: number): number {
  let left = Math.max(0, index - (lead ? 1 : 0))
  let start = 0
  for (const line of doc.children) {
    if (left <= line.content.size) return start + 1 + left
    left -= line.content.size + 1
    start += line.nodeSize
  }
  return start - 1
}
