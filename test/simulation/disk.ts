// What a device keeps: batches become durable a little after they are handed over, in order, all or nothing, and what is not yet
// durable at a crash may or may not be. A copy can be taken and put back. Reads see what was handed over, as IndexedDB's do.
import type { Bytes } from '../../src/base/bytes.ts'
import type { Clock } from '../../src/base/environment.ts'
import type { KeyValueStore, Write } from '../../src/base/key-value.ts'
import { StorageFailure } from '../../src/storage/failure.ts'
import type { Chance } from './chance.ts'

export type DiskImage = ReadonlyMap<string, ReadonlyMap<string, Bytes>>

interface Batch {
  readonly writes: readonly Write[]
  readonly done: () => void
  readonly failed: (cause: unknown) => void
}

export class Disk {
  #durable = new Map<string, Map<string, Bytes>>()
  #waiting: Batch[] = []
  #busy = false
  #session = 0
  /** Of the next batches so many are refused, as a full disk does. */
  refuse = 0

  constructor(
    private readonly clock: Clock,
    private readonly chance: Chance,
  ) {}

  /** The storage of one run of the engine. */
  open(): KeyValueStore {
    const session = ++this.#session
    const live = () => session === this.#session
    const never = new Promise<never>(() => undefined)
    return {
      get: async (bucket, key) => (live() ? (this.#seen(bucket).get(key)?.slice() ?? null) : never),
      list: async (bucket) =>
        live() ? [...this.#seen(bucket)].map(([key, value]) => ({ key, value: value.slice() })) : never,
      write: (writes) => (live() ? this.#write(writes) : never),
      clear: () => (live() ? this.#write(this.#everything()) : never),
      close: () => Promise.resolve(),
    }
  }

  /** The power goes: of what waited, a first part is there. */
  crash(): void {
    this.#session++
    const kept = this.#waiting.slice(0, this.chance.between(0, this.#waiting.length))
    this.#waiting = []
    for (const { writes } of kept) this.#apply(writes)
  }

  image(): DiskImage {
    return new Map([...this.#durable].map(([bucket, values]) => [bucket, new Map(values)]))
  }

  /** An image is put in the place of everything; whoever had it open has lost it. */
  restore(image: DiskImage): void {
    this.#session++
    this.#waiting = []
    this.#durable = new Map([...image].map(([bucket, values]) => [bucket, new Map(values)]))
  }

  #seen(bucket: string): ReadonlyMap<string, Bytes> {
    const mine = this.#waiting.flatMap(({ writes }) => writes.filter((write) => write.bucket === bucket))
    const durable = this.#durable.get(bucket) ?? new Map<string, Bytes>()
    if (mine.length === 0) return durable
    const seen = new Map(durable)
    for (const { key, value } of mine)
      if (value === null) seen.delete(key)
      else seen.set(key, value)
    return seen
  }

  #write(writes: readonly Write[]): Promise<void> {
    if (this.refuse > 0) {
      this.refuse--
      return Promise.reject(new StorageFailure('Quota'))
    }
    const copies = writes.map(({ bucket, key, value }) => ({
      bucket,
      key,
      value: value === null ? null : value.slice(),
    }))
    return new Promise((done, failed) => {
      this.#waiting.push({ writes: copies, done, failed })
      this.#next()
    })
  }

  /** One batch after the other. */
  #next(): void {
    if (this.#busy || this.#waiting.length === 0) return
    this.#busy = true
    const session = this.#session
    this.clock.after(this.chance.happens(0.02) ? this.chance.between(20, 400) : this.chance.between(0, 3), () => {
      this.#busy = false
      if (session === this.#session) {
        const batch = this.#waiting.shift()
        if (batch !== undefined) {
          this.#apply(batch.writes)
          batch.done()
        }
      }
      this.#next()
    })
  }

  #apply(writes: readonly Write[]): void {
    for (const { bucket, key, value } of writes) {
      const values = this.#durable.get(bucket) ?? new Map<string, Bytes>()
      if (value === null) values.delete(key)
      else values.set(key, value)
      this.#durable.set(bucket, values)
    }
  }

  #everything(): Write[] {
    return [...this.#durable].flatMap(([bucket, values]) =>
      [...values.keys()].map((key) => ({ bucket, key, value: null })),
    )
  }
}
