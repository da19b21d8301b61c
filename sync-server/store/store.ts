// The relay's durable memory over SQLite: WAL, synchronous FULL, so that what a commit returned from survives a power cut.
// Knows channels by number and entries by id; never interprets an entry. Throws what SQLite throws (disk full).
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { type Bytes, compare } from '../../src/base/bytes.ts'
import { SCHEMA, SCHEMA_VERSION } from './schema.ts'

export interface ChannelRow {
  readonly key: number
  readonly incarnation: Bytes
  /** Number of the last entry; entries are never taken out one by one, so also how many there are. */
  readonly n: number
  /** Sum of the entries' sizes. */
  readonly bytes: number
}

export interface NumberedEntry {
  readonly n: number
  readonly data: Bytes
}

export class Store {
  readonly #db: Database.Database
  readonly #sql: ReturnType<typeof prepare>

  /** Opens or creates `relay.sqlite` in `folder`, readable by its owner alone. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const file = join(folder, 'relay.sqlite')
    const db = new Database(file)
    chmodSync(file, 0o600)
    db.pragma('auto_vacuum = INCREMENTAL')
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.pragma('secure_delete = ON')
    // Entry ids are random: without room for the index in memory each commit reads it from the disk again.
    db.pragma('cache_size = -32768')
    // Pages that change often are carried over from the journal less often (up to 16 MiB of it).
    db.pragma('wal_autocheckpoint = 4096')
    db.pragma('busy_timeout = 5000')
    const version = db.pragma('user_version', { simple: true })
    if (version === 0) {
      db.transaction(() => {
        db.exec(SCHEMA)
        db.pragma(`user_version = ${SCHEMA_VERSION}`)
      })()
    } else if (version !== SCHEMA_VERSION) {
      db.close()
      throw new Error(`the database in ${folder} was made by another version of the relay (${String(version)})`)
    }
    this.#db = db
    this.#sql = prepare(db)
  }

  channel(id: Bytes): ChannelRow | null {
    return this.#sql.channel.get(id) ?? null
  }

  createChannel(id: Bytes, incarnation: Bytes, day: number): ChannelRow {
    const { lastInsertRowid } = this.#sql.createChannel.run(id, incarnation, day, day)
    return { key: Number(lastInsertRowid), incarnation, n: 0, bytes: 0 }
  }

  /** Remembers that a channel was opened on `day`. */
  touch(key: number, day: number): void {
    this.#sql.touch.run(day, key, day)
  }

  /** Runs `write` as one durable transaction; when it throws nothing of it happened. */
  commit<T>(write: () => T): T {
    return this.#db.transaction(write).immediate()
  }

  /** Within `commit`: adds an entry as number `n`; false when the channel has it already. */
  insert(key: number, n: number, id: Bytes, data: Bytes): boolean {
    const known = this.#known(key, id)
    if (known === 'here') return false
    const content = known ?? this.#sql.insertContent.run(data).lastInsertRowid
    this.#sql.insertEntry.run(key, n, id, data.length, content)
    return true
  }

  /** Within `commit`: adds an entry whose bytes are stored; false when the channel has it already. */
  insertLinked(key: number, n: number, id: Bytes, size: number): boolean {
    const known = this.#known(key, id)
    if (known === 'here' || known === null) return false
    this.#sql.insertEntry.run(key, n, id, size, known)
    return true
  }

