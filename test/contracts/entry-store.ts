// What every EntryStore keeps to, run against each implementation: metas and bytes together or not at all, updates that leave
// the bytes alone, and the same after opening again.
import { describe, expect, it } from 'vitest'
import { type Bytes, toHex } from '../../src/base/bytes.ts'
import { ChangeHash, DeviceId, DocumentId, EntryId, EpochId, HeaderId, OperationId } from '../../src/base/ids.ts'
import type { EntryMeta, EntryStore } from '../../src/log/store.ts'
import { bytesOf } from '../support/log.ts'

export interface EntryMedium {
  readonly store: EntryStore
  /** Another view of the same medium. */
  readonly again: () => Promise<EntryStore>
}

const outerOf = (name: string): Bytes => bytesOf(name, 600)
const idOf = (name: string): EntryId => EntryId.must(bytesOf(`id ${name}`, 32))

function metaOf(name: string, order: number, over: Partial<EntryMeta> = {}): EntryMeta {
  return {
    id: idOf(name),
    order,
    state: 'waiting',
    reason: null,
    kind: 'changes',
    device: DeviceId.must(bytesOf('device', 32)),
    document: DocumentId.must(bytesOf('document', 16)),
    seq: order,
    epoch: EpochId.must(bytesOf('epoch', 32)),
    time: 1,
    headerId: HeaderId.must(bytesOf(`header ${name}`, 32)),
    prev: null,
    heads: [OperationId.must(bytesOf('head', 32))],
    actor: null,
    last: 3,
    hash: ChangeHash.must(bytesOf('hash', 32)),
    size: 600,
    own: false,
    ...over,
  }
}

const addOf = (name: string, order: number) => ({ id: idOf(name), outer: outerOf(name), meta: metaOf(name, order) })

async function sorted(store: EntryStore): Promise<EntryMeta[]> {
  return [...(await store.metas())].sort((a, b) => a.order - b.order)
}

export function entryStoreContract(name: string, make: () => Promise<EntryMedium>): void {
  describe(`entry store: ${name}`, () => {
    it('holds nothing at first', async () => {
      const { store } = await make()
      expect(await store.metas()).toEqual([])
      expect((await store.bytes([idOf('a')])).size).toBe(0)
    })

    it('gives back metas and bytes, also to another view of the medium', async () => {
      const { store, again } = await make()
      const closed = {
        kind: null,
        device: null,
        document: null,
        seq: null,
        headerId: null,
        heads: null,
        last: null,
      } as const
      const sealed = metaOf('b', 1, { state: 'sealed', hash: null, ...closed })
      await store.write({ add: [addOf('a', 0), { ...addOf('b', 1), meta: sealed }] })
      for (const view of [store, await again()]) {
        expect(await sorted(view)).toEqual([metaOf('a', 0), sealed])
        const bytes = await view.bytes([idOf('a'), idOf('missing'), idOf('b')])
        expect([...bytes].map(([id, outer]) => [id, toHex(outer)]).sort()).toEqual(
          [
            [idOf('a'), toHex(outerOf('a'))],
            [idOf('b'), toHex(outerOf('b'))],
          ].sort(),
        )
      }
    })

    it('updates metas and leaves bytes alone, in one batch with additions', async () => {
      const { store, again } = await make()
      await store.write({ add: [addOf('a', 0)] })
      const rejected = metaOf('a', 0, { state: 'rejected', reason: 'WrongActor' })
      await store.write({ add: [addOf('b', 1)], update: [rejected] })
      expect(await sorted(await again())).toEqual([rejected, metaOf('b', 1)])
      expect(toHex((await store.bytes([idOf('a')])).get(idOf('a'))!)).toBe(toHex(outerOf('a')))
    })

    it('EN-19 lets bytes go and keeps the metas, in one batch', async () => {
      const { store, again } = await make()
      await store.write({ add: [addOf('a', 0), addOf('b', 1)] })
      const dropped = metaOf('a', 0, { state: 'accepted', dropped: true })
      await store.write({ drop: [dropped] })
      expect(await sorted(await again())).toEqual([dropped, metaOf('b', 1)])
      expect([...(await store.bytes([idOf('a'), idOf('b')])).keys()]).toEqual([idOf('b')])
    })

    it('takes an empty batch', async () => {
      const { store } = await make()
      await store.write({})
      expect(await store.metas()).toEqual([])
    })
  })
}
