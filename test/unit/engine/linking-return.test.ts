// The way back with a recovery kit, and the way back of who lost everything: people with real engines and a real relay between them
// (docs/spec/joining.md).
import { describe, expect, test } from 'vitest'
import { DeviceId, idBytes, MemberId } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import { createCrypto } from '../../../src/crypto/index.ts'
import { sealAnswer } from '../../../src/engine/linking-answer.ts'
import { answerTo } from '../../../src/engine/linking-taking.ts'
import { systemRandom } from '../../../src/engine/node.ts'
import { linkingKeys, newDeviceKeys, parseLinkingLink, recoverySignKeys } from '../../../src/identity/index.ts'
import { buildOperation, signDeviceConsent } from '../../../src/membership/index.ts'
import { Insider } from '../../support/insider.ts'
import { enter, inSpaces, isInAll, only, person, spaceOf } from '../../support/linking-story.ts'
import { PASSPHRASE, type Person } from '../../support/members.ts'

const crypto = createCrypto({ subtle: undefined, random: systemRandom })

const role = (who: Person, alias: string) =>
  who.space.members.find((one) => one.alias === alias && one.status === 'active')?.role

/** Ana, entered by Luz, has lost her phone; her kit is on paper. */
async function lost() {
  const { luz, relay } = await inSpaces(['Red'])
  const ana = await person('Ana')
  await enter(luz, ana)
  await luz.until((state) => state.spaces[0]?.members.some(({ alias }) => alias === 'Ana') === true)
  const member = ana.space.me
  const device = luz.space.members.find(({ id }) => id === member)?.devices[0]?.id
  if (device === undefined) throw new Error('no device')
  await ana.engine.lock()
  return { luz, ana, relay, member, device, space: luz.space.id }
}

async function comparing(
  luz: Person,
  phone: Person,
  p: { space: typeof luz.space.id; member: Person['space']['me'] },
  words: string,
) {
  const { id, link } = unwrap(await luz.engine.offerReturn({ ...p, app: '' }))
  unwrap(await phone.engine.takeLink({ link, words, name: 'Teléfono nuevo' }))
  await luz.until((state) => state.linking.some((one) => one.id === id && one.state === 'comparing'))
  await phone.until((state) => state.linking.length === 1)
  return { id, link }
}

