// npm run fuzz -- --cases 1000000 --seed 7 --only changes (or --from changes, to go on): many more bent inputs, guided by what they reach, as V8 counts it (no fuzzer
// of its own is among the packages). Ends with 1 when something was found, with the inputs to put into a test.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Session } from 'node:inspector/promises'
import { initializeWasm } from '@automerge/automerge/slim'

await initializeWasm(readFileSync(createRequire(import.meta.url).resolve('@automerge/automerge/automerge.wasm')))
const { fuzz } = await import('./fuzz.ts')
const { targets } = await import('./targets.ts')

const option = (name: string, otherwise: string): string => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : (process.argv[at + 1] ?? otherwise)
}

/** Blocks of this bundle that ran. */
/** Hex digits of an input that is shown: enough for one of a whole entry. */
const LONGEST_SHOWN = 8_192

const reached = new Set<string>()

/** Whether any ran since it was last asked that never had before. */
async function reach(): Promise<() => Promise<boolean>> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  return async () => {
    const { result } = await session.post('Profiler.takePreciseCoverage')
    const before = reached.size
    for (const { url, functions } of result)
      if (url === import.meta.url)
        for (const { ranges } of functions)
          for (const { startOffset, endOffset, count } of ranges)
            if (count > 0) reached.add(`${String(startOffset)}-${String(endOffset)}`)
    return reached.size > before
  }
}

/** Milliseconds of this process's own work: what others do on the machine does not count. */
const busy = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

const cases = Number(option('cases', '20000'))
const seed = Number(option('seed', String(Date.now() % 1_000_000_007)))
const only = option('only', '')
const novel = await reach()
let found = 0
const from = Math.max(
  0,
  targets.findIndex(({ name }) => name === option('from', '')),
)
for (const target of targets.slice(from).filter(({ name }) => name.includes(only))) {
  const share = target.costly === true ? Math.ceil(cases / 10) : cases
  const { findings, taken, corpus } = await fuzz(target, { cases: share, seed, novel, now: busy })
  const line = `${target.name}: ${String(share)} inputs, ${String(taken)} taken, ${String(corpus)} kept, ${String(findings.length)} findings; ${String(reached.size)} blocks reached by all so far`
  process.stdout.write(`${line}\n`)
  for (const { why, input } of findings) process.stdout.write(`  ${why}\n  ${input.slice(0, LONGEST_SHOWN)}\n`)
  found += findings.length
}
process.stdout.write(`seed ${String(seed)}\n`)
process.exitCode = found === 0 ? 0 : 1
