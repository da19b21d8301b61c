// The lines between devices and relays: messages take their time in order on one line, lines are cut, messages get lost or come
// twice, parts of the world do not reach each other. Implements the Carrier that an engine is given; decides nothing about content.
import type { Bytes } from '../../src/base/bytes.ts'
import type { Clock } from '../../src/base/environment.ts'
import type { RelayAddress } from '../../src/carriers/relay.ts'
import type { Carrier, CarrierEvents, CarrierState } from '../../src/sync/carrier.ts'
import { decodeMessage, encodeMessage, type Message } from '../../src/wire/messages.ts'
import type { Connection } from '../../sync-server/connection.ts'
import type { Chance } from './chance.ts'
import type { SimRelay } from './relay.ts'

/** How bad it is, on every line; probabilities per message. */
export interface Weather {
  readonly slowest: number
  readonly lose: number
  readonly twice: number
  readonly cut: number
}

export const FAIR: Weather = { slowest: 120, lose: 0, twice: 0, cut: 0 }
export const STORM: Weather = { slowest: 4_000, lose: 0.01, twice: 0.05, cut: 0.02 }

/** Whoever holds one end of lines. */
export interface Node {
  readonly name: string
  online: boolean
}

export interface NetworkHost {
  readonly clock: Clock
  readonly chance: Chance
  /** For the hash of the trace. */
  seen(line: string, data: Bytes): void
}

const LONGEST_RETRY_MS = 60_000

export class Network {
  weather: Weather = FAIR
  readonly relays = new Map<string, SimRelay>()
  /** Relays a node cannot reach, by `node relay`. */
  readonly apart = new Set<string>()
  readonly #carriers = new Set<SimCarrier>()
  lost = 0
  /** While somebody listens: everything that is said on any line. */
  overheard: ((line: string, data: Bytes) => void) | null = null

  constructor(readonly host: NetworkHost) {}

  reaches(node: Node, relay: SimRelay | undefined): relay is SimRelay {
    return relay?.up === true && node.online && !this.apart.has(`${node.name} ${relay.name}`)
  }

  carrier(node: Node, address: RelayAddress, life: { readonly ended: boolean }): Carrier {
    const carrier = new SimCarrier(this, node, address, life)
    this.#carriers.add(carrier)
    return carrier
  }

