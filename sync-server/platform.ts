// The relay's clock and randomness over Node. Used by the entry points (main, relay) and nothing else; everything below
// takes both as parameters.
import { randomBytes } from 'node:crypto'
import type { Clock, Random } from '../src/base/environment.ts'

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delay, run) {
    const timer = setTimeout(run, delay)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

export const systemRandom: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) }
