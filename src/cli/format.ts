// Text for terminals: tables, times, counts. Takes out of hostile names whatever a terminal would obey or that turns the
// reading direction; never shortens an id by itself (choose.ts).

/** Without control characters, bidirectional controls and line breaks: an alias must not move the cursor. */
export const clean = (text: string): string =>
  text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, ' ')

/** JSON on lines, with nothing in it that a terminal obeys. */
export function json(value: unknown, indent?: number): string {
  const escape = (char: string) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value, null, indent).replace(/[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, escape)
}

const width = (text: string) => Array.from(text).length

/** Columns under their headings, two spaces apart; nothing when there are no rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const cells = [head, ...rows].map((row) => row.map(clean))
  const widths = head.map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ''))))
  return cells.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd(),
  )
}

/** `2026-11-20 12:54Z`; "-" for nothing. */
export const time = (millis: number | null): string =>
  millis === null || !Number.isFinite(millis) || Math.abs(millis) > 8.64e15
    ? '-'
    : `${new Date(millis).toISOString().slice(0, 16).replace('T', ' ')}Z`

/** `512 B`, `1.5 KiB`, `3.0 MiB`. */
export function bytes(n: number): string {
  if (n < 1024) return `${n} B`
  return n < 1024 * 1024 ? `${(n / 1024).toFixed(1)} KiB` : `${(n / 1024 / 1024).toFixed(1)} MiB`
}
