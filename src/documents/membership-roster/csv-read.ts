// The cells in a file that somebody brings, whatever program wrote it: its encoding, its separator, its quotes. The file is
// hostile: it is read in one pass whose cost grows with its length alone, and refused above plain limits (CSV-5). Pure.
import { err, ok, type Result } from '../../base/result.ts'

export const LARGEST_CSV = 5 * 1024 * 1024
export const MOST_ROWS = 20_000
export const MOST_COLUMNS = 200

export type CsvRow = {
  /** The line of the file on which the row begins, from 1. */
  readonly line: number
  readonly cells: readonly string[]
}

export type CsvTable = { readonly headings: readonly string[]; readonly rows: readonly CsvRow[] }

export type CsvError =
  | { readonly type: 'TooLarge' | 'TooManyRows' | 'TooManyColumns'; readonly most: number }
  /** Nothing but blanks, or headings without a row. */
  | { readonly type: 'Empty' }
  /** Not a text: a spreadsheet in its own format, a picture. */
  | { readonly type: 'NotText' }

/** The table in a file; its first row that says anything holds the headings. Rows that say nothing are left out. */
export function readCsv(bytes: Uint8Array): Result<CsvTable, CsvError> {
  if (bytes.length > LARGEST_CSV) return err({ type: 'TooLarge', most: LARGEST_CSV })
  const text = decoded(bytes).replace(/\r\n?/g, '\n')
  if (text.slice(0, 4096).includes('\0') || text.startsWith('PK\u0003\u0004')) return err({ type: 'NotText' })
  const named = /^sep=(.)\n/i.exec(text)
  const body = named === null ? text : text.slice(named[0].length)
  const rows = parseRows(body, named?.[1] ?? separatorOf(body), named === null ? 1 : 2)
  if (!rows.ok) return rows
  const said = rows.value.filter(({ cells }) => cells.some((cell) => cell.trim() !== ''))
  const [head, ...rest] = said
  if (head === undefined || rest.length === 0) return err({ type: 'Empty' })
  return ok({ headings: head.cells.map((cell) => cell.trim()), rows: rest })
}

/** UTF-8 and UTF-16 by their marks or their shape; what is neither was written by Windows. */
function decoded(bytes: Uint8Array): string {
  const [a, b] = bytes
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  const begin = bytes.subarray(0, 512)
  const zeros = (odd: number): number => begin.filter((byte, i) => byte === 0 && i % 2 === odd).length
  if (zeros(1) * 4 > begin.length && zeros(0) === 0) return new TextDecoder('utf-16le').decode(bytes)
  if (zeros(0) * 4 > begin.length && zeros(1) === 0) return new TextDecoder('utf-16be').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

const SEPARATORS = [',', ';', '\t'] as const

/** The separator that the first row has most of, outside of quotes. */
export function separatorOf(text: string): string {
  const counts = new Map<string, number>(SEPARATORS.map((one) => [one, 0]))
  let quoted = false
  let said = false
  for (const char of text.slice(0, 50_000)) {
    if (char === '"') quoted = !quoted
    if (quoted) continue
    if (char === '\n' && said) break
    const count = counts.get(char)
    if (count !== undefined) counts.set(char, count + 1)
    else if (char.trim() !== '') said = true
  }
  return [...SEPARATORS].sort((x, y) => (counts.get(y) ?? 0) - (counts.get(x) ?? 0))[0] ?? ','
}

/** Rows by RFC 4180; a quote where none belongs is a letter like others, and one that nothing closes ends with the file. */
export function parseRows(text: string, separator: string, firstLine = 1): Result<CsvRow[], CsvError> {
  const rows: CsvRow[] = []
  let cells: string[] = []
  let line = firstLine
  let begun = firstLine
  let at = 0
  while (at < text.length || cells.length > 0) {
    const cell = text.charAt(at) === '"' ? quotedCell(text, at, separator) : plainCell(text, at, separator)
    for (let i = at; i < cell.end; i++) if (text.charCodeAt(i) === 0x0a) line += 1
    cells.push(cell.value)
    if (cells.length > MOST_COLUMNS) return err({ type: 'TooManyColumns', most: MOST_COLUMNS })
    at = cell.end + 1
    if (cell.end < text.length && text.charAt(cell.end) === separator) continue
    rows.push({ line: begun, cells })
    if (rows.length > MOST_ROWS + 1) return err({ type: 'TooManyRows', most: MOST_ROWS })
    cells = []
    line += 1
    begun = line
  }
  return ok(rows)
}

type Cell = {
  readonly value: string
  /** Where the separator or the line end behind it stands. */ readonly end: number
}

function plainCell(text: string, from: number, separator: string): Cell {
  let end = from
  while (end < text.length && text.charAt(end) !== separator && text.charAt(end) !== '\n') end += 1
  return { value: text.slice(from, end), end }
}

function quotedCell(text: string, from: number, separator: string): Cell {
  const parts: string[] = []
  let at = from + 1
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote < 0) return { value: parts.join('') + text.slice(at), end: text.length }
    parts.push(text.slice(at, quote))
    if (text.charAt(quote + 1) === '"') {
      parts.push('"')
      at = quote + 2
      continue
    }
    const rest = plainCell(text, quote + 1, separator)
    // "abc"def: what stands behind the closing quote belongs to the cell all the same.
    return { value: parts.join('') + rest.value.trimEnd(), end: rest.end }
  }
}
