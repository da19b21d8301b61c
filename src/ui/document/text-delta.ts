// Edits of one text as sequences of keep, insert and remove, and the arithmetic that lets two people edit apart: diff,
// compose, transform. Pure; owns no text and no timer. Indices are UTF-16 code units, as in the page and in Automerge,
// and never point inside a surrogate pair as long as the texts given are well formed.

export type Op = { readonly keep: number } | { readonly insert: string } | { readonly remove: number }
/** From left to right; what follows the last step stays as it is. */
export type Delta = readonly Op[]

export interface Splice {
  readonly index: number
  readonly remove: number
  readonly insert: string
}

/** Joins equal neighbours, drops empty steps, and puts inserts before removes at one position. */
class Builder {
  private readonly ops: Op[] = []

  keep(count: number): void {
    if (count <= 0) return
    const last = this.ops.at(-1)
    if (last && 'keep' in last) this.ops[this.ops.length - 1] = { keep: last.keep + count }
    else this.ops.push({ keep: count })
  }

  insert(text: string): void {
    if (text === '') return
    const last = this.ops.at(-1)
    if (last && 'insert' in last) this.ops[this.ops.length - 1] = { insert: last.insert + text }
    else if (last && 'remove' in last) this.insertBefore(text)
    else this.ops.push({ insert: text })
  }

  private insertBefore(text: string): void {
    const at = this.ops.length - 1
    const before = this.ops[at - 1]
    if (before && 'insert' in before) this.ops[at - 1] = { insert: before.insert + text }
    else this.ops.splice(at, 0, { insert: text })
  }

  remove(count: number): void {
    if (count <= 0) return
    const last = this.ops.at(-1)
    if (last && 'remove' in last) this.ops[this.ops.length - 1] = { remove: last.remove + count }
    else this.ops.push({ remove: count })
  }

  done(): Delta {
    const last = this.ops.at(-1)
    if (last && 'keep' in last) this.ops.pop()
    return this.ops
  }
}

/** Reads a delta piecewise; past its end it keeps for ever. */
class Reader {
  private at = 0
  private used = 0

  constructor(private readonly delta: Delta) {}

  get ended(): boolean {
    return this.at >= this.delta.length
  }

  peekInsert(): string | null {
    const op = this.delta[this.at]
    return op && 'insert' in op ? op.insert.slice(this.used) : null
  }

  /** Length and kind of what is left of the present step, where it is not an insert. */
  peek(): { kind: 'keep' | 'remove'; left: number } {
    const op = this.delta[this.at]
    if (!op || 'insert' in op) return { kind: 'keep', left: Infinity }
    return 'keep' in op ? { kind: 'keep', left: op.keep - this.used } : { kind: 'remove', left: op.remove - this.used }
  }

  take(count: number): void {
    const op = this.delta[this.at]
    if (!op) return
    const length = 'insert' in op ? op.insert.length : 'keep' in op ? op.keep : op.remove
    this.used += count
    if (this.used < length) return
    this.at += 1
    this.used = 0
  }
}

export function apply(delta: Delta, text: string): string {
  let at = 0
  let out = ''
  for (const op of delta) {
    if ('insert' in op) out += op.insert
    else if ('keep' in op) {
      out += text.slice(at, at + op.keep)
      at += op.keep
    } else at += op.remove
  }
  return out + text.slice(at)
}

/** One delta that does what `first` and then `second` do. */
export function compose(first: Delta, second: Delta): Delta {
  const out = new Builder()
  const a = new Reader(first)
  const b = new Reader(second)
  while (!a.ended || !b.ended) {
    const inserted = b.peekInsert()
    const earlier = a.peekInsert()
    if (inserted !== null) {
      out.insert(inserted)
      b.take(inserted.length)
    } else if (earlier !== null) {
      const over = b.peek()
      const count = Math.min(earlier.length, over.left)
      if (over.kind === 'keep') out.insert(earlier.slice(0, count))
      a.take(count)
      b.take(count)
    } else if (a.peek().kind === 'remove') {
      const count = a.peek().left
      out.remove(count)
      a.take(count)
    } else composeKept(a, b, out)
  }
  return out.done()
}

