// Clients that do next to nothing, so that many fit into one process: they speak to either server, count what is delivered
// and when, and look no further into it. One writer in each channel, the others read.
import { randomBytes } from 'node:crypto'
import { cbor } from '@automerge/automerge-repo/slim'
import { WebSocket } from 'ws'
import { toHex } from '../../src/base/bytes.ts'
import { decodeMessage, encodeMessage, type Message } from '../../src/wire/messages.ts'
import { originOf, openProof } from '../../src/wire/proof.ts'
import { bytes, type ChannelKey, channelKey } from '../support/relay-client.ts'
import { sign } from 'node:crypto'
import type { Served } from './served.ts'

/** One socket in one channel. */
export interface Party {
  send(entry: Buffer): void
  end(): void
}

export interface Told {
  /** So many entries arrived. */
  delivered(count: number): void
  acknowledged(count: number): void
}

export async function party(server: Served, channel: ChannelKey, told: Told): Promise<Party> {
  return server.kind === 'relay' ? relayParty(server.port, channel, told) : plainParty(server.port, channel, told)
}

async function plainParty(port: number, channel: ChannelKey, told: Told): Promise<Party> {
  const socket = await dial(`ws://127.0.0.1:${port}/${toHex(channel.id)}`)
  socket.on('message', (data: Buffer) => (data.length === 1 ? told.acknowledged(1) : told.delivered(1)))
  return { send: (entry) => socket.send(entry), end: () => socket.terminate() }
}

/** Joined, greeted, proven, open. */
async function relayParty(port: number, channel: ChannelKey, told: Told): Promise<Party> {
  const address = `ws://127.0.0.1:${port}/sync`
  const socket = await dial(address)
  const senderId = toHex(bytes(8))
  const frame = (value: object) => socket.send(cbor.encode(value))
  const said = (t: Message['t']) =>
    new Promise<Message>((resolve) => {
      const listen = (data: Buffer) => {
        const message = messageIn(data)
        if (message?.t !== t) return
        socket.off('message', listen)
        resolve(message)
      }
      socket.on('message', listen)
    })
  const say = (message: Message) => frame({ type: 'telar', senderId, targetId: 'relay', data: encodeMessage(message) })
  frame({ type: 'join', senderId, peerMetadata: {}, supportedProtocolVersions: ['1'] })
  const hello = await said('hello')
  const nonce = bytes(32)
  const helloNonce = hello.t === 'hello' ? hello.nonce : nonce
  const origin = originOf(address) ?? ''
  const proof = openProof({ role: 'client', origin, channel: channel.id, helloNonce, openNonce: nonce })
  const opened = said('opened')
  say({ t: 'open', ch: channel.id, nonce, sig: new Uint8Array(sign(null, proof, channel.secret)) })
  await opened
  socket.on('message', (data: Buffer) => {
    const entries = countAfter(data, ENTRIES)
    if (entries > 0) told.delivered(entries)
    else told.acknowledged(countAfter(data, IDS))
  })
  return { send: (entry) => say({ t: 'put', ch: channel.id, entries: [entry] }), end: () => socket.terminate() }
}

function messageIn(frame: Buffer): Message | null {
  const { data } = cbor.decode<{ data?: Uint8Array }>(frame)
  const message = data === undefined ? null : decodeMessage(new Uint8Array(data))
  return message?.ok === true ? message.value : null
}

const ENTRIES = Buffer.from('\x67entries')
const IDS = Buffer.from('\x63ids')
/** The heads of a frame and its message, before any entry. */
const HEADS = 260

/** Items of the CBOR array behind `key`; 0 when it is not there. */
function countAfter(frame: Buffer, key: Buffer): number {
  const at = frame.subarray(0, HEADS).indexOf(key)
  if (at < 0) return 0
  const head = frame[at + key.length] ?? 0
  const info = head & 31
  if (info < 24) return info
  return info === 24 ? frame.readUInt8(at + key.length + 1) : frame.readUInt16BE(at + key.length + 1)
}

function dial(address: string): Promise<WebSocket> {
  const socket = new WebSocket(address, { perMessageDeflate: false })
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Channels with `readers` each, on one server. */
export class Crowd {
  #delivered = 0
  #target = Number.POSITIVE_INFINITY
  #done: () => void = () => undefined
  readonly #writers: { readonly party: Party; left: number; sentAt: number[] }[] = []
  readonly #parties: Party[] = []
  #latencies: number[] | null = null

  private constructor(private readonly readers: number) {}

  static async gather(server: Served, channels: number, readers: number): Promise<Crowd> {
    const crowd = new Crowd(readers)
    for (let i = 0; i < channels; i++) await crowd.#channel(server)
    return crowd
  }

  async #channel(server: Served): Promise<void> {
    const key = channelKey()
    const writer = { party: null as unknown as Party, left: 0, sentAt: [] as number[] }
    writer.party = await party(server, key, {
      delivered: () => undefined,
      acknowledged: (count) => {
        for (let i = 0; i < count; i++) this.#write(writer)
      },
    })
    this.#writers.push(writer)
    this.#parties.push(writer.party)
    const reader = () => {
      let seen = 0
      return party(server, key, {
        acknowledged: () => undefined,
        delivered: (count) => {
          if (this.#latencies !== null)
            for (let i = 0; i < count; i++) this.#latencies.push(performance.now() - (writer.sentAt[seen + i] ?? NaN))
          seen += count
          this.#delivered += count
          if (this.#delivered >= this.#target) this.#done()
        },
      })
    }
    this.#parties.push(...(await Promise.all(Array.from({ length: this.readers }, reader))))
  }

  #size = 0
  #write(writer: { readonly party: Party; left: number; sentAt: number[] }): void {
    if (writer.left === 0) return
    writer.left--
    writer.sentAt.push(performance.now())
    writer.party.send(entry(this.#size))
  }

  /** Each writer writes `updates` of `size` bytes, `ahead` of them not acknowledged; resolves when every reader has all. */
  async run(updates: number, size: number, ahead: number): Promise<{ delivered: number; latencies: number[] }> {
    this.#size = size
    this.#latencies = []
    const delivered = updates * this.readers * this.#writers.length
    this.#target = this.#delivered + delivered
    const done = new Promise<void>((resolve) => (this.#done = resolve))
    for (const writer of this.#writers) {
      writer.left = updates
      for (let i = 0; i < ahead; i++) this.#write(writer)
    }
    await done
    const latencies = this.#latencies
    this.#latencies = null
    return { delivered, latencies }
  }

  end(): void {
    for (const each of this.#parties) each.end()
  }
}

/** Bytes that pass for a sealed entry. */
function entry(size: number): Buffer {
  const out = randomBytes(size)
  out[0] = 1
  return out
}
