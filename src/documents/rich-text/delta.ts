// Formatted text as runs, edits of it as sequences of keep, insert and remove, and the arithmetic that lets several people
// edit apart: apply, compose, transform, invert. Pure; knows no document and no screen. Indices are UTF-16 units and
// never fall inside a surrogate pair as long as the texts are well formed.
import {
  type AttributeChange,
  ATTRIBUTES,
  type Attributes,
  changeBetween,
  changed,
  changesNothing,
  fitting,
  sameAttributes,
} from './format.ts'

export interface Insert {
  readonly insert: string
  readonly attributes: Attributes
}
export interface Keep {
  readonly keep: number
  readonly change?: AttributeChange
}
export interface Remove {
  readonly remove: number
}
export type RichOp = Insert | Keep | Remove
/** From left to right; what follows the last step stays as it is. */
export type RichDelta = readonly RichOp[]
/** A whole formatted text: runs of letters with the same attributes, none empty. */
export type Rich = readonly Insert[]

const isInsert = (op: RichOp): op is Insert => 'insert' in op
const isKeep = (op: RichOp): op is Keep => 'keep' in op
const lengthOf = (op: RichOp): number => (isInsert(op) ? op.insert.length : isKeep(op) ? op.keep : op.remove)
const PIECES = /\n+|[^\n]+/g

/** Joins equal neighbours, drops empty steps, puts inserts before removes at one place, and keeps attributes where they count. */
export class RichBuilder {
  private readonly ops: RichOp[] = []

  keep(count: number, change?: AttributeChange): this {
    if (count <= 0) return this
    const plain = changesNothing(change)
    const last = this.ops.at(-1)
    if (last !== undefined && isKeep(last) && sameChange(last.change, plain ? undefined : change))
      this.ops[this.ops.length - 1] = { ...last, keep: last.keep + count }
    else this.ops.push(plain ? { keep: count } : { keep: count, change })
    return this
  }

  insert(text: string, attributes: Attributes): this {
    for (const [piece] of text.matchAll(PIECES)) this.insertPiece(piece, fitting(attributes, piece.startsWith('\n')))
    return this
  }

  private insertPiece(insert: string, attributes: Attributes): void {
    const last = this.ops.at(-1)
    const at = last !== undefined && 'remove' in last ? this.ops.length - 1 : this.ops.length
    const before = this.ops[at - 1]
    if (before !== undefined && isInsert(before) && sameAttributes(before.attributes, attributes))
      this.ops[at - 1] = { insert: before.insert + insert, attributes: before.attributes }
    else this.ops.splice(at, 0, { insert, attributes })
  }

  remove(count: number): this {
    if (count <= 0) return this
    const last = this.ops.at(-1)
    if (last !== undefined && 'remove' in last) this.ops[this.ops.length - 1] = { remove: last.remove + count }
    else this.ops.push({ remove: count })
    return this
  }

  done(): RichDelta {
    for (let last = this.ops.at(-1); last !== undefined && isKeep(last); last = this.ops.at(-1)) {
      if (last.change !== undefined) break
      this.ops.pop()
    }
    return this.ops
  }

  /** Where nothing but inserts was put. */
  text(): Rich {
    return this.ops.filter(isInsert)
  }
}

function sameChange(a: AttributeChange | undefined, b: AttributeChange | undefined): boolean {
  return a === b || ATTRIBUTES.every((name) => a?.[name] === b?.[name])
}

/** Reads a delta piecewise; past its end it keeps for ever. */
class Reader {
  private at = 0
  private used = 0

  constructor(private readonly ops: RichDelta) {}

  get ended(): boolean {
    return this.at >= this.ops.length
  }

  get op(): RichOp {
    return this.ops[this.at] ?? { keep: Infinity }
  }

  get left(): number {
    return lengthOf(this.op) - this.used
  }

  get inserts(): boolean {
    return isInsert(this.op)
  }

  get change(): AttributeChange | undefined {
    return isKeep(this.op) ? this.op.change : undefined
  }

  get removes(): boolean {
    return 'remove' in this.op
  }

  /** The next `count` units, which lie within the present step. */
  take(count: number): { text: string; attributes: Attributes } {
    const { op } = this
    const taken = isInsert(op)
      ? { text: op.insert.slice(this.used, this.used + count), attributes: op.attributes }
      : { text: '', attributes: {} }
    this.used += count
    if (this.used >= lengthOf(op)) {
      this.at += 1
      this.used = 0
    }
    return taken
  }
}

export const plainRich = (text: string): Rich => new RichBuilder().insert(text, {}).text()
export const textOf = (rich: Rich): string => rich.map((run) => run.insert).join('')

