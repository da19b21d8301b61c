// How long who decides without a person looks for news each time it was out of step (abreast.ts, JO-31), by a clock of cardboard.
import { describe, expect, test } from 'vitest'
import { Patience } from '../../../src/engine/abreast.ts'

const MINUTE = 60_000

function story() {
  const world = { now: 0, inStep: false, answers: false, again: 0 }
  const timers = new Map<() => void, number>()
  const clock = {
    now: () => world.now,
    after: (delay: number, run: () => void) => {
      timers.set(run, world.now + delay)
      return () => void timers.delete(run)
    },
  }
  const patience = new Patience({
    clock,
    inStep: () => world.inStep,
    reachable: () => world.answers,
    again: () => {
      world.again++
    },
  })
  const pass = (span: number) => {
    world.now += span
    for (const [run, due] of timers)
      if (due <= world.now) {
        timers.delete(run)
        run()
      }
  }
  return { world, patience, pass, timers }
}

describe('patience', () => {
  test('JO-31: in step it is over at once, each time', () => {
    const { world, patience } = story()
    world.inStep = true
    expect(patience.over).toBe(true)
    world.inStep = false
    expect(patience.over).toBe(false)
    world.inStep = true
    expect(patience.over).toBe(true)
  })

  test('JO-31: without any relay it lasts a minute, and says when it is over', () => {
    const { world, patience, pass } = story()
    expect(patience.over).toBe(false)
    pass(MINUTE - 1)
    expect([patience.over, world.again]).toEqual([false, 0])
    pass(1)
    expect([patience.over, world.again]).toEqual([true, 1])
  })

  test('JO-31: a relay that comes to answer is waited for anew, for an hour', () => {
    const { world, patience, pass } = story()
    expect(patience.over).toBe(false)
    pass(5 * MINUTE)
    expect(patience.over).toBe(true)
    world.answers = true
    expect(patience.over).toBe(false)
    pass(60 * MINUTE - 1)
    expect(patience.over).toBe(false)
    pass(1)
    expect(patience.over).toBe(true)
  })

  test('JO-31: a clock that is set back makes it begin anew; its end leaves no timer', () => {
    const { patience, pass, timers } = story()
    expect(patience.over).toBe(false)
    pass(-5 * MINUTE)
    expect(patience.over).toBe(false)
    pass(MINUTE - 1)
    expect(patience.over).toBe(false)
    patience.end()
    expect(timers.size).toBe(0)
  })
})
