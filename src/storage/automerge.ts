// automerge-repo's storage over any KeyValueStore (in the app: the sealed one). Owns retries: a write that the medium refuses
// is tried again with growing pauses and reported, because automerge-repo would turn a rejection into an unhandled one and
// stop saving for the session (AR-8). Reads of what cannot be read give nothing and are reported too.
import type { Chunk, StorageAdapterInterface, StorageKey } from '@automerge/automerge-repo/slim'
import { type Bytes, concat, fromHex, toHex } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import type { Clock, Millis } from '../base/environment.ts'
import type { KeyValueStore, Write } from '../base/key-value.ts'

export type AutomergeStorageReport =
  /** A write was refused `attempts` times and will be tried again in `after` ms. */
  | { readonly type: 'retrying'; readonly attempts: number; readonly after: Millis; readonly cause: unknown }
  /** The writes that were refused are stored now. */
  | { readonly type: 'recovered' }
  | { readonly type: 'unreadable'; readonly cause: unknown }

export interface AutomergeStorageOptions {
  readonly clock: Clock
  readonly report?: (report: AutomergeStorageReport) => void
}

const FIRST_PAUSE = 250
const LONGEST_PAUSE = 30_000

/** Everything of one document (the first part of a key) lies in one bucket. */
const bucketOf = (key: StorageKey) => `automerge/${key[0] ?? ''}`
/** An unambiguous text of all parts. */
const nameOf = (key: StorageKey) => toHex(encode(key))

function keyOf(name: string): StorageKey | null {
  const bytes = fromHex(name)
  const key = bytes === null ? null : decode(bytes)
  if (key === null || !key.ok || !Array.isArray(key.value)) return null
  const parts = key.value as readonly unknown[]
  return parts.every((part): part is string => typeof part === 'string') ? [...parts] : null
}

const orderOf = (key: StorageKey) => [...key].reverse().join('/')

const beginsWith = (key: StorageKey, prefix: StorageKey) => prefix.every((part, i) => key[i] === part)

export class AutomergeStorage implements StorageAdapterInterface {
  private readonly pauses = new Map<() => void, () => void>()
  /** Keys whose latest write is not stored yet, and that write: what is read meanwhile. */
  private readonly pending = new Map<string, { readonly key: StorageKey; readonly value: Bytes | null }>()
  private tail: Promise<void> = Promise.resolve()
  private closed = false

  constructor(
    private readonly store: KeyValueStore,
    private readonly options: AutomergeStorageOptions,
  ) {}

  async load(key: StorageKey): Promise<Uint8Array | undefined> {
    const pending = this.pending.get(nameOf(key))
    if (pending !== undefined) return pending.value ?? undefined
    return (await this.reading(() => this.store.get(bucketOf(key), nameOf(key)), null)) ?? undefined
  }

  save(key: StorageKey, data: Uint8Array): Promise<void> {
    return this.put([[key, new Uint8Array(data)]])
  }

  remove(key: StorageKey): Promise<void> {
    return this.put([[key, null]])
  }

  async loadRange(prefix: StorageKey): Promise<Chunk[]> {
    const rows = await this.reading(() => this.store.list(bucketOf(prefix)), [])
    const chunks = new Map<string, Chunk>()
    for (const { key: name, value } of rows) {
      const key = keyOf(name)
      if (key !== null && beginsWith(key, prefix)) chunks.set(name, { key, data: value })
    }
    for (const [name, { key, value }] of this.pending) {
      if (!beginsWith(key, prefix)) continue
      if (value === null) chunks.delete(name)
      else chunks.set(name, { key, data: value })
    }
    // One order for every medium: by the chunk's own name, the last part, first (as automerge-repo's suite has them).
    return [...chunks.values()].sort((a, b) => (orderOf(a.key) < orderOf(b.key) ? -1 : 1))
  }

  async removeRange(prefix: StorageKey): Promise<void> {
    const chunks = await this.loadRange(prefix)
    await this.put(chunks.map(({ key }) => [key, null]))
  }

  /** Resolves when nothing is waiting to be stored. */
  flush(): Promise<void> {
    return this.tail
  }

  /** Gives up what is still being tried (when locking: the keys are gone). */
  close(): void {
    this.closed = true
    for (const [resume, cancel] of [...this.pauses]) {
      cancel()
      resume()
    }
  }

  private put(values: readonly (readonly [StorageKey, Bytes | null])[]): Promise<void> {
    const mine = values.map(([key, value]) => [nameOf(key), { key, value }] as const)
    for (const [name, entry] of mine) this.pending.set(name, entry)
    const writes = values.map(([key, value]): Write => ({ bucket: bucketOf(key), key: nameOf(key), value }))
    const done = this.tail.then(async () => {
      await this.writeUntilStored(writes)
      for (const [name, entry] of mine) if (this.pending.get(name) === entry) this.pending.delete(name)
    })
    this.tail = done
    return done
  }

  /** Never rejects. */
  private async writeUntilStored(writes: readonly Write[]): Promise<void> {
    for (let attempts = 1; !this.closed; attempts++) {
      try {
        await this.store.write(writes)
        if (attempts > 1) this.options.report?.({ type: 'recovered' })
        return
      } catch (cause) {
        const after = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(attempts - 1, 10))
        this.options.report?.({ type: 'retrying', attempts, after, cause })
        await this.pause(after)
      }
    }
  }

  private pause(length: Millis): Promise<void> {
    if (this.closed) return Promise.resolve()
    return new Promise((resolve) => {
      const resume = () => {
        this.pauses.delete(resume)
        resolve()
      }
      this.pauses.set(resume, this.options.clock.after(length, resume))
    })
  }

  private async reading<T>(read: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await read()
    } catch (cause) {
      this.options.report?.({ type: 'unreadable', cause })
      return otherwise
    }
  }
}

/** What is stored of a document, as one run of bytes that Automerge loads; null where there is nothing. */
export async function storedCopy(storage: AutomergeStorage, document: string): Promise<Bytes | null> {
  const chunks = await storage.loadRange([document])
  const parts = ['snapshot', 'incremental'].flatMap((kind) => chunks.filter(({ key }) => key[1] === kind))
  return parts.length === 0 ? null : concat(...parts.flatMap(({ data }) => data ?? []))
}
