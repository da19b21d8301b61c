// Puts the relay together: one HTTP port for the app, /health and the WebSocket at /sync; one store; one adapter. Owns
// starting and stopping, and decides nothing about messages.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { PeerId } from '@automerge/automerge-repo/slim'
import { WebSocketServer } from 'ws'
import type { Clock, Random } from '../src/base/environment.ts'
import { RelayAdapter } from './adapter.ts'
import { Channels } from './channels.ts'
import { readConfig, type RelayConfig, type RelayOptions } from './config.ts'
import { Connection } from './connection.ts'
import { MAX_FRAME_BYTES } from '../src/wire/frame.ts'
import { type Log, silent } from './log.ts'
import { healthOf } from './metrics.ts'
import { ownOrigins } from './origins.ts'
import { systemClock, systemRandom } from './platform.ts'
import { plain, SECURITY_HEADERS, staticFiles } from './static-files.ts'
import { Store } from './store/store.ts'

export interface Relay {
  readonly port: number
  /** `ws://host:port/sync`, as reached on this machine. */
  readonly address: string
  /** Stores what is under way, ends all connections, closes the database. */
  close(): Promise<void>
}

export interface RelayEnvironment {
  readonly clock?: Clock
  readonly random?: Random
  readonly log?: Log
}

/** What automerge-repo calls the sender: goes with every message, and says nothing. */
const PEER_ID = 'relay' as PeerId

const DAY = 24 * 60 * 60 * 1000
/** A plain HTTP connection on which nothing moves for so long is ended. */
const IDLE_MS = 60_000
/** How often the machine's own addresses are read anew. */
const ORIGINS_MS = 60_000

/** Starts a relay. Throws an Error in plain words when the options are wrong, the port is taken or the database cannot be opened. */
export async function startRelay(options: RelayOptions, environment: RelayEnvironment = {}): Promise<Relay> {
  const read = readConfig(options)
  if (!read.ok) throw new Error(`${read.error.field}: ${read.error.reason}`)
  const config = read.value
  const { clock = systemClock, random = systemRandom, log = silent } = environment
  const app = config.app === undefined ? aloneAnswer : staticFiles(config.app)
  const store = new Store(config.data)
  const channels = new Channels(store, config, clock, random, log)
  const http = createServer({ headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000 })
  // Whoever asks for a file and does not read it gives its place back; WebSockets have their own keep-alive.
  http.setTimeout(IDLE_MS)
  const health = healthOf(store, clock)
  http.on('request', (request, response) => {
    if (request.url?.split('?', 1)[0] !== '/health') return app(request, response)
    const state = health()
    response.writeHead(state.ok ? 200 : 503, { ...SECURITY_HEADERS, 'Content-Type': 'application/json' })
    response.end(JSON.stringify(state))
  })
  const sockets = acceptSockets(http, config, log)
  const port = await listen(http, config).catch((error: unknown) => {
    store.close()
    throw error
  })
  const origins = ownOriginsCached(config, port, clock)
  const around = { channels, config, clock, random, origins }
  const adapter = new RelayAdapter(sockets, (peer, host) => new Connection(peer, host, around), config.limits, clock)
  adapter.connect(PEER_ID)
  const stopForgetting = daily(clock, () => channels.forget())
  log({ event: 'listening', port })

  let closed: Promise<void> | null = null
  const close = async () => {
    stopForgetting()
    channels.flush()
    for (const socket of sockets.clients) socket.terminate()
    await new Promise((resolve) => sockets.close(resolve))
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
    channels.flush()
    store.close()
    log({ event: 'stopped' })
  }
  return { port, address: `ws://${shown(config.host)}:${port}/sync`, close: () => (closed ??= close()) }
}

/** The WebSocket server behind /sync. Any web origin may connect: the proof of a channel's key is the authority. */
function acceptSockets(http: Server, config: RelayConfig, log: Log): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false })
  let full = false
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    if (request.url?.split('?', 1)[0] !== '/sync') return refuse(socket, '404 Not Found')
    if (sockets.clients.size >= config.limits.connections) {
      if (!full) log({ event: 'full' })
      full = true
      return refuse(socket, '503 Service Unavailable')
    }
    full = false
    sockets.handleUpgrade(request, socket, head, (connected) => sockets.emit('connection', connected, request))
  })
  http.on('clientError', (_error, socket) => socket.destroy())
  return sockets
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function listen(http: Server, { host, port }: RelayConfig): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, host, () => {
      http.off('error', reject)
      resolve((http.address() as AddressInfo).port)
    })
  })
}

function ownOriginsCached(config: RelayConfig, port: number, clock: Clock): () => readonly string[] {
  let origins = ownOrigins(config.origins, port)
  let at = clock.now()
  return () => {
    if (clock.now() - at > ORIGINS_MS) {
      origins = ownOrigins(config.origins, port)
      at = clock.now()
    }
    return origins
  }
}

/** Runs at once and then every day; the returned function stops it. */
function daily(clock: Clock, run: () => void): () => void {
  run()
  let cancel: () => void = () => {}
  const next = () => {
    cancel = clock.after(DAY, () => {
      run()
      next()
    })
  }
  next()
  return () => cancel()
}

const aloneAnswer: ReturnType<typeof staticFiles> = (request, response) => {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
  if (request.url === '/') plain(response, 200, 'This is a Telar relay. It stores sealed entries that it cannot read.')
  else plain(response, 404, 'Not found')
}

const shown = (host: string) =>
  host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
