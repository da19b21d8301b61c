// The ways back: devices that were away while the keys changed, suspended ones let in again, and what old channels hold
// (docs/spec/keys.md KE-11 to KE-14, docs/spec/channels.md, "Which channels a device opens").
import { describe, expect, test } from 'vitest'
import { unwrap } from '../../../src/base/result.ts'
import { DAY } from '../../../src/engine/away.ts'
import { circle, documentId, numberIn, together } from '../../support/circle.ts'
import type { Insider } from '../../support/insider.ts'
import { ShiftedClock } from '../../support/shifted-clock.ts'

const PLAN = documentId(1)
const put = (one: Insider, n: number) => one.space.documents.edit(PLAN, (doc) => void (doc['n'] = n))
const starting = (doc: Record<string, unknown>) => void (doc['n'] = 0)
const order = (one: Insider, fields: Parameters<Insider['space']['order']>[0]) =>
  one.space.serial(async () => unwrap(await one.space.order(fields)))
const ordinal = (one: Insider) => {
  const epoch = one.space.ring.inUse(one.space.graph)
  return epoch === null ? 0 : one.space.ring.ordinal(epoch)
}

/** Changes the keys `times` times, as so many new box keys would. */
async function renew(one: Insider, times: number) {
  for (let n = 0; n < times; n++)
    await one.space.serial(async () => {
      unwrap(await one.space.order({ op: 'rotate-device', box: await one.space.useNewBox() }))
    })
}

describe('back after long', () => {
  test('KE-13: ten changes of keys later she finds her way by the channel she still knows, and goes on', async () => {
    const { people } = await circle(['Ceiba', 'Copal'])
    const [ceiba, copal] = people as [Insider, Insider]
    await ceiba.space.documents.create(PLAN, [starting])
    await together(ceiba, copal)
    await put(copal, 1)
    await together(copal, ceiba)
    await copal.keeper.lock()
    await renew(ceiba, 10)
    await put(ceiba, 2)
    await together(ceiba)
    expect(ordinal(ceiba)).toBe(11)
    await copal.reopen()
    await together(copal)
    expect(ordinal(copal)).toBe(11)
    expect(await numberIn(copal, PLAN)).toBe(2)
    await put(copal, 3)
    await together(copal, ceiba)
    expect(await numberIn(ceiba, PLAN)).toBe(3)
  })

  test('KE-11: what she typed before she knew waits, and is sealed under the keys of now only', async () => {
    const clock = new ShiftedClock()
    const { people } = await circle(['Ceiba', 'Copal', 'Luz'], clock)
    const [ceiba, copal, luz] = people as [Insider, Insider, Insider]
    await ceiba.space.documents.create(PLAN, [starting])
    await together(ceiba, copal, luz)
    const luzKnows = new Set(luz.space.ring.secrets().keys())
    await copal.keeper.lock()
    await ceiba.space.serial(() => ceiba.space.remove(luz.space.me))
    await together(ceiba)
    await copal.reopen()
    // The page does not wait for the relay.
    const typed = put(copal, 7)
    await typed
    await together(copal, ceiba)
    await copal.until(() => copal.space.documents.unsealed().size === 0)
    await together(copal, ceiba)
    expect(await numberIn(ceiba, PLAN)).toBe(7)
    const mine = ceiba.space.log.contentOf(PLAN).filter(({ device }) => device === copal.space.device)
    expect(mine).toHaveLength(1)
    expect(mine.every(({ epoch }) => epoch !== null && !luzKnows.has(epoch))).toBe(true)
  })

  test('KE-9 KE-13: a device suspended for a while and let in again comes back by itself', async () => {
    const { people } = await circle(['Ceiba', 'Copal', 'Luz'])
    const [ceiba, copal, luz] = people as [Insider, Insider, Insider]
    await ceiba.space.documents.create(PLAN, [starting])
    await together(ceiba, copal, luz)
    const target = copal.space.device
    const { seq, prev } = ceiba.space.graph.draft(target)
    await order(ceiba, { op: 'suspend', target, cutoff: prev === null ? null : { seq: seq - 1, id: prev } })
    await together(ceiba, copal)
    await copal.until(() => copal.space.standing === 'suspended')
    await renew(luz, 2)
    await put(ceiba, 1)
    await together(luz, ceiba, copal)
    expect(copal.space.standing).toBe('suspended')
    await order(ceiba, { op: 'resume', target })
    await together(ceiba, copal)
    await copal.until(() => copal.space.standing === 'active' && copal.space.current() !== null)
    await put(copal, 2)
    await together(copal, ceiba)
    expect(await numberIn(ceiba, PLAN)).toBe(2)
  })
})

