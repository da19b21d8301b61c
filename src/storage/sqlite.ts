// A KeyValueStore in a folder, for Node: one SQLite file in WAL mode with full synchronisation. Owns the exclusive lock that
// keeps a second process out (AR-6); the lock dies with the process, so that a crash leaves nothing to clean up.
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Bytes } from '../base/bytes.ts'
import type { KeyValueStore, Write } from '../base/key-value.ts'
import { StorageFailure } from './failure.ts'

const FILE = 'telar.sqlite'
const SCHEMA = `CREATE TABLE IF NOT EXISTS "values" (
  bucket TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (bucket, key)
) WITHOUT ROWID`

interface Row {
  readonly key: string
  readonly value: Buffer
}

const codeOf = (cause: unknown): string => (cause instanceof Database.SqliteError ? cause.code : '')

function failure(cause: unknown): StorageFailure {
  if (cause instanceof StorageFailure) return cause
  const code = codeOf(cause)
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'))
    return new StorageFailure('HomeInUse', { cause })
  if (code.startsWith('SQLITE_FULL')) return new StorageFailure('Quota', { cause })
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return new StorageFailure('Damaged', { cause })
  return new StorageFailure('Failed', { cause })
}

function guarded<T>(run: () => T): T {
  try {
    return run()
  } catch (cause) {
    throw failure(cause)
  }
}

function openFile(folder: string): Database.Database {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const database = new Database(join(folder, FILE), { timeout: 0 })
  try {
    database.pragma('locking_mode = EXCLUSIVE')
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma('secure_delete = ON')
    database.exec(SCHEMA)
    // The lock is taken by the first write and kept from then on.
    database.exec('BEGIN EXCLUSIVE; COMMIT')
    chmodSync(join(folder, FILE), 0o600)
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

const bytesOf = (buffer: Buffer): Bytes => new Uint8Array(buffer)

export class SqliteStore implements KeyValueStore {
  private constructor(private readonly database: Database.Database) {}

  /** Throws StorageFailure `HomeInUse` while another process (or store) has the folder. */
  static open(folder: string): SqliteStore {
    return new SqliteStore(guarded(() => openFile(folder)))
  }

  async get(bucket: string, key: string): Promise<Bytes | null> {
    return this.use((database) => {
      const query = database.prepare<[string, string], Row>(
        'SELECT key, value FROM "values" WHERE bucket = ? AND key = ?',
      )
      const row = query.get(bucket, key)
      return row === undefined ? null : bytesOf(row.value)
    })
  }

  async list(bucket: string): Promise<readonly { readonly key: string; readonly value: Bytes }[]> {
    return this.use((database) => {
      const query = database.prepare<[string], Row>('SELECT key, value FROM "values" WHERE bucket = ?')
      return query.all(bucket).map(({ key, value }) => ({ key, value: bytesOf(value) }))
    })
  }

  async write(writes: readonly Write[]): Promise<void> {
    this.use((database) => {
      const put = database.prepare('INSERT OR REPLACE INTO "values" (bucket, key, value) VALUES (?, ?, ?)')
      const remove = database.prepare('DELETE FROM "values" WHERE bucket = ? AND key = ?')
      database.transaction(() => {
        for (const { bucket, key, value } of writes) {
          if (value === null) remove.run(bucket, key)
          else put.run(bucket, key, value)
        }
      })()
    })
  }

  async clear(): Promise<void> {
    this.use((database) => {
      database.exec('DELETE FROM "values"; VACUUM')
      database.pragma('wal_checkpoint(TRUNCATE)')
    })
  }

  async close(): Promise<void> {
    if (this.database.open) this.database.close()
  }

  private use<T>(run: (database: Database.Database) => T): T {
    if (!this.database.open) throw new StorageFailure('Closed')
    return guarded(() => run(this.database))
  }
}
