// What opened entries of a space bring into its graph, its keyring and its witnesses, until they bring nothing new. Owns the
// order (operations, then keys, then what the new keys open); decides nothing that membership/, keys/ or log/ decide.
import type { DeviceId, EpochId } from '../base/ids.ts'
import type { Crypto } from '../crypto/index.ts'
import { decodeKeyRecord, type EpochRing, type OwnBoxes, verifyKeyRecord } from '../keys/index.ts'
import { type OpenedEntry, type SignedRecord, unpackRecords } from '../log/entry.ts'
import type { SpaceLog } from '../log/space-log.ts'
import { decodeOperation, type MembershipGraph, verifyOperation, type VerifiedOperation } from '../membership/index.ts'
import type { SpaceContent } from './space-content.ts'
import type { Traces } from './traces.ts'

/** A signed operation, and the epoch under which it came; null for what came in no entry. */
export interface Came {
  readonly record: SignedRecord
  readonly under: EpochId | null
}

/** What of a space taking in needs. */
export interface TakesIn {
  readonly crypto: Crypto
  readonly device: DeviceId
  readonly log: SpaceLog
  readonly graph: MembershipGraph
  readonly ring: EpochRing
  readonly content: SpaceContent
  readonly traces: Traces
  readonly snapshots: { witnessed(entry: OpenedEntry): void }
  /** These came before and are opened only now. */
  reopened(entries: readonly OpenedEntry[]): void
  boxes(): OwnBoxes
  /** Makes the secrets that are held now durable. */
  save(): Promise<void>
}

export class TakingIn {
  /** Stored, and not taken in: storage refused a verdict. */
  #left: OpenedEntry[] = []
  /** Epochs under which the log has looked for entries that wait. */
  readonly #looked = new Set<EpochId>()

  constructor(private readonly space: TakesIn) {}

  /** What is stored may be opened with what stood before. */
  begin(): void {
    const { log, ring, graph } = this.space
    const secrets = ring.readable(graph)
    log.know(secrets)
    for (const epoch of secrets.keys()) this.#looked.add(epoch)
  }

  /** These, and what was left before. What is stored and could not be taken in stays left: a restart would have to do it. */
  async entries(opened: readonly OpenedEntry[]): Promise<void> {
    this.#left.push(...opened)
    await this.#absorb([...this.#left])
    this.#left = []
  }

  /** Adds signed records to the graph and the ring. */
  async records(operations: readonly Came[], keyRecords: readonly SignedRecord[]): Promise<void> {
    const { crypto, graph, ring, traces } = this.space
    const verified: VerifiedOperation[] = []
    for (const { record, under } of operations) {
      const operation = decodeOperation(crypto, record)
      if (!operation.ok) continue
      const known = graph.has(operation.value.id)
      const good = known ? operation.value : await verifyOperation(crypto, operation.value)
      if (good === null) continue
      if (!known) verified.push(good as VerifiedOperation)
      if (under !== null && (good.op === 'admit' || good.op === 'add-device')) traces.brought(good.target, under)
    }
    if (verified.length > 0) graph.add(verified)
    for (const record of keyRecords) {
      const decoded = decodeKeyRecord(crypto, record)
      if (!decoded.ok) continue
      const good = await verifyKeyRecord(crypto, decoded.value)
      if (good !== null) ring.add([good])
    }
    const fresh = await ring.resolve(graph, this.space.device, this.space.boxes())
    if (fresh.length > 0) await this.space.save()
  }

  /** What came in no entry (a wake file), with what the keys in it open. Whether any of it was new. */
  async carried(operations: readonly SignedRecord[], keyRecords: readonly SignedRecord[]): Promise<boolean> {
    const { graph, ring } = this.space
    const size = () => graph.size + ring.signedRecords().length
    const before = size()
    const came = operations.map((record) => ({ record, under: null }))
    await this.records(came, keyRecords)
    await this.entries([])
    return size() > before
  }

  async #absorb(opened: readonly OpenedEntry[]): Promise<void> {
    const { log, content, snapshots, traces } = this.space
    for (
      let batch = opened.length > 0 ? opened : await this.#waited();
      batch.length > 0;
      batch = await this.#waited()
    ) {
      for (const { header } of batch) {
        traces.wrote(header.device, header.epoch)
      }
      const structural = batch.filter(({ header }) => header.kind === 'op' || header.kind === 'keys')
      const keys = recordsOf(batch, 'keys').map(({ record }) => record)
      await this.records(recordsOf(batch, 'op'), keys)
      if (structural.length > 0)
        await log.settle(structural.map(({ id }) => ({ id, state: 'accepted' as const, reason: null })))
      for (const entry of batch.filter(({ header }) => header.kind === 'witness')) {
        content.witnessed(entry)
        snapshots.witnessed(entry)
      }
    }
  }

  /** What waited under epochs that stand by now (KE-17). */
  async #waited(): Promise<readonly OpenedEntry[]> {
    const { graph, log, ring } = this.space
    const fresh = new Map([...ring.readable(graph)].filter(([epoch]) => !this.#looked.has(epoch)))
    const opened = fresh.size === 0 ? [] : await log.reopen(fresh)
    for (const epoch of fresh.keys()) this.#looked.add(epoch)
    if (opened.length > 0) this.space.reopened(opened)
    return opened
  }
}

function recordsOf(batch: readonly OpenedEntry[], kind: 'op' | 'keys'): Came[] {
  return batch
    .filter((entry) => entry.header.kind === kind)
    .flatMap(({ payload, header }) => {
      const unpacked = unpackRecords(payload)
      return unpacked.ok ? unpacked.value.map((record) => ({ record, under: header.epoch })) : []
    })
}
