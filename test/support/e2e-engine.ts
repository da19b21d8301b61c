// The engine of a page, asked from a test as the page asks it: for what has no screen yet. Owns nothing; what it gives back is what
// the engine answered.
import type { BrowserContext, Page } from '@playwright/test'
import type { EngineApi, EngineState } from '../../src/engine/api.ts'

interface Asking {
  e2eWorker?: Worker
  e2ePort?: MessagePort
  e2eWorkerOfPort?: Worker
}

/** Before the page is opened: remembers the worker that it starts. */
export async function knowEngine(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const post = Worker.prototype.postMessage
    Worker.prototype.postMessage = function (this: Worker, ...args: unknown[]) {
      ;(globalThis as Asking).e2eWorker = this
      Reflect.apply(post, this, args)
    }
  })
}

type Methods = 'nearBegin' | 'nearRead' | 'nearEnd' | 'state'

/** Calls one method of the engine, over a port of its own, in the words of Comlink. */
async function call(page: Page, method: Methods, ...args: unknown[]): Promise<unknown> {
  return page.evaluate(
    ({ method, args }) => {
      const world = globalThis as Asking
      if (world.e2eWorker === undefined) throw new Error('the page has started no engine')
      if (world.e2ePort === undefined || world.e2eWorkerOfPort !== world.e2eWorker) {
        const { port1, port2 } = new MessageChannel()
        world.e2eWorker.postMessage({ type: 'connect', port: port2 }, [port2])
        port1.start()
        world.e2ePort = port1
        world.e2eWorkerOfPort = world.e2eWorker
      }
      const port = world.e2ePort
      const id = crypto.randomUUID()
      return new Promise((resolve) => {
        const heard = (event: MessageEvent<{ id: string; value: unknown }>) => {
          if (event.data.id !== id) return
          port.removeEventListener('message', heard)
          resolve(event.data.value)
        }
        port.addEventListener('message', heard)
        const argumentList = args.map((value) => ({ type: 'RAW', value }))
        port.postMessage({ id, type: 'APPLY', path: [method], argumentList })
      })
    },
    { method, args },
  )
}

export const stateOf = async (page: Page): Promise<EngineState> => (await call(page, 'state')) as EngineState

export const nearBegin = (page: Page) => call(page, 'nearBegin') as ReturnType<EngineApi['nearBegin']>

export const nearRead = (page: Page, text: string) =>
  call(page, 'nearRead', { text }) as ReturnType<EngineApi['nearRead']>

export const nearEnd = (page: Page, peer: string) => call(page, 'nearEnd', { peer }) as ReturnType<EngineApi['nearEnd']>
