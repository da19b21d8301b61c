// A snapshot's save, judged in the scratch worker from its bounds to its authors before the engine loads it, once, to keep it. Owns what
// the trial's end means: what fails for want of time or room is this device's matter, and no verdict (IN-20, IN-21).
import { err } from '../base/result.ts'
import type { CheckSave } from '../ingest/save.ts'
import type { Watchdog } from '../ingest/watchdog.ts'

/** `trial`: the scratch worker, or this thread where there is none. */
export const checkedBy =
  (trial: Pick<Watchdog, 'try'>): CheckSave =>
  async (save, claim) => {
    const whole = { document: 'snapshot', base: save, since: [], entries: [], stepwise: false, check: false, claim }
    // About one operation in each byte: what is bounded by size is given time by size.
    const outcome = await trial.try({ ...whole, operations: save.length })
    const judged = outcome.verdict === 'sound' && 'judged' in outcome ? outcome.judged : undefined
    // Only a module that goes on working has judged it: a lock, a kill and want of memory are no verdict.
    return judged ?? err({ type: 'NotHere' })
  }
