// Runs one of the longer TypeScript programs below test/ (benchmarks, simulation): bundles it and passes the options on.
// Used as `node test/script.mjs test/bench/main.ts …`.
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { install } from '../sync-server/install.mjs'
import { bundled, root } from '../src/bundle.mjs'

const [entry, ...args] = process.argv.slice(2)
if (entry === undefined || !existsSync(join(root, entry))) {
  console.error(`There is no ${entry ?? 'program'} here yet.`)
  process.exit(1)
}
install()
// Beside it, where an engine looks for its scratch threads.
await bundled('src/engine/scratch-thread.ts', 'scratch')
const bundle = await bundled(entry, `${basename(dirname(entry))}-${basename(entry, '.ts')}`)
process.setSourceMapsEnabled(true)
process.argv = [process.argv[0], bundle, ...args]
await import(pathToFileURL(bundle).href)
