// Rules of joining that need no relay: what a knock must bring, what a refusal says, and how much one meeting channel may
// pile up (docs/spec/joining.md).
import { afterEach, describe, expect, test } from 'vitest'
import { unwrap } from '../../../src/base/result.ts'
import { Joining } from '../../../src/engine/joining.ts'
import { Meeting, openKnock, sealKnock } from '../../../src/engine/meeting.ts'
import { invitationKeys, parseLink } from '../../../src/identity/index.ts'
import { MemoryStore } from '../../../src/storage/memory.ts'
import { Insider } from '../../support/insider.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Somebody who invited, somebody who knocks, and the way of the knock. */
async function invited() {
  const [ceiba, luz] = [await Insider.named('Ceiba'), await Insider.named('Luz')]
  ends.push(
    () => ceiba.keeper.lock(),
    () => luz.keeper.lock(),
  )
  await ceiba.workspace.found('Red', [])
  const hosting = ceiba.workspace.hostings.get(ceiba.space.id)
  if (hosting === undefined) throw new Error('no hosting')
  const invitation = unwrap(await hosting.invite({ mode: 'confirm', role: 'editor', note: '' }))
  const link = unwrap(hosting.link(invitation, ''))
  const source = hosting.sources(undefined)[0]
  if (source === undefined) throw new Error('no meeting channel')
  const knock = async () => unwrap(await Joining.knock(luz.workspace, link)).record.knock
  return { ceiba, luz, hosting, invitation, link, source, knock }
}

describe('joining', () => {
  test('JO-4: a knock without the proof of the link or the consent of the device is shown to nobody', async () => {
    const { ceiba, hosting, link, source, knock } = await invited()
    const { crypto } = ceiba.workspace
    const keys = invitationKeys(crypto, unwrap(parseLink(link)).seed)
    const meeting = await Meeting.open(crypto, new MemoryStore(), keys, {
      wants: () => Promise.resolve(true),
      heard: () => undefined,
      added: () => undefined,
    })
    await meeting.say({ outer: await knock() })
    const said = meeting.said()[0]?.[1]
    if (said?.kind !== 'knock') throw new Error('no knock')
    const sound = await openKnock(crypto, keys.box, ceiba.space.id, keys.id, said.sealed)
    if (sound === null) throw new Error('a knock that does not open')
    for (const change of [
      { proof: new Uint8Array(64) },
      { consent: new Uint8Array(64) },
      { box: new Uint8Array(32) },
    ]) {
      const forged = { ...sound, ...change }
      const sealed = await sealKnock(crypto, keys.box.publicKey, ceiba.space.id, keys.id, forged)
      await source.receive([meeting.seal(sealed)])
    }
    await hosting.idle()
    expect(hosting.knocks()).toEqual([])
    await source.receive([meeting.seal(said)])
    await hosting.idle()
    expect(hosting.knocks().length).toBe(1)
  })

  test('JO-10 JO-11: two knocks are both contested; a refusal is of one device and says nothing', async () => {
    const { hosting, invitation, source, knock } = await invited()
    await source.receive([await knock(), await knock()])
    await hosting.idle()
    const [first, second] = hosting.knocks()
    expect(hosting.knocks().map(({ contested }) => contested)).toEqual([true, true])
    if (first === undefined || second === undefined) throw new Error('knocks are missing')
    const before = source.held.sorted().length
    unwrap(await hosting.refuse(invitation, first.device))
    expect(hosting.knocks().map(({ device }) => device)).toEqual([second.device])
    expect(hosting.invitations()[0]?.used).toBe(false)
    expect(source.held.sorted().length).toBe(before)
  })

  test('JO-14: of a flood of knocks the first and the latest are shown, one of each device, and no room is taken by the rest', async () => {
    const { ceiba, hosting, link, source, knock } = await invited()
    const { crypto } = ceiba.workspace
    const keys = invitationKeys(crypto, unwrap(parseLink(link)).seed)
    const meeting = await Meeting.open(crypto, new MemoryStore(), keys, {
      wants: () => Promise.resolve(true),
      heard: () => undefined,
      added: () => undefined,
    })
    const first = await knock()
    await source.receive([first])
    const said = meeting.read(first)
    if (said === null) throw new Error('no knock')
    // The same device again and again, and what is no knock at all.
    await source.receive(Array.from({ length: 300 }, () => meeting.seal(said)))
    await source.receive([meeting.seal({ kind: 'knock', v: 1, sealed: new Uint8Array(200) })])
    await hosting.idle()
    expect(hosting.knocks().length).toBe(1)
    expect(hosting.meeting(keys.id)?.said().length).toBe(1)
    // A thief with the link makes as many devices as she likes; who comes after her is seen all the same.
    for (let i = 0; i < 130; i++) await source.receive([await knock()])
    const last = await knock()
    await source.receive([last])
    await hosting.idle()
    const shown = hosting.knocks().map(({ device }) => device)
    expect(shown.length).toBe(128)
    const lastSaid = meeting.read(last)
    if (lastSaid === null) throw new Error('no knock')
    expect(shown[0]).toBe(await hosting.knocked(keys.id, said))
    expect(shown.at(-1)).toBe(await hosting.knocked(keys.id, lastSaid))
    expect(hosting.meeting(keys.id)?.said().length).toBe(128)
  })
})
