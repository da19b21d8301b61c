// Randomness that a seed decides: one stream per name, so that what one device or line draws does not shift what another
// draws. Not fit for keys outside a simulation.
import { createHash } from 'node:crypto'
import type { Bytes } from '../../src/base/bytes.ts'
import type { Random } from '../../src/base/environment.ts'

/** xoshiro128** over a hash of the seed and the name. */
export class Chance implements Random {
  readonly #s: Uint32Array

  constructor(
    private readonly seed: string,
    private readonly name = '',
  ) {
    const digest = createHash('sha256')
      .update(JSON.stringify([seed, name]))
      .digest()
    this.#s = new Uint32Array(4)
    for (let i = 0; i < 4; i++) this.#s[i] = digest.readUInt32LE(4 * i)
  }

  /** A stream of its own, the same for the same name whatever was drawn here. */
  stream(...name: readonly (string | number)[]): Chance {
    return new Chance(this.seed, [this.name, ...name].join('/'))
  }

  word(): number {
    const s = this.#s as unknown as [number, number, number, number]
    const result = Math.imul(rotl(Math.imul(s[1], 5), 7), 9) >>> 0
    const t = s[1] << 9
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = rotl(s[3], 11)
    return result
  }

  bytes(length: number): Bytes {
    const out = new Uint8Array(length)
    for (let at = 0; at < length; at += 4) {
      const word = this.word()
      for (let i = 0; i < 4 && at + i < length; i++) out[at + i] = word >>> (8 * i)
    }
    return out
  }

  /** In [0, 1). */
  fraction(): number {
    return this.word() / 2 ** 32
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.fraction() * below)
  }

  /** A whole number in [from, to]. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1)
  }

  happens(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(Math.max(1, list.length))]
  }
}

const rotl = (x: number, k: number) => (x << k) | (x >>> (32 - k))
