// The room in which devices meet without any relay: the page's half of WebRTC on virtual time. Descriptions find each other by their
// fingerprints as browsers do, frames keep their order as a data channel's do, and a line ends in mid-transfer or goes dumb without
// saying so. Owns the lines; what passes on them is the engines' own.
import { type Bytes, fromUtf8, toHex, utf8 } from '../../src/base/bytes.ts'
import type { Clock } from '../../src/base/environment.ts'
import { readSdp, writeSdp } from '../../src/carriers/webrtc-description.ts'
import type { EngineHost, FromPeerPage, ToPeerPage } from '../../src/engine/api.ts'
import type { Chance } from './chance.ts'

export interface RoomHost {
  readonly clock: Clock
  readonly chance: Chance
  seen(line: string, data: Bytes): void
}

/** Who stands in it; `ended`: this run of her engine. */
export interface Guest {
  readonly name: string
}

interface Line {
  readonly peer: string
  readonly offering: boolean
  readonly fingerprint: string
  readonly page: Page
  remote: string | null
  other: Line | null
  /** When the last frame said here arrives there. */
  last: number
  /** Nothing arrives any more, and nobody is told. */
  dumb: boolean
}

export class Room {
  readonly #lines = new Set<Line>()
  readonly #chance: Chance
  /** While somebody listens: everything that is said on any line. */
  overheard: ((line: string, data: Bytes) => void) | null = null
  /** Ms that the slowest frame takes. */
  slowest = 40

  constructor(private readonly host: RoomHost) {
    this.#chance = host.chance.stream('room')
  }

  enter(guest: Guest, life: { readonly ended: boolean }, engine: EngineHost): void {
    const page = new Page(this, guest, life)
    engine.attachPeers(page as unknown as MessagePort)
  }

  /** Both have an open line to each other. */
  connected(a: Guest, b: Guest): boolean {
    return [...this.#lines].some(({ page, other, dumb }) => page.guest === a && other?.page.guest === b && !dumb)
  }

  get size(): number {
    return this.#lines.size
  }

  /** Ends the lines of one, or of all; what was under way is lost. */
  cut(guest?: Guest): void {
    for (const line of [...this.#lines]) if (guest === undefined || line.page.guest === guest) this.end(line, true)
  }

  /** Her lines carry nothing from now on, and nobody is told. */
  silence(guest: Guest): void {
    for (const line of this.#lines)
      if (line.page.guest === guest) {
        line.dumb = true
        if (line.other !== null) line.other.dumb = true
      }
  }

  /** Ends the lines of whoever has no engine any more: told at once, or found out by their silence. */
  review(): void {
    for (const line of [...this.#lines])
      if (line.page.life.ended) {
        if (line.other !== null && this.#chance.happens(0.4)) line.other.dumb = true
        else this.end(line, false)
        this.#lines.delete(line)
      }
  }

  later(run: () => void): void {
    this.host.clock.after(this.#chance.between(0, 3), run)
  }

  describe(page: Page, peer: string, remote: string | null): Line {
    const fingerprint = this.#chance.bytes(32)
    const kind = remote === null ? 'offer' : 'answer'
    const hex = toHex(fingerprint)
    const line: Line = {
      peer,
      offering: remote === null,
      fingerprint: hex,
      page,
      remote,
      other: null,
      last: 0,
      dumb: false,
    }
    this.#lines.add(line)
    const [ufrag, pwd] = ['abcd', toHex(this.#chance.bytes(12))]
    const sdp = writeSdp({ kind, peer, ufrag, pwd, fingerprint, passive: false, candidates: [['192.0.2.7', 40_000]] })
    page.say({ t: 'described', peer, description: utf8(sdp) })
    return line
  }

  meet(line: Line): void {
    const other = [...this.#lines].find(
      ({ fingerprint, remote, page }) => fingerprint === line.remote && remote === line.fingerprint && !page.life.ended,
    )
    if (other === undefined || other === line) return
    line.other = other
    other.other = line
    const [a, b] = line.offering ? [line, other] : [other, line]
    const origin = `${a.fingerprint}-${b.fingerprint}`
    for (const { page, peer, offering } of [a, b]) page.say({ t: 'open', peer, origin, offering })
  }

  carry(line: Line, data: Bytes): void {
    const { clock } = this.host
    const { other } = line
    if (other === null || line.dumb || !this.#lines.has(line)) return
    this.overheard?.(`${line.page.guest.name} room ${other.page.guest.name}`, data)
    line.last = Math.max(line.last, clock.now() + this.#chance.between(1, this.slowest))
    clock.after(line.last - clock.now(), () => {
      if (line.other !== other || line.dumb || other.page.life.ended) return
      this.host.seen(`${line.page.guest.name} room ${other.page.guest.name}`, data)
      other.page.hear({ t: 'frame', peer: other.peer, data })
    })
  }

  /** `both`: its own page is told, too. */
  end(line: Line, both: boolean): void {
    this.#lines.delete(line)
    const { other } = line
    line.other = null
    if (both) line.page.say({ t: 'closed', peer: line.peer })
    if (other === null) return
    other.other = null
    this.#lines.delete(other)
    other.page.say({ t: 'closed', peer: other.peer })
  }
}

/** One page: what the engine takes for its end of a message channel. */
class Page {
  readonly #lines = new Map<string, Line>()
  #listeners: ((event: { data: unknown }) => void)[] = []

  constructor(
    private readonly room: Room,
    readonly guest: Guest,
    readonly life: { readonly ended: boolean },
  ) {}

  addEventListener(_: 'message', listener: (event: { data: unknown }) => void): void {
    this.#listeners.push(listener)
  }

  start(): void {
    // It is heard from the beginning.
  }

  close(): void {
    this.#listeners = []
  }

  postMessage(message: ToPeerPage): void {
    // As a structured clone is: what is done to the bytes afterwards changes nothing.
    const copy = message.t === 'frame' ? { ...message, data: message.data.slice() } : message
    if (copy.t === 'frame') return this.#frame(copy.peer, copy.data)
    this.room.later(() => this.#told(copy))
  }

  say(message: FromPeerPage): void {
    this.room.later(() => this.hear(message))
  }

  hear(message: FromPeerPage): void {
    if (!this.life.ended) for (const listener of this.#listeners) listener({ data: message })
  }

  #frame(peer: string, data: Bytes): void {
    const line = this.#lines.get(peer)
    if (line !== undefined) this.room.carry(line, data)
  }

  #told(message: ToPeerPage): void {
    if (this.life.ended) return
    const { peer } = message
    const line = this.#lines.get(peer)
    switch (message.t) {
      case 'offer':
        return void this.#lines.set(peer, this.room.describe(this, peer, null))
      case 'answer':
        return void this.#lines.set(peer, this.room.describe(this, peer, fingerprintOf(message.offer)))
      case 'accept':
        if (line === undefined) return
        line.remote = fingerprintOf(message.answer)
        return this.room.meet(line)
      case 'close':
        if (line !== undefined) this.room.end(line, false)
        this.#lines.delete(peer)
        return
      case 'frame':
        return
    }
  }
}

function fingerprintOf(sdp: Bytes): string {
  const read = readSdp('offer', '', fromUtf8(sdp) ?? '')
  return read === null ? '' : toHex(read.fingerprint)
}
