// Binds a text field of the page to one collaborative text: typing shows at once and is committed by ticks, what others
// write comes in without moving the caret. Knows no framework and no Automerge; must never lose a keystroke, never touch
// the field while letters are being composed, and never write twice. Rule: one change of the document per tick.
import type { Clock, Millis } from '../../base/environment.ts'
import {
  apply,
  compose,
  diff,
  fromSplices,
  mapIndex,
  toSplices,
  transform,
  type Delta,
  type Splice,
} from './text-delta.ts'

/** Who would see it: nobody else is in the document, others elsewhere in it, somebody in this very field. */
export type Company = 'alone' | 'elsewhere' | 'together'

/**
 * Delay until typing is committed, in ms: quick where others write into the same field, and for the first word after a pause
 * that others could see. What is committed is stored on this device; when it goes out, the engine says (entries.md, EN-20).
 */
export const TICK: Millis = 1000
export const QUICK_TICK: Millis = 500
const PAUSE: Millis = 2000
/** Others have just written into the field, in ms. */
const LATELY: Millis = 10_000

/** How long to wait; `quiet`: since her last commit, `unheard`: since others last wrote into the field, in ms. */
export function tickFor(company: Company, quiet: Millis, unheard: Millis): Millis {
  const first = company !== 'alone' && quiet >= PAUSE
  return first || (company === 'together' && unheard < LATELY) ? QUICK_TICK : TICK
}

/** The part of `<textarea>` and `<input type="text">` that is used here. */
export interface TextElement {
  value: string
  readonly selectionStart: number | null
  readonly selectionEnd: number | null
  readonly selectionDirection: 'forward' | 'backward' | 'none' | null
  scrollTop: number
  setSelectionRange(start: number, end: number, direction?: 'forward' | 'backward' | 'none'): void
  addEventListener(type: string, listener: () => void): void
  removeEventListener(type: string, listener: () => void): void
}

export interface TextSource {
  /** The text as the document has it now; null when it is no longer there. */
  read(): string | null
  /** All of them as one change, each on the text that the former left. False: refused, and nothing was changed. */
  write(splices: readonly Splice[]): boolean
}

export interface BindingOptions {
  readonly clock: Clock
  readonly company: () => Company
  /** The field has one line only. */
  readonly singleLine?: boolean
  /** The field's value changed, by typing or from elsewhere (to grow it, to count it). */
  readonly onValue?: (value: string) => void
  /** Something was typed, or it was committed, or it came to nothing: `pending` says which. */
  readonly onTyped?: () => void
}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const wellFormed = (text: string): string => text.replace(LONE_SURROGATE, '\ufffd')

/** What a field shows of a text: the same length, without the line ends that fields rewrite or refuse. */
export function displayed(text: string, singleLine: boolean): string {
  const lines = text.replace(/\r\n/g, ' \n').replace(/\r/g, '\n')
  return singleLine ? lines.replace(/\n/g, ' ') : lines
}

/**
 * Three texts: what the field shows, what the document has, and what both came from. `typed` leads from the common one to
 * the field, `held` to the document; while nothing is composed `held` is empty.
 */
export class TextBinding {
  private shown: string
  private document: string
  private typed: Delta = []
  private held: Delta = []
  private composing = false
  private writing = false
  private cancelTick: (() => void) | null = null
  private tickAt: Millis = Infinity
  private committedAt: Millis = -Infinity
  private heardAt: Millis = -Infinity
  private gone = false
  private readonly singleLine: boolean

  constructor(
    private readonly element: TextElement,
    private readonly source: TextSource,
    private readonly options: BindingOptions,
  ) {
    this.singleLine = options.singleLine ?? false
    const text = this.readSource()
    this.document = text ?? ''
    this.shown = this.document
    this.gone = text === null
    element.value = this.shown
    element.addEventListener('input', this.onInput)
    element.addEventListener('blur', this.onBlur)
    element.addEventListener('compositionstart', this.onCompositionStart)
    element.addEventListener('compositionend', this.onCompositionEnd)
    options.onValue?.(this.shown)
  }

