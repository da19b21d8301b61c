// Stories of one space: what each operation does, by whom it may be written, and what conflicts come to. The graphs are
// drawn with time to the right; a fork is two branches that have not seen each other.
import { describe, expect, test } from 'vitest'
import {
  decodeOperation,
  MembershipGraph,
  verifyOperation,
  isCoordinator,
  mayWrite,
} from '../../../src/membership/index.ts'
import { DeviceId } from '../../../src/base/ids.ts'
import { canonical, realCrypto, Story, story } from '../../support/membership-story.ts'

describe('joining and devices', () => {
  test('ME-6: a coordinator admits; an editor cannot', async () => {
    const view = await story(['ana', 'eva:editor'])
    const refused = await view.admit('eva', 'puppet')
    expect(view.reason(refused)).toBe('ME-5 not-a-coordinator')
    expect(view.member('puppet')).toBeUndefined()
    await view.admit('ana', 'sol', 'reader')
    expect(view.member('sol')).toMatchObject({ role: 'reader', status: 'active' })
    expect(mayWrite(view.state(), view.story.device('sol').id)).toBe(false)
    expect(mayWrite(view.state(), view.story.device('eva').id)).toBe(true)
  })

  test('ME-6: an invitation is used once, a key enters once, nobody is admitted as coordinator', async () => {
    const view = await story(['ana'])
    const invitation = view.story.crypto.signKeys()
    await view.admit('ana', 'eva', 'editor', invitation)
    expect(view.reason(await view.admit('ana', 'sol', 'editor', invitation))).toBe('ME-6 invitation-used')
    const again = await view.write('ana', await view.story.admission('eva', 'editor'))
    expect(view.reason(again)).toBe('ME-6 member-known')
    expect(view.reason(await view.admit('ana', 'luz', 'coordinator'))).toBe('ME-6 coordinators-are-promoted')
  })

  test('ME-15: two admissions at once with one invitation: the lower id counts', async () => {
    //        ┌ ana admits eva
    // create ┤
    //        └ bea admits sol   (same link)
    const view = await story(['ana', 'bea'])
    const invitation = view.story.crypto.signKeys()
    const other = view.fork()
    const first = await view.admit('ana', 'eva', 'editor', invitation)
    const second = await other.admit('bea', 'sol', 'editor', invitation)
    view.tell(other)
    const lost = first.id < second.id ? second : first
    expect(view.reason(lost)).toBe('ME-15 lost-to-another')
    expect([view.member('eva'), view.member('sol')].filter(Boolean)).toHaveLength(1)
    expect(canonical(other.tell(view))).toEqual(canonical(view))
  })

  test('ME-7: a member adds her own second device and nobody else one', async () => {
    const view = await story(['ana', 'eva:editor'])
    await view.addDevice('eva', 'eva laptop')
    expect(view.member('eva')?.devices).toHaveLength(2)
    const device = view.story.device('ana')
    const { op: _op, ...target } = { op: 0, ...view.story.make('hers', view.story.device('eva').member) }
    const fields = { op: 'add-device', member: target.member, target: target.id, box: target.box.publicKey } as const
    const refused = await view.write(device.name, { ...fields, consent: new Uint8Array(64) })
    expect(view.reason(refused)).toBe('ME-7 not-her-device')
  })

  test('ME-7: the recovery key adds a device to its member, who is no coordinator any more', async () => {
    const crypto = realCrypto('kit')
    const teller = new Story(crypto)
    const kit = crypto.signKeys()
    const view = await teller.found('ana', kit)
    const { member } = teller.device('ana')
    const made = teller.make('kit', member)
    const asKit = { ...made, keys: kit, id: DeviceId.must(kit.publicKey) }
    Object.assign(made, asKit)
    await view.addDevice('kit', 'new phone')
    expect(view.member('ana')).toMatchObject({ role: 'editor' })
    expect(view.member('ana')?.devices).toContain(teller.device('new phone').id)
    expect(view.reason(await view.write('kit', { op: 'merge' }))).toBe('ME-5 unknown-device')
  })

  test('ME-8: a device changes its own box key', async () => {
    const view = await story(['ana', 'eva:editor'])
    const rotation = await view.rotate('eva')
    expect(view.device('eva')?.box).toEqual(view.story.device('eva').box.publicKey)
    expect([...view.state().rotations.values()]).toEqual([rotation.id])
    const same = await view.write('eva', { op: 'rotate-device', box: view.story.device('eva').box.publicKey })
    expect(view.reason(same)).toBe('ME-8 same-key')
  })

  test('ME-18: coordinators set the relays; of two at once the lower id counts, the next one replaces both', async () => {
    const view = await story(['ana', 'bea', 'eva:editor'])
    expect(view.reason(await view.write('eva', { op: 'set-relays', relays: ['wss://x'] }))).toBe(
      'ME-5 not-a-coordinator',
    )
    const other = view.fork()
    const a = await view.write('ana', { op: 'set-relays', relays: ['wss://a'] })
    const b = await other.write('bea', { op: 'set-relays', relays: ['wss://b'] })
    view.tell(other)
    expect(view.state().relays).toEqual(a.id < b.id ? ['wss://a'] : ['wss://b'])
    await view.write('ana', { op: 'set-relays', relays: ['wss://c', 'wss://d'] })
    expect(view.state().relays).toEqual(['wss://c', 'wss://d'])
  })

  test('ME-19: any member announces a successor', async () => {
    const view = await story(['ana', 'luz:reader'])
    const fields = { to: view.graph.space, seed: new Uint8Array(32).fill(7), relays: ['wss://relay.example'] }
    const op = await view.write('luz', { op: 'successor', ...fields })
    const by = view.story.device('luz').member
    expect(view.state().successors).toEqual([{ ...fields, by, operation: op.id }])
  })
})

