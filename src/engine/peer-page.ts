// The engine's end of the page's half of WebRTC: a port that is there for as long as the page is, whoever is unlocked. Owns the port
// and the shape of what comes through it; decides nothing.
import type { FromPeerPage, ToPeerPage } from './api.ts'

const KINDS: readonly FromPeerPage['t'][] = ['described', 'open', 'frame', 'closed', 'unable']

/** Both DTLS fingerprints. */
const ORIGIN = /^[0-9a-f]{64}-[0-9a-f]{64}$/

export class PeerPage {
  #port: MessagePort | null = null
  #listener: (message: FromPeerPage) => void = () => undefined

  get present(): boolean {
    return this.#port !== null
  }

  attach(port: MessagePort): void {
    this.#port?.close()
    this.#port = port
    port.addEventListener('message', (event: MessageEvent<unknown>) => {
      const message = event.data
      if (this.#port === port && isFromPage(message)) this.#listener(message)
    })
    port.start()
  }

  /** From now on `listener` hears the page; the one before hears nothing. */
  listen(listener: (message: FromPeerPage) => void): void {
    this.#listener = listener
  }

  deaf(): void {
    this.#listener = () => undefined
  }

  post(message: ToPeerPage): void {
    this.#port?.postMessage(message)
  }

  close(): void {
    this.#port?.close()
    this.#port = null
  }
}

function isFromPage(message: unknown): message is FromPeerPage {
  if (typeof message !== 'object' || message === null) return false
  const { t, peer, description, origin, data } = message as Record<string, unknown>
  if (!KINDS.some((kind) => kind === t) || typeof peer !== 'string') return false
  if (t === 'described') return description instanceof Uint8Array
  if (t === 'open') return typeof origin === 'string' && ORIGIN.test(origin)
  return t !== 'frame' || data instanceof Uint8Array
}
