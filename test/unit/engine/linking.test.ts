// A second device of one's own: people with real engines and a real relay between them (docs/spec/joining.md).
import { describe, expect, test } from 'vitest'
import { unwrap } from '../../../src/base/result.ts'
import { systemRandom } from '../../../src/engine/node.ts'
import { linkingKeys, newDeviceKeys, parseLinkingLink, spacesOf } from '../../../src/identity/index.ts'
import { createCrypto } from '../../../src/crypto/index.ts'
import { idBytes } from '../../../src/base/ids.ts'
import { sealAnswer } from '../../../src/engine/linking-answer.ts'
import { signDeviceConsent } from '../../../src/membership/index.ts'
import { Insider } from '../../support/insider.ts'
import { comparing, enter, inSpaces, isInAll, only, person, spaceIds, spaceOf } from '../../support/linking-story.ts'
import { PASSPHRASE } from '../../support/members.ts'

const crypto = createCrypto({ subtle: undefined, random: systemRandom })

describe('a second device of one’s own', () => {
  test('JO-19 JO-21 JO-22 JO-27: one link, one look at eight words, and she is in all her spaces on both phones', async () => {
    const { luz } = await inSpaces(['Red', 'Comité', 'Casa'])
    const space = luz.space.id
    const { document } = unwrap(await luz.engine.createDocument({ space, type: 'protection-plan', title: 'Plan' }))
    const phone = await person('Luz en otro')
    const { id } = await comparing(luz, phone)
    expect(only(luz).words.length).toBe(8)
    expect(only(phone).words).toEqual(only(luz).words)
    expect(only(luz).contested).toBe(false)
    // Nothing before she says so.
    expect(luz.space.members[0]?.devices.length).toBe(1)
    expect(phone.state?.spaces).toEqual([])
    unwrap(await luz.engine.confirmLink({ id }))
    await phone.until(isInAll(3))
    await phone.until((state) => state.linking[0]?.state === 'done')
    expect(new Set(spaceIds(phone))).toEqual(new Set(spaceIds(luz)))
    expect(spaceOf(phone, space)).toMatchObject({ me: luz.space.me, role: 'coordinator' })
    await phone.until((state) => state.spaces.find((one) => one.id === space)?.documents[0]?.here === true)
    const edit = (value: string) => [{ op: 'set' as const, path: ['context'], value }]
    unwrap(await phone.engine.editDocument({ space, document, edits: edit('Desde el nuevo') }))
    await phone.sync()
    await luz.sync()
    expect((await luz.json(document))['context']).toBe('Desde el nuevo')
    unwrap(await luz.engine.editDocument({ space, document, edits: [{ op: 'text', path: ['title'], value: 'Otro' }] }))
    await luz.sync()
    await phone.sync()
    const { json } = unwrap(await phone.engine.exportDocument({ space, document }))
    expect(JSON.parse(json)).toEqual(await luz.json(document))
    // She is called as before, and the new phone has its name.
    await luz.until(
      (state) => state.spaces[0]?.members[0]?.devices.some(({ name }) => name === 'Teléfono nuevo') === true,
    )
    expect(luz.space.members.map(({ alias }) => alias)).toEqual(['Luz'])
    // Each device of hers has keys of its own in each space.
    const devices = luz.state?.spaces.flatMap(({ members }) => members.flatMap((member) => member.devices)) ?? []
    expect(new Set(devices.map((device) => device.id)).size).toBe(6)
  })

  test('JO-23: both phones may be put away at any moment', async () => {
    const { luz } = await inSpaces(['Red', 'Casa'])
    const phone = await person('Luz en otro')
    const { id, link } = await comparing(luz, phone)
    const { words } = only(phone)
    await luz.restart()
    await phone.restart()
    await luz.until((state) => state.linking[0]?.state === 'comparing')
    expect(only(luz)).toMatchObject({ words, contested: false })
    // The same answer again, not another one.
    expect(unwrap(await phone.engine.takeLink({ link, words: null, name: 'x' }))).toEqual({ id })
    expect(only(phone).words).toEqual(words)
    await phone.engine.lock()
    unwrap(await luz.engine.confirmLink({ id }))
    unwrap(await luz.engine.confirmLink({ id }))
    await luz.sync()
    await luz.restart()
    await phone.restart()
    await phone.until(isInAll(2))
    await luz.sync()
    for (const space of luz.state?.spaces ?? []) expect(space.members[0]?.devices.length).toBe(2)
  })

  test('JO-23: an end between the operation and the welcome: one add-device all the same, and she is let in', async () => {
    const { luz } = await insiders()
    const phone = await Insider.named('Luz en otro')
    const { workspace } = luz
    const { id, link } = unwrap(await workspace.linkings.offerLink([luz.space.id], ''))
    unwrap(await phone.workspace.linkings.take({ link, words: null, name: '' }))
    const answer = phone.workspace.linkings.get(id)?.meeting?.said()[0]?.[1]
    if (answer === undefined) throw new Error('no answer')
    expect(await workspace.linkings.get(id)?.meeting?.take(answer)).toBe(true)
    await workspace.linkings.idle()
    const before = luz.space.graph.size
    unwrap(await workspace.linkings.confirm(id))
    expect(luz.space.graph.size).toBe(before + 1)
    const welcome = workspace.linkings
      .get(id)
      ?.meeting?.said()
      .find(([, said]) => said.kind === 'welcome')
    if (welcome === undefined) throw new Error('no welcome')
    // As if she had ended in between: the operation stands, the welcome was never stored.
    await workspace.linkings.get(id)?.meeting?.drop(welcome[0])
    await luz.reopen()
    unwrap(await luz.workspace.linkings.confirm(id))
    expect(luz.space.graph.size).toBe(before + 1)
    expect(
      luz.workspace.linkings
        .get(id)
        ?.meeting?.said()
        .some(([, said]) => said.kind === 'welcome'),
    ).toBe(true)
    await luz.keeper.lock()
    await phone.keeper.lock()
  })

  test('JO-20 JO-24: invitation photographed: the thief’s answer is seen, and she opens nothing', async () => {
    const { luz } = await inSpaces(['Red'])
    const phone = await person('Luz en otro')
    const thief = await person('Otra')
    const { id, link } = await comparing(luz, phone)
    const { words } = only(luz)
    unwrap(await thief.engine.takeLink({ link, words: null, name: '' }))
    await luz.until((state) => state.linking[0]?.contested === true)
    // The words stay those of the first, and the stranger's are others.
    expect(only(luz).words).toEqual(words)
    expect(only(thief).words).not.toEqual(words)
    unwrap(await luz.engine.confirmLink({ id }))
    await phone.until(isInAll(1))
    await luz.sync()
    await thief.sync()
    expect(thief.state?.spaces).toEqual([])
    expect(luz.space.members[0]?.devices.length).toBe(2)
  })

  test('JO-24: knock by a thief first: the words differ, nobody is let in, and another link serves', async () => {
    const { luz } = await inSpaces(['Red'])
    const thief = await person('Otra')
    const phone = await person('Luz en otro')
    const { id, link } = await comparing(luz, thief)
    unwrap(await phone.engine.takeLink({ link, words: null, name: '' }))
    await luz.until((state) => state.linking[0]?.contested === true)
    await phone.until((state) => state.linking.length === 1)
    expect(only(luz).words).not.toEqual(only(phone).words)
    unwrap(await luz.engine.cancelLink({ id }))
    unwrap(await phone.engine.cancelLink({ id }))
    await luz.until((state) => state.linking.length === 0)
    await phone.until((state) => state.linking.length === 0)
    expect(await luz.engine.confirmLink({ id })).toMatchObject({ ok: false, error: { type: 'UnknownInvitation' } })
    const second = await comparing(luz, phone)
    expect(only(luz).words).toEqual(only(phone).words)
    unwrap(await luz.engine.confirmLink({ id: second.id }))
    await phone.until(isInAll(1))
    await thief.sync()
    expect(thief.state?.spaces).toEqual([])
  })

  test('JO-20: an answer without consents, for another space, or replayed from another link, is shown to nobody', async () => {
    const { luz } = await insiders()
    const { workspace, space } = luz
    const other = unwrap(await workspace.linkings.offerLink([space.id], ''))
    const { id, link } = unwrap(await workspace.linkings.offerLink([space.id], ''))
    const parsed = unwrap(parseLinkingLink(link))
    const keys = linkingKeys(crypto, parsed)
    const device = newDeviceKeys(crypto)
    const consent = await signDeviceConsent(crypto, device.sign, space.id, device.box.publicKey, space.me)
    const sound = { space: idBytes(space.id), device: device.sign.publicKey, box: device.box.publicKey, consent }
    const heard = async (value: Parameters<typeof sealAnswer>[3]) => {
      const said = await sealAnswer(crypto, keys.box.publicKey, id, value)
      return workspace.linkings.get(id)?.meeting?.take(said)
    }
    expect(await heard({ devices: [{ ...sound, consent: new Uint8Array(64) }], operation: null })).toBe(false)
    expect(await heard({ devices: [{ ...sound, space: new Uint8Array(32) }], operation: null })).toBe(false)
    expect(await heard({ devices: [{ ...sound, box: new Uint8Array(32) }], operation: null })).toBe(false)
    expect(await heard({ devices: [sound, sound], operation: null })).toBe(false)
    const [record] = space.graph.records()
    if (record === undefined) throw new Error('no operation')
    expect(await heard({ devices: [sound], operation: [record.body, record.signature] })).toBe(false)
    const foreign = linkingKeys(crypto, unwrap(parseLinkingLink(other.link)))
    const replayed = await sealAnswer(crypto, foreign.box.publicKey, other.id, { devices: [sound], operation: null })
    expect(await workspace.linkings.get(id)?.meeting?.take(replayed)).toBe(false)
    expect(workspace.linkings.get(id)?.view()).toMatchObject({ state: 'waiting', words: [], contested: false })
    expect(await heard({ devices: [sound], operation: null })).toBe(true)
    await workspace.linkings.idle()
    // The same keys once more say nothing new.
    expect(await heard({ devices: [sound], operation: null })).toBe(false)
    expect(workspace.linkings.get(id)?.view()).toMatchObject({ state: 'comparing', contested: false })
    await luz.keeper.lock()
  })

  test('JO-19 CR-19: a link changed on its way meets nobody', async () => {
    const { luz } = await insiders()
    const { link } = unwrap(await luz.workspace.linkings.offerLink([luz.space.id], ''))
    const parsed = unwrap(parseLinkingLink(link))
    const [space] = spacesOf(parsed)
    if (space === undefined || parsed.kind !== 'device') throw new Error('no space')
    const moved = linkingKeys(crypto, { ...parsed, relays: ['https://otro.example'] })
    expect(moved.id).not.toBe(linkingKeys(crypto, parsed).id)
    expect(moved.channel.publicKey).not.toEqual(linkingKeys(crypto, parsed).channel.publicKey)
    await luz.keeper.lock()
  })

  test('JO-26: one paper opens both phones', async () => {
    const { luz } = await inSpaces(['Red', 'Casa'])
    const phone = await person('Luz en otro')
    const { id } = await comparing(luz, phone)
    unwrap(await luz.engine.confirmLink({ id }))
    await phone.until(isInAll(2))
    await phone.until((state) => state.self?.recoveryKitSeen === true)
    await phone.engine.lock()
    const wrong = await phone.engine.unlockWithRecovery({ words: phone.kit, passphrase: PASSPHRASE })
    expect(wrong).toMatchObject({ ok: false, error: { type: 'WrongRecoveryWords' } })
    unwrap(await phone.engine.unlockWithRecovery({ words: luz.kit, passphrase: PASSPHRASE }))
    await phone.until(isInAll(2))
  })

  test('JO-26: a phone that has a space of its own keeps its own kit', async () => {
    const { luz, relay } = await inSpaces(['Red'])
    const phone = await person('Luz en otro')
    unwrap(await phone.engine.createSpace({ name: 'Sola', relays: [relay] }))
    const { id } = await comparing(luz, phone)
    unwrap(await luz.engine.confirmLink({ id }))
    await phone.until(isInAll(2))
    await phone.until((state) => state.linking[0]?.state === 'done')
    await phone.sync()
    await phone.engine.lock()
    unwrap(await phone.engine.unlockWithRecovery({ words: phone.kit, passphrase: PASSPHRASE }))
  })

  test('JO-19: a link is no invitation, an invitation is no link, and who is in already is told so', async () => {
    const { luz } = await inSpaces(['Red', 'Casa'])
    const space = luz.space.id
    const { link } = unwrap(await luz.engine.offerLink({ spaces: [space], app: 'https://telar.example' }))
    const invited = unwrap(await luz.engine.invite({ space, mode: 'open', role: 'editor', note: '', app: '' }))
    const phone = await person('Luz en otro')
    const refused = { ok: false, error: { type: 'BadInvitation', reason: 'other-kind' } }
    expect(await phone.engine.join({ link })).toMatchObject(refused)
    expect(await phone.engine.takeLink({ link: invited.link, words: null, name: '' })).toMatchObject(refused)
    const empty = await phone.engine.takeLink({ link: 'hola', words: null, name: '' })
    expect(empty).toMatchObject({ ok: false, error: { type: 'BadInvitation', reason: 'not-a-link' } })
    expect(unwrap(await phone.engine.readInvitation(link))).toMatchObject({
      kind: 'device',
      spaces: [space],
      mode: null,
    })
    expect(unwrap(await phone.engine.readInvitation(invited.link))).toMatchObject({ kind: 'person', spaces: [space] })
    expect(link.startsWith('https://telar.example/#telarlink1.')).toBe(true)
    // Her own link on her own phone.
    expect(await luz.engine.takeLink({ link, words: null, name: '' })).toMatchObject({ ok: false })
    expect(await luz.engine.offerLink({ spaces: [], app: '' })).toMatchObject({ ok: false })
    const { id } = await comparing(luz, phone)
    unwrap(await luz.engine.confirmLink({ id }))
    await phone.until(isInAll(2))
    const again = await phone.engine.takeLink({ link, words: null, name: '' })
    expect(again).toEqual({ ok: false, error: { type: 'AlreadyMember', space } })
  })

  test('JO-19: a reader, too, brings in her second phone, and it reads', async () => {
    const { luz } = await inSpaces(['Red'])
    const space = luz.space.id
    unwrap(await luz.engine.createDocument({ space, type: 'protection-plan', title: 'Plan' }))
    const ana = await person('Ana')
    await enter(luz, ana, 'reader')
    const phone = await person('Ana en otro')
    const { id } = await comparing(ana, phone)
    unwrap(await ana.engine.confirmLink({ id }))
    await phone.until(isInAll(1))
    await phone.until((state) => state.spaces[0]?.documents[0]?.here === true)
    expect(phone.space).toMatchObject({ role: 'reader', me: ana.space.me })
  })
})

/** Somebody alone, whose engine a test looks into, without any relay. */
async function insiders() {
  const luz = await Insider.named('Luz')
  await luz.workspace.found('Red', [])
  return { luz }
}
