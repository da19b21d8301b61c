// A KeyValueStore in IndexedDB: one transaction per batch, strict durability. Owns the connection: it gives way when another
// tab upgrades or deletes the database, opens again at the next call, and turns every refusal into a typed one (AR-7).
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import type { Bytes } from '../base/bytes.ts'
import type { KeyValueStore, Write } from '../base/key-value.ts'
import { StorageFailure } from './failure.ts'

interface Schema extends DBSchema {
  values: { key: [string, string]; value: Bytes }
}

type Connection = IDBPDatabase<Schema>

const VERSION = 1
const STRICT = { durability: 'strict' } as const

function failure(cause: unknown): StorageFailure {
  if (cause instanceof StorageFailure) return cause
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : ''
  if (name === 'QuotaExceededError') return new StorageFailure('Quota', { cause })
  if (name === 'VersionError') return new StorageFailure('Newer', { cause })
  return new StorageFailure('Failed', { cause })
}

/** The connection closed under us (versionchange, or the browser took it): worth one more try on a new one. */
const isGone = (cause: unknown) => cause instanceof Error && cause.name === 'InvalidStateError'

function abandon(transaction: { abort(): void }): void {
  try {
    transaction.abort()
  } catch {
    // Already over: it aborted by itself.
  }
}

export class IndexedDbStore implements KeyValueStore {
  private connection: Promise<Connection> | null = null
  private closed = false

  constructor(private readonly name: string) {}

  async get(bucket: string, key: string): Promise<Bytes | null> {
    return this.use(async (db) => (await db.get('values', [bucket, key])) ?? null)
  }

  async list(bucket: string): Promise<readonly { readonly key: string; readonly value: Bytes }[]> {
    return this.use(async (db) => {
      const transaction = db.transaction('values')
      // Within the bucket, an empty array sorts after every string.
      const range = IDBKeyRange.bound([bucket], [bucket, []])
      const [keys, values] = await Promise.all([transaction.store.getAllKeys(range), transaction.store.getAll(range)])
      return keys.flatMap(([, key], i) => {
        const value = values[i]
        return value === undefined ? [] : [{ key, value }]
      })
    })
  }

  async write(writes: readonly Write[]): Promise<void> {
    await this.use(async (db) => {
      const transaction = db.transaction('values', 'readwrite', STRICT)
      const requests: Promise<unknown>[] = [transaction.done]
      try {
        for (const { bucket, key, value } of writes) {
          // A copy of its own: cloning a view would store all of the buffer below it.
          const request =
            value === null
              ? transaction.store.delete([bucket, key])
              : transaction.store.put(new Uint8Array(value), [bucket, key])
          requests.push(request)
        }
        await Promise.all(requests)
      } catch (cause) {
        // What was put before the refusal must not be committed by itself.
        abandon(transaction)
        await Promise.allSettled(requests)
        throw cause
      }
    })
  }

  async clear(): Promise<void> {
    await this.use(async (db) => {
      const transaction = db.transaction('values', 'readwrite', STRICT)
      await Promise.all([transaction.store.clear(), transaction.done])
    })
  }

  async close(): Promise<void> {
    this.closed = true
    const connection = this.connection
    this.connection = null
    if (connection !== null) (await connection).close()
  }

  private open(): Promise<Connection> {
    const letGo = () => (this.connection = null)
    const connection = openDB<Schema>(this.name, VERSION, {
      upgrade: (db) => void db.createObjectStore('values'),
      blocking: (_current, _blocked, event) => {
        ;(event.target as IDBDatabase).close()
        letGo()
      },
      terminated: letGo,
    })
    connection.catch(letGo)
    return connection
  }

  private async use<T>(run: (db: Connection) => Promise<T>): Promise<T> {
    if (this.closed) throw new StorageFailure('Closed')
    try {
      return await run(await (this.connection ??= this.open()))
    } catch (cause) {
      if (this.closed || !isGone(cause)) throw failure(cause)
    }
    this.connection = null
    try {
      return await run(await (this.connection ??= this.open()))
    } catch (cause) {
      throw failure(cause)
    }
  }
}
