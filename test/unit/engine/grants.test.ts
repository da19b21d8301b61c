// Who gives the epoch in use to whom, and when; who makes a new one, and that a storm of them settles (keys.md, KE-7, KE-9, KE-13).
import { describe, expect, test } from 'vitest'
import { type DeviceId, DeviceId as Devices, InvitationId, MemberId } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import { newDeviceKeys } from '../../../src/identity/index.ts'
import { buildOperation, type SignedRecord, signConsent, signProof } from '../../../src/membership/index.ts'
import { circle, documentId, numberIn, person, together } from '../../support/circle.ts'
import type { Insider } from '../../support/insider.ts'
import { ShiftedClock } from '../../support/shifted-clock.ts'

const PLAN = documentId(1)
const put = (one: Insider, n: number) => one.space.documents.edit(PLAN, (doc) => void (doc['n'] = n))
const inUse = (one: Insider) => one.space.ring.inUse(one.space.graph)
const grants = (one: Insider) => {
  const epoch = inUse(one)
  return epoch === null ? [] : one.space.ring.grants(epoch)
}
const renew = (one: Insider) =>
  one.space.serial(async () => {
    unwrap(await one.space.order({ op: 'rotate-device', box: await one.space.useNewBox() }))
  })

/** Ceiba admits Sol while Luz, out of reach, changes the keys: Luz's win, and Sol has none of them. */
async function leftOut(clock = new ShiftedClock()) {
  const { people } = await circle(['Ceiba', 'Copal', 'Luz'], clock)
  const [ceiba, copal, luz] = people as [Insider, Insider, Insider]
  await ceiba.space.documents.create(PLAN, [(doc) => void (doc['n'] = 0)])
  await together(ceiba, copal, luz)
  await luz.keeper.lock()
  const sol = await person('Sol', clock)
  await ceiba.admit(sol)
  await together(ceiba, copal, sol)
  luz.world.offline = true
  await luz.reopen()
  clock.forward(5_000)
  await luz.space.caughtUp()
  await renew(luz)
  await luz.keeper.lock()
  luz.world.offline = false
  return { ceiba, copal, luz, sol, clock }
}

describe('grants', () => {
  test('KE-9: the admitter gives the epoch in use at once to whom its author did not know', async () => {
    const { ceiba, luz, sol } = await leftOut()
    await luz.reopen()
    await together(luz, ceiba, sol)
    await sol.until(() => inUse(sol) === inUse(luz) && sol.space.current() !== null)
    expect(grants(sol).map(({ device }) => device)).toEqual([ceiba.space.device])
    await put(sol, 4)
    await together(sol, luz)
    expect(await numberIn(luz, PLAN)).toBe(4)
  })

  test('KE-9: while the admitter is away the others give it in their turn, and only one of them', async () => {
    const { ceiba, copal, luz, sol, clock } = await leftOut()
    await ceiba.keeper.lock()
    await luz.reopen()
    await together(luz, copal, sol)
    await copal.until(() => inUse(copal) === inUse(luz))
    expect(copal.space.secrets.lacking()).toEqual([sol.space.device])
    clock.forward(19_000)
    await together(luz, copal, sol)
    expect(grants(sol)).toEqual([])
    // Ceiba has a turn as well, and may not take it.
    for (let turn = 0; turn < 4; turn++) {
      clock.forward(20_000)
      await together(luz, copal, sol)
      await together(luz, copal, sol)
    }
    await sol.until(() => sol.space.current() !== null && inUse(sol) === inUse(luz))
    await together(luz, copal, sol)
    for (const one of [luz, copal, sol]) expect(grants(one).map(({ to }) => to)).toEqual([sol.space.device])
  })
})

