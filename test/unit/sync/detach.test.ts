// A channel that is let go while entries are being read for it: nothing more is said on it, or the relay ends the line.
import { expect, test } from 'vitest'
import { type Bytes, concat } from '../../../src/base/bytes.ts'
import { ChannelId, EntryId, idBytes } from '../../../src/base/ids.ts'
import { sha512Half } from '../../../src/crypto/index.ts'
import type { Carrier, CarrierEvents } from '../../../src/sync/carrier.ts'
import { type ChannelSource, Link } from '../../../src/sync/link.ts'
import type { Message } from '../../../src/wire/messages.ts'

const CHANNEL = ChannelId.must(new Uint8Array(32).fill(7))
const ENTRY = concat(Uint8Array.of(1), new Uint8Array(60).fill(2))
const ID = EntryId.must(sha512Half(ENTRY))

test('a channel let go while entries are read for it is silent afterwards', async () => {
  const said: Message[] = []
  let events: CarrierEvents | null = null
  const carrier: Carrier = {
    address: 'memory',
    origin: 'memory:1',
    state: 'connected',
    start: (to) => void (events = to),
    stop: () => undefined,
    hurry: () => undefined,
    send: (message) => said.push(message) > 0,
  }
  const link = new Link(carrier, {
    clock: { now: () => 0, after: () => () => undefined },
    random: { bytes: (length) => new Uint8Array(length) },
    hash: sha512Half,
    changed: () => undefined,
  })
  let read: (entries: ReadonlyMap<EntryId, Bytes>) => void = () => undefined
  const reading = new Promise<ReadonlyMap<EntryId, Bytes>>((resolve) => (read = resolve))
  const source: ChannelSource = {
    channel: CHANNEL,
    token: undefined,
    sign: () => Promise.resolve(new Uint8Array(64)),
    held: { sorted: () => [idBytes(ID)], has: () => true, mayGive: () => true },
    load: () => reading,
    receive: () => Promise.resolve([]),
    acked: () => undefined,
    whisper: () => undefined,
  }
  link.start()
  const { up, message } = events as unknown as CarrierEvents
  up()
  message({ t: 'hello', v: 1, nonce: new Uint8Array(32) })
  link.attach(source)
  await Promise.resolve()
  await Promise.resolve()
  message({ t: 'opened', ch: idBytes(CHANNEL), inc: new Uint8Array(16), n: 0, resumed: false })
  message({ t: 'want', ch: idBytes(CHANNEL), ids: [idBytes(ID)] })
  link.detach(CHANNEL)
  read(new Map([[ID, ENTRY]]))
  await reading
  await Promise.resolve()
  await Promise.resolve()
  expect(said.at(-1)?.t).toBe('close')
})
