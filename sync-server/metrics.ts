// GET /health: whether the relay works, and nothing about anybody: no counts of channels, people or bytes.
import type { Clock } from '../src/base/environment.ts'
import type { Store } from './store/store.ts'

export interface Health {
  readonly ok: boolean
  /** Whole seconds since the start. */
  readonly uptime: number
  readonly store: 'ok' | 'failing'
}

export function healthOf(store: Store, clock: Clock): () => Health {
  const started = clock.now()
  return () => {
    const healthy = store.healthy()
    return {
      ok: healthy,
      uptime: Math.floor((clock.now() - started) / 1000),
      store: healthy ? 'ok' : 'failing',
    }
  }
}
