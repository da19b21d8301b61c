// What formatted text may hold: kinds of lines, inline marks, links that are safe to follow. Owns the check of every value
// that a mark brings; what is not in here is not formatting, whoever wrote it. Rules: RT-1, RT-2.

/** A line's kind, as the mark `block` on the line end before it has it; no mark is a paragraph. */
export type LineCode = 'p' | 'h1' | 'h2' | 'h3' | 'quote' | `ul${Depth}` | `ol${Depth}`
export type Depth = 0 | 1 | 2 | 3
export const MAX_ITEM_DEPTH = 3

/** What one UTF-16 unit carries: line ends `block` alone, everything else the others. */
export interface Attributes {
  readonly bold?: true
  readonly italic?: true
  readonly link?: string
  readonly block?: LineCode
}
export type AttributeName = keyof Attributes
/** What becomes of attributes; null takes one away. */
export type AttributeChange = { readonly [Name in AttributeName]?: Attributes[Name] | null }

export const ATTRIBUTES = ['block', 'bold', 'italic', 'link'] as const satisfies readonly AttributeName[]
const INLINE = ['bold', 'italic', 'link'] as const

const LINE_CODE = /^(?:p|h[123]|quote|[uo]l[0-3])$/
export const isLineCode = (value: unknown): value is LineCode => typeof value === 'string' && LINE_CODE.test(value)

/** `ul` and `ol` for items of any depth, the code itself for the rest. */
export const familyOf = (code: LineCode): string => (/^[uo]l/.test(code) ? code.slice(0, 2) : code)

const MAX_LINK = 2_000

/** The address where it leads to the web or to a mailbox; null for anything else: scripts, data, files, other schemes. */
export function safeLink(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_LINK || !/^(?:https?:\/\/|mailto:)[^\s\p{C}]+$/iu.test(value))
    return null
  try {
    const { protocol, hostname } = new URL(value)
    if (protocol === 'mailto:') return value
    return (protocol === 'https:' || protocol === 'http:') && hostname !== '' ? value : null
  } catch {
    return null
  }
}

/** An attribute as it counts; null where the value means nothing here. */
export function attribute(name: string, value: unknown): Attributes | null {
  if (name === 'bold' || name === 'italic') return value === true ? { [name]: true } : null
  if (name === 'block') return isLineCode(value) ? { block: value } : null
  const link = name === 'link' ? safeLink(value) : null
  return link === null ? null : { link }
}

const NONE: Attributes = {}

/** What of `attributes` counts on a line end, or on any other letter. */
export function fitting(attributes: Attributes, lineEnd: boolean): Attributes {
  if (lineEnd) return attributes.block === undefined ? NONE : { block: attributes.block }
  const { bold, italic, link } = attributes
  if (bold === undefined && italic === undefined && link === undefined) return NONE
  return {
    ...(bold === undefined ? {} : { bold }),
    ...(italic === undefined ? {} : { italic }),
    ...(link === undefined ? {} : { link }),
  }
}

export const sameAttributes = (a: Attributes, b: Attributes): boolean =>
  a === b || ATTRIBUTES.every((name) => a[name] === b[name])

export const sameInline = (a: Attributes, b: Attributes): boolean => INLINE.every((name) => a[name] === b[name])

export const changesNothing = (change: AttributeChange | undefined): boolean =>
  change === undefined || ATTRIBUTES.every((name) => change[name] === undefined)

/** `attributes` after `change`. */
export function changed(attributes: Attributes, change: AttributeChange | undefined): Attributes {
  if (changesNothing(change)) return attributes
  const all: AttributeChange = { ...attributes, ...change }
  return Object.fromEntries(ATTRIBUTES.flatMap((name) => (all[name] == null ? [] : [[name, all[name]]])))
}

/** What leads from one to the other; undefined when they are equal. */
export function changeBetween(from: Attributes, to: Attributes): AttributeChange | undefined {
  const entries = ATTRIBUTES.filter((name) => from[name] !== to[name]).map((name) => [name, to[name] ?? null])
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as AttributeChange)
}
