// EN-20 by a clock of its own: when what was typed becomes an entry. Fixes the times that people see and that bytes depend on.
import { describe, expect, test } from 'vitest'
import { DocumentId } from '../../../src/base/ids.ts'
import { type Company, Ticks } from '../../../src/engine/ticks.ts'
import { FakeClock } from '../../support/fake-field.ts'

const PLAN = DocumentId.must(new Uint8Array(16).fill(1))
const MINUTES = DocumentId.must(new Uint8Array(16).fill(2))

class Desk {
  readonly clock = new FakeClock()
  company: Company = 'alone'
  underWay = false
  /** When entries were made, in ms. */
  readonly entries: number[] = []
  readonly ticks = new Ticks({
    clock: this.clock,
    company: () => this.company,
    underWay: () => this.underWay,
    due: (document) => {
      this.ticks.sealing(document)
      this.entries.push(this.clock.now())
    },
  })

  constructor(company: Company) {
    this.company = company
    // Nothing was asked for or written for long.
    this.clock.advance(60_000)
  }

  /** Time goes by, in the small steps in which timers come. */
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= 100) this.clock.advance(Math.min(100, left))
  }

  /** Changes arrive from the page for `ms`, one each `every`. */
  type(ms: number, every = 1_000): void {
    for (let left = ms; left > 0; left -= every) {
      this.ticks.changed(PLAN)
      this.pass(every)
    }
  }

  /** Entries made since `from`, in ms after it. */
  since(from: number): number[] {
    return this.entries.filter((at) => at >= from).map((at) => at - from)
  }
}

describe('EN-20: when what is typed goes into an entry', () => {
  test('where nobody types, at once', () => {
    const desk = new Desk('still')
    desk.ticks.changed(PLAN)
    expect(desk.entries).toEqual([60_000])
    expect(desk.ticks.waiting()).toEqual([])
    expect(desk.clock.scheduled).toBe(0)
  })

  test('alone, five seconds after the first change: one entry of several changes', () => {
    const desk = new Desk('alone')
    desk.type(15_000)
    expect(desk.since(60_000)).toEqual([5_000, 10_000, 15_000])
  })

  test('in company, the first change after a pause at once', () => {
    for (const company of ['together', 'elsewhere'] as const) {
      const desk = new Desk(company)
      desk.type(1_000)
      expect(desk.since(60_000)).toEqual([0])
    }
  })

  test('others elsewhere in the document: what follows the first, in ticks of four seconds', () => {
    const desk = new Desk('elsewhere')
    desk.type(10_000)
    expect(desk.since(60_000)).toEqual([0, 5_000, 9_000])
  })

  test('somebody looks on in the same field: every two seconds', () => {
    const desk = new Desk('together')
    desk.type(6_000)
    expect(desk.since(60_000)).toEqual([0, 2_000, 4_000, 6_000])
  })

  test('others write there as well: every half second, until ten seconds after their last word', () => {
    const desk = new Desk('together')
    desk.ticks.heard(PLAN)
    desk.type(2_000, 500)
    expect(desk.since(60_000)).toEqual([0, 500, 1_000, 1_500])
    desk.pass(8_500)
    desk.ticks.changed(PLAN)
    desk.ticks.changed(PLAN)
    desk.pass(1_900)
    expect(desk.since(70_500)).toEqual([0])
    desk.pass(100)
    expect(desk.since(70_500)).toEqual([0, 2_000])
  })

  test('while the line has not acknowledged the last entry, no more is put on it for five seconds', () => {
    const desk = new Desk('together')
    desk.ticks.heard(PLAN)
    desk.type(500)
    desk.underWay = true
    desk.type(5_500, 500)
    expect(desk.since(60_000)).toEqual([0, 5_000])
  })

  test('who comes while something waits sees it within half a second', () => {
    const desk = new Desk('alone')
    desk.ticks.changed(PLAN)
    desk.pass(700)
    desk.company = 'together'
    desk.pass(500)
    expect(desk.since(60_000)).toEqual([1_000])
  })

  test('what comes within a second of a request for everything goes at once; then ticks count again', () => {
    const desk = new Desk('alone')
    desk.ticks.forced()
    desk.pass(900)
    desk.ticks.changed(PLAN)
    expect(desk.since(60_000)).toEqual([900])
    desk.pass(100)
    desk.ticks.changed(PLAN)
    desk.pass(4_900)
    expect(desk.since(61_000)).toEqual([])
    desk.pass(100)
    expect(desk.since(61_000)).toEqual([5_000])
  })

  test('each document has its own tick; after the end nothing waits', () => {
    const desk = new Desk('alone')
    desk.ticks.changed(PLAN)
    desk.pass(2_000)
    desk.ticks.changed(MINUTES)
    expect(desk.ticks.waiting()).toEqual([PLAN, MINUTES])
    desk.pass(3_000)
    expect(desk.ticks.waiting()).toEqual([MINUTES])
    desk.ticks.close()
    expect(desk.clock.scheduled).toBe(0)
    desk.ticks.changed(MINUTES)
    expect(desk.ticks.waiting()).toEqual([])
  })
})
