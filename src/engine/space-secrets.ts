// Who has which epoch of one space: when a new one is due, what it takes to give one to whom, and whose entries confirm it. Puts
// together what keys/ decides (KE-6 to KE-14) with what the log has seen; owns no timer (duties.ts) and stores nothing itself.
import type { Clock } from '../base/environment.ts'
import type { DeviceId, EpochId, MemberId, OperationId, SpaceId } from '../base/ids.ts'
import type { Bytes } from '../base/bytes.ts'
import type { Crypto } from '../crypto/index.ts'
import type { DeviceKeys } from '../identity/index.ts'
import {
  type Confirmations,
  confirmations,
  contain,
  type CurrentEpoch,
  type EpochRing,
  gaps,
  grant,
  type HeldEpoch,
  lacking,
  MANY_LACKING,
  needsRekey,
  sealGrantUnder,
  sealUnder,
  type Standing,
} from '../keys/index.ts'
import type { SignedRecord } from '../log/entry.ts'
import type { SpaceLog } from '../log/space-log.ts'
import type { MembershipGraph, MembershipState } from '../membership/index.ts'
import type { Publishing } from './publishing.ts'
import type { Traces } from './traces.ts'

/** What of a space its secrets need. */
export interface HasSecrets {
  readonly id: SpaceId
  readonly me: MemberId
  readonly keys: DeviceKeys
  readonly record: { readonly seed: Bytes; readonly away?: number | undefined }
  readonly crypto: Crypto
  readonly clock: Clock
  readonly graph: MembershipGraph
  readonly state: MembershipState
  readonly ring: EpochRing
  readonly log: SpaceLog
  readonly traces: Traces
  readonly publishing: Publishing
  readonly standing: string
  /** It knows what it wrote before (abreast.ts): who has just come back makes no keys. */
  readonly mayWriteChains: boolean
  current(): CurrentEpoch | null
  merged(under: readonly HeldEpoch[]): Promise<boolean>
  useNewBox(): Promise<Bytes>
  order(fields: { readonly op: 'rotate-device'; readonly box: Bytes }): Promise<unknown>
  publish(kind: 'op' | 'keys', records: readonly SignedRecord[], under: readonly HeldEpoch[]): Promise<void>
}

export class SpaceSecrets {
  constructor(private readonly space: HasSecrets) {}

  /** No epoch is good for all who are in and none who is out; or one rekey serves better than many grants. */
  get rekeyDue(): boolean {
    const { graph, ring, traces } = this.space
    return this.#makesKeys && (needsRekey(graph, ring, traces.isWritten) || this.lacking().length > MANY_LACKING)
  }

  /** One is due only to join branches of epochs, each of which some can write under: that has time. */
  get joinDue(): boolean {
    return this.rekeyDue && !needsRekey(this.space.graph, this.space.ring) && this.lacking().length <= MANY_LACKING
  }

