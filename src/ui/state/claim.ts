// Who of several open tabs runs the engine: one per origin, held by a Web Lock. A tab that wants it asks the holder first,
// which flushes and lets go; only a holder that does not answer (a frozen tab) has the lock taken from it, and then must write
// no more.

const LOCK = 'cuaderno'
const CHANNEL = 'cuaderno'
const PATIENCE = 5_000

export interface Claim {
  /** Tries to become the holder: at once, or (`ask`) by asking the present one. True: this tab holds it. */
  take(ask: boolean): Promise<boolean>
  release(): void
}

/** `lost` runs when another tab asks for the engine or has taken it; the lock is let go when its promise settles. */
export function claimEngine(lost: (stolen: boolean) => Promise<void>): Claim {
  const channel = new BroadcastChannel(CHANNEL)
  let letGo: (() => void) | null = null

  function release(): void {
    letGo?.()
    letGo = null
  }

  channel.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (event.data !== 'hand-over' || letGo === null) return
    const settled = () => release()
    lost(false).then(settled, settled)
  })

  /** Resolves once the lock is held or refused; the lock itself is held until `release`. */
  function request(options: LockOptions): Promise<boolean> {
    return new Promise((resolve) => {
      navigator.locks
        .request(LOCK, options, (lock) => {
          if (lock === null) {
            resolve(false)
            return undefined
          }
          return new Promise<void>((done) => {
            letGo = done
            resolve(true)
          })
        })
        .catch(() => {
          // Taken from us, or our wait was cut short.
          const held = letGo !== null
          letGo = null
          resolve(false)
          if (held) void lost(true)
        })
    })
  }

  async function take(ask: boolean): Promise<boolean> {
    if (!ask) return request({ ifAvailable: true })
    channel.postMessage('hand-over')
    if (await request({ signal: AbortSignal.timeout(PATIENCE) })) return true
    return request({ steal: true })
  }

  return { take, release }
}
