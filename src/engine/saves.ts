// A snapshot's save, tried in the scratch worker before the engine loads it and looks who wrote what. Owns the order: bounds, trial,
// authors; what fails in the trial for want of time or room is this device's matter, and no verdict (IN-20, IN-21).
import { err } from '../base/result.ts'
import { boundSave } from '../ingest/save-bounds.ts'
import { type CheckSave, checkSave } from '../ingest/save.ts'
import type { Watchdog } from '../ingest/watchdog.ts'

/** `trial`: the scratch worker; its copy of a save goes with the next. */
export const checkedBy =
  (trial: Pick<Watchdog, 'try'>): CheckSave =>
  async (save, claim) => {
    const bounded = await boundSave(save)
    if (!bounded.ok) return bounded
    const whole = { document: 'snapshot', base: save, since: [], entries: [], stepwise: false, check: false }
    // About one operation in each byte: what is bounded by size is given time by size.
    const outcome = await trial.try({ ...whole, operations: save.length })
    if (outcome.verdict === 'sound') return checkSave(save, claim)
    // Only a module that goes on working and refuses the save has judged it: a lock, a kill and want of memory are no verdict.
    const isRefused = outcome.verdict === 'base' && outcome.moduleEnded !== true
    return err({ type: isRefused ? 'NotLoadable' : 'NotHere' })
  }