describe('leaving, removing, roles', () => {
  test('ME-10: any coordinator removes an editor; she writes nothing more', async () => {
    const view = await story(['ana', 'eva:editor'])
    const removal = await view.remove('ana', 'eva')
    expect(view.member('eva')).toMatchObject({ status: 'removed' })
    expect(view.state().removals).toEqual([removal.id])
    expect(view.reason(await view.rotate('eva'))).toBe('ME-5 removed-device')
    expect(isCoordinator(view.state(), view.story.device('ana').id)).toBe(true)
  })

  test('ME-10: anybody leaves, a coordinator too, and leaving undoes nothing of hers', async () => {
    const view = await story(['ana', 'bea'])
    await view.admit('bea', 'eva')
    const undoing = view.cutoffs('bea').map(({ device }) => ({ device, seq: -1, id: null }))
    expect(view.reason(await view.remove('bea', 'bea', undoing))).toBe('ME-13 undoes-her-own')
    await view.remove('bea', 'bea')
    expect(view.member('bea')?.status).toBe('removed')
    expect(view.member('eva')?.status).toBe('active')
  })

  test('ME-10: two devices of one member leave at once: she has left', async () => {
    const view = await story(['ana', 'eva:editor'])
    await view.addDevice('eva', 'eva laptop')
    const other = view.fork()
    await view.remove('eva', 'eva')
    await other.remove('eva laptop', 'eva')
    expect(view.tell(other).member('eva')?.status).toBe('removed')
    expect(view.state().removals).toHaveLength(2)
  })

  test('ME-12: with two coordinators neither removes the other', async () => {
    const view = await story(['ana', 'bea'])
    expect(view.reason(await view.remove('bea', 'ana'))).toBe('ME-12 no-majority-possible')
    expect(view.reason(await view.role('bea', 'ana', 'editor'))).toBe('ME-12 no-majority-possible')
  })

  test('ME-12: a lone founder promotes alone; the third is promoted by both', async () => {
    const view = await story(['ana', 'bea', 'cleo:editor'])
    expect(view.member('bea')?.role).toBe('coordinator')
    const promotion = await view.role('ana', 'cleo', 'coordinator')
    expect(view.member('cleo')?.role).toBe('editor')
    expect(view.state().pending).toMatchObject([{ of: promotion.id, why: 'majority', needed: 2 }])
    await view.cosign('bea', promotion)
    expect(view.member('cleo')?.role).toBe('coordinator')
    expect(view.state().pending).toEqual([])
  })

  test('ME-12: removing a coordinator waits for a majority of the others; her own vote and an editor’s are none', async () => {
    const view = await story(['ana', 'bea', 'cleo', 'eva:editor'])
    const removal = await view.remove('ana', 'bea')
    expect(view.member('bea')?.status).toBe('active')
    expect(view.reason(await view.cosign('bea', removal))).toBe('ME-12 no-vote')
    expect(view.reason(await view.cosign('eva', removal))).toBe('ME-12 no-vote')
    expect(view.reason(await view.cosign('ana', removal))).toBe('ME-12 no-vote')
    await view.cosign('cleo', removal)
    expect(view.member('bea')?.status).toBe('removed')
  })

  test('ME-11: a coordinator sets editors and readers; stepping down needs nobody', async () => {
    const view = await story(['ana', 'bea', 'eva:editor'])
    await view.role('ana', 'eva', 'reader')
    expect(view.member('eva')?.role).toBe('reader')
    await view.role('bea', 'bea', 'editor')
    expect(view.member('bea')?.role).toBe('editor')
    expect(view.reason(await view.role('bea', 'eva', 'editor'))).toBe('ME-5 not-a-coordinator')
  })

  test('ME-11: of two role changes at once the lower role counts', async () => {
    const view = await story(['ana', 'bea', 'eva:reader'])
    const other = view.fork()
    await view.role('ana', 'eva', 'editor')
    const promotion = await other.role('bea', 'eva', 'coordinator')
    await other.cosign('ana', promotion)
    expect(view.tell(other).member('eva')?.role).toBe('editor')
  })
})

