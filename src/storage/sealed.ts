// A KeyValueStore over another one that sees neither names nor values: both are sealed under the vault key, and a value is
// bound to its name, so that what lies below can be read, swapped or renamed to no avail (AR-1 to AR-4). Never says a name.
import type { Bytes } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import type { KeyValueStore, Write } from '../base/key-value.ts'
import type { Result } from '../base/result.ts'
import { StorageFailure } from './failure.ts'

/** What the vault key does for storage; `sealedValues` of identity is one. */
export interface ValueSealer {
  storageName(...path: readonly string[]): string
  sealValue(name: string, plaintext: Bytes): Bytes
  openValue(name: string, sealed: Bytes): Result<Bytes, unknown>
}

export interface SealedStoreOptions {
  /** Told how many values of a bucket did not open; the others are there all the same. */
  readonly onDamage?: (count: number) => void
}

export class SealedStore implements KeyValueStore {
  constructor(
    private readonly inner: KeyValueStore,
    private readonly sealer: ValueSealer,
    private readonly options: SealedStoreOptions = {},
  ) {}

  /** Rejects with StorageFailure `Damaged` when what is there is not what was stored under this name. */
  async get(bucket: string, key: string): Promise<Bytes | null> {
    const name = this.keyName(bucket, key)
    const sealed = await this.inner.get(this.bucketName(bucket), name)
    if (sealed === null) return null
    const opened = this.openNamed(bucket, name, sealed)
    if (opened === null) throw new StorageFailure('Damaged')
    return opened.value
  }

  /** Leaves damaged values out and reports their number: one bad sector must not hide a whole document. */
  async list(bucket: string): Promise<readonly { readonly key: string; readonly value: Bytes }[]> {
    const sealed = await this.inner.list(this.bucketName(bucket))
    const values = sealed.flatMap(({ key, value }) => this.openNamed(bucket, key, value) ?? [])
    if (values.length < sealed.length) this.options.onDamage?.(sealed.length - values.length)
    return values
  }

  async write(writes: readonly Write[]): Promise<void> {
    await this.inner.write(
      writes.map(({ bucket, key, value }) => {
        const name = this.keyName(bucket, key)
        const sealed = value === null ? null : this.sealer.sealValue(name, encode([key, value]))
        return { bucket: this.bucketName(bucket), key: name, value: sealed }
      }),
    )
  }

  clear(): Promise<void> {
    return this.inner.clear()
  }

  close(): Promise<void> {
    return this.inner.close()
  }

  private bucketName(bucket: string): string {
    return this.sealer.storageName('bucket', bucket)
  }

  private keyName(bucket: string, key: string): string {
    return this.sealer.storageName('key', bucket, key)
  }

  /** The key is sealed with the value, and its name computed again: the name below is not believed. */
  private openNamed(bucket: string, name: string, sealed: Bytes): { key: string; value: Bytes } | null {
    const opened = this.sealer.openValue(name, sealed)
    if (!opened.ok) return null
    const pair = decode(opened.value)
    if (!pair.ok || !Array.isArray(pair.value)) return null
    const [key, value] = pair.value as readonly unknown[]
    if (typeof key !== 'string' || !(value instanceof Uint8Array)) return null
    return this.keyName(bucket, key) === name ? { key, value } : null
  }
}
