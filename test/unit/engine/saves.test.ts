// A snapshot's save that could not be tried here, because this device was locked meanwhile, ran out of memory or killed the worker,
// is judged later: what is rejected stays rejected. Rules IN-20 and IN-21.
import { next as A } from '@automerge/automerge/slim'
import { expect, test } from 'vitest'
import { checkedBy } from '../../../src/engine/saves.ts'
import { err } from '../../../src/base/result.ts'
import { systemClock } from '../../../src/engine/node.ts'
import { scratchHere } from '../../../src/ingest/scratch.ts'
import { type TrialOutcome, Watchdog } from '../../../src/ingest/watchdog.ts'

const save = A.save(A.from({ n: 1 }))
const claim = { heads: [], signed: [], former: [], covered: [], perhaps: [] }
const answer = { id: 0, at: null, heads: [], applyTook: 0, checkTook: 0 }
const after = async (outcome: TrialOutcome) => {
  const checked = await checkedBy({ try: () => Promise.resolve(outcome) })(save, claim)
  return checked.ok ? null : checked.error.type
}

test('IN-20: a trial that ended with a lock, a kill or the memory of the worker is no verdict on a save', async () => {
  expect(await after({ verdict: 'ended', at: null })).toBe('NotHere')
  expect(await after({ verdict: 'slow', at: null })).toBe('NotHere')
  expect(await after({ verdict: 'died', at: null })).toBe('NotHere')
  expect(await after({ ...answer, verdict: 'base', moduleEnded: true })).toBe('NotHere')
})

test('IN-21: a save that a working module refuses is rejected, as the worker has judged it', async () => {
  expect(await after({ ...answer, verdict: 'sound', judged: err({ type: 'NotLoadable' }) })).toBe('NotLoadable')
  const here = new Watchdog(
    scratchHere(() => 0),
    systemClock,
  )
  const checked = await checkedBy(here)(save, claim)
  expect(checked.ok ? null : checked.error.type).toBe('WrongHeads')
  const broken = await checkedBy(here)(save.slice(1), claim)
  expect(broken.ok ? null : broken.error.type).toBe('BadSave')
})
