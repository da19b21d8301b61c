// Every store against the contracts, and what each promises beyond them; rules AR-1 to AR-7.
import 'fake-indexeddb/auto'
import { fork } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deleteDB, openDB } from 'idb'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { type Bytes, concat, toHex, utf8 } from '../../../src/base/bytes.ts'
import { SpaceId } from '../../../src/base/ids.ts'
import type { KeyValueStore } from '../../../src/base/key-value.ts'
import { sealedValues } from '../../../src/identity/sealed-values.ts'
import { entryStore } from '../../../src/storage/entries.ts'
import { IndexedDbStore } from '../../../src/storage/indexed-db.ts'
import { MemoryStore } from '../../../src/storage/memory.ts'
import { SealedStore } from '../../../src/storage/sealed.ts'
import { SqliteStore } from '../../../src/storage/sqlite.ts'
import { entryStoreContract } from '../../contracts/entry-store.ts'
import { keyValueContract, lastingContract } from '../../contracts/key-value.ts'
import { bytesOf, testCrypto } from '../../support/log.ts'

const folders: string[] = []
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'telar-storage-'))
  folders.push(folder)
  return folder
}

const opened: KeyValueStore[] = []
function tracked<T extends KeyValueStore>(store: T): T {
  opened.push(store)
  return store
}

afterEach(async () => {
  vi.restoreAllMocks()
  for (const store of opened.splice(0)) await store.close()
})
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

let databases = 0
const newName = () => `telar-test-${databases++}`
const sealer = (seed = 'vault') => sealedValues(testCrypto(`sealer/${seed}`), bytesOf(seed, 32))

keyValueContract('memory', async () => new MemoryStore())
keyValueContract('sealed', async () => new SealedStore(new MemoryStore(), sealer()))
lastingContract('IndexedDB', async () => {
  const name = newName()
  return { store: tracked(new IndexedDbStore(name)), again: async () => tracked(new IndexedDbStore(name)) }
})
lastingContract('SQLite', async () => {
  const folder = newFolder()
  return { store: tracked(SqliteStore.open(folder)), again: async () => tracked(SqliteStore.open(folder)) }
})
lastingContract('sealed SQLite', async () => {
  const folder = newFolder()
  const make = () => tracked(new SealedStore(SqliteStore.open(folder), sealer()))
  return { store: make(), again: async () => make() }
})

const space = SpaceId.must(bytesOf('space', 32))
for (const [name, make] of [
  ['memory', () => new MemoryStore()],
  ['sealed memory', () => new SealedStore(new MemoryStore(), sealer())],
  ['SQLite', () => tracked(SqliteStore.open(newFolder()))],
  ['IndexedDB', () => tracked(new IndexedDbStore(newName()))],
] as const)
  entryStoreContract(name, async () => {
    const store = make()
    return { store: entryStore(store, space), again: async () => entryStore(store, space) }
  })