  /** Ends the lines that may no longer be; what was under way is lost. */
  review(): void {
    for (const carrier of [...this.#carriers]) {
      if (carrier.over) this.#carriers.delete(carrier)
      else carrier.review()
    }
  }

  /** Cuts every line of a node, or of all. */
  cut(node?: Node): void {
    for (const carrier of this.#carriers) if (node === undefined || carrier.node === node) carrier.cut()
  }
}

interface Line {
  readonly relay: SimRelay
  readonly connection: Connection
  readonly end: () => void
  open: boolean
  paused: boolean
  readonly held: Bytes[]
  toRelay: number
  toDevice: number
}

class SimCarrier implements Carrier {
  state: CarrierState = 'offline'
  #events: CarrierEvents | null = null
  #line: Line | null = null
  #failures = 0
  #cancelRetry: () => void = () => undefined
  readonly #chance: Chance

  constructor(
    private readonly network: Network,
    readonly node: Node,
    private readonly relay: RelayAddress,
    private readonly life: { readonly ended: boolean },
  ) {
    this.#chance = network.host.chance.stream('line', node.name, relay.address)
  }

  get address(): string {
    return this.relay.address
  }

  get origin(): string {
    return this.relay.origin
  }

  get over(): boolean {
    return this.life.ended
  }

  start(events: CarrierEvents): void {
    this.#events = events
    this.state = 'connecting'
    this.#retry(this.#chance.between(5, 200))
  }

  hurry(): void {
    if (this.#events === null || this.#line !== null) return
    this.#failures = 0
    this.#retry(this.#chance.between(5, 50))
  }

  stop(): void {
    this.#events = null
    this.#cancelRetry()
    this.#drop()
    this.state = 'offline'
  }

  send(message: Message): boolean {
    const line = this.#line
    if (line === null || this.life.ended) return false
    this.#carry(line, 'toRelay', encodeMessage(message), (data) => {
      if (line.paused) line.held.push(data)
      else line.connection.receive(data)
    })
    return true
  }

  /** The line ends, unless it still may be. */
  review(): void {
    if (this.#line !== null && (this.life.ended || !this.network.reaches(this.node, this.#line.relay))) this.cut()
  }

  cut(): void {
    if (this.#line === null) return
    this.#drop()
    this.state = 'offline'
    if (this.life.ended || this.#events === null) return
    this.#events.down()
    const ceiling = Math.min(LONGEST_RETRY_MS, 500 * 2 ** this.#failures++)
    this.#retry(ceiling / 2 + this.#chance.below(ceiling / 2))
  }

  #retry(after: number): void {
    this.#cancelRetry()
    this.#cancelRetry = this.network.host.clock.after(after, () => this.#connect())
  }

  #connect(): void {
    if (this.#events === null || this.#line !== null || this.life.ended) return
    const relay = this.network.relays.get(this.relay.address)
    if (!this.network.reaches(this.node, relay)) {
      const ceiling = Math.min(LONGEST_RETRY_MS, 500 * 2 ** Math.min(10, this.#failures++))
      return this.#retry(ceiling / 2 + this.#chance.below(ceiling / 2))
    }
    const box: { line: Line | null } = { line: null }
    const early: Bytes[] = []
    const peer = {
      send: (data: Bytes) => (box.line === null ? void early.push(data) : this.#toDevice(box.line, data)),
      buffered: () => 0,
      pause: () => this.#pause(box.line, true),
      resume: () => this.#pause(box.line, false),
      close: () => void this.network.host.clock.after(0, () => this.#endOf(box.line)),
    }
    const connection = relay.connect(peer)
    if (connection === null) return this.#retry(1_000)
    const end = () => this.#endOf(box.line)
    const line: Line = { relay, connection, end, open: true, paused: false, held: [], toRelay: 0, toDevice: 0 }
    box.line = line
    this.#line = line
    relay.lines.add(line)
    this.state = 'connected'
    this.#events.up()
    for (const data of early) this.#toDevice(line, data)
  }

  #endOf(line: Line | null): void {
    if (line !== null && this.#line === line) this.cut()
  }

  #pause(line: Line | null, paused: boolean): void {
    if (line === null) return
    line.paused = paused
    while (!line.paused && line.open) {
      const data = line.held.shift()
      if (data === undefined) return
      line.connection.receive(data)
    }
  }

  #toDevice(line: Line, data: Bytes): void {
    this.#carry(line, 'toDevice', data, (bytes) => {
      if (this.#line !== line || this.life.ended) return
      line.connection.drained()
      const message = decodeMessage(bytes)
      if (!message.ok) return
      if (message.value.t === 'opened') this.#failures = 0
      if (message.value.t !== 'ping' && message.value.t !== 'pong') this.#events?.message(message.value)
    })
  }

  #carry(line: Line, way: 'toRelay' | 'toDevice', data: Bytes, arrive: (data: Bytes) => void): void {
    const { network } = this
    const { clock } = network.host
    const { lose, twice, cut, slowest } = network.weather
    network.overheard?.(`${this.node.name} ${way} ${line.relay.name}`, data)
    if (this.#chance.happens(cut)) return void clock.after(0, () => this.#endOf(line))
    const times = this.#chance.happens(lose) ? 0 : this.#chance.happens(twice) ? 2 : 1
    if (times === 0) network.lost++
    for (let i = 0; i < times; i++) {
      line[way] = Math.max(line[way], clock.now() + this.#chance.between(5, slowest))
      clock.after(line[way] - clock.now(), () => {
        if (!line.open) return
        network.host.seen(`${this.node.name} ${way} ${line.relay.name}`, data)
        arrive(data)
      })
    }
  }

  #drop(): void {
    const line = this.#line
    this.#line = null
    if (line === null) return
    line.open = false
    line.relay.lines.delete(line)
    line.connection.ended()
  }
}
