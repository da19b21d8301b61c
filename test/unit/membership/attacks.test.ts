// The attacks and accidents that membership must hold against, one story each. The attacker holds real keys: a coordinator's phone,
// its puppets' phones, an old copy. Graphs are drawn with time to the right; a fork is two branches that have not seen each other.
import { describe, expect, test } from 'vitest'
import { DeviceId } from '../../../src/base/ids.ts'
import { isCoordinator, MembershipGraph, signDeviceConsent } from '../../../src/membership/index.ts'
import { canonical, realCrypto, Story, story, type View } from '../../support/membership-story.ts'

const powers = (view: View, name: string) => isCoordinator(view.state(), view.story.device(name).id)

describe('back-dated operations', () => {
  test('ME-13: a removed phone writes as if it had not seen its removal: void, and what rests on it too', async () => {
    //              ┌ ana removes cleo, bea cosigns
    // a, b, cleo ──┤
    //              └ cleo admits a puppet ── the puppet adds a phone     (written later, claimed earlier)
    const view = await story(['ana', 'bea', 'cleo'])
    const thief = view.fork()
    await view.cosign('bea', await view.remove('ana', 'cleo'))
    const admission = await thief.admit('cleo', 'puppet')
    const phone = await thief.addDevice('puppet', 'puppet two')
    view.tell(thief)
    expect(view.reason(admission)).toBe('ME-13 cut-off')
    expect(view.reason(phone)).toBe('ME-13 rests-on-void')
    expect(view.member('puppet')).toBeUndefined()
  })

  test('ME-14: she suspends, as of before, the one who removed her: the removal, with more behind it, goes first', async () => {
    //                  ┌ ana removes dora, bea cosigns (of three others, two)
    // a, b, cleo, dora ┤
    //                  └ dora suspends ana: which would void the removal, which voids this
    const view = await story(['ana', 'bea', 'cleo', 'dora'])
    const thief = view.fork()
    await view.cosign('bea', await view.remove('ana', 'dora'))
    await thief.suspend('dora', 'ana')
    view.tell(thief)
    expect(view.member('dora')?.status).toBe('removed')
    expect(view.device('ana')?.status).toBe('active')
    expect(view.state().disputed.size).toBe(0)
    expect(view.state().pending).toEqual([])
  })

  test('ME-14: she answers her suspension with an earlier one: one cosign and hers does not count', async () => {
    const view = await story(['ana', 'bea', 'cleo', 'dora'])
    const thief = view.fork()
    const suspension = await view.suspend('ana', 'dora')
    await thief.suspend('dora', 'ana')
    view.tell(thief)
    expect(view.state().pending.map(({ why }) => why)).toEqual(['dispute', 'dispute'])
    await view.cosign('bea', suspension)
    expect(view.device('dora')?.status).toBe('suspended')
    expect(view.device('ana')?.status).toBe('active')
    expect(powers(view, 'ana')).toBe(true)
  })

  test('ME-15: an invitation kept from years ago does not put out who came in by it', async () => {
    // The thief has a second phone of ana's that never wrote, and with it the seed of eva's invitation.
    const view = await story(['ana', 'bea', 'fe:editor'])
    await view.addDevice('ana', 'ana two')
    const thief = view.fork()
    const invitation = view.story.crypto.signKeys()
    const admission = await view.admit('ana', 'eva', 'editor', invitation)
    await view.rotate('bea')
    for (let i = 0; i < 6; i++) {
      const late = thief.fork()
      await late.admit('ana two', `puppet ${i}`, 'editor', invitation)
      view.tell(late)
      expect(view.reason(admission)).toBeUndefined()
      expect(view.member(`puppet ${i}`)).toBeUndefined()
    }
    expect(view.member('eva')?.status).toBe('active')
  })
})

