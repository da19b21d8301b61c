// Keeps the whole app on the device, so that it opens with no network and no server. Holds code and pictures only, never
// anything a person wrote, and never touches the relay's own addresses. A newer build waits until the page says so.
// `__BUILD__` and `__FILES__` are put in when the app is built (vite.config.ts).
declare const __BUILD__: string
declare const __FILES__: readonly string[]

// The compiler knows several global scopes at once; in this file it is the service worker's.
const scope = globalThis as unknown as ServiceWorkerGlobalScope

const PREFIX = 'app-'
const CACHE = PREFIX + __BUILD__
const HASHED = '/assets/'

/** Names with a hash never change: what an older build kept is taken over instead of being downloaded again. */
async function obtain(path: string): Promise<Response> {
  const kept = path.startsWith(HASHED) ? await caches.match(path) : undefined
  return kept ?? fetch(path, { cache: path.startsWith(HASHED) ? 'default' : 'reload' })
}

async function install(): Promise<void> {
  const cache = await caches.open(CACHE)
  for (const path of __FILES__) {
    const response = await obtain(path)
    if (!response.ok || response.redirected) throw new Error('a file of the app could not be fetched')
    await cache.put(path, response)
  }
}

async function forgetOlder(): Promise<void> {
  const names = await caches.keys()
  await Promise.all(
    names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)),
  )
  await scope.clients.claim()
}

async function answer(request: Request, path: string): Promise<Response> {
  const cache = await caches.open(CACHE)
  // A page of its own (the neutral one that quick exit opens) is itself; every other address is the app.
  const page = request.mode === 'navigate' && !__FILES__.includes(path) ? '/' : path
  return (await cache.match(page)) ?? fetch(request)
}

scope.addEventListener('install', (event) => {
  event.waitUntil(install())
})
scope.addEventListener('activate', (event) => {
  event.waitUntil(forgetOlder())
})
scope.addEventListener('message', (event: ExtendableMessageEvent) => {
  const data: unknown = event.data
  const asked = typeof data === 'object' && data !== null && 'type' in data && data.type === 'activate-update'
  if (asked) event.waitUntil(scope.skipWaiting())
})
scope.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== scope.location.origin) return
  if (/^\/(?:sync|health|metrics|build\.json|sw\.js)(?:\/|$)/.test(url.pathname)) return
  event.respondWith(answer(event.request, url.pathname))
})
