// Wraps by place, and contents too long for one entry: thousands of recipients, thousands of older epochs.
import { describe, expect, test } from 'vitest'
import { type Bytes, toHex } from '../../../src/base/bytes.ts'
import { DeviceId, EpochId, KeyRecordId, MemberId } from '../../../src/base/ids.ts'
import { cut, Content } from '../../../src/keys/content.ts'
import { unwrapSecret } from '../../../src/keys/epochs.ts'
import { INLINE_BYTES, MAX_BODY, PART_BYTES } from '../../../src/keys/limits.ts'
import { EpochRing, type Rekey, sealRekey } from '../../../src/keys/index.ts'
import { packRecords } from '../../../src/log/payload.ts'
import type { Device, MembershipState } from '../../../src/membership/index.ts'
import { first, ringOf, SEED } from '../../support/keys-story.ts'
import { seededRandom, story } from '../../support/membership-story.ts'

const random = seededRandom('parts')

/** A state with so many active devices more; boxes are random points. */
function crowded(state: MembershipState, more: number): MembershipState {
  const device = (): [DeviceId, Device] => {
    const id = DeviceId.must(random.bytes(32))
    const box = random.bytes(32).map((byte, i) => (i === 31 ? byte & 0x3f : byte))
    return [id, { id, member: MemberId.must(random.bytes(16)), box, status: 'active', cutoff: null }]
  }
  const all = [...state.devices, ...Array.from({ length: more }, device)].sort(([a], [b]) => (a < b ? -1 : 1))
  return { ...state, devices: new Map(all) }
}

describe('KE-12: contents in parts', () => {
  test('20,000 recipients and 2,000 older epochs: whoever is among them opens it by her place, and by trial', async () => {
    const view = await story(['ana', 'eva:editor'])
    const ana = ringOf(view, 'ana')
    await ana.rekey(first(view))
    const { crypto } = view.story
    // The agreement is not what this is about.
    const cheap = {
      ...crypto,
      agree: (a: Bytes, b: Bytes) => (b[0] === eva.box.publicKey[0] ? crypto.agree(a, b) : null),
    }
    const eva = view.story.device('eva')
    const fast = { ...cheap, agree: async (a: Bytes, b: Bytes) => cheap.agree(a, b) }
    const state = crowded(view.graph.state(), 20_000)
    const secrets = Array.from({ length: 2_000 }, () => random.bytes(32))
    const made = await sealRekey(fast, { ...ana.input(), state, secrets })
    expect(made.rekey.recipients).toBe(20_002)
    expect(made.verified).toHaveLength(7)
    for (const { body } of made.records) expect(body.length).toBeLessThanOrEqual(MAX_BODY)
    expect(packRecords(made.records).length).toBe(6)
    const parts = new Map(made.verified.slice(1).map((part) => [part.id, part]))
    const content = new Content(made.rekey, (id) => {
      const part = parts.get(id)
      return part?.rec === 'part' ? part : undefined
    })
    const own = { device: eva.id, box: eva.box, spaceSeed: SEED }
    const { ephemeral, epoch } = made.rekey
    const place = [...state.devices.keys()].indexOf(eva.id)
    const mine = content.wrap(place) as Bytes
    expect(await unwrapSecret(crypto, { ephemeral, epoch, wraps: [mine] }, own)).toEqual(made.secret)
    expect(await unwrapSecret(crypto, { ephemeral, epoch, wraps: content.wraps() }, own)).toEqual(made.secret)
    expect(await unwrapSecret(crypto, { ephemeral, epoch, wraps: [content.wrap(0) as Bytes] }, own)).toBeNull()
    const ring = new EpochRing(crypto, view.graph.space, SEED)
    ring.add(made.verified)
    // Its operations and devices are not in this graph: but for the count it is a rekey that waits.
    const elsewhere = (await story(['ana'])).graph
    expect(await ring.resolve(elsewhere, eva.id, { box: eva.box })).toHaveLength(2_001)
    for (const secret of secrets.slice(0, 5)) expect([...ring.secrets().values()].map(toHex)).toContain(toHex(secret))
  }, 60_000)

  test('KE-12: a rekey without its parts is valid, and what they hold waits for them', async () => {
    const view = await story(['ana', 'eva:editor', 'sol:editor'])
    const ana = ringOf(view, 'ana')
    await ana.rekey(first(view))
    const secrets = Array.from({ length: 600 }, () => random.bytes(32))
    const made = await ana.rekey({ secrets: [...ana.ring.secretList(), ...secrets] })
    expect(made.verified).toHaveLength(2)
    const eva = ringOf(view, 'eva')
    const [zero] = ana.verified()
    expect(await eva.take(zero!, made.rekey)).toBe(0)
    expect(eva.current()).toEqual({ type: 'secret-missing', epoch: made.epoch, shut: false })
    expect(await eva.take(...made.verified)).toBe(602)
    expect(eva.current()).toEqual(ana.current())
    const sol = ringOf(view, 'sol')
    // The part first: nothing is lost by the order.
    await sol.take(...[...made.verified].reverse())
    await sol.take(zero!)
    expect(sol.current()).toEqual(ana.current())
  })

  test('KE-12: a part of another length than its place asks for holds nothing', () => {
    const id = KeyRecordId.must(new Uint8Array(32))
    const rekey = {
      recipients: 4_000,
      size: 4_000 * 48 + 16,
      parts: [id, id],
      data: new Uint8Array(0),
    } as unknown as Rekey
    const whole = new Content(rekey, () => ({ data: new Uint8Array(PART_BYTES) }) as never)
    expect(whole.present).toBe(1)
    expect(whole.wrap(3_899)).toHaveLength(48)
    expect(whole.wrap(3_900)).toBeNull()
    expect(whole.oldSecrets()).toBeNull()
    expect([...whole.wraps()]).toHaveLength(3_900)
  })

  test('short contents stay in the rekey, longer ones leave it', () => {
    expect(cut(new Uint8Array(INLINE_BYTES)).pieces).toEqual([])
    const { data, pieces } = cut(new Uint8Array(PART_BYTES + 1))
    expect([data.length, ...pieces.map(({ length }) => length)]).toEqual([0, PART_BYTES, 1])
    expect(EpochId.length).toBe(32)
  })
})