  get #makesKeys(): boolean {
    const { standing, mayWriteChains, record } = this.space
    return standing === 'active' && mayWriteChains && record.away === undefined
  }

  /**
   * The epoch in use has a wrap for this device that does not open: nobody else can see it, so nobody gives it the secret, and only
   * box keys of its own that are new make another epoch due (KE-6). Not once they are written: then that one is due.
   */
  get shutOut(): boolean {
    return this.#lostTo((now) => now.shut)
  }

  /** The same, with a wrap that is in a part that has not come: from who means well it comes soon. */
  get withheld(): boolean {
    const { graph, ring } = this.space
    return this.#lostTo(() => ring.isWithheld(graph))
  }

  /** The epoch in use is known, and nobody gave its secret: those who have it may take this device for served (KE-13). */
  get missing(): boolean {
    return this.#lostTo(() => true)
  }

  #lostTo(how: (now: Extract<Standing, { type: 'secret-missing' }>) => boolean): boolean {
    const { graph, ring, traces } = this.space
    if (!this.#makesKeys) return false
    const now = ring.standing(graph)
    return now.type === 'secret-missing' && how(now) && !needsRekey(graph, ring, traces.isWritten)
  }

  /** New box keys, published under the last epoch it holds, and the epoch that they call for. */
  async renewIfShut(): Promise<void> {
    if (!this.missing) return
    await this.space.order({ op: 'rotate-device', box: await this.space.useNewBox() })
  }

  /** The epoch in use does not hand on one before it that this device holds: what it has read under that one, newcomers cannot (KE-18). */
  get gapOpen(): boolean {
    const { graph, ring, traces } = this.space
    return this.#makesKeys && !this.rekeyDue && gaps(graph, ring, traces.isWritten).length > 0
  }

  /** New box keys of its own, and the epoch that they call for, which hands on all that this device holds. */
  async closeGap(): Promise<void> {
    if (!this.gapOpen) return
    await this.space.order({ op: 'rotate-device', box: await this.space.useNewBox() })
  }

  /** Devices that are in and have not the epoch in use, while this one has it. */
  lacking(): readonly DeviceId[] {
    const { space } = this
    return space.current() === null ? [] : lacking(space.graph, space.ring, space.traces.admittedUnder)
  }

  /** Makes a new epoch when one is due, and seals the rekey under each epoch by which it reaches somebody (KE-13). */
  async rekeyIfDue(): Promise<boolean> {
    const { graph, ring, traces, publishing } = this.space
    if (!this.rekeyDue) return false
    const now = this.space.current()
    // A rekey covers all heads, so that of too many there must be one; it goes out under the epochs that the rekey will follow.
    if (!(await this.space.merged(now === null ? ring.tips() : [now]))) return false
    const made = await publishing.epoch()
    await this.space.publish('keys', made.records, sealUnder(graph, ring, made.rekey, traces.admittedUnder))
    return true
  }

  /** The epoch in use for a device that lacks it; empty while this one has none to give. */
  async grantFor(to: DeviceId): Promise<readonly SignedRecord[]> {
    const { id: space, keys, record, crypto, clock, state } = this.space
    const now = this.space.current()
    const box = state.devices.get(to)?.box
    if (now === null || box === undefined) return []
    const input = { space, to, box, secret: now.secret, keys: keys.sign, spaceSeed: record.seed, time: clock.now() }
    return [(await grant(crypto, input)).record]
  }

  /** Publishes it. False: no entry can reach her. */
  async give(to: DeviceId): Promise<boolean> {
    const { graph, ring, traces } = this.space
    const now = this.space.current()
    if (now === null) return false
    const under = sealGrantUnder(graph, ring, { epoch: now.epoch, to }, traces.admittedUnder)
    const given = under.length === 0 ? [] : await this.grantFor(to)
    if (given.length === 0) return false
    // With the rekey itself: she may not have those between, under which it was published.
    const rekey = ring.epoch(graph, now.epoch)?.rekey
    const made = rekey === undefined ? [] : [rekey, ...ring.partsOf(rekey)]
    await this.space.publish('keys', [...made.map(({ record }) => record), ...given], under)
    return true
  }

  /** Who has an entry that cites what `epoch` covers, myself not counted. */
  confirmations(epoch: EpochId): Confirmations {
    const { graph, ring, me } = this.space
    return confirmations(graph, ring, epoch, this.#citing(epoch), me)
  }

  /** Whether an entry of mine cites what `epoch` covers. */
  confirms(epoch: EpochId): boolean {
    const { graph, ring, state, me } = this.space
    const covers = ring.covers(epoch) ?? []
    const citing = this.#citing(epoch)
    return (state.members.get(me)?.devices ?? []).some((device) => {
      return contain(graph, citing.get(device) ?? [], covers)
    })
  }

  /** What each device's entries under that epoch or a later one cite. */
  #citing(epoch: EpochId): ReadonlyMap<DeviceId, readonly OperationId[]> {
    const { graph, log, ring } = this.space
    const from = ring.ordinal(epoch)
    const later = new Map<EpochId, boolean>()
    const citing = new Map<DeviceId, Set<OperationId>>()
    for (const meta of log.metas()) {
      if (meta.device === null || meta.epoch === null) continue
      const isLater = later.get(meta.epoch) ?? ring.ordinal(meta.epoch) >= from
      later.set(meta.epoch, isLater)
      const heads = isLater && meta.state !== 'rejected' ? (log.citedHeads(meta.id) ?? []) : []
      if (heads.length === 0) continue
      const known = citing.get(meta.device) ?? new Set()
      // What is not here says nothing, and a hostile device can cite any number of inventions.
      for (const head of heads) if (graph.has(head)) known.add(head)
      citing.set(meta.device, known)
    }
    return new Map([...citing].map(([device, heads]) => [device, [...heads]]))
  }
}
