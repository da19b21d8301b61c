// An honest device with an old copy of its storage put back, a crash in the middle of making a document, and who stands for the
// work of others: nothing lost, nothing signed twice where a relay can be asked (docs/decisions/2026-11-20-own-tail-first.md).
import { describe, expect, test } from 'vitest'
import { unwrap } from '../../../src/base/result.ts'
import { create } from '../../../src/documents/create.ts'
import { circle, documentId, numberIn, person, relayHere, together } from '../../support/circle.ts'
import type { Insider } from '../../support/insider.ts'
import { ShiftedClock } from '../../support/shifted-clock.ts'

const PLAN = documentId(1)
const put = (one: Insider, n: number) => one.space.documents.edit(PLAN, (doc) => void (doc['n'] = n))
const starting = (doc: Record<string, unknown>) => void (doc['n'] = 0)

async function withBackup(clock = new ShiftedClock()) {
  const made = await circle(['Ceiba', 'Copal'], clock)
  const [ceiba, copal] = made.people as [Insider, Insider]
  await ceiba.space.documents.create(PLAN, [starting])
  await put(ceiba, 1)
  await together(ceiba, copal)
  await ceiba.keeper.lock()
  const restore = ceiba.world.backup()
  await ceiba.reopen()
  // What the copy does not know: content, and an operation.
  await put(ceiba, 2)
  await put(ceiba, 3)
  await ceiba.space.caughtUp()
  unwrap(await ceiba.space.serial(() => ceiba.space.order({ op: 'set-relays', relays: [made.url] })))
  await together(ceiba, copal)
  expect(await numberIn(copal, PLAN)).toBe(3)
  await ceiba.keeper.lock()
  restore()
  return { ...made, ceiba, copal, clock }
}

describe('a copy of the storage put back', () => {
  test('with a relay: it fetches its own tail before it writes, and no position is signed twice', async () => {
    const { ceiba, copal, url } = await withBackup()
    await ceiba.reopen()
    const other = await relayHere()
    // At once, as a person does who types right away.
    const typed = put(ceiba, 4)
    await ceiba.space.caughtUp()
    unwrap(await ceiba.space.serial(() => ceiba.space.order({ op: 'set-relays', relays: [url, other.url] })))
    await typed
    await together(ceiba, copal)
    for (const one of [ceiba, copal]) {
      expect(one.space.log.equivocators().size).toBe(0)
      expect(one.space.state.flagged.size).toBe(0)
      expect(one.space.state.relays).toHaveLength(2)
    }
    await ceiba.space.documents.open(PLAN)
    expect(ceiba.space.documents.heads(PLAN)).toEqual(copal.space.documents.heads(PLAN))
    expect(ceiba.space.log.inState('rejected')).toHaveLength(0)
  })

  test('without a relay: work goes on after a short wait; later the device is flagged, and nobody lost a word', async () => {
    const { ceiba, copal, clock, url } = await withBackup()
    const other = await relayHere()
    ceiba.world.offline = true
    await ceiba.reopen()
    await put(ceiba, 10)
    expect(ceiba.space.documents.unsealed().size, 'it waits for its tail').toBe(1)
    clock.forward(5_000)
    await ceiba.until(() => ceiba.space.documents.unsealed().size === 0)
    unwrap(await ceiba.space.serial(() => ceiba.space.order({ op: 'set-relays', relays: [url, other.url] })))
    await ceiba.keeper.lock()
    ceiba.world.offline = false
    await ceiba.reopen()
    await together(ceiba, copal)
    await together(ceiba, copal)
    await ceiba.space.documents.open(PLAN)
    for (const one of [ceiba, copal]) {
      expect(one.space.log.equivocators().has(ceiba.space.device)).toBe(true)
      expect(one.space.state.flagged.has(ceiba.space.device)).toBe(true)
      expect(one.space.log.inState('rejected')).toHaveLength(0)
    }
    expect(ceiba.space.documents.heads(PLAN)).toEqual(copal.space.documents.heads(PLAN))
    expect(ceiba.space.graph.heads()).toEqual(copal.space.graph.heads())
  })
})

describe('a crash', () => {
  test('between making a document and listing it: it is listed at the next start', async () => {
    const ceiba = await person('Ceiba')
    await ceiba.workspace.found('Red', [])
    await ceiba.space.documents.create(PLAN, [create('protection-plan', { title: 'Jacaranda' })])
    expect(ceiba.space.indexed().documents.has(PLAN)).toBe(false)
    await ceiba.reopen()
    await ceiba.until(() => ceiba.space.indexed().documents.has(PLAN))
    expect(ceiba.space.indexed().documents.get(PLAN)).toMatchObject({ title: 'Jacaranda', createdBy: ceiba.space.me })
  })

  test('after typing and before sealing: it is sealed at the next start, whether or not the document is opened', async () => {
    const ceiba = await person('Ceiba')
    await ceiba.workspace.found('Red', [])
    await ceiba.space.documents.create(PLAN, [starting])
    const { ring } = ceiba.space
    const current = ring.current.bind(ring)
    ring.current = () => null
    await put(ceiba, 1)
    await ceiba.keeper.lock()
    ring.current = current
    await ceiba.reopen()
    const last = () => Math.max(...ceiba.space.log.contentOf(PLAN).map((meta) => meta.last ?? 0))
    await ceiba.until(() => last() === 2)
  })
})

describe('witnesses', () => {
  test('the word of who is removed later counts no more, and others stand for what it kept', async () => {
    const clock = new ShiftedClock()
    const { people } = await circle(['Ceiba', 'Copal', 'Luz'], clock)
    const [ceiba, copal, luz] = people as [Insider, Insider, Insider]
    await ceiba.space.documents.create(PLAN, [starting])
    await together(ceiba, copal)
    await put(copal, 5)
    await together(copal, ceiba, luz)
    expect(await numberIn(luz, PLAN)).toBe(5)
    await ceiba.space.serial(() => ceiba.space.remove(copal.space.me))
    const promoted = { op: 'set-role', member: luz.space.me, role: 'coordinator', cutoffs: [] } as const
    unwrap(await ceiba.space.serial(() => ceiba.space.order(promoted)))
    await together(ceiba, luz)
    const heads = [...luz.space.content.vouched(PLAN, luz.space.state)]
    expect(heads, 'Ceiba stood for it').not.toHaveLength(0)
    // She leaves: nobody who stays has signed for Copal's work yet.
    unwrap(await ceiba.space.serial(() => ceiba.space.remove(ceiba.space.me)))
    await together(ceiba, luz)
    await luz.until(() => luz.space.coordinator && luz.space.state.members.get(ceiba.space.me)?.status === 'removed')
    // Luz may have stood for it meanwhile: without her own word nothing is left of Ceiba's.
    const { state } = luz.space
    const others = new Map([...state.devices].filter(([id]) => id !== luz.space.device))
    expect([...luz.space.content.vouched(PLAN, { ...state, devices: others })]).toEqual([])
    clock.forward(60_000)
    await luz.until(() => luz.space.content.vouched(PLAN, luz.space.state).size > 0)
    await luz.reopen()
    expect([...luz.space.content.vouched(PLAN, luz.space.state)]).toEqual(heads)
    const sol = await person('Sol', clock)
    await luz.admit(sol)
    await together(luz, sol)
    expect(await numberIn(sol, PLAN)).toBe(5)
  })
})
