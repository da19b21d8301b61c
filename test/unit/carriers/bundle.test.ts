// The form of a bundle: written, read back, cut anywhere, changed anywhere. What members make of one is tested in
// test/unit/engine/bundles.test.ts.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Bytes } from '../../../src/base/bytes.ts'
import {
  bundleRecords,
  BundleWriter,
  decodeRecord,
  encodeRecord,
  MAX_RECORD_BYTES,
  readBundleHead,
} from '../../../src/carriers/bundle.ts'
import type { Message } from '../../../src/wire/messages.ts'
import { bytesOf } from '../../support/log.ts'

const head = { nonce: bytesOf('nonce', 32), tag: bytesOf('tag', 16), commitment: bytesOf('commitment', 32) }
const put = (n: number): Message => ({ t: 'put', ch: head.nonce, entries: [new Uint8Array(100).fill(n)] })
const end: Message = { t: 'close', ch: head.nonce }

/** Sealed by nothing: the form is what is tested. */
function file(): Bytes {
  const writer = new BundleWriter(head, (_part, _index, plaintext) => plaintext)
  writer.add('lead', { type: 'message', message: put(1) })
  writer.add('lead', { type: 'message', message: end })
  writer.add('body', { type: 'statement', bytes: bytesOf('statement', 40) })
  writer.add('body', { type: 'message', message: put(2) })
  writer.add('body', { type: 'message', message: end })
  return writer.file()
}

const contents = (bytes: Bytes) =>
  [...bundleRecords(bytes)].map(({ part, index, sealed }) => ({ part, index, content: decodeRecord(sealed) }))

describe('the form of a bundle', () => {
  test('BU-1: the messages of a channel one after the other, the lead first', () => {
    expect(readBundleHead(file())).toEqual({ ok: true, value: head })
    expect(contents(file())).toEqual([
      { part: 'lead', index: 0, content: { type: 'message', message: put(1) } },
      { part: 'lead', index: 1, content: { type: 'message', message: end } },
      { part: 'body', index: 2, content: { type: 'statement', bytes: bytesOf('statement', 40) } },
      { part: 'body', index: 3, content: { type: 'message', message: put(2) } },
      { part: 'body', index: 4, content: { type: 'message', message: end } },
    ])
  })

  test('BU-1: is told from other files, and from those of a newer version', () => {
    const error = (bytes: Bytes) => readBundleHead(bytes)
    expect(error(new Uint8Array(0))).toEqual({ ok: false, error: 'not-a-bundle' })
    expect(error(new TextEncoder().encode('{"a bundle": false}'))).toEqual({ ok: false, error: 'not-a-bundle' })
    const newer = file()
    newer[8] = 2
    expect(error(newer)).toEqual({ ok: false, error: 'newer-version' })
    expect(error(file().slice(0, 40))).toEqual({ ok: false, error: 'damaged' })
  })

  test('BU-8: cut anywhere it gives the records that were whole, and nothing else', () => {
    const whole = file()
    const all = [...bundleRecords(whole)]
    fc.assert(
      fc.property(fc.integer({ min: 89, max: whole.length }), (length) => {
        const read = [...bundleRecords(whole.slice(0, length))]
        expect(read).toEqual(all.slice(0, read.length))
        if (length < whole.length) expect(read.length).toBeLessThan(all.length)
      }),
    )
  })

  test('BU-8: any bytes give records or none, and never throw', () => {
    const start = file().slice(0, 89)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const hostile = new Uint8Array([...start, ...bytes])
        for (const record of bundleRecords(hostile)) decodeRecord(record.sealed)
        readBundleHead(bytes)
        decodeRecord(bytes)
      }),
    )
  })

  test('a record larger than any can be is not read', () => {
    const writer = new BundleWriter(head, () => new Uint8Array(MAX_RECORD_BYTES + 1))
    writer.add('lead', { type: 'message', message: end })
    expect(contents(writer.file())).toEqual([])
  })

  test('a record that is no message is none', () => {
    expect(decodeRecord(Uint8Array.of(0, 1, 2, 3))).toBeNull()
    expect(decodeRecord(Uint8Array.of(7, 1))).toBeNull()
    expect(decodeRecord(encodeRecord({ type: 'message', message: { t: 'ping' } }))).not.toBeNull()
  })
})
