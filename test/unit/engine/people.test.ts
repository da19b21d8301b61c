// Who decides what about people and devices, between engines of their own over a real relay: majorities, suspensions, new
// keys, and the history of all that.
import { afterEach, describe, expect, test } from 'vitest'
import { unwrap } from '../../../src/base/result.ts'
import { peopleRequests } from '../../../src/engine/requests-people.ts'
import { Requests } from '../../../src/engine/requests.ts'
import { memberViews, warningViews } from '../../../src/engine/view-people.ts'
import { buildOperation } from '../../../src/membership/index.ts'
import { coordinators, deviceOf, enter, idOf, memberIn, personOf, spaceOf, untilRole } from '../../support/governing.ts'
import { Insider } from '../../support/insider.ts'
import { Person } from '../../support/members.ts'
import { MemoryStore } from '../../../src/storage/memory.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function document(by: Person, title: string) {
  const { document } = unwrap(await by.engine.createDocument({ space: by.space.id, type: 'protection-plan', title }))
  return document
}

describe('roles', () => {
  test('ME-12: a lone founder promotes alone; the second promotion waits for the other coordinator', async () => {
    const [ceiba, copal, luz] = (await spaceOf(ends, 'Ceiba', 'Copal', 'Luz')).people as [Person, Person, Person]
    const space = ceiba.space.id
    const first = await ceiba.engine.setRole({ space, member: idOf(copal, ceiba), role: 'coordinator' })
    expect(first).toEqual({ ok: true, value: { effect: 'done' } })
    await copal.until((state) => state.spaces[0]?.powers === true)
    const second = await ceiba.engine.setRole({ space, member: idOf(luz, ceiba), role: 'coordinator' })
    expect(second).toEqual({ ok: true, value: { effect: 'waiting' } })
    await copal.until((state) => state.spaces[0]?.pending.length === 1)
    const [pending] = copal.space.pending
    expect(pending).toMatchObject({
      why: 'majority',
      what: 'set-role',
      by: idOf(ceiba, copal),
      member: idOf(luz, copal),
      role: 'coordinator',
      needed: 2,
      have: [idOf(ceiba, copal)],
      mine: 'open',
    })
    await ceiba.until((state) => state.spaces[0]?.pending[0]?.mine === 'yes')
    await luz.until((state) => state.spaces[0]?.pending[0]?.mine === 'none')
    if (pending === undefined) throw new Error('nothing pending')
    const early = await luz.engine.cosign({ space, operation: pending.operation, verdict: true })
    expect(early).toMatchObject({ ok: false, error: { type: 'NotAllowed', rule: 'ME-12 no-vote' } })
    unwrap(await copal.engine.cosign({ space, operation: pending.operation, verdict: true }))
    await untilRole([ceiba, copal, luz], idOf(luz, ceiba), 'coordinator')
    await luz.until((state) => state.spaces[0]?.powers === true && state.spaces[0].pending.length === 0)
  })

  test('a demoted editor keeps what she wrote, for newcomers too, and writes no more', async () => {
    const [ceiba, copal] = (await spaceOf(ends, 'Ceiba', 'Copal')).people as [Person, Person]
    const space = ceiba.space.id
    const plan = await document(copal, 'De Copal')
    await ceiba.until((state) => state.spaces[0]?.documents[0]?.here === true)
    expect((await ceiba.json(plan))['title']).toBe('De Copal')
    unwrap(await ceiba.engine.setRole({ space, member: idOf(copal, ceiba), role: 'reader' }))
    await copal.until((state) => state.spaces[0]?.role === 'reader')
    const edits = [{ op: 'text' as const, path: ['title'], value: 'Otro' }]
    expect(await copal.engine.editDocument({ space, document: plan, edits })).toMatchObject({ ok: false })
    const luz = await personOf(ends, 'Luz')
    await enter(ceiba, luz)
    await luz.until((state) => state.spaces[0]?.documents[0]?.here === true)
    expect((await luz.json(plan))['title']).toBe('De Copal')
  })

  test('what would have no effect is not written', async () => {
    const [ceiba, copal] = (await spaceOf(ends, 'Ceiba', 'Copal')).people as [Person, Person]
    const space = ceiba.space.id
    const heads = unwrap(await copal.engine.spaceDetails(space)).heads
    const ceibaId = idOf(ceiba, copal)
    const refused = [
      await copal.engine.setRole({ space, member: ceibaId, role: 'reader' }),
      await copal.engine.removeMember({ space, member: ceibaId }),
      await copal.engine.suspendDevice({ space, device: deviceOf(ceiba) }),
      await copal.engine.resumeDevice({ space, device: deviceOf(ceiba) }),
    ]
    for (const answer of refused) {
      expect(answer).toMatchObject({ ok: false, error: { type: 'NotAllowed' } })
      if (!answer.ok && answer.error.type === 'NotAllowed') expect(answer.error.rule).toMatch(/^ME-\d+ /)
    }
    expect(unwrap(await copal.engine.spaceDetails(space)).heads).toEqual(heads)
    expect(await ceiba.engine.suspendDevice({ space, device: ceibaId as never })).toMatchObject({
      error: { type: 'UnknownDevice' },
    })
    expect(await ceiba.engine.setRole({ space, member: deviceOf(copal) as never, role: 'reader' })).toMatchObject({
      error: { type: 'UnknownMember' },
    })
    expect(await ceiba.engine.cosign({ space, operation: heads[0] as never, verdict: true })).toMatchObject({
      error: { type: 'UnknownOperation' },
    })
    expect(await ceiba.engine.setRole({ space, member: idOf(ceiba, ceiba), role: 'coordinator' })).toMatchObject({
      error: { type: 'NotAllowed', rule: 'ME-11 same-role' },
    })
  })
})

