// The engine's dedicated worker: the browser's clock, randomness and IndexedDB, and what the page hands over: a port
// for requests (Comlink), one for its Repo, and what kind of device this is. Keys live here and nowhere else; the page ends the worker to forget them.
import automergeWasm from '@automerge/automerge/automerge.wasm?url'
import { initializeWasm } from '@automerge/automerge/slim'
import * as Comlink from 'comlink'
import type { Clock, Random } from '../base/environment.ts'
import { platformSubtle } from '../crypto/index.ts'
import { RelayCarrier } from '../carriers/relay.ts'
import { IndexedDbStore } from '../storage/indexed-db.ts'
import { trustedUrl } from '../trusted-url.ts'
import { createEngine } from './host.ts'
import { scratchWorkers } from './scratch-web.ts'
import scratchUrl from './scratch-worker.ts?worker&url'

const clock: Clock = {
  now: () => Date.now(),
  after(delay, run) {
    const timer = setTimeout(run, delay)
    return () => clearTimeout(timer)
  },
}

const random: Random = { bytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)) }

const ready = initializeWasm(automergeWasm)

/** As the page says, in the language of who uses it. */
let called = ''

const { engine } = createEngine({
  clock,
  random,
  subtle: platformSubtle(),
  openStore: () => Promise.resolve(new IndexedDbStore('cuaderno')),
  carrier: (relay) => new RelayCarrier(relay, clock, random),
  get deviceName() {
    return called
  },
  scratch: scratchWorkers(trustedUrl(scratchUrl)),
  // Thrown outside of every promise it reaches the page as the worker's own error, and the page starts another.
  broken: (cause) => {
    setTimeout(() => {
      throw cause
    })
  },
})

type FromPage =
  | { readonly type: 'connect' | 'repo' | 'peers'; readonly port: MessagePort }
  | { readonly type: 'called'; readonly name: string }

self.addEventListener('message', (event: MessageEvent<FromPage>) => {
  const { data } = event
  if (data.type === 'called') {
    called = data.name
    return
  }
  const { type, port } = data
  void ready.then(() => {
    if (type === 'connect') Comlink.expose(engine, port)
    else if (type === 'peers') engine.attachPeers(port)
    else engine.attachRepo(port).catch(() => port.close())
  })
})