describe('equivocation', () => {
  test('ME-16: of two branches of one device the one that more members cite counts, and nothing before the fork is void', async () => {
    const view = await story(['ana', 'bea', 'eva:editor'])
    const other = view.fork()
    const invitation = view.story.crypto.signKeys()
    const seen = await view.admit('ana', 'sol', 'editor', invitation)
    const hidden = await other.admit('ana', 'luz', 'editor', invitation)
    await view.rotate('bea')
    await view.rotate('eva')
    view.tell(other)
    expect(view.reason(seen)).toBeUndefined()
    expect(view.reason(hidden)).toBe('ME-15 lost-to-another')
    expect(view.state().flagged).toEqual(new Set([view.story.device('ana').id]))
    expect(view.member('eva')?.status).toBe('active')
  })

  test('ME-16: puppets of the hidden branch do not make it the more cited one, nor do strangers', async () => {
    const view = await story(['ana', 'bea', 'eva:editor'])
    const other = view.fork()
    const invitation = view.story.crypto.signKeys()
    const seen = await view.admit('ana', 'sol', 'editor', invitation)
    for (const name of ['p1', 'p2', 'p3']) await other.admit('ana', name)
    const hidden = await other.admit('ana', 'luz', 'editor', invitation)
    for (const name of ['p1', 'p2', 'p3']) await other.rotate(name)
    view.story.make('stranger')
    await other.write('stranger', { op: 'merge' })
    await view.rotate('bea')
    view.tell(other)
    expect(view.reason(seen)).toBeUndefined()
    expect(view.reason(hidden)).toBe('ME-15 lost-to-another')
  })

  test('ME-16: an honest phone with an old backup: flagged, nobody loses anything, and it goes on', async () => {
    //      ┌ eva: new keys, a second phone       (then her phone breaks)
    // eva ─┤
    //      └ eva's backup of last month, put back: new keys
    const view = await story(['ana', 'eva:editor'])
    const backup = view.fork()
    await view.rotate('eva')
    const phone = await view.addDevice('eva', 'eva two')
    await view.rotate('ana')
    const restored = await backup.rotate('eva')
    view.tell(backup)
    expect(view.state().flagged).toEqual(new Set([view.story.device('eva').id]))
    expect(view.reason(phone)).toBeUndefined()
    expect(view.reason(restored)).toBeUndefined()
    expect(view.member('eva')).toMatchObject({ status: 'active' })
    const next = await view.rotate('eva')
    expect(view.reason(next)).toBeUndefined()
    expect(view.device('eva')?.box).toEqual(view.story.device('eva').box.publicKey)
    expect(canonical(backup.tell(view))).toEqual(canonical(view))
  })
})

/** Lets the phone `name` in for the member of `by`; the same one may be let in on several branches. */
async function letIn(view: View, by: string, name: string) {
  const { story, graph } = view
  const { member } = story.device(by)
  const { keys, id: target, box } = story.names.includes(name) ? story.device(name) : story.make(name, member)
  const consent = await signDeviceConsent(story.crypto, keys, graph.space, box.publicKey, member)
  return view.write(by, { op: 'add-device', member, target, box: box.publicKey, consent })
}

describe('a phone that two operations let in', () => {
  test('ME-3, ME-16: who cites counts anew when her phone turns out to be let in by what all rivals know', async () => {
    //         ┌ eva two lets the phone in: fe and gala build on it ─┐
    // all ────┤                                                     ├ phone: P ── P, hilda, ines ── phone: N
    //         └ eva lets the phone in ─┬ ana: an invitation ────────┘ (P knows the phone by eva two, N by eva)
    //                                  ├ ana two: the same invitation
    //                                  └ hilda and ines build on it
    const view = await story(['ana', 'bea', ...['eva', 'fe', 'gala', 'hilda', 'ines'].map((name) => `${name}:editor`)])
    for (const name of ['ana', 'eva']) await view.addDevice(name, `${name} two`)
    const known = view.fork()
    const unknown = view.fork()
    const late = await letIn(unknown, 'eva two', 'phone')
    for (const name of ['fe', 'gala']) await unknown.rotate(name)
    const early = await letIn(known, 'eva', 'phone')
    const invitation = view.story.crypto.signKeys()
    const branches = [known.fork(), known.fork()]
    const rivals = []
    for (const [i, branch] of branches.entries()) {
      rivals.push(await branch.admit(i === 0 ? 'ana' : 'ana two', `guest ${i}`, 'editor', invitation))
    }
    // Cited is the one that the lower id alone would let lose.
    const at = rivals[0]!.id < rivals[1]!.id ? 1 : 0
    const phone = unknown.fork().tell(branches[at]!)
    expect(phone.reason(early)).toBe('ME-15 lost-to-another')
    await phone.write('phone', { op: 'merge' })
    const others = known.fork()
    for (const name of ['hilda', 'ines']) await others.rotate(name)
    phone.tell(others)
    expect(phone.reason(late)).toBe('ME-15 lost-to-another')
    const last = await phone.write('phone', { op: 'merge' })
    expect(phone.reason(last)).toBeUndefined()
    for (const all of [phone.fork().tell(branches[1 - at]!), branches[1 - at]!.fork().tell(phone)]) {
      expect(all.reason(rivals[at]!)).toBeUndefined()
      expect(all.reason(rivals[1 - at]!)).toBe('ME-15 lost-to-another')
      expect(canonical(all)).toEqual(canonical({ state: () => all.graph.resolveAfresh() }))
    }
  })
})