describe('old channels', () => {
  test('hold what was sealed in their time, and key entries since while somebody who is in was last seen there', async () => {
    const { people } = await circle(['Ceiba', 'Copal', 'Luz'])
    const [ceiba, copal, luz] = people as [Insider, Insider, Insider]
    await ceiba.space.documents.create(PLAN, [starting])
    await together(ceiba, copal, luz)
    const first = ceiba.space.ring.inUse(ceiba.space.graph)
    await copal.keeper.lock()
    await ceiba.space.serial(() => ceiba.space.remove(luz.space.me))
    await put(ceiba, 1)
    await renew(ceiba, 4)
    const offered = () => {
      const { channels } = ceiba.workspace
      const channel = first === null ? null : ceiba.space.ring.channel(first)
      const source = channels
        .get(ceiba.space.id)
        ?.sources(undefined, null)
        .find((item) => item.channel === channel?.id)
      return ceiba.space.log.metas().filter(({ id }) => source?.held.mayGive(id) === true)
    }
    const later = offered().filter(({ epoch }) => epoch !== first)
    expect(later.length).toBeGreaterThanOrEqual(4)
    expect(new Set(later.map(({ kind }) => kind))).toEqual(new Set(['keys']))
    // Copal is back: nobody who is in needs that channel any more, and nothing is offered there.
    await copal.reopen()
    await together(copal)
    await put(copal, 2)
    await together(copal, ceiba)
    await ceiba.until(() => !ceiba.space.listening().some(({ epoch }) => epoch === first))
    expect(offered()).toEqual([])
  })
})

