// How often a relay is dialled that answers, greets and ends every conversation.
import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { type PeerId, Repo } from '@automerge/automerge-repo/slim'
import { WebSocketServerAdapter } from '@automerge/automerge-repo-network-websocket'
import { WebSocketServer } from 'ws'
import type { AddressInfo } from 'node:net'
import { parseRelayAddress, RelayCarrier } from '../../../src/carriers/relay.ts'
import { systemRandom } from '../../../src/engine/node.ts'

test(
  'a relay that greets and ends every conversation is dialled less and less often',
  { timeout: 20_000 },
  async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    const adapter = new WebSocketServerAdapter(server as never)
    const repo = new Repo({ network: [adapter], peerId: 'relay' as PeerId })
    adapter.on('peer-candidate', () => setImmediate(() => server.clients.forEach((socket) => socket.terminate())))
    const relay = parseRelayAddress(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`)
    if (relay === null) throw new Error('no address')
    const pauses: number[] = []
    // Time flies: pauses before dialling again are noted and taken at once.
    const clock = {
      now: () => 0,
      after(delay: number, run: () => void) {
        const retry = delay < 20_000
        if (retry) pauses.push(delay)
        const timer = setTimeout(run, retry ? 0 : delay)
        return () => clearTimeout(timer)
      },
    }
    const carrier = new RelayCarrier(relay, clock, systemRandom)
    carrier.start({ up: () => undefined, down: () => undefined, message: () => undefined })
    await vi.waitFor(() => expect(pauses.length).toBeGreaterThan(4), 10_000)
    carrier.stop()
    expect(Math.max(...pauses)).toBeGreaterThan(2_000)
    await repo.shutdown()
    server.close()
  },
)
