// The carriers there are, each against the contract (carrier.ts): a relay over WebSocket, and another device over a pipe of frames.
import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { cbor } from '@automerge/automerge-repo/slim'
import { onTestFinished } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import { PeerCarrier } from '../../src/carriers/peer.ts'
import { parseRelayAddress, RelayCarrier } from '../../src/carriers/relay.ts'
import { sha512Half } from '../../src/crypto/index.ts'
import { systemClock, systemRandom } from '../../src/engine/node.ts'
import { Link } from '../../src/sync/link.ts'
import { decodeMessage, encodeMessage, type Message } from '../../src/wire/messages.ts'
import { linkOver, ORIGIN } from '../support/peer-pair.ts'
import { setup } from '../support/relay-fixture.ts'
import { carrierContract, type CarrierWorld, transferContract } from './carrier.ts'

const relayAt = (port: number) => {
  const relay = parseRelayAddress(`http://127.0.0.1:${String(port)}`)
  if (relay === null) throw new Error('no address')
  return relay
}

/** A relay that only listens and speaks. */
async function relayWorld(): Promise<CarrierWorld> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const told: Message[] = []
  let line: { socket: WebSocket; id: string } | null = null
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const frame = cbor.decode<{ type: string; senderId: string; data?: Uint8Array }>(new Uint8Array(data))
      if (frame.type === 'join') {
        line = { socket, id: frame.senderId }
        const peer = { type: 'peer', senderId: 'relay', targetId: frame.senderId, peerMetadata: {} }
        socket.send(cbor.encode({ ...peer, selectedProtocolVersion: '1' }))
      }
      const message = frame.data === undefined ? null : decodeMessage(new Uint8Array(frame.data))
      if (message?.ok === true) told.push(message.value)
    })
  })
  const sayBytes = (data: Uint8Array) =>
    line?.socket.send(cbor.encode({ type: 'telar', senderId: 'relay', targetId: line.id, data }))
  const carrier = new RelayCarrier(relayAt((server.address() as AddressInfo).port), systemClock, systemRandom)
  onTestFinished(() => {
    carrier.stop()
    server.close()
    for (const socket of server.clients) socket.terminate()
  })
  return {
    carrier,
    told,
    sayBytes,
    say: (message) => sayBytes(encodeMessage(message)),
    // It dials by itself.
    connect: () => carrier.hurry(),
    cut: () => {
      for (const socket of server.clients) socket.terminate()
    },
  }
}

/** Two ends of a message channel, as the page and the engine have. */
function pipe() {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port1.close())
  return { port1, port2 }
}

function peerWorld(): Promise<CarrierWorld> {
  const told: Message[] = []
  const { port1, port2 } = pipe()
  const carrier = new PeerCarrier('b', { post: (frame) => port1.postMessage(frame), end: () => undefined }, systemClock)
  port1.onmessage = (event: MessageEvent<unknown>) => carrier.received(event.data)
  port2.onmessage = (event: MessageEvent<Uint8Array>) => {
    const message = decodeMessage(event.data)
    if (message.ok) told.push(message.value)
  }
  onTestFinished(() => carrier.stop())
  return Promise.resolve({
    carrier,
    told,
    say: (message) => port2.postMessage(encodeMessage(message)),
    sayBytes: (data) => port2.postMessage(data),
    connect: () => carrier.opened(ORIGIN),
    cut: () => carrier.closed(),
  })
}

carrierContract('a relay over WebSocket', relayWorld)
carrierContract('another device over a pipe', peerWorld)

transferContract('over a relay', async () => {
  const { relay } = await setup()
  const target = Number(new URL(relay.address).port)
  const sockets = new Set<Socket>()
  // A cable to each that can be pulled.
  const cable = async () => {
    const server = createServer((near) => {
      const far = connect(target, '127.0.0.1')
      for (const socket of [near, far]) {
        sockets.add(socket)
        socket.on('error', () => undefined)
        socket.on('close', () => {
          sockets.delete(socket)
          near.destroy()
          far.destroy()
        })
      }
      near.pipe(far)
      far.pipe(near)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    return (server.address() as AddressInfo).port
  }
  const linkTo = (port: number): Link => {
    // Proofs name the relay, whatever cable leads to it.
    const address = { ...relayAt(port), origin: relayAt(target).origin }
    const link: Link = new Link(new RelayCarrier(address, systemClock, systemRandom), {
      clock: systemClock,
      random: systemRandom,
      hash: sha512Half,
      changed: () => link.notify(),
    })
    return link
  }
  const [a, b] = [linkTo(await cable()), linkTo(await cable())]
  a.start()
  b.start()
  return {
    a,
    b,
    connect: () => {
      a.carrier.hurry()
      b.carrier.hurry()
    },
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
})

transferContract('between two devices', () => {
  const { port1, port2 } = pipe()
  let line = 0
  const carrierOf = (port: MessagePort) =>
    new PeerCarrier('other', { post: (frame) => port.postMessage({ line, frame }), end: () => undefined }, systemClock)
  const [one, other] = [carrierOf(port1), carrierOf(port2)]
  for (const [port, carrier] of [
    [port1, one],
    [port2, other],
  ] as const)
    port.onmessage = (event: MessageEvent<{ line: number; frame: Uint8Array }>) => {
      // What was on a line that broke does not arrive on the next.
      if (event.data.line === line) carrier.received(event.data.frame)
    }
  const [a, b] = [linkOver(one, 'peer-a', systemClock), linkOver(other, 'peer-b', systemClock)]
  a.start()
  b.start()
  return Promise.resolve({
    a,
    b,
    connect: () => {
      line++
      one.opened(ORIGIN)
      other.opened(ORIGIN)
    },
    cut: () => {
      line++
      one.closed()
      other.closed()
    },
  })
})
