// A client for the relay's tests: a raw WebSocket with automerge-repo's framing by hand, so that a test can say anything,
// right or wrong, and waits for what the relay answers. Shares the wire format with the relay and none of its code.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { cbor } from '@automerge/automerge-repo/slim'
import { WebSocket } from 'ws'
import { type Bytes, concat, toHex } from '../../src/base/bytes.ts'
import { unwrap } from '../../src/base/result.ts'
import { decodeMessage, encodeMessage, type Message, type MessageOf } from '../../src/wire/messages.ts'
import { originOf, openProof } from '../../src/wire/proof.ts'

export const bytes = (length: number): Bytes => new Uint8Array(randomBytes(length))
export const sha = (data: Bytes): Bytes => new Uint8Array(createHash('sha512').update(data).digest().subarray(0, 32))
/** Bytes that pass for a sealed entry. */
export const entry = (length = 600): Bytes => concat(Uint8Array.of(1), bytes(length - 1))
export const hexes = (list: readonly Bytes[]): string[] => list.map(toHex).sort()

export interface ChannelKey {
  readonly id: Bytes
  readonly secret: KeyObject
}

export function channelKey(): ChannelKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const der = publicKey.export({ format: 'der', type: 'spki' })
  return { id: new Uint8Array(der.subarray(der.length - 32)), secret: privateKey }
}

export interface OpenOptions {
  readonly token?: string
  readonly cursor?: { readonly inc: Bytes; readonly n: number }
  readonly origin?: string
  readonly helloNonce?: Bytes
  readonly role?: 'client' | 'peer-a'
}

export class RelayClient {
  readonly socket: WebSocket
  readonly peerId: string
  readonly address: string
  readonly received: Message[] = []
  /** Bytes of everything received, for searching. */
  receivedBytes = 0
  helloNonce: Bytes = new Uint8Array(32)
  openNonce: Bytes = new Uint8Array(32)
  readonly closed: Promise<number>
  #relayId = ''
  #at = 0
  #wake: () => void = () => {}
  #isClosed = false

  private constructor(address: string, peerId: string, headers: Record<string, string>) {
    this.address = address
    this.peerId = peerId
    this.socket = new WebSocket(address, { headers })
    this.socket.on('message', (data: Buffer) => this.#receive(data))
    this.socket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code) => {
        this.#isClosed = true
        resolve(code)
        this.#wake()
      })
    })
  }

  /** Connected, joined, greeted. */
  static async connect(
    address: string,
    peerId = toHex(bytes(8)),
    headers: Record<string, string> = {},
  ): Promise<RelayClient> {
    const client = await RelayClient.dial(address, peerId, headers)
    client.join()
    const hello = await client.next('hello')
    client.helloNonce = hello.nonce
    return client
  }

  /** Connected at the WebSocket level only. */
  static async dial(
    address: string,
    peerId = toHex(bytes(8)),
    headers: Record<string, string> = {},
  ): Promise<RelayClient> {
    const client = new RelayClient(address, peerId, headers)
    await new Promise<void>((resolve, reject) => {
      client.socket.once('open', resolve)
      client.socket.once('error', reject)
    })
    return client
  }

  join(): void {
    this.frame({ type: 'join', senderId: this.peerId, peerMetadata: {}, supportedProtocolVersions: ['1'] })
  }

  frame(value: unknown): void {
    this.socket.send(cbor.encode(value))
  }

  say(message: Message): void {
    this.data(encodeMessage(message))
  }

  data(data: Bytes): void {
    this.frame({ type: 'telar', senderId: this.peerId, targetId: this.#relayId, data })
  }

  /** Opens a channel and gives the answer, whichever it is. */
  async open(key: ChannelKey, options: OpenOptions = {}): Promise<MessageOf<'opened'> | MessageOf<'error'>> {
    this.say(this.proof(key, options))
    return this.next('opened', 'error')
  }

  async opens(key: ChannelKey, options: OpenOptions = {}): Promise<MessageOf<'opened'>> {
    const answer = await this.open(key, options)
    if (answer.t !== 'opened') throw new Error(`not opened: ${answer.code}`)
    return answer
  }

  proof(key: ChannelKey, options: OpenOptions = {}): MessageOf<'open'> {
    this.openNonce = bytes(32)
    const { role = 'client', helloNonce = this.helloNonce, origin = originOf(this.address) ?? '' } = options
    const text = openProof({ role, origin, channel: key.id, helloNonce, openNonce: this.openNonce })
    const sig = new Uint8Array(sign(null, text, key.secret))
    const { token, cursor } = options
    return {
      t: 'open',
      ch: key.id,
      nonce: this.openNonce,
      sig,
      ...(token === undefined ? {} : { token }),
      ...(cursor === undefined ? {} : { cursor }),
    }
  }

  /** Puts entries and waits until all are acknowledged or refused; the answers. */
  async put(key: ChannelKey, entries: Bytes[]): Promise<(MessageOf<'ack'> | MessageOf<'refuse'>)[]> {
    this.say({ t: 'put', ch: key.id, entries })
    const waiting = new Set(entries.map(sha).map(toHex))
    const answers: (MessageOf<'ack'> | MessageOf<'refuse'>)[] = []
    while (waiting.size > 0) {
      const answer = await this.next('ack', 'refuse')
      for (const id of answer.ids) waiting.delete(toHex(id))
      answers.push(answer)
    }
    return answers
  }

  /** The next message of one of these kinds; others are passed over. Fails when the socket ends first. */
  async next<T extends Message['t']>(...kinds: T[]): Promise<MessageOf<T>> {
    for (;;) {
      while (this.#at < this.received.length) {
        const message = this.received[this.#at++]
        if (message !== undefined && (kinds as string[]).includes(message.t)) return message as MessageOf<T>
      }
      if (this.#isClosed) throw new Error(`the socket ended while waiting for ${kinds.join(' or ')}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** A round trip: whatever the relay had to say before is here afterwards. */
  async settled(): Promise<void> {
    this.say({ t: 'ping' })
    await this.next('pong')
  }

  /** All messages of a kind received so far. */
  all<T extends Message['t']>(kind: T): MessageOf<T>[] {
    return this.received.filter((message): message is MessageOf<T> => message.t === kind)
  }

  /** Entries received by `put` until there are `count` different ones. */
  async entries(count: number): Promise<Bytes[]> {
    const seen = new Map<string, Bytes>()
    while (seen.size < count) for (const data of (await this.next('put')).entries) seen.set(toHex(data), data)
    return [...seen.values()]
  }

  async end(): Promise<void> {
    this.socket.terminate()
    await this.closed
  }

  #receive(data: Buffer): void {
    this.receivedBytes += data.length
    const frame = cbor.decode<{ type: string; senderId: string; data?: Uint8Array }>(data)
    if (frame.type === 'peer') this.#relayId = frame.senderId
    if (frame.type !== 'telar' || frame.data === undefined) return
    this.received.push(unwrap(decodeMessage(frame.data)))
    this.#wake()
  }
}
