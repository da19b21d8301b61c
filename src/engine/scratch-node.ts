// Scratch workers in Node: threads of the bundle beside this one. From sources (tests) there is no such bundle and so no thread, unless
// it is named.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { scratchMessages, type Scratch } from '../ingest/scratch.ts'

const BESIDE = fileURLToPath(new URL('./scratch.mjs', import.meta.url))

/** `file` is the bundle of scratch-thread.ts. A thread keeps no process alive. */
export function scratchThreads(file = BESIDE): Scratch | undefined {
  if (!existsSync(file)) return undefined
  return {
    killable: true,
    start(on) {
      const worker = new Worker(file)
      worker.unref()
      worker.on('message', (message) => scratchMessages(on, message))
      worker.on('error', () => on.died())
      worker.on('exit', () => on.died())
      return { post: (request) => worker.postMessage(request), end: () => void worker.terminate() }
    },
  }
}
