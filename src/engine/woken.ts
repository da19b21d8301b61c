// What wake files brought to one space, until its entries hold it (keys.md, KE-15): a restart before any relay was seen must not lose it.
// Owns the storage only.
import { decode, encode } from '../base/codec.ts'
import type { KeyValueStore } from '../base/key-value.ts'
import type { WakeContent } from '../keys/index.ts'
import type { SignedRecord } from '../log/entry.ts'

const WOKEN = 'woken'

type Carried = Pick<WakeContent, 'operations' | 'keys'>

export class Woken {
  constructor(
    private readonly store: KeyValueStore,
    private readonly space: string,
  ) {}

  async keep({ operations, keys }: Carried): Promise<void> {
    const before = await this.get()
    const all = {
      operations: [...(before?.operations ?? []), ...operations].map(pair),
      keys: [...(before?.keys ?? []), ...keys].map(pair),
    }
    await this.store.write([{ bucket: WOKEN, key: this.space, value: encode(all) }])
  }

  /** Null when there is nothing, or nothing that can be read. */
  async get(): Promise<Carried | null> {
    const bytes = await this.store.get(WOKEN, this.space)
    const value = bytes === null ? null : decode(bytes)
    if (value?.ok !== true) return null
    const { operations, keys } = value.value as {
      operations: [Uint8Array, Uint8Array][]
      keys: [Uint8Array, Uint8Array][]
    }
    return { operations: operations.map(record), keys: keys.map(record) }
  }

  async forget(): Promise<void> {
    await this.store.write([{ bucket: WOKEN, key: this.space, value: null }])
  }
}

const pair = ({ body, signature }: SignedRecord) => [body, signature]
const record = ([body, signature]: [Uint8Array, Uint8Array]): SignedRecord => ({ body, signature })
