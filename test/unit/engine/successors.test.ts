// A space that goes on in another, between engines of their own over a real relay: documents come along, the chosen follow one by
// one, and neither a stranger with the seed nor somebody who was taken out is let in.
import { webcrypto } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { DeviceId, idBytes, MemberId, SpaceId } from '../../../src/base/ids.ts'
import { toHex } from '../../../src/base/bytes.ts'
import { encode } from '../../../src/base/codec.ts'
import { unwrap } from '../../../src/base/result.ts'
import { sealEnvelope } from '../../../src/log/entry.ts'
import { Insider } from '../../support/insider.ts'
import { createCrypto, type Crypto, labels } from '../../../src/crypto/index.ts'
import { sampleText } from '../../../src/documents/samples/index.ts'
import { followId, openFollow, type Passage, sealFollow } from '../../../src/engine/following.ts'
import { continueSpace } from '../../../src/engine/successors.ts'
import { Joining } from '../../../src/engine/joining.ts'
import { systemRandom } from '../../../src/engine/node.ts'
import { deviceId, invitationKeys, newDeviceKeys } from '../../../src/identity/index.ts'
import type { Person } from '../../support/members.ts'
import { coordinators, deviceOf, idOf, spaceOf } from '../../support/governing.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const into = (state: { spaces: readonly { name: string; standing: string }[] }) =>
  state.spaces.some(({ name, standing }) => name === 'Sigue' && standing === 'active')

const spaceNamed = (one: Person, name: string) => {
  const found = one.state?.spaces.find((space) => space.name === name)
  if (found === undefined) throw new Error(`${one.alias} has no ${name}`)
  return found
}

async function follow(one: Person) {
  await one.until((state) => state.spaces[0]?.successors.some(({ state: is }) => is === 'open') === true)
  const successor = one.space.successors[0]
  if (successor === undefined) throw new Error('nothing to follow')
  unwrap(await one.engine.acceptSuccessor({ space: one.space.id, operation: successor.operation }))
  return successor
}

