// Whispers: sealed, signed, said once; rules EN-13 and EN-14.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Bytes, concat } from '../../../src/base/bytes.ts'
import { DeviceId, SpaceId } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import { openEntry, openEnvelope, sealEnvelope } from '../../../src/log/entry.ts'
import { MAX_WHISPER_BYTES } from '../../../src/log/limits.ts'
import { openWhisper, ReplayWindow, sealWhisper, type WhisperInput } from '../../../src/log/whisper.ts'
import { bytesOf, epochIdOf, testSpace } from '../../support/log.ts'

const { crypto, space, secret, epoch, secrets, luz } = testSpace()
const session = bytesOf('session', 16)
const input = (over: Partial<WhisperInput> = {}): WhisperInput => ({
  secret,
  sign: luz,
  fields: { space, epoch, session, counter: 4, time: 9 },
  payload: { at: 'document', cursor: 7 },
  ...over,
})
const seal = async (over: Partial<WhisperInput> = {}): Promise<Bytes> => unwrap(await sealWhisper(crypto, input(over)))
const open = (outer: Bytes) => openWhisper(crypto, outer, secrets, space)
const device = DeviceId.must(luz.publicKey)

describe('a whisper', () => {
  it('EN-13 gives back who said what', async () => {
    const whisper = unwrap(await open(await seal()))
    expect(whisper).toEqual({
      space,
      epoch,
      device,
      session,
      counter: 4,
      time: 9,
      payload: { at: 'document', cursor: 7 },
    })
  })

  it('EN-13 is no entry, and no entry is a whisper', async () => {
    const outer = await seal()
    expect(await openEntry(crypto, outer, secrets, space)).toEqual({ ok: false, error: { type: 'NoSecret' } })
    const inner = openEnvelope(crypto, secret, 'telar/1/whisper', outer)!
    const asEntry = sealEnvelope(crypto, secret, 'telar/1/entry', inner)
    expect(await openEntry(crypto, asEntry, secrets, space)).toEqual({ ok: false, error: { type: 'BadSignature' } })
    expect(await open(asEntry)).toEqual({ ok: false, error: { type: 'NoSecret' } })
  })

  it('EN-13 is for one space and one epoch', async () => {
    const fields = input().fields
    const elsewhere = await seal({ fields: { ...fields, space: SpaceId.must(bytesOf('elsewhere', 32)) } })
    expect(await open(elsewhere)).toEqual({ ok: false, error: { type: 'WrongSpace' } })
    const later = await seal({ fields: { ...fields, epoch: epochIdOf(crypto, bytesOf('later', 32)) } })
    expect(await open(later)).toEqual({ ok: false, error: { type: 'Malformed' } })
    expect(await openWhisper(crypto, await seal(), new Map(), space)).toEqual({
      ok: false,
      error: { type: 'NoSecret' },
    })
  })

  it('EN-13 is small', async () => {
    expect((await seal()).length).toBeLessThan(600)
    expect(await sealWhisper(crypto, input({ payload: 'x'.repeat(4_000) }))).toEqual({
      ok: false,
      error: { type: 'TooLarge' },
    })
    const large = sealEnvelope(crypto, secret, 'telar/1/whisper', new Uint8Array(MAX_WHISPER_BYTES))
    expect(await open(large)).toEqual({ ok: false, error: { type: 'Malformed' } })
  })

  it('EN-13 tampered with or made up gives an error, never a throw', async () => {
    const outer = await seal()
    await fc.assert(
      fc.asyncProperty(fc.nat(outer.length - 1), fc.uint8Array({ maxLength: 200 }), async (at, rubbish) => {
        const tampered = outer.slice()
        tampered[at] = (tampered[at] ?? 0) ^ 0x55
        expect((await open(tampered)).ok).toBe(false)
        expect((await open(concat(Uint8Array.of(1), rubbish))).ok).toBe(false)
        expect((await open(sealEnvelope(crypto, secret, 'telar/1/whisper', rubbish))).ok).toBe(false)
      }),
      { numRuns: 100 },
    )
  })
})

describe('the replay window', () => {
  it('EN-14 accepts each counter of a session once, out of order within 64', () => {
    const window = new ReplayWindow()
    const say = (counter: number) => window.accept({ device, session, counter })
    expect([5, 5, 4, 6, 4, 100, 37, 36, 100].map(say)).toEqual([
      true,
      false,
      true,
      true,
      false,
      true,
      true,
      false,
      false,
    ])
  })

  it('EN-14 never accepts twice, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 })), (counters) => {
        const window = new ReplayWindow()
        const accepted = counters.filter((counter) => window.accept({ device, session, counter }))
        expect(new Set(accepted).size).toBe(accepted.length)
      }),
    )
  })

  it('EN-14 keeps sessions and devices apart, and 16 sessions for each device', () => {
    const window = new ReplayWindow()
    const other = DeviceId.must(bytesOf('other', 32))
    expect(window.accept({ device, session, counter: 1 })).toBe(true)
    expect(window.accept({ device: other, session, counter: 1 })).toBe(true)
    for (let n = 0; n < 100; n++) window.accept({ device, session: bytesOf(`s${n}`, 16), counter: 1 })
    expect(window.accept({ device: other, session, counter: 1 })).toBe(false)
    expect(window.accept({ device, session: bytesOf('s99', 16), counter: 1 })).toBe(false)
    expect(window.accept({ device, session: bytesOf('s84', 16), counter: 1 })).toBe(false)
  })
})