describe('one seized coordinator phone', () => {
  test('ME-12: lone promotion: she promotes her puppet, cosigns herself, by her puppet, from two branches: it waits', async () => {
    const view = await story(['ana', 'bea', 'cleo'])
    const other = view.fork()
    await view.admit('cleo', 'puppet')
    const promotion = await view.role('cleo', 'puppet', 'coordinator')
    expect(view.reason(await view.cosign('cleo', promotion))).toBe('ME-12 no-vote')
    expect(view.reason(await view.cosign('puppet', promotion))).toBe('ME-12 no-vote')
    await other.admit('cleo', 'puppet two')
    await other.role('cleo', 'puppet two', 'coordinator')
    view.tell(other)
    expect(view.member('puppet')?.role).toBe('editor')
    expect(view.member('puppet two')?.role).toBe('editor')
    expect(view.state().pending).toHaveLength(2)
  })

  test('ME-6, ME-12: self-readmission: once removed she lets herself in by no operation, new or back-dated', async () => {
    const view = await story(['ana', 'bea', 'cleo'])
    const thief = view.fork()
    await view.cosign('bea', await view.remove('ana', 'cleo'))
    expect(view.reason(await view.admit('cleo', 'cleo again'))).toBe('ME-5 removed-device')
    expect(view.reason(await view.addDevice('cleo', 'cleo two'))).toBe('ME-7 unknown-member')
    await thief.admit('cleo', 'cleo new')
    await thief.addDevice('cleo', 'cleo three')
    await thief.role('cleo', 'cleo new', 'coordinator')
    view.tell(thief)
    expect(view.member('cleo')).toMatchObject({ status: 'removed' })
    for (const name of ['cleo again', 'cleo two', 'cleo new', 'cleo three']) {
      expect(view.device(name)?.status ?? 'unknown').not.toBe('active')
    }
  })

  test('ME-13: puppet admission: what the removal states as lost goes with all its puppets, the rest of the life stays', async () => {
    const view = await story(['ana', 'bea', 'cleo'])
    await view.admit('cleo', 'honest guest')
    const lostOn = view.cutoffs('cleo', 'ana')
    await view.admit('cleo', 'puppet')
    await view.addDevice('puppet', 'puppet two')
    await view.rotate('honest guest')
    await view.cosign('bea', await view.remove('ana', 'cleo', lostOn))
    expect(view.member('puppet')).toBeUndefined()
    expect(view.device('puppet two')).toBeUndefined()
    expect(view.member('honest guest')?.status).toBe('active')
  })

  test('ME-9: chained suspension: having suspended one she suspends no second, in no branch; a refusal gives all back', async () => {
    const view = await story(['ana', 'bea', 'cleo', 'dora'])
    const other = view.fork()
    const first = await view.suspend('dora', 'ana')
    expect(view.reason(await view.suspend('dora', 'bea'))).toBe('ME-5 not-a-coordinator')
    await other.suspend('dora', 'bea')
    view.tell(other)
    const out = ['ana', 'bea', 'cleo'].filter((name) => view.device(name)?.status === 'suspended')
    expect(out).toHaveLength(1)
    expect(powers(view, 'dora')).toBe(false)
    for (const { of } of view.state().pending) {
      const op = view.graph.get(of)
      if (op !== undefined) await view.cosign('cleo', op, false)
    }
    expect(view.device('ana')?.status).toBe('active')
    expect(view.device('bea')?.status).toBe('active')
    expect(powers(view, 'dora')).toBe(false)
    expect(first.op).toBe('suspend')
  })

  test('ME-9: an old suspension that everybody agreed to does not make room for two new ones at once', async () => {
    const view = await story(['ana', 'bea', 'cleo', 'dora'])
    await view.cosign('bea', await view.suspend('dora', 'cleo'))
    await view.resume('ana', 'cleo')
    const other = view.fork()
    await view.suspend('dora', 'ana')
    await other.suspend('dora', 'bea')
    view.tell(other)
    const out = ['ana', 'bea', 'cleo'].filter((name) => view.device(name)?.status === 'suspended')
    expect(out).toHaveLength(1)
  })

  test('ME-13: operations without effect do not protect her: the cut-off names what others can have in their past', async () => {
    const view = await story(['ana', 'bea', 'cleo'])
    await view.write('cleo', { op: 'cosign', of: view.graph.heads()[0]!, verdict: true })
    expect(view.state().invalid.size).toBe(1)
    const removal = await view.remove('ana', 'cleo')
    expect(view.reason(removal)).toBeUndefined()
    await view.cosign('bea', removal)
    expect(view.member('cleo')?.status).toBe('removed')
  })
})

