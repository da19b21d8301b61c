// Opening what is sealed to this device: wraps, grants, and the older secrets in a rekey; and which epochs it opened before it
// could judge them (rules KE-3, KE-4, KE-11). Tries nothing twice; a stranger's rekey costs a bounded amount of work.
import type { Bytes } from '../base/bytes.ts'
import type { DeviceId, EpochId, KeyRecordId } from '../base/ids.ts'
import type { BoxKeys, Crypto } from '../crypto/index.ts'
import type { MembershipGraph } from '../membership/index.ts'
import type { Content } from './content.ts'
import { openOldSecrets, unwrapSecret } from './epochs.ts'
import { MAX_TRIAL_WRAPS, MAX_TRIALS } from './limits.ts'
import type { Grant, Rekey } from './records.ts'
import type { Secrets } from './secrets.ts'
import type { Succession } from './succession.ts'
import { activeIn, isPlaced, placeOf } from './validity.ts'

/** One's own box keys: the present ones, and those before a rotation while records may still need them. */
export interface OwnBoxes {
  readonly box: BoxKeys
  readonly formerBoxes?: readonly BoxKeys[]
}
type Own = OwnBoxes & { readonly device: DeviceId }

interface Sealed {
  readonly id: KeyRecordId
  readonly epoch: EpochId
  readonly ephemeral: Bytes
}

const PLACED = 'placed'

export class Opening {
  /** What was tried without success: with what it may be tried again. */
  private readonly tried = new Map<KeyRecordId, string>()
  /** Of placed rekeys this device's place among the recipients; -1 for none. */
  private readonly places = new Map<KeyRecordId, number>()
  /** Rekeys whose older secrets were taken over. */
  private readonly taken = new Map<KeyRecordId, ReadonlySet<EpochId>>()
  /** The epochs of the older secrets in a rekey, for who asked (KE-18). */
  private readonly named = new Map<KeyRecordId, ReadonlySet<EpochId>>()
  /** What valid rekeys say are older epochs. */
  private readonly older = new Set<EpochId>()
  /** What rekeys that cannot be judged yet say are older epochs. */
  private readonly listed = new Map<KeyRecordId, ReadonlySet<EpochId>>()

  constructor(
    private readonly crypto: Crypto,
    private readonly spaceSeed: Bytes,
    private readonly held: Secrets,
    private readonly succession: Succession,
    private readonly contentOf: (rekey: Rekey) => Content,
  ) {}

  /** Everything that opens now, after the succession was judged by `graph`. `known`: see `ahead`. */
  async open(graph: MembershipGraph, grants: readonly Grant[], known: readonly EpochId[], own: Own): Promise<void> {
    for (const grant of grants) {
      if (grant.to === own.device) await this.attempt(grant, () => [grant.wrap], 'grant', own)
    }
    for (const { rekey } of this.succession.all()) await this.openPlaced(graph, rekey, own)
    for (const rekey of this.succession.contested())
      if (isPlaced(graph, rekey)) await this.openPlaced(graph, rekey, own)
    const unplaced: Rekey[] = []
    for (const rekey of this.succession.waiting()) {
      if (isPlaced(graph, rekey)) await this.openPlaced(graph, rekey, own)
      else unplaced.push(rekey)
    }
    await this.openUnplaced(graph, unplaced, own)
    this.openOld(known)
  }

  /** By authors known here first, and the small ones first: who invents many large ones delays nobody else's. */
  private async openUnplaced(graph: MembershipGraph, rekeys: readonly Rekey[], own: Own): Promise<void> {
    const { devices } = graph.state()
    const rank = ({ device }: Rekey) => (devices.get(device)?.status === 'active' ? 0 : 1)
    const inOrder = [...rekeys].sort((a, b) => rank(a) - rank(b) || a.recipients - b.recipients)
    let [trials, wraps] = [0, 0]
    for (const rekey of inOrder) {
      if (trials >= MAX_TRIALS || wraps + rekey.recipients > MAX_TRIAL_WRAPS) return
      if (!(await this.openByTrial(rekey, own))) continue
      trials++
      wraps += rekey.recipients
    }
  }

  /** Whether this device's own wrap, found by its place, did not open. */
  isShut(rekey: KeyRecordId): boolean {
    return this.tried.get(rekey)?.startsWith(PLACED) ?? false
  }

  /** Whether this device has a place among its recipients, and the part with its wrap is not here. */
  isWithheld(rekey: Rekey): boolean {
    const place = this.places.get(rekey.id) ?? -1
    return place >= 0 && this.contentOf(rekey).wrap(place) === null
  }

  /** Whether a valid rekey that was looked into names it among the older ones. */
  isListed(epoch: EpochId): boolean {
    return this.older.has(epoch)
  }

