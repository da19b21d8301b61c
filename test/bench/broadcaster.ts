// What the relay's cost is compared with: the least that stores and passes on. A bare ws server that commits each message to
// SQLite with the relay's durability, then sends it to everybody else of its channel. No proofs, no ids, no checks, no resuming.
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { type WebSocket, WebSocketServer } from 'ws'

/** Port on 127.0.0.1. A socket's path is its channel; a binary message is an entry; each is answered by one byte. */
export function startBroadcaster(folder: string): Promise<number> {
  const db = new Database(join(folder, 'broadcaster.sqlite'))
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.exec('CREATE TABLE entries (channel TEXT NOT NULL, data BLOB NOT NULL)')
  const insert = db.prepare('INSERT INTO entries VALUES (?, ?)')
  const channels = new Map<string, Set<WebSocket>>()
  let queue: { readonly from: WebSocket; readonly channel: string; readonly data: Buffer }[] = []
  const store = db.transaction(() => {
    for (const { channel, data } of queue) insert.run(channel, data)
  })
  const flush = () => {
    store.immediate()
    const stored = queue
    queue = []
    for (const { from, channel, data } of stored) {
      from.send(Uint8Array.of(1))
      for (const socket of channels.get(channel) ?? []) if (socket !== from) socket.send(data)
    }
  }
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  server.on('connection', (socket, request) => {
    const channel = request.url ?? ''
    const others = channels.get(channel) ?? new Set()
    channels.set(channel, others.add(socket))
    socket.on('close', () => others.delete(socket))
    socket.on('message', (data: Buffer) => {
      if (queue.length === 0) setImmediate(flush)
      queue.push({ from: socket, channel, data })
    })
  })
  return new Promise((resolve) => {
    server.on('listening', () => resolve((server.address() as { port: number }).port))
  })
}
