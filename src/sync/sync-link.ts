// What the engine needs of a connection to one other party, whether that is a relay (Link) or another device (PeerLink). Owns the
// interface only, so that spaces need not know by which way their entries come and go.
import type { Bytes } from '../base/bytes.ts'
import type { Millis } from '../base/environment.ts'
import type { ChannelId, EntryId } from '../base/ids.ts'
import type { Carrier } from './carrier.ts'
import type { ChannelSource, LinkCounts } from './link.ts'

export interface SyncLink {
  readonly carrier: Carrier
  readonly counts: LinkCounts
  start(): void
  stop(): void
  attach(source: ChannelSource): void
  detach(channel: ChannelId): void
  /** Compares every open channel anew; `settled` then means in step as of now. */
  ask(): void
  added(channel: ChannelId, ids: readonly EntryId[]): void
  whisper(channel: ChannelId, data: Bytes): void
  inStep(channel: ChannelId): boolean
  /** Entries of one channel still to come and to go, as far as known. */
  pendingOf(channel: ChannelId): { readonly wanted: number; readonly toSend: number }
  settled(timeout: Millis): Promise<boolean>
  notify(): void
}
