// Undo of one's own edits alone: a stack of edits that lead back, moved over everything that others write meanwhile. Pure
// of screens and documents. Must never take back what somebody else wrote, nor a mark that she set since.
import type { Millis } from '../../base/environment.ts'
import { compose, type Rich, type RichDelta, invert, transform } from '../../documents/rich-text/delta.ts'

/** Typing that follows within this time is one step. */
const TOGETHER: Millis = 800
const MOST = 200

type Kind = 'typing' | 'other'

export class OwnHistory {
  private undos: RichDelta[] = []
  private redos: RichDelta[] = []
  private last: { readonly at: Millis; readonly place: number } | null = null

  get canUndo(): boolean {
    return this.undos.length > 0
  }

  get canRedo(): boolean {
    return this.redos.length > 0
  }

  /** She edited `before` by `delta`; typing that goes on where it was joins the step before. */
  edited(delta: RichDelta, before: Rich, kind: Kind, now: Millis): void {
    const inverse = invert(delta, before)
    const place = startOf(delta)
    const previous = this.undos.at(-1)
    const goesOn = this.last !== null && now - this.last.at < TOGETHER && Math.abs(place - this.last.place) <= 1
    if (kind === 'typing' && goesOn && previous !== undefined)
      this.undos[this.undos.length - 1] = compose(inverse, previous)
    else this.undos.push(inverse)
    this.undos = this.undos.slice(-MOST)
    this.redos = []
    this.last = kind === 'typing' ? { at: now, place: endOf(delta) } : null
  }

  /** Something from others was brought in, on the text as she has it. */
  others(delta: RichDelta): void {
    this.undos = moved(this.undos, delta)
    this.redos = moved(this.redos, delta)
    if (this.last !== null) this.last = null
  }

  /** The edit that takes back her last step from `now`; null: nothing is left to take back. */
  undo(now: Rich): RichDelta | null {
    this.last = null
    const delta = this.undos.pop()
    if (delta === undefined) return null
    this.redos.push(invert(delta, now))
    return delta
  }

  redo(now: Rich): RichDelta | null {
    this.last = null
    const delta = this.redos.pop()
    if (delta === undefined) return null
    this.undos.push(invert(delta, now))
    return delta
  }
}

/** The stack, whose top leads back from the present text, after `delta`; steps of which nothing is left go. */
function moved(stack: readonly RichDelta[], delta: RichDelta): RichDelta[] {
  const out: RichDelta[] = []
  let theirs = delta
  for (const step of [...stack].reverse()) {
    const mine = transform(step, theirs, 'first', 'second')
    theirs = transform(theirs, step, 'second', 'first')
    if (mine.length > 0) out.push(mine)
  }
  return out.reverse()
}

function startOf(delta: RichDelta): number {
  const first = delta[0]
  return first !== undefined && 'keep' in first && first.change === undefined ? first.keep : 0
}

/** Where the last letter put in ends, or what was taken out began. */
function endOf(delta: RichDelta): number {
  let at = 0
  for (const op of delta) at += 'insert' in op ? op.insert.length : 'keep' in op ? op.keep : 0
  return at
}
