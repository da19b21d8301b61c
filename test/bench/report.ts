// What the benchmarks say, as text for people (Markdown tables, so that docs/benchmarks.md can hold them) and as numbers in
// a file. Never passes and never fails anything.
export class Findings {
  readonly lines: string[] = []

  heading(text: string): void {
    this.#print(`\n## ${text}\n`)
  }

  say(text: string): void {
    this.#print(`${text}\n`)
  }

  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
    const rule = head.map((_, i) => (i === 0 ? '---' : '---:'))
    this.#print(`${[head, rule, ...rows].map(line).join('\n')}\n`)
  }

  #print(text: string): void {
    this.lines.push(text)
    console.log(text)
  }
}

export const number = (value: number): string => Math.round(value).toLocaleString('en')

/** KB are 1,000 bytes. */
export const bytes = (value: number): string =>
  value < 10_000
    ? `${number(value)} B`
    : value < 1_000_000
      ? `${(value / 1_000).toFixed(1)} KB`
      : `${(value / 1_000_000).toFixed(2)} MB`

export const ratio = (value: number, to: number): string =>
  to === 0 ? '-' : `${(value / to).toFixed(value < 10 * to ? 2 : 1)}×`

/** Seconds, from ms. */
export const seconds = (value: number): string =>
  value < 10_000 ? `${(value / 1_000).toFixed(2)} s` : `${(value / 1_000).toFixed(1)} s`

export const ms = (value: number): string => `${number(value)} ms`

/** The value below which `share` (0 to 1) of `values` lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
