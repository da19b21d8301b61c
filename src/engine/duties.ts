// What a device owes its space without being asked, after what it learned: a new epoch when one is due, the secret for who lacks
// it, a word for the work of those who were taken out, a word for new keys. Owns the timers; the space writes. Others than those nearest
// to it wait, so that one does it and not each (keys.md, KE-9; entries.md, "Witnesses").
import type { Millis } from '../base/environment.ts'
import { randomBelow } from '../base/environment.ts'
import type { DeviceId, EpochId, MemberId } from '../base/ids.ts'
import type { Crypto } from '../crypto/index.ts'
import { type CurrentEpoch, grantRank, MANY_LACKING, type EpochRing } from '../keys/index.ts'
import { type MembershipGraph, type MembershipState, mayWrite } from '../membership/index.ts'
import type { EngineEnvironment } from './environment.ts'
import type { SpaceSecrets } from './space-secrets.ts'

/** Others than the remover wait for a random part of this, so that one rekey is made and not one by each. */
const REKEY_SPREAD_MS: Millis = 60_000
/** Who joins branches of epochs waits for her turn; for no more than so many, and then at random: they may all be away. */
const JOIN_TURN_MS: Millis = 120_000
const JOIN_TURNS = 5
/** Others than the admitter wait for their turn. */
const GRANT_TURN_MS: Millis = 20_000
/** Of several whom an epoch was shut against, one renews its keys, and the rekey that follows serves them all. */
const RENEWAL_SPREAD_MS: Millis = 60_000
/** A part of a rekey that has not come after so long may never have been published. */
const LATE_PART_MS: Millis = 600_000
/** After so many turns nobody is waited for. */
const MOST_TURNS = 180
const WITNESS_SPREAD_MS: Millis = 3_000
/** Ordinary work confirms new keys by itself: after so long without, a word for them alone. */
const CONFIRM_AFTER_MS: Millis = 30_000
const CONFIRM_TURN_MS: Millis = 20_000
/** Who waits for the word of others herself gives hers later, so that several who were all away free each other. */
const CONFIRM_AWAY_MS: Millis = 600_000
/** So often who is held up sees whether it still is, while it stays in step. */
const LOOK_MS: Millis = 3_600_000
/** So many members' words for an epoch are enough for whoever comes back. */
const CONFIRMING = 3

/** What of a space its duties need. */
export interface DutifulSpace {
  readonly me: MemberId
  readonly device: DeviceId
  readonly record: { readonly loaded: boolean; readonly away?: Millis | undefined }
  readonly graph: MembershipGraph
  readonly ring: EpochRing
  readonly state: MembershipState
  readonly standing: 'active' | 'loading' | 'suspended' | 'removed'
  readonly secrets: Pick<
    SpaceSecrets,
    | 'rekeyDue'
    | 'joinDue'
    | 'rekeyIfDue'
    | 'shutOut'
    | 'withheld'
    | 'missing'
    | 'renewIfShut'
    | 'gapOpen'
    | 'closeGap'
    | 'lacking'
    | 'give'
    | 'confirmations'
    | 'confirms'
  >
  current(): CurrentEpoch | null
  /** False: it cannot be written now. */
  standFor(devices: ReadonlySet<DeviceId>): Promise<boolean>
  confirm(): Promise<void>
  /** Its writing is held up until others are heard, or it was in step long enough without. */
  readonly looksOut: boolean
  lookAgain(): void
  background(task: () => Promise<unknown>): void
}

const confirmOf = (epoch: EpochId) => `confirm ${epoch}`

export class Duties {
  /** Devices whose content counted when it was last asked. */
  #writers: ReadonlySet<DeviceId> = new Set()
  /** Devices whose content counts no more: removed, suspended, of who was made a reader. */
  readonly #out = new Set<DeviceId>()
  /** Somebody went out and this device has not stood for her work yet. */
  #owesWitness = false
  /** The last epoch that this member, or enough others, have confirmed. */
  #confirmed: EpochId | null = null
  readonly #timers = new Map<string, () => void>()

  constructor(
    private readonly space: DutifulSpace,
    private readonly env: EngineEnvironment,
    private readonly crypto: Crypto,
  ) {}

