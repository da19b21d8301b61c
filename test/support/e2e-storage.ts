// Everything a page keeps in the browser, as bytes to search: databases with their names and keys, local storage, caches.
import type { Page } from '@playwright/test'
import type { Heard } from './e2e-wire.ts'

/** All of IndexedDB, localStorage, sessionStorage and the caches of the page's origin. */
export async function stored(page: Page): Promise<Heard[]> {
  const found = await page.evaluate(async () => {
    const out: { where: string; base64: string }[] = []
    const base64 = (bytes: Uint8Array): string => {
      let text = ''
      for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
      return btoa(text)
    }
    const add = (where: string, bytes: Uint8Array) => out.push({ where, base64: base64(bytes) })
    const text = (where: string, said: string) => add(where, new TextEncoder().encode(said))
    const put = (where: string, value: unknown): void => {
      if (value instanceof ArrayBuffer) add(where, new Uint8Array(value))
      else if (ArrayBuffer.isView(value)) add(where, new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
      else if (typeof value === 'object' && value !== null && !(value instanceof CryptoKey))
        for (const [key, inside] of Object.entries(value)) {
          text(where, key)
          put(where, inside)
        }
      else text(where, String(value))
    }
    const settled = <T>(request: IDBRequest<T>) =>
      new Promise<T>((done, failed) => {
        request.onsuccess = () => done(request.result)
        request.onerror = () => failed(new Error(String(request.error)))
      })
    for (const { name } of await indexedDB.databases()) {
      const database = await settled(indexedDB.open(name!))
      text(`IndexedDB ${name!}`, name!)
      for (const store of database.objectStoreNames) {
        const objects = database.transaction(store).objectStore(store)
        const [keys, values] = await Promise.all([
          settled(objects.getAllKeys()),
          settled(objects.getAll() as IDBRequest<unknown[]>),
        ])
        text(`IndexedDB ${name!}/${store}`, store)
        keys.forEach((key, i) => {
          put(`IndexedDB ${name!}/${store} key ${i}`, key)
          put(`IndexedDB ${name!}/${store} value ${i}`, values[i])
        })
      }
      database.close()
    }
    for (const storage of [localStorage, sessionStorage])
      for (let i = 0; i < storage.length; i += 1) {
        const key = storage.key(i)!
        text('localStorage', `${key} ${storage.getItem(key) ?? ''}`)
      }
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      text('cache', name)
      for (const request of await cache.keys()) {
        text('cache', request.url)
        const response = await cache.match(request)
        if (response !== undefined) add(`cache ${request.url}`, new Uint8Array(await response.arrayBuffer()))
      }
    }
    return out
  })
  return found.map(({ where, base64 }) => ({ where, bytes: Buffer.from(base64, 'base64') }))
}
