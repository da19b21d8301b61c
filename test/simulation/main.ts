// `npm run simulate -- --seeds 1000 --from 0 --actions 60 [--shrink] [--trace]`: many seeds, one after the other; a failing one prints its
// seed, what failed and the trace, and with --shrink the smallest plan that still fails. Ends with 1 when any failed.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'
import { initializeWasm } from '@automerge/automerge/slim'
import { broken, planOf, shrink, simulate } from './run.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '0' },
    actions: { type: 'string', default: '60' },
    shrink: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
})

const wasm = createRequire(import.meta.url).resolve('@automerge/automerge/automerge.wasm')
await initializeWasm(new Uint8Array(await readFile(wasm)))
const say = (line: string) => void process.stdout.write(`${line}\n`)
const from = Number(values.from)
const began = performance.now()
const rules = new Map<string, string[]>()
for (let n = from; n < from + Number(values.seeds); n++) {
  const seed = String(n)
  const plan = planOf(seed, Number(values.actions))
  const outcome = await simulate(plan)
  for (const rule of broken(outcome)) rules.set(rule, [...(rules.get(rule) ?? []), seed])
  if (outcome.failures.length === 0) continue
  say(`seed ${seed} fails (${String(outcome.events)} events, ${outcome.hash})`)
  for (const { rule, detail } of outcome.failures.slice(0, 6)) say(`  ${rule}: ${detail.slice(0, 1_500)}`)
  if (values.trace) for (const line of outcome.trace) say(`  ${line}`)
  const [rule] = broken(outcome)
  if (!values.shrink || rule === undefined) continue
  const small = await shrink(plan, rule)
  const again = await simulate(small)
  say(`  smallest: ${JSON.stringify(small)}`)
  for (const line of again.trace) say(`    ${line}`)
}
for (const [rule, seeds] of rules) say(`${rule}: ${String(seeds.length)} (${seeds.slice(0, 12).join(' ')})`)
say(`${values.seeds} seeds in ${((performance.now() - began) / 1000).toFixed(1)} s`)
process.exit(rules.size > 0 ? 1 : 0)
