// Node's scratch worker: as scratch-worker.ts, in a thread. Bundled for itself (cli/telar.mjs), started by scratch-node.ts.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { parentPort } from 'node:worker_threads'
import { initializeWasm } from '@automerge/automerge/slim'
import { Mirrors, type TrialRequest } from '../ingest/scratch.ts'

const mirrors = new Mirrors(() => performance.now())
const wasm = createRequire(import.meta.url).resolve('@automerge/automerge/automerge.wasm')
const ready = initializeWasm(new Uint8Array(readFileSync(wasm))).then(
  () => {
    parentPort?.postMessage({ ready: true })
    return true
  },
  () => {
    // Nobody else would hear of it, and everybody would wait for it.
    parentPort?.postMessage({ failed: true })
    return false
  },
)

parentPort?.on('message', (request: TrialRequest) => {
  void ready.then(async (runs) => {
    if (!runs) return
    const { id } = request
    parentPort?.postMessage({
      answer: await mirrors.answer(request, (at) => parentPort?.postMessage({ next: { id, at } })),
    })
  })
})
