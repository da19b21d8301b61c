// What a place for the entries of one space must offer, and what is known of an entry without opening it. Owns the interface;
// implementations live in storage/. Never holds a secret or an opened payload.
import type { Bytes } from '../base/bytes.ts'
import type { ActorId, ChangeHash, DeviceId, DocumentId, EntryId, EpochId, HeaderId, OperationId } from '../base/ids.ts'

/**
 * sealed: no secret yet. waiting: opened and sound, not yet judged. accepted, rejected: judged. unreadable: from a newer
 * version, kept (EN-6).
 */
export type EntryState = 'sealed' | 'waiting' | 'accepted' | 'rejected' | 'unreadable'

export interface EntryMeta {
  readonly id: EntryId
  /** Order of arrival here, from 0; says nothing to anybody else. */
  readonly order: number
  readonly state: EntryState
  /** A code when rejected or unreadable. */
  readonly reason: string | null
  readonly kind: string | null
  readonly device: DeviceId | null
  readonly document: DocumentId | null
  readonly seq: number | null
  readonly headerId: HeaderId | null
  /** The epoch whose secret opened it. */
  readonly epoch: EpochId | null
  /** What its author says, in milliseconds; for people only. */
  readonly time: number | null
  readonly prev: HeaderId | null
  /** Graph heads it cites itself; null when left out (the same as before it in the chain) or without such. */
  readonly heads: readonly OperationId[] | null
  readonly actor: ActorId | null
  readonly last: number | null
  readonly hash: ChangeHash | null
  /** Bytes of the outer form. */
  readonly size: number
  /** Written by this device. */
  readonly own: boolean
  /** Its bytes were let go: a snapshot that is held, loaded and found the same has what it brought (EN-19). Absent otherwise. */
  readonly dropped?: true | undefined
}

export interface EntryBatch {
  readonly add?: readonly { readonly id: EntryId; readonly outer: Bytes; readonly meta: EntryMeta }[]
  readonly update?: readonly EntryMeta[]
  /** Metas to keep, marked as dropped, of entries whose bytes go. */
  readonly drop?: readonly EntryMeta[]
}

/** The entries of one space. */
export interface EntryStore {
  metas(): Promise<readonly EntryMeta[]>
  /** The outer forms that are held, of those asked for. */
  bytes(ids: readonly EntryId[]): Promise<ReadonlyMap<EntryId, Bytes>>
  /** All of the batch or nothing; durable when it resolves (EN-12). Rejects when the medium refuses. */
  write(batch: EntryBatch): Promise<void>
}
