// The engine in Node: a folder for storage, the process's clock and randomness. The only file of the engine that knows Node.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { initializeWasm, isWasmInitialized } from '@automerge/automerge/slim'
import type { Clock, Random } from '../base/environment.ts'
import { err, ok, type Result } from '../base/result.ts'
import { RelayCarrier } from '../carriers/relay.ts'
import { type Argon2Cost, platformSubtle } from '../crypto/index.ts'
import { StorageFailure } from '../storage/failure.ts'
import { SqliteStore } from '../storage/sqlite.ts'
import type { EngineHost } from './api.ts'
import { createEngine } from './host.ts'
import { scratchThreads } from './scratch-node.ts'

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delay, run) {
    const timer = setTimeout(run, delay)
    return () => clearTimeout(timer)
  },
}

export const systemRandom: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) }

export interface NodeEngineOptions {
  /** The folder that holds everything, made where it is missing. */
  readonly home: string
  readonly argon2?: Argon2Cost
  readonly deviceName?: string
  readonly clock?: Clock
  readonly random?: Random
}

/** Starts on `home`; the error says why its storage cannot be used (`HomeInUse` while another process has it). */
export async function startNodeEngine(
  options: NodeEngineOptions,
): Promise<Result<{ engine: EngineHost; close(): Promise<void> }, { type: StorageFailure['type'] }>> {
  if (!isWasmInitialized()) {
    const wasm = createRequire(import.meta.url).resolve('@automerge/automerge/automerge.wasm')
    await initializeWasm(new Uint8Array(await readFile(wasm)))
  }
  try {
    const store = SqliteStore.open(options.home)
    const clock = options.clock ?? systemClock
    const random = options.random ?? systemRandom
    const started = createEngine({
      clock,
      random,
      subtle: platformSubtle(),
      openStore: () => Promise.resolve(store),
      carrier: (relay) => new RelayCarrier(relay, clock, random),
      deviceName: options.deviceName ?? '',
      scratch: scratchThreads(),
      ...(options.argon2 === undefined ? {} : { argon2: options.argon2 }),
    })
    return ok({ engine: started.engine, close: () => started.end() })
  } catch (cause) {
    if (cause instanceof StorageFailure) return err({ type: cause.type })
    throw cause
  }
}
