// What becomes of valid inputs in a fuzzer's hands: bytes bent anywhere, CBOR bent where it means something, changes of Automerge
// with their length and checksum made right again, texts. Knows no decoder.
import { type Bytes, concat } from '../../src/base/bytes.ts'
import { decode, type Encodable, encode } from '../../src/base/codec.ts'
import { sha256 } from '../../src/ingest/sha256.ts'
import type { Chance } from './chance.ts'

export type Shape = 'bytes' | 'cbor' | 'change' | 'text'

const ODD = [
  0,
  1,
  -1,
  23,
  24,
  127,
  128,
  255,
  256,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
]
const LARGEST = 8_192
/** Enough for every limit on counts; what is repeated in what is repeated would grow without end. */
const LARGEST_CBOR = 32 * 1024

export function mutated(shape: Shape, input: Bytes, others: readonly Bytes[], chance: Chance): Bytes {
  let out = input
  for (let times = 1 + chance.below(4); times > 0; times--) out = once(shape, out, others, chance)
  return out
}

function once(shape: Shape, input: Bytes, others: readonly Bytes[], chance: Chance): Bytes {
  if (shape === 'cbor' && chance.below(4) > 0) return bentCbor(input, others, chance)
  if (shape === 'change' && chance.below(8) > 0) return bentChange(input, others, chance)
  return bentBytes(input, others, chance)
}

function bentBytes(input: Bytes, others: readonly Bytes[], chance: Chance): Bytes {
  const at = chance.below(input.length + 1)
  const to = Math.min(input.length, at + 1 + chance.below(chance.one([1, 4, 64])))
  switch (chance.below(7)) {
    case 0:
      return input.map((byte, i) => (i === at ? byte ^ (1 << chance.below(8)) : byte))
    case 1:
      return input.map((byte, i) => (i >= at && i < to ? chance.one([0, 1, 127, 128, 255, chance.below(256)]) : byte))
    case 2:
      return concat(input.slice(0, at), input.slice(to))
    case 3:
      return concat(input.slice(0, at), chance.bytes(1 + chance.below(9)), input.slice(at))
    case 4:
      return concat(input.slice(0, to), input.slice(at)).slice(0, LARGEST)
    case 5: {
      const other = chance.one(others)
      return concat(input.slice(0, at), other.slice(chance.below(other.length))).slice(0, LARGEST)
    }
    default:
      return input.slice(0, at)
  }
}

/** The body of a raw change or a save bent, in a chunk whose length and checksum are right. */
function bentChange(input: Bytes, others: readonly Bytes[], chance: Chance): Bytes {
  const bodyOf = (change: Bytes) => change.slice(9 + lengthBytes(change))
  const body = bentBytes(bodyOf(input), others.map(bodyOf), chance)
  return chunkOf(body, input[8])
}

/** How many bytes the length takes. */
function lengthBytes(change: Bytes): number {
  let n = 1
  while (n < 8 && (change[8 + n] ?? 0) >= 128) n++
  return n
}

/** `type`: 1 is a change, 0 a whole document. */
export function chunkOf(body: Bytes, type = 1): Bytes {
  const length: number[] = []
  for (let n = body.length; ; n = Math.floor(n / 128)) {
    length.push(n < 128 ? n : (n % 128) + 128)
    if (n < 128) break
  }
  const tail = concat(Uint8Array.of(type, ...length), body)
  return concat(Uint8Array.of(0x85, 0x6f, 0x4a, 0x83), sha256(tail).slice(0, 4), tail)
}

function bentCbor(input: Bytes, others: readonly Bytes[], chance: Chance): Bytes {
  const value = decode(input)
  if (!value.ok) return bentBytes(input, others, chance)
  const other = decode(chance.one(others))
  const bent = bentValue(value.value as Encodable, other.ok ? (other.value as Encodable) : null, chance)
  const out = encode(bent)
  return out.length > LARGEST_CBOR ? input : out
}

function bentValue(value: Encodable, other: Encodable, chance: Chance): Encodable {
  if (Array.isArray(value) && value.length > 0 && chance.below(5) > 0)
    return bentArray(value as Encodable[], other, chance)
  if (isMap(value) && Object.keys(value).length > 0 && chance.below(6) > 0) return bentMap(value, other, chance)
  if (value instanceof Uint8Array && chance.below(3) > 0) {
    // What is packed in bytes may be CBOR itself.
    const inner = decode(value)
    if (inner.ok && value.length > 8) return encode(bentValue(inner.value as Encodable, other, chance))
    return bentBytes(value, [value], chance)
  }
  return chance.one([anything(chance), other, value, [value], { v: value }, piece(other, chance)])
}

function bentArray(value: readonly Encodable[], other: Encodable, chance: Chance): Encodable {
  const at = chance.below(value.length)
  const item = value[at] ?? null
  switch (chance.below(6)) {
    case 0:
      return value.filter((_, i) => i !== at)
    case 1:
      return [...value, item]
    case 2:
      return [...value].reverse()
    case 3:
      return Array.from(
        { length: item instanceof Uint8Array || !isLong(item) ? chance.one([17, 33, 300]) : 2 },
        () => item,
      )
    default:
      return value.map((one, i) => (i === at ? bentValue(one, other, chance) : one))
  }
}

/** So that what is repeated within what is repeated stays small. */
const isLong = (value: Encodable): boolean => Array.isArray(value) && value.length > 16

function bentMap(value: Readonly<Record<string, Encodable>>, other: Encodable, chance: Chance): Encodable {
  const key = chance.one(Object.keys(value))
  switch (chance.below(6)) {
    case 0:
      return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
    case 1:
      return { ...value, [chance.one(['x', '__proto__', 'constructor', 'toString', ''])]: anything(chance) }
    case 2:
      return { ...value, [key]: isMap(other) && Object.hasOwn(other, key) ? (other[key] ?? null) : anything(chance) }
    default:
      return { ...value, [key]: bentValue(value[key] ?? null, other, chance) }
  }
}

const isMap = (value: Encodable): value is { readonly [key: string]: Encodable } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)

function piece(value: Encodable, chance: Chance): Encodable {
  if (Array.isArray(value) && value.length > 0) return chance.one(value as Encodable[])
  return isMap(value) && Object.keys(value).length > 0 ? (value[chance.one(Object.keys(value))] ?? null) : value
}

function anything(chance: Chance): Encodable {
  const deep = (levels: number): Encodable => (levels === 0 ? 0 : [deep(levels - 1)])
  switch (chance.below(8)) {
    case 0:
      return chance.one(ODD)
    case 1:
      return chance.bytes(chance.one([0, 1, 16, 31, 32, 33, 64, 300]))
    case 2:
      return chance.one(['', 'a', 'changes', '\u0000', 'ñ'.repeat(300), 'http://h', '../..', '\uD800\uDC00'])
    case 3:
      return chance.one([true, false, null])
    case 4:
      return 1.5
    case 5:
      return deep(chance.one([2, 12, 15]))
    case 6:
      return []
    default:
      return {}
  }
}
