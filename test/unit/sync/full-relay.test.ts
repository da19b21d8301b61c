// A relay that is full: what it refuses is kept, tried again ever more rarely and with one entry, and given at once when there is room or
// somebody asks (channels.md, CH-25).
import { describe, expect, test } from 'vitest'
import { type Bytes, toHex } from '../../../src/base/bytes.ts'
import { closed, type Effect, type Held, inStep, type SessionEvent, step } from '../../../src/sync/session.ts'
import type { Message } from '../../../src/wire/messages.ts'

const CHANNEL = new Uint8Array(32).fill(7)
const ids = Array.from({ length: 40 }, (_, n) => new Uint8Array(32).fill(n + 1))

/** A session with a relay that says what the test says. */
function session(all: readonly Bytes[] = ids) {
  const mine = new Set(all.map(toHex))
  const held: Held = { sorted: () => all, has: (id) => mine.has(id), mayGive: (id) => mine.has(id) }
  let state = closed(CHANNEL)
  const does = (event: SessionEvent): readonly Effect[] => {
    const made = step(state, event, held, () => new Uint8Array(16))
    state = made.state
    return made.effects
  }
  const says = (message: Message) => does({ type: 'message', message })
  does({ type: 'start', channel: CHANNEL })
  says({ t: 'opened', ch: CHANNEL, inc: new Uint8Array(16), n: 0 } as Message)
  says({ t: 'ranges', ch: CHANNEL, re: 0, ranges: [] })
  return { does, says, isInStep: () => inStep(state), refused: () => state.refused.size }
}

const refuse = (some: readonly Bytes[], more: object = { code: 'quota' }) =>
  ({ t: 'refuse', ch: CHANNEL, ids: [...some], ...more }) as Message
const ack = (some: readonly Bytes[]): Message => ({ t: 'ack', ch: CHANNEL, ids: [...some] })
const given = (effects: readonly Effect[]) => effects.flatMap((effect) => (effect.type === 'give' ? effect.ids : []))
const waits = (effects: readonly Effect[]) => effects.flatMap((effect) => (effect.type === 'later' ? effect.after : []))

describe('a full relay', () => {
  test('CH-25: is tried with one entry, after ever longer times, at the longest an hour', () => {
    const one = session()
    expect(given(one.does({ type: 'added', ids })).length).toBe(ids.length)
    const times = ids.flatMap((id) => waits(one.says(refuse([id]))))
    expect(new Set(times)).toEqual(new Set([30_000]))
    const later: number[] = []
    for (let tries = 0; tries < 10; tries++) {
      const probe = given(one.does({ type: 'again' }))
      expect(probe.length).toBe(1)
      later.push(...waits(one.says(refuse(probe))))
    }
    expect(later.slice(0, 4)).toEqual([60_000, 120_000, 240_000, 480_000])
    expect(later.at(-1)).toBe(3_600_000)
    expect([one.refused(), one.isInStep()]).toEqual([ids.length, false])
  })

  test('CH-25: gets all the rest when it takes one, whether tried or new, and the waiting begins anew', () => {
    const one = session()
    one.does({ type: 'added', ids: ids.slice(1) })
    one.says(refuse(ids.slice(1)))
    one.says(refuse(given(one.does({ type: 'again' }))))
    expect(given(one.does({ type: 'added', ids: ids.slice(0, 1) }))).toEqual(ids.slice(0, 1))
    expect(given(one.says(ack(ids.slice(0, 1)))).length).toBe(ids.length - 1)
    expect(waits(one.says(refuse(ids.slice(2))))).toEqual([30_000])
    const probe = given(one.does({ type: 'again' }))
    const rest = given(one.says(ack([...probe, ...ids.slice(1, 2)])))
    expect(probe.length + rest.length).toBe(ids.length - 2)
    one.says(ack(rest))
    expect(one.isInStep()).toBe(true)
  })

  test('CH-25: when somebody asks, what it lacks is offered at once', () => {
    const one = session()
    one.does({ type: 'added', ids })
    one.says(refuse(ids))
    expect(one.does({ type: 'ask' }).some(({ type }) => type === 'send')).toBe(true)
    const effects = one.says({ t: 'want', ch: CHANNEL, ids: [...ids] })
    expect(given(effects).length).toBe(ids.length)
    one.says(ack(ids))
    expect(one.refused()).toBe(0)
  })

  test('CH-15: one that is only busy is given all of it after the time it says', () => {
    const one = session()
    one.does({ type: 'added', ids })
    expect(waits(one.says(refuse(ids, { code: 'busy', after: 2_000 })))).toEqual([2_000])
    expect(given(one.does({ type: 'again' })).length).toBe(ids.length)
  })
})
