// The pages' halves of WebRTC for tests in Node: a room in which descriptions find each other by their fingerprints, as browsers do,
// and frames pass in order. Whoever runs the room can part two pages, or hand somebody else's description over.
import { type Bytes, fromUtf8, toHex, utf8 } from '../../src/base/bytes.ts'
import type { EngineHost, FromPeerPage, ToPeerPage } from '../../src/engine/api.ts'
import { readSdp, writeSdp } from '../../src/carriers/webrtc-description.ts'
import { random } from './peer-pair.ts'

interface Line {
  readonly peer: string
  readonly offering: boolean
  readonly fingerprint: string
  remote: string | null
  readonly page: Page
  other: Line | null
}

export class Room {
  readonly lines = new Set<Line>()
  /** No browser here has WebRTC. */
  unable = false

  /** Gives the engine a page in this room. */
  enter(engine: EngineHost): Page {
    const { port1, port2 } = new MessageChannel()
    engine.attachPeers(port2)
    return new Page(this, port1)
  }

  meet(line: Line): void {
    const other = [...this.lines].find(
      ({ fingerprint, remote }) => fingerprint === line.remote && remote === line.fingerprint,
    )
    if (other === undefined) return
    line.other = other
    other.other = line
    const [a, b] = line.offering ? [line, other] : [other, line]
    const origin = `${a.fingerprint}-${b.fingerprint}`
    for (const { page, peer, offering } of [a, b]) page.say({ t: 'open', peer, origin, offering })
  }

  end(line: Line): void {
    this.lines.delete(line)
    const { other } = line
    line.other = null
    if (other === null) return
    other.other = null
    this.lines.delete(other)
    other.page.say({ t: 'closed', peer: other.peer })
  }

  /** Everybody leaves the room. */
  part(): void {
    for (const line of [...this.lines]) {
      line.page.say({ t: 'closed', peer: line.peer })
      this.end(line)
    }
  }
}

class Page {
  #lines = new Map<string, Line>()

  constructor(
    private readonly room: Room,
    private readonly port: MessagePort,
  ) {
    port.onmessage = (event: MessageEvent<ToPeerPage>) => this.#told(event.data)
  }

  say(message: FromPeerPage): void {
    this.port.postMessage(message)
  }

  close(): void {
    this.port.close()
  }

  #told(message: ToPeerPage): void {
    const { peer } = message
    if (this.room.unable) return this.say({ t: 'unable', peer })
    const line = this.#lines.get(peer)
    switch (message.t) {
      case 'offer':
        return this.#describe(peer, null)
      case 'answer':
        return this.#describe(peer, fingerprintOf(message.offer))
      case 'accept':
        if (line === undefined) return
        line.remote = fingerprintOf(message.answer)
        return this.room.meet(line)
      case 'frame':
        return line?.other?.page.say({ t: 'frame', peer: line.other.peer, data: message.data })
      case 'close':
        if (line !== undefined) this.room.end(line)
        this.#lines.delete(peer)
    }
  }

  #describe(peer: string, remote: string | null): void {
    const fingerprint = random.bytes(32)
    const kind = remote === null ? 'offer' : 'answer'
    const line: Line = {
      peer,
      offering: remote === null,
      fingerprint: toHex(fingerprint),
      remote,
      page: this,
      other: null,
    }
    this.#lines.set(peer, line)
    this.room.lines.add(line)
    const [ufrag, pwd] = ['abcd', toHex(random.bytes(12))]
    const candidates = [['192.168.2.7', 40_000]] as const
    const sdp = writeSdp({ kind, peer, ufrag, pwd, fingerprint, passive: false, candidates })
    this.say({ t: 'described', peer, description: utf8(sdp) })
  }
}

function fingerprintOf(sdp: Bytes): string {
  const read = readSdp('offer', '', fromUtf8(sdp) ?? '')
  return read === null ? '' : toHex(read.fingerprint)
}