describe('gone by her own word', () => {
  test('ME-13: she left with a phone she had added; a hidden branch that undoes that phone does not bring her back', async () => {
    //                ┌ cleo adds a phone, which leaves for her         (everybody saw this; nobody removes her)
    // a, b, cleo ×2 ─┤
    //                └ in the dark: cleo steps down, or her second phone suspends the first, or adds a phone that leaves too
    const view = await story(['ana', 'bea', 'cleo'])
    await view.addDevice('cleo', 'cleo two')
    const [down, lost, gone] = [view.fork(), view.fork(), view.fork()]
    await view.addDevice('cleo', 'cleo three')
    const leaving = await view.remove('cleo three', 'cleo')
    await down.role('cleo', 'cleo', 'editor')
    await lost.suspend('cleo two', 'cleo')
    await gone.addDevice('cleo two', 'cleo four')
    await gone.remove('cleo four', 'cleo')
    for (const hidden of [[down], [lost], [gone], [down, lost, gone]]) {
      const all = view.fork().tell(...hidden)
      expect(all.reason(leaving)).toBeUndefined()
      expect(all.member('cleo')).toMatchObject({ status: 'removed' })
      expect(all.device('cleo')?.status).toBe('removed')
      expect(powers(all, 'cleo')).toBe(false)
      expect(all.state()).toMatchObject({ pending: [], disputed: new Set() })
    }
  })

  test('ME-13: she stepped down with a phone she had added: undoing that phone gives her no powers back', async () => {
    const view = await story(['ana', 'bea', 'cleo'])
    await view.addDevice('cleo', 'cleo two')
    const hidden = view.fork()
    await view.addDevice('cleo', 'cleo three')
    await view.role('cleo three', 'cleo', 'editor')
    await hidden.suspend('cleo two', 'cleo')
    view.tell(hidden)
    expect(view.member('cleo')).toMatchObject({ role: 'editor', status: 'active' })
    expect(powers(view, 'cleo two')).toBe(false)
  })

  test('ME-13: a puppet that the cut-off undoes never was a member, so it does not leave either', async () => {
    const view = await story(['ana', 'bea', 'cleo'])
    const hidden = view.fork()
    await view.cosign('bea', await view.remove('ana', 'cleo'))
    await hidden.admit('cleo', 'puppet')
    const leaving = await hidden.remove('puppet', 'puppet')
    const heads = view.graph.heads()
    view.tell(hidden)
    expect(view.reason(leaving)).toBe('ME-13 rests-on-void')
    expect(view.graph.heads()).toEqual(heads)
  })
})

