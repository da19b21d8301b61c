// Who may connect to whom by whispers, and who is believed to be at the other end: small numbers, one side that offers, one device that
// is meant, one connection that a word is good for.
import { expect, onTestFinished, test } from 'vitest'
import { idBytes, DeviceId, SpaceId } from '../../../src/base/ids.ts'
import { utf8 } from '../../../src/base/bytes.ts'
import { packDescription, unpackDescription } from '../../../src/carriers/webrtc-description.ts'
import type { EngineHost } from '../../../src/engine/api.ts'
import { Connections } from '../../../src/engine/connections.ts'
import { PeerPage } from '../../../src/engine/peer-page.ts'
import { PeerWhispers, type Seeing } from '../../../src/engine/peer-whispers.ts'
import { lineOf, Peers } from '../../../src/engine/peers.ts'
import { Room } from '../../support/near-pages.ts'
import { crypto, random } from '../../support/peer-pair.ts'

const SPACE = SpaceId.must(new Uint8Array(32).fill(1))
const device = (n: number) => DeviceId.must(new Uint8Array(32).fill(n))

interface Said {
  readonly to: Uint8Array
  readonly link: Uint8Array
}

/** One device in the room, with a clock of its own. */
function person(room: Room, n: number) {
  const time = { now: 0, waits: [] as { at: number; run: () => void }[] }
  const clock = {
    now: () => time.now,
    after: (delay: number, run: () => void) => {
      const wait = { at: time.now + delay, run }
      time.waits.push(wait)
      return () => void (time.waits = time.waits.filter((one) => one !== wait))
    },
  }
  const env = { clock, random } as never
  const page = new PeerPage()
  const introduce = () => undefined
  const connections = new Connections(env, () => undefined)
  const peers = new Peers({ env, crypto, connections, changed: () => undefined, introduce }, page)
  const whispers = new PeerWhispers(clock, peers)
  const half = room.enter({ attachPeers: (port: MessagePort) => page.attach(port) } as EngineHost)
  onTestFinished(() => {
    half.close()
    page.close()
  })
  const said: Said[] = []
  const seeing = (seen: boolean, ...others: readonly number[]): Seeing => ({
    space: SPACE,
    device: device(n),
    seen,
    others: () => others.map(device),
    whisper: (payload) => (said.push(payload as unknown as Said), Promise.resolve()),
  })
  const pass = (ms: number) => {
    time.now += ms
    for (const wait of time.waits.filter(({ at }) => at <= time.now)) {
      time.waits = time.waits.filter((one) => one !== wait)
      wait.run()
    }
  }
  return { peers, whispers, seeing, said, pass }
}

test('CH-36 the lower id offers, to whoever it sees while it is seen; again only after a while', async () => {
  const [low, high] = [person(new Room(), 1), person(new Room(), 9)]
  await low.whispers.meet(low.seeing(false, 9))
  await high.whispers.meet(high.seeing(true, 1))
  expect([low.said, high.said]).toEqual([[], []])
  await low.whispers.meet(low.seeing(true, 9))
  expect(low.said.map(({ to }) => DeviceId.of(to))).toEqual([device(9)])
  low.pass(31_000)
  expect(low.peers.all()).toEqual([])
  await low.whispers.meet(low.seeing(true, 9))
  expect(low.said).toHaveLength(1)
  low.pass(120_000)
  await low.whispers.meet(low.seeing(true, 9))
  expect(low.said).toHaveLength(2)
})

test('CH-36 at most six at a time, offered or answered', async () => {
  const one = person(new Room(), 1)
  await one.whispers.meet(one.seeing(true, 2, 3, 4, 5, 6, 7, 8, 9, 10))
  expect([one.said.length, one.peers.all().length]).toEqual([6, 6])
  const room = new Room()
  const answering = person(room, 99)
  for (let n = 1; n <= 9; n++) {
    const other = person(room, n)
    await other.whispers.meet(other.seeing(true, 99))
    await answering.whispers.heard(answering.seeing(true), device(n), other.said[0], undefined)
  }
  expect([answering.said.length, answering.peers.all().length]).toEqual([6, 6])
})

test('CH-36 offers of a higher id, for others, or of nonsense are passed over; an answer counts only of who was meant', async () => {
  const room = new Room()
  const [a, b, c] = [person(room, 1), person(room, 5), person(room, 9)]
  await a.whispers.meet(a.seeing(true, 5))
  const offer = a.said[0]!
  await c.whispers.heard(c.seeing(true), device(1), offer, undefined)
  await b.whispers.heard(b.seeing(true), device(9), { ...offer }, undefined)
  for (const nonsense of [null, 3, {}, { to: idBytes(device(5)) }, { to: idBytes(device(5)), link: new Uint8Array(9) }])
    await b.whispers.heard(b.seeing(true), device(1), nonsense, undefined)
  expect([b.peers.all(), c.peers.all(), b.said, c.said]).toEqual([[], [], [], []])
  // Device 9 has read the offer as well, and answers as if it were meant.
  const stolen = { ...unpackDescription(offer.link)!, kind: 'answer' as const, fingerprint: new Uint8Array(32).fill(7) }
  await a.whispers.heard(
    a.seeing(true),
    device(9),
    { to: idBytes(device(1)), link: packDescription(stolen) },
    undefined,
  )
  expect(a.peers.all().map(({ answered }) => answered)).toEqual([false])
  await b.whispers.heard(b.seeing(true), device(1), offer, undefined)
  await a.whispers.heard(a.seeing(true), device(5), b.said[0], undefined)
  expect(a.peers.all().map(({ answered }) => answered)).toEqual([true])
})

test('CH-37 a word about who it is counts on its own connection and for its own device only', async () => {
  const room = new Room()
  const [a, b] = [person(room, 1), person(room, 5)]
  await a.whispers.meet(a.seeing(true, 5))
  await b.whispers.heard(b.seeing(true), device(1), a.said[0], undefined)
  await a.whispers.heard(a.seeing(true), device(5), b.said[0], undefined)
  await expect.poll(() => a.peers.all()[0]?.carrier.state).toBe('connected')
  const [{ id, carrier, devices }] = a.peers.all() as [ReturnType<typeof a.peers.all>[number]]
  const word = (origin: string, n: number) => ({ line: lineOf(crypto, utf8(origin), device(n)) })
  await a.whispers.heard(a.seeing(true), device(5), word('another connection', 5), id)
  await a.whispers.heard(a.seeing(true), device(5), word(carrier.origin, 6), id)
  await a.whispers.heard(a.seeing(true), device(5), word(carrier.origin, 5), undefined)
  expect(devices.size).toBe(0)
  await a.whispers.heard(a.seeing(true), device(5), word(carrier.origin, 5), id)
  expect([...devices]).toEqual([[SPACE, device(5)]])
})
