// automerge-repo's WebSocketServerAdapter, made to survive strangers: every frame is validated before the stock code sees
// it, a peer id in use is never taken over, and a socket that misbehaves is closed, alone. Owns sockets; knows no channel.
import { WebSocketServerAdapter } from '@automerge/automerge-repo-network-websocket'
import type { PeerId } from '@automerge/automerge-repo/slim'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { WebSocket, WebSocketServer } from 'ws'
import type { Bytes } from '../src/base/bytes.ts'
import type { Clock } from '../src/base/environment.ts'
import type { Limits } from './config.ts'
import { envelopeHead, readFrame, socketFrame } from './frames.ts'

/** One joined socket, as the connection behind it sees it. */
export interface Peer {
  /** Sends one encoded message. Never throws; ends a socket that lets too much pile up. */
  send(data: Bytes): void
  /** Bytes handed over and not yet written out. */
  buffered(): number
  pause(): void
  resume(): void
  /** Ends the socket for breaking the rules. */
  close(): void
}

/** What is told of one joined socket. */
export interface PeerHandler {
  receive(data: Bytes): void
  /** What was sent has been written out, in part at least. */
  drained(): void
  ended(): void
}

/** Makes the handler of a newly joined peer. `host` is what its request called us, for diagnosis only. */
export type Welcome = (peer: Peer, host: string | undefined) => PeerHandler

/** RFC 6455: the other end broke our rules. */
const POLICY = 1008

interface Guarded {
  /** What the WebSocket runs on. Nothing is compressed, so that a frame may be written to it between those of ws. */
  readonly wire: Socket
  readonly host: string | undefined
  readonly cancelJoinTimer: () => void
  peerId: string | null
  handler: PeerHandler | null
  refused: boolean
}

export class RelayAdapter extends WebSocketServerAdapter {
  readonly #listener: WebSocketServer
  readonly #welcome: Welcome
  readonly #limits: Limits
  readonly #clock: Clock
  readonly #guarded = new WeakMap<object, Guarded>()

  constructor(listener: WebSocketServer, welcome: Welcome, limits: Limits, clock: Clock) {
    // The same class under two module systems' declarations.
    super(listener as unknown as ConstructorParameters<typeof WebSocketServerAdapter>[0], limits.keepAliveMs)
    this.#listener = listener
    this.#welcome = welcome
    this.#limits = limits
    this.#clock = clock
    // Peer ids are the other side's choice: `constructor` must not be found on a prototype.
    this.sockets = Object.create(null) as typeof this.sockets
  }

  override connect(peerId: PeerId): void {
    // Before the stock listener, so that ours sees each frame first.
    this.#listener.on('connection', (socket, request: IncomingMessage) => this.#guard(socket, request))
    super.connect(peerId, {})
  }

  #guard(socket: WebSocket, { headers: { host }, socket: wire }: IncomingMessage): void {
    const cancelJoinTimer = this.#clock.after(this.#limits.joinMs, () => socket.terminate())
    const guarded: Guarded = { wire, host, cancelJoinTimer, peerId: null, handler: null, refused: false }
    this.#guarded.set(socket, guarded)
    socket.on('error', () => socket.terminate())
    socket.on('message', (_, isBinary) => {
      alive(socket)
      if (!isBinary) this.#refuse(socket, guarded)
    })
    socket.on('close', () => {
      guarded.refused = true
      cancelJoinTimer()
      guarded.handler?.ended()
      guarded.handler = null
    })
  }

  override receiveMessage(bytes: Uint8Array, socket: WebSocket): void {
    const guarded = this.#guarded.get(socket)
    if (guarded === undefined || guarded.refused) return
    const frame = readFrame(bytes)
    if (frame === null) return this.#refuse(socket, guarded)
    if (frame.type === 'join') return this.#join(bytes, frame.senderId, socket, guarded)
    if (frame.senderId !== guarded.peerId) return this.#refuse(socket, guarded)
    if (frame.type === 'telar') guarded.handler?.receive(frame.data)
  }

  #join(bytes: Uint8Array, peerId: string, socket: WebSocket, guarded: Guarded): void {
    if (guarded.peerId !== null || this.sockets[peerId as PeerId] !== undefined || peerId === this.peerId) {
      return this.#refuse(socket, guarded)
    }
    // isomorphic-ws types its sockets as a class of its own; in Node it is this very class of ws.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
    super.receiveMessage(bytes, socket)
    if (this.sockets[peerId as PeerId] !== socket) return this.#refuse(socket, guarded)
    guarded.cancelJoinTimer()
    guarded.peerId = peerId
    guarded.handler = this.#welcome(this.#peer(socket, guarded, peerId), guarded.host)
  }

  #peer(socket: WebSocket, guarded: Guarded, peerId: string): Peer {
    const envelope = envelopeHead(this.peerId ?? '', peerId)
    const { wire } = guarded
    const most = this.#limits.bufferedMost
    const written = (failure?: Error | null) => {
      if (failure) return
      alive(socket)
      guarded.handler?.drained()
    }
    return {
      send: (data) => {
        if (guarded.refused || socket.readyState !== socket.OPEN) return
        const [head, shared] = socketFrame(envelope, data)
        if (shared === undefined) wire.write(head, written)
        else {
          wire.cork()
          wire.write(head)
          wire.write(shared, written)
          wire.uncork()
        }
        if (wire.writableLength > most) socket.terminate()
      },
      buffered: () => wire.writableLength,
      pause: () => {
        if (!guarded.refused) socket.pause()
      },
      resume: () => socket.resume(),
      close: () => this.#refuse(socket, guarded),
    }
  }

  #refuse(socket: WebSocket, guarded: Guarded): void {
    if (guarded.refused) return
    guarded.refused = true
    socket.resume()
    socket.close(POLICY)
  }
}

/** The stock keep-alive knows only pongs; a slow link that reads or writes is alive too. */
function alive(socket: WebSocket): void {
  ;(socket as WebSocket & { isAlive?: boolean }).isAlive = true
}
