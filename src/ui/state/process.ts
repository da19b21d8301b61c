// How the page runs an engine: the interface the state is built on, and the real one in a dedicated worker. The worker gets
// two ports and a name for this device, nothing else; ending it is the surest way to forget keys.
import * as Comlink from 'comlink'
import type { EngineApi } from '../../engine/api.ts'
import { servePeers } from './peers.ts'

export interface EngineProcess {
  readonly api: EngineApi
  /** Gives the engine its end of the channel to the page's Repo. */
  attachRepo(port: MessagePort): void
  /** How this device is called in spaces that it makes or joins from now on. */
  called(name: string): void
  /** Wraps a listener so that it can be handed to `api.subscribe`. */
  listener<T extends (...args: never[]) => void>(run: T): T
  /** Calls `run` when the engine broke and will not answer any more. */
  onCrash(run: () => void): void
  /** At once, without flushing. */
  end(): void
}

/** `url` is the engine's worker as the page's Trusted Types policy lets it through. */
export function startWorker(url: string): EngineProcess {
  const worker = new Worker(url, { type: 'module' })
  const { port1, port2 } = new MessageChannel()
  worker.postMessage({ type: 'connect', port: port2 }, [port2])
  const nearby = new MessageChannel()
  worker.postMessage({ type: 'peers', port: nearby.port2 }, [nearby.port2])
  const endPeers = servePeers(nearby.port1)
  return {
    api: Comlink.wrap<EngineApi>(port1),
    attachRepo(port) {
      worker.postMessage({ type: 'repo', port }, [port])
    },
    called(name) {
      worker.postMessage({ type: 'called', name })
    },
    listener: (run) => Comlink.proxy(run),
    onCrash(run) {
      worker.addEventListener('error', (event) => {
        event.preventDefault()
        run()
      })
      worker.addEventListener('messageerror', run)
    },
    end() {
      endPeers()
      worker.terminate()
      port1.close()
    },
  }
}
