// Binds an editor to one formatted text: what is typed shows at once and is committed by ticks; what others write is derived
// anew from the document, and only the range that differs is replaced. The editor equals the document by construction.
// Must never lose a keystroke, never touch the editor while letters are composed in it, never write twice.
import { type EditorState, TextSelection, type Transaction } from 'prosemirror-state'
import type { ResolvedPos } from 'prosemirror-model'
import type { Clock, Millis } from '../../base/environment.ts'
import { apply, compose, mapIndex, type Rich, type RichDelta, transform } from '../../documents/rich-text/delta.ts'
import { difference, differenceTold, type Splice } from '../../documents/rich-text/difference.ts'
import { hasLead, marksFirst, richOf } from '../../documents/rich-text/lines.ts'
import { type Company, tickFor } from '../document/text-binding.ts'
import { OwnHistory } from './own-history.ts'
import { redraw } from './redraw.ts'
import { docOf, indexAt, linesOfDoc, positionAt } from './schema.ts'

/** The part of ProseMirror's view that is used here. */
export interface EditorPort {
  readonly state: EditorState
  readonly composing: boolean
  updateState(state: EditorState): void
}

export interface RichSource {
  /** The text as the document has it now; null when it is no longer there. */
  read(): Rich | null
  /** One change (or several, where it is long). False: refused, and nothing was changed. */
  write(delta: RichDelta): boolean
}

export interface RichOptions {
  readonly clock: Clock
  readonly company: () => Company
  /** Something was typed, or it was committed, or it came to nothing: `pending` says which. */
  readonly onTyped?: () => void
}

/**
 * Three texts: what the editor shows, what the document has, and what both came from. `typed` leads from the common one to
 * the editor's, `held` to the document's; while nothing is composed `held` is empty.
 */
export class RichBinding {
  private shown: Rich
  private document: Rich
  private typed: RichDelta = []
  private held: RichDelta = []
  private writing = false
  private gone = false
  private cancelTick: (() => void) | null = null
  private tickAt: Millis = Infinity
  private heardAt: Millis = -Infinity
  private committedAt: Millis = -Infinity
  private readonly history = new OwnHistory()

  constructor(
    private readonly view: EditorPort,
    private readonly source: RichSource,
    private readonly options: RichOptions,
  ) {
    const rich = source.read()
    this.gone = rich === null
    this.document = rich ?? []
    this.shown = this.document
    this.derive()
  }

  get pending(): boolean {
    return this.typed.length > 0
  }

  get text(): Rich {
    return this.shown
  }

  get canUndo(): boolean {
    return this.history.canUndo
  }

  get canRedo(): boolean {
    return this.history.canRedo
  }

  /** What the editor does with each of its transactions. */
  dispatch(transaction: Transaction): void {
    const before = this.view.state
    const state = before.apply(transaction)
    this.view.updateState(state)
    if (transaction.docChanged) this.notice(before, state)
  }

  private notice(before: EditorState, state: EditorState): void {
    const lead = hasLead(this.shown)
    const lines = linesOfDoc(state.doc)
    const marked = marksFirst(lines, lead)
    const caret = indexAt(state.doc, marked, state.selection.to)
    const delta = difference(richOf(linesOfDoc(before.doc), lead), richOf(lines, marked), caret)
    if (delta.length === 0) return
    this.history.edited(delta, this.shown, isTyping(delta) ? 'typing' : 'other', this.options.clock.now())
    this.take(delta)
  }

  /** An edit of hers, already in the editor or about to be derived. */
  private take(delta: RichDelta): void {
    this.typed = compose(this.typed, delta)
    this.shown = apply(delta, this.shown)
    this.options.onTyped?.()
    this.scheduleTick()
  }

  private scheduleTick(): void {
    if (this.typed.length === 0) return
    const tick = this.tick()
    const at = this.options.clock.now() + tick
    if (this.cancelTick && this.tickAt <= at) return
    this.cancelTick?.()
    this.tickAt = at
    this.cancelTick = this.options.clock.after(tick, () => this.flush())
  }

  private tick(): Millis {
    const now = this.options.clock.now()
    return tickFor(this.options.company(), now - this.committedAt, now - this.heardAt)
  }

