// What every KeyValueStore keeps to, run against each implementation. `make` gives an empty store, `lasting` one with a way to
// open the same medium once more after the first was closed (memory has none).
import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { type Bytes, toHex } from '../../src/base/bytes.ts'
import type { KeyValueStore } from '../../src/base/key-value.ts'

export interface LastingMedium {
  readonly store: KeyValueStore
  readonly again: () => Promise<KeyValueStore>
}

const bytes = (...values: number[]): Bytes => Uint8Array.from(values)

async function contents(store: KeyValueStore, bucket: string): Promise<Record<string, string>> {
  const rows = await store.list(bucket)
  return Object.fromEntries(rows.map(({ key, value }) => [key, toHex(value)]))
}

export function lastingContract(name: string, make: () => Promise<LastingMedium>): void {
  keyValueContract(name, async () => (await make()).store)

  it(`${name} has after opening again what it had before closing`, async () => {
    const { store, again } = await make()
    await store.write([{ bucket: 'b', key: 'k', value: bytes(4, 5) }])
    await store.close()
    expect(await contents(await again(), 'b')).toEqual({ k: '0405' })
  })
}

export function keyValueContract(name: string, make: () => Promise<KeyValueStore>): void {
  describe(`key-value store: ${name}`, () => {
    it('gives null and nothing for what was never written', async () => {
      const store = await make()
      expect(await store.get('b', 'k')).toBeNull()
      expect(await store.list('b')).toEqual([])
    })

    it('gives back plain bytes, also none and many, and replaces them', async () => {
      const store = await make()
      const large = new Uint8Array(300_000).map((_, i) => i * 7)
      await store.write([
        { bucket: 'b', key: 'empty', value: bytes() },
        { bucket: 'b', key: 'large', value: large },
        { bucket: 'b', key: 'k', value: bytes(1) },
      ])
      await store.write([{ bucket: 'b', key: 'k', value: bytes(2, 3) }])
      expect(await store.get('b', 'empty')).toStrictEqual(bytes())
      expect(await store.get('b', 'k')).toStrictEqual(bytes(2, 3))
      expect(toHex((await store.get('b', 'large'))!)).toBe(toHex(large))
    })

    it('keeps buckets and keys apart, whatever characters they have', async () => {
      const store = await make()
      const names = ['', 'a', 'a/b', 'a\0', 'ñandú', '"', "'", 'A']
      const writes = names.flatMap((bucket, i) => names.map((key, j) => ({ bucket, key, value: bytes(i, j) })))
      await store.write(writes)
      for (const { bucket, key, value } of writes) expect(await store.get(bucket, key)).toStrictEqual(value)
      expect(Object.keys(await contents(store, 'a')).sort()).toEqual([...names].sort())
    })

    it('deletes, and deleting what is not there is nothing', async () => {
      const store = await make()
      await store.write([{ bucket: 'b', key: 'k', value: bytes(1) }])
      await store.write([
        { bucket: 'b', key: 'k', value: null },
        { bucket: 'b', key: 'never', value: null },
      ])
      expect(await store.get('b', 'k')).toBeNull()
    })

    it('applies a batch in order, the last word on a key counting', async () => {
      const store = await make()
      await store.write([
        { bucket: 'b', key: 'k', value: bytes(1) },
        { bucket: 'b', key: 'k', value: null },
        { bucket: 'b', key: 'k', value: bytes(2) },
      ])
      expect(await contents(store, 'b')).toEqual({ k: '02' })
      await store.write([])
      expect(await contents(store, 'b')).toEqual({ k: '02' })
    })

    it('writes all of a batch or nothing', async () => {
      const store = await make()
      await store.write([{ bucket: 'b', key: 'before', value: bytes(1) }])
      const hostile = new Proxy(bytes(1), {
        get: () => {
          throw new Error('not bytes')
        },
      })
      const bad = { bucket: 'b', key: 'bad', value: hostile }
      await expect(store.write([{ bucket: 'b', key: 'good', value: bytes(2) }, bad])).rejects.toThrow()
      expect(await contents(store, 'b')).toEqual({ before: '01' })
    })

    it('does not let callers change what is stored', async () => {
      const store = await make()
      const value = bytes(1, 2, 3)
      await store.write([{ bucket: 'b', key: 'k', value }])
      value.fill(9)
      ;(await store.get('b', 'k'))!.fill(8)
      for (const row of await store.list('b')) row.value.fill(7)
      expect(await store.get('b', 'k')).toStrictEqual(bytes(1, 2, 3))
    })

    it('stores a view without the buffer around it', async () => {
      const store = await make()
      const around = Uint8Array.from({ length: 100 }, (_, i) => i)
      await store.write([{ bucket: 'b', key: 'k', value: around.subarray(10, 13) }])
      const back = (await store.get('b', 'k'))!
      expect(back).toStrictEqual(bytes(10, 11, 12))
      expect(back.buffer.byteLength).toBeLessThan(50)
    })

    it('agrees with a plain map after any writes, one after the other or at once', async () => {
      const store = await make()
      const write = fc.record({
        bucket: fc.constantFrom('x', 'y'),
        key: fc.constantFrom('1', '2', '3'),
        value: fc.option(fc.uint8Array({ maxLength: 5 }), { nil: null }),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(write, { maxLength: 4 }), { maxLength: 6 }), async (batches) => {
          await store.clear()
          const model = new Map<string, string>()
          await Promise.all(batches.map((batch) => store.write(batch)))
          for (const { bucket, key, value } of batches.flat())
            if (value === null) model.delete(bucket + key)
            else model.set(bucket + key, toHex(value))
          const real = new Map<string, string>()
          for (const bucket of ['x', 'y'])
            for (const [key, value] of Object.entries(await contents(store, bucket))) real.set(bucket + key, value)
          expect([...real].sort()).toEqual([...model].sort())
        }),
        { numRuns: 25 },
      )
    })

    it('clears everything', async () => {
      const store = await make()
      await store.write([{ bucket: 'b', key: 'k', value: bytes(1) }])
      await store.clear()
      expect(await store.list('b')).toEqual([])
      await store.write([{ bucket: 'b', key: 'k', value: bytes(2) }])
      expect(await store.get('b', 'k')).toStrictEqual(bytes(2))
    })

    it('rejects with a typed error once closed, and closing twice is nothing', async () => {
      const store = await make()
      await store.close()
      await store.close()
      await expect(store.get('b', 'k')).rejects.toMatchObject({ type: 'Closed' })
      await expect(store.write([])).rejects.toMatchObject({ type: 'Closed' })
    })
  })
}
