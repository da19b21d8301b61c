// Devices connected without a relay: by codes shown to each other, or arranged by whispers while a relay still answers. Owns each
// connection from its description to its end, who the other device has shown to be, and how many there are; what is said on one
// belongs to the links. Everything a code, a whisper or the page brings is checked here; nothing of it reaches another connection.
import { type Bytes, toHex, utf8 } from '../base/bytes.ts'
import type { Millis } from '../base/environment.ts'
import type { DeviceId, SpaceId } from '../base/ids.ts'
import { err, ok } from '../base/result.ts'
import { PeerCarrier } from '../carriers/peer.ts'
import { type Description, readSdp, writeSdp } from '../carriers/webrtc-description.ts'
import { type Crypto, labels, sha512Half } from '../crypto/index.ts'
import { PeerLink } from '../sync/peer-link.ts'
import type { SyncLink } from '../sync/sync-link.ts'
import type { Answer, FromPeerPage, NearCodes, PeerId } from './api.ts'
import type { Connections } from './connections.ts'
import type { EngineEnvironment } from './environment.ts'
import { nearCodes, readNearCode } from './near-codes.ts'
import type { PeerPage } from './peer-page.ts'

/** At the same time, by codes and by whispers. */
const MAX_NEAR = 8
const MAX_WHISPERED = 6
/** For the browser to find its addresses; for the other device to answer a whisper and to be reached. */
const DESCRIBE_MS: Millis = 20_000
const REACH_MS: Millis = 30_000

export interface PeersHost {
  readonly env: EngineEnvironment
  readonly crypto: Crypto
  readonly connections: Connections
  /** Something a face may show is different. */
  changed(): void
  /** Says who this device is, in every space whose channel is open there, on this link alone. */
  introduce(link: PeerLink, origin: Bytes, said: Set<string>): void
}

export interface Peer {
  readonly id: PeerId
  readonly by: 'near' | 'whisper'
  readonly offering: boolean
  /** Of a connection by whispers, who it is meant for. */
  readonly meant: { readonly space: SpaceId; readonly device: DeviceId } | null
  readonly carrier: PeerCarrier
  readonly link: PeerLink
  /** What to show, to offer or to answer. */
  reply: NearCodes | null
  /** The answer was taken up: another one is not. */
  answered: boolean
  /** Who it has shown to be, in each space. */
  readonly devices: Map<SpaceId, DeviceId>
  readonly said: Set<string>
  described: (sdp: Bytes | null) => void
  cancel: () => void
}

export class Peers {
  #peers = new Map<PeerId, Peer>()