describe('a space that goes on in another', () => {
  test('JO-28 JO-30: documents come along, and two follow with their roles and names, one while the announcer is away', async () => {
    const { people, relays } = await spaceOf(ends, 'Ceiba', 'Copal', 'Luz')
    const [ceiba, copal, luz] = people as [Person, Person, Person]
    const left = ceiba.space.id
    unwrap(await ceiba.engine.importDocument({ space: left, json: sampleText('protection-plan') }))
    const old = unwrap(await ceiba.engine.createDocument({ space: left, type: 'meeting-minutes', title: 'Vieja' }))
    unwrap(await ceiba.engine.archiveDocument({ space: left, document: old.document, archived: true }))
    unwrap(await ceiba.engine.setRole({ space: left, member: idOf(luz, ceiba), role: 'reader' }))
    // Any member may announce it: here an editor, who coordinates what she founds.
    await copal.until((state) => state.spaces[0]?.documents.filter(({ here }) => here).length === 2)
    await copal.until((state) => state.spaces[0]?.members.some(({ role }) => role === 'reader') === true)
    const members = [idOf(ceiba, copal), idOf(luz, copal)]
    const { space } = unwrap(await copal.engine.continueSpace({ space: left, name: 'Sigue', relays, members }))
    await copal.until((state) => into(state) && state.spaces[0]?.successors.length === 1)
    expect(spaceNamed(copal, 'Sigue')).toMatchObject({ id: space, role: 'coordinator', continues: left })
    expect(copal.space.successors).toMatchObject([{ space, by: idOf(copal, copal), state: 'here' }])
    expect(
      spaceNamed(copal, 'Sigue')
        .documents.map(({ archived }) => archived)
        .sort(),
    ).toEqual([false, true])

    await follow(ceiba)
    await ceiba.until(into)
    const here = spaceNamed(ceiba, 'Sigue')
    expect(here).toMatchObject({ role: 'editor', continues: left })
    expect(ceiba.space.successors[0]?.state).toBe('here')
    await ceiba.until((state) => state.spaces[1]?.members.some(({ alias }) => alias === 'Ceiba') === true)
    const plan = here.documents.find(({ type }) => type === 'protection-plan')
    if (plan === undefined) throw new Error('no plan')
    const { json } = unwrap(await ceiba.engine.exportDocument({ space, document: plan.id }))
    expect(JSON.parse(json)).toEqual(JSON.parse(sampleText('protection-plan')))

    await copal.engine.lock()
    const { operation } = await follow(luz)
    await luz.until((state) => state.joining[0]?.delivered === true)
    expect(luz.space.successors).toMatchObject([{ operation, state: 'asked' }])
    const again = await luz.engine.acceptSuccessor({ space: left, operation })
    expect(again).toMatchObject({ ok: true, value: { invitation: luz.state?.joining[0]?.invitation } })
    await copal.restart()
    await luz.until(into)
    await luz.until((state) => state.joining.length === 0)
    expect(spaceNamed(luz, 'Sigue').role).toBe('reader')
    expect(await luz.engine.acceptSuccessor({ space: left, operation })).toMatchObject({
      error: { type: 'AlreadyMember', space },
    })
  })

  test('JO-30: a member who was not chosen, or was taken out meanwhile, is not let in', async () => {
    const { people, relays } = await spaceOf(ends, 'Ceiba', 'Copal', 'Luz')
    const [ceiba, copal, luz] = people as [Person, Person, Person]
    const left = ceiba.space.id
    const members = [idOf(copal, ceiba)]
    const { space } = unwrap(await ceiba.engine.continueSpace({ space: left, name: 'Sigue', relays, members }))
    await follow(luz)
    await luz.until((state) => state.joining[0]?.delivered === true)
    await ceiba.sync()
    await ceiba.engine.lock()
    await follow(copal)
    await copal.until((state) => state.joining[0]?.delivered === true)
    expect(copal.space.successors[0]?.state).toBe('asked')
    // She is not there to hear the knock; and before she is, Copal leaves the space that is left.
    unwrap(await copal.engine.removeMember({ space: left, member: idOf(copal, copal) }))
    await copal.until((state) => state.spaces[0]?.unsent === 0)
    await ceiba.restart()
    await ceiba.until(
      (state) => state.spaces.find(({ id }) => id === left)?.members.some((m) => m.status === 'removed') === true,
    )
    await ceiba.sync()
    const after = (await ceiba.engine.state()).spaces.find(({ id }) => id === space)
    expect(after?.members).toHaveLength(1)
    expect(copal.state?.spaces).toHaveLength(1)
    expect(luz.state?.spaces).toHaveLength(1)
  })

  test('JO-28: who is suspended or removed cannot announce or follow; who is not a member cannot be chosen', async () => {
    const { people, relays } = await coordinators(ends, 'Ceiba', 'Copal')
    const [ceiba, copal] = people as [Person, Person]
    const left = ceiba.space.id
    const p = { space: left, name: 'Sigue', relays }
    const me = [idOf(ceiba, ceiba)]
    expect(await ceiba.engine.continueSpace({ ...p, members: me })).toMatchObject({ error: { type: 'UnknownMember' } })
    const bad = { ...p, relays: ['no'], members: [] }
    expect(await ceiba.engine.continueSpace(bad)).toMatchObject({ error: { type: 'BadRelayAddress' } })
    const members = [idOf(copal, ceiba)]
    unwrap(await ceiba.engine.continueSpace({ ...p, members }))
    await copal.until((state) => state.spaces[0]?.successors.length === 1)
    unwrap(await ceiba.engine.suspendDevice({ space: left, device: deviceOf(copal) }))
    await copal.until((state) => state.spaces[0]?.standing === 'suspended')
    // Of two coordinators one is suspended and the other's powers rest: nobody is left to decide.
    await ceiba.until((state) => state.spaces[0]?.warnings[0]?.type === 'no-coordinator')
    const [successor] = copal.space.successors
    if (successor === undefined) throw new Error('nothing announced')
    const refused = { error: { type: 'NotAllowed', rule: 'ME-5 suspended-device' } }
    expect(await copal.engine.acceptSuccessor({ space: left, operation: successor.operation })).toMatchObject(refused)
    expect(await copal.engine.continueSpace({ ...p, members: [] })).toMatchObject(refused)
    expect(await ceiba.engine.acceptSuccessor({ space: left, operation: 'ff' as never })).toMatchObject({
      error: { type: 'UnknownOperation' },
    })
    expect((await copal.engine.state()).spaces).toHaveLength(1)
  })
})