describe('the sealed store', () => {
  const secrets = ['Casa de la Memoria', 'plan-de-proteccion', 'Marta Xicay']
  const writes = [
    { bucket: secrets[0]!, key: secrets[1]!, value: utf8(`for ${secrets[2]!}`) },
    { bucket: secrets[0]!, key: 'other', value: utf8(`for ${secrets[2]!}`) },
    { bucket: 'other bucket', key: secrets[1]!, value: utf8(`for ${secrets[2]!}`) },
  ]

  it('AR-1 AR-2 leaves no plaintext name or value in the store below', async () => {
    const folder = newFolder()
    const store = new SealedStore(SqliteStore.open(folder), sealer())
    await store.write(writes)
    await store.write([{ bucket: secrets[0]!, key: secrets[1]!, value: null }])
    await store.close()
    const disk = concat(...readdirSync(folder).map((file) => new Uint8Array(readFileSync(join(folder, file)))))
    expect(disk.length).toBeGreaterThan(4096)
    for (const secret of secrets) {
      expect(toHex(disk)).not.toContain(toHex(utf8(secret)))
      expect(toHex(disk)).not.toContain(toHex(utf8(toHex(utf8(secret)))))
    }
  })

  it('AR-2 gives a key another name in another bucket, and other names under another vault key', async () => {
    const names = async (seed: string) => {
      const below = new MemoryStore()
      const write = vi.spyOn(below, 'write')
      await new SealedStore(below, sealer(seed)).write(writes)
      return write.mock.calls.flatMap(([batch]) => batch.flatMap(({ bucket, key }) => [bucket, key]))
    }
    const all = [...(await names('one')), ...(await names('two'))]
    expect(new Set(all).size).toBe(10)
  })

  it('AR-3 refuses a value moved to another name, cut or changed, and says so', async () => {
    const below = new MemoryStore()
    const moved: { bucket: string; key: string; value: Bytes | null }[] = []
    vi.spyOn(below, 'write').mockImplementationOnce(async (batch) => void moved.push(...batch))
    const damages: number[] = []
    const store = new SealedStore(below, sealer(), { onDamage: (count) => damages.push(count) })
    await store.write(writes)
    const [first, second, third] = moved
    await below.write([first!, { ...second!, value: first!.value }, { ...third!, value: first!.value }])
    expect(await store.get(secrets[0]!, secrets[1]!)).toEqual(writes[0]!.value)
    await expect(store.get(secrets[0]!, 'other')).rejects.toMatchObject({ type: 'Damaged' })
    await expect(store.get('other bucket', secrets[1]!)).rejects.toMatchObject({ type: 'Damaged' })
    for (const value of [
      first!.value!.slice(0, 20),
      first!.value!.map((byte, i) => (i === 60 ? byte ^ 1 : byte)),
      new Uint8Array(0),
    ]) {
      await below.write([{ ...second!, value }])
      await expect(store.get(secrets[0]!, 'other')).rejects.toMatchObject({ type: 'Damaged' })
    }
    expect((await store.list(secrets[0]!)).map(({ key }) => key)).toEqual([secrets[1]])
    expect(damages).toEqual([1])
  })

  it('AR-4 opens nothing under another vault key', async () => {
    const below = new MemoryStore()
    await new SealedStore(below, sealer('one')).write(writes)
    const other = new SealedStore(below, sealer('two'))
    expect(await other.get(secrets[0]!, secrets[1]!)).toBeNull()
    expect(await other.list(secrets[0]!)).toEqual([])
  })

  it('AR-5 makes an entry whose meta is damaged sealed again, and leaves out bytes that are', async () => {
    const below = new MemoryStore()
    const store = entryStore(below, space)
    const id = 'ab'.repeat(32)
    await below.write([
      { bucket: `entries/${space}/meta`, key: id, value: utf8('rubbish') },
      { bucket: `entries/${space}/meta`, key: 'not an id', value: utf8('rubbish') },
    ])
    expect((await store.metas()).map((meta) => [meta.id, meta.state])).toEqual([[id, 'sealed']])
    const sealed = new MemoryStore()
    const damaged = new SealedStore(sealed, sealer())
    const entries = entryStore(damaged, space)
    const [meta] = await store.metas()
    await entries.write({ add: [{ id: meta!.id, outer: utf8('outer'), meta: meta! }] })
    const get = sealed.get.bind(sealed)
    vi.spyOn(sealed, 'get').mockImplementation(async (bucket, key) => (await get(bucket, key))!.fill(0))
    expect((await entries.bytes([meta!.id])).size).toBe(0)
  })
})

