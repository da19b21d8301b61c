// The keyring of one space: records seen, secrets held, and the epoch in use (rules KE-6 to KE-9). Secrets leave it only by
// `secrets`, `secretList` and `encode`; it never decides by the clock and gives one answer for one set.
import type { Bytes } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import {
  ChannelId,
  type DeviceId,
  type EpochId,
  type KeyRecordId,
  idBytes,
  type OperationId,
  SpaceId,
} from '../base/ids.ts'
import type { BoxKeys, Crypto, SignKeys } from '../crypto/index.ts'
import type { MembershipGraph, SignedRecord } from '../membership/index.ts'
import { channelKeys, epochIdOf, type NewRekey, openOldSecrets, sealRekey, unwrapSecret } from './epochs.ts'
import {
  decodeKeyRecord,
  MAX_COVERS,
  MAX_PARENTS,
  type Rekey,
  SECRET_LENGTH,
  type VerifiedKeyRecord,
} from './records.ts'
import { currentOf, earlier, type Epoch, validate } from './validity.ts'

/** One's own box keys: the present ones, and those before a rotation while records may still need them. */
export interface OwnBoxes {
  readonly box: BoxKeys
  readonly formerBoxes?: readonly BoxKeys[]
}

/** An epoch whose secret is held. */
export interface HeldEpoch {
  readonly epoch: EpochId
  readonly secret: Bytes
}

export interface CurrentEpoch extends HeldEpoch {
  readonly channel: ChannelId
}

export type Standing =
  | ({ readonly type: 'current' } & CurrentEpoch)
  /** No valid epoch has seen every removal: whoever wants to write makes one. */
  | { readonly type: 'rekey-needed' }
  /** There is one, but its secret is not here yet: a grant is needed. */
  | { readonly type: 'secret-missing'; readonly epoch: EpochId }

const MAX_SECRETS = 100_000

export class EpochRing {
  private readonly records = new Map<KeyRecordId, VerifiedKeyRecord>()
  private readonly invalid = new Set<KeyRecordId>()
  private readonly byEpoch = new Map<EpochId, Epoch>()
  private readonly held = new Map<EpochId, Bytes>()
  private readonly opened = new Set<KeyRecordId>()
  private readonly channels = new Map<EpochId, SignKeys>()
  private evaluated = ''
  private graph: MembershipGraph | null = null

  constructor(
    private readonly crypto: Crypto,
    readonly space: SpaceId,
    readonly spaceSeed: Bytes,
  ) {}

  /** The new ones of this space among `records`. */
  add(records: readonly VerifiedKeyRecord[]): KeyRecordId[] {
    const added = records.filter(({ id, space }) => space === this.space && !this.records.has(id))
    for (const record of added) this.records.set(record.id, record)
    return [...new Set(added.map(({ id }) => id))]
  }

  has(id: KeyRecordId): boolean {
    return this.records.has(id)
  }

  /** Every record seen, for whoever reconciles or passes them on. */
  signedRecords(): SignedRecord[] {
    return [...this.records.values()].map(({ record }) => record)
  }

  /** Secrets from a welcome or one's own rekey; what has not 32 bytes is left out. */
  addSecrets(secrets: readonly Bytes[]): void {
    for (const secret of secrets) {
      if (secret.length === SECRET_LENGTH && this.held.size < MAX_SECRETS)
        this.held.set(epochIdOf(this.crypto, secret), secret)
    }
  }

  secrets(): ReadonlyMap<EpochId, Bytes> {
    return this.held
  }

  secret(epoch: EpochId): Bytes | undefined {
    return this.held.get(epoch)
  }

