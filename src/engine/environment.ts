// What an entry point (the worker, Node, a test) hands to the engine: the world as parameters. The engine reads no clock,
// no randomness, no storage and no network but these.
import type { Clock, Random } from '../base/environment.ts'
import type { KeyValueStore } from '../base/key-value.ts'
import type { Argon2Cost } from '../crypto/index.ts'
import type { Scratch } from '../ingest/scratch.ts'
import type { Carrier } from '../sync/carrier.ts'
import type { RelayAddress } from '../carriers/relay.ts'

export interface EngineEnvironment {
  readonly clock: Clock
  readonly random: Random
  readonly subtle: SubtleCrypto | undefined
  /** The raw store of this device; what goes into it is sealed first. */
  openStore(): Promise<KeyValueStore>
  carrier(relay: RelayAddress): Carrier
  /** Cost of stretching a new frase secreta; the default of identity/vault when absent. */
  readonly argon2?: Argon2Cost
  /** Workers that try changes before the engine takes them in; without, it tries them on its own thread, without a watchdog. */
  readonly scratch?: Scratch | undefined
  /** The engine cannot go on (Automerge's module has ended): whoever started it starts another. */
  broken?(cause: unknown): void
  /** How this device is called in its spaces unless its owner says otherwise ("" for none). */
  readonly deviceName: string
}
