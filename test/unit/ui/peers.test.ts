// The page's half of a connection between two devices: a device that does not read fills no memory here, and one that reads is told
// everything. Rule CH-34, with a browser's WebRTC made up.
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import type { FromPeerPage, ToPeerPage } from '../../../src/engine/api.ts'
import { servePeers } from '../../../src/ui/state/peers.ts'

class Channel extends EventTarget {
  readonly readyState = 'open'
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
    readonly remoteDescription = { sdp: SDP }
    createDataChannel = () => channel
    createOffer = () => Promise.resolve({})
    setLocalDescription = () => Promise.resolve()
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
