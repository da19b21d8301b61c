// One link per relay address, shared by every space and invitation that uses it, and one per device that is connected without a
// relay, to which everything is offered. Owns starting and stopping those to relays; what is said on them belongs to the sources.
import type { Bytes } from '../base/bytes.ts'
import type { ChannelId, EntryId } from '../base/ids.ts'
import { parseRelayAddress } from '../carriers/relay.ts'
import { sha512Half } from '../crypto/index.ts'
import { type ChannelSource, Link } from '../sync/link.ts'
import type { PeerLink } from '../sync/peer-link.ts'
import type { SyncLink } from '../sync/sync-link.ts'
import type { EngineEnvironment } from './environment.ts'

/** Somebody who wants channels open on relays. `key` tells users apart. */
interface Wish {
  readonly relays: readonly string[]
  readonly sources: readonly ChannelSource[]
}

export class Connections {
  #links = new Map<string, Link>()
  #wishes = new Map<string, Wish>()
  #attached = new Map<string, Map<ChannelId, ChannelSource>>()
  /** What each user wants open wherever it can be, and the devices it is offered to. */
  #anywhere = new Map<string, readonly ChannelSource[]>()
  #peers = new Map<PeerLink, ReadonlySet<ChannelId>>()

  constructor(
    private readonly env: EngineEnvironment,
    readonly changed: () => void,
  ) {}

  /** From now on `key` wants `sources` open on every one of `relays` (addresses, with tokens); replaces its former wish. */
  want(
    key: string,
    relays: readonly string[],
    sources: (token: string | undefined, address: string | null) => readonly ChannelSource[],
  ): void {
    const perRelay = new Map<string, Wish>()
    for (const text of relays) {
      const relay = parseRelayAddress(text)
      if (relay === null) continue
      perRelay.set(relay.address, { relays: [text], sources: sources(relay.token, relay.address) })
      if (!this.#links.has(relay.address)) this.#start(relay.address, text)
    }
    for (const name of [...this.#wishes.keys()]) if (name.startsWith(`${key}\n`)) this.#wishes.delete(name)
    for (const [address, wish] of perRelay) this.#wishes.set(`${key}\n${address}`, wish)
    this.#anywhere.set(key, sources(undefined, null))
    this.#arrange()
    for (const peer of this.#peers.keys()) this.#offer(peer)
  }

  drop(key: string): void {
    this.want(key, [], () => [])
    this.#anywhere.delete(key)
  }

  link(relay: string): Link | null {
    const parsed = parseRelayAddress(relay)
    return parsed === null ? null : (this.#links.get(parsed.address) ?? null)
  }

  relays(): readonly Link[] {
    return [...this.#links.values()]
  }

  /** Relays and devices. */
  all(): readonly SyncLink[] {
    return [...this.#links.values(), ...this.#peers.keys()]
  }

  /** A connection to another device: everything is offered to it. Whoever made it starts and stops it. */
  addPeer(peer: PeerLink): void {
    this.#peers.set(peer, new Set())
    this.#offer(peer)
  }

  dropPeer(peer: PeerLink): void {
    this.#peers.delete(peer)
  }

  /** Tells every link that the channel's set has grown. */
  added(channel: ChannelId, ids: readonly EntryId[]): void {
    for (const link of this.all()) link.added(channel, ids)
  }

  /** Compares one channel anew on every link: what belongs into it has changed. */
  ask(channel: ChannelId): void {
    for (const link of this.#links.values()) link.askOf(channel)
  }

  whisper(channel: ChannelId, data: Bytes): void {
    for (const link of this.all()) link.whisper(channel, data)
  }

  hurry(): void {
    for (const link of this.#links.values()) link.carrier.hurry()
  }

  stop(): void {
    for (const link of this.all()) link.stop()
    this.#peers.clear()
    this.#anywhere.clear()
    this.#links.clear()
    this.#wishes.clear()
    this.#attached.clear()
  }

  #start(address: string, text: string): void {
    const relay = parseRelayAddress(text)
    if (relay === null) return
    const link: Link = new Link(this.env.carrier(relay), {
      clock: this.env.clock,
      random: this.env.random,
      hash: sha512Half,
      changed: () => {
        link.notify()
        this.changed()
      },
    })
    this.#links.set(address, link)
    link.start()
  }

  #offer(peer: PeerLink): void {
    const wanted = new Map([...this.#anywhere.values()].flat().map((source) => [source.channel, source]))
    for (const channel of this.#peers.get(peer) ?? []) if (!wanted.has(channel)) peer.detach(channel)
    for (const source of wanted.values()) peer.attach(source)
    this.#peers.set(peer, new Set(wanted.keys()))
  }

  /** Makes what is attached equal to what is wished for. */
  #arrange(): void {
    const desired = new Map<string, Map<ChannelId, ChannelSource>>()
    for (const [name, wish] of this.#wishes) {
      const address = name.slice(name.lastIndexOf('\n') + 1)
      const channels = desired.get(address) ?? new Map<ChannelId, ChannelSource>()
      for (const source of wish.sources) channels.set(source.channel, source)
      desired.set(address, channels)
    }
    for (const [address, link] of this.#links) {
      const wanted = desired.get(address) ?? new Map<ChannelId, ChannelSource>()
      const attached = this.#attached.get(address) ?? new Map<ChannelId, ChannelSource>()
      const same = (channel: ChannelId) => attached.get(channel)?.token === wanted.get(channel)?.token
      for (const channel of attached.keys()) if (!wanted.has(channel) || !same(channel)) link.detach(channel)
      for (const [channel, source] of wanted) if (!attached.has(channel) || !same(channel)) link.attach(source)
      this.#attached.set(address, wanted)
      if (wanted.size === 0) {
        link.stop()
        this.#links.delete(address)
        this.#attached.delete(address)
      }
    }
  }
}
