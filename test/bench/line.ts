// A line between a client and a server: counts every byte of the sockets in each direction and, where asked, is as slow as a
// phone's: one bandwidth shared by all connections, taking turns, and a delay. Owns no content and changes none.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Millis } from '../../src/base/environment.ts'

export interface Speed {
  /** Each way. */
  readonly bytesPerSecond: number
  readonly roundTrip: Millis
}

/** Payload bytes of TCP: HTTP and WebSocket framing are in it, the headers of TCP and IP are not. */
export interface Bytes {
  up: number
  down: number
}

const PIECE = 1_460

interface Queue {
  readonly to: Socket
  readonly pieces: Buffer[]
  readonly arrived: (length: number) => void
}

/** One direction of the slow line. */
class Lane {
  readonly #waiting: Queue[] = []
  #freeAt: Millis = 0
  #running = false

  constructor(private readonly speed: Speed) {}

  /** Calls `arrived` with the length of each piece when it is there. */
  send(to: Socket, bytes: Buffer, arrived: (length: number) => void): void {
    let queue = this.#waiting.find((each) => each.to === to)
    if (queue === undefined) this.#waiting.push((queue = { to, pieces: [], arrived }))
    for (let at = 0; at < bytes.length; at += PIECE) queue.pieces.push(bytes.subarray(at, at + PIECE))
    if (!this.#running) this.#next()
  }

  /** Ends `to` when everything under way has arrived there. */
  end(to: Socket): void {
    if (this.#waiting.some((each) => each.to === to)) setTimeout(() => this.end(to), 50)
    else setTimeout(() => to.end(), this.speed.roundTrip)
  }

  /** Sends one piece of whoever has waited longest and goes on when the line is free again. */
  #next(): void {
    const queue = this.#waiting.shift()
    this.#running = queue !== undefined
    if (queue === undefined) return
    const piece = queue.pieces.shift()!
    if (queue.pieces.length > 0) this.#waiting.push(queue)
    this.#freeAt = Math.max(this.#freeAt, performance.now()) + (piece.length * 1_000) / this.speed.bytesPerSecond
    setTimeout(() => {
      setTimeout(() => {
        queue.to.write(piece)
        queue.arrived(piece.length)
      }, this.speed.roundTrip / 2)
      this.#next()
    }, this.#freeAt - performance.now())
  }
}

export class Line {
  readonly bytes: Bytes = { up: 0, down: 0 }
  readonly #server: Server
  readonly #open = new Set<Socket>()
  #lanes: { readonly up: Lane; readonly down: Lane; readonly roundTrip: Millis } | null = null
  #cut = false

  private constructor(private readonly target: () => number) {
    this.#server = createServer((client) => this.#accept(client))
  }

  /** On any free port of 127.0.0.1; `target` is asked for the server's port at each connection. */
  static async open(target: () => number): Promise<Line> {
    const line = new Line(target)
    await new Promise<void>((done) => line.#server.listen(0, '127.0.0.1', done))
    return line
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** For connections made from now on; null: as fast as the machine. */
  slow(speed: Speed | null): void {
    this.#lanes = speed && { up: new Lane(speed), down: new Lane(speed), roundTrip: speed.roundTrip }
  }

  /** Bytes since the last call. */
  take(): Bytes {
    const { up, down } = this.bytes
    this.bytes.up = this.bytes.down = 0
    return { up, down }
  }

  /** Ends every connection and lets none in any more. */
  cut(): void {
    this.#cut = true
    for (const socket of this.#open) socket.destroy()
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise((done) => this.#server.close(done))
  }

  #accept(client: Socket): void {
    client.on('error', () => client.destroy())
    if (this.#cut) return void client.destroy()
    const server = connect(this.target(), '127.0.0.1')
    server.on('error', () => server.destroy())
    client.setNoDelay(true)
    server.setNoDelay(true)
    const lanes = this.#lanes
    this.#pass(client, server, 'up', lanes?.up)
    this.#pass(server, client, 'down', lanes?.down)
    // What the handshake of TCP would take.
    if (lanes === null) return
    client.pause()
    setTimeout(() => client.resume(), lanes.roundTrip)
  }

  #pass(from: Socket, to: Socket, way: keyof Bytes, lane: Lane | undefined): void {
    this.#open.add(from)
    const count = (length: number) => void (this.bytes[way] += length)
    from.on('data', (bytes: Buffer) => {
      if (lane !== undefined) return lane.send(to, bytes, count)
      count(bytes.length)
      to.write(bytes)
    })
    from.on('close', () => {
      this.#open.delete(from)
      if (lane === undefined) to.destroy()
      else lane.end(to)
    })
  }
}