  /** Takes back her own last step, or does it again. False: there is none. */
  undo(): boolean {
    return this.step(this.history.undo(this.shown))
  }

  redo(): boolean {
    return this.step(this.history.redo(this.shown))
  }

  private step(delta: RichDelta | null): boolean {
    if (delta === null) return false
    this.take(delta)
    const caret = mapIndex(delta, endOf(delta), 'before')
    this.derive(() => caret)
    return true
  }

  /** Commits what was typed. Called by ticks, before remote changes, before lock, hide and unload. */
  flush(): void {
    this.cancelTick?.()
    this.cancelTick = null
    this.pull()
    if (this.typed.length > 0 && !this.gone) {
      const typed = transform(this.typed, this.held, 'first')
      if (!this.write(typed)) return
      this.held = transform(this.held, this.typed, 'second')
      this.typed = []
      this.document = apply(typed, this.document)
      this.committedAt = this.options.clock.now()
      this.options.onTyped?.()
      this.pull()
    }
    this.show()
  }

  /** Something from others is about to be applied: commits first, yet never more often than ticks do. */
  beforeRemote(): void {
    if (this.options.clock.now() - this.committedAt >= this.tick()) this.flush()
  }

  /** The document changed, here or elsewhere; `splices` say how, where that is known. */
  sourceChanged(splices: readonly Splice[] = []): void {
    if (this.writing) return
    this.pull(splices)
    this.show()
  }

  /** Letters are no longer composed. */
  composed(): void {
    this.flush()
  }

  close(): void {
    this.flush()
  }

  /** What was refused stays pending and is tried again at the next letter or tick. */
  private write(delta: RichDelta): boolean {
    this.writing = true
    try {
      return this.source.write(delta)
    } finally {
      this.writing = false
    }
  }

  /** Takes in what the document has and we have not seen. */
  private pull(splices: readonly Splice[] = []): void {
    const rich = this.source.read()
    this.gone = rich === null
    if (rich === null) return
    const delta = differenceTold(this.document, rich, splices)
    if (delta.length > 0) this.heardAt = this.options.clock.now()
    this.held = compose(this.held, delta)
    this.document = rich
  }

  /** Brings what is held into the editor, unless letters are being composed in it. */
  private show(): void {
    if (this.view.composing) return
    const lead = hasLead(this.shown)
    const delta = transform(this.held, this.typed, 'second')
    this.typed = transform(this.typed, this.held, 'first')
    this.held = []
    if (delta.length > 0) {
      this.history.others(delta)
      this.shown = apply(delta, this.shown)
    }
    this.derive((index) => mapIndex(delta, index), lead)
  }

  /** Makes the editor show the text; `moved` says where the ends of the selection are now. */
  private derive(moved: (index: number) => number = (index) => index, leadBefore = hasLead(this.shown)): void {
    const { state } = this.view
    const { doc, selection, storedMarks } = state
    const transaction = redraw(state.tr, docOf(this.shown))
    const [anchor, head] = [selection.anchor, selection.head].map((at) => moved(indexAt(doc, leadBefore, at)))
    const [from, to] = [this.resolve(transaction, anchor ?? 0), this.resolve(transaction, head ?? 0)]
    const placed = TextSelection.between(from, to)
    if (!transaction.docChanged && placed.eq(selection)) return
    transaction.setSelection(placed)
    if (storedMarks !== null && selection.empty) transaction.setStoredMarks(storedMarks)
    this.view.updateState(state.apply(transaction))
  }

  private resolve({ doc }: Transaction, index: number): ResolvedPos {
    return doc.resolve(positionAt(doc, hasLead(this.shown), index))
  }
}

/** Letters put in or taken out, no line and no formatting. */
function isTyping(delta: RichDelta): boolean {
  return delta.every((op) =>
    'insert' in op ? !op.insert.includes('\n') && op.insert.length < 20 : 'remove' in op || op.change === undefined,
  )
}

function endOf(delta: RichDelta): number {
  return delta.reduce((sum, op) => sum + ('keep' in op ? op.keep : 'remove' in op ? op.remove : 0), 0)
}