describe('back with the recovery kit', () => {
  test('JO-25 CR-12: on a new phone, by her twelve words and the help of any member', async () => {
    const { luz, ana, member, device, space } = await lost()
    unwrap(await luz.engine.createDocument({ space, type: 'protection-plan', title: 'Plan' }))
    const phone = await person('Ana')
    const { id, link } = await comparing(luz, phone, { space, member }, ana.kit)
    expect(unwrap(await phone.engine.readInvitation(link))).toMatchObject({ kind: 'return', spaces: [space] })
    expect(only(phone)).toMatchObject({ kind: 'return', side: 'taking', words: only(luz).words })
    unwrap(await luz.engine.confirmLink({ id }))
    await phone.until(isInAll(1))
    expect(phone.space).toMatchObject({ me: member, role: 'editor' })
    await phone.until((state) => state.spaces[0]?.documents[0]?.here === true)
    // The lost phone is in still: both are told, and the new one may shut it out.
    await luz.until((state) => state.linking[0]?.state === 'done')
    expect(only(luz).others).toEqual([device])
    unwrap(await phone.engine.suspendDevice({ space, device }))
    await phone.sync()
    await luz.until(
      (state) =>
        state.spaces[0]?.members.find((one) => one.id === member)?.devices.some((one) => one.status === 'suspended') ===
        true,
    )
    expect(luz.space.members.find((one) => one.id === member)?.devices.length).toBe(2)
    // And her paper opens the new phone as it opened the old one.
    await phone.until((state) => state.self?.recoveryKitSeen === true)
    await phone.engine.lock()
    unwrap(await phone.engine.unlockWithRecovery({ words: ana.kit, passphrase: PASSPHRASE }))
  })

  test('JO-25: the founder comes back as an editor; another promotes her again', async () => {
    const { luz } = await inSpaces(['Red'])
    const ana = await person('Ana')
    await enter(luz, ana)
    await luz.until((state) => state.spaces[0]?.members.some(({ alias }) => alias === 'Ana') === true)
    const { id: space, me: member } = luz.space
    unwrap(await luz.engine.setRole({ space, member: ana.space.me, role: 'coordinator' }))
    await luz.sync()
    await ana.until((state) => state.spaces[0]?.powers === true)
    await luz.engine.lock()
    const phone = await person('Luz')
    const { id } = await comparing(ana, phone, { space, member }, luz.kit)
    await phone.restart()
    await ana.restart()
    await ana.until((state) => state.linking[0]?.state === 'comparing')
    unwrap(await ana.engine.confirmLink({ id }))
    await phone.until(isInAll(1))
    expect(phone.space).toMatchObject({ me: member, role: 'editor', powers: false })
    unwrap(await ana.engine.setRole({ space, member, role: 'coordinator' }))
    await ana.sync()
    await phone.until((state) => state.spaces[0]?.role === 'coordinator')
  })

  test('JO-25: a wrong kit, a word that is none, and a member without a kit are told apart', async () => {
    const { luz, ana, member, space } = await lost()
    const { link } = unwrap(await luz.engine.offerReturn({ space, member, app: '' }))
    const phone = await person('Ana')
    const take = (words: string | null) => phone.engine.takeLink({ link, words, name: '' })
    expect(await take(phone.kit)).toEqual({ ok: false, error: { type: 'WrongKit' } })
    expect(await take('hola mundo')).toMatchObject({ ok: false, error: { type: 'WrongRecoveryWords' } })
    expect(await take(null)).toMatchObject({ ok: false, error: { type: 'WrongRecoveryWords' } })
    expect(phone.state?.linking).toEqual([])
    unwrap(await take(ana.kit.toUpperCase()))
    const nobody = MemberId.must(new Uint8Array(16))
    const unknown = await luz.engine.offerReturn({ space, member: nobody, app: '' })
    expect(unknown).toEqual({ ok: false, error: { type: 'UnknownMember' } })
  })

  test('JO-25 JO-20: what the kit did not sign, or signed for something else, is shown to nobody', async () => {
    const luz = await Insider.named('Luz')
    await luz.workspace.found('Red', [])
    const { workspace, space } = luz
    const { id, link } = unwrap(await workspace.linkings.offerReturn(space, space.me, ''))
    const parsed = unwrap(parseLinkingLink(link))
    if (parsed.kind !== 'return') throw new Error('another kind')
    const keys = linkingKeys(crypto, parsed)
    const kit = workspace.person.recovery
    const device = newDeviceKeys(crypto)
    const consent = await signDeviceConsent(crypto, device.sign, space.id, device.box.publicKey, space.me)
    const mine = { space: idBytes(space.id), device: device.sign.publicKey, box: device.box.publicKey, consent }
    const place = { space: space.id, parents: parsed.heads, seq: parsed.seq, prev: parsed.prev, time: 0 }
    const fields = {
      op: 'add-device' as const,
      member: space.me,
      target: DeviceId.must(mine.device),
      box: mine.box,
      consent,
    }
    const heard = async (by: typeof device.sign, at: typeof place, what: Parameters<typeof buildOperation>[3]) => {
      const { record } = await buildOperation(crypto, by, at, what)
      const said = await sealAnswer(crypto, keys.box.publicKey, id, {
        devices: [mine],
        operation: [record.body, record.signature],
      })
      return workspace.linkings.get(id)?.meeting?.take(said)
    }
    const recovery = recoverySignKeys(crypto, kit, parsed.first)
    expect(await heard(crypto.signKeys(), place, fields)).toBe(false)
    expect(await heard(recovery, { ...place, seq: 7, prev: parsed.heads[0] ?? null }, fields)).toBe(false)
    expect(await heard(recovery, place, { ...fields, box: newDeviceKeys(crypto).box.publicKey })).toBe(false)
    expect(await heard(recovery, place, { op: 'merge' })).toBe(false)
    const none = await sealAnswer(crypto, keys.box.publicKey, id, { devices: [mine], operation: null })
    expect(await workspace.linkings.get(id)?.meeting?.take(none)).toBe(false)
    expect(await heard(recovery, place, fields)).toBe(true)
    await luz.keeper.lock()
  })

  test('JO-25: a kit used in two places at once lets one phone in', async () => {
    const luz = await Insider.named('Luz')
    await luz.workspace.found('Red', [])
    const { workspace, space } = luz
    const offers = [
      unwrap(await workspace.linkings.offerReturn(space, space.me, '')),
      unwrap(await workspace.linkings.offerReturn(space, space.me, '')),
    ]
    for (const { id, link } of offers) {
      const parsed = unwrap(parseLinkingLink(link))
      const member = { space: space.id, member: space.me }
      const record = await answerTo(workspace, parsed, { spaces: [member], name: '', kit: workspace.person.recovery })
      const said = workspace.linkings.get(id)?.meeting?.read(record.answer)
      if (said == null) throw new Error('no answer')
      await workspace.linkings.get(id)?.meeting?.take(said)
      await workspace.linkings.idle()
    }
    const done = []
    for (const { id } of offers) done.push(await workspace.linkings.confirm(id))
    expect(done.map(({ ok }) => ok)).toEqual([true, false])
    expect(done[1]).toMatchObject({ error: { type: 'NotAllowed', rule: 'ME-4' } })
    expect(space.state.members.get(space.me)?.devices.length).toBe(2)
    await luz.keeper.lock()
  })
})

