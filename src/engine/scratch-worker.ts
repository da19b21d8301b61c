// The browser's scratch worker: copies of documents on which changes are tried, in a module of their own that may be killed at any
// time. Gets documents and changes from the engine's worker and nothing else; keeps nothing and knows no keys.
import automergeWasm from '@automerge/automerge/automerge.wasm?url'
import { initializeWasm } from '@automerge/automerge/slim'
import { Mirrors, type TrialRequest } from '../ingest/scratch.ts'

const mirrors = new Mirrors(() => performance.now())
const ready = initializeWasm(automergeWasm).then(
  () => {
    self.postMessage({ ready: true })
    return true
  },
  () => {
    // Nobody else would hear of it, and everybody would wait for it.
    self.postMessage({ failed: true })
    return false
  },
)

self.addEventListener('message', (event: MessageEvent<TrialRequest>) => {
  void ready.then(async (runs) => {
    if (!runs) return
    const { id } = event.data
    self.postMessage({ answer: await mirrors.answer(event.data, (at) => self.postMessage({ next: { id, at } })) })
  })
})