  constructor(
    private readonly host: PeersHost,
    private readonly page: PeerPage,
  ) {
    page.listen((message) => this.#heard(message))
  }

  get able(): boolean {
    return this.page.present
  }

  all(): readonly Peer[] {
    return [...this.#peers.values()]
  }

  /** Begins a connection by codes: this device shows first. */
  async nearBegin(): Answer<NearCodes> {
    if (!this.able) return err({ type: 'NoPeers' })
    this.#makeRoom()
    const peer = this.#begin(toHex(this.host.env.random.bytes(16)), 'near', true, null)
    const description = await this.#describe(peer, { t: 'offer', peer: peer.id })
    if (description === null) return err({ type: 'NoPeers' })
    peer.reply = nearCodes(this.host.crypto, description)
    this.host.changed()
    return ok(peer.reply)
  }

  /** `text` is hostile. The same code read again, as a camera does, is answered the same. */
  async nearRead(text: string): Answer<{ peer: PeerId; reply: NearCodes | null }> {
    const read = readNearCode(this.host.crypto, text)
    if (!read.ok) return read
    if (!this.able) return err({ type: 'NoPeers' })
    const description = read.value
    const known = this.#peers.get(description.peer)
    if (description.kind === 'answer') {
      if (known?.by !== 'near' || !known.offering) return err({ type: 'BadCode', reason: 'not-for-here' })
      this.#accept(known, description)
      return ok({ peer: known.id, reply: null })
    }
    if (known !== undefined) {
      // One's own offer, read from one's own screen; or hers once more.
      if (known.offering || known.reply === null) return err({ type: 'BadCode', reason: 'not-for-here' })
      return ok({ peer: known.id, reply: known.reply })
    }
    this.#makeRoom()
    const peer = this.#begin(description.peer, 'near', false, null)
    const own = await this.#answer(peer, description)
    if (own === null) return err({ type: 'NoPeers' })
    peer.reply = nearCodes(this.host.crypto, own)
    this.host.changed()
    return ok({ peer: peer.id, reply: peer.reply })
  }

  nearEnd(id: PeerId): void {
    const peer = this.#peers.get(id)
    if (peer !== undefined) this.#end(peer)
  }

  /** Offers a connection to a device that can be whispered to; null where there are enough, or the browser refuses. */
  async offerTo(space: SpaceId, device: DeviceId): Promise<Description | null> {
    if (!this.able || this.#whispered().length >= MAX_WHISPERED || this.connectedTo(space, device)) return null
    const peer = this.#begin(toHex(this.host.env.random.bytes(16)), 'whisper', true, { space, device })
    this.#endUnlessOpen(peer, REACH_MS)
    return this.#describe(peer, { t: 'offer', peer: peer.id })
  }

  /** Answers what an active device offered by whisper. */
  async answerTo(space: SpaceId, device: DeviceId, offer: Description): Promise<Description | null> {
    if (!this.able || offer.kind !== 'offer' || this.#peers.has(offer.peer)) return null
    if (this.#whispered().length >= MAX_WHISPERED || this.connectedTo(space, device)) return null
    const peer = this.#begin(offer.peer, 'whisper', false, { space, device })
    this.#endUnlessOpen(peer, REACH_MS)
    return this.#answer(peer, offer)
  }

  acceptFrom(space: SpaceId, device: DeviceId, answer: Description): void {
    const peer = this.#peers.get(answer.peer)
    const isMeant = peer?.meant?.space === space && peer.meant.device === device
    if (peer !== undefined && isMeant && peer.offering && answer.kind === 'answer') this.#accept(peer, answer)
  }

  /** There is a connection to this device, or one on its way. */
  connectedTo(space: SpaceId, device: DeviceId): boolean {
    return this.all().some(
      ({ meant, devices }) => devices.get(space) === device || (meant?.space === space && meant.device === device),
    )
  }

  /** It has shown itself on a connection that is open. */
  met(space: SpaceId, device: DeviceId): boolean {
    return this.all().some(({ devices }) => devices.get(space) === device)
  }

  /** Whose device it is there was said on this link: by one that has the whole history, for no other says so (CH-37). */
  hasShown(link: SyncLink, space: SpaceId): boolean {
    return this.all().some((peer) => peer.link === link && peer.devices.has(space))
  }

  /** A verified whisper on the connection `id` says whose it is. */
  introduced(id: PeerId, space: SpaceId, device: DeviceId, line: unknown): void {
    const peer = this.#peers.get(id)
    if (peer === undefined || !(line instanceof Uint8Array)) return
    if (toHex(line) !== toHex(this.#line(peer, device))) return
    peer.devices.set(space, device)
    // Who waits for its history may believe this one from now on.
    this.host.connections.changed()
  }

  /** Called when something on the links has changed. */
  look(): void {
    for (const peer of this.all()) {
      if (peer.carrier.state === 'offline') this.#end(peer)
      else if (peer.carrier.state === 'connected') {
        this.host.introduce(peer.link, utf8(peer.carrier.origin), peer.said)
      }
    }
  }

  close(): void {
    this.page.deaf()
    for (const peer of this.all()) this.#end(peer)
  }

  #line(peer: Peer, device: DeviceId): Bytes {
    return lineOf(this.host.crypto, utf8(peer.carrier.origin), device)
  }

  #whispered(): readonly Peer[] {
    return this.all().filter(({ by }) => by === 'whisper')
  }

  /** The oldest that came to nothing goes first. */
  #makeRoom(): void {
    const near = this.all().filter(({ by }) => by === 'near')
    if (near.length < MAX_NEAR) return
    const oldest = near.find(({ carrier }) => carrier.state !== 'connected') ?? near[0]
    if (oldest !== undefined) this.#end(oldest)
  }

  #begin(id: PeerId, by: Peer['by'], offering: boolean, meant: Peer['meant']): Peer {
    const { env, crypto, connections } = this.host
    const pipe = {
      post: (data: Bytes) => this.page.post({ t: 'frame', peer: id, data }),
      end: () => this.page.post({ t: 'close', peer: id }),
    }
    const carrier = new PeerCarrier(id, pipe, env.clock)
    const link: PeerLink = new PeerLink(carrier, offering ? 'peer-a' : 'peer-b', {
      clock: env.clock,
      random: env.random,
      hash: sha512Half,
      verify: (channel, signature, bytes) => crypto.verifyRaw(channel, signature, bytes),
      changed: () => {
        link.notify()
        connections.changed()
      },
    })
    const nothing = () => undefined
    const devices = new Map<SpaceId, DeviceId>()
    const said = new Set<string>()
    const open = { reply: null, answered: false, described: nothing, cancel: nothing }
    const peer: Peer = { id, by, offering, meant, carrier, link, devices, said, ...open }
    this.#peers.set(id, peer)
    return peer
  }

  #endUnlessOpen(peer: Peer, after: Millis): void {
    peer.cancel()
    peer.cancel = this.host.env.clock.after(after, () => {
      if (peer.carrier.state !== 'connected') this.#end(peer)
    })
  }

  async #describe(
    peer: Peer,
    ask: { t: 'offer'; peer: PeerId } | { t: 'answer'; peer: PeerId; offer: Bytes },
  ): Promise<Description | null> {
    const sdp = await new Promise<Bytes | null>((resolve) => {
      const cancel = this.host.env.clock.after(DESCRIBE_MS, () => resolve(null))
      peer.described = (described) => {
        cancel()
        resolve(described)
      }
      this.page.post(ask)
    })
    const text = sdp === null ? null : new TextDecoder().decode(sdp)
    const description = text === null ? null : readSdp(ask.t, peer.id, text)
    if (description === null || this.#peers.get(peer.id) !== peer) {
      this.#end(peer)
      return null
    }
    return description
  }

  #answer(peer: Peer, offer: Description): Promise<Description | null> {
    return this.#describe(peer, { t: 'answer', peer: peer.id, offer: utf8(writeSdp(offer)) })
  }

