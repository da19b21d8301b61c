// What a hostile relay may put on the socket before anything of ours is read; rule CH-1.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { cbor } from '@automerge/automerge-repo/slim'
import { describe, expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Bytes, concat } from '../../../src/base/bytes.ts'
import { parseRelayAddress, RelayCarrier } from '../../../src/carriers/relay.ts'
import { systemClock, systemRandom } from '../../../src/engine/node.ts'
import { modestFrame } from '../../../src/wire/frame.ts'
import { MAX_MESSAGE_BYTES } from '../../../src/wire/limits.ts'

/** A number of so many bytes: decoders build it in the square of that. */
const longNumber = (length: number): Bytes =>
  concat(Uint8Array.of(0xc2, 0x5a, 0, 0, length >> 8, length & 255), new Uint8Array(length).fill(255))

describe('a frame from a relay', () => {
  test('CH-1: found by fuzzing: one long number would take a minute of this processor, a text of digits gigabytes', () => {
    const hostile: readonly unknown[] = [
      longNumber(60_000),
      '8000000000',
      new Uint8Array(0),
      new Uint8Array(MAX_MESSAGE_BYTES + 2_000),
      new Uint8Array(3_000).fill(0x81),
      Uint8Array.of(0x9a, 4, 0, 0, 0),
      Uint8Array.of(0x9f, 0xff),
      null,
    ]
    expect(hostile.map(modestFrame)).toEqual(hostile.map(() => null))
    const honest = cbor.encode({ type: 'telar', senderId: 'r', targetId: 'c', data: new Uint8Array(MAX_MESSAGE_BYTES) })
    expect(modestFrame(honest)?.length).toBe(honest.length)
    expect(modestFrame(honest.buffer.slice(honest.byteOffset, honest.byteOffset + honest.length))).not.toBeNull()
  })

  test.each([
    ['a long number', longNumber(65_000)],
    ['a text', '64000000'],
  ])('CH-1: %s ends the line and nothing else', async (_, frame) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    const relay = parseRelayAddress(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`)
    if (relay === null) throw new Error('no address')
    const carrier = new RelayCarrier(relay, systemClock, systemRandom)
    carrier.start({ up: () => undefined, down: () => undefined, message: () => undefined })
    const [socket] = (await once(server, 'connection')) as [WebSocket]
    const closed = once(socket, 'close')
    socket.send(frame)
    await closed
    expect(carrier.state).not.toBe('connected')
    carrier.stop()
    server.close()
  })
})
