// A thousand fictional words and the keystrokes that type them, both decided by a seed, and the field they are typed into:
// the editor's own text binding, so that ticks fall where they fall in the app. Knows no network.
import type { Millis } from '../../src/base/environment.ts'
import { type Company, TextBinding, type TextElement, type TextSource } from '../../src/ui/document/text-binding.ts'
import type { SkippingClock } from './clock.ts'

export const SEED = 20_261_120
export const WORDS = 1_000
/** 250 characters a minute, a practised pair of thumbs. */
export const KEY_EVERY: Millis = 240

const VOCABULARY =
  'la las el los una de del que y en por para con sin ya cada cuando donde desde hasta entre nadie alguien vecinas camino puente río mercado radio taller reunión acuerdo turno llamada visita noche mañana lunes viernes cuaderno llave portón patio escuela cooperativa semilla cosecha lluvia neblina guitarra comal tortilla avisar cuidar caminar esperar volver escribir escuchar revisar acompañar confirmar cambiar tranquila despacio juntas siempre temprano cerca lejos otra vez'.split(
    ' ',
  )

/** Whole numbers below `below`, decided by `seed` (mulberry32). */
export function dice(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Sentences of 6 to 15 words, a new line after every sixth or so. */
export function text(words = WORDS, seed = SEED): string {
  const roll = dice(seed)
  let out = ''
  let left = 0
  for (let i = 0; i < words; i += 1) {
    const word = VOCABULARY[roll(VOCABULARY.length)]!
    const first = left === 0
    if (first) left = 6 + roll(10)
    left -= 1
    out += first ? word[0]!.toUpperCase() + word.slice(1) : word
    if (left > 0 && i < words - 1) out += ' '
    else out += roll(6) === 0 ? '.\n' : '. '
  }
  return out.trimEnd()
}

export interface Key {
  /** Milliseconds after the beginning. */
  readonly at: Millis
  /** A letter, or null: rubs out the last one. */
  readonly letter: string | null
  /** Instead: so many letters at this place out, these in. */
  readonly patch?: readonly [at: number, remove: number, insert: string]
}

/** Types `whole`: uneven strokes, a pause after a sentence, and one wrong letter in forty, noticed and rubbed out. */
export function keystrokes(whole: string, seed = SEED): Key[] {
  const roll = dice(seed + 1)
  const keys: Key[] = []
  let at = 0
  const press = (letter: string | null) => {
    at += KEY_EVERY / 2 + roll(KEY_EVERY)
    keys.push({ at, letter })
  }
  for (const letter of whole) {
    if (/\p{L}/u.test(letter) && roll(40) === 0) {
      press('aeionrst'[roll(8)]!)
      press(null)
    }
    press(letter)
    if (letter === '.') at += 500 + roll(2_000)
  }
  return keys
}

class Field implements TextElement {
  value = ''
  scrollTop = 0
  readonly selectionDirection = 'none'
  readonly #listeners = new Map<string, () => void>()
  #caret: number | null = null

  get selectionStart(): number {
    return this.#caret ?? this.value.length
  }
  get selectionEnd(): number {
    return this.#caret ?? this.value.length
  }
  setSelectionRange(): void {
    // The caret stays at the end.
  }
  addEventListener(type: string, listener: () => void): void {
    this.#listeners.set(type, listener)
  }
  removeEventListener(type: string): void {
    this.#listeners.delete(type)
  }
  press({ letter, patch }: Key): void {
    if (patch !== undefined) {
      const [at, remove, insert] = patch
      this.value = this.value.slice(0, at) + insert + this.value.slice(at + remove)
      this.#caret = at + insert.length
    } else this.value = letter === null ? this.value.slice(0, -1) : this.value + letter
    this.#listeners.get('input')?.()
  }
}

/** Where others are while it is typed; or each key a change of its own. */
export type Rhythm = Company | 'keystroke'

export interface Typed {
  readonly keys: number
  /** Changes of the document. */
  readonly commits: number
  readonly milliseconds: Millis
}

/** Types all of `keys`, waiting after each key and each timer until everything that follows from it has come to rest. */
export async function typeInto(source: TextSource, { keys, rhythm, clock, settled }: TypingOptions): Promise<Typed> {
  const field = new Field()
  let commits = 0
  let fresh = false
  const counting: TextSource = {
    read: () => source.read(),
    write(splices) {
      commits += 1
      fresh = true
      return source.write(splices)
    },
  }
  const binding = new TextBinding(field, counting, {
    clock,
    company: () => (rhythm === 'keystroke' ? 'alone' : rhythm),
  })
  const settle = () => {
    const committed = fresh
    fresh = false
    return settled(committed)
  }
  const start = clock.now()
  for (const key of keys) {
    await clock.skipTo(start + key.at, settle)
    field.press(key)
    if (rhythm === 'keystroke') binding.flush()
    if (fresh) await settle()
  }
  binding.close()
  await settle()
  return { keys: keys.length, commits, milliseconds: clock.now() - start }
}

interface TypingOptions {
  readonly keys: readonly Key[]
  readonly rhythm: Rhythm
  readonly clock: SkippingClock
  /** Resolves when nothing is under way any more; `committed`: the document was changed since the last time. */
  readonly settled: (committed: boolean) => Promise<void>
}