  /** What was so when the space was brought up is no news. */
  begin(): void {
    this.#outNow()
    for (const id of this.space.state.devices.keys()) if (!this.#writers.has(id)) this.#out.add(id)
  }

  /** Her device is in again under new keys: it stands for what it wrote under those before, sent or not (JO-13). */
  returned(): void {
    this.#owesWitness = true
  }

  stop(): void {
    this.#cancelAllBut(() => false)
  }

  /** After each thing learned. */
  async review(): Promise<void> {
    const active = this.space.standing === 'active'
    this.#planRekey(active)
    this.#planRenewal(active)
    this.#planGap(active)
    this.#planWitness(active)
    this.#planConfirm(active)
    this.#planLook()
    await this.#planGrants(active)
  }

  /** Who may not write any more since this was asked last. */
  #outNow(): DeviceId[] {
    const { state } = this.space
    const before = this.#writers
    this.#writers = new Set([...state.devices.keys()].filter((id) => mayWrite(state, id)))
    return [...before].filter((id) => !this.#writers.has(id))
  }

  /** Somebody must make the epoch that a removal calls for: the remover does at once (Space.order), the others after a while. */
  #planRekey(active: boolean): void {
    const { secrets } = this.space
    const due = active && secrets.rekeyDue
    const joins = due && secrets.joinDue
    if (!due || joins) this.#cancel('rekey')
    else this.#after('rekey', this.#random(REKEY_SPREAD_MS), () => secrets.rekeyIfDue())
    if (!joins) this.#cancel('join')
    else this.#after('join', this.#joinTurn(), () => secrets.rekeyIfDue())
  }