describe('after fourteen days', () => {
  async function away(aliases: readonly string[]) {
    const clock = new ShiftedClock()
    const made = await circle(aliases, clock)
    const [ceiba, copal] = made.people as [Insider, Insider]
    await ceiba.space.documents.create(PLAN, [starting])
    await together(...made.people)
    await copal.keeper.lock()
    clock.forward(15 * DAY)
    return { ...made, ceiba, copal, clock }
  }

  test('KE-14: with the same keys as before nothing waits', async () => {
    const { ceiba, copal } = await away(['Ceiba', 'Copal'])
    await copal.reopen()
    await together(copal)
    expect(copal.space.waiting()).toEqual([])
    await put(copal, 1)
    await together(copal, ceiba)
    expect(await numberIn(ceiba, PLAN)).toBe(1)
  })

  test('KE-14: in a space of two one word of the other is enough', async () => {
    const { ceiba, copal } = await away(['Ceiba', 'Copal'])
    await renew(ceiba, 1)
    await together(ceiba)
    await copal.reopen()
    await together(copal)
    expect(copal.space.waiting()).toMatchObject([{ type: 'away', still: 1 }])
    await put(copal, 5)
    expect(copal.space.documents.unsealed().has(PLAN)).toBe(true)
    await put(ceiba, 4)
    await together(ceiba, copal)
    expect(copal.space.waiting()).toEqual([])
    await copal.until(() => copal.space.documents.unsealed().size === 0)
    await together(copal, ceiba)
    expect(ceiba.space.log.contentOf(PLAN).some(({ device }) => device === copal.space.device)).toBe(true)
  })

  test('KE-14: what is typed waits for two others, survives a restart, and a quiet space says its word by itself', async () => {
    const { ceiba, copal, people, clock } = await away(['Ceiba', 'Copal', 'Luz', 'Sol'])
    const [, , luz, sol] = people as [Insider, Insider, Insider, Insider]
    await together(luz, sol, ceiba)
    await renew(ceiba, 1)
    await together(ceiba, luz, sol)
    await copal.reopen()
    await together(copal)
    expect(copal.space.waiting()).toMatchObject([{ type: 'away', still: 2 }])
    await put(copal, 9)
    await copal.reopen()
    await together(copal)
    expect(copal.space.waiting()).toMatchObject([{ type: 'away', still: 2 }])
    expect(await numberIn(copal, PLAN)).toBe(9)
    const by = (one: Insider) => ceiba.space.log.contentOf(PLAN).some(({ device }) => device === one.space.device)
    expect(by(copal)).toBe(false)
    // Nobody has anything to write; their devices confirm the keys in their turn.
    clock.forward(10 * 60_000)
    await copal.until(() => copal.space.waiting().length === 0)
    await copal.until(() => copal.space.documents.unsealed().size === 0)
    await together(copal, ceiba)
    expect(await numberIn(ceiba, PLAN)).toBe(9)
    expect(by(copal)).toBe(true)
  })

  test('KE-14: the word of a lost phone that nobody took out yet is waited for a day, not for ever', async () => {
    const { ceiba, copal, people, clock } = await away(['Ceiba', 'Copal', 'Luz'])
    await (people[2] as Insider).keeper.lock()
    await renew(ceiba, 1)
    await put(ceiba, 1)
    await together(ceiba)
    await copal.reopen()
    await together(copal)
    await put(copal, 2)
    expect(copal.space.waiting()).toMatchObject([{ type: 'away', still: 1 }])
    // Nothing arrives any more, and the phone is not opened anew: it looks again by itself.
    clock.forward(DAY)
    await copal.until(() => copal.space.waiting().length === 0)
    await copal.until(() => copal.space.documents.unsealed().size === 0)
    await together(copal, ceiba)
    expect(await numberIn(ceiba, PLAN)).toBe(2)
  })

  test('KE-14: meanwhile she takes a lost phone out, under the keys of before, and nothing else', async () => {
    const clock = new ShiftedClock()
    const { people } = await circle(['Ceiba', 'Copal', 'Luz'], clock)
    const [ceiba, copal, luz] = people as [Insider, Insider, Insider]
    await ceiba.space.documents.create(PLAN, [starting])
    await together(...people)
    const before = ceiba.space.current()?.epoch
    const lost = { member: luz.space.me, device: luz.space.device }
    await ceiba.keeper.lock()
    await luz.keeper.lock()
    clock.forward(15 * DAY)
    await renew(copal, 2)
    await put(copal, 1)
    await together(copal)
    await ceiba.reopen()
    await together(ceiba)
    expect(ceiba.space.waiting()).toMatchObject([{ type: 'away', still: 1 }])
    const refused = { ok: false, error: { type: 'NoEpoch' } }
    const role = { op: 'set-role', member: copal.space.me, role: 'coordinator', cutoffs: [] } as const
    expect(await ceiba.space.serial(() => ceiba.space.order(role))).toMatchObject(refused)
    const resume = { op: 'resume', target: lost.device } as const
    expect(await ceiba.space.serial(() => ceiba.space.order(resume))).toMatchObject(refused)

    await ceiba.space.serial(async () => unwrap(await ceiba.space.remove(lost.member)))
    const own = () => ceiba.space.log.metas().filter(({ device }) => device === ceiba.space.device)
    expect(own().at(-1)).toMatchObject({ kind: 'op', epoch: before })
    // She makes no keys herself, nor writes anything else, until the others have confirmed those of now.
    expect(ceiba.space.waiting()).toMatchObject([{ type: 'away' }])
    await together(ceiba, copal)
    expect(copal.space.state.members.get(lost.member)?.status).toBe('removed')
    clock.forward(60_000)
    await copal.until(() => copal.space.current() !== null)
    const made = copal.space.ring.epoch(copal.space.graph, copal.space.current()!.epoch)
    expect(made?.rekey.device).toBe(copal.space.device)
    await put(copal, 3)
    await together(copal, ceiba)
    await ceiba.until(() => ceiba.space.waiting().length === 0)
    await put(ceiba, 4)
    await together(ceiba, copal)
    expect(await numberIn(copal, PLAN)).toBe(4)
  })

  test('KE-14: where nobody else is left after it, she goes on at once', async () => {
    const { ceiba, copal } = await away(['Ceiba', 'Copal'])
    await ceiba.keeper.lock()
    await copal.reopen()
    await together(copal)
    await renew(copal, 1)
    await together(copal)
    const lost = copal.space.me
    await copal.keeper.lock()
    await ceiba.reopen()
    await together(ceiba)
    expect(ceiba.space.waiting()).toMatchObject([{ type: 'away', still: 1 }])
    await ceiba.space.serial(async () => unwrap(await ceiba.space.remove(lost)))
    await ceiba.until(() => ceiba.space.waiting().length === 0 && ceiba.space.current() !== null)
    await put(ceiba, 4)
    expect(ceiba.space.documents.unsealed().size).toBe(0)
  })

  test('KE-14: when everybody was away and one changed the keys, the others free each other', async () => {
    const clock = new ShiftedClock()
    const { people } = await circle(['Ceiba', 'Copal', 'Luz'], clock)
    const [ceiba, copal, luz] = people as [Insider, Insider, Insider]
    await ceiba.space.documents.create(PLAN, [starting])
    await together(...people)
    for (const one of people) await one.keeper.lock()
    clock.forward(15 * DAY)
    await ceiba.reopen()
    await ceiba.space.caughtUp()
    await renew(ceiba, 1)
    await together(ceiba)
    for (const one of [copal, luz]) {
      await one.reopen()
      await together(one)
      expect(one.space.waiting()).toMatchObject([{ type: 'away', still: 2 }])
    }
    clock.forward(60_000 * 30)
    await together(...people)
    await copal.until(() => copal.space.waiting().length === 0)
    await luz.until(() => luz.space.waiting().length === 0)
  })
})
