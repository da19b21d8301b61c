// The page's side of the service worker: registers it and tells when a newer build waits. Must never activate an update by
// itself: whoever is in the middle of a sentence decides when (`activate`).
import { trustedUrl } from './trusted-url.ts'

export interface AppUpdates {
  /** Lets the waiting build take over, then reloads the page once. Does nothing when none waits. */
  activate(): void
  /** Asks the server whether there is a newer build; being offline is no error. */
  check(): Promise<void>
}

const NONE: AppUpdates = { activate: () => undefined, check: () => Promise.resolve() }

/** Calls `run` now or when `registration` has a complete newer build, and a build is already in charge. */
function watch(registration: ServiceWorkerRegistration, run: () => void): void {
  const look = () => {
    if (registration.waiting !== null && registration.active !== null) run()
  }
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', look)
  })
  look()
}

/** Registers `/sw.js`. A browser without service workers, or a refused registration, leaves the app as a plain page. */
export async function keepOffline(updateReady: () => void): Promise<AppUpdates> {
  if (!('serviceWorker' in navigator)) return NONE
  try {
    const registration = await navigator.serviceWorker.register(trustedUrl('/sw.js'), { updateViaCache: 'none' })
    watch(registration, updateReady)
    return {
      activate() {
        if (registration.waiting === null) return
        const reload = () => location.reload()
        navigator.serviceWorker.addEventListener('controllerchange', reload, { once: true })
        registration.waiting.postMessage({ type: 'activate-update' })
      },
      async check() {
        await registration.update().catch(() => undefined)
      },
    }
  } catch {
    return NONE
  }
}
