// Looks for words, and for the bytes of ids and keys, in what a relay saw and kept and in what a device stores: as UTF-8,
// UTF-16, hex and base64 at each alignment. One pass over the bytes however many words there are; never says "nothing
// found" about nothing (see the tests of the harness, which plant words).
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Heard } from './e2e-wire.ts'

/** Shorter ones turn up by chance in ciphertext. */
const SHORTEST_WORD = 5
const SHORTEST_BYTES = 5

export interface Finding {
  readonly word: string
  readonly as: string
  readonly where: string
  readonly at: number
}

interface Needle {
  readonly word: string
  readonly as: string
  readonly bytes: Buffer
}

export class Secrets {
  readonly #words = new Set<string>()
  readonly #keys = new Map<string, Buffer>()

  get size(): number {
    return this.#words.size + this.#keys.size
  }

  /** A text that somebody typed or read; long ones also by each of their longer words. */
  text(text: string): void {
    const trimmed = text.trim()
    if (trimmed.length < SHORTEST_WORD) return
    this.#words.add(trimmed)
    if (!/\s/.test(trimmed)) return
    for (const word of trimmed.split(/[^\p{L}\p{N}_-]+/u)) if (word.length > SHORTEST_WORD + 1) this.#words.add(word)
  }

  /** One word or name exactly as it is. */
  word(word: string): void {
    if (word.length >= SHORTEST_WORD) this.#words.add(word)
  }

  /** An id or a secret that is bytes. */
  bytes(name: string, bytes: Uint8Array): void {
    if (bytes.length > SHORTEST_BYTES) this.#keys.set(name, Buffer.from(bytes))
  }

  /** An id as the faces write it: the text itself, and the bytes it stands for if it is hex, base64url or base58. */
  id(name: string, text: string): void {
    this.word(text)
    if (/^(?:[0-9a-f]{2}){8,}$/.test(text)) this.bytes(name, Buffer.from(text, 'hex'))
    else if (/^[A-Za-z0-9_-]{20,}$/.test(text)) this.bytes(name, Buffer.from(text, 'base64url'))
    const plain = fromBase58(text)
    if (plain !== null && plain.length >= 16) this.bytes(`${name} (base58)`, plain)
  }

  /** All texts of a JSON value. */
  json(value: unknown): void {
    if (typeof value === 'string') this.text(value)
    else if (Array.isArray(value)) for (const item of value) this.json(item)
    else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) this.json(item)
  }

  needles(): Needle[] {
    const words = [...this.#words].flatMap(needlesOfWord)
    const keys = [...this.#keys].flatMap(([name, bytes]) => needlesOfBytes(name, bytes, ''))
    return [...words, ...keys].filter(({ bytes }) => bytes.length >= SHORTEST_BYTES)
  }
}

function needlesOfWord(word: string): Needle[] {
  const forms = new Set([word, word.normalize('NFD'), word.toLowerCase(), word.toUpperCase()])
  return [...forms].flatMap((form) => {
    const utf16 = Buffer.from(form, 'utf16le')
    const swapped = Buffer.from(utf16).swap16()
    return [
      ...needlesOfBytes(word, Buffer.from(form, 'utf8'), 'utf8'),
      { word, as: 'utf16le', bytes: utf16 },
      { word, as: 'utf16be', bytes: swapped },
    ]
  })
}

function needlesOfBytes(word: string, bytes: Buffer, as: string): Needle[] {
  const hex = bytes.toString('hex')
  return [
    { word, as: as || 'bytes', bytes },
    { word, as: `${as} hex`, bytes: Buffer.from(hex) },
    { word, as: `${as} HEX`, bytes: Buffer.from(hex.toUpperCase()) },
    ...[0, 1, 2].flatMap((before) =>
      base64Inside(bytes, before).map((form) => ({ word, as: `${as} base64`, bytes: form })),
    ),
  ]
}

/** The characters that `bytes` gives in base64 whatever stands around it, when `before` bytes precede it in its group. */
function base64Inside(bytes: Buffer, before: number): Buffer[] {
  const text = Buffer.concat([Buffer.alloc(before), bytes])
    .toString('base64')
    .replaceAll('=', '')
  const first = before === 0 ? 0 : before + 1
  const last = Math.floor(((before + bytes.length) * 8) / 6)
  const inside = text.slice(first, last)
  // Few characters say little; the same word is looked for in its other forms too.
  if (inside.length < 7) return []
  return [inside, inside.replaceAll('+', '-').replaceAll('/', '_')]
    .filter((form, i, all) => all.indexOf(form) === i)
    .map((form) => Buffer.from(form))
}

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

function fromBase58(text: string): Buffer | null {
  let value = 0n
  for (const letter of text) {
    const digit = BASE58.indexOf(letter)
    if (digit < 0) return null
    value = value * 58n + BigInt(digit)
  }
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
}

/** Where any of the needles occurs; each word once for each place it was found in. */
export function search(secrets: Secrets, places: readonly Heard[]): Finding[] {
  const needles = secrets.needles()
  const byStart = new Map<number, Needle[]>()
  for (const needle of needles) {
    const key = needle.bytes.readUInt32LE(0)
    const list = byStart.get(key)
    if (list === undefined) byStart.set(key, [needle])
    else list.push(needle)
  }
  // A first look at 24 bits each, so that almost every position is passed over without a Map.
  const possible = new Uint8Array(1 << 24)
  for (const key of byStart.keys()) possible[key & 0xffffff] = 1
  return places.flatMap(({ where, bytes }) => scan(where, bytes, possible, byStart))
}

function scan(where: string, bytes: Buffer, possible: Uint8Array, byStart: ReadonlyMap<number, Needle[]>): Finding[] {
  const found = new Map<string, Finding>()
  for (let at = 0; at + 4 <= bytes.length; at += 1) {
    const three = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
    if (possible[three] === 0) continue
    for (const { word, as, bytes: needle } of byStart.get(bytes.readUInt32LE(at)) ?? []) {
      if (at + needle.length > bytes.length || bytes.compare(needle, 0, needle.length, at, at + needle.length) !== 0)
        continue
      if (!found.has(word)) found.set(word, { word, as, where, at })
    }
  }
  return [...found.values()]
}

/** All files below `folder`, and their names. */
export function filesOf(folder: string, skip: RegExp = /(?!)/): Heard[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !skip.test(join(entry.parentPath, entry.name)))
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [
        { where: `name of ${path}`, bytes: Buffer.from(path.slice(folder.length)) },
        { where: path, bytes: readFileSync(path) },
      ]
    })
}
