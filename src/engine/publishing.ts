// What this device writes into a space: signed records, changes and witnesses, each signed, sealed under one epoch and stored
// before anybody gets it (EN-12). Owns the making of epochs; never decides whether something may be written.
import type { Bytes } from '../base/bytes.ts'
import type { Clock } from '../base/environment.ts'
import type { DeviceId, DocumentId, EntryId } from '../base/ids.ts'
import type { Crypto } from '../crypto/index.ts'
import type { DeviceKeys } from '../identity/index.ts'
import { type EpochRing, type HeldEpoch, type NewRekey, rekey } from '../keys/index.ts'
import { type OpenedEntry, packRecords, type SignedRecord } from '../log/entry.ts'
import type { OwnFields, SpaceLog } from '../log/space-log.ts'
import type { MembershipGraph } from '../membership/index.ts'
import type { ChangesFields } from './documents.ts'
import type { Generation } from './generations.ts'
import { witnessPayload } from './space-content.ts'
import type { Traces } from './traces.ts'

/** What of a space publishing needs. */
export interface Publishes {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly device: DeviceId
  readonly keys: DeviceKeys
  readonly log: SpaceLog
  readonly graph: MembershipGraph
  readonly ring: EpochRing
  readonly traces: Traces
  /** Makes the secrets that are held now durable. */
  save(): Promise<void>
}

/** Heads that one entry may cite. */
const MAX_HEADS = 16

export class Publishing {
  constructor(private readonly space: Publishes) {}

  /** Signed records in entries of their own, once under each of these epochs. */
  async records(
    kind: 'op' | 'keys',
    records: readonly SignedRecord[],
    under: readonly HeldEpoch[],
  ): Promise<readonly EntryId[]> {
    const ids: EntryId[] = []
    for (const epoch of under)
      for (const payload of packRecords(records)) ids.push((await this.#append(epoch, { kind }, payload)).id)
    return ids
  }

  changes(under: HeldEpoch, fields: ChangesFields, payload: Bytes): Promise<OpenedEntry> {
    return this.#append(under, { kind: 'changes', form: 0, ...fields }, payload)
  }

  witness(
    under: HeldEpoch,
    heads: ReadonlyMap<DocumentId, readonly string[]>,
    generation: Generation | null = null,
  ): Promise<OpenedEntry> {
    return this.#append(under, { kind: 'witness' }, witnessPayload(heads, generation))
  }

  /** One share of a snapshot (EN-15). */
  snapshot(under: HeldEpoch, document: DocumentId, payload: Bytes): Promise<OpenedEntry> {
    return this.#append(under, { kind: 'snapshot', document }, payload)
  }

  /** A new epoch for the active devices of now; its secret is durable, its records are not published yet. */
  async epoch(): Promise<NewRekey> {
    const { clock, crypto, graph, keys, ring } = this.space
    const made = await rekey(crypto, { graph, ring, keys, time: clock.now() })
    ring.addSecrets([made.secret])
    await this.space.save()
    return made
  }

  #append(
    { epoch, secret }: HeldEpoch,
    fields: Omit<OwnFields, 'epoch' | 'time' | 'heads'>,
    payload: Bytes,
  ): Promise<OpenedEntry> {
    const { clock, device, graph, keys, log, traces } = this.space
    const common = { epoch, time: clock.now(), heads: graph.heads().slice(0, MAX_HEADS) }
    traces.wrote(device, epoch)
    return log.append(secret, { ...fields, ...common }, payload, keys.sign)
  }
}
