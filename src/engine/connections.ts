// One link per relay address, shared by every space and invitation that uses it. Owns starting and stopping them; what
// is said on them belongs to the sources.
import type { Bytes } from '../base/bytes.ts'
import type { ChannelId, EntryId } from '../base/ids.ts'
import { parseRelayAddress } from '../carriers/relay.ts'
import { sha512Half } from '../crypto/index.ts'
import { type ChannelSource, Link } from '../sync/link.ts'
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

  constructor(
    private readonly env: EngineEnvironment,
    private readonly changed: () => void,
  ) {}

  /** From now on `key` wants `sources` open on every one of `relays` (addresses, with tokens); replaces its former wish. */
  want(key: string, relays: readonly string[], sources: (token: string | undefined) => readonly ChannelSource[]): void {
    const perRelay = new Map<string, Wish>()
    for (const text of relays) {
      const relay = parseRelayAddress(text)
      if (relay === null) continue
      perRelay.set(relay.address, { relays: [text], sources: sources(relay.token) })
      if (!this.#links.has(relay.address)) this.#start(relay.address, text)
    }
    for (const name of [...this.#wishes.keys()]) if (name.startsWith(`${key}\n`)) this.#wishes.delete(name)
    for (const [address, wish] of perRelay) this.#wishes.set(`${key}\n${address}`, wish)
    this.#arrange()
  }

  drop(key: string): void {
    this.want(key, [], () => [])
  }

  link(relay: string): Link | null {
    const parsed = parseRelayAddress(relay)
    return parsed === null ? null : (this.#links.get(parsed.address) ?? null)
  }

  all(): readonly Link[] {
    return [...this.#links.values()]
  }

  /** Tells every link that the channel's set has grown. */
  added(channel: ChannelId, ids: readonly EntryId[]): void {
    for (const link of this.#links.values()) link.added(channel, ids)
  }

  /** Compares one channel anew on every link: what belongs into it has changed. */
  ask(channel: ChannelId): void {
    for (const link of this.#links.values()) link.askOf(channel)
  }

  whisper(channel: ChannelId, data: Bytes): void {
    for (const link of this.#links.values()) link.whisper(channel, data)
  }

  hurry(): void {
    for (const link of this.#links.values()) link.carrier.hurry()
  }

  stop(): void {
    for (const link of this.#links.values()) link.stop()
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
