// What the browser's WebRTC connections went through, as a list of plain lines: states, candidates, the channel. Owns no connection and
// changes none; it is read when a story of two devices fails.
import type { BrowserContext, Page } from '@playwright/test'

interface Watched {
  e2eIce?: string[]
}

/** Before the page is opened. */
export async function watchIce(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const Real = globalThis.RTCPeerConnection
    const lines: string[] = ((globalThis as Watched).e2eIce = [])
    const began = performance.now()
    let count = 0
    const say = (n: number, text: string) => lines.push(`${Math.round(performance.now() - began)} #${n} ${text}`)
    class Watching extends Real {
      constructor(configuration?: RTCConfiguration) {
        super(configuration)
        const n = ++count
        say(n, 'made')
        for (const [event, state] of [
          ['icegatheringstatechange', () => `gathering ${this.iceGatheringState}`],
          ['iceconnectionstatechange', () => `ice ${this.iceConnectionState}`],
          ['connectionstatechange', () => `connection ${this.connectionState}`],
          ['signalingstatechange', () => `signaling ${this.signalingState}`],
        ] as const)
          this.addEventListener(event, () => say(n, state()))
        this.addEventListener('icecandidate', ({ candidate }) => say(n, `mine ${candidate?.candidate ?? 'end'}`))
        this.addEventListener('icecandidateerror', ({ errorText }) => say(n, `candidate error ${errorText}`))
        this.addEventListener('datachannel', ({ channel }) => watch(n, channel))
      }

      override createDataChannel(label: string, options?: RTCDataChannelInit): RTCDataChannel {
        const channel = super.createDataChannel(label, options)
        watch(count, channel)
        return channel
      }

      override async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
        for (const line of description.sdp?.match(/a=candidate.*/g) ?? []) say(count, `theirs ${line}`)
        say(count, `remote ${description.type}`)
        await super.setRemoteDescription(description)
      }

      override close(): void {
        say(count, 'close()')
        super.close()
      }
    }
    function watch(n: number, channel: RTCDataChannel): void {
      say(n, `channel ${channel.readyState}`)
      for (const event of ['open', 'close', 'error']) channel.addEventListener(event, () => say(n, `channel ${event}`))
    }
    globalThis.RTCPeerConnection = Watching
  })
}

export const iceOf = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => (globalThis as Watched).e2eIce ?? [])
