// The keyring of one space: records seen, secrets held, and the epoch in use (rules KE-7 to KE-11). Secrets leave it only by
// `secrets`, `secretList` and `encode`; it never decides by the clock and gives one answer for one set.
import type { Bytes } from '../base/bytes.ts'
import { decode, encode } from '../base/codec.ts'
import {
  type ChannelId,
  type DeviceId,
  type EpochId,
  idBytes,
  type KeyRecordId,
  type OperationId,
  SpaceId,
} from '../base/ids.ts'
import type { Crypto } from '../crypto/index.ts'
import type { MembershipGraph, SignedRecord } from '../membership/index.ts'
import { Content } from './content.ts'
import { provesSecret } from './epochs.ts'
import { decodeKeyRecord, type Grant, type Part, type Rekey, type VerifiedKeyRecord } from './records.ts'
import { Opening, type OwnBoxes } from './opening.ts'
import { MAX_PROVISIONAL } from './limits.ts'
import { type Channel, type HeldEpoch, Secrets } from './secrets.ts'
import { Succession } from './succession.ts'
import { ancestors, type Epoch } from './validity.ts'

export interface CurrentEpoch extends HeldEpoch {
  readonly channel: ChannelId
}

export type Standing =
  | ({ readonly type: 'current' } & CurrentEpoch)
  /** No valid epoch has seen every removal: whoever wants to write makes one. */
  | { readonly type: 'rekey-needed' }
  /**
   * There is one, but its secret is not here yet: a grant is needed. `shut`: it has a wrap for this device that does not open, so
   * nobody knows that one is; `rotate-device` makes a rekey due.
   */
  | { readonly type: 'secret-missing'; readonly epoch: EpochId; readonly shut: boolean }
  /** Others go on with these epochs, which cover operations that are not here: until they are, nothing is written (KE-11). */
  | { readonly type: 'behind'; readonly epochs: readonly EpochId[]; readonly missing: readonly OperationId[] }

export class EpochRing {
  private readonly records = new Map<KeyRecordId, VerifiedKeyRecord>()
  private readonly parts = new Map<KeyRecordId, Part>()
  private readonly granted = new Map<EpochId, Grant[]>()
  private readonly forged = new Map<KeyRecordId, boolean>()
  private readonly succession = new Succession((rekey) => this.isForged(rekey))
  private readonly held: Secrets
  private readonly opening: Opening
  private readonly passedOver = new Set<EpochId>()
  /** Whose secrets a welcome brought, or this device made. */
  private readonly given = new Set<EpochId>()
  private graph: MembershipGraph | null = null

  constructor(
    private readonly crypto: Crypto,
    readonly space: SpaceId,
    readonly spaceSeed: Bytes,
  ) {
    this.held = new Secrets(crypto)
    this.opening = new Opening(crypto, spaceSeed, this.held, this.succession, (rekey) => this.contentOf(rekey))
  }