  /** For a welcome or a rekey; in the order of the epoch ids. */
  secretList(): Bytes[] {
    return [...this.held].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, secret]) => secret)
  }

  /** Opens what can be opened with one's own keys, old secrets within included. The epochs newly held. */
  async resolve(graph: MembershipGraph, device: DeviceId, own: OwnBoxes): Promise<EpochId[]> {
    this.evaluate(graph)
    const before = new Set(this.held.keys())
    for (const record of this.records.values()) {
      if (this.held.has(record.epoch) || this.invalid.has(record.id)) continue
      const wrap = record.rec === 'grant' ? record.to === device && record.wrap : wrapOf(record, device)
      if (!wrap) continue
      const sealed = { ephemeral: record.ephemeral, epoch: record.epoch, wrap }
      for (const box of [own.box, ...(own.formerBoxes ?? [])]) {
        const secret = await unwrapSecret(this.crypto, sealed, { device, box, spaceSeed: this.spaceSeed })
        if (secret !== null) this.addSecrets([secret])
      }
    }
    this.openOld()
    return [...this.held.keys()].filter((epoch) => !before.has(epoch))
  }

  /** The epoch in use: the same on every device that holds the same operations and records. */
  standing(graph: MembershipGraph): Standing {
    this.evaluate(graph)
    const best = currentOf(graph, this.byEpoch.values())
    if (best === null) return { type: 'rekey-needed' }
    const secret = this.held.get(best.id)
    const channel = this.channel(best.id)
    if (secret === undefined || channel === null) return { type: 'secret-missing', epoch: best.id }
    return { type: 'current', epoch: best.id, secret, channel: channel.id }
  }

  /** The epoch to write under; null when there is none or its secret is not here (`standing` says which). */
  current(graph: MembershipGraph): CurrentEpoch | null {
    const now = this.standing(graph)
    return now.type === 'current' ? { epoch: now.epoch, secret: now.secret, channel: now.channel } : null
  }

  /** The channel of an epoch whose secret is held. */
  channel(epoch: EpochId): { readonly id: ChannelId; readonly keys: SignKeys } | null {
    const secret = this.held.get(epoch)
    if (secret === undefined) return null
    const keys = this.channels.get(epoch) ?? channelKeys(this.crypto, secret)
    this.channels.set(epoch, keys)
    return { id: ChannelId.must(keys.publicKey), keys }
  }

  /** Position in the succession of epochs, 1 for the first; infinite for one that is not (yet) valid: later than all. */
  ordinal(epoch: EpochId): number {
    return this.find(epoch)?.ordinal ?? Number.POSITIVE_INFINITY
  }

  /** The epochs that a valid epoch follows; none for others. */
  parents(epoch: EpochId): readonly EpochId[] {
    return this.find(epoch)?.rekey.parents ?? []
  }

  /** What a valid epoch covers. */
  covers(epoch: EpochId): readonly OperationId[] | null {
    return this.find(epoch)?.rekey.covers ?? null
  }

  /** Valid epochs that no valid one follows and whose secret is held: what the next rekey stands on and is sealed under. */
  tips(): HeldEpoch[] {
    const epochs = this.graph === null ? [] : [...this.byEpoch.values()]
    const followed = new Set(epochs.flatMap(({ ancestors }) => [...ancestors]))
    return epochs
      .flatMap(({ id }) => {
        const secret = this.held.get(id)
        return secret === undefined || followed.has(id) ? [] : [{ epoch: id, secret }]
      })
      .sort((a, b) => (a.epoch < b.epoch ? -1 : 1))
  }

  /** Whether some valid epoch covers the box key now in use of every active device, besides every removal. */
  isFresh(graph: MembershipGraph): boolean {
    const now = this.standing(graph)
    if (now.type === 'rekey-needed') return false
    const covers = this.covers(now.epoch) ?? []
    const state = graph.state()
    return [...state.rotations].every(
      ([id, rotation]) => state.devices.get(id)?.status !== 'active' || graph.covers(covers, rotation),
    )
  }

  /** Everything, secrets included, for storage that seals. */
  encode(): Bytes {
    const records = [...this.records.values()].map(({ record }) => [record.body, record.signature])
    return encode({ v: 1, space: idBytes(this.space), seed: this.spaceSeed, records, secrets: this.secretList() })
  }

  /** Of what `encode` gave (its records were verified before they were stored); null for anything else. */
  static decode(crypto: Crypto, bytes: Bytes): EpochRing | null {
    const value = decode(bytes)
    if (!value.ok) return null
    const { space, seed, records, secrets } = (value.value ?? {}) as Readonly<Record<string, unknown>>
    const id = space instanceof Uint8Array ? SpaceId.of(space) : null
    if (id === null || !(seed instanceof Uint8Array) || !Array.isArray(records) || !Array.isArray(secrets)) return null
    const ring = new EpochRing(crypto, id, seed)
    for (const item of records as readonly unknown[]) {
      const [body, signature] = Array.isArray(item) ? (item as readonly unknown[]) : []
      if (!(body instanceof Uint8Array) || !(signature instanceof Uint8Array)) return null
      const record = decodeKeyRecord(crypto, { body, signature })
      if (!record.ok) return null
      ring.add([record.value as VerifiedKeyRecord])
    }
    ring.addSecrets((secrets as readonly unknown[]).filter((secret) => secret instanceof Uint8Array))
    return ring
  }

  private find(epoch: EpochId): Epoch | undefined {
    if (this.graph !== null) this.evaluate(this.graph)
    return this.byEpoch.get(epoch)
  }

  /** Judges what has not been judged for good; a valid rekey may make others of its children. */
  private evaluate(graph: MembershipGraph): void {
    this.graph = graph
    const key = `${graph.space} ${graph.size} ${this.records.size}`
    if (key === this.evaluated) return
    this.evaluated = key
    const rekeys = [...this.records.values()].filter((record) => record.rec === 'rekey')
    if (new Set(rekeys.map(({ epoch }) => epoch)).size < rekeys.length) return this.evaluateAfresh(graph, rekeys)
    for (let before = -1; before !== this.byEpoch.size;) {
      before = this.byEpoch.size
      for (const record of rekeys) {
        if (this.byEpoch.has(record.epoch) || this.invalid.has(record.id)) continue
        const verdict = validate(graph, record, (id) => this.byEpoch.get(id))
        if (verdict.type === 'invalid') this.invalid.add(record.id)
        if (verdict.type === 'valid') this.byEpoch.set(record.epoch, verdict.epoch)
      }
    }
  }

  /**
   * Several records for one epoch (a hostile author): all are judged in rounds, each by the round before, so that the order
   * of arrival decides nothing. Bounded, and the same for everybody.
   */
  private evaluateAfresh(graph: MembershipGraph, rekeys: readonly Rekey[]): void {
    let last = new Map<EpochId, Epoch>()
    for (let round = 0; round <= rekeys.length; round++) {
      const next = new Map<EpochId, Epoch>()
      this.invalid.clear()
      for (const record of rekeys) {
        const verdict = validate(graph, record, (id) => last.get(id))
        if (verdict.type === 'invalid') this.invalid.add(record.id)
        if (verdict.type !== 'valid') continue
        const known = next.get(record.epoch)
        next.set(record.epoch, known === undefined ? verdict.epoch : earlier(known, verdict.epoch))
      }
      const settled = next.size === last.size && [...next].every(([id, { rekey }]) => last.get(id)?.rekey === rekey)
      last = next
      if (settled) break
    }
    this.byEpoch.clear()
    for (const [id, epoch] of last) this.byEpoch.set(id, epoch)
  }

  private openOld(): void {
    for (let before = -1; before !== this.held.size;) {
      before = this.held.size
      for (const record of this.records.values()) {
        const secret = this.held.get(record.epoch)
        if (record.rec !== 'rekey' || secret === undefined || this.opened.has(record.id)) continue
        this.opened.add(record.id)
        const old = openOldSecrets(this.crypto, record, secret)
        const list = old && decode(old)
        if (list?.ok && Array.isArray(list.value)) {
          this.addSecrets((list.value as readonly unknown[]).filter((item) => item instanceof Uint8Array))
        }
      }
    }
  }
}

