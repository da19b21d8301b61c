// Filling a document in several changes, because one change travels in one entry and an entry has a limit: a roster of
// 3,000 people or a text of 100,000 letters becomes a first change and others that append to it. Owns the cutting only;
// what a document holds afterwards is what `fill` alone would have made.
import { next as A } from '@automerge/automerge/slim'
import { buildItem } from './build.ts'
import { fill, type Filling } from './create.ts'
import type { Field, Fields } from './field.ts'
import { isObject, own, type Json, type JsonObject, type Path, wellFormed } from './json.ts'
import { documentTypes } from './registry.ts'
import { changeRich, piecesOf } from './rich-text.ts'
import { formatDelta, formatOwner } from './rich-text/file.ts'

/** Characters of JSON in one change; about as many bytes, below the 190,000 of an entry's payload. */
const STEP = 60_000
/** UTF-16 units of text in one change: at most three bytes each. */
const TEXT_STEP = 30_000

export type FillStep = (doc: object) => void

/** The changes, in order, that make the document of `filling`. */
export function fillSteps(filling: Filling): FillStep[] {
  const { fields } = documentTypes[filling.type]
  const texts: FillStep[] = []
  const formats: FillStep[] = []
  const value = shortened(fields, unformatted(fields, filling.value, [], formats), [], texts)
  const lists: FillStep[] = []
  const first: Record<string, Json> = {}
  for (const [name, child] of Object.entries(value)) {
    const field = own(fields, name) as Field | undefined
    const cut = field?.kind === 'list' && Array.isArray(child) && JSON.stringify(child).length > STEP
    first[name] = cut ? [] : child
    if (cut) for (const items of pieces(child as readonly Json[])) lists.push(appendTo(name, field, items))
  }
  // A list that is cut was not empty: `fill` must not note it as one that was.
  const begin: FillStep = (doc) => {
    fill(doc, { type: filling.type, value: without(first, value) })
  }
  return [begin, ...lists, ...texts, ...formats]
}

/** Leaves lists that come later to `fill` as absent: it makes their empty containers all the same. */
function without(first: JsonObject, whole: JsonObject): JsonObject {
  const cut = (name: string, child: Json) =>
    Array.isArray(child) && child.length === 0 && (whole[name] as unknown[]).length > 0
  return Object.fromEntries(Object.entries(first).filter(([name, child]) => !cut(name, child)))
}

const appendTo =
  (name: string, field: Field, items: readonly Json[]): FillStep =>
  (doc) => {
    const list = own(doc, name)
    if (Array.isArray(list)) list.push(...items.map((item) => buildItem(field, item)))
  }

function pieces(items: readonly Json[]): Json[][] {
  const out: Json[][] = []
  let size = STEP
  for (const item of items) {
    const length = JSON.stringify(item).length
    const last = out.at(-1)
    if (last === undefined || size + length > STEP) {
      out.push([item])
      size = length
    } else {
      last.push(item)
      size += length
    }
  }
  return out
}

/** `value` with its long texts emptied; `steps` gets what types them in again. */
function shortened(fields: Fields, value: JsonObject, path: Path, steps: FillStep[]): JsonObject {
  const entries = Object.entries(value).map(([name, child]): [string, Json] => {
    const field = own(fields, name) as Field | undefined
    const here = [...path, name]
    if (field === undefined) return [name, child]
    if ((field.kind === 'text' || field.kind === 'line') && typeof child === 'string' && child.length > TEXT_STEP) {
      steps.push(...typing(here, wellFormed(child)))
      // One letter, so that the text is not noted as one that was written out empty.
      return [name, ' ']
    }
    if (field.kind === 'group' && isObject(child)) return [name, shortened(field.fields, child, here, steps)]
    if (field.kind === 'list' && Array.isArray(child)) {
      const { fields: inner } = field
      return [name, child.map((item: Json, i) => (isObject(item) ? shortened(inner, item, [...here, i], steps) : item))]
    }
    return [name, child]
  })
  return Object.fromEntries(entries)
}

/** Replaces the one letter at `path` by `text`, a piece at a time. */
function typing(path: Path, text: string): FillStep[] {
  const steps: FillStep[] = []
  for (let from = 0; from < text.length;) {
    let to = Math.min(text.length, from + TEXT_STEP)
    if (to < text.length && /[\uD800-\uDBFF]/.test(text.charAt(to - 1))) to -= 1
    const [at, piece, replaced] = [from, text.slice(from, to), from === 0 ? 1 : 0]
    steps.push((doc) => {
      A.splice(doc, [...path], at, replaced, piece)
    })
    from = to
  }
  return steps
}

/** `value` without the formatting of its texts; `steps` gets what formats them. */
function unformatted(fields: Fields, value: JsonObject, path: Path, steps: FillStep[]): JsonObject {
  const entries = Object.entries(value).flatMap(([name, child]): [string, Json][] => {
    const owner = formatOwner(name)
    const field = own(fields, name) as Field | undefined
    if (field === undefined && owner !== null) {
      const text = own(value, owner)
      const kind = (own(fields, owner) as Field | undefined)?.kind
      const delta = kind === 'text' && typeof text === 'string' ? formatDelta(wellFormed(text), child) : null
      if (delta === null) return [[name, child]]
      for (const piece of piecesOf(delta, TEXT_STEP)) steps.push((doc) => void changeRich(doc, [...path, owner], piece))
      return []
    }
    if (field?.kind === 'group' && isObject(child))
      return [[name, unformatted(field.fields, child, [...path, name], steps)]]
    if (field?.kind !== 'list' || !Array.isArray(child)) return [[name, child]]
    const items = child.map((item: Json, i) =>
      isObject(item) ? unformatted(field.fields, item, [...path, name, i], steps) : item,
    )
    return [[name, items]]
  })
  return Object.fromEntries(entries)
}
