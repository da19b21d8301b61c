// Formatting in a file: beside a text `x` stands `x~format`, a list of runs by place and length. A reader that does not know it
// has the text all the same. Owns the form and its check; what is not exactly as it would be written out is not taken. Rule: RT-7.
import { isObject, type Json, type JsonObject } from '../json.ts'
import { type Rich, plainRich, type RichDelta, RichBuilder, apply } from './delta.ts'
import { attribute, ATTRIBUTES, type Attributes } from './format.ts'

const SUFFIX = '~format'
/** Runs in one text's list. */
const MOST = 20_000

export const formatKey = (name: string): string => `${name}${SUFFIX}`
/** The text that a key is the formatting of; null for any other key. */
export const formatOwner = (key: string): string | null => (key.endsWith(SUFFIX) ? key.slice(0, -SUFFIX.length) : null)

/** `[{ at: 0, length: 4, bold: true }]`; empty for a text without formatting. */
export function formatOf(rich: Rich): readonly JsonObject[] {
  const out: JsonObject[] = []
  let at = 0
  for (const { insert, attributes } of rich) {
    const { length } = insert
    if (ATTRIBUTES.some((name) => attributes[name] !== undefined)) out.push({ at, length, ...attributes })
    at += length
  }
  return out
}

/** What formats the plain `text` as a file says; null where that is not what would be written out for it. */
export function formatDelta(text: string, format: Json): RichDelta | null {
  if (!Array.isArray(format) || format.length === 0 || format.length > MOST) return null
  const out = new RichBuilder()
  let end = 0
  for (const run of format as readonly Json[]) {
    const read = isObject(run) ? runOf(run) : null
    if (read === null || read.at < end) return null
    out.keep(read.at - end).keep(read.length, read.attributes)
    end = read.at + read.length
  }
  if (end > text.length) return null
  const delta = out.done()
  return JSON.stringify(sorted(formatOf(apply(delta, plainRich(text))))) === JSON.stringify(sorted(format))
    ? delta
    : null
}

const sorted = (runs: readonly unknown[]): unknown[] =>
  runs.map((run) => Object.entries(run as object).sort(([a], [b]) => (a < b ? -1 : 1)))

function runOf(run: Record<string, unknown>): { at: number; length: number; attributes: Attributes } | null {
  const { at, length, ...rest } = run
  if (!Number.isSafeInteger(at) || !Number.isSafeInteger(length) || Number(at) < 0 || Number(length) < 1) return null
  let attributes: Attributes = {}
  for (const [name, value] of Object.entries(rest)) {
    const one = attribute(name, value)
    if (one === null) return null
    attributes = { ...attributes, ...one }
  }
  return { at: Number(at), length: Number(length), attributes }
}
