// `npm run simulate -- --seeds 1000 --from 0 --actions 60 [--shrink] [--trace] [--open] [--ways] [--carriers]`: many seeds; a failing one prints its
// seed and what failed, with --trace all that happened, with --shrink the smallest plan that still fails; --ways adds second devices, kits, spaces that go on and wake files, --carriers adds
// all carriers (docs/simulation.md), --open runs the bugs that
// regressions.ts keeps as open instead. Ends with 1 when any failed.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'
import { initializeWasm } from '@automerge/automerge/slim'
import { REGRESSIONS } from './regressions.ts'
import { broken, carrying, lines, type Plan, planOf, shrink, simulate, wayward } from './run.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '0' },
    actions: { type: 'string', default: '60' },
    shrink: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    open: { type: 'boolean', default: false },
    ways: { type: 'boolean', default: false },
    carriers: { type: 'boolean', default: false },
  },
})

const wasm = createRequire(import.meta.url).resolve('@automerge/automerge/automerge.wasm')
await initializeWasm(new Uint8Array(await readFile(wasm)))
const say = (line: string) => void process.stdout.write(`${line}\n`)
const began = performance.now()
const rules = new Map<string, string[]>()

async function run(name: string, plan: Plan): Promise<void> {
  const outcome = await simulate(plan)
  const [first, ...rest] = broken(outcome)
  for (const rule of [first, ...rest]) if (rule !== undefined) rules.set(rule, [...(rules.get(rule) ?? []), name])
  if (first === undefined) return
  say(`${name} fails (${String(outcome.events)} events, ${outcome.hash})`)
  for (const { rule, detail } of outcome.failures.slice(0, 6)) say(`  ${rule}: ${detail.slice(0, 1_500)}`)
  if (values.trace) for (const line of outcome.trace) say(`  ${line}`)
  if (!values.shrink) return
  const small = await shrink(plan, first)
  say(
    `  smallest: plan('${small.seed}', ${String(small.relays)}, ${String(small.people)},${small.ending === undefined ? '' : ` // ${small.ending}`}`,
  )
  for (const line of lines(small)) say(`    '${line}',`)
  for (const line of (await simulate(small)).trace) say(`    ${line}`)
}

if (values.open) for (const { name, plan, open } of REGRESSIONS) await (open === undefined ? null : run(name, plan))
else
  for (let n = 0; n < Number(values.seeds); n++) {
    const seed = String(Number(values.from) + n)
    await run(seed, (values.carriers ? carrying : values.ways ? wayward : planOf)(seed, Number(values.actions)))
  }
for (const [rule, seeds] of rules) say(`${rule}: ${String(seeds.length)} (${seeds.slice(0, 12).join(' ')})`)
say(
  `${values.open ? 'open regressions' : `${values.seeds} seeds`} in ${((performance.now() - began) / 1000).toFixed(1)} s`,
)
process.exit(rules.size > 0 ? 1 : 0)