  #accept(peer: Peer, answer: Description): void {
    if (peer.answered) return
    peer.answered = true
    this.page.post({ t: 'accept', peer: peer.id, answer: utf8(writeSdp(answer)) })
    this.#endUnlessOpen(peer, REACH_MS)
    this.host.changed()
  }

  #heard(message: FromPeerPage): void {
    const peer = this.#peers.get(message.peer)
    if (peer === undefined) return
    switch (message.t) {
      case 'described':
        return peer.described(message.description)
      case 'open':
        return this.#opened(peer, message.origin)
      case 'frame':
        return peer.carrier.received(message.data)
      case 'closed':
      case 'unable':
        return this.#end(peer)
    }
  }

  #opened(peer: Peer, origin: string): void {
    if (peer.carrier.state !== 'connecting') return
    peer.cancel()
    peer.link.start()
    this.host.connections.addPeer(peer.link)
    peer.carrier.opened(origin)
    this.host.changed()
  }

  #end(peer: Peer): void {
    if (this.#peers.get(peer.id) !== peer) return
    this.#peers.delete(peer.id)
    peer.cancel()
    peer.described(null)
    this.host.connections.dropPeer(peer.link)
    peer.link.stop()
    // Also where it ended by itself: the page lets go of it.
    this.page.post({ t: 'close', peer: peer.id })
    this.host.changed()
  }
}

/** What `device` says on one connection, and on no other. */
export const lineOf = (crypto: Pick<Crypto, 'hash'>, origin: Bytes, device: DeviceId): Bytes =>
  crypto.hash(labels.PEER_LINE, origin, utf8(device))
