// Two devices of a space that see each other over a relay arrange a connection of their own by whispers: the lower device id offers,
// the other answers. Owns what such a whisper holds and when one is tried; the whispers are sealed, signed and said once by others
// (EN-13, EN-14), and nothing here is said while nobody is seen.
import type { Encodable } from '../base/codec.ts'
import type { Clock, Millis } from '../base/environment.ts'
import { DeviceId, idBytes, type SpaceId } from '../base/ids.ts'
import { packDescription, unpackDescription } from '../carriers/webrtc-description.ts'
import type { Peers } from './peers.ts'

/** A try that came to nothing is not repeated sooner; each further one waits twice as long. */
const AGAIN_MS: Millis = 120_000
const LONGEST_MS: Millis = 3_600_000

/** What the space gives: who is seen, and a way to whisper. */
export interface Seeing {
  readonly space: SpaceId
  readonly device: DeviceId
  /** This device is seen by the others. */
  readonly seen: boolean
  others(): Iterable<DeviceId>
  whisper(payload: Encodable): Promise<void>
}

interface Tried {
  readonly at: Millis
  readonly wait: Millis
}

export class PeerWhispers {
  #tried = new Map<string, Tried>()

  constructor(
    private readonly clock: Clock,
    private readonly peers: Peers,
  ) {}

  /** Offers to whoever is seen, has the higher id and is not connected. */
  async meet(seeing: Seeing): Promise<void> {
    if (!seeing.seen || !this.peers.able) return
    for (const device of seeing.others()) {
      const name = `${seeing.space} ${device}`
      if (this.peers.met(seeing.space, device)) this.#tried.delete(name)
      if (device <= seeing.device || this.peers.connectedTo(seeing.space, device) || !this.#due(name)) continue
      const offer = await this.peers.offerTo(seeing.space, device)
      // The browser was busy, or there were enough: no try.
      if (offer === null) this.#tried.delete(name)
      else await seeing.whisper({ to: idBytes(device), link: packDescription(offer) })
    }
  }

  /** A whisper of an active device that is no word of presence. */
  async heard(seeing: Seeing, device: DeviceId, payload: unknown, peer: string | undefined): Promise<void> {
    if (typeof payload !== 'object' || payload === null) return
    const { to, link, line } = payload as Readonly<Record<string, unknown>>
    if (peer !== undefined && line !== undefined) return this.peers.introduced(peer, seeing.space, device, line)
    if (!(to instanceof Uint8Array) || DeviceId.of(to) !== seeing.device) return
    const description = unpackDescription(link)
    if (description === null) return
    if (description.kind === 'answer') return this.peers.acceptFrom(seeing.space, device, description)
    // Only the lower id offers: two offers that cross would make two connections.
    if (device >= seeing.device) return
    const answer = await this.peers.answerTo(seeing.space, device, description)
    if (answer !== null) await seeing.whisper({ to: idBytes(device), link: packDescription(answer) })
  }

  #due(name: string): boolean {
    const now = this.clock.now()
    const tried = this.#tried.get(name)
    if (tried !== undefined && now - tried.at < tried.wait) return false
    const wait = tried === undefined ? AGAIN_MS : Math.min(LONGEST_MS, tried.wait * 2)
    this.#tried.set(name, { at: now, wait })
    return true
  }
}
