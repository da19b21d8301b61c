// One device of the simulated world: the real engine over a disk of its own, started, locked, crashed and put back as people and
// accidents do. Owns the life of its engine; what it did as a person is in people.ts.
import type { Clock } from '../../src/base/environment.ts'
import type { DocumentId, SpaceId } from '../../src/base/ids.ts'
import type { EngineHost } from '../../src/engine/api.ts'
import { VaultKeeper } from '../../src/engine/engine.ts'
import { createEngine } from '../../src/engine/host.ts'
import type { Space } from '../../src/engine/space.ts'
import { Disk, type DiskImage } from './disk.ts'
import type { Node } from './network.ts'
import { synchronousSubtle } from './subtle.ts'
import type { World } from './world.ts'

export const PASSPHRASE = 'cinco jacarandas junto al arroyo claro'

/** One run of an engine, from start to lock or crash. */
interface Life {
  ended: boolean
  readonly keeper: VaultKeeper
  readonly engine: EngineHost
  /** Rejects at the crash. */
  readonly cut: Promise<never>
  readonly end: () => void
}

/** The device ended while it was asked. */
export class Ended extends Error {}

export interface Saved {
  readonly document: DocumentId
  readonly marker: string
}

export class Device implements Node {
  online = true
  /** What this device answered as saved. */
  readonly saved: Saved[] = []
  /** An older copy of its storage was put back once. */
  restored = false
  /** In other hands, or copied: nothing is expected of it any more. */
  stolen = false
  /** Its own clock is off by so many ms. */
  skew = 0
  backup: DiskImage | null = null
  /** The twelve words she was shown first. */
  kit = ''
  readonly disk: Disk
  #life: Life | null = null
  #lives = 0

  constructor(
    readonly name: string,
    private readonly world: World,
    image?: DiskImage,
  ) {
    this.disk = new Disk(world.time, world.chance.stream('disk', name))
    if (image !== undefined) this.disk.restore(image)
  }

  get on(): boolean {
    return this.#life !== null
  }

  get engine(): EngineHost {
    if (this.#life === null) throw new Ended(`${this.name} is off`)
    return this.#life.engine
  }

  /** The space, when it is on this device and the device is on. */
  space(id: SpaceId | null): Space | null {
    return id === null ? null : (this.#life?.keeper.workspace?.spaces.get(id) ?? null)
  }

  get keeper(): VaultKeeper | null {
    return this.#life?.keeper ?? null
  }

  /** Starts an engine; the vault is still locked. */
  boot(): void {
    if (this.#life !== null) return
    const { world } = this
    const run = ++this.#lives
    const life = { ended: false }
    const random = world.chance.stream('device', this.name, run)
    const env = {
      clock: this.#clock(life),
      random,
      subtle: synchronousSubtle,
      openStore: () => Promise.resolve(this.disk.open()),
      carrier: (relay: Parameters<World['network']['carrier']>[1]) => world.network.carrier(this, relay, life),
      argon2: { memoryKiB: 8, passes: 1, lanes: 1 },
      deviceName: '',
      broken: (cause: unknown) => world.fail('engine-broken', `${this.name}: ${String(cause)}`),
    }
    const keeper = new VaultKeeper(env)
    const { engine } = createEngine(env, keeper)
    let end: () => void = () => undefined
    const cut = new Promise<never>((_, reject) => {
      end = () => reject(new Ended(`${this.name} ended`))
    })
    cut.catch(() => undefined)
    this.#life = Object.assign(life, { keeper, engine, cut, end })
    if (world.ending !== null) world.room.enter(this, life, engine)
  }

  /** Asks the engine; `Ended` when the device goes first. */
  ask<T>(request: (engine: EngineHost) => Promise<T>): Promise<T> {
    const life = this.#life
    if (life === null) return Promise.reject(new Ended(`${this.name} is off`))
    return Promise.race([request(life.engine), life.cut])
  }

  async begin(alias: string): Promise<void> {
    this.boot()
    const made = await this.ask((engine) => engine.createVault({ alias, passphrase: PASSPHRASE, language: 'es' }))
    if (!made.ok) throw new Error(`no vault for ${alias}: ${made.error.type}`)
    this.kit = made.value.words.join(' ')
  }

  async unlock(): Promise<string> {
    this.boot()
    const opened = await this.ask((engine) => engine.unlock(PASSPHRASE))
    return opened.ok ? 'unlocked' : opened.error.type
  }

  /** Put away in order. */
  async lock(): Promise<void> {
    const life = this.#life
    if (life === null) return
    await Promise.race([life.engine.lock(), life.cut])
    if (this.#life === life) this.#gone()
  }

  /** The power goes. */
  crash(): void {
    if (this.#life === null) return
    this.#gone()
    this.disk.crash()
  }

  /** An older copy of the storage is put back; the device is off. */
  restore(image: DiskImage): void {
    this.crash()
    this.disk.restore(image)
    this.restored = true
  }

  #gone(): void {
    const life = this.#life
    if (life === null) return
    life.ended = true
    life.end()
    this.#life = null
    this.world.network.review()
    this.world.room.review()
  }

  #clock(life: { readonly ended: boolean }): Clock {
    const { time } = this.world
    return {
      now: () => time.now() + this.skew,
      after: (delay, run) =>
        time.after(delay, () => {
          if (!life.ended) run()
        }),
    }
  }
}
