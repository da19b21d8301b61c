// "With 4 of 11 people": who has signed for what is here, when a device says so by itself, and when it keeps silent (entries.md,
// "Witnesses").
import { describe, expect, test } from 'vitest'
import { circle, documentId, numberIn, together } from '../../support/circle.ts'
import type { Insider } from '../../support/insider.ts'
import { ShiftedClock } from '../../support/shifted-clock.ts'
import { Witnessing, type Witnesses } from '../../../src/engine/witnessing.ts'
import { DeviceId, DocumentId } from '../../../src/base/ids.ts'

const PLAN = documentId(1)
const HOUR = 3_600_000
const put = (one: Insider, n: number) => one.space.documents.edit(PLAN, (doc) => void (doc['n'] = n))
const witnesses = (one: Insider) =>
  one.space.log.metas().filter(({ kind, device }) => kind === 'witness' && device === one.space.device).length

async function written() {
  const clock = new ShiftedClock()
  const made = await circle(['Ceiba', 'Copal', 'Mirto'], clock)
  const [ceiba, copal, mirto] = made.people as [Insider, Insider, Insider]
  await ceiba.space.documents.create(PLAN, [(doc) => void (doc['n'] = 1)])
  await together(ceiba, copal, mirto)
  return { clock, ceiba, copal, mirto }
}

/** What is due by then is done, and everybody has heard of it. */
async function later(clock: ShiftedClock, by: number, ...people: Insider[]): Promise<void> {
  clock.forward(by)
  await Promise.all(people.map((one) => one.space.serial(() => Promise.resolve())))
  await together(...people)
}

describe('who holds what', () => {
  test('nobody is counted before she said so; each is when she has, of one document and of all', async () => {
    const { clock, ceiba, copal, mirto } = await written()
    expect(ceiba.space.holding.of(PLAN)).toEqual({ have: 0, of: 2 })
    await later(clock, 2 * 60_000, ceiba, copal, mirto)
    expect(ceiba.space.holding.of(PLAN)).toEqual({ have: 2, of: 2 })
    expect(copal.space.holding.of(PLAN), 'who wrote it has it').toEqual({ have: 2, of: 2 })
    await later(clock, HOUR, ceiba, copal, mirto)
    expect(ceiba.space.holding.ofAll([ceiba.space.index, PLAN])).toEqual({ have: 2, of: 2 })
  })

  test('a newer word of somebody else counts her as soon as it builds on what is here', async () => {
    const { clock, ceiba, copal, mirto } = await written()
    await later(clock, 2 * 60_000, ceiba, copal, mirto)
    await put(ceiba, 2)
    expect(ceiba.space.holding.of(PLAN).have).toBe(0)
    await together(ceiba, copal)
    await copal.space.documents.open(PLAN)
    await put(copal, 3)
    await together(ceiba, copal)
    expect(await numberIn(ceiba, PLAN)).toBe(3)
    expect(ceiba.space.holding.of(PLAN)).toEqual({ have: 1, of: 2 })
    expect(mirto.space.holding.of(PLAN).of).toBe(2)
  })

  test('it is so after a restart, also while the document is not open', async () => {
    const { clock, ceiba, copal, mirto } = await written()
    await later(clock, 2 * 60_000, ceiba, copal, mirto)
    expect(ceiba.space.holding.of(PLAN)).toEqual({ have: 2, of: 2 })
    await ceiba.reopen()
    expect(ceiba.space.documents.isOpen(PLAN)).toBe(false)
    expect(ceiba.space.holding.of(PLAN)).toEqual({ have: 2, of: 2 })
  })

  test('who was taken out is counted no more', async () => {
    const { clock, ceiba, copal, mirto } = await written()
    await later(clock, 2 * 60_000, ceiba, copal, mirto)
    await ceiba.space.serial(() => ceiba.space.remove(mirto.space.me))
    expect(ceiba.space.holding.of(PLAN)).toEqual({ have: 1, of: 1 })
  })

  test('witnesses are answered by silence: an idle space says nothing, and at most one word an hour is said', async () => {
    const { clock, ceiba, copal, mirto } = await written()
    await later(clock, 2 * 60_000, ceiba, copal, mirto)
    const said = witnesses(copal)
    for (let hour = 0; hour < 5; hour++) await later(clock, HOUR, ceiba, copal, mirto)
    const entries = copal.space.log.ids().length
    for (let hour = 0; hour < 5; hour++) await later(clock, HOUR, ceiba, copal, mirto)
    expect(copal.space.log.ids().length, 'nothing is said any more').toBe(entries)
    expect(witnesses(copal) - said).toBeLessThanOrEqual(1)
  })
})

describe('when a device says what it holds', () => {
  const ME = DeviceId.must(new Uint8Array(32).fill(1))
  const SHE = DeviceId.must(new Uint8Array(32).fill(2))
  const DOCUMENT = DocumentId.must(new Uint8Array(16).fill(3))

  function cardboard(more: Partial<Witnesses> = {}) {
    const due: { delay: number; run: () => void }[] = []
    const said: number[] = []
    const world = { now: 1_000 * HOUR }
    const space: Witnesses = {
      device: ME,
      record: { loaded: true },
      standing: 'active',
      writer: true,
      devices: 4,
      sayHeld: (documents) => {
        said.push(documents.length)
        return Promise.resolve(true)
      },
      background: (task) => void task(),
      ...more,
    }
    const clock = {
      now: () => world.now,
      after: (delay: number, run: () => void) => {
        due.push({ delay, run })
        return () => undefined
      },
    }
    const witnessing = new Witnessing(space, clock, { bytes: (length) => new Uint8Array(length) })
    return { witnessing, due, said, world }
  }
  const change = (device: DeviceId) => ({ kind: 'changes', device, document: DOCUMENT, time: 0 }) as const

  test('half a minute after others wrote; never for what she wrote herself, nor for a witness', () => {
    const { witnessing, due } = cardboard()
    witnessing.seen(change(ME))
    witnessing.seen({ kind: 'witness', device: SHE, document: null, time: 0 })
    witnessing.review()
    expect(due).toHaveLength(0)
    witnessing.seen(change(SHE))
    witnessing.review()
    witnessing.review()
    expect(due.map(({ delay }) => delay)).toEqual([30_000])
  })

  test('an hour after its last word at the soonest; a reader a day; the more devices, the more seldom', () => {
    const delays = ([{}, { writer: false }, { devices: 3_000 }] as const).map((more) => {
      const { witnessing, due, world } = cardboard(more)
      witnessing.seen({ kind: 'witness', device: ME, document: null, time: world.now })
      witnessing.seen(change(SHE))
      witnessing.review()
      return due[0]?.delay
    })
    expect(delays).toEqual([HOUR, 24 * HOUR, 60 * HOUR])
  })

  test('a clock put back does not silence it for longer than once', () => {
    const { witnessing, due, world } = cardboard()
    witnessing.seen({ kind: 'witness', device: ME, document: null, time: world.now })
    world.now -= 500 * HOUR
    witnessing.seen(change(SHE))
    witnessing.review()
    expect(due[0]?.delay).toBe(HOUR + 30_000)
  })
})
