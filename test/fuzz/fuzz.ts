// One decoder, many inputs: no throw, no hang, no memory beyond a bound, and what is read is written again as it was. Keeps inputs that
// reached something new where it is told what that is.
import { Chance } from './chance.ts'
import { mutated } from './mutate.ts'
import { type Bytes, equal, toHex } from '../../src/base/bytes.ts'
import type { Target } from './target.ts'

export interface Finding {
  readonly target: string
  readonly why: string
  readonly input: string
}

export interface Run {
  readonly cases: number
  readonly seed: number
  /** Whether the inputs since it was last asked reached what none before did. */
  readonly novel?: () => Promise<boolean>
  /** Milliseconds from anywhere; a single case may take `SLOW` of them. Not given: not measured. */
  readonly now?: () => number
}

export interface Outcome {
  readonly findings: readonly Finding[]
  /** How many of the inputs were taken. */
  readonly taken: number
  readonly corpus: number
}

const MOST_BYTES = 256 * 1024 * 1024
const SLOW = 2_000
const MOST_FINDINGS = 5
/** Inputs between two looks at what was reached. */
const LOOK = 20

const used = () => {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}

export async function fuzz(target: Target, run: Run): Promise<Outcome> {
  const chance = new Chance(run.seed)
  const corpus = [...target.corpus]
  const findings: Finding[] = []
  let taken = 0
  let some: Bytes[] = []
  const report = (why: string, input: Bytes) => findings.push({ target: target.name, why, input: toHex(input) })
  for (const input of corpus) if (await tried(target, input, run, report)) taken++
  if (taken === 0) findings.push({ target: target.name, why: 'none of its valid inputs is read', input: '' })
  for (let n = 0; n < run.cases && findings.length < MOST_FINDINGS; n++) {
    const input = mutated(target.shape, chance.one(corpus), target.corpus, chance)
    if (await tried(target, input, run, report)) taken++
    some.push(input)
    if (run.novel === undefined || some.length < LOOK) continue
    if (await run.novel()) corpus.push(chance.one(some))
    some = []
  }
  return { findings, taken, corpus: corpus.length }
}

/** Whether it was taken. */
async function tried(
  target: Target,
  input: Bytes,
  { now }: Run,
  report: (why: string, input: Bytes) => void,
): Promise<boolean> {
  const before = used()
  const began = now?.() ?? 0
  const kept = input.slice()
  try {
    const reading = await target.read(input)
    for (const [written, from] of reading ?? [])
      if (!equal(written, from)) report('what was read is not written again as it was', input)
    if (!equal(kept, input)) report('its input was changed', kept)
    return reading !== null
  } catch (cause) {
    report(`threw ${String(cause).slice(0, 200)}`, input)
    return false
  } finally {
    if (used() - before > MOST_BYTES) report('took too much memory', input)
    if (now !== undefined && now() - began > SLOW) report('took too long', input)
  }
}