  /** Commits what was typed. Called by ticks, before remote changes, before lock, hide and unload. */
  flush(): void {
    this.noticeInput()
    this.cancelTick?.()
    this.cancelTick = null
    this.pull()
    if (this.typed.length === 0 || this.gone) return
    const typed = transform(this.typed, this.held, 'first')
    if (!this.write(toSplices(typed))) return
    this.held = transform(this.held, this.typed, 'second')
    this.typed = []
    this.options.onTyped?.()
    this.document = apply(typed, this.document)
    this.committedAt = this.options.clock.now()
    this.pull()
    this.show()
  }

  /** Something from others is about to be applied: commits first, yet never more often than ticks do. */
  beforeRemote(): void {
    if (this.options.clock.now() - this.committedAt >= this.tick()) this.flush()
  }

  /** The document changed, here or elsewhere; `splices` say how, where that is known. */
  sourceChanged(splices: readonly Splice[] = []): void {
    if (this.writing) return
    this.noticeInput()
    this.pull(splices)
    this.show()
  }

  /** Commits, and lets go of the field. */
  close(): void {
    this.flush()
    this.element.removeEventListener('input', this.onInput)
    this.element.removeEventListener('blur', this.onBlur)
    this.element.removeEventListener('compositionstart', this.onCompositionStart)
    this.element.removeEventListener('compositionend', this.onCompositionEnd)
  }

  private tick(): Millis {
    return tickFor(
      this.options.company(),
      this.options.clock.now() - this.committedAt,
      this.options.clock.now() - this.heardAt,
    )
  }

  get pending(): boolean {
    return this.typed.length > 0
  }

  /** What was refused stays pending and is tried again at the next letter or tick. */
  private write(splices: readonly Splice[]): boolean {
    this.writing = true
    try {
      return this.source.write(splices)
    } finally {
      this.writing = false
    }
  }

  private readSource(): string | null {
    const text = this.source.read()
    return text === null ? null : displayed(text, this.singleLine)
  }

  /** Takes in what the field has and we have not seen (an event may still be on its way). */
  private noticeInput(): void {
    const value = wellFormed(this.element.value)
    if (value === this.shown) return
    const caret = this.element.selectionEnd ?? value.length
    this.typed = compose(this.typed, diff(this.shown, value, caret))
    this.shown = value
    this.options.onValue?.(value)
    this.options.onTyped?.()
  }

  /** Takes in what the document has and we have not seen. */
  private pull(splices: readonly Splice[] = []): void {
    const text = this.readSource()
    this.gone = text === null
    if (text === null || text === this.document) return
    const told = fromSplices(splices)
    const delta = displayed(apply(told, this.document), this.singleLine) === text ? told : diff(this.document, text)
    this.held = compose(this.held, delta)
    this.heardAt = this.options.clock.now()
    this.document = text
  }

  /** Brings what is held into the field, unless letters are being composed in it. */
  private show(): void {
    if (this.held.length === 0 || this.composing) return
    const delta = transform(this.held, this.typed, 'second')
    this.typed = transform(this.typed, this.held, 'first')
    this.held = []
    this.shown = apply(delta, this.shown)
    this.place(delta)
    this.options.onValue?.(this.shown)
  }

  private place(delta: Delta): void {
    const { selectionStart, selectionEnd, selectionDirection, scrollTop } = this.element
    this.element.value = this.shown
    this.element.scrollTop = scrollTop
    if (selectionStart === null || selectionEnd === null) return
    const [start, end] = [mapIndex(delta, selectionStart), mapIndex(delta, selectionEnd)]
    this.element.setSelectionRange(start, end, selectionDirection ?? 'none')
  }

  private readonly onInput = (): void => {
    this.noticeInput()
    if (this.typed.length === 0) return
    const tick = this.tick()
    const at = this.options.clock.now() + tick
    if (this.cancelTick && this.tickAt <= at) return
    this.cancelTick?.()
    this.tickAt = at
    this.cancelTick = this.options.clock.after(tick, () => this.flush())
  }

  private readonly onBlur = (): void => {
    this.composing = false
    this.flush()
    this.show()
  }

  private readonly onCompositionStart = (): void => {
    this.composing = true
  }

  private readonly onCompositionEnd = (): void => {
    this.noticeInput()
    this.composing = false
    this.flush()
    this.show()
  }
}
