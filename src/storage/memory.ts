// A KeyValueStore in memory, for tests, simulations and the time before a vault exists. Copies what goes in and out, so that
// no caller can change what is stored; never survives the process.
import type { Bytes } from '../base/bytes.ts'
import type { KeyValueStore, Write } from '../base/key-value.ts'
import { StorageFailure } from './failure.ts'

export class MemoryStore implements KeyValueStore {
  private readonly buckets = new Map<string, Map<string, Bytes>>()
  private closed = false

  async get(bucket: string, key: string): Promise<Bytes | null> {
    this.mustBeOpen()
    return this.buckets.get(bucket)?.get(key)?.slice() ?? null
  }

  async list(bucket: string): Promise<readonly { readonly key: string; readonly value: Bytes }[]> {
    this.mustBeOpen()
    return [...(this.buckets.get(bucket) ?? [])].map(([key, value]) => ({ key, value: value.slice() }))
  }

  async write(writes: readonly Write[]): Promise<void> {
    this.mustBeOpen()
    const copies = writes.map((write) => ({
      ...write,
      value: write.value === null ? null : new Uint8Array(write.value),
    }))
    for (const { bucket, key, value } of copies) {
      const values = this.buckets.get(bucket) ?? new Map<string, Bytes>()
      if (value === null) values.delete(key)
      else values.set(key, value)
      this.buckets.set(bucket, values)
    }
  }

  async clear(): Promise<void> {
    this.mustBeOpen()
    this.buckets.clear()
  }

  async close(): Promise<void> {
    this.closed = true
  }

  private mustBeOpen(): void {
    if (this.closed) throw new StorageFailure('Closed')
  }
}
