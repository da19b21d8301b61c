// What a rekey carries beside its statement: a wrap for each recipient, then the older secrets, cut into parts when long
// (rules KE-3, KE-4, KE-12). Owns the cutting and the places of things in it; opens nothing and judges nothing.
import { type Bytes, concat } from '../base/bytes.ts'
import { INLINE_BYTES, PART_BYTES, SECRET_LENGTH, WRAP_LENGTH } from './limits.ts'
import type { Part, Rekey } from './records.ts'

/** Pieces of content; a short one is a single piece that stays in the rekey. */
export function cut(content: Bytes): { readonly data: Bytes; readonly pieces: readonly Bytes[] } {
  if (content.length <= INLINE_BYTES) return { data: content, pieces: [] }
  const pieces: Bytes[] = []
  for (let at = 0; at < content.length; at += PART_BYTES) pieces.push(content.slice(at, at + PART_BYTES))
  return { data: new Uint8Array(0), pieces }
}

type FindPart = (id: Rekey['parts'][number]) => Part | undefined

/** The content of one rekey, as far as its parts are here. */
export class Content {
  private readonly pieces: readonly (Bytes | null)[]

  constructor(
    private readonly rekey: Rekey,
    find: FindPart,
  ) {
    const { parts, size, data } = rekey
    // A part of another length than its place asks for holds nothing.
    const fits = (piece: Bytes | undefined, i: number) =>
      piece?.length === Math.min(PART_BYTES, size - i * PART_BYTES) ? piece : null
    this.pieces = parts.length === 0 ? [data] : parts.map((id, i) => fits(find(id)?.data, i))
  }

  /** How many pieces are here: more than before, and a try may succeed that failed. */
  get present(): number {
    return this.pieces.filter((piece) => piece !== null).length
  }

  /** The wrap of the recipient at that place; null while its part is not here. */
  wrap(index: number): Bytes | null {
    const at = index * WRAP_LENGTH
    const piece = this.pieces[Math.floor(at / PART_BYTES)] ?? null
    return piece && piece.slice(at % PART_BYTES, (at % PART_BYTES) + WRAP_LENGTH)
  }

  *wraps(): Generator<Bytes> {
    for (let i = 0; i < this.rekey.recipients; i++) {
      const wrap = this.wrap(i)
      if (wrap !== null) yield wrap
    }
  }

  /** The sealed older secrets; null while a part with some of them is not here. */
  oldSecrets(): Bytes | null {
    const start = this.rekey.recipients * WRAP_LENGTH
    const first = this.rekey.parts.length === 0 ? 0 : Math.floor(start / PART_BYTES)
    const last = this.pieces.slice(first)
    const whole = last.filter((piece) => piece !== null)
    return whole.length < last.length ? null : concat(...whole).slice(start - first * PART_BYTES)
  }
}

/** Secrets of 32 bytes one after another. */
export function splitSecrets(bytes: Bytes): Bytes[] {
  const out: Bytes[] = []
  for (let at = 0; at + SECRET_LENGTH <= bytes.length; at += SECRET_LENGTH)
    out.push(bytes.slice(at, at + SECRET_LENGTH))
  return out
}
