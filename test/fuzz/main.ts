// npm run fuzz -- --cases 1000000 --seed 7 --only changes: many more bent inputs, guided by what they reach, as V8 counts it (no fuzzer
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

/** Blocks of this bundle that ran since it was last asked and never before. */
async function reach(): Promise<() => Promise<boolean>> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  const reached = new Set<string>()
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

const cases = Number(option('cases', '20000'))
const seed = Number(option('seed', String(Date.now() % 1_000_000_007)))
const only = option('only', '')
const novel = await reach()
let found = 0
for (const target of targets.filter(({ name }) => name.includes(only))) {
  const share = target.costly === true ? Math.ceil(cases / 10) : cases
  const { findings, taken, corpus } = await fuzz(target, { cases: share, seed, novel, now: () => performance.now() })
  const line = `${target.name}: ${String(share)} inputs, ${String(taken)} taken, ${String(corpus)} kept, ${String(findings.length)} findings`
  process.stdout.write(`${line}\n`)
  for (const { why, input } of findings) process.stdout.write(`  ${why}\n  ${input}\n`)
  found += findings.length
}
process.stdout.write(`seed ${String(seed)}\n`)
process.exitCode = found === 0 ? 0 : 1