describe('removing', () => {
  test('ME-12: three coordinators: one is out when the second has cosigned, who makes the new keys at once', async () => {
    const people = (await coordinators(ends, 'Ceiba', 'Copal', 'Luz')).people as [Person, Person, Person]
    const [ceiba, copal, luz] = people
    const space = ceiba.space.id
    const plan = await document(luz, 'De Luz')
    for (const one of people) await one.until((state) => state.spaces[0]?.documents[0]?.here === true)
    const { epoch } = ceiba.space
    const asked = await ceiba.engine.removeMember({ space, member: idOf(luz, ceiba) })
    expect(asked).toEqual({ ok: true, value: { effect: 'waiting' } })
    expect(memberIn(ceiba, idOf(luz, ceiba))?.status).toBe('active')
    await copal.until((state) => state.spaces[0]?.pending[0]?.what === 'remove')
    const [pending] = copal.space.pending
    if (pending === undefined) throw new Error('nothing pending')
    unwrap(await copal.engine.cosign({ space, operation: pending.operation, verdict: true }))
    expect((await copal.engine.state()).spaces[0]?.epoch).toBe(epoch + 1)
    await luz.until((state) => state.spaces[0]?.standing === 'removed')
    await ceiba.until((state) => state.spaces[0]?.epoch === epoch + 1)
    expect(memberIn(ceiba, pending.member)).toMatchObject({ status: 'removed', removedAt: pending.at })
    expect((await ceiba.json(plan))['title']).toBe('De Luz')
    const history = unwrap(await ceiba.engine.history(space))
    expect(history.slice(0, 2)).toMatchObject([
      { what: 'cosign', verdict: true, of: pending.operation, member: pending.member, effect: 'done' },
      { what: 'remove', member: pending.member, effect: 'done', reason: null },
    ])
  })

  test('a refused removal is no longer open, and the history says so', async () => {
    const [ceiba, copal, luz] = (await coordinators(ends, 'Ceiba', 'Copal', 'Luz')).people as [Person, Person, Person]
    const space = ceiba.space.id
    unwrap(await ceiba.engine.removeMember({ space, member: idOf(luz, ceiba) }))
    await copal.until((state) => state.spaces[0]?.pending.length === 1)
    const [pending] = copal.space.pending
    if (pending === undefined) throw new Error('nothing pending')
    unwrap(await copal.engine.cosign({ space, operation: pending.operation, verdict: false }))
    await ceiba.until((state) => state.spaces[0]?.pending.length === 0)
    const item = unwrap(await ceiba.engine.history(space)).find(({ what }) => what === 'remove')
    expect(item).toMatchObject({ effect: 'void', reason: 'ME-12 refused' })
    expect(luz.space.standing).toBe('active')
  })

  test('ME-10: who leaves says so to the others before her channels close, and they change the keys', async () => {
    const [ceiba, copal] = (await spaceOf(ends, 'Ceiba', 'Copal')).people as [Person, Person]
    const space = copal.space.id
    const left = await copal.engine.removeMember({ space, member: idOf(copal, copal) })
    expect(left).toEqual({ ok: true, value: { effect: 'done' } })
    const id = idOf(copal, ceiba)
    await ceiba.until((state) => state.spaces[0]?.members.find((m) => m.id === id)?.status === 'removed')
    await copal.until((state) => state.spaces[0]?.standing === 'removed' && state.spaces[0].unsent === 0)
    expect(await copal.engine.renewKeys({ space })).toMatchObject({ error: { type: 'RemovedFromSpace' } })
  })
})

