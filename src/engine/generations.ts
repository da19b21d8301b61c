// Generations of channels: the signed statement that opens the next one, which statement may count next, and what is in force where
// (channels.md, CH-40 to CH-43). Owns the rules about numbers; snapshots are judged by snapshots.ts. Pure.
import { type Bytes, fromHex } from '../base/bytes.ts'
import { decode } from '../base/codec.ts'
import { type DeviceId, EntryId, EpochId } from '../base/ids.ts'
import type { OpenedEntry } from '../log/entry.ts'

/** The next generation of an epoch's channel, and the snapshots whose coverage it leaves out. */
export interface Generation {
  readonly epoch: EpochId
  /** From 1; 0 needs no statement. */
  readonly number: number
  /** All entries of all snapshots, one snapshot for a document. */
  readonly snapshots: readonly EntryId[]
}

export interface Statement extends Generation {
  readonly entry: EntryId
  readonly device: DeviceId
}

/** Where a channel stands in the order of all channels of the space. */
export interface Place {
  readonly epoch: EpochId
  readonly generation: number
}

/** Entries that one statement may name. */
const MAX_NAMED = 4_096
/** Generations of one epoch: what a number says costs channels to whoever believes it. */
export const MAX_GENERATION = 4_096

/** Beside `documents` in the payload of a witness. */
export const encodeGeneration = ({ epoch, number, snapshots }: Generation) => ({
  epoch: fromHex(epoch) as Bytes,
  number,
  snapshots: snapshots.map((id) => fromHex(id) as Bytes),
})

/** The statement in a witness; null when there is none, or it is none. Whether its author counts is asked each time. */
export function readStatement(entry: OpenedEntry): Statement | null {
  const payload = entry.header.kind === 'witness' ? decode(entry.payload) : null
  const value = payload?.ok === true ? (payload.value as { generation?: unknown } | null)?.generation : null
  if (typeof value !== 'object' || value === null) return null
  const { epoch, number, snapshots } = value as Readonly<Record<string, unknown>>
  const named = epoch instanceof Uint8Array ? EpochId.of(epoch) : null
  if (named === null || typeof number !== 'number' || !Number.isSafeInteger(number)) return null
  if (number < 1 || number > MAX_GENERATION) return null
  if (!Array.isArray(snapshots) || snapshots.length === 0 || snapshots.length > MAX_NAMED) return null
  const ids = (snapshots as readonly unknown[]).map((id) => (id instanceof Uint8Array ? EntryId.of(id) : null))
  if (ids.some((id) => id === null) || new Set(ids).size !== ids.length) return null
  return { entry: entry.id, device: entry.header.device, epoch: named, number, snapshots: ids as EntryId[] }
}

/** How far one chain is covered: up to `seq`. */
export interface Reach {
  readonly device: string
  readonly document: string
  readonly seq: number
}

/** Entries that the next generation must cover more than the one before it: what an insider can make others link is bounded by it. */
export const LEAST_GROWTH = 50

const total = (reaches: readonly Reach[]) => reaches.reduce((sum, { seq }) => sum + seq + 1, 0)

/**
 * CH-42: whether what `next` covers may follow what `now` covers; `same`: in the same epoch. `less`: it grows, and leaves out something
 * that is covered now. `little`: it does not grow enough for a channel of its own.
 */
export function follows(next: readonly Reach[], now: readonly Reach[], same: boolean): 'well' | 'less' | 'little' {
  const key = ({ device, document }: Reach) => `${device}/${document}`
  const covered = new Map<string, number>()
  for (const reach of next) covered.set(key(reach), Math.max(covered.get(key(reach)) ?? -1, reach.seq))
  const less = now.some((reach) => (covered.get(key(reach)) ?? -1) < reach.seq)
  if ((same || less) && total(next) < total(now) + LEAST_GROWTH) return 'little'
  return less ? 'less' : 'well'
}

/** Ascending: by the succession of epochs, then by number. */
export const isAfter = (a: Place, b: Place, ordinal: (epoch: EpochId) => number): boolean =>
  ordinal(a.epoch) !== ordinal(b.epoch) ? ordinal(a.epoch) > ordinal(b.epoch) : a.generation > b.generation
