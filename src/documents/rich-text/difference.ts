// The difference between two formatted texts as a small delta: letters that stay are kept, and only their attributes
// change. Pure. A hint says where letters were put in, since equal letters alone do not tell.
import { type Attributes, changeBetween } from './format.ts'
import { apply, compose, type Rich, RichBuilder, type RichDelta, textOf } from './delta.ts'

export interface Splice {
  readonly index: number
  readonly remove: number
  readonly insert: string
}

const isHigh = (code: number): boolean => code >= 0xd800 && code <= 0xdbff
const isLow = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff

/** The smallest single replacement; `caret`, where the typing ended in `to`, decides between equal letters. */
export function spliceBetween(from: string, to: string, caret = to.length): Splice {
  const most = Math.min(from.length, to.length)
  let end = commonEnd(from, to, Math.min(most, Math.max(0, to.length - caret)))
  let start = 0
  while (start < most - end && from.charCodeAt(start) === to.charCodeAt(start)) start += 1
  end = commonEnd(from, to, most - start)
  if (start > 0 && isHigh(from.charCodeAt(start - 1))) start -= 1
  if (end > 0 && isLow(from.charCodeAt(from.length - end))) end -= 1
  return { index: start, remove: from.length - end - start, insert: to.slice(start, to.length - end) }
}

function commonEnd(from: string, to: string, most: number): number {
  let end = 0
  while (end < most && from.charCodeAt(from.length - 1 - end) === to.charCodeAt(to.length - 1 - end)) end += 1
  return end
}

/** The attributes at each place, asked for in ascending order. */
class Runs {
  private at = 0
  private start = 0
  constructor(private readonly rich: Rich) {}

  /** Attributes at `index` and how far they go. */
  from(index: number): { attributes: Attributes; until: number } {
    let run = this.rich[this.at]
    while (run !== undefined && this.start + run.insert.length <= index) {
      this.start += run.insert.length
      run = this.rich[++this.at]
    }
    return run === undefined
      ? { attributes: {}, until: Infinity }
      : { attributes: run.attributes, until: this.start + run.insert.length }
  }
}

/** What leads from one to the other; `caret`, where the typing ended in `to`, decides between equal letters. */
export function difference(from: Rich, to: Rich, caret?: number): RichDelta {
  const texts = [textOf(from), textOf(to)] as const
  const splice = spliceBetween(texts[0], texts[1], caret)
  const out = new RichBuilder()
  const [old, now] = [new Runs(from), new Runs(to)]
  const keep = (start: number, end: number, shift: number): void => {
    for (let at = start; at < end;) {
      const [a, b] = [old.from(at), now.from(at + shift)]
      const until = Math.min(end, a.until, b.until - shift)
      out.keep(until - at, changeBetween(a.attributes, b.attributes))
      at = until
    }
  }
  keep(0, splice.index, 0)
  const inserted = splice.index + splice.insert.length
  for (let at = splice.index; at < inserted;) {
    const { attributes, until } = now.from(at)
    const end = Math.min(until, inserted)
    out.insert(texts[1].slice(at, end), attributes)
    at = end
  }
  out.remove(splice.remove)
  keep(splice.index + splice.remove, texts[0].length, splice.insert.length - splice.remove)
  return out.done()
}

/** The same, where splices are said to have led there, each on the text that the former left. */
export function differenceTold(from: Rich, to: Rich, splices: readonly Splice[]): RichDelta {
  const told = splices.reduce<RichDelta>(
    (whole, { index, remove, insert }) =>
      compose(whole, new RichBuilder().keep(index).insert(insert, {}).remove(remove).done()),
    [],
  )
  const between = apply(told, from)
  return textOf(between) === textOf(to) ? compose(told, difference(between, to)) : difference(from, to)
}