  /** The new ones of this space among `records`. */
  add(records: readonly VerifiedKeyRecord[]): KeyRecordId[] {
    const added: KeyRecordId[] = []
    for (const record of records) {
      if (record.space !== this.space || this.records.has(record.id)) continue
      this.records.set(record.id, record)
      added.push(record.id)
      if (record.rec === 'rekey') this.succession.add(record)
      else if (record.rec === 'part') this.parts.set(record.id, record)
      else this.granted.set(record.epoch, [...(this.granted.get(record.epoch) ?? []), record])
    }
    return added
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
      this.held.add(secret)
      this.given.add(this.held.epochOf(secret))
    }
  }

  /** Secrets held before. `opened`: something was opened under that epoch, so it stood (KE-17). */
  restore(secrets: readonly Bytes[], opened: (epoch: EpochId) => boolean): void {
    for (const secret of secrets) {
      this.held.add(secret)
      if (opened(this.held.epochOf(secret))) this.given.add(this.held.epochOf(secret))
    }
  }

  /** KE-17: what is sealed under these is taken in. A secret that one member handed to some is not among them. */
  readable(graph: MembershipGraph): ReadonlyMap<EpochId, Bytes> {
    this.judge(graph)
    const stands = (epoch: EpochId) =>
      this.given.has(epoch) || this.succession.get(epoch) !== undefined || this.opening.isListed(epoch)
    return new Map([...this.held.byEpoch].filter(([epoch]) => stands(epoch)))
  }

  secrets(): ReadonlyMap<EpochId, Bytes> {
    return this.held.byEpoch
  }

  secret(epoch: EpochId): Bytes | undefined {
    return this.held.byEpoch.get(epoch)
  }

  /** For a welcome or a rekey; in the order of the epoch ids. */
  secretList(): Bytes[] {
    return this.held.list()
  }

  /** Opens what can be opened with one's own keys, old secrets within included. The epochs newly held. */
  async resolve(graph: MembershipGraph, device: DeviceId, own: OwnBoxes): Promise<EpochId[]> {
    this.judge(graph)
    const before = new Set(this.held.byEpoch.keys())
    await this.opening.open(graph, [...this.granted.values()].flat(), this.known(), { device, ...own })
    return [...this.held.byEpoch.keys()].filter((epoch) => !before.has(epoch))
  }

  /** The epoch in use: the same on every device that holds the same operations and records, whatever it can open. */
  standing(graph: MembershipGraph): Standing {
    this.judge(graph)
    const best = this.succession.current()
    if (best !== null && this.held.held(best.id) === null) {
      return { type: 'secret-missing', epoch: best.id, shut: this.opening.isShut(best.rekey.id) }
    }
    const ahead = this.ahead(graph)
    if (ahead.length > 0) {
      const missing = new Set(ahead.flatMap(({ covers }) => covers.filter((id) => !graph.has(id))))
      return { type: 'behind', epochs: ahead.map(({ epoch }) => epoch), missing: [...missing].sort() }
    }
    const [held, channel] = best === null ? [null, null] : [this.held.held(best.id), this.channel(best.id)]
    if (held === null || channel === null) return { type: 'rekey-needed' }
    return { type: 'current', ...held, channel: channel.id }
  }

  /** The epoch to write under; null when there is none or it may not be used (`standing` says why). */
  current(graph: MembershipGraph): CurrentEpoch | null {
    const now = this.standing(graph)
    return now.type === 'current' ? { epoch: now.epoch, secret: now.secret, channel: now.channel } : null
  }

  /** The epoch in use has a wrap for this device in a part that is not here: it may be late, or was never published. */
  isWithheld(graph: MembershipGraph): boolean {
    this.judge(graph)
    const best = this.succession.current()
    return best !== null && this.held.held(best.id) === null && this.opening.isWithheld(best.rekey)
  }

  /** The valid epoch in use, whether or not its secret is here and its use is held up. */
  inUse(graph: MembershipGraph): EpochId | null {
    this.judge(graph)
    return this.succession.current()?.id ?? null
  }

  /**
   * Epochs opened by rekeys that cover operations not here yet: their channels are where the rest is. At most 16, those that
   * keep this device from writing first.
   */
  provisional(graph: MembershipGraph): HeldEpoch[] {
    this.judge(graph)
    const ahead = new Set(this.ahead(graph))
    const others = this.opening.provisional(graph).filter((rekey) => !ahead.has(rekey))
    const epochs = new Set([...ahead, ...others].map(({ epoch }) => epoch))
    return [...epochs].flatMap((epoch) => this.held.held(epoch) ?? []).slice(0, MAX_PROVISIONAL)
  }

  /** Nobody has what these epochs cover, though there was time to ask: they no longer hold up writing (KE-11). */
  passOver(epochs: Iterable<EpochId>): void {
    for (const epoch of epochs) this.passedOver.add(epoch)
  }

  /** The channel of an epoch whose secret is held, in one of its generations. */
  channel(epoch: EpochId, generation = 0): Channel | null {
    return this.held.channel(epoch, generation)
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

  /** The valid epochs, as judged by this graph. */
  epochs(graph: MembershipGraph): readonly Epoch[] {
    this.judge(graph)
    return [...this.succession.all()]
  }

  epoch(graph: MembershipGraph, id: EpochId | null): Epoch | null {
    this.judge(graph)
    return (id === null ? undefined : this.succession.get(id)) ?? null
  }

  /** Every grant of an epoch that was seen; whether it opens, only whom it is for can tell. */
  grants(epoch: EpochId): readonly Grant[] {
    return this.granted.get(epoch) ?? []
  }

  /** Of which epochs it hands on the secrets; none while its own, or the part with them, is not here. */
  listed({ rekey }: Epoch): ReadonlySet<EpochId> {
    return this.opening.namesOf(rekey)
  }

  /** A rekey's parts that are here, in their order. */
  partsOf(rekey: Rekey): readonly Part[] {
    return rekey.parts.flatMap((id) => this.parts.get(id) ?? [])
  }

  /** Valid epochs held here that no other such follows: what the next rekey stands on. Ascending. */
  tips(): HeldEpoch[] {
    const held = [...this.succession.all()].filter(({ id }) => this.held.byEpoch.has(id))
    const before = ancestors(held)
    return held
      .flatMap((epoch) => (before.has(epoch) ? [] : (this.held.held(epoch.id) ?? [])))
      .sort((a, b) => (a.epoch < b.epoch ? -1 : 1))
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

  private ahead(graph: MembershipGraph): Rekey[] {
    const strangers = this.succession.current() !== null
    return this.opening.ahead(graph, this.known(), strangers).filter(({ epoch }) => !this.passedOver.has(epoch))
  }

  /** What an author who is ahead of this device must have held: the epoch in use, or where there is none the last ones. */
  private known(): EpochId[] {
    const best = this.succession.current()
    return best === null ? this.tips().map(({ epoch }) => epoch) : [best.id]
  }

  private contentOf(rekey: Rekey): Content {
    return new Content(rekey, (id) => this.parts.get(id))
  }

  private find(epoch: EpochId): Epoch | undefined {
    if (this.graph !== null) this.judge(this.graph)
    return this.succession.get(epoch)
  }

  private judge(graph: MembershipGraph): void {
    this.graph = graph
    this.succession.judge(graph, this.held.byEpoch.size)
  }

  private isForged(rekey: Rekey): boolean {
    const secret = this.held.byEpoch.get(rekey.epoch)
    const known = this.forged.get(rekey.id)
    if (secret === undefined || known !== undefined) return known ?? false
    const forged = !provesSecret(this.crypto, rekey, secret)
    this.forged.set(rekey.id, forged)
    return forged
  }
}
