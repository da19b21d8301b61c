// Plain JSON values and the paths into them. Owns reading hostile JSON text safely (size, depth, forbidden keys) and
// the conversion between Automerge's values and JSON; never knows what a field means. Implements DOC-7 and DOC-8.
import { next as A } from '@automerge/automerge/slim'
import { toBase64Url, utf8 } from '../base/bytes.ts'
import { err, ok, type Result } from '../base/result.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }

/** Names and indices from the document's root: `['threats', 0, 'title']`. */
export type Path = readonly (string | number)[]

export const MAX_IMPORT_BYTES = 5 * 1024 * 1024
/** Levels of lists and objects that are read or written; no document type needs more than 6. */
export const MAX_DEPTH = 32

export type JsonError =
  | { readonly type: 'TooLarge'; readonly bytes: number; readonly most: number }
  | { readonly type: 'NotJson' }
  | { readonly type: 'TooDeep'; readonly path: Path }
  | { readonly type: 'ForbiddenKey'; readonly path: Path }
  | { readonly type: 'NumberTooLarge'; readonly path: Path }

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

/** The value of an own key; never an inherited one. */
export const own = (object: object, key: string | number): unknown =>
  Object.hasOwn(object, key) ? (object as Record<string | number, unknown>)[key] : undefined

/** Text without halves of surrogate pairs, which Unicode text cannot hold. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\uFFFD')

/** The JSON in `text`, at most 5 MB and 32 levels deep, without `__proto__` keys. */
export function parseJson(text: string): Result<Json, JsonError> {
  // UTF-8 never takes fewer bytes than UTF-16 has code units: the cheap check comes first.
  const bytes = text.length > MAX_IMPORT_BYTES ? text.length : utf8(text).length
  if (bytes > MAX_IMPORT_BYTES) return err({ type: 'TooLarge', bytes, most: MAX_IMPORT_BYTES })
  if (nestingOf(text) > MAX_DEPTH) return err({ type: 'TooDeep', path: [] })
  let value: unknown
  try {
    value = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text)
  } catch {
    return err({ type: 'NotJson' })
  }
  const problem = firstProblem(value, [])
  return problem === null ? ok(cleaned(value as Json)) : err(problem)
}

/** The deepest nesting of brackets outside strings, found without recursion. */
function nestingOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (inString) {
      if (char === 0x5c) i++
      else if (char === 0x22) inString = false
    } else if (char === 0x22) inString = true
    else if (char === 0x5b || char === 0x7b) deepest = Math.max(deepest, ++depth)
    else if (char === 0x5d || char === 0x7d) depth--
  }
  return deepest
}

/** Numbers that Automerge holds exactly, inside lists and maps too, where it makes integers of 64 bits. */
export const isHoldable = (value: number): boolean => Math.abs(value) < 2 ** 63

function firstProblem(value: unknown, path: Path): JsonError | null {
  if (typeof value === 'number') return isHoldable(value) ? null : { type: 'NumberTooLarge', path }
  if (typeof value !== 'object' || value === null) return null
  for (const [key, child] of Object.entries(value)) {
    const at = [...path, Array.isArray(value) ? Number(key) : key]
    const problem: JsonError | null = key === '__proto__' ? { type: 'ForbiddenKey', path: at } : firstProblem(child, at)
    if (problem !== null) return problem
  }
  return null
}

function cleaned(value: Json): Json {
  if (typeof value === 'string') return wellFormed(value)
  if (typeof value === 'number') return value + 0
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: Json) => cleaned(item))
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [wellFormed(key), cleaned(child)]))
}

/** What Automerge holds for a JSON value that nobody co-types: strings whole, not as collaborative texts. */
export function toAutomerge(value: Json): unknown {
  if (typeof value === 'string') return new A.ImmutableString(wellFormed(value))
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: Json) => toAutomerge(item))
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [storedKey(key), toAutomerge(child)]))
}

/** JSON for anything a document may hold, also what only a hostile member would put there. Never throws. */
export function toJson(value: unknown, depth = MAX_DEPTH): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'object') return null
  // Before the rest: inside a change, a list answers to every question about what it has.
  if (Array.isArray(value)) return depth === 0 ? null : value.map((item) => toJson(item, depth - 1))
  if (A.isImmutableString(value)) return String(value)
  if (value instanceof Uint8Array) return toBase64Url(value)
  if (value instanceof Date) return Number.isFinite(value.getTime()) ? value.toISOString() : null
  if (A.isCounter(value)) return toJson(value.value)
  if (depth === 0) return null
  return Object.fromEntries(
    Object.keys(value)
      .filter((key) => key !== KEPT && key !== '__proto__')
      .map((key) => [jsonKey(key), toJson(own(value, key), depth - 1)]),
  )
}

/** Where an object of a document notes which of its empty containers were written out in the import (DOC-6). */
export const KEPT = '~kept'

/** Keys of the file never meet our own: one that is empty or begins with `~` is stored behind another `~`. */
export const storedKey = (key: string): string => (key === '' || key.startsWith('~') ? `~${key}` : key)
export const jsonKey = (key: string): string => (key.startsWith('~') ? key.slice(1) : key)

/** `threats.0.title` and `/threats/0/title` (RFC 6901, with `~0` and `~1`) both name a path. */
export function parsePath(text: string): Path {
  if (text === '' || text === '/') return []
  const parts = text.startsWith('/')
    ? text
        .slice(1)
        .split('/')
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    : text.split('.')
  return parts.map((part) => (/^(0|[1-9]\d{0,8})$/.test(part) ? Number(part) : part))
}

/** The path as a JSON pointer, which `parsePath` reads back. */
export const formatPath = (path: Path): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