describe('back after losing everything', () => {
  test('JO-18: by an invitation in her place: the old one is out, her name stays, nothing is left to do', async () => {
    const { luz, member, space } = await lost()
    const phone = await person('Anita')
    const { link } = unwrap(
      await luz.engine.invite({ space, mode: 'confirm', role: 'editor', note: '', app: '', replaces: member }),
    )
    await luz.until((state) => state.spaces[0]?.invitations.some((one) => one.replaces === member) === true)
    unwrap(await phone.engine.join({ link }))
    await luz.until((state) => state.spaces[0]?.knocks[0]?.replaces === member)
    const knock = luz.space.knocks[0]
    if (knock === undefined) throw new Error('no knock')
    const { epoch } = luz.space
    unwrap(await luz.engine.admit({ space, invitation: knock.invitation, device: knock.device }))
    await luz.until((state) => state.spaces[0]?.epoch === epoch + 1)
    expect(luz.space.members.find(({ id }) => id === member)?.status).toBe('removed')
    const back = luz.space.members.find(({ alias, status }) => alias === 'Ana' && status === 'active')
    expect(back).toMatchObject({ role: 'editor', admittedBy: luz.space.me })
    await phone.until(isInAll(1))
    expect(spaceOf(phone, space).me).toBe(back?.id)
    unwrap(await phone.engine.createDocument({ space, type: 'protection-plan', title: 'De nuevo' }))
    await phone.sync()
    await luz.until((state) => state.spaces[0]?.documents.some(({ title }) => title === 'De nuevo') === true)
  })

  test('JO-18: a coordinator comes back as an editor; taking the old one out needs the others', async () => {
    const { luz } = await inSpaces(['Red'])
    const [ana, eva] = [await person('Ana'), await person('Eva')]
    for (const who of [ana, eva]) {
      await enter(luz, who)
      const ordered = { space: luz.space.id, member: who.space.me, role: 'coordinator' as const }
      const { effect } = unwrap(await luz.engine.setRole(ordered))
      // Who became one agrees to the next.
      if (effect === 'waiting') await agree(ana)
    }
    const { id: space } = luz.space
    await luz.until((state) => state.spaces[0]?.members.filter((one) => one.role === 'coordinator').length === 3)
    await ana.engine.lock()
    const member = ana.space.me
    const refused = await luz.engine.invite({
      space,
      mode: 'open',
      role: 'coordinator',
      note: '',
      app: '',
      replaces: member,
    })
    expect(refused).toMatchObject({ ok: false, error: { rule: 'ME-6' } })
    const self = await luz.engine.invite({
      space,
      mode: 'confirm',
      role: 'editor',
      note: '',
      app: '',
      replaces: luz.space.me,
    })
    expect(self).toMatchObject({ ok: false, error: { rule: 'JO-18' } })
    const { link } = unwrap(
      await luz.engine.invite({ space, mode: 'confirm', role: 'editor', note: '', app: '', replaces: member }),
    )
    const phone = await person('Ana')
    unwrap(await phone.engine.join({ link }))
    await luz.until((state) => state.spaces[0]?.knocks.length === 1)
    const [knock] = luz.space.knocks
    if (knock === undefined) throw new Error('no knock')
    unwrap(await luz.engine.admit({ space, invitation: knock.invitation, device: knock.device }))
    await phone.until(isInAll(1))
    await luz.until((state) => state.spaces[0]?.pending.length === 1)
    expect(luz.space.pending[0]).toMatchObject({ what: 'remove', member, why: 'majority' })
    expect(luz.space.members.find(({ id }) => id === member)?.status).toBe('active')
    expect(phone.space.role).toBe('editor')
    await luz.restart()
    expect(luz.space.pending.length).toBe(1)
    await eva.until((state) => state.spaces[0]?.pending[0]?.mine === 'open')
    const [pending] = eva.space.pending
    if (pending === undefined) throw new Error('nothing pending')
    unwrap(await eva.engine.cosign({ space, operation: pending.operation, verdict: true }))
    await eva.sync()
    await luz.until((state) => state.spaces[0]?.members.find(({ id }) => id === member)?.status === 'removed')
    expect(role(luz, 'Ana')).toBe('editor')
  })
})

/** Says yes to what waits for her word. */
async function agree(who: Person): Promise<void> {
  await who.until((state) => state.spaces[0]?.pending.some(({ mine }) => mine === 'open') === true)
  const open = who.space.pending.find(({ mine }) => mine === 'open')
  if (open === undefined) throw new Error('nothing to agree to')
  unwrap(await who.engine.cosign({ space: who.space.id, operation: open.operation, verdict: true }))
}