describe('suspending', () => {
  test('ME-9: suspending another coordinator’s phone rests one’s own powers until a third decides', async () => {
    const people = (await coordinators(ends, 'Ceiba', 'Copal', 'Luz')).people as [Person, Person, Person]
    const [ceiba, copal, luz] = people
    const space = ceiba.space.id
    const device = deviceOf(copal)
    expect(await ceiba.engine.suspendDevice({ space, device })).toEqual({ ok: true, value: { effect: 'done' } })
    await ceiba.until((state) => state.spaces[0]?.powers === false)
    expect(memberIn(ceiba, idOf(ceiba, ceiba))?.disputed).toBe(true)
    const resting = await ceiba.engine.setRole({ space, member: idOf(luz, ceiba), role: 'editor' })
    expect(resting).toMatchObject({ ok: false, error: { type: 'NotAllowed' } })
    await luz.until((state) => state.spaces[0]?.pending[0]?.why === 'suspension')
    const [pending] = luz.space.pending
    expect(pending).toMatchObject({ what: 'suspend', device, mine: 'open', needed: 1 })
    if (pending === undefined) throw new Error('nothing pending')
    unwrap(await luz.engine.cosign({ space, operation: pending.operation, verdict: true }))
    await ceiba.until((state) => state.spaces[0]?.powers === true)
    await copal.until((state) => state.spaces[0]?.standing === 'suspended')
  })

  test('a suspended phone reads nothing new and writes nothing', async () => {
    const [ceiba, copal] = (await spaceOf(ends, 'Ceiba', 'Copal')).people as [Person, Person]
    const space = ceiba.space.id
    const plan = await document(ceiba, 'Antes')
    await copal.until((state) => state.spaces[0]?.documents[0]?.here === true)
    expect((await copal.json(plan))['title']).toBe('Antes')
    const { epoch } = ceiba.space
    unwrap(await ceiba.engine.suspendDevice({ space, device: deviceOf(copal) }))
    expect((await ceiba.engine.state()).spaces[0]?.epoch).toBe(epoch + 1)
    const edits = [{ op: 'text' as const, path: ['title'], value: 'Después' }]
    unwrap(await ceiba.engine.editDocument({ space, document: plan, edits }))
    await ceiba.sync()
    await copal.until((state) => state.spaces[0]?.standing === 'suspended')
    await copal.sync()
    expect((await copal.json(plan))['title']).toBe('Antes')
    expect(await copal.engine.editDocument({ space, document: plan, edits })).toMatchObject({
      error: { type: 'NotAllowed', rule: 'ME-5 suspended-device' },
    })
    // What a face is told comes a moment after.
    await ceiba.until(() => memberIn(ceiba, idOf(copal, ceiba))?.devices[0]?.status === 'suspended')
    expect(memberIn(ceiba, idOf(copal, ceiba))).toMatchObject({ status: 'active', devices: [{ status: 'suspended' }] })
  })
})

