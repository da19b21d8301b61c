// People as in members.ts whose engine a test may look into and whose world it may break: storage that refuses, a line
// that is cut or loses messages. For tests of what happens then; no part of the app.
import { webcrypto } from 'node:crypto'
import { RelayCarrier } from '../../src/carriers/relay.ts'
import { VaultKeeper } from '../../src/engine/engine.ts'
import type { Space } from '../../src/engine/space.ts'
import type { Workspace } from '../../src/engine/workspace.ts'
import { systemClock, systemRandom } from '../../src/engine/node.ts'
import { MemoryStore } from '../../src/storage/memory.ts'
import { StorageFailure } from '../../src/storage/failure.ts'
import type { Clock } from '../../src/base/environment.ts'
import type { KeyValueStore, Write } from '../../src/base/key-value.ts'
import { unwrap } from '../../src/base/result.ts'
import type { Carrier, CarrierEvents } from '../../src/sync/carrier.ts'
import type { Scratch } from '../../src/ingest/scratch.ts'
import type { Message } from '../../src/wire/messages.ts'
import type { RelayAddress } from '../../src/carriers/relay.ts'
import { Joining } from '../../src/engine/joining.ts'
import type { MemberRole } from '../../src/engine/api.ts'
import { CHEAP, PASSPHRASE } from './members.ts'

export class World {
  /** Of the next writes so many are refused, as a full disk does. */
  refuseWrites = 0
  /** Messages from the relay for which this is true never arrive. */
  drop: (message: Message) => boolean = () => false
  /** No relay can be reached by who is started from now on. */
  offline = false
  carriers: RelayCarrier[] = []
  /** The lines to relays that were started, to be taken down and put up again. */
  readonly lines: { down(): void; up(): void }[] = []
  readonly store = new MemoryStore()
  /** Workers that try changes; without, the engine's own thread does. */
  scratch: Scratch | undefined

  /** `clock`: the engine's; sockets keep the system's. */
  constructor(readonly clock: Clock = systemClock) {}

  /** What is stored now, to be put back later: a backup as a person would make it, with the vault closed or open. */
  backup(): () => void {
    const kept = structuredClone((this.store as unknown as { buckets: unknown }).buckets)
    return () => void Object.assign(this.store, { buckets: structuredClone(kept) })
  }

  open(): KeyValueStore {
    const { store } = this
    return {
      get: (bucket, key) => store.get(bucket, key),
      list: (bucket) => store.list(bucket),
      write: (writes: readonly Write[]) => {
        if (this.refuseWrites > 0) {
          this.refuseWrites--
          return Promise.reject(new StorageFailure('Quota'))
        }
        return store.write(writes)
      },
      clear: () => store.clear(),
      close: () => Promise.resolve(),
    }
  }

  carrier(relay: RelayAddress): Carrier {
    const inner = new RelayCarrier(relay, systemClock, systemRandom)
    if (this.offline) return unreachable(inner)
    this.carriers.push(inner)
    return {
      get address() {
        return inner.address
      },
      get origin() {
        return inner.origin
      },
      get state() {
        return inner.state
      },
      start: (events: CarrierEvents) => {
        const up = () =>
          inner.start({
            up: () => events.up(),
            down: () => events.down(),
            message: (message) => {
              if (!this.drop(message)) events.message(message)
            },
          })
        const down = () => {
          inner.stop()
          events.down()
        }
        this.lines.push({ up, down })
        up()
      },
      send: (message) => inner.send(message),
      hurry: () => inner.hurry(),
      stop: () => inner.stop(),
    }
  }
}

function unreachable({ address, origin }: RelayCarrier): Carrier {
  const nothing = () => undefined
  return { address, origin, state: 'offline', start: nothing, send: () => false, hurry: nothing, stop: nothing }
}

export class Insider {
  keeper: VaultKeeper
  constructor(readonly world: World = new World()) {
    this.keeper = this.started()
  }

  started(): VaultKeeper {
    const { world } = this
    return new VaultKeeper({
      clock: world.clock,
      random: systemRandom,
      subtle: webcrypto.subtle as unknown as SubtleCrypto,
      openStore: () => Promise.resolve(world.open()),
      carrier: (relay) => world.carrier(relay),
      argon2: CHEAP,
      deviceName: '',
      scratch: world.scratch,
    })
  }

  static async named(alias: string, world?: World): Promise<Insider> {
    const made = new Insider(world)
    unwrap(await made.keeper.create({ alias, passphrase: PASSPHRASE, language: 'es' }))
    return made
  }

  get workspace(): Workspace {
    if (this.keeper.workspace === null) throw new Error('locked')
    return this.keeper.workspace
  }

  get space(): Space {
    const [space] = this.workspace.spaces.values()
    if (space === undefined) throw new Error('no space')
    return space
  }

  async until(is: () => boolean): Promise<void> {
    while (!is()) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  async reopen(): Promise<void> {
    await this.keeper.lock()
    this.keeper = this.started()
    unwrap(await this.keeper.unlock(PASSPHRASE))
  }

  /** Invites and lets in; resolves when she may write. */
  async admit(other: Insider, role: MemberRole = 'editor'): Promise<void> {
    const hosting = this.workspace.hostings.get(this.space.id)
    if (hosting === undefined) throw new Error('no hosting')
    const id = unwrap(await hosting.invite({ mode: 'open', role, note: '' }))
    await other.workspace.addJoining(unwrap(await Joining.knock(other.workspace, unwrap(hosting.link(id, '')))))
    await other.until(() => [...other.workspace.spaces.values()].some((space) => space.writable))
  }
}
