// What code below `main`, `engine` and `sync-server/main` may know of the world: a clock and randomness, as parameters,
// so that simulations decide both. Implementations over the platform live with the entry points, never here.
import type { Bytes } from './bytes.ts'

/** Milliseconds since 1970-01-01 UTC. For people and timers only; no rule of the protocol trusts it. */
export type Millis = number

export interface Clock {
  now(): Millis
  /** Calls `run` once after `delay` ms; the returned function cancels. */
  after(delay: Millis, run: () => void): () => void
}

export interface Random {
  /** `length` bytes fit for keys. Never fails. */
  bytes(length: number): Bytes
}

/** A whole number in [0, below), from `random`; for jitter and ranks, not for keys. */
export function randomBelow(random: Random, below: number): number {
  const bytes = random.bytes(6)
  const n = bytes.reduce((sum, byte) => sum * 256 + byte, 0)
  return n % below
}
