// The page's half of a connection between two devices: it opens in whatever order the browser tells things, waits for people, and a
// device that does not read fills no memory here. Rule CH-34, with a browser's WebRTC made up.
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import type { FromPeerPage, ToPeerPage } from '../../../src/engine/api.ts'
import { servePeers } from '../../../src/ui/state/peers.ts'

class Channel extends EventTarget {
  readyState = 'connecting'
  sent = 0
  constructor(readonly bufferedAmount: number) {
    super()
  }
  send(): void {
    this.sent++
  }
  close(): void {
    // Nobody listens any more.
  }
}

const SDP = `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}\r\n`

/** Offers a connection whose other side leaves `buffered` bytes unread, and sends `frames` of 192 KiB on it. */
async function given(buffered: number, frames: number) {
  const channel = new Channel(buffered)
  class Connection extends EventTarget {
    readonly iceGatheringState = 'complete'
    readonly localDescription = { sdp: SDP }
    createDataChannel = () => (channel.readyState === 'connecting' ? channel : new Channel(0))
    createOffer = () => Promise.resolve({ type: 'offer', sdp: SDP })
    setLocalDescription = () => Promise.resolve()
    setRemoteDescription = () => {
      channel.readyState = 'open'
      channel.dispatchEvent(new Event('open'))
      return Promise.resolve()
    }
    close = () => undefined
  }
  vi.stubGlobal('RTCPeerConnection', Connection)
  const { port1, port2 } = new MessageChannel()
  const end = servePeers(port2)
  onTestFinished(() => {
    end()
    port1.close()
  })
  const heard: FromPeerPage['t'][] = []
  const until = (kinds: readonly FromPeerPage['t'][]) =>
    new Promise<void>((resolve) => {
      port1.onmessage = ({ data }: MessageEvent<FromPeerPage>) => {
        heard.push(data.t)
        if (kinds.includes(data.t)) resolve()
      }
    })
  const say = (message: ToPeerPage) => port1.postMessage(message)
  const described = until(['described'])
  say({ t: 'offer', peer: 'p' })
  await described
  const opened = until(['open'])
  say({ t: 'accept', peer: 'p', answer: new TextEncoder().encode(SDP) })
  await opened
  const over = until(['closed', 'described'])
  for (let i = 0; i < frames; i++) say({ t: 'frame', peer: 'p', data: new Uint8Array(192 * 1024) })
  // Answered after all frames, unless the line was ended before.
  say({ t: 'offer', peer: 'q' })
  await over
  return { heard, channel }
}

afterEach(() => vi.unstubAllGlobals())

test('CH-34 a device that asks and does not read loses its connection before it fills the memory of the page', async () => {
  const { heard } = await given(2 * 1024 * 1024, 160)
  expect(heard).toContain('closed')
})

test('a device that reads is given everything', async () => {
  const { heard, channel } = await given(0, 160)
  expect([heard.includes('closed'), channel.sent]).toEqual([false, 160])
})

/** A browser that does what the test says, when it says so. */
function browser() {
  class Connection extends EventTarget {
    static readonly all: Connection[] = []
    readonly iceGatheringState = 'complete'
    connectionState = 'new'
    localDescription: { sdp: string } | null = null
    readonly remoteDescription = null
    readonly channel = Object.assign(new Channel(0), { label: 'telar' })
    constructor() {
      super()
      Connection.all.push(this)
    }
    createDataChannel = () => this.channel
    createOffer = () => Promise.resolve({ type: 'offer', sdp: SDP })
    createAnswer = () => Promise.resolve({ type: 'answer', sdp: SDP })
    setLocalDescription = (description: { sdp: string }) => {
      this.localDescription = description
      return Promise.resolve()
    }
    setRemoteDescription({ type }: { type: string }): Promise<void> {
      if (type === 'offer') return Promise.resolve()
      this.open()
      // Told only after the channel.
      return new Promise(() => undefined)
    }
    open(): void {
      this.channel.readyState = 'open'
      this.channel.dispatchEvent(new Event('open'))
    }
    become(state: string): void {
      this.connectionState = state
      this.dispatchEvent(new Event('connectionstatechange'))
    }
    close = () => undefined
  }
  vi.stubGlobal('RTCPeerConnection', Connection)
  const { port1, port2 } = new MessageChannel()
  const end = servePeers(port2)
  onTestFinished(() => {
    end()
    port1.close()
  })
  const heard: FromPeerPage[] = []
  const listening = new EventTarget()
  port1.onmessage = ({ data }: MessageEvent<FromPeerPage>) => {
    heard.push(data)
    listening.dispatchEvent(new Event('heard'))
  }
  return {
    connections: Connection.all,
    say: (message: ToPeerPage) => port1.postMessage(message),
    /** The next message that was not asked for yet. */
    async next(): Promise<FromPeerPage> {
      if (heard.length === 0)
        await new Promise((resolve) => listening.addEventListener('heard', resolve, { once: true }))
      const [message] = heard.splice(0, 1)
      if (message === undefined) throw new Error('nothing was heard')
      return message
    },
  }
}

const OTHER = SDP.replaceAll('AB', 'CD')
const [MINE, THEIRS] = ['ab'.repeat(32), 'cd'.repeat(32)]

test('a channel that opens before the browser shows the answer it was given is open, with both fingerprints', async () => {
  const { say, next } = browser()
  say({ t: 'offer', peer: 'p' })
  expect(await next()).toMatchObject({ t: 'described' })
  say({ t: 'accept', peer: 'p', answer: new TextEncoder().encode(OTHER) })
  expect(await next()).toEqual({ t: 'open', peer: 'p', origin: `${MINE}-${THEIRS}`, offering: true })
})

test('who answered waits, after her own attempts have failed, for the other to have read the answer', async () => {
  const { say, next, connections } = browser()
  say({ t: 'answer', peer: 'p', offer: new TextEncoder().encode(OTHER) })
  expect(await next()).toMatchObject({ t: 'described' })
  const [connection] = connections
  connection?.become('failed')
  const { channel } = connection ?? {}
  connection?.dispatchEvent(Object.assign(new Event('datachannel'), { channel }))
  connection?.open()
  expect(await next()).toEqual({ t: 'open', peer: 'p', origin: `${THEIRS}-${MINE}`, offering: false })
  connection?.become('failed')
  expect(await next()).toEqual({ t: 'closed', peer: 'p' })
})

test('who offered and reaches nobody is told that it has ended', async () => {
  const { say, next, connections } = browser()
  say({ t: 'offer', peer: 'p' })
  await next()
  connections[0]?.become('failed')
  expect(await next()).toEqual({ t: 'closed', peer: 'p' })
})