export function apply(delta: RichDelta, rich: Rich): Rich {
  const out = new RichBuilder()
  const from = new Reader(rich)
  for (const op of delta) {
    if (isInsert(op)) out.insert(op.insert, op.attributes)
    else
      eachRun(from, lengthOf(op), (text, attributes) => {
        if (isKeep(op)) out.insert(text, changed(attributes, op.change))
      })
  }
  eachRun(from, Infinity, (text, attributes) => out.insert(text, attributes))
  return out.text()
}

function eachRun(from: Reader, count: number, run: (text: string, attributes: Attributes) => void): void {
  for (let left = count; left > 0 && !from.ended;) {
    const { text, attributes } = from.take(Math.min(left, from.left))
    left -= text.length
    run(text, attributes)
  }
}

/** One delta that does what `first` and then `second` do. */
export function compose(first: RichDelta, second: RichDelta): RichDelta {
  const out = new RichBuilder()
  const a = new Reader(first)
  const b = new Reader(second)
  while (!a.ended || !b.ended) {
    if (b.inserts) {
      const { text, attributes } = b.take(b.left)
      out.insert(text, attributes)
    } else if (a.removes) {
      const count = a.left
      out.remove(count)
      a.take(count)
    } else composeOver(a, b, out)
  }
  return out.done()
}

function composeOver(a: Reader, b: Reader, out: RichBuilder): void {
  const count = Math.min(a.left, b.left)
  const [inserts, mine, theirs, removes] = [a.inserts, a.change, b.change, b.removes]
  const { text, attributes } = a.take(count)
  b.take(count)
  if (inserts && !removes) out.insert(text, changed(attributes, theirs))
  else if (!inserts && removes) out.remove(count)
  else if (!inserts) out.keep(count, changesNothing(mine) ? theirs : { ...mine, ...theirs })
}

export type Side = 'first' | 'second'

/**
 * `delta` as it must be applied after `other`, both made on the same text. At one place `first` stands to the left; where
 * both change an attribute of one letter, the side that `wins` names keeps its own.
 */
export function transform(delta: RichDelta, other: RichDelta, side: Side, wins: Side = side): RichDelta {
  const out = new RichBuilder()
  const a = new Reader(delta)
  const b = new Reader(other)
  while (!a.ended) {
    if (a.inserts && (!b.inserts || side === 'first')) {
      const { text, attributes } = a.take(a.left)
      out.insert(text, attributes)
    } else if (b.inserts) {
      out.keep(b.left)
      b.take(b.left)
    } else {
      const count = Math.min(a.left, b.left)
      if (!b.removes && a.removes) out.remove(count)
      else if (!b.removes) out.keep(count, wins === 'first' ? a.change : without(a.change, b.change))
      a.take(count)
      b.take(count)
    }
  }
  return out.done()
}

function without(change: AttributeChange | undefined, taken: AttributeChange | undefined): AttributeChange | undefined {
  if (change === undefined || taken === undefined) return change
  return Object.fromEntries(
    Object.entries(change).filter(([name]) => taken[name as keyof AttributeChange] === undefined),
  )
}

/** What leads back from `apply(delta, rich)` to `rich`. */
export function invert(delta: RichDelta, rich: Rich): RichDelta {
  const out = new RichBuilder()
  const from = new Reader(rich)
  for (const op of delta) {
    if (isInsert(op)) out.remove(op.insert.length)
    else if (isKeep(op)) eachRun(from, op.keep, (text, attributes) => invertKeep(out, text, attributes, op.change))
    else eachRun(from, op.remove, (text, attributes) => void out.insert(text, attributes))
  }
  return out.done()
}

function invertKeep(out: RichBuilder, text: string, before: Attributes, change: AttributeChange | undefined): void {
  for (const [piece] of text.matchAll(PIECES))
    out.keep(piece.length, changeBetween(fitting(changed(before, change), piece.startsWith('\n')), before))
}

/** Where a caret at `index` stands afterwards; what is inserted exactly there comes after it, or before it. */
export function mapIndex(delta: RichDelta, index: number, inserted: 'after' | 'before' = 'after'): number {
  let at = 0
  let to = 0
  for (const op of delta) {
    if (at > index || (at === index && (inserted === 'after' || !isInsert(op)))) break
    if (isInsert(op)) to += op.insert.length
    else {
      const step = Math.min(lengthOf(op), index - at)
      at += step
      if (isKeep(op)) to += step
    }
  }
  return to + Math.max(0, index - at)
}

/** How many units what it leads to is longer. */
export const growth = (delta: RichDelta): number =>
  delta.reduce((sum, op) => sum + (isInsert(op) ? op.insert.length : isKeep(op) ? 0 : -op.remove), 0)
