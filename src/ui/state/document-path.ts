// Where a value lies in a document, in a way that survives what others insert and remove: items of lists are named by
// Automerge's object id, never by their index. Resolves such a path at the moment of use. Reads only.
import { next as A } from '@automerge/automerge/slim'

export type Step = string | { readonly item: string }
export type FieldPath = readonly Step[]
export type PlainPath = (string | number)[]

export const rootPath: FieldPath = []

/** The name of the item at `index`, the same on every device; also the key of a drawn list. */
export function itemKey(list: unknown, index: number): string {
  if (!Array.isArray(list)) return String(index)
  const item: unknown = list[index]
  const id = typeof item === 'object' && item !== null ? A.getObjectId(item) : null
  return id ?? objectIdAt(list, index) ?? String(index)
}

/** Texts in lists have an id too; plain values have not. */
function objectIdAt(list: unknown[], index: number): string | null {
  try {
    const id: unknown = A.getObjectId(list, index)
    return typeof id === 'string' ? id : null
  } catch {
    return null
  }
}

/** The path with today's indices; null when something on the way is gone. */
export function resolvePath(doc: unknown, path: FieldPath): PlainPath | null {
  const out: PlainPath = []
  let node: unknown = doc
  for (const step of path) {
    if (typeof node !== 'object' || node === null) return null
    const key = typeof step === 'string' ? step : indexOf(node, step.item)
    if (key === null) return null
    out.push(key)
    node = (node as Record<string | number, unknown>)[key]
  }
  return out
}

function indexOf(list: object, item: string): number | null {
  if (!Array.isArray(list)) return null
  for (let index = 0; index < list.length; index += 1) if (itemKey(list, index) === item) return index
  return null
}

export function readAt(doc: unknown, path: FieldPath): unknown {
  const plain = resolvePath(doc, path)
  if (plain === null) return undefined
  return plain.reduce<unknown>((node, key) => (node as Record<string | number, unknown> | undefined)?.[key], doc)
}

/** The path as one word, to tell others where she is. */
export const pathName = (path: FieldPath): string =>
  path.map((step) => (typeof step === 'string' ? step : step.item)).join('/')

/** The path without items, as the fields are described: `threats.title`. */
export const schemaName = (path: FieldPath): string => path.filter((step) => typeof step === 'string').join('.')

/** A short text or code as a string; empty when there is none. Hostile values become empty. */
export function asString(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  return A.isImmutableString(value) ? String(value) : ''
}

/** A value as one word: what is neither text nor number has none. */
export const jsonWord = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''

export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
export const asObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
export const asStrings = (value: unknown): string[] => asList(value).map(asString)
