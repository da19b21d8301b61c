// Long codes for cameras: a text too long for one QR code is cut into parts that are shown one after another, and gathered in
// whatever order they are seen. Owns the cutting only; what a code means, and whether it is true, the engine judges.

/** Letters in one part: a QR code of about 85 modules, which cheap cameras still read from a cracked screen. */
const PART = 420
/** A text of more parts than this is no code of ours. */
const MOST = 200
const FORM = /^telar\+(\d{1,3})\/(\d{1,3})\+([0-9a-f]{8})\+(\S+)$/

/** FNV-1a, 32 bits, in hex: which parts belong together, and whether they were put together right. No protection. */
function mark(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  return hash.toString(16).padStart(8, '0')
}

/** What to show, in order: the code itself when it fits into one picture. */
export function partsOf(code: string): readonly string[] {
  const count = Math.ceil(code.length / PART)
  if (count <= 1) return [code]
  const length = Math.ceil(code.length / count)
  return Array.from(
    { length: count },
    (_, i) => `telar+${i + 1}/${count}+${mark(code)}+${code.slice(i * length, (i + 1) * length)}`,
  )
}

export type Gathered =
  /** Nothing is missing. */
  | { readonly type: 'whole'; readonly code: string }
  | { readonly type: 'part'; readonly have: number; readonly of: number }
  /** The parts do not fit together; gathering begins anew. */
  | { readonly type: 'damaged' }

/** Puts parts together. A part of another code begins anew; what is no part is a whole code by itself. */
export class Gathering {
  #mark = ''
  #of = 0
  readonly #parts = new Map<number, string>()

  add(seen: string): Gathered {
    const found = FORM.exec(seen.trim())
    if (found === null) return { type: 'whole', code: seen.trim() }
    const [, place = '', of = '', name = '', text = ''] = found
    const [at, count] = [Number(place), Number(of)]
    if (at < 1 || at > count || count > MOST) return { type: 'damaged' }
    if (name !== this.#mark || count !== this.#of) this.#begin(name, count)
    this.#parts.set(at, text)
    if (this.#parts.size < count) return { type: 'part', have: this.#parts.size, of: count }
    const code = Array.from({ length: count }, (_, i) => this.#parts.get(i + 1) ?? '').join('')
    this.#begin('', 0)
    return mark(code) === name ? { type: 'whole', code } : { type: 'damaged' }
  }

  #begin(name: string, count: number): void {
    this.#mark = name
    this.#of = count
    this.#parts.clear()
  }
}
