// What the tests of log, storage and ingest share: a crypto over counted randomness, one space with two epochs and the keys of
// a few devices. Never used by production code.
import { createHash } from 'node:crypto'
import { type Bytes, utf8 } from '../../src/base/bytes.ts'
import type { Random } from '../../src/base/environment.ts'
import { ActorId, ChangeHash, DocumentId, EpochId, idBytes, OperationId, SpaceId } from '../../src/base/ids.ts'
import { type Crypto, createCrypto, type SignKeys } from '../../src/crypto/index.ts'
import { deriveActor, type EntryFields } from '../../src/log/entry.ts'
import { DeviceId } from '../../src/base/ids.ts'

/** The same bytes for the same seed, on every machine. */
export function countedRandom(seed: string): Random {
  let n = 0
  return {
    bytes(length) {
      const out = new Uint8Array(length)
      for (let at = 0; at < length; at += 32)
        out.set(
          createHash('sha256')
            .update(`${seed}/${n++}`)
            .digest()
            .subarray(0, length - at),
          at,
        )
      return out
    },
  }
}

export const bytesOf = (seed: string, length: number): Bytes => countedRandom(seed).bytes(length)

export const testCrypto = (seed = 'crypto'): Crypto =>
  createCrypto({ subtle: globalThis.crypto.subtle, random: countedRandom(seed) })

export const epochIdOf = (crypto: Crypto, secret: Bytes): EpochId =>
  EpochId.must(crypto.hash('telar/1/epoch-id', secret))

export const graphHead = (name: string): OperationId => OperationId.must(bytesOf(name, 32))

export interface TestSpace {
  readonly crypto: Crypto
  readonly space: SpaceId
  readonly secret: Bytes
  readonly epoch: EpochId
  readonly secrets: ReadonlyMap<EpochId, Bytes>
  readonly luz: SignKeys
  readonly marta: SignKeys
  readonly document: DocumentId
}

export function testSpace(seed = 'space'): TestSpace {
  const crypto = testCrypto(seed)
  const secret = bytesOf(`${seed}/secret`, 32)
  const epoch = epochIdOf(crypto, secret)
  return {
    crypto,
    space: SpaceId.must(bytesOf(`${seed}/space`, 32)),
    secret,
    epoch,
    secrets: new Map([[epoch, secret]]),
    luz: crypto.signKeys(bytesOf(`${seed}/luz`, 32)),
    marta: crypto.signKeys(bytesOf(`${seed}/marta`, 32)),
    document: DocumentId.must(bytesOf(`${seed}/document`, 16)),
  }
}

/** Fields of a `changes` entry by `sign`; `over` replaces any. */
export function changesFields(world: TestSpace, sign: SignKeys, over: Partial<EntryFields> = {}): EntryFields {
  const { crypto, space, epoch, document } = world
  const nonce = bytesOf('actor-nonce', 16)
  return {
    kind: 'changes',
    space,
    epoch,
    time: 1_790_000_000_000,
    heads: [graphHead('head')],
    seq: 0,
    prev: null,
    document,
    actor: deriveActor(crypto, space, DeviceId.must(sign.publicKey), document, nonce),
    nonce,
    first: 1,
    last: 1,
    hash: ChangeHash.must(bytesOf('hash', 32)),
    form: 0,
    ...over,
  }
}

export const plainText = (text: string): Bytes => utf8(text)
export { ActorId, idBytes }