describe('suspension', () => {
  test('ME-9: a lost phone is suspended at once and comes back by resume', async () => {
    const view = await story(['ana', 'eva:editor'])
    await view.suspend('ana', 'eva')
    expect(view.device('eva')).toMatchObject({ status: 'suspended' })
    expect(view.reason(await view.rotate('eva'))).toBe('ME-5 suspended-device')
    await view.resume('ana', 'eva')
    expect(view.device('eva')).toMatchObject({ status: 'active', cutoff: null })
    expect(view.state().removals).toEqual([])
    expect(view.reason(await view.rotate('eva'))).toBeUndefined()
  })

  test('ME-9: suspending another coordinator costs one’s own powers until a third cosigns', async () => {
    const view = await story(['ana', 'bea', 'cleo'])
    const suspension = await view.suspend('ana', 'bea')
    expect(isCoordinator(view.state(), view.story.device('ana').id)).toBe(false)
    expect(view.device('bea')?.status).toBe('suspended')
    expect(view.reason(await view.suspend('ana', 'cleo'))).toBe('ME-5 not-a-coordinator')
    await view.cosign('cleo', suspension)
    expect(isCoordinator(view.state(), view.story.device('ana').id)).toBe(true)
    expect(view.state().pending).toEqual([])
  })

  test('ME-9: a refusal returns the target only', async () => {
    const view = await story(['ana', 'bea', 'cleo'])
    await view.cosign('cleo', await view.suspend('ana', 'bea'), false)
    expect(view.device('bea')?.status).toBe('active')
    expect(isCoordinator(view.state(), view.story.device('ana').id)).toBe(false)
    const again = await view.role('bea', 'ana', 'coordinator')
    await view.cosign('cleo', again)
    expect(isCoordinator(view.state(), view.story.device('ana').id)).toBe(true)
  })

  test('ME-9: one coordinator alone undoes nothing another did', async () => {
    const view = await story(['ana', 'bea'])
    await view.admit('bea', 'eva')
    expect(view.reason(await view.suspend('ana', 'bea', null))).toBe('ME-9 cut-off-below-her-last')
  })
})

describe('cut-offs and disputes', () => {
  test('ME-13: a removal may reach back: admissions of a phone lost last week are void', async () => {
    const view = await story(['ana', 'bea', 'cleo'])
    const before = view.cutoffs('cleo')
    await view.admit('cleo', 'puppet')
    const removal = await view.remove('ana', 'cleo', before)
    expect(view.member('puppet')?.status).toBe('active')
    await view.cosign('bea', removal)
    expect(view.member('puppet')).toBeUndefined()
  })

  test('ME-13: a removal names each device of hers once, and an operation that is hers', async () => {
    const view = await story(['ana', 'eva:editor'])
    expect(view.reason(await view.remove('ana', 'eva', []))).toBe('ME-13 not-her-devices')
    const [cutoff] = view.cutoffs('eva')
    const wrong = [
      { device: cutoff?.device ?? view.story.device('eva').id, ...view.tip(view.story.device('ana').id, 'ana') },
    ]
    expect(view.reason(await view.remove('ana', 'eva', wrong))).toBe('ME-13 unknown-cut-off')
  })

  test('ME-13: what was written after a resumption counts', async () => {
    const view = await story(['ana', 'bea', 'cleo', 'eva:editor'])
    await view.suspend('ana', 'eva')
    await view.resume('bea', 'eva')
    const later = await view.addDevice('eva', 'eva two')
    expect(view.reason(later)).toBeUndefined()
    expect(view.device('eva two')?.status).toBe('active')
  })

  test('ME-14: two coordinators suspend each other: neither counts, both lose powers, the third decides', async () => {
    //          ┌ ana suspends bea
    // a, b, c ─┤
    //          └ bea suspends ana
    const view = await story(['ana', 'bea', 'cleo'])
    const other = view.fork()
    await view.suspend('ana', 'bea')
    const right = await other.suspend('bea', 'ana')
    view.tell(other)
    expect(view.device('ana')?.status).toBe('active')
    expect(view.device('bea')?.status).toBe('active')
    expect(view.state().disputed.size).toBe(2)
    expect(view.state().pending.map(({ why }) => why)).toEqual(['dispute', 'dispute'])
    await view.cosign('cleo', right)
    expect(view.device('ana')?.status).toBe('suspended')
    expect(isCoordinator(view.state(), view.story.device('bea').id)).toBe(true)
    expect(canonical(other.tell(view))).toEqual(canonical(view))
  })

  test('ME-14: a suspension by a phone that a majority removes at the same time does not stop the removal', async () => {
    const view = await story(['ana', 'bea', 'cleo'])
    const thief = view.fork()
    await view.cosign('bea', await view.remove('ana', 'cleo'))
    await thief.suspend('cleo', 'ana')
    view.tell(thief)
    expect(view.member('cleo')?.status).toBe('removed')
    expect(view.device('ana')?.status).toBe('active')
  })
})

