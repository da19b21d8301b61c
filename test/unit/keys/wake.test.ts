// Wake files: what they bring, to whom, and what a damaged or hostile one may do (nothing).
import { describe, expect, test } from 'vitest'
import type { Bytes } from '../../../src/base/bytes.ts'
import { encode, type Encodable } from '../../../src/base/codec.ts'
import { idBytes } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import {
  decodeKeyRecord,
  openWake,
  readWake,
  sealWake,
  verifyKeyRecord,
  type WakeContent,
  wakeRecords,
} from '../../../src/keys/index.ts'
import { WAKE } from '../../../src/keys/labels.ts'
import { MAX_WAKE } from '../../../src/keys/limits.ts'
import { decodeOperation, verifyOperation } from '../../../src/membership/index.ts'
import { concat } from '../../../src/base/bytes.ts'
import { first, type Keyring, ringOf, SEED } from '../../support/keys-story.ts'
import { story } from '../../support/membership-story.ts'

const relays = ['wss://relay.example']

/** Eva was away while sol was taken out and keys changed twice. */
async function away() {
  const view = await story(['ana', 'eva:editor', 'sol:editor'])
  const ana = ringOf(view, 'ana')
  await ana.rekey(first(view))
  const known = await ana.rekey()
  const eva = ringOf(view.fork(), 'eva')
  await eva.take(...ana.verified())
  await view.remove('ana', 'sol')
  await ana.rekey()
  await view.rotate('ana')
  const last = await ana.rekey()
  const to = { space: view.graph.space, device: eva.device.id, box: eva.device.box.publicKey, spaceSeed: SEED }
  return { view, ana, eva, known, last, to }
}

/** As the engine takes them in: each record is decoded, verified and added. */
async function takeIn(keyring: Keyring, { operations, keys }: WakeContent): Promise<void> {
  const { crypto } = keyring.view.story
  for (const record of operations) {
    const decoded = decodeOperation(crypto, record)
    const good = decoded.ok ? await verifyOperation(crypto, decoded.value) : null
    if (good !== null) keyring.view.graph.add([good])
  }
  for (const record of keys) {
    const decoded = decodeKeyRecord(crypto, record)
    const good = decoded.ok ? await verifyKeyRecord(crypto, decoded.value) : null
    if (good !== null) await keyring.take(good)
  }
}

describe('KE-15: wake files', () => {
  test('brings the epochs of now to a device that has not heard anything since', async () => {
    const { view, ana, eva, known, to } = await away()
    const records = wakeRecords(view.graph, ana.ring, to.device, [known.epoch])
    expect(records.keys).toHaveLength(2)
    expect(wakeRecords(view.graph, ana.ring, to.device, []).keys).toHaveLength(4)
    const file = unwrap(await sealWake(view.story.crypto, to, { ...records, relays }))
    const wake = unwrap(readWake(file))
    expect(wake).toMatchObject({ space: to.space, device: to.device })
    const own = { boxes: [view.story.crypto.boxKeys(), eva.device.box], spaceSeed: SEED }
    const content = unwrap(await openWake(view.story.crypto, wake, own))
    expect(content.relays).toEqual(relays)
    expect(eva.current()).not.toEqual(ana.current())
    await takeIn(eva, content)
    expect(eva.current()).toEqual(ana.current())
  })

  test('opens with that device’s box key and the space seed only, for that space and device', async () => {
    const { view, ana, eva, to } = await away()
    const { crypto } = view.story
    const records = wakeRecords(view.graph, ana.ring, to.device, [])
    const wake = unwrap(readWake(unwrap(await sealWake(crypto, to, { ...records, relays }))))
    const fails = async (wrong: typeof wake, boxes = [eva.device.box], spaceSeed = SEED) =>
      expect(await openWake(crypto, wrong, { boxes, spaceSeed })).toEqual({
        ok: false,
        error: { type: 'NotForThisDevice' },
      })
    await fails(wake, [view.story.device('sol').box])
    await fails(wake, [])
    await fails(wake, undefined, new Uint8Array(32))
    await fails({ ...wake, device: view.story.device('sol').id })
    await fails({ ...wake, sealed: wake.sealed.map((byte, i) => (i === 99 ? byte ^ 1 : byte)) })
    await fails({ ...wake, sealed: new Uint8Array(9) })
  })

  test('a file for a removed device, or by anybody at all, opens nothing that its records do not', async () => {
    const { view, ana, last } = await away()
    const { crypto } = view.story
    const sol = ringOf(view.fork(), 'sol')
    const { id: device, box } = sol.device
    const to = { space: view.graph.space, device, box: box.publicKey, spaceSeed: SEED }
    const file = unwrap(await sealWake(crypto, to, { ...wakeRecords(view.graph, ana.ring, device, []), relays }))
    const content = unwrap(await openWake(crypto, unwrap(readWake(file)), { boxes: [box], spaceSeed: SEED }))
    await takeIn(sol, content)
    expect(sol.ring.secret(last.epoch)).toBeUndefined()
    expect(sol.current()).toEqual({ type: 'secret-missing', epoch: last.epoch, shut: false })
  })

  test('hostile files give an error each, and never more', async () => {
    const { view, eva, to } = await away()
    const { crypto } = view.story
    const sealed = new Uint8Array(99)
    const outer = { v: 1, space: idBytes(to.space), device: idBytes(to.device), sealed }
    const type = (file: Bytes) => {
      const read = readWake(file)
      return read.ok ? 'ok' : read.error.type
    }
    expect(type(encode(outer))).toBe('ok')
    expect(type(encode({ ...outer, v: 2 }))).toBe('NewerVersion')
    expect(type(new Uint8Array(MAX_WAKE + 1))).toBe('TooLarge')
    const { space: _, ...less } = outer
    const bad = [null, [], 'wake', { v: 1 }, less, { ...outer, more: 1 }, { ...outer, space: sealed }]
    for (const value of [...bad, { ...outer, device: 1 }, { ...outer, sealed: null }, { ...outer, v: '1' }]) {
      expect(type(encode(value))).toBe('Malformed')
    }
    for (const bytes of [new Uint8Array(), new Uint8Array([0xff]), new Uint8Array(300).fill(0x81)]) {
      expect(type(bytes)).toBe('Malformed')
    }
    const inner = { v: 1, operations: [], keys: [], relays }
    const opened = async (value: Encodable) => {
      const context = concat(idBytes(to.space), idBytes(to.device))
      const box = await crypto.sealTo(eva.device.box.publicKey, WAKE, context, encode(value), SEED)
      const result = await openWake(crypto, { ...to, sealed: box }, { boxes: [eva.device.box], spaceSeed: SEED })
      return result.ok ? 'ok' : result.error.type
    }
    expect(await opened(inner)).toBe('ok')
    expect(await opened({ ...inner, v: 7 })).toBe('NewerVersion')
    const signature = new Uint8Array(64)
    const wrong: Encodable[] = [[], [[sealed]], [[sealed, sealed]], [[sealed, signature, sealed]], [[1, signature]]]
    for (const list of wrong.slice(1)) {
      expect(await opened({ ...inner, operations: list })).toBe('Malformed')
      expect(await opened({ ...inner, keys: list })).toBe('Malformed')
    }
    const long = 'x'.repeat(513)
    for (const item of [null, [1], [long], Array.from({ length: 33 }, () => 'wss://relay.example')]) {
      expect(await opened({ ...inner, relays: item })).toBe('Malformed')
    }
    expect(await opened({ ...inner, keys: [[new Uint8Array(200_000), signature]] })).toBe('Malformed')
  })
})
