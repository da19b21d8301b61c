// People with engines of their own over memory storage, real relay carriers and the system's clock: for stories that need
// no browser. Each has what she would really have, nothing more.
import { webcrypto } from 'node:crypto'
import { RelayCarrier } from '../../src/carriers/relay.ts'
import type { EngineHost, EngineState, SpaceView } from '../../src/engine/api.ts'
import { createEngine, type StartedEngine } from '../../src/engine/host.ts'
import { systemClock, systemRandom } from '../../src/engine/node.ts'
import { MemoryStore } from '../../src/storage/memory.ts'
import type { KeyValueStore } from '../../src/base/key-value.ts'
import { unwrap } from '../../src/base/result.ts'

export const PASSPHRASE = 'cinco jacarandas junto al arroyo claro'
export const CHEAP = { memoryKiB: 8 * 1024, passes: 1, lanes: 1 } as const

export class Person {
  state: EngineState | null = null
  /** The twelve words she was shown. */
  kit = ''
  #watchers = new Set<() => void>()

  private constructor(
    readonly alias: string,
    readonly store: KeyValueStore,
    private started: StartedEngine,
  ) {}

  static async named(alias: string, store: KeyValueStore = new MemoryStore()): Promise<Person> {
    const person = new Person(alias, store, start(store))
    const { words } = unwrap(await person.engine.createVault({ alias, passphrase: PASSPHRASE, language: 'es' }))
    person.kit = words.join(' ')
    await person.#listen()
    return person
  }

  /** Somebody with storage that holds a place already, her own or a copy of it. */
  static async reopened(alias: string, store: KeyValueStore): Promise<Person> {
    const person = new Person(alias, store, start(store))
    unwrap(await person.engine.unlock(PASSPHRASE))
    await person.#listen()
    return person
  }

  get engine(): EngineHost {
    return this.started.engine
  }

  get space(): SpaceView {
    const space = this.state?.spaces[0]
    if (space === undefined) throw new Error(`${this.alias} has no space`)
    return space
  }

  /** Resolves when `is` holds of her state; the test's own timeout is the bound. */
  async until(is: (state: EngineState) => boolean): Promise<void> {
    if (this.state !== null && is(this.state)) return
    await new Promise<void>((resolve) => {
      const watch = () => {
        if (this.state === null || !is(this.state)) return
        this.#watchers.delete(watch)
        resolve()
      }
      this.#watchers.add(watch)
    })
  }

  /** Ends this engine and starts another on the same storage. */
  async restart(): Promise<void> {
    await this.engine.lock()
    this.started = start(this.store)
    unwrap(await this.engine.unlock(PASSPHRASE))
    await this.#listen()
  }

  async json(document = this.space.documents[0]?.id): Promise<Record<string, unknown>> {
    if (document === undefined) throw new Error('no document')
    const { json } = unwrap(await this.engine.exportDocument({ space: this.space.id, document }))
    return JSON.parse(json) as Record<string, unknown>
  }

  async sync(timeout = 10_000) {
    return unwrap(await this.engine.sync({ timeout }))
  }

  async end(): Promise<void> {
    await this.started.end()
  }

  async #listen(): Promise<void> {
    await this.engine.subscribe((state) => {
      this.state = state
      for (const watcher of [...this.#watchers]) watcher()
    })
  }
}

function start(store: KeyValueStore): StartedEngine {
  return createEngine({
    clock: systemClock,
    random: systemRandom,
    subtle: webcrypto.subtle as unknown as SubtleCrypto,
    openStore: () => Promise.resolve(unclosed(store)),
    carrier: (relay) => new RelayCarrier(relay, systemClock, systemRandom),
    argon2: CHEAP,
    deviceName: '',
  })
}

/** The same storage is opened again by the next engine. */
function unclosed(store: KeyValueStore): KeyValueStore {
  return {
    get: (bucket, key) => store.get(bucket, key),
    list: (bucket) => store.list(bucket),
    write: (writes) => store.write(writes),
    clear: () => store.clear(),
    close: () => Promise.resolve(),
  }
}

export const isIn = (state: EngineState) => state.spaces.some((space) => space.standing === 'active')
