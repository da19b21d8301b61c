// The page's half of connections without a relay: browsers give WebRTC to pages only, so the engine in its worker says by a port what
// to make, and frames pass through here as bytes. No server is ever asked for an address (no STUN, no TURN). Owns the browser's
// connections; reads nothing of what passes, and never throws on it.
import type { FromPeerPage, PeerId, ToPeerPage } from '../../engine/api.ts'

/** A message of the protocol is smaller; one that is not is nobody's honest one. */
const MAX_FRAME_BYTES = 256 * 1024
/** What the browser holds to be sent; what is more waits here. */
const HIGH_WATER = 1024 * 1024
const LOW_WATER = 256 * 1024
/** What waits here beyond it shows a device that does not read: an honest one has a few MB unacknowledged. */
const MOST_WAITING = 24 * 1024 * 1024
/** A frame that waits weighs more than its bytes. */
const FRAME_WEIGHT = 256
/** Addresses of the local network are found at once, or not at all. */
const GATHER_MS = 3_000
const CHANNEL = 'telar'

interface Line {
  readonly peer: PeerId
  readonly offering: boolean
  readonly connection: RTCPeerConnection
  channel: RTCDataChannel | null
  /** Fingerprints, of what the browser was given: it may open the channel before it shows the descriptions it has taken. */
  mine: string | null
  theirs: string | null
  /** Frames that the browser does not hold yet. */
  readonly waiting: Uint8Array<ArrayBuffer>[]
  waitingBytes: number
}

/** Serves `port` until it is closed; the answer ends every connection. */
export function servePeers(port: MessagePort): () => void {
  const pages = new PeerLines((message) => port.postMessage(message))
  port.addEventListener('message', (event: MessageEvent<ToPeerPage>) => pages.told(event.data))
  port.start()
  return () => {
    pages.end()
    port.close()
  }
}

class PeerLines {
  #lines = new Map<PeerId, Line>()

  constructor(private readonly say: (message: FromPeerPage) => void) {}

  told(message: ToPeerPage): void {
    const { peer } = message
    switch (message.t) {
      case 'offer':
        void this.#unlessUnable(peer, () => this.#offer(peer))
        break
      case 'answer':
        void this.#unlessUnable(peer, () => this.#answer(peer, message.offer))
        break
      case 'accept':
        void this.#unlessUnable(peer, async () => {
          const line = this.#lines.get(peer)
          if (line !== undefined) await this.#take(line, { type: 'answer', sdp: text(message.answer) })
        })
        break
      case 'frame': {
        const line = this.#lines.get(peer)
        if (line === undefined) break
        line.waiting.push(new Uint8Array(message.data))
        line.waitingBytes += message.data.length + FRAME_WEIGHT
        this.#drain(line)
        if (line.waitingBytes > MOST_WAITING) this.#ended(line)
        break
      }
      case 'close':
        this.#close(peer)
    }
  }

  end(): void {
    for (const peer of [...this.#lines.keys()]) this.#close(peer)
  }

  async #unlessUnable(peer: PeerId, run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch {
      this.#close(peer)
      this.say({ t: 'unable', peer })
    }
  }

  async #offer(peer: PeerId): Promise<void> {
    const line = this.#begin(peer, true)
    this.#use(line, line.connection.createDataChannel(CHANNEL, { ordered: true }))
    await this.#describe(line, await line.connection.createOffer())
  }

  async #answer(peer: PeerId, offer: Uint8Array): Promise<void> {
    const line = this.#begin(peer, false)
    const { connection } = line
    connection.addEventListener('datachannel', ({ channel }) => {
      if (line.channel === null && channel.label === CHANNEL) this.#use(line, channel)
      else channel.close()
    })
    await this.#take(line, { type: 'offer', sdp: text(offer) })
    await this.#describe(line, await connection.createAnswer())
  }

  #begin(peer: PeerId, offering: boolean): Line {
    this.#close(peer)
    const connection = new RTCPeerConnection({ iceServers: [] })
    const line: Line = {
      peer,
      offering,
      connection,
      channel: null,
      mine: null,
      theirs: null,
      waiting: [],
      waitingBytes: 0,
    }
    this.#lines.set(peer, line)
    connection.addEventListener('connectionstatechange', () => {
      const state = connection.connectionState
      // Who answers asks into the void until the other has read the answer, which people take minutes for: she is asked back then.
      const isEarly = !offering && line.channel === null
      if (state === 'closed' || (state === 'failed' && !isEarly)) this.#ended(line)
    })
    return line
  }

  async #take(line: Line, description: { type: 'offer' | 'answer'; sdp: string }): Promise<void> {
    line.theirs = fingerprintOf(description.sdp)
    await line.connection.setRemoteDescription(description)
  }

  async #describe(line: Line, description: RTCSessionDescriptionInit): Promise<void> {
    line.mine = fingerprintOf(description.sdp)
    await line.connection.setLocalDescription(description)
    await gathered(line.connection)
    const sdp = line.connection.localDescription?.sdp
    if (sdp === undefined) throw new Error('a connection without a description')
    this.say({ t: 'described', peer: line.peer, description: new TextEncoder().encode(sdp) })
  }

  #use(line: Line, channel: RTCDataChannel): void {
    line.channel = channel
    channel.binaryType = 'arraybuffer'
    channel.bufferedAmountLowThreshold = LOW_WATER
    channel.addEventListener('bufferedamountlow', () => this.#drain(line))
    channel.addEventListener('close', () => this.#ended(line))
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (data instanceof ArrayBuffer && data.byteLength <= MAX_FRAME_BYTES)
        this.say({ t: 'frame', peer: line.peer, data: new Uint8Array(data) })
      else this.#ended(line)
    })
    const opened = () => this.#opened(line)
    if (channel.readyState === 'open') opened()
    else channel.addEventListener('open', opened, { once: true })
  }

  #opened(line: Line): void {
    const { peer, offering, mine, theirs } = line
    if (mine === null || theirs === null || this.#lines.get(peer) !== line) return this.#ended(line)
    const origin = offering ? `${mine}-${theirs}` : `${theirs}-${mine}`
    this.say({ t: 'open', peer, origin, offering })
  }

  #drain(line: Line): void {
    const { channel, waiting } = line
    if (channel?.readyState !== 'open') return
    try {
      while (channel.bufferedAmount < HIGH_WATER) {
        const frame = waiting.shift()
        if (frame === undefined) return
        line.waitingBytes -= frame.length + FRAME_WEIGHT
        channel.send(frame)
      }
    } catch {
      this.#ended(line)
    }
  }

  /** By itself, or by the other side. */
  #ended(line: Line): void {
    if (this.#lines.get(line.peer) !== line) return
    this.#close(line.peer)
    this.say({ t: 'closed', peer: line.peer })
  }

  #close(peer: PeerId): void {
    const line = this.#lines.get(peer)
    this.#lines.delete(peer)
    line?.channel?.close()
    line?.connection.close()
  }
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function fingerprintOf(sdp: string | undefined): string | null {
  const found = /^a=fingerprint:sha-256 ([0-9A-F:]{95})\s*$/im.exec(sdp ?? '')?.[1]
  return found === undefined ? null : found.replaceAll(':', '').toLowerCase()
}

function gathered(connection: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (connection.iceGatheringState !== 'complete') return
      clearTimeout(timer)
      connection.removeEventListener('icegatheringstatechange', look)
      resolve()
    }
    const timer = setTimeout(resolve, GATHER_MS)
    connection.addEventListener('icegatheringstatechange', look)
    look()
  })
}