describe('back by the recovery key', () => {
  test('ME-7: the new phone rests on her membership, not on phones that the thief added with the stolen one', async () => {
    //            ┌ the stolen phone adds phones ── her recovery key, which saw them, adds a new one
    // ana, bea ──┤
    //            └ bea suspends the stolen phone: void is what it did since
    const teller = new Story(realCrypto('kit and puppets'))
    const kit = teller.crypto.signKeys()
    const view = await teller.found('ana', kit)
    await view.admit('ana', 'bea')
    await view.role('ana', 'bea', 'coordinator')
    const { member, id: stolen } = teller.device('ana')
    Object.assign(teller.make('kit', member), { keys: kit, id: DeviceId.must(kit.publicKey) })
    const other = view.fork()
    for (let i = 0; i < 64 && view.member('ana')?.devices[0] === stolen; i++) await view.addDevice('ana', `puppet ${i}`)
    expect(view.member('ana')?.devices[0]).not.toBe(stolen)
    await view.addDevice('kit', 'new phone')
    await other.suspend('bea', 'ana')
    view.tell(other)
    expect(view.device('puppet 0')).toBeUndefined()
    expect(view.device('new phone')?.status).toBe('active')
    expect(view.member('ana')).toMatchObject({ role: 'editor', status: 'active' })
  })
})

describe('circular removal', () => {
  test('ME-14: three take each other’s phones away in a circle: none counts, none of them decides, the fourth does', async () => {
    const view = await story(['ana', 'bea', 'cleo', 'dora'])
    const [second, third] = [view.fork(), view.fork()]
    await view.suspend('ana', 'bea')
    await second.suspend('bea', 'cleo')
    const last = await third.suspend('cleo', 'ana')
    view.tell(second, third)
    for (const name of ['ana', 'bea', 'cleo']) {
      expect(view.device(name)?.status).toBe('active')
      expect(powers(view, name)).toBe(false)
    }
    expect(view.state().pending).toHaveLength(3)
    await view.cosign('dora', last)
    expect(view.device('ana')?.status).toBe('suspended')
    // What the suspended one had said against another without having seen it is void with her.
    expect(view.device('bea')?.status).toBe('active')
    expect(canonical(second.tell(view, third))).toEqual(canonical(view))
  })

  test('ME-14: two majorities against each other share somebody who said yes to both: both count, as more than half of the others said', async () => {
    //                     ┌ ana removes cleo, bea and eva cosign
    // a, b, c, d, eva ────┤
    //                     └ cleo removes ana, dora and eva cosign (eva in both, from two branches)
    const view = await story(['ana', 'bea', 'cleo', 'dora', 'eva'])
    const other = view.fork()
    const removal = await view.remove('ana', 'cleo')
    for (const name of ['bea', 'eva']) await view.cosign(name, removal)
    const against = await other.remove('cleo', 'ana')
    for (const name of ['dora', 'eva']) await other.cosign(name, against)
    view.tell(other)
    for (const name of ['ana', 'cleo']) expect(view.member(name)?.status).toBe('removed')
    expect(view.state().pending).toEqual([])
    expect(view.state().flagged).toEqual(new Set([view.story.device('eva').id]))
    expect(powers(view, 'bea') && powers(view, 'dora') && powers(view, 'eva')).toBe(true)
  })
})

describe('head flooding', () => {
  test('ME-17: fifty heads of one forked phone: honest people go on, sixteen at a time, and one merge after the other joins them', async () => {
    const view = await story(['ana', 'eva:editor'])
    const forks = Array.from({ length: 50 }, () => view.fork())
    for (const fork of forks) await fork.rotate('eva')
    view.tell(...forks)
    expect(view.graph.heads()).toHaveLength(50)
    expect(view.graph.needsMerge).toBe(true)
    let merges = 0
    for (; view.graph.needsMerge; merges++) expect((await view.write('ana', { op: 'merge' })).parents).toHaveLength(16)
    expect(merges).toBe(3)
    expect(view.reason(await view.admit('ana', 'sol'))).toBeUndefined()
    expect(view.state().flagged.size).toBe(1)
  })

  test('ME-17, ME-20: refused operations are no heads, and a stranger’s fill nobody’s memory', async () => {
    const view = await story(['ana', 'eva:editor'])
    view.story.make('stranger')
    const { graph } = view
    const heads = graph.heads()
    for (let i = 0; i < 40; i++) await view.write('stranger', { op: 'merge' })
    expect(graph.heads()).toEqual(heads)
    const orphans = view.fork()
    const late = []
    for (let i = 0; i < 1_100; i++) late.push(await orphans.write('stranger', { op: 'merge' }))
    const elsewhere = MembershipGraph.create(graph.space)
    elsewhere.add(late.slice(1))
    expect(elsewhere.add(late.slice(1)).waiting.length).toBeLessThanOrEqual(1_024)
  }, 60_000)
})
