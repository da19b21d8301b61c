// A TCP proxy between browsers and a relay that keeps every byte both ways, and reads them again as HTTP and WebSocket so
// that what clients mask is searched unmasked. Owns no judgement; e2e-search.ts looks for words in what is kept here.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { SECURITY_HEADERS } from '../../sync-server/static-files.ts'

export interface Recorded {
  readonly up: Buffer[]
  readonly down: Buffer[]
}

/** A piece of what was said, with a name for reports. */
export interface Heard {
  readonly where: string
  readonly bytes: Buffer
}

export class RecordingProxy {
  readonly connections: Recorded[] = []
  readonly #open = new Set<Socket>()
  readonly #server: Server
  #target: number | null = null
  #cut = false
  port = 0

  constructor() {
    this.#server = createServer((client) => this.#accept(client))
  }

  /** Listens on a free port of 127.0.0.1, or on `port`. */
  async listen(port = 0): Promise<void> {
    await new Promise<void>((done, failed) => {
      this.#server.once('error', failed)
      this.#server.listen(port, '127.0.0.1', done)
    })
    this.port = (this.#server.address() as AddressInfo).port
  }

  /** Where bytes go from now on; null: nowhere. */
  target(port: number | null): void {
    this.#target = port
  }

  /** Ends every connection, and each new one at once, until `mend`. */
  cut(): void {
    this.#cut = true
    for (const socket of this.#open) socket.destroy()
  }

  mend(): void {
    this.#cut = false
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise((done) => this.#server.close(done))
  }

  #accept(client: Socket): void {
    client.on('error', () => client.destroy())
    if (this.#cut || this.#target === null) return void client.destroy()
    const recorded: Recorded = { up: [], down: [] }
    this.connections.push(recorded)
    const relay = connect(this.#target, '127.0.0.1')
    relay.on('error', () => relay.destroy())
    this.#join(client, relay, recorded.up)
    this.#join(relay, client, recorded.down)
  }

  #join(from: Socket, to: Socket, kept: Buffer[]): void {
    this.#open.add(from)
    from.on('data', (bytes: Buffer) => {
      kept.push(bytes)
      to.write(bytes)
    })
    from.on('end', () => to.end())
    from.on('close', () => {
      this.#open.delete(from)
      to.destroy()
    })
  }
}

/** Everything that was said: raw as it passed (but for the app's own files), and what WebSocket frames held, unmasked. */
export function heard(connections: readonly Recorded[], appFolder: string): Heard[] {
  const known = appFiles(appFolder)
  return connections.flatMap(({ up, down }, i) => {
    const [sent, received] = [Buffer.concat(up), Buffer.concat(down)]
    return [
      ...read(sent, new Set()).rest.map((bytes) => ({ where: `connection ${i} to the relay, raw`, bytes })),
      { where: `connection ${i} to the relay, frames`, bytes: Buffer.concat(read(sent, new Set()).frames) },
      ...read(received, known).rest.map((bytes) => ({ where: `connection ${i} from the relay, raw`, bytes })),
      { where: `connection ${i} from the relay, frames`, bytes: Buffer.concat(read(received, known).frames) },
    ]
  })
}

/** Hashes of the files of the built app: words of every language are in them, nobody typed them. */
function appFiles(folder: string): ReadonlySet<string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Set(files.map((entry) => hash(readFileSync(join(entry.parentPath, entry.name)))))
}

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

interface Reading {
  /** Payloads of WebSocket frames, unmasked. */
  readonly frames: Buffer[]
  /** All bytes but for bodies that are files of the app, byte for byte. */
  readonly rest: Buffer[]
}

/** One direction of a connection. What cannot be read as HTTP is kept whole in `rest`. */
function read(bytes: Buffer, known: ReadonlySet<string>): Reading {
  const rest: Buffer[] = []
  let at = 0
  while (at < bytes.length) {
    const end = bytes.indexOf('\r\n\r\n', at)
    if (end < 0) break
    const head = bytes.subarray(at, end + 4).toString('latin1')
    rest.push(saidIn(head))
    at = end + 4
    if (/^upgrade: *websocket/im.test(head)) {
      rest.push(bytes.subarray(at))
      return { frames: framesOf(bytes.subarray(at)), rest }
    }
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
    const body = bytes.subarray(at, at + length)
    if (!known.has(hash(body)) && !(body.length < length && isStartOfKnown(head))) rest.push(body)
    at += length
  }
  rest.push(bytes.subarray(at))
  return { frames: [], rest }
}

/** Header values that the relay sends whoever asks, whatever for: its policy has words such as `media-src`. */
const FIXED = new Set(Object.values(SECURITY_HEADERS))

/** A head without the names of its headers (`Cache-Control`), which no one chose. */
function saidIn(head: string): Buffer {
  const [first = '', ...lines] = head.split('\r\n')
  const values = lines.map((line) => line.slice(line.indexOf(':') + 1).trim()).filter((value) => !FIXED.has(value))
  return Buffer.from([first, ...values].join('\n'), 'latin1')
}

/** A body that was cut off cannot be compared; files with a hash in their name only ever come from the build. */
const isStartOfKnown = (head: string): boolean => /^cache-control:.*immutable/im.test(head)

function framesOf(bytes: Buffer): Buffer[] {
  const payloads: Buffer[] = []
  let at = 0
  while (at + 2 <= bytes.length) {
    const masked = (bytes[at + 1]! & 0x80) !== 0
    const short = bytes[at + 1]! & 0x7f
    const wide = short === 126 ? 2 : short === 127 ? 8 : 0
    const start = at + 2 + wide + (masked ? 4 : 0)
    if (start > bytes.length) break
    const length = wide === 2 ? bytes.readUInt16BE(at + 2) : wide === 8 ? Number(bytes.readBigUInt64BE(at + 2)) : short
    const payload = Buffer.from(bytes.subarray(start, start + length))
    if (masked) for (let i = 0; i < payload.length; i += 1) payload[i]! ^= bytes[start - 4 + (i % 4)]!
    payloads.push(payload)
    at = start + length
  }
  return payloads
}