describe('the knock of who follows', () => {
  const crypto: Crypto = createCrypto({ subtle: webcrypto.subtle as unknown as SubtleCrypto, random: systemRandom })
  const random = (length: number) => systemRandom.bytes(length)
  const passageOf = (): Passage => ({ from: id(), to: id(), seed: random(32) })
  const id = () => SpaceId.must(random(32))
  const who = () => ({
    member: MemberId.must(random(16)),
    here: crypto.signKeys(),
    keys: newDeviceKeys(crypto),
    recovery: deviceId(newDeviceKeys(crypto)),
  })

  test('JO-29: holds for its passage and its device, and for no other', async () => {
    const passage = passageOf()
    const one = who()
    const said = await sealFollow(crypto, passage, one)
    const opened = await openFollow(crypto, passage, said)
    expect(opened).toMatchObject({ member: one.member, device: deviceId(one.keys), recovery: one.recovery })
    expect(opened?.by).toBe(DeviceId.must(one.here.publicKey))
    expect(await openFollow(crypto, { ...passage, to: id() }, said)).toBeNull()
    expect(await openFollow(crypto, { ...passage, from: id() }, said)).toBeNull()
    expect(await openFollow(crypto, { ...passage, seed: random(32) }, said)).toBeNull()
    expect(await openFollow(crypto, passage, { kind: 'knock', v: 1, sealed: random(300) })).toBeNull()
    if (said.kind !== 'follow') throw new Error('no follow')
    for (let at = 0; at < said.sealed.length; at += 37) {
      const sealed = said.sealed.slice()
      sealed[at] = (sealed[at] ?? 0) ^ 1
      expect(await openFollow(crypto, passage, { ...said, sealed })).toBeNull()
    }
  })

  test('JO-30 JO-31: a stranger who knows the seed, and the device of another, are not let in', async () => {
    const [ceiba, luz] = [await Insider.named('Ceiba'), await Insider.named('Luz')]
    ends.push(
      () => ceiba.keeper.lock(),
      () => luz.keeper.lock(),
    )
    const left = await ceiba.workspace.found('Red', [])
    const hosting = ceiba.workspace.hostings.get(left.id)
    if (hosting === undefined) throw new Error('no hosting')
    const invitation = unwrap(await hosting.invite({ mode: 'open', role: 'editor', note: '' }))
    const link = unwrap(hosting.link(invitation, ''))
    const joining = unwrap(await Joining.knock(luz.workspace, link))
    await hosting.sources(undefined)[0]?.receive([joining.record.knock])
    await hosting.idle()
    const known = [...left.state.members.values()].find(({ id: member }) => member !== left.me)
    if (known === undefined) throw new Error('Luz is not in')
    unwrap(await continueSpace(ceiba.workspace, left, { name: 'Sigue', relays: [], members: [known.id] }))
    const [continuation] = ceiba.workspace.continuations.values()
    const [to] = ceiba.workspace.continuations.keys()
    const source = continuation?.sources(undefined)[0]
    if (continuation === undefined || to === undefined || source === undefined) throw new Error('nothing goes on')
    const passage = { from: left.id, to, seed: continuation.record.seed }
    const meeting = invitationKeys(crypto, passage.seed)
    const say = async (more: Partial<ReturnType<typeof who>>) => {
      const said = await sealFollow(crypto, passage, { ...who(), ...more })
      await source.receive([sealEnvelope(crypto, meeting.secret, labels.MEETING, encode(said))])
      await continuation.idle()
    }
    const members = () => ceiba.workspace.spaces.get(to)?.state.members.size
    await say({})
    await say({ member: known.id })
    await say({ member: known.id, here: left.keys.sign })
    await say({ member: left.me, here: left.keys.sign })
    expect(members()).toBe(1)
    for (let flood = 0; flood < 20; flood++) await say({ member: known.id })
    expect(source.held.sorted().filter((held) => source.held.mayGive(toHex(held) as never)).length).toBeLessThan(20)
    await say({ member: known.id, here: joining.keys.sign })
    expect(members()).toBe(2)
    // Her invitation is used: another device of hers is brought in by herself.
    await say({ member: known.id, here: joining.keys.sign })
    expect(members()).toBe(2)
  })

  test('JO-29: each member has an invitation of her own', () => {
    const { seed } = passageOf()
    const [a, b] = [MemberId.must(random(16)), MemberId.must(random(16))]
    expect(followId(crypto, seed, a)).toBe(followId(crypto, seed, a))
    expect(followId(crypto, seed, a)).not.toBe(followId(crypto, seed, b))
    expect(idBytes(followId(crypto, seed, a))).toHaveLength(32)
  })
})
