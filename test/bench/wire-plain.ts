// The same typing without any protection: three stock Repos (writer, server, reader) over the stock WebSocket adapters, in
// plain text, with the sockets counted. It is what Telar's bytes are compared with. Owns no typing.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type DocHandle, type PeerId, Repo, type StorageAdapterInterface } from '@automerge/automerge-repo/slim'
import { WebSocketClientAdapter, WebSocketServerAdapter } from '@automerge/automerge-repo-network-websocket'
import { next as A } from '@automerge/automerge/slim'
import { WebSocketServer } from 'ws'
import { SkippingClock } from './clock.ts'
import { Line } from './line.ts'
import { type Key, type Rhythm, typeInto } from './typing.ts'
import { arrives, type Carried } from './wire-telar.ts'

type Content = { context: string }

/** What the server would have on its disk. */
class CountingStorage implements StorageAdapterInterface {
  readonly #chunks = new Map<string, Uint8Array>()
  #saved: (() => void) | null = null

  get size(): number {
    return [...this.#chunks].reduce((sum, [key, data]) => sum + key.length + data.length, 0)
  }
  /** Resolves when something of this document is kept. */
  async has(document: string): Promise<void> {
    while (this.#below([document]).length === 0) await new Promise<void>((done) => (this.#saved = done))
  }
  async load(key: string[]): Promise<Uint8Array | undefined> {
    return this.#chunks.get(JSON.stringify(key))
  }
  async save(key: string[], data: Uint8Array): Promise<void> {
    this.#chunks.set(JSON.stringify(key), data)
    this.#saved?.()
  }
  async remove(key: string[]): Promise<void> {
    this.#chunks.delete(JSON.stringify(key))
  }
  async loadRange(prefix: string[]): Promise<{ key: string[]; data: Uint8Array }[]> {
    return this.#below(prefix).map((key) => ({ key, data: this.#chunks.get(JSON.stringify(key))! }))
  }
  async removeRange(prefix: string[]): Promise<void> {
    for (const key of this.#below(prefix)) this.#chunks.delete(JSON.stringify(key))
  }
  #below(prefix: string[]): string[][] {
    const keys = [...this.#chunks.keys()].map((key) => JSON.parse(key) as string[])
    return keys.filter((key) => prefix.every((part, i) => key[i] === part))
  }
}

async function member(name: string, line: Line): Promise<{ repo: Repo; end(): void }> {
  const adapter = new WebSocketClientAdapter(`ws://127.0.0.1:${line.port}`)
  const repo = new Repo({ network: [adapter], peerId: name as PeerId, isEphemeral: true })
  await new Promise<void>((done) => adapter.once('peer-candidate', () => done()))
  return { repo, end: () => adapter.disconnect() }
}

export async function throughPlainRepos(keys: readonly Key[], rhythm: Rhythm): Promise<Carried> {
  const clock = new SkippingClock()
  const ruling = clock.rule()
  const http = createServer()
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  const sockets = new WebSocketServer({ server: http })
  const storage = new CountingStorage()
  const server = new Repo({
    network: [
      new WebSocketServerAdapter(sockets as unknown as ConstructorParameters<typeof WebSocketServerAdapter>[0]),
    ],
    storage,
    peerId: 'server' as PeerId,
    sharePolicy: () => Promise.resolve(false),
  })
  const line = await Line.open(() => (http.address() as AddressInfo).port)
  const [writer, reader] = [await member('writer', line), await member('reader', line)]
  try {
    const from = writer.repo.create<Content>({ context: '' })
    // A Repo gives up a document that nobody has yet.
    await storage.has(from.documentId)
    const to = await reader.repo.find<Content>(from.url)
    await server.flush()
    const before = storage.size
    line.take()
    const settled = async (committed: boolean) => {
      if (committed) await arrives(to, from.doc().context)
    }
    const typed = await typeInto(source(from), { keys, rhythm, clock, settled })
    await server.flush()
    return { typed, wire: line.take(), kept: storage.size - before }
  } finally {
    writer.end()
    reader.end()
    for (const socket of sockets.clients) socket.terminate()
    await line.close()
    await new Promise((done) => http.close(done))
    ruling.restore()
  }
}

function source(handle: DocHandle<Content>) {
  return {
    read: () => handle.doc().context,
    write(splices: readonly { index: number; remove: number; insert: string }[]): boolean {
      handle.change((doc) => {
        for (const { index, remove, insert } of splices) A.splice(doc, ['context'], index, remove, insert)
      })
      return true
    },
  }
}
