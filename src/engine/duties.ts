// What a device owes its space without being asked, after what it learned: a new epoch when one is due, the secret for whom
// it admitted, a word for the work of those who were taken out. Owns the timers; the space writes.
import type { Bytes } from '../base/bytes.ts'
import { randomBelow } from '../base/environment.ts'
import type { DeviceId, EpochId, MemberId, OperationId, SpaceId } from '../base/ids.ts'
import type { DeviceKeys } from '../identity/index.ts'
import { type CurrentEpoch, type EpochRing, grant, needsRekey } from '../keys/index.ts'
import type { MembershipGraph, MembershipState } from '../membership/index.ts'
import type { SignedRecord } from '../log/entry.ts'
import type { EngineEnvironment } from './environment.ts'
import type { Crypto } from '../crypto/index.ts'

/** Others than the remover wait, so that one rekey is made and not one by each. */
const REKEY_AFTER_MS = 5_000
const REKEY_SPREAD_MS = 50_000
const WITNESS_SPREAD_MS = 3_000

/** What of a space its duties need. */
export interface DutifulSpace {
  readonly id: SpaceId
  readonly me: MemberId
  readonly keys: DeviceKeys
  readonly record: { readonly seed: Bytes; readonly loaded: boolean }
  readonly graph: MembershipGraph
  readonly ring: EpochRing
  readonly state: MembershipState
  readonly standing: 'active' | 'loading' | 'suspended' | 'removed'
  current(): CurrentEpoch | null
  publish(
    kind: 'keys',
    records: readonly SignedRecord[],
    under: readonly { readonly epoch: EpochId; readonly secret: Bytes }[],
  ): Promise<void>
  rekeyIfDue(): Promise<boolean>
  standFor(devices: ReadonlySet<DeviceId>): Promise<void>
  background(task: () => Promise<unknown>): void
}

export class Duties {
  #granted: EpochId | null = null
  /** Devices known to be out. */
  readonly #out = new Set<DeviceId>()
  #cancelRekey: (() => void) | null = null
  #cancelWitness: (() => void) | null = null

  constructor(
    private readonly space: DutifulSpace,
    private readonly env: EngineEnvironment,
    private readonly crypto: Crypto,
  ) {}

  /** What was so when the space was brought up is no news. */
  begin(): void {
    this.#granted = this.space.current()?.epoch ?? null
    for (const id of this.#removed()) this.#out.add(id)
  }

  stop(): void {
    this.#cancelRekey?.()
    this.#cancelWitness?.()
    this.#cancelRekey = null
    this.#cancelWitness = null
  }

  /** After each thing learned. */
  async review(): Promise<void> {
    this.#planRekey()
    this.#planWitness()
    await this.#grantIfDue()
  }

  #removed(): DeviceId[] {
    return [...this.space.state.devices.values()].filter(({ status }) => status !== 'active').map(({ id }) => id)
  }

  /** Somebody must make the epoch that a removal calls for: the remover does at once, the others after a while. */
  #planRekey(): void {
    const { space } = this
    if (space.standing !== 'active' || !needsRekey(space.graph, space.ring)) {
      this.#cancelRekey?.()
      this.#cancelRekey = null
      return
    }
    this.#cancelRekey ??= this.env.clock.after(REKEY_AFTER_MS + this.#random(REKEY_SPREAD_MS), () => {
      this.#cancelRekey = null
      space.background(() => space.rekeyIfDue())
    })
  }

  /** Learning that somebody was taken out, who holds more of her work than was vouched for stands for it, a little later. */
  #planWitness(): void {
    const fresh = this.#removed().filter((id) => !this.#out.has(id))
    for (const id of fresh) this.#out.add(id)
    if (fresh.length === 0 || !this.space.record.loaded) return
    this.#cancelWitness = this.env.clock.after(this.#random(WITNESS_SPREAD_MS), () => {
      this.space.background(() => this.space.standFor(this.#out))
    })
  }

  /** Others admitted somebody while another changed the keys: whoever admitted her gives her the secret in use. */
  async #grantIfDue(): Promise<void> {
    const { space } = this
    const now = space.current()
    if (now === null || space.standing !== 'active' || this.#granted === now.epoch) return
    const covers = space.ring.covers(now.epoch)
    if (covers === null) return
    const before = this.#granted
    this.#granted = now.epoch
    try {
      await this.#grant(now, covers)
    } catch (cause) {
      this.#granted = before
      throw cause
    }
  }

  async #grant(now: CurrentEpoch, covers: readonly OperationId[]): Promise<void> {
    const { space } = this
    const wrapped = space.graph.stateAt(covers).devices
    const records: SignedRecord[] = []
    for (const { id, member, box, status } of space.state.devices.values()) {
      if (status !== 'active' || wrapped.get(id)?.status === 'active') continue
      if (space.state.members.get(member)?.admittedBy !== space.me) continue
      const common = { space: space.id, keys: space.keys.sign, spaceSeed: space.record.seed }
      const time = this.env.clock.now()
      records.push((await grant(this.crypto, { ...common, to: id, box, secret: now.secret, time })).record)
    }
    if (records.length === 0) return
    const under = space.ring.parents(now.epoch).flatMap((epoch) => {
      const secret = space.ring.secret(epoch)
      return secret === undefined ? [] : { epoch, secret }
    })
    await space.publish('keys', records, under)
  }

  #random(below: number): number {
    return randomBelow(this.crypto.random, below)
  }
}
