// Runs before every test file: gives Automerge its WebAssembly from node_modules, as each entry point does in production.
// Must never load a second copy of Automerge: `slim` is the one instance the Repo and our code share.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { initializeWasm } from '@automerge/automerge/slim'

const require = createRequire(import.meta.url)

await initializeWasm(readFileSync(require.resolve('@automerge/automerge/automerge.wasm')))