function composeKept(a: Reader, b: Reader, out: Builder): void {
  const over = b.peek()
  const count = Math.min(a.peek().left, over.left)
  if (over.kind === 'keep') out.keep(count)
  else out.remove(count)
  a.take(count)
  b.take(count)
}

/** `delta` as it must be applied after `other`, both made on the same text. At one place, `first` stands to the left. */
export function transform(delta: Delta, other: Delta, side: 'first' | 'second'): Delta {
  const out = new Builder()
  const a = new Reader(delta)
  const b = new Reader(other)
  while (!a.ended) {
    const mine = a.peekInsert()
    const theirs = b.peekInsert()
    if (mine !== null && (theirs === null || side === 'first')) {
      out.insert(mine)
      a.take(mine.length)
    } else if (theirs !== null) {
      out.keep(theirs.length)
      b.take(theirs.length)
    } else {
      const [own, over] = [a.peek(), b.peek()]
      const count = Math.min(own.left, over.left)
      if (over.kind === 'keep' && own.kind === 'keep') out.keep(count)
      else if (over.kind === 'keep') out.remove(count)
      a.take(count)
      b.take(count)
    }
  }
  return out.done()
}

/** Where a caret at `index` stands afterwards; what is inserted exactly there comes after it. */
export function mapIndex(delta: Delta, index: number): number {
  let at = 0
  let to = 0
  for (const op of delta) {
    if (at >= index) break
    if ('insert' in op) to += op.insert.length
    else if ('keep' in op) {
      const step = Math.min(op.keep, index - at)
      at += step
      to += step
    } else at += Math.min(op.remove, index - at)
  }
  return to + Math.max(0, index - at)
}

/** The same as edits one after the other, each on the text that the former left. */
export function toSplices(delta: Delta): Splice[] {
  const out: Splice[] = []
  let index = 0
  for (const op of delta) {
    const last = out.at(-1)
    if ('keep' in op) index += op.keep
    else if ('insert' in op) {
      out.push({ index, remove: 0, insert: op.insert })
      index += op.insert.length
    } else if (last && last.index + last.insert.length === index) {
      out[out.length - 1] = { ...last, remove: last.remove + op.remove }
    } else out.push({ index, remove: op.remove, insert: '' })
  }
  return out
}

export function fromSplices(splices: readonly Splice[]): Delta {
  return splices.reduce<Delta>((whole, { index, remove, insert }) => {
    const one = new Builder()
    one.keep(index)
    one.insert(insert)
    one.remove(remove)
    return compose(whole, one.done())
  }, [])
}

const isHigh = (code: number): boolean => code >= 0xd800 && code <= 0xdbff
const isLow = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff

/** The smallest single replacement; `caret`, where the typing ended in `to`, decides between equal letters. */
export function diff(from: string, to: string, caret = to.length): Delta {
  if (from === to) return []
  const most = Math.min(from.length, to.length)
  let end = commonEnd(from, to, Math.min(most, Math.max(0, to.length - caret)))
  let start = 0
  while (start < most - end && from.charCodeAt(start) === to.charCodeAt(start)) start += 1
  end = commonEnd(from, to, most - start)
  if (start > 0 && isHigh(from.charCodeAt(start - 1))) start -= 1
  if (end > 0 && isLow(from.charCodeAt(from.length - end))) end -= 1
  const out = new Builder()
  out.keep(start)
  out.insert(to.slice(start, to.length - end))
  out.remove(from.length - end - start)
  return out.done()
}

function commonEnd(from: string, to: string, most: number): number {
  let end = 0
  while (end < most && from.charCodeAt(from.length - 1 - end) === to.charCodeAt(to.length - 1 - end)) end += 1
  return end
}