describe('new epochs', () => {
  test('KE-7: a storm of rekeys, everybody at once, settles to one for all, and the one taken out has none', async () => {
    const clock = new ShiftedClock()
    const { people } = await circle(['Ceiba', 'Copal', 'Luz', 'Sol'], clock)
    const [ceiba, copal, luz, sol] = people as [Insider, Insider, Insider, Insider]
    await together(...people)
    const before = new Set(ceiba.space.ring.secrets().keys())
    // The operation alone reaches the others, and all make the keys before they hear of each other.
    const held = new Set(ceiba.space.log.ids())
    await ceiba.space.serial(async () => {
      const member = sol.space.me
      const { seq, prev } = ceiba.space.graph.draft(sol.space.device)
      const cutoffs = [{ device: sol.space.device, seq: seq - 1, id: prev }]
      unwrap(await ceiba.space.operate({ op: 'remove', member, cutoffs }))
    })
    const news = await ceiba.space.log.outers(ceiba.space.log.ids().filter((id) => !held.has(id)))
    for (const one of [copal, luz]) await one.space.receive([...news.values()])
    await Promise.all([ceiba, copal, luz].map(({ space }) => space.serial(() => space.secrets.rekeyIfDue())))
    clock.forward(60_000)
    await together(ceiba, copal, luz)
    await together(ceiba, copal, luz)
    expect(inUse(copal)).toBe(inUse(ceiba))
    expect(inUse(luz)).toBe(inUse(ceiba))
    const made = ceiba.space.ring.epochs(ceiba.space.graph).filter(({ id }) => !before.has(id))
    expect(made.length).toBeGreaterThan(1)
    for (const { id } of made) expect(sol.space.ring.secrets().has(id)).toBe(false)
    await ceiba.space.documents.create(PLAN, [(doc) => void (doc['n'] = 3)])
    await together(ceiba, copal, luz)
    expect(await numberIn(luz, PLAN)).toBe(3)
    const count = () => ceiba.space.ring.epochs(ceiba.space.graph).length
    // Slower than turns are long: who is next hears of it before her own.
    const minutes = async (many: number) => {
      for (let n = 0; n < many; n++) {
        clock.forward(60_000)
        await together(ceiba, copal, luz)
      }
    }
    await minutes(5)
    const settled = count()
    // One joins the branches, if somebody wrote under another before she heard of the one in use.
    expect(settled - before.size - made.length).toBeLessThanOrEqual(1)
    await minutes(3)
    expect(count(), 'no more').toBe(settled)
  })

  test('KE-6: above sixteen heads a merge comes first, then one rekey for all', async () => {
    const { people } = await circle(['Ceiba'])
    const [ceiba] = people as [Insider]
    const { crypto } = ceiba.workspace
    const { space } = ceiba
    const strangers = []
    for (let n = 0; n < 17; n++) strangers.push(await admitted(ceiba))
    const parents = space.graph.heads()
    const rotations: SignedRecord[] = []
    for (const { keys } of strangers) {
      const draft = { space: space.id, parents, seq: 0, prev: null, time: 1 }
      const fields = { op: 'rotate-device', box: crypto.boxKeys().publicKey } as const
      rotations.push((await buildOperation(crypto, keys.sign, draft, fields)).record)
    }
    const now = space.current()
    if (now === null) throw new Error('no epoch')
    await space.serial(() => space.publish('op', rotations, [now]))
    expect(space.graph.needsMerge).toBe(true)
    expect(await space.serial(() => space.secrets.rekeyIfDue())).toBe(true)
    expect(space.graph.heads().length).toBeLessThanOrEqual(16)
    const epoch = space.ring.epoch(space.graph, inUse(ceiba))
    expect(epoch?.rekey.recipients).toBe(18)
    expect(space.secrets.rekeyDue).toBe(false)
  })
})

/** A device that exists on paper only, let in by `one`. */
async function admitted(one: Insider): Promise<{ device: DeviceId; keys: ReturnType<typeof newDeviceKeys> }> {
  const { space } = one
  const { crypto, env } = one.workspace
  const keys = newDeviceKeys(crypto)
  const invitation = crypto.signKeys(env.random.bytes(32))
  const device = Devices.must(keys.sign.publicKey)
  const newcomer = { target: device, box: keys.box.publicKey, recovery: null }
  const fields = {
    op: 'admit',
    member: MemberId.must(env.random.bytes(16)),
    role: 'editor',
    ...newcomer,
    invitation: InvitationId.must(invitation.publicKey),
    proof: await signProof(crypto, invitation, space.id, newcomer),
    consent: await signConsent(crypto, keys.sign, space.id, newcomer.box, null),
  } as const
  await space.serial(async () => unwrap(await space.operate(fields)))
  return { device, keys }
}