describe('letting in again', () => {
  const edits = (value: string) => [{ op: 'text' as const, path: ['title'], value }]

  test('ME-9: a resumed phone reads what was written meanwhile, and writes', async () => {
    const [ceiba, copal] = (await spaceOf(ends, 'Ceiba', 'Copal')).people as [Person, Person]
    const space = ceiba.space.id
    const device = deviceOf(copal)
    const plan = await document(ceiba, 'Antes')
    await copal.until((state) => state.spaces[0]?.documents[0]?.here === true)
    unwrap(await ceiba.engine.suspendDevice({ space, device }))
    await copal.until((state) => state.spaces[0]?.standing === 'suspended')
    unwrap(await ceiba.engine.editDocument({ space, document: plan, edits: edits('Mientras tanto') }))
    await ceiba.sync()
    expect(await ceiba.engine.resumeDevice({ space, device })).toEqual({ ok: true, value: { effect: 'done' } })
    await copal.until((state) => state.spaces[0]?.standing === 'active' && state.spaces[0].epoch === ceiba.space.epoch)
    await copal.sync()
    expect((await copal.json(plan))['title']).toBe('Mientras tanto')
    unwrap(await copal.engine.editDocument({ space, document: plan, edits: edits('Otra vez') }))
    await copal.sync()
    await ceiba.until((state) => state.spaces[0]?.documents[0]?.title === 'Otra vez')
    expect(copal.space.warnings).toEqual([])
  })

  test('a phone that was off all the while learns of both, and goes on', async () => {
    const [ceiba, copal] = (await spaceOf(ends, 'Ceiba', 'Copal')).people as [Person, Person]
    const space = ceiba.space.id
    const device = deviceOf(copal)
    const plan = await document(ceiba, 'Antes')
    await copal.until((state) => state.spaces[0]?.documents[0]?.here === true)
    await copal.sync()
    await copal.engine.lock()
    unwrap(await ceiba.engine.suspendDevice({ space, device }))
    unwrap(await ceiba.engine.editDocument({ space, document: plan, edits: edits('Mientras tanto') }))
    unwrap(await ceiba.engine.resumeDevice({ space, device }))
    await ceiba.sync()
    await copal.restart()
    await copal.until((state) => state.spaces[0]?.epoch === ceiba.space.epoch)
    await copal.sync()
    expect((await copal.json(plan))['title']).toBe('Mientras tanto')
    unwrap(await copal.engine.editDocument({ space, document: plan, edits: edits('Otra vez') }))
    await copal.sync()
    await ceiba.until((state) => state.spaces[0]?.documents[0]?.title === 'Otra vez')
  })

  test('a refused suspension gives the phone back', async () => {
    const [ceiba, copal, luz] = (await coordinators(ends, 'Ceiba', 'Copal', 'Luz')).people as [Person, Person, Person]
    const space = ceiba.space.id
    unwrap(await ceiba.engine.suspendDevice({ space, device: deviceOf(copal) }))
    await copal.until((state) => state.spaces[0]?.standing === 'suspended')
    await luz.until((state) => state.spaces[0]?.pending[0]?.mine === 'open')
    const [pending] = luz.space.pending
    if (pending === undefined) throw new Error('nothing pending')
    unwrap(await luz.engine.cosign({ space, operation: pending.operation, verdict: false }))
    await copal.until((state) => state.spaces[0]?.standing === 'active' && state.spaces[0].epoch === luz.space.epoch)
    const plan = await document(copal, 'De vuelta')
    await luz.until((state) => state.spaces[0]?.documents.some(({ id, here }) => id === plan && here) === true)
  })
})

describe('renewing keys', () => {
  test('ME-8: what a copy of the phone holds opens nothing written after, and the phone goes on', async () => {
    const [ceiba, copal] = (await spaceOf(ends, 'Ceiba', 'Copal')).people as [Person, Person]
    const space = ceiba.space.id
    await document(ceiba, 'Antes')
    await copal.until((state) => state.spaces[0]?.documents[0]?.here === true)
    await copal.engine.flush()
    const copied = copyOf(copal.store)
    const { epoch } = copal.space
    expect(await copal.engine.renewKeys({ space: null })).toEqual({ ok: true, value: { spaces: 1 } })
    expect((await copal.engine.state()).spaces[0]?.epoch).toBe(epoch + 1)
    await ceiba.until((state) => state.spaces[0]?.epoch === epoch + 1)
    const plan = await document(ceiba, 'Después')
    await ceiba.sync()
    await copal.restart()
    await copal.until((state) => state.spaces[0]?.documents.filter(({ here }) => here).length === 2)
    expect((await copal.json(plan))['title']).toBe('Después')
    const history = unwrap(await ceiba.engine.history(space))
    expect(history[0]).toMatchObject({ what: 'rotate-device', by: idOf(copal, ceiba), target: deviceOf(copal) })

    const thief = await Person.reopened('Copal', copied)
    ends.push(() => thief.end())
    await thief.until((state) => state.spaces[0]?.warnings.some(({ type }) => type === 'keys-missing') === true)
    await thief.sync()
    expect((await thief.engine.state()).spaces[0]?.documents.map(({ title }) => title)).toEqual(['Antes'])
    const own = { space, type: 'protection-plan' as const, title: 'De la copia' }
    await thief.engine.createDocument(own)
    await thief.sync()
    await ceiba.sync()
    expect(ceiba.space.documents).toHaveLength(2)
  })

  test('where storage refuses them, nobody hears of new keys', async () => {
    const ceiba = await Insider.named('Ceiba')
    ends.push(() => ceiba.keeper.lock())
    const { id, graph } = await ceiba.workspace.found('Sola', [])
    const { renewKeys } = peopleRequests(new Requests(ceiba.keeper))
    const rotations = () => graph.operations().filter(({ op }) => op === 'rotate-device').length
    ceiba.world.refuseWrites = 1
    expect(await renewKeys({ space: id })).toMatchObject({ error: { type: 'StorageFailed' } })
    expect(rotations()).toBe(0)
    unwrap(await renewKeys({ space: id }))
    expect(rotations()).toBe(1)
    expect(ceiba.space.current()).not.toBeNull()
  })

  test('new keys are stored before anybody may seal to them', async () => {
    const ceiba = await personOf(ends, 'Ceiba')
    const { space } = unwrap(await ceiba.engine.createSpace({ name: 'Sola', relays: [] }))
    for (const n of [2, 3, 4]) {
      unwrap(await ceiba.engine.renewKeys({ space }))
      await ceiba.until((state) => state.spaces[0]?.epoch === n)
    }
    await ceiba.restart()
    await ceiba.until((state) => state.spaces[0]?.epoch === 4)
    unwrap(await ceiba.engine.createDocument({ space, type: 'protection-plan', title: 'Sigue' }))
  })
})