function wrapOf(rekey: Rekey, device: DeviceId): Bytes | undefined {
  return rekey.wraps.find((wrap) => wrap.device === device)?.wrap
}

/** Whether a rekey is due: no valid epoch has seen every removal, suspension and change of box key in force. */
export const needsRekey = (graph: MembershipGraph, ring: EpochRing): boolean =>
  graph.state().devices.size > 0 && !ring.isFresh(graph)

/**
 * A new epoch for the active devices of now, to be added to the ring (`add` with its record, `addSecrets`). Write `merge` first
 * when the graph needs one: of more than 16 heads only those with the longest pasts are covered.
 */
export function rekey(
  crypto: Crypto,
  input: {
    readonly graph: MembershipGraph
    readonly ring: EpochRing
    readonly keys: { readonly sign: SignKeys }
    readonly time: number
  },
): Promise<NewRekey> {
  const { graph, ring, keys, time } = input
  ring.standing(graph)
  const heads = graph.heads()
  const longest = heads.map((id) => ({ id, size: graph.coverage([id]) })).sort((a, b) => b.size - a.size)
  const covers = heads.length > MAX_COVERS ? longest.slice(0, MAX_COVERS).map(({ id }) => id) : heads
  const parents = ring.tips().map(({ epoch }) => epoch)
  return sealRekey(crypto, {
    space: graph.space,
    state: graph.stateAt(covers),
    covers,
    parents: parents.slice(0, MAX_PARENTS),
    secrets: ring.secretList(),
    keys: keys.sign,
    spaceSeed: ring.spaceSeed,
    time,
  })
}
