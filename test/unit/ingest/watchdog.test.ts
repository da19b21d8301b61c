// The watchdog of a scratch worker: limits, a device that sleeps, one that is slow, workers that die and workers that never live;
// rules IN-14 and IN-15.
import { next as A } from '@automerge/automerge/slim'
import { describe, expect, test } from 'vitest'
import { type Scratch, scratchMessages, type TrialRequest } from '../../../src/ingest/scratch.ts'
import { Watchdog } from '../../../src/ingest/watchdog.ts'
import { ScriptedScratch, settled, StillClock, whileTimePasses } from '../../support/scripted-scratch.ts'

const base = A.save(A.init())
const trial = { document: 'd', base, since: [], entries: [[]], operations: 1_000, stepwise: false, check: false }

function watched(patience = 1) {
  const clock = new StillClock()
  const scratch = new ScriptedScratch()
  return { clock, scratch, dog: new Watchdog(scratch, clock, patience) }
}

describe('the watchdog', () => {
  test('IN-14: ends a worker that does not answer, and starts another for what comes next', async () => {
    const { clock, scratch, dog } = watched()
    scratch.does = (request) => (request !== 'start' && request.id === 0 ? 'hang' : 'answer')
    const [first, second] = [dog.try(trial), dog.try(trial)]
    expect(await whileTimePasses(clock, first)).toMatchObject({ verdict: 'slow' })
    // The first trial of a worker has twice the time.
    expect(clock.now()).toBe(2 * dog.limit(1_000))
    expect(await second).toMatchObject({ verdict: 'sound' })
    expect([scratch.started, scratch.ended]).toEqual([2, 1])
  })

  test('IN-14: starts a worker before there is anything to try, posts once, and ends it when nothing comes', async () => {
    const { clock, scratch, dog } = watched()
    dog.prepare()
    const first = dog.try(trial)
    expect(await first).toMatchObject({ verdict: 'sound' })
    expect([scratch.started, scratch.asked.length]).toEqual([1, 1])
    const other = watched()
    other.dog.prepare()
    other.dog.prepare()
    await settled()
    expect([other.scratch.started, other.clock.waiting]).toEqual([1, 1])
    other.clock.next()
    expect(other.scratch.ended).toBe(1)
    expect(await other.dog.try(trial)).toMatchObject({ verdict: 'sound' })
    expect([other.scratch.started, clock.waiting]).toEqual([2, 1])
  })

  test('IN-14: says which entry was being tried', async () => {
    const { clock, scratch, dog } = watched()
    scratch.at = (_, at) => (at === 2 ? 'hang' : 'answer')
    const stepwise = dog.try({ ...trial, entries: [[], [], [], []], stepwise: true })
    expect(await whileTimePasses(clock, stepwise)).toEqual({ verdict: 'slow', at: 2 })
  })

  test('IN-14: a night of sleep in the middle of a trial is not counted', async () => {
    const { clock, scratch, dog } = watched()
    scratch.does = (request) => (request === 'start' ? 'answer' : 'hang')
    let over = false
    void dog.try(trial).then(() => (over = true))
    await settled()
    clock.sleep(8 * 3_600_000)
    await settled()
    expect([over, scratch.ended]).toEqual([false, 0])
  })

  test('IN-14: the limit grows with the size, and is longer for what is tried again', () => {
    const { dog } = watched()
    expect(dog.limit(1_000_000)).toBeGreaterThan(10 * dog.limit(0))
    expect(watched(8).dog.limit(500)).toBe(8 * dog.limit(500))
  })

  test('IN-15: a device that has shown itself slow is given more time than one that is not', async () => {
    const slow = watched()
    let now = 0
    const answering = new Watchdog(
      {
        killable: true,
        start: (on) => {
          on.ready()
          return {
            post: ({ id }) =>
              void Promise.resolve().then(() => {
                now += 1
                on.answer({ id, verdict: 'sound', at: null, heads: [], applyTook: 200, checkTook: 0 })
              }),
            end: () => undefined,
          }
        },
      },
      slow.clock,
    )
    const before = answering.limit(1_000)
    await answering.try(trial)
    expect(now).toBe(1)
    expect(answering.limit(1_000)).toBeGreaterThan(5 * before)
  })

  test('IN-15: a worker that dies says so, and whoever asked is answered', async () => {
    const { scratch, dog } = watched()
    scratch.does = (request) => (request === 'start' ? 'answer' : 'die')
    expect(await dog.try(trial)).toMatchObject({ verdict: 'died' })
    scratch.does = () => 'answer'
    expect(await dog.try(trial)).toMatchObject({ verdict: 'sound' })
  })

  test.each(['stillborn', 'hang'] as const)(
    'IN-15: workers that never run (%s) are done without, and that is said',
    async (how) => {
      const { clock, scratch, dog } = watched()
      scratch.does = () => how
      expect(dog.watched).toBe(true)
      expect(await whileTimePasses(clock, dog.try(trial))).toMatchObject({ verdict: 'sound' })
      expect([dog.watched, scratch.started]).toEqual([false, 2])
    },
  )

  test('IN-14: a worker that nobody needs is ended', async () => {
    const { clock, scratch, dog } = watched()
    await dog.try(trial)
    clock.next()
    expect([scratch.started, scratch.ended, clock.waiting]).toEqual([1, 1, 0])
  })

  test('IN-14: the end answers who waits, and blames nothing', async () => {
    const { clock, scratch, dog } = watched()
    scratch.does = (request) => (request === 'start' ? 'answer' : 'hang')
    const waiting = dog.try(trial)
    await settled()
    dog.end()
    expect(await waiting).toMatchObject({ verdict: 'ended' })
    expect(await dog.try(trial)).toMatchObject({ verdict: 'ended' })
    expect(clock.waiting).toBe(0)
  })

  test('IN-15: a browser that forbids workers by throwing has none, and what is to be tried is tried here', async () => {
    const forbidding = {
      killable: true,
      start: (): never => {
        throw new Error('refused by the policy of this page')
      },
    }
    const dog = new Watchdog(forbidding, new StillClock())
    const outcomes = await Promise.all([dog.try(trial), dog.try(trial)])
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['sound', 'sound'])
    expect(dog.watched).toBe(false)
  })

  test('IN-15: a worker whose module does not load says so, and nobody waits for it', async () => {
    let started = 0
    const broken: Scratch = {
      killable: true,
      start: (on) => {
        started++
        void Promise.resolve().then(() => scratchMessages(on, { failed: true }))
        return { post: () => undefined, end: () => undefined }
      },
    }
    const clock = new StillClock()
    const dog = new Watchdog(broken, clock)
    expect(await dog.try(trial)).toMatchObject({ verdict: 'sound' })
    expect([started, dog.watched, clock.now()]).toEqual([2, false, 0])
  })

  test('IN-14: a worker whose module ended while it loaded a document is not asked again', async () => {
    let started = 0
    const ending: Scratch = {
      killable: true,
      start: (on) => {
        started++
        void Promise.resolve().then(() => on.ready())
        const answer = { verdict: 'base', at: null, heads: [], applyTook: 0, checkTook: 0, moduleEnded: true } as const
        return {
          post: ({ id }) => void Promise.resolve().then(() => on.answer({ ...answer, id })),
          end: () => undefined,
        }
      },
    }
    const dog = new Watchdog(ending, new StillClock())
    for (const _ of [1, 2]) expect(await dog.try(trial)).toMatchObject({ verdict: 'base' })
    expect(started).toBe(2)
  })

  test('a worker that cannot be told what to try is ended, and the next trial gets another', async () => {
    const scratch = new ScriptedScratch()
    const start = scratch.start.bind(scratch)
    let tells = 0
    scratch.start = (on) => {
      const port = start(on)
      const post = (request: TrialRequest) => {
        if (tells++ === 0) throw new Error('no memory')
        port.post(request)
      }
      return { ...port, post }
    }
    const dog = new Watchdog(scratch, new StillClock())
    const outcomes = await Promise.all([dog.try(trial), dog.try(trial)])
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['died', 'sound'])
  })
})
