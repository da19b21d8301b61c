// Sets of small whole numbers as bit strings: the past of an operation, by the places where its operations were added.
// Pure helpers; a shorter string stands for one with zeros at its end.

export type Bits = Uint32Array

export const hasBit = (bits: Bits, n: number): boolean => (((bits[n >>> 5] ?? 0) >>> (n & 31)) & 1) === 1

/** A copy with room for `size` numbers, holding those of all `sets`. */
export function unionOf(size: number, sets: readonly Bits[]): Bits {
  const out = new Uint32Array((size + 31) >>> 5)
  for (const set of sets) addAll(out, set)
  return out
}

/** Adds `set` to `into`, which is as long as it or longer. */
export function addAll(into: Bits, set: Bits): void {
  for (let i = 0; i < set.length; i++) into[i] = (into[i] ?? 0) | (set[i] ?? 0)
}

export function addBit(into: Bits, n: number): void {
  into[n >>> 5] = (into[n >>> 5] ?? 0) | (1 << (n & 31))
}

function ones(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555)
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333)
  return (((n + (n >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
}

export function countBits(bits: Bits): number {
  let sum = 0
  for (const word of bits) sum += ones(word)
  return sum
}

/** The numbers in `bits` that are not in `without`, ascending. */
export function listBits(bits: Bits, without: Bits = new Uint32Array(0)): number[] {
  const out: number[] = []
  for (let i = 0; i < bits.length; i++) {
    let word = ((bits[i] ?? 0) & ~(without[i] ?? 0)) >>> 0
    while (word !== 0) {
      const bit = 31 - Math.clz32(word & -word)
      out.push(32 * i + bit)
      word = (word & (word - 1)) >>> 0
    }
  }
  return out
}
