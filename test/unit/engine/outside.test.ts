// Who was taken out by others goes on listening, gives nothing, and is in again when the removal is undone (channels.md, "Which channels
// a device opens").
import { describe, expect, test } from 'vitest'
import { unwrap } from '../../../src/base/result.ts'
import { cutoffOf } from '../../../src/engine/governance.ts'
import { viewOf } from '../../../src/engine/view.ts'
import { circle, documentId, numberIn, together } from '../../support/circle.ts'
import type { Insider } from '../../support/insider.ts'
import { ShiftedClock } from '../../support/shifted-clock.ts'

const PLAN = documentId(1)
const DAY = 24 * 60 * 60 * 1000
const put = (one: Insider, n: number) => one.space.documents.edit(PLAN, (doc) => void (doc['n'] = n))
const order = (one: Insider, fields: Parameters<Insider['space']['order']>[0]) =>
  one.space.serial(async () => unwrap(await one.space.order(fields)))
const offered = (one: Insider) =>
  (one.workspace.channels.get(one.space.id)?.sources(undefined, null) ?? []).flatMap(({ held }) =>
    one.space.log.ids().filter((id) => held.mayGive(id)),
  )

/** Ceiba founds, Copal coordinates too, Luz edits; all have the document. `before`: all that Ceiba's phone has decided until now. */
async function three() {
  const clock = new ShiftedClock()
  const { people } = await circle(['Ceiba', 'Copal', 'Luz'], clock)
  const [ceiba, copal, luz] = people as [Insider, Insider, Insider]
  await ceiba.space.documents.create(PLAN, [(doc) => void (doc['n'] = 0)])
  await order(ceiba, { op: 'set-role', member: copal.space.me, role: 'coordinator', cutoffs: [] })
  await together(ceiba, copal, luz)
  await copal.until(() => copal.space.coordinator)
  const target = ceiba.space.device
  const before: Suspension = { op: 'suspend', target, cutoff: cutoffOf(copal.space.graph, target, copal.space.device) }
  return { clock, ceiba, copal, luz, before }
}

type Suspension = Extract<Parameters<Insider['space']['order']>[0], { op: 'suspend' }>

async function outOfReach(one: Insider, clock: ShiftedClock) {
  await one.keeper.lock()
  one.world.offline = true
  await one.reopen()
  clock.forward(5_000)
  await one.space.caughtUp()
}

const isOut = (one: Insider) => one.until(() => one.space.standing === 'removed')
const isIn = async (one: Insider, with_: Insider) => {
  await one.until(() => one.space.standing === 'active' && one.space.current() !== null)
  await one.until(() => one.space.current()?.epoch === with_.space.current()?.epoch)
}

describe('who was taken out', () => {
  test('hears that a suspension at the same time undoes it, and her work reaches the others', async () => {
    const { clock, ceiba, copal, luz, before } = await three()
    await outOfReach(copal, clock)
    await ceiba.space.serial(() => ceiba.space.remove(luz.space.me))
    await isOut(luz)
    await order(copal, before)
    await copal.keeper.lock()
    copal.world.offline = false
    await copal.reopen()
    await together(copal, luz)
    await isIn(luz, copal)
    await put(luz, 7)
    await together(luz, copal)
    await copal.until(() => copal.space.log.contentOf(PLAN).length > 0)
    expect(await numberIn(copal, PLAN)).toBe(7)
  })

  test('hears it after a while in her pocket, when keys have been changed twice', async () => {
    const { clock, ceiba, copal, luz, before } = await three()
    await outOfReach(copal, clock)
    await ceiba.space.serial(() => ceiba.space.remove(luz.space.me))
    await isOut(luz)
    await luz.keeper.lock()
    await order(copal, before)
    await copal.keeper.lock()
    copal.world.offline = false
    await copal.reopen()
    await copal.space.caughtUp()
    await order(copal, { op: 'rotate-device', box: await copal.space.useNewBox() })
    await together(copal)
    await luz.reopen()
    expect(luz.space.standing).toBe('removed')
    await isIn(luz, copal)
    expect(luz.space.record.outSince).toBeUndefined()
  })

  test('gives nothing but what she had not sent, shows no relay, and stops after thirty days', async () => {
    const { clock, ceiba, luz } = await three()
    await ceiba.space.serial(() => ceiba.space.remove(luz.space.me))
    await isOut(luz)
    await together(ceiba, luz)
    expect(luz.space.listening().length).toBeGreaterThan(0)
    expect(luz.space.listening().some(({ current, keys }) => current || keys)).toBe(false)
    expect(offered(luz)).toEqual([])
    const unsent = luz.space.log.metas().find(({ own }) => own)
    luz.workspace.channels.get(luz.space.id)?.added(unsent === undefined ? [] : [unsent.id])
    expect(new Set(offered(luz))).toEqual(new Set([unsent?.id]))
    await together(luz)
    expect(viewOf(luz.workspace).spaces.map(({ relays, standing }) => ({ relays, standing }))).toEqual([
      { relays: [], standing: 'removed' },
    ])
    const since = luz.space.record.outSince ?? 0
    await luz.reopen()
    expect(luz.space.record.outSince).toBe(since)
    for (let day = 0; day < 29; day++) clock.forward(DAY)
    await luz.space.serial(() => Promise.resolve())
    expect(luz.space.listening().length).toBeGreaterThan(0)
    clock.forward(DAY)
    await luz.space.serial(() => Promise.resolve())
    expect(luz.space.listening()).toEqual([])
    expect(luz.workspace.connections.all()).toEqual([])
    await luz.reopen()
    expect(luz.workspace.connections.all()).toEqual([])
  })

  test('and left by her own word listens only until it is sent', async () => {
    const { luz, ceiba } = await three()
    await luz.space.serial(() => luz.space.remove(luz.space.me))
    await ceiba.until(() => ceiba.space.state.members.get(luz.space.me)?.status === 'removed')
    await luz.until(() => luz.workspace.connections.all().length === 0)
    expect(luz.space.listening()).toEqual([])
    expect(luz.space.record.outSince).toBeUndefined()
  })
})