describe('the folder', () => {
  it('AR-6 lets one store have it at a time', async () => {
    const folder = newFolder()
    const first = SqliteStore.open(folder)
    expect(() => SqliteStore.open(folder)).toThrow(expect.objectContaining({ type: 'HomeInUse' }))
    await first.write([{ bucket: 'b', key: 'k', value: utf8('v') }])
    await first.close()
    const second = tracked(SqliteStore.open(folder))
    expect(await second.get('b', 'k')).toEqual(utf8('v'))
  })

  it('AR-6 keeps another process out, and is free again when that one is killed', async () => {
    const folder = newFolder()
    const script = join(folder, 'hold.mjs')
    const library = new URL('../../../node_modules/better-sqlite3/lib/index.js', import.meta.url).href
    writeFileSync(
      script,
      `import Database from ${JSON.stringify(library)}
       const db = new Database(${JSON.stringify(join(folder, 'telar.sqlite'))})
       db.pragma('locking_mode = EXCLUSIVE'); db.pragma('journal_mode = WAL')
       db.exec('BEGIN EXCLUSIVE; COMMIT')
       process.send('held')
       setInterval(() => {}, 1000)`,
    )
    const child = fork(script)
    await new Promise((resolve) => child.once('message', resolve))
    expect(() => SqliteStore.open(folder)).toThrow(expect.objectContaining({ type: 'HomeInUse' }))
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
    await tracked(SqliteStore.open(folder)).write([{ bucket: 'b', key: 'k', value: utf8('v') }])
  })

  it('AR-6 is readable by its owner alone, and says when it is not a database', async () => {
    const folder = newFolder()
    tracked(SqliteStore.open(folder))
    expect(statSync(join(folder, 'telar.sqlite')).mode & 0o077).toBe(0)
    const broken = newFolder()
    writeFileSync(
      join(broken, 'telar.sqlite'),
      'not a database, but long enough to be taken for one at first sight '.repeat(20),
    )
    expect(() => SqliteStore.open(broken)).toThrow(expect.objectContaining({ type: 'Damaged' }))
  })
})

describe('IndexedDB', () => {
  it('AR-7 gives way to an upgrade, then says that the database is newer', async () => {
    const name = newName()
    const store = tracked(new IndexedDbStore(name))
    await store.write([{ bucket: 'b', key: 'k', value: utf8('v') }])
    const newer = await openDB(name, 2)
    await expect(store.get('b', 'k')).rejects.toMatchObject({ type: 'Newer' })
    newer.close()
  })

  it('AR-7 opens again after the database was deleted by another tab', async () => {
    const name = newName()
    const store = tracked(new IndexedDbStore(name))
    await store.write([{ bucket: 'b', key: 'k', value: utf8('v') }])
    await deleteDB(name)
    expect(await store.get('b', 'k')).toBeNull()
    await store.write([{ bucket: 'b', key: 'k', value: utf8('w') }])
    expect(await store.get('b', 'k')).toEqual(utf8('w'))
  })

  it('AR-7 rejects with Quota when the medium is full, and has nothing of the batch', async () => {
    const store = tracked(new IndexedDbStore(newName()))
    await store.write([{ bucket: 'b', key: 'before', value: utf8('v') }])
    const { put } = IDBObjectStore.prototype as {
      put: (this: IDBObjectStore, value: unknown, key: unknown) => IDBRequest<IDBValidKey>
    }
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value: unknown, key) {
      if (Array.isArray(key) && key[1] === 'second') throw new DOMException('full', 'QuotaExceededError')
      return put.call(this, value, key)
    })
    const batch = ['first', 'second'].map((key) => ({ bucket: 'b', key, value: utf8('v') }))
    await expect(store.write(batch)).rejects.toMatchObject({ type: 'Quota' })
    expect((await store.list('b')).map(({ key }) => key)).toEqual(['before'])
  })

  it('AR-7 asks for strict durability', async () => {
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction')
    const store = tracked(new IndexedDbStore(newName()))
    await store.write([{ bucket: 'b', key: 'k', value: utf8('v') }])
    expect(transaction.mock.calls.at(-1)).toEqual(['values', 'readwrite', { durability: 'strict' }])
  })
})
