// The entries of one space in a KeyValueStore: outer forms in one bucket, what is known of them in another, both in one
// atomic batch. Owns the stored form of EntryMeta; a meta that does not decode makes its entry `sealed` again, so that it is
// opened and judged anew instead of lost (AR-5).
import type { Bytes } from '../base/bytes.ts'
import { decode, type Encodable, encode } from '../base/codec.ts'
import { EntryId, type SpaceId } from '../base/ids.ts'
import type { KeyValueStore, Write } from '../base/key-value.ts'
import type { EntryBatch, EntryMeta, EntryStore } from '../log/store.ts'
import { StorageFailure } from './failure.ts'

const STATES = ['sealed', 'waiting', 'accepted', 'rejected', 'unreadable']

const TEXT_OR_NULL = ['reason', 'kind', 'device', 'document', 'headerId', 'epoch', 'prev', 'actor', 'hash']
const NUMBER_OR_NULL = ['seq', 'last', 'time']

const isNumber = (value: unknown) => typeof value === 'number' && Number.isSafeInteger(value)

function isMeta(value: unknown, id: EntryId): value is EntryMeta {
  if (typeof value !== 'object' || value === null) return false
  const meta = value as Readonly<Record<string, unknown>>
  const heads = meta['heads']
  return (
    meta['id'] === id &&
    STATES.includes(String(meta['state'])) &&
    isNumber(meta['order']) &&
    isNumber(meta['size']) &&
    typeof meta['own'] === 'boolean' &&
    (meta['dropped'] === undefined || meta['dropped'] === true) &&
    TEXT_OR_NULL.every((field) => meta[field] === null || typeof meta[field] === 'string') &&
    NUMBER_OR_NULL.every((field) => meta[field] === null || isNumber(meta[field])) &&
    (heads === null || (Array.isArray(heads) && heads.every((head) => typeof head === 'string')))
  )
}

const unknownMeta = (id: EntryId): EntryMeta => ({
  id,
  order: 0,
  state: 'sealed',
  reason: null,
  kind: null,
  device: null,
  document: null,
  seq: null,
  headerId: null,
  epoch: null,
  time: null,
  prev: null,
  heads: null,
  actor: null,
  last: null,
  hash: null,
  size: 0,
  own: false,
})

/** A damaged value is as good as none: one of them must not stop the others. */
async function undamaged(value: Promise<Bytes | null>): Promise<Bytes | null> {
  try {
    return await value
  } catch (cause) {
    if (cause instanceof StorageFailure && cause.type === 'Damaged') return null
    throw cause
  }
}

export function entryStore(store: KeyValueStore, space: SpaceId): EntryStore {
  const metaBucket = `entries/${space}/meta`
  const bytesBucket = `entries/${space}/bytes`
  const metaWrite = (meta: EntryMeta): Write => {
    return { bucket: metaBucket, key: meta.id, value: encode(meta as unknown as Encodable) }
  }
  return {
    async metas() {
      const rows = await store.list(metaBucket)
      return rows.flatMap(({ key, value }) => {
        const id = EntryId.parse(key)
        if (id === null) return []
        const meta = decode(value)
        return [meta.ok && isMeta(meta.value, id) ? meta.value : unknownMeta(id)]
      })
    },
    async bytes(ids) {
      const found = new Map<EntryId, Bytes>()
      await Promise.all(
        ids.map(async (id) => {
          const outer = await undamaged(store.get(bytesBucket, id))
          if (outer !== null) found.set(id, outer)
        }),
      )
      return found
    },
    async write({ add = [], update = [], drop = [] }: EntryBatch) {
      const added = add.flatMap(({ id, outer, meta }) => [
        { bucket: bytesBucket, key: id, value: outer },
        metaWrite(meta),
      ])
      const dropped = drop.flatMap((meta) => [{ bucket: bytesBucket, key: meta.id, value: null }, metaWrite(meta)])
      await store.write([...added, ...update.map(metaWrite), ...dropped])
    },
  }
}