  /** By their place for the author of the epoch in use, which everybody finds the same. */
  #joinTurn(): Millis {
    const { device, graph, ring, state } = this.space
    const author = ring.epoch(graph, ring.inUse(graph))?.rekey.device ?? device
    const active = [...state.devices.values()].flatMap(({ id, status }) => (status === 'active' ? [id] : []))
    const rank = grantRank(this.crypto, author, active).get(device) ?? JOIN_TURNS
    const late = rank < JOIN_TURNS ? 0 : this.#random(JOIN_TURNS * JOIN_TURN_MS)
    return Math.min(rank, JOIN_TURNS) * JOIN_TURN_MS + late
  }

  /** Whoever finds her wrap shut, or none that reaches her, is the only one who knows (keys.md, KE-6). */
  #planRenewal(active: boolean): void {
    const { secrets } = this.space
    const shut = active && secrets.shutOut
    if (!shut) this.#cancel('renewal')
    else this.#after('renewal', this.#random(RENEWAL_SPREAD_MS), () => secrets.renewIfShut())
    if (!active || shut || !secrets.missing) return this.#cancel('late renewal')
    // Who is to grant it comes first, however late her turn.
    const turns = Math.min(this.space.state.devices.size, MOST_TURNS) * GRANT_TURN_MS
    const late = secrets.withheld ? LATE_PART_MS : Math.max(LATE_PART_MS, turns)
    this.#after('late renewal', late + this.#random(RENEWAL_SPREAD_MS), () => secrets.renewIfShut())
  }

  /** An epoch that the one in use leaves unlisted (keys.md, KE-18): the part that lists it may be late, and everybody sees it at once. */
  #planGap(active: boolean): void {
    const { secrets } = this.space
    if (!active || !secrets.gapOpen) return this.#cancel('gap')
    this.#after('gap', LATE_PART_MS + this.#joinTurn(), () => secrets.closeGap())
  }

  /** Learning that somebody was taken out, who holds more of her work than was vouched for stands for it, a little later. */
  #planWitness(active: boolean): void {
    const fresh = this.#outNow()
    for (const id of fresh) this.#out.add(id)
    if (fresh.length > 0 && this.space.record.loaded) this.#owesWitness = true
    // Between a removal and the next epoch nothing can be signed: it is owed until then.
    if (!this.#owesWitness || !active || this.space.current() === null) return
    this.#after('witness', this.#random(WITNESS_SPREAD_MS), async () => {
      if (await this.space.standFor(this.#out)) this.#owesWitness = false
    })
  }

  /** Who comes back after long believes new keys by the word of others: a few give it where no work of theirs does. */
  #planConfirm(active: boolean): void {
    const { record, ring, graph } = this.space
    const now = ring.current(graph)
    const first = now !== null && ring.parents(now.epoch).length === 0
    if (!active || now === null || first || this.#confirmed === now.epoch)
      return this.#cancelAllBut((name) => !name.startsWith('confirm '))
    // Asked of the whole log: once for an epoch, and once more when its turn has come.
    if (this.#timers.has(confirmOf(now.epoch))) return
    this.#cancelAllBut((name) => !name.startsWith('confirm '))
    if (this.#isConfirmed(now.epoch)) return
    const members = [...this.space.state.members.values()].filter(({ status }) => status === 'active').length
    const after = record.away === undefined ? CONFIRM_AFTER_MS : CONFIRM_AWAY_MS
    const turn = after + this.#random(members) * CONFIRM_TURN_MS
    this.#after(confirmOf(now.epoch), turn, async () => {
      if (!this.#isConfirmed(now.epoch)) await this.space.confirm()
    })
  }

  /** By enough others, or by this device: neither ends again. */
  #isConfirmed(epoch: EpochId): boolean {
    const { secrets } = this.space
    const mine = secrets.confirms(epoch)
    const is = mine || secrets.confirmations(epoch).by.length >= CONFIRMING
    if (is) this.#confirmed = epoch
    return is
  }

  /** Where nothing arrives any more, only time tells that nothing does. */
  #planLook(): void {
    if (!this.space.looksOut) return this.#cancel('look')
    this.#after('look', LOOK_MS, () => {
      this.space.lookAgain()
      this.#planLook()
      return Promise.resolve()
    })
  }

  /** The admitter gives at once, the others in their turn, if by then nobody was seen to. Many lacking are served by a rekey. */
  async #planGrants(active: boolean): Promise<void> {
    const now = this.space.current()
    const lacking = active && now !== null ? this.space.secrets.lacking() : []
    const due = lacking.length > MANY_LACKING ? [] : lacking
    const nameOf = (device: DeviceId) => `grant ${now?.epoch ?? ''} ${device}`
    const wanted = new Set(due.map(nameOf))
    this.#cancelAllBut((name) => !name.startsWith('grant ') || wanted.has(name))
    for (const device of due) {
      const name = nameOf(device)
      if (this.#isNearest(device)) await this.#give(device)
      else if (!this.#timers.has(name)) this.#after(name, this.#turn(device, lacking), () => this.#give(device))
    }
  }

  /** Unless somebody has given it meanwhile. */
  async #give(device: DeviceId): Promise<void> {
    if (this.space.secrets.lacking().includes(device)) await this.space.secrets.give(device)
  }

  /** She let her in, or it is her own other device. */
  #isNearest(device: DeviceId): boolean {
    const { state, me } = this.space
    const member = state.devices.get(device)?.member
    return member === me || (member !== undefined && state.members.get(member)?.admittedBy === me)
  }

  #turn(grantee: DeviceId, lacking: readonly DeviceId[]): Millis {
    const active = [...this.space.state.devices.values()].filter(({ status }) => status === 'active')
    const able = active.map(({ id }) => id).filter((id) => !lacking.includes(id))
    const rank = grantRank(this.crypto, grantee, able).get(this.space.device) ?? able.length
    return (rank + 1) * GRANT_TURN_MS
  }

  /** Once; what is planned already under this name stays. */
  #after(name: string, delay: Millis, task: () => Promise<unknown>): void {
    if (this.#timers.has(name)) return
    const cancel = this.env.clock.after(delay, () => {
      this.#timers.delete(name)
      this.space.background(task)
    })
    this.#timers.set(name, cancel)
  }

  #cancel(name: string): void {
    this.#timers.get(name)?.()
    this.#timers.delete(name)
  }

  #cancelAllBut(stays: (name: string) => boolean): void {
    for (const name of [...this.#timers.keys()]) if (!stays(name)) this.#cancel(name)
  }

  #random(below: number): number {
    return randomBelow(this.crypto.random, below)
  }
}