  /** The epochs of the older secrets in a rekey; none while they cannot be opened. */
  namesOf(rekey: Rekey): ReadonlySet<EpochId> {
    const known = this.named.get(rekey.id)
    const secret = this.held.byEpoch.get(rekey.epoch)
    const sealed = secret === undefined || known !== undefined ? null : this.contentOf(rekey).oldSecrets()
    if (secret === undefined || sealed === null) return known ?? new Set()
    const old = openOldSecrets(this.crypto, secret, rekey.nonce, sealed)
    const names = new Set(old.map((item) => this.held.epochOf(item)))
    this.named.set(rekey.id, names)
    return names
  }

  /** Rekeys opened and not placed yet whose authors this graph does not know as removed or suspended. */
  provisional(graph: MembershipGraph): Rekey[] {
    const { devices } = graph.state()
    return [...this.succession.waiting()]
      .filter((rekey) => this.held.byEpoch.has(rekey.epoch) && !isPlaced(graph, rekey))
      .filter(({ device }) => (devices.get(device)?.status ?? 'active') === 'active')
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /**
   * KE-11: of these the ones whose author held every epoch of `known`, which the removed do not hold. `strangers`: authors not
   * known here count, too.
   */
  ahead(graph: MembershipGraph, known: readonly EpochId[], strangers: boolean): Rekey[] {
    const { devices } = graph.state()
    return this.provisional(graph)
      .filter(({ device }) => strangers || devices.has(device))
      .filter(({ id }) => known.every((epoch) => this.listed.get(id)?.has(epoch)))
  }

  private async openPlaced(graph: MembershipGraph, rekey: Rekey, own: Own): Promise<void> {
    if (this.held.byEpoch.has(rekey.epoch)) return
    const place = this.places.get(rekey.id) ?? placeOf(activeIn(graph.stateAt(rekey.covers)), own.device)
    this.places.set(rekey.id, place)
    if (place < 0) return
    const content = this.contentOf(rekey)
    const wrap = content.wrap(place)
    if (wrap !== null) await this.attempt(rekey, () => [wrap], PLACED, own)
  }

  /** Whether it took a try. */
  private openByTrial(rekey: Rekey, own: Own): Promise<boolean> {
    const content = this.contentOf(rekey)
    return this.attempt(rekey, () => content.wraps(), `trial ${content.present}`, own)
  }

  private async attempt(sealed: Sealed, wraps: () => Iterable<Bytes>, how: string, own: Own): Promise<boolean> {
    const { id, epoch, ephemeral } = sealed
    const boxes = [own.box, ...(own.formerBoxes ?? [])]
    const mark = `${how} ${boxes.map(({ publicKey }) => publicKey.join('.')).join()}`
    if (this.held.byEpoch.has(epoch) || this.tried.get(id) === mark) return false
    this.tried.set(id, mark)
    for (const box of boxes) {
      const recipient = { device: own.device, box, spaceSeed: this.spaceSeed }
      const secret = await unwrapSecret(this.crypto, { ephemeral, epoch, wraps: wraps() }, recipient)
      if (secret === null) continue
      this.held.add(secret)
      this.tried.delete(id)
      break
    }
    return true
  }

  /** Until nothing new comes: what one rekey brings may open another. */
  private openOld(known: readonly EpochId[]): void {
    for (let before = -1; before !== this.held.byEpoch.size;) {
      before = this.held.byEpoch.size
      for (const { rekey } of this.succession.all()) if (this.brings(rekey)) this.takeOld(rekey, this.taken)
      for (const rekey of this.succession.waiting()) this.takeOld(rekey, this.listed, known)
    }
  }

  /** The last epochs list all before them; another is looked into only for a gap. */
  private brings({ epoch, parents }: Rekey): boolean {
    return !this.succession.isFollowed(epoch) || parents.some((parent) => !this.held.byEpoch.has(parent))
  }

  /** `known`: for a rekey not judged yet; unless its author held those epochs, few secrets are believed. */
  private takeOld(rekey: Rekey, done: Map<KeyRecordId, ReadonlySet<EpochId>>, known?: readonly EpochId[]): void {
    const secret = this.held.byEpoch.get(rekey.epoch)
    const sealed = secret === undefined || done.has(rekey.id) ? null : this.contentOf(rekey).oldSecrets()
    if (secret === undefined || sealed === null) return
    const old = openOldSecrets(this.crypto, secret, rekey.nonce, sealed)
    const epochs = new Set(known === undefined ? [] : old.map((item) => this.held.epochOf(item)))
    const trusted = known === undefined || (known.length > 0 && known.every((epoch) => epochs.has(epoch)))
    for (const item of old) {
      if (trusted) this.held.add(item)
      else this.held.addUnproven(item)
      if (known === undefined) this.older.add(this.held.epochOf(item))
    }
    done.set(rekey.id, epochs)
    if (known === undefined) this.listed.delete(rekey.id)
  }
}
