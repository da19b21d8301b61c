// What a target of the fuzzer is, and the one space, keys and small parts that all lists of targets share.
import { type Bytes, fromUtf8 } from '../../src/base/bytes.ts'
import { decode } from '../../src/base/codec.ts'
import { bytesOf, testSpace } from '../support/log.ts'
import type { Shape } from './mutate.ts'

/** null: refused. Otherwise pairs that must be equal: what was read, written again, and what it was read from. */
export type Reading = null | readonly (readonly [Bytes, Bytes])[]

export interface Target {
  readonly name: string
  readonly shape: Shape
  readonly corpus: readonly Bytes[]
  read(input: Bytes): Reading | Promise<Reading>
  /** Fewer cases than the others: each costs much. */
  readonly costly?: boolean
}

export const world = testSpace('fuzz')
export const id = (seed: string) => bytesOf(seed, 32)
export const signature = bytesOf('signature', 64)
export const relays = ['https://r.example', 'wss://s.example:99/x']

export const same = (written: Bytes, from: Bytes): Reading => [[written, from]]
export const text = (input: Bytes): string => fromUtf8(input) ?? Buffer.from(input).toString('latin1')

/** The map that canonical CBOR says; null for anything else. */
export function mapOf(input: Bytes): Readonly<Record<string, unknown>> | null {
  const value = decode(input)
  if (!value.ok || typeof value.value !== 'object' || value.value === null || Array.isArray(value.value)) return null
  return value.value instanceof Uint8Array ? null : (value.value as Readonly<Record<string, unknown>>)
}
