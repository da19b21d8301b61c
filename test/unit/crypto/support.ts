// Randomness that repeats, and the two cryptos every vector runs through. Never used outside tests.
import { createHash, webcrypto } from 'node:crypto'
import type { Random } from '../../../src/base/environment.ts'
import { type Bytes, fromHex, uint64 } from '../../../src/base/bytes.ts'
import { createCrypto } from '../../../src/crypto/index.ts'

export function seededRandom(seed = 1): Random {
  let counter = 0
  return {
    bytes(length) {
      const out = new Uint8Array(length)
      for (let at = 0; at < length; at += 32) {
        const block = createHash('sha256').update(uint64(seed)).update(uint64(counter++)).digest()
        out.set(block.subarray(0, Math.min(32, length - at)), at)
      }
      return out
    },
  }
}

export const subtle = webcrypto.subtle as unknown as SubtleCrypto
export const both = [
  ['tweetnacl', createCrypto({ random: seededRandom(1) })],
  ['WebCrypto', createCrypto({ subtle, random: seededRandom(1) })],
] as const

export function hex(text: string): Bytes {
  const bytes = fromHex(text)
  if (bytes === null) throw new Error('not hex')
  return bytes
}
