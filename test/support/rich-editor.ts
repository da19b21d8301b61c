// An editor of formatted text without a screen, over a real Automerge document: state, commands, binding, clock. For tests
// alone; behaves like ProseMirror's view where the binding looks.
import { next as A } from '@automerge/automerge/slim'
import { type Command, EditorState, TextSelection } from 'prosemirror-state'
import { create } from '../../src/documents/create.ts'
import { changeRich, piecesOf, readRich } from '../../src/documents/rich-text.ts'
import type { Rich, RichDelta } from '../../src/documents/rich-text/delta.ts'
import type { Splice } from '../../src/documents/rich-text/difference.ts'
import { type Line, linesOf } from '../../src/documents/rich-text/lines.ts'
import { type EditorPort, RichBinding, type RichSource } from '../../src/ui/rich/rich-binding.ts'
import type { Company } from '../../src/ui/document/text-binding.ts'
import { docOf, linesOfDoc, schema } from '../../src/ui/rich/schema.ts'
import { FakeClock } from './fake-field.ts'

export type Doc = Record<string, unknown>
export const PATH = ['context'] as const

export function newDocument(text = ''): A.Doc<Doc> {
  return A.change(A.init<Doc>(), (doc) => create('protection-plan', { title: 'Plan', context: text })(doc))
}

export class RichEditor implements EditorPort, RichSource {
  state = EditorState.create({ schema })
  composing = false
  company: Company = 'together'
  changes = 0
  refusing = false
  readonly said: boolean[] = []
  readonly clock = new FakeClock()
  readonly binding: RichBinding

  constructor(public doc: A.Doc<Doc>) {
    this.binding = new RichBinding(this, this, {
      clock: this.clock,
      company: () => this.company,
      onTyped: () => void this.said.push(this.binding.pending),
    })
  }

  updateState(state: EditorState): void {
    this.state = state
  }

  read(): Rich | null {
    return readRich(this.doc, PATH)
  }

  write(delta: RichDelta): boolean {
    if (this.refusing) return false
    for (const piece of piecesOf(delta, 30_000)) {
      this.changes += 1
      this.doc = A.change(this.doc, (draft) => {
        const done = changeRich(draft, PATH, piece)
        if (!done.ok) throw new Error(done.error.type)
      })
    }
    return true
  }

  /** Selects by positions in the letters of all lines, counting each line's end as one. */
  select(from: number, to = from): void {
    const at = (place: number): number => {
      let left = place
      let start = 0
      for (const line of this.state.doc.children) {
        if (left <= line.content.size) return start + 1 + left
        left -= line.content.size + 1
        start += line.nodeSize
      }
      return start - 1
    }
    const { doc } = this.state
    this.binding.dispatch(this.state.tr.setSelection(TextSelection.create(doc, at(from), at(to))))
  }

  get size(): number {
    return this.state.doc.children.reduce((sum, line) => sum + line.content.size + 1, -1)
  }

  type(text: string): void {
    this.binding.dispatch(this.state.tr.insertText(text))
  }

  run(command: Command): boolean {
    return command(this.state, (transaction) => this.binding.dispatch(transaction))
  }

  receive(other: RichEditor, { commitFirst = true } = {}): void {
    if (commitFirst) this.binding.flush()
    const before = A.getHeads(this.doc)
    this.doc = A.merge(this.doc, A.clone(other.doc))
    this.binding.sourceChanged(splicesOf(A.diff(this.doc, before, A.getHeads(this.doc))))
  }

  get lines(): readonly Line[] {
    return linesOfDoc(this.state.doc)
  }

  /** The lines as short words: `h1:Título`, `p:una <b>palabra`. */
  get shown(): string[] {
    return this.lines.map(({ code, runs }) => `${code}:${runs.map(worded).join('')}`)
  }

  /** Whether it shows what its document says. */
  get isDerived(): boolean {
    const rich = this.read()
    return rich !== null && docOf(rich).eq(this.state.doc)
  }

  get written(): string[] {
    return linesOf(this.read() ?? []).map(({ code, runs }) => `${code}:${runs.map(worded).join('')}`)
  }
}

const worded = ({ text, bold, italic, link }: Line['runs'][number]): string =>
  `${bold === true ? '<b>' : ''}${italic === true ? '<i>' : ''}${link === undefined ? '' : `<${link}>`}${text}${
    bold === true || italic === true || link !== undefined ? '</>' : ''
  }`

const splicesOf = (patches: readonly A.Patch[]): Splice[] =>
  patches.flatMap((patch) => {
    const index = Number(patch.path.at(-1))
    if (patch.path[0] !== PATH[0]) return []
    if (patch.action === 'splice') return [{ index, remove: 0, insert: patch.value }]
    return patch.action === 'del' ? [{ index, remove: patch.length ?? 1, insert: '' }] : []
  })

/** Editors on copies of one document. */
export function editors(count: number, text = ''): RichEditor[] {
  const doc = newDocument(text)
  return Array.from({ length: count }, () => new RichEditor(A.clone(doc)))
}

/** Everybody has what everybody wrote. */
export function meet(all: readonly RichEditor[]): void {
  for (const editor of all) {
    editor.composing = false
    editor.binding.composed()
  }
  for (let round = 0; round < 2; round += 1)
    for (const one of all) for (const other of all) if (one !== other) one.receive(other)
}
