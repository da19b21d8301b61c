// What the fuzzer found and was mended, by name: each bends a valid input of a target once more in the way that was found. What it
// found in frames from a relay is in test/unit/carriers/relay-frames.test.ts.
import { expect, test } from 'vitest'
import type { Bytes } from '../../src/base/bytes.ts'
import { decode, type Encodable, encode } from '../../src/base/codec.ts'
import { targets } from './targets.ts'

type Fields = Record<string, Encodable>

/** Whether a target takes its first valid input, bent. */
async function takes(name: string, bend: (fields: Fields) => Fields): Promise<boolean> {
  const target = targets.find((one) => one.name === name)
  if (target === undefined) throw new Error(`no target ${name}`)
  const value = decode(target.corpus[0] as Bytes)
  if (!value.ok) throw new Error('an input that is no CBOR')
  return (await target.read(encode(bend(value.value as Fields)))) !== null
}

test('JO-9: a welcome is exactly what was signed: nothing more stands behind the first operation', async () => {
  expect(await takes('welcomes', (fields) => fields)).toBe(true)
  const longer = (fields: Fields) => ({ ...fields, create: [...(fields['create'] as Encodable[]), 0] })
  expect(await takes('welcomes', longer)).toBe(false)
})
