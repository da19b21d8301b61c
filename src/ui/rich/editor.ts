// The editor on the screen: ProseMirror's view under the binding, with our keys, our paste and no injected style. Loaded only
// where somebody writes. Nothing pasted or dropped reaches the library's own parser, which the page's policy forbids.
import { type Command, EditorState, TextSelection } from 'prosemirror-state'
import { EditorView } from 'prosemirror-view'
import type { LineCode } from '../../documents/rich-text/format.ts'
import { indent, insertLines, lineCode, linkAt, setLines, setLink, toggleBold, toggleItalic } from './commands.ts'
import { editorPlugins } from './keys.ts'
import { linesOfHtml, linesOfText } from './paste.ts'
import { RichBinding, type RichOptions, type RichSource } from './rich-binding.ts'
import { bold, italic, link, nodesOf, schema } from './schema.ts'

/** What the toolbar shows of where the caret is. */
export interface EditorStanding {
  readonly code: LineCode | null
  readonly bold: boolean
  readonly italic: boolean
  readonly link: string
  readonly canUndo: boolean
  readonly canRedo: boolean
}

export interface Editor {
  bold(): void
  italic(): void
  line(code: LineCode): void
  indent(by: 1 | -1): void
  /** '' takes the link away. False: not an address to link to. */
  link(href: string): boolean
  undo(): void
  redo(): void
  focus(): void
}

export interface EditorHooks {
  /** The id of the element that names the field. */
  readonly labelledBy: string
  readonly onStanding: (standing: EditorStanding) => void
  readonly askLink: () => void
}

/** Delay after composing ends until what others wrote comes in, in ms: the library reads the page in between. */
const AFTER_COMPOSING = 60

export type Open = (make: (source: RichSource, options: RichOptions) => RichBinding) => () => void

/** Makes `host` the editor of the text that `open` binds; the answer lets go of both. */
export function mountEditor(host: HTMLElement, open: Open, hooks: EditorHooks): { editor: Editor; close: () => void } {
  let binding: RichBinding | null = null
  const view = new EditorView(
    { mount: host },
    {
      state: EditorState.create({
        schema,
        plugins: editorPlugins({
          undo: () => binding?.undo() ?? false,
          redo: () => binding?.redo() ?? false,
          askLink: hooks.askLink,
        }),
      }),
      attributes: {
        role: 'textbox',
        'aria-multiline': 'true',
        'aria-labelledby': hooks.labelledBy,
        class: 'rich-text',
      },
      clipboardTextSerializer: (slice) => slice.content.textBetween(0, slice.content.size, '\n'),
      dispatchTransaction: (transaction) => {
        if (binding === null) view.updateState(view.state.apply(transaction))
        else binding.dispatch(transaction)
        tell()
      },
      handleDOMEvents: {
        paste: (target, event) => taken(target, event, event.clipboardData),
        drop: (target, event) => dropped(target, event),
        compositionend: () => {
          setTimeout(() => {
            if (!view.isDestroyed) binding?.composed()
          }, AFTER_COMPOSING)
          return false
        },
        blur: () => {
          binding?.flush()
          return false
        },
      },
    },
  )
  const tell = (): void => hooks.onStanding(standingOf(view.state, binding))
  const unbind = open((source, options) => (binding = new RichBinding(view, source, options)))
  tell()
  const run = (command: Command): boolean => {
    const done = command(view.state, view.dispatch.bind(view), view)
    if (done) view.focus()
    return done
  }
  const step = (back: boolean) => (): void => {
    if (back) binding?.undo()
    else binding?.redo()
    tell()
    view.focus()
  }
  return {
    editor: {
      bold: () => void run(toggleBold),
      italic: () => void run(toggleItalic),
      line: (code) => void run(setLines(code)),
      indent: (by) => void run(indent(by)),
      link: (href) => run(setLink(href)),
      undo: step(true),
      redo: step(false),
      focus: () => view.focus(),
    },
    close: () => {
      unbind()
      view.destroy()
    },
  }
}

export type MountEditor = typeof mountEditor

function standingOf(state: EditorState, binding: RichBinding | null): EditorStanding {
  const marks = state.storedMarks ?? state.selection.$from.marks()
  const { from, to, empty } = state.selection
  const has = (type: typeof bold): boolean =>
    empty ? type.isInSet(marks) !== undefined : state.doc.rangeHasMark(from, to, type)
  return {
    code: lineCode(state),
    bold: has(bold),
    italic: has(italic),
    link: has(link) ? linkAt(state) : '',
    canUndo: binding?.canUndo ?? false,
    canRedo: binding?.canRedo ?? false,
  }
}

function taken(view: EditorView, event: Event, data: DataTransfer | null): boolean {
  event.preventDefault()
  const html = data?.getData('text/html') ?? ''
  const text = data?.getData('text/plain') ?? ''
  const lines = html === '' ? [] : linesOfHtml(html)
  const found = lines.length > 0 ? lines : text === '' ? [] : linesOfText(text)
  insertLines(nodesOf(found))(view.state, view.dispatch.bind(view))
  return true
}

function dropped(view: EditorView, event: DragEvent): boolean {
  const at = view.posAtCoords({ left: event.clientX, top: event.clientY })
  // Dragged within the editor: taken out where it was by nobody, so it is not put in either.
  if (at === null || view.dragging !== null) {
    event.preventDefault()
    return true
  }
  const { tr, doc } = view.state
  view.dispatch(tr.setSelection(TextSelection.near(doc.resolve(at.pos))))
  return taken(view, event, event.dataTransfer)
}
