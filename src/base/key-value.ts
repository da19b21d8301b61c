// The one interface every place of storage offers: named values in named buckets, written in atomic, durable batches.
// Knows nothing of what it keeps; sealing and hiding of names happens above it (storage/sealed.ts).
import type { Bytes } from './bytes.ts'

export interface Write {
  readonly bucket: string
  readonly key: string
  /** null deletes. */
  readonly value: Bytes | null
}

export interface KeyValueStore {
  get(bucket: string, key: string): Promise<Bytes | null>
  /** Every value of a bucket, in no particular order. */
  list(bucket: string): Promise<readonly { readonly key: string; readonly value: Bytes }[]>
  /** All of `writes` or none of them; durable when the promise resolves. Rejects when the medium refuses. */
  write(writes: readonly Write[]): Promise<void>
  /** Deletes everything. */
  clear(): Promise<void>
  close(): Promise<void>
}
