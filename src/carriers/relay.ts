// A relay over WebSocket, by automerge-repo's client adapter: backs off with jitter, notices a dead line by its own
// heartbeat, never throws on what arrives or when the line is down. Sees sealed bytes only.
import { type PeerId } from '@automerge/automerge-repo/slim'
import { WebSocketClientAdapter } from '@automerge/automerge-repo-network-websocket'
import { type Bytes, toBase64Url } from '../base/bytes.ts'
import { type Clock, type Random, randomBelow } from '../base/environment.ts'
import type { Carrier, CarrierEvents, CarrierState } from '../sync/carrier.ts'
import { modestFrame } from '../wire/frame.ts'
import { decodeMessage, encodeMessage, type Message } from '../wire/messages.ts'
import { originOf } from '../wire/proof.ts'
import { Timers } from './timers.ts'

const HEARTBEAT_MS = 25_000
/** One message of the largest size takes this long on the slowest line. */
const ANSWER_WITHIN_MS = 45_000
const CONNECT_WITHIN_MS = 20_000
const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 60_000
/** The stock adapter's own retry, pushed out of the way (it takes no "never"; the longest a timer can wait). */
const NEVER_MS = 2 ** 31 - 1

export interface RelayAddress {
  /** As shown and stored: no token. */
  readonly address: string
  readonly origin: string
  /** ws: or wss:, path /sync. */
  readonly socket: string
  readonly token: string | undefined
}

/** Parts of `https://host[:port][/…][#token]` (also http, ws, wss); null when it is none. */
export function parseRelayAddress(text: string): RelayAddress | null {
  const trimmed = text.trim()
  const origin = originOf(trimmed)
  if (origin === null) return null
  const url = new URL(trimmed)
  const secure = url.protocol === 'https:' || url.protocol === 'wss:'
  const token = url.hash.length > 1 ? decoded(url.hash.slice(1)) : undefined
  if (token === null) return null
  return {
    address: `${secure ? 'https' : 'http'}://${url.host}`,
    origin,
    socket: `${secure ? 'wss' : 'ws'}://${url.host}/sync`,
    token,
  }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

interface Line {
  readonly adapter: LineAdapter
  peer: PeerId | null
  alive: boolean
}

/** The stock adapter with its sharp edges off: no retry of its own, no throw on socket errors or on hostile frames. */
class LineAdapter extends WebSocketClientAdapter {
  constructor(
    url: string,
    private readonly ended: () => void,
  ) {
    super(url, NEVER_MS)
    this.onError = () => this.ended()
    this.onClose = () => this.ended()
  }

  override receiveMessage(data: unknown): void {
    const bytes = modestFrame(data)
    if (bytes === null) return this.ended()
    try {
      super.receiveMessage(bytes)
    } catch {
      this.ended()
    }
  }

  end(): void {
    const { socket } = this
    try {
      if (socket !== undefined) this.disconnect()
    } catch {
      socket?.close()
    }
    // Closing a socket that is still connecting reports an error to whoever listens; Node ends the process if nobody does.
    socket?.addEventListener('error', () => undefined)
  }
}

export class RelayCarrier implements Carrier {
  state: CarrierState = 'offline'
  #events: CarrierEvents | null = null
  #line: Line | null = null
  #failures = 0
  readonly #timers: Timers

  constructor(
    readonly relay: RelayAddress,
    clock: Clock,
    private readonly random: Random,
  ) {
    this.#timers = new Timers(clock)
  }

  get address(): string {
    return this.relay.address
  }

  get origin(): string {
    return this.relay.origin
  }

  start(events: CarrierEvents): void {
    this.#events = events
    this.#connect()
  }

  stop(): void {
    const was = this.state
    this.#events = null
    this.#drop()
    if (was !== 'offline') this.state = 'offline'
  }

  hurry(): void {
    if (this.#events === null || this.#line !== null) return
    this.#timers.cancelAll()
    this.#failures = 0
    this.#connect()
  }

  send(message: Message): boolean {
    const line = this.#line
    if (line?.peer == null || line.adapter.peerId === undefined) return false
    try {
      line.adapter.send({
        type: 'telar',
        senderId: line.adapter.peerId,
        targetId: line.peer,
        data: encodeMessage(message),
      })
      return true
    } catch {
      this.#ended(line)
      return false
    }
  }

  #connect(): void {
    this.#setState('connecting')
    const adapter = new LineAdapter(this.relay.socket, () => this.#ended(line))
    const line: Line = { adapter, peer: null, alive: true }
    this.#line = line
    adapter.on('peer-candidate', ({ peerId }) => {
      if (this.#line !== line || line.peer !== null) return
      line.peer = peerId
      this.#setState('connected')
      this.#events?.up()
      this.#heartbeat(line)
    })
    adapter.on('message', (message) => this.#received(line, (message as { data?: unknown }).data))
    this.#timers.after(CONNECT_WITHIN_MS, () => {
      if (this.#line === line && line.peer === null) this.#ended(line)
    })
    try {
      // A fresh random name for each connection: the relay can link nothing by it.
      // As short as will not meet another's by chance: it goes with every message.
      adapter.connect(toBase64Url(this.random.bytes(9)) as PeerId, { isEphemeral: true })
    } catch {
      this.#ended(line)
    }
  }

  #received(line: Line, data: unknown): void {
    if (this.#line !== line || !(data instanceof Uint8Array)) return
    line.alive = true
    const message = decodeMessage(plain(data))
    if (!message.ok || message.value.t === 'pong') return
    // Not before: a relay that greets and then ends every conversation would be dialled twice a second for ever.
    if (message.value.t === 'opened') this.#failures = 0
    if (message.value.t === 'ping') this.send({ t: 'pong' })
    else this.#events?.message(message.value)
  }

  #heartbeat(line: Line): void {
    this.#timers.after(HEARTBEAT_MS, () => {
      if (this.#line !== line) return
      line.alive = false
      this.send({ t: 'ping' })
      this.#timers.after(ANSWER_WITHIN_MS, () => {
        if (this.#line === line && !line.alive) this.#ended(line)
      })
      this.#heartbeat(line)
    })
  }

  #ended(line: Line): void {
    if (this.#line !== line) return
    const wasUp = line.peer !== null
    this.#drop()
    this.#setState('offline')
    if (wasUp) this.#events?.down()
    if (this.#events === null) return
    const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures)
    this.#failures = Math.min(this.#failures + 1, 10)
    this.#timers.after(ceiling / 2 + randomBelow(this.random, Math.ceil(ceiling / 2)), () => this.#connect())
  }

  #drop(): void {
    this.#timers.cancelAll()
    const line = this.#line
    this.#line = null
    line?.adapter.end()
  }

  #setState(state: CarrierState): void {
    this.state = state
  }
}

/** Node's Buffers are Uint8Arrays whose `slice` shares memory: everything above the carrier gets plain arrays. */
function plain(data: Uint8Array): Bytes {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
