// The dates by which a device that was away is careful (away.ts), with a ring and a graph of cardboard: what engines would take
// a day, or an attacker, to show (keys.md KE-11, KE-14).
import { describe, expect, test } from 'vitest'
import { EpochId, idBytes } from '../../../src/base/ids.ts'
import { Away, AWAY_MS, type AwayHost, DAY, NONE_IS_ENOUGH_MS, ONE_IS_ENOUGH_MS } from '../../../src/engine/away.ts'
import type { Standing } from '../../../src/keys/index.ts'

const epoch = (byte: number) => EpochId.must(new Uint8Array(32).fill(byte))
const current = (byte: number) => ({ type: 'current', epoch: epoch(byte) }) as unknown as Standing

function story() {
  const world = { now: 1_000 * DAY, standing: current(1), confirmed: 0, own: false, passed: new Set<EpochId>() }
  const record = {} as AwayHost['record']
  const ring = {
    standing: () => world.standing,
    current: () => (world.standing.type === 'current' ? world.standing : null),
    inUse: () => (world.standing.type === 'current' ? world.standing.epoch : null),
    passOver: (epochs: Iterable<EpochId>) => {
      for (const one of epochs) world.passed.add(one)
    },
  }
  const host = {
    record,
    ring,
    graph: {},
    now: () => world.now,
    isOwn: () => world.own,
    alone: () => false,
    confirmations: () => ({ by: ['a', 'b'].slice(0, world.confirmed), needed: 2, enough: world.confirmed >= 2 }),
  } as unknown as AwayHost
  return { world, record, away: new Away(host) }
}

/** Back after fifteen days, with other keys in use. */
function waiting() {
  const told = story()
  told.away.stepped()
  told.world.now += 15 * DAY
  told.world.standing = current(2)
  told.away.review()
  expect(told.away.since).not.toBeNull()
  return told
}

describe('being away', () => {
  test('KE-14: other keys after fourteen days wait for others; the waiting outlives the session', () => {
    const { world, record, away } = story()
    expect(away.stepped()).toBe(true)
    const at = world.now
    world.now += AWAY_MS
    world.standing = current(2)
    expect(away.review()).toBe(true)
    expect(away.since).toBe(at)
    expect(away.still()).toBe(2)
    // In step again, still waiting, with a newer epoch, too.
    away.stepped()
    world.standing = current(3)
    away.review()
    expect(record.away).toBe(at)
    world.confirmed = 2
    expect(away.review()).toBe(true)
    expect(away.since).toBeNull()
    expect(record.step).toEqual({ at: world.now, epoch: idBytes(epoch(3)) })
  })

  test('KE-14: being in step is no way around it, whichever is noticed first', () => {
    const { world, away } = story()
    away.stepped()
    world.now += AWAY_MS
    world.standing = current(2)
    away.stepped()
    expect(away.since).not.toBeNull()
  })

  test.each([
    ['sooner', AWAY_MS - 1, 2, false],
    ['with the same keys', AWAY_MS, 1, false],
    ['with keys of its own making', AWAY_MS, 2, true],
    ['by a clock that was set back', -DAY, 2, false],
  ])('KE-14: nothing waits %s', (_, later, keys, own) => {
    const { world, away } = story()
    away.stepped()
    world.now += later
    world.own = own
    world.standing = current(keys)
    away.review()
    away.stepped()
    expect(away.since).toBeNull()
  })

  test('KE-14: a lost phone, that nobody took out, keeps nobody waiting for its word: after a day in step one is enough', () => {
    const { world, record, away } = waiting()
    world.confirmed = 1
    away.stepped()
    world.now += ONE_IS_ENOUGH_MS - 1
    expect(away.stepped(), 'nothing new to keep').toBe(false)
    expect(away.still()).toBe(1)
    world.now += 1
    expect(away.review(), 'what it knows it must have asked for').toBe(false)
    expect(away.stepped()).toBe(true)
    expect(away.since).toBeNull()
    expect(record).toEqual({ step: { at: world.now, epoch: idBytes(epoch(2)) } })
  })

  test.each<[string, Standing]>([
    ['by the keys it found', current(2)],
    ['though none are in use, which it may then make', { type: 'rekey-needed' }],
    ['though they are shut against it', { type: 'secret-missing', epoch: epoch(2), shut: true }],
  ])('KE-14: where nobody is left to say a word it goes on after a week in step, %s', (_, standing) => {
    const { world, away } = waiting()
    world.standing = standing
    world.now += 30 * DAY
    away.stepped()
    expect(away.since, 'time alone is nothing: it must have looked').not.toBeNull()
    world.now += NONE_IS_ENOUGH_MS - 1
    away.stepped()
    expect(away.since).not.toBeNull()
    world.now += 1
    away.stepped()
    expect(away.since).toBeNull()
    away.stepped()
    expect(away.since, 'and it stays so').toBeNull()
  })

  test('KE-14: a clock that is set back makes the wait begin anew', () => {
    const { world, away } = waiting()
    away.stepped()
    world.now -= 2 * DAY
    away.stepped()
    world.now += NONE_IS_ENOUGH_MS - 1
    away.stepped()
    expect(away.since).not.toBeNull()
  })

  test('KE-14: the keys of operations that it lacks are no reason to go on, however long', () => {
    const { world, away } = waiting()
    away.stepped()
    world.now += 30 * DAY
    world.standing = { type: 'behind', epochs: [epoch(7)], missing: [] }
    away.stepped()
    expect(away.since).not.toBeNull()
  })

  test('KE-11: what nobody had for a day while it was in step no longer holds it up; what is newer still does', () => {
    const { world, record, away } = story()
    const behind = (...bytes: number[]) => ({ type: 'behind', epochs: bytes.map(epoch), missing: [] }) as Standing
    world.standing = behind(7)
    expect(away.stepped()).toBe(true)
    expect(away.stepped(), 'nothing new to keep').toBe(false)
    world.now += DAY - 1
    world.standing = behind(7, 8)
    away.stepped()
    expect(world.passed.size).toBe(0)
    world.now += 1
    away.stepped()
    expect([...world.passed]).toEqual([epoch(7)])
    expect(record.ahead?.map(({ at }) => world.now - at)).toEqual([DAY, 1])
  })
})