describe('the set', () => {
  test('ME-3: any order of arrival, duplicates included, gives the same', async () => {
    const view = await story(['ana', 'bea', 'eva:editor'])
    await view.suspend('ana', 'eva')
    const backwards = MembershipGraph.create(view.graph.space)
    const result = backwards.add([...view.graph.operations()].reverse())
    expect(result.added).toHaveLength(view.graph.size)
    backwards.add(view.graph.operations())
    expect(canonical({ state: () => backwards.state() })).toEqual(canonical(view))
    expect(backwards.heads()).toEqual(view.graph.heads())
  })

  test('ME-4: a chain that skips is refused', async () => {
    const view = await story(['ana', 'eva:editor'])
    const broken = await view.write('eva', { op: 'merge' })
    expect(view.reason(broken)).toBeUndefined()
    const draft = view.graph.draft.bind(view.graph)
    view.graph.draft = (device) => ({ ...draft(device), seq: draft(device).seq + 3 })
    expect(view.reason(await view.write('eva', { op: 'merge' }))).toBe('ME-4 broken-chain')
  })

  test('ME-17: above 16 heads a merge is due, and it joins them', async () => {
    const names = Array.from({ length: 18 }, (_, i) => `e${i}:editor`)
    const view = await story(['ana', ...names])
    const forks = names.map(() => view.fork())
    for (const [i, fork] of forks.entries()) await fork.rotate(`e${i}`)
    view.tell(...forks)
    expect(view.graph.heads()).toHaveLength(18)
    expect(view.graph.needsMerge).toBe(true)
    expect(view.graph.draft(view.story.device('ana').id).parents).toHaveLength(16)
    await view.write('ana', { op: 'merge' })
    expect(view.graph.heads()).toHaveLength(3)
    expect(view.graph.needsMerge).toBe(false)
  })

  test('ME-20: operations without their parents wait, and say what is missing', async () => {
    const view = await story(['ana', 'eva:editor'])
    const [create, admit] = view.graph.operations()
    const graph = MembershipGraph.create(view.graph.space)
    expect(graph.add([admit!])).toEqual({ added: [], waiting: [admit!.id] })
    expect(graph.missing()).toEqual([create!.id])
    expect(graph.add([create!]).added).toEqual([create!.id, admit!.id])
  })

  test('ME-2: a signature, a consent or a proof of another key is refused', async () => {
    const view = await story(['ana'])
    const { crypto } = view.story
    const op = await view.admit('ana', 'eva')
    expect(await verifyOperation(crypto, op)).not.toBeNull()
    const forged = { ...op.record, signature: op.record.signature.map((byte, i) => (i === 40 ? byte ^ 1 : byte)) }
    const decoded = decodeOperation(crypto, forged)
    expect(decoded.ok && (await verifyOperation(crypto, decoded.value))).toBeNull()
    const fields = await view.story.admission('sol', 'editor')
    for (const name of ['proof', 'consent'] as const) {
      const bad = await view.write('ana', { ...fields, [name]: new Uint8Array(64).fill(1) })
      expect(await verifyOperation(crypto, bad)).toBeNull()
    }
  })
})