describe('what people see', () => {
  test('ME-16: a device that signed two different things for one position is named to everybody', async () => {
    const ceiba = await Insider.named('Ceiba')
    ends.push(() => ceiba.keeper.lock())
    const space = await ceiba.workspace.found('Sola', [])
    expect(warningViews(space)).toEqual([])
    const { crypto } = ceiba.workspace
    const draft = { ...space.graph.draft(space.device), time: 0 }
    for (const box of [crypto.boxKeys(), crypto.boxKeys()]) {
      const fields = { op: 'rotate-device' as const, box: box.publicKey }
      space.graph.add([(await buildOperation(crypto, space.keys.sign, draft, fields)).operation])
    }
    const twice = { type: 'two-versions', member: space.me, device: space.device }
    expect(warningViews(space)).toContainEqual(twice)
    expect(memberViews(space)[0]?.devices).toMatchObject([{ id: space.device, flagged: true }])
  })

  test('who came when and by whom, devices by name, and when they last wrote', async () => {
    const [ceiba, copal] = (await spaceOf(ends, 'Ceiba', 'Copal')).people as [Person, Person]
    const space = ceiba.space.id
    const device = deviceOf(copal)
    unwrap(await copal.engine.nameDevice({ space, device, name: ' mi teléfono ' }))
    const refused = await ceiba.engine.nameDevice({ space, device, name: 'otro' })
    expect(refused).toMatchObject({ error: { type: 'NotAllowed' } })
    const id = idOf(copal, ceiba)
    await ceiba.until((state) => state.spaces[0]?.members.some((m) => m.devices[0]?.name === 'mi teléfono') === true)
    const [founder, other] = [memberIn(ceiba, idOf(ceiba, ceiba)), memberIn(ceiba, id)]
    expect(founder).toMatchObject({ admittedBy: null, recoverable: true, removedAt: null, disputed: false })
    expect(other).toMatchObject({ admittedBy: founder?.id, role: 'editor' })
    expect(other?.joinedAt).toBeGreaterThanOrEqual(founder?.joinedAt ?? Number.NaN)
    const [seen] = other?.devices ?? []
    expect(seen?.addedAt).toBe(other?.joinedAt)
    expect(seen?.lastSeenAt).toBeGreaterThanOrEqual(seen?.addedAt ?? Number.NaN)
    await ceiba.restart()
    await ceiba.until((state) => state.spaces.length === 1)
    expect(memberIn(ceiba, id)?.devices[0]?.lastSeenAt).toBe(seen?.lastSeenAt)
  })

  test('history is the same on every device, the latest first, without merges', async () => {
    const { people } = await coordinators(ends, 'Ceiba', 'Copal', 'Luz')
    const [ceiba] = people as [Person]
    for (const one of people) await one.sync()
    const tellings = []
    for (const one of people) tellings.push(unwrap(await one.engine.history(ceiba.space.id)))
    expect(tellings[1]).toEqual(tellings[0])
    expect(tellings[2]).toEqual(tellings[0])
    const whats = tellings[0]?.map(({ what }) => what) ?? []
    expect(whats.at(-1)).toBe('create')
    expect(whats.slice(0, 2)).toEqual(['cosign', 'set-role'])
    expect(tellings[0]?.every(({ effect, reason }) => effect === 'done' && reason === null)).toBe(true)
  })
})

/** What a thief's copy of the phone's storage holds. */
function copyOf(store: unknown): MemoryStore {
  const { buckets } = store as { buckets: unknown }
  return Object.assign(new MemoryStore(), { buckets: structuredClone(buckets) })
}
