// `npm run bench`: measures what a person would feel and an operator would pay, in one run on one machine, and prints it.
// Never passes or fails by time. `-- --only size,start,wire,keys,latency,relay,ranges,trace,coldjoin` runs some of them. docs/benchmarks.md explains.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { initializeWasm } from '@automerge/automerge/slim'
import { coldJoin } from './cold-join.ts'
import { newcomer } from './cold-join-newcomer.ts'
import { keys } from './keys.ts'
import { latency } from './latency.ts'
import { membership } from './membership.ts'
import { Findings, seconds } from './report.ts'
import { ranges } from './ranges.ts'
import { relay } from './relay.ts'
import { serve } from './served.ts'
import { sizes } from './size.ts'
import { start as phoneStart } from './start.ts'
import { trace } from './trace.ts'
import { wire } from './wire.ts'

const BENCHMARKS: Readonly<Record<string, { readonly title: string; run(report: Findings): Promise<void> }>> = {
  size: { title: 'Size of the first load', run: sizes },
  start: { title: 'Start on a phone', run: phoneStart },
  wire: { title: 'Bytes for a typed text', run: wire },
  membership: { title: 'Membership from 10 to 3,000 devices', run: membership },
  keys: { title: 'Keys from 10 to 3,000 devices', run: keys },
  relay: { title: 'The relay beside a bare broadcaster', run: (report) => relay(report, profiled()) },
  ranges: { title: 'Comparing two sets', run: ranges },
  trace: {
    title: 'A long text, key by key',
    run: (report) => trace(report, { path: option('trace'), keys: Number(option('keys') ?? 2_000) }),
  },
  coldjoin: {
    title: 'A newcomer beside loading the file',
    run: (report) =>
      coldJoin(report, { path: option('trace'), keys: Number(option('keys') ?? 20_000), profile: option('profile') }),
  },
  latency: { title: 'From letter to letter', run: latency },
}

function chosen(args: readonly string[]): string[] {
  const at = args.findIndex((arg) => arg === '--only' || arg.startsWith('--only='))
  if (at < 0) return Object.keys(BENCHMARKS)
  const named = (args[at]!.split('=', 2)[1] ?? args[at + 1] ?? '').split(',')
  const strange = named.filter((name) => !(name in BENCHMARKS))
  if (strange.length === 0) return named
  console.error(`--only takes some of: ${Object.keys(BENCHMARKS).join(', ')}`)
  process.exit(2)
}

/** The value of `--name value`. */
function option(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? undefined : process.argv[at + 1]
}

const profiled = () => {
  const profile = option('profile')
  return profile === undefined ? {} : { profile }
}

const [server, folder] = process.argv.slice(process.argv.indexOf('--serve') + 1)
if (process.argv.includes('--serve')) await serve(server ?? '', folder ?? '')
else {
  const wasm = createRequire(import.meta.url).resolve('@automerge/automerge/automerge.wasm')
  await initializeWasm(new Uint8Array(await readFile(wasm)))
  if (process.argv.includes('--newcomer')) newcomer()
  else await measure()
}

async function measure(): Promise<void> {
  const report = new Findings()
  for (const name of chosen(process.argv.slice(2))) {
    const { title, run } = BENCHMARKS[name]!
    const start = performance.now()
    report.heading(title)
    await run(report)
    report.say(`(${name}: measured in ${seconds(performance.now() - start)})`)
  }
  process.exit(0)
}
