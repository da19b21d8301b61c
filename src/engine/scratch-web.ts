// Scratch workers as the engine's own worker starts them in a browser: a dedicated worker within a dedicated worker. Where a browser
// cannot do that, there is none, and the engine tries changes on its own thread.
import { scratchMessages, type Scratch } from '../ingest/scratch.ts'

/** `url` is the scratch worker as this worker's Trusted Types policy lets it through. */
export function scratchWorkers(url: string): Scratch | undefined {
  if (typeof Worker === 'undefined') return undefined
  return {
    killable: true,
    start(on) {
      const worker = new Worker(url, { type: 'module' })
      worker.addEventListener('message', (event) => scratchMessages(on, event.data))
      worker.addEventListener('error', (event) => {
        event.preventDefault()
        on.died()
      })
      return { post: (request) => worker.postMessage(request), end: () => worker.terminate() }
    },
  }
}
