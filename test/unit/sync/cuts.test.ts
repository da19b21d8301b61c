// Lines that break and storage that fails, at the worst moment.
import { expect, test } from 'vitest'
import type { Bytes } from '../../../src/base/bytes.ts'
import type { Clock } from '../../../src/base/environment.ts'
import { ChannelId, EntryId, idBytes } from '../../../src/base/ids.ts'
import { sha512Half } from '../../../src/crypto/index.ts'
import type { Carrier, CarrierEvents } from '../../../src/sync/carrier.ts'
import { type ChannelSource, Link } from '../../../src/sync/link.ts'
import type { Message } from '../../../src/wire/messages.ts'

const clock: Clock = { now: () => 0, after: () => () => undefined }
const CHANNEL = ChannelId.must(new Uint8Array(32).fill(7))
const entry = new Uint8Array(80).fill(1)
const id = EntryId.must(sha512Half(entry))
const turns = async () => {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

function line() {
  const sent: Message[] = []
  let events: CarrierEvents | null = null
  const carrier: Carrier = {
    address: 'memory',
    origin: 'memory:1',
    state: 'connected',
    start: (given) => void (events = given),
    send: (message) => sent.push(message) > 0,
    hurry: () => undefined,
    stop: () => undefined,
  }
  return { carrier, sent, relay: () => events! }
}

function source(over: Partial<ChannelSource>): ChannelSource {
  return {
    channel: CHANNEL,
    token: undefined,
    sign: () => Promise.resolve(new Uint8Array(64)),
    held: { sorted: () => [idBytes(id)], has: () => true, mayGive: () => true },
    load: () => Promise.resolve(new Map([[id, entry]])),
    receive: () => Promise.resolve([]),
    acked: () => undefined,
    whisper: () => undefined,
    ...over,
  }
}

const environment = {
  clock,
  random: { bytes: (length: number) => new Uint8Array(length).fill(3) },
  hash: sha512Half,
  changed: () => undefined,
}
const hello = { t: 'hello', v: 1, nonce: new Uint8Array(32) } as const
const opened = { t: 'opened', ch: idBytes(CHANNEL), inc: new Uint8Array(16), n: 0, resumed: false } as const

test('what was being loaded when the line broke is not put into the next line before its channel is open', async () => {
  const { carrier, sent, relay } = line()
  let loaded: (entries: ReadonlyMap<EntryId, Bytes>) => void = () => undefined
  let signed: (signature: Bytes) => void = () => undefined
  let lines = 0
  const link = new Link(carrier, environment)
  link.attach(
    source({
      load: () => new Promise((resolve) => (loaded = resolve)),
      sign: () => (lines++ === 0 ? Promise.resolve(new Uint8Array(64)) : new Promise((resolve) => (signed = resolve))),
    }),
  )
  link.start()
  relay().up()
  relay().message(hello)
  await turns()
  relay().message(opened)
  relay().message({ t: 'want', ch: idBytes(CHANNEL), ids: [idBytes(id)] })
  relay().down()
  sent.length = 0
  relay().up()
  relay().message(hello)
  loaded(new Map([[id, entry]]))
  await turns()
  signed(new Uint8Array(64))
  await turns()
  expect(sent[0]?.t).toBe('open')
})

test('storage that cannot be read does not count as an acknowledgement', async () => {
  const { carrier, relay } = line()
  const acked: EntryId[] = []
  const link = new Link(carrier, environment)
  link.attach(source({ load: () => Promise.resolve(new Map()), acked: (ids) => acked.push(...ids) }))
  link.start()
  relay().up()
  relay().message(hello)
  await turns()
  relay().message(opened)
  relay().message({ t: 'want', ch: idBytes(CHANNEL), ids: [idBytes(id)] })
  await turns()
  expect(acked).toEqual([])
})