  /** Whether the channel has the entry; else the key of its bytes where another channel has it; else null. */
  #known(key: number, id: Bytes): 'here' | number | null {
    if (this.has(key, id)) return 'here'
    return this.#sql.content.get(id)?.content ?? null
  }

  has(key: number, id: Bytes): boolean {
    return this.#sql.has.get(id, key) !== undefined
  }

  /** Bytes of an entry of this channel, or null. */
  read(key: number, id: Bytes): Bytes | null {
    return this.#sql.read.get(id, key)?.data ?? null
  }

  /** Size of an entry of this channel, or null. */
  size(key: number, id: Bytes): number | null {
    return this.#sql.size.get(id, key)?.size ?? null
  }

  /** Entries numbered above `n`, in order, up to about `maxBytes` (at least one when there is one). */
  after(key: number, n: number, maxBytes: number, maxEntries: number): NumberedEntry[] {
    const out: NumberedEntry[] = []
    let bytes = 0
    for (const row of this.#sql.after.iterate(key, n, maxEntries)) {
      if (out.length > 0 && bytes + row.data.length > maxBytes) break
      bytes += row.data.length
      out.push(row)
    }
    return out
  }

  /** Ids of a channel, ascending. */
  ids(key: number): Bytes[] {
    return this.#sql.ids
      .all(key)
      .map((row) => row.id)
      .sort(compare)
  }

  /** Bytes of the database that are in use: read from its header, however large it is. */
  usedBytes(): number {
    const pragma = (name: string) => Number(this.#db.pragma(name, { simple: true }))
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
  }

  /** Forgets channels not opened since before `day`, except those in `keep`, and overwrites what they held. */
  forget(day: number, keep: readonly number[]): number {
    const gone = this.#sql.stale.all(day).filter((row) => !keep.includes(row.key))
    for (const { key } of gone) {
      this.commit(() => {
        this.#sql.dropContents.run(key, key)
        this.#sql.dropEntries.run(key)
        this.#sql.dropChannel.run(key)
      })
    }
    if (gone.length > 0) {
      this.#db.pragma('incremental_vacuum')
      this.#db.pragma('wal_checkpoint(TRUNCATE)')
    }
    return gone.length
  }

  /** Whether the database answers. */
  healthy(): boolean {
    try {
      return this.#db.open && this.#sql.alive.get() !== undefined
    } catch {
      return false
    }
  }

  close(): void {
    this.#db.close()
  }
}

function prepare(db: Database.Database) {
  return {
    channel: db.prepare<[Bytes], ChannelRow>(
      `SELECT key, incarnation,
        (SELECT coalesce(max(n), 0) FROM entries WHERE channel = key) AS n,
        (SELECT coalesce(sum(size), 0) FROM entries WHERE channel = key) AS bytes
        FROM channels WHERE channels.id = ?`,
    ),
    createChannel: db.prepare<[Bytes, Bytes, number, number]>(
      'INSERT INTO channels (id, incarnation, created_day, opened_day) VALUES (?, ?, ?, ?)',
    ),
    touch: db.prepare<[number, number, number]>('UPDATE channels SET opened_day = ? WHERE key = ? AND opened_day < ?'),
    insertEntry: db.prepare<[number, number, Bytes, number, number | bigint]>(
      'INSERT INTO entries (channel, n, id, size, content) VALUES (?, ?, ?, ?, ?)',
    ),
    insertContent: db.prepare<[Bytes]>('INSERT INTO contents (data) VALUES (?)'),
    content: db.prepare<[Bytes], { content: number }>('SELECT content FROM entries WHERE id = ? LIMIT 1'),
    has: db.prepare<[Bytes, number], { one: number }>('SELECT 1 AS one FROM entries WHERE id = ? AND channel = ?'),
    read: db.prepare<[Bytes, number], { data: Bytes }>(
      'SELECT data FROM entries JOIN contents ON contents.key = content WHERE id = ? AND channel = ?',
    ),
    size: db.prepare<[Bytes, number], { size: number }>('SELECT size FROM entries WHERE id = ? AND channel = ?'),
    after: db.prepare<[number, number, number], NumberedEntry>(
      'SELECT n, data FROM entries JOIN contents ON contents.key = content WHERE channel = ? AND n > ? ORDER BY n LIMIT ?',
    ),
    ids: db.prepare<[number], { id: Bytes }>('SELECT id FROM entries WHERE channel = ?'),
    stale: db.prepare<[number], { key: number }>('SELECT key FROM channels WHERE opened_day < ?'),
    dropContents: db.prepare<[number, number]>(
      `DELETE FROM contents WHERE key IN (SELECT content FROM entries AS gone WHERE channel = ?
        AND NOT EXISTS (SELECT 1 FROM entries AS other WHERE other.id = gone.id AND other.channel <> ?))`,
    ),
    dropEntries: db.prepare<[number]>('DELETE FROM entries WHERE channel = ?'),
    dropChannel: db.prepare<[number]>('DELETE FROM channels WHERE key = ?'),
    alive: db.prepare<[], { one: number }>('SELECT 1 AS one FROM channels UNION ALL SELECT 1'),
  }
}
