// Another device over a pipe of frames that keeps their order (in the app: a WebRTC data channel that the page holds). Owns the
// connection's state, the heartbeat that notices a dead one, and what a frame must look like; never throws on what arrives, sees
// sealed bytes only, and never connects by itself: whoever made the pipe says when it is open and when it is gone.
import type { Bytes } from '../base/bytes.ts'
import type { Clock } from '../base/environment.ts'
import type { Carrier, CarrierEvents, CarrierState } from '../sync/carrier.ts'
import { decodeMessage, encodeMessage, type Message } from '../wire/messages.ts'
import { Timers } from './timers.ts'

const HEARTBEAT_MS = 25_000
/** One message of the largest size takes this long on the slowest line. */
const ANSWER_WITHIN_MS = 45_000

export interface FramePipe {
  post(frame: Bytes): void
  /** Nothing more is said on it. */
  end(): void
}

export class PeerCarrier implements Carrier {
  state: CarrierState = 'connecting'
  /** Both DTLS fingerprints, the offering side's first; empty until open. */
  origin = ''
  #events: CarrierEvents | null = null
  #alive = false
  readonly #timers: Timers

  constructor(
    readonly address: string,
    private readonly pipe: FramePipe,
    clock: Clock,
  ) {
    this.#timers = new Timers(clock)
  }

  start(events: CarrierEvents): void {
    this.#events = events
    if (this.state === 'connected') events.up()
  }

  /** Frames may pass from now on. */
  opened(origin: string): void {
    if (this.state === 'connected') return
    this.origin = origin
    this.state = 'connected'
    this.#events?.up()
    this.#heartbeat()
  }

  /** A frame of the other device: hostile bytes. */
  received(frame: unknown): void {
    if (this.state !== 'connected' || !(frame instanceof Uint8Array)) return
    this.#alive = true
    const message = decodeMessage(frame)
    if (!message.ok || message.value.t === 'pong') return
    if (message.value.t === 'ping') this.send({ t: 'pong' })
    else this.#events?.message(message.value)
  }

  /** The pipe is gone. */
  closed(): void {
    if (this.state === 'offline') return
    const wasUp = this.state === 'connected'
    this.state = 'offline'
    this.#timers.cancelAll()
    if (wasUp) this.#events?.down()
  }

  send(message: Message): boolean {
    if (this.state !== 'connected') return false
    try {
      this.pipe.post(encodeMessage(message))
      return true
    } catch {
      this.#ended()
      return false
    }
  }

  hurry(): void {
    // Whoever made the pipe makes the next one.
  }

  stop(): void {
    this.#events = null
    if (this.state === 'offline') return
    this.state = 'offline'
    this.#timers.cancelAll()
    this.pipe.end()
  }

  #ended(): void {
    this.pipe.end()
    this.closed()
  }

  #heartbeat(): void {
    this.#timers.after(HEARTBEAT_MS, () => {
      this.#alive = false
      this.send({ t: 'ping' })
      this.#timers.after(ANSWER_WITHIN_MS, () => {
        if (!this.#alive) this.#ended()
      })
      this.#heartbeat()
    })
  }
}
