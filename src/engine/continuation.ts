// The announcing side of a space that goes on from another: the meeting where those who follow knock, and their admission. Lets in
// at once whom its founder chose, by the word of a device that is active in the space that is left; nobody else is answered
// (docs/spec/joining.md). Works whenever this device is there: until then the knocks lie at the relay.
import { type DeviceId, MemberId, SpaceId } from '../base/ids.ts'
import { putPerson } from '../documents/index-document.ts'
import { invitationKeys } from '../identity/index.ts'
import type { ChannelSource } from '../sync/link.ts'
import type { MemberRole } from './api.ts'
import type { WorkspaceContext } from './context.ts'
import { Patience } from './abreast.ts'
import { type Follow, followId, followSeed, openFollow, type Passage } from './following.ts'
import { Meeting, type Said } from './meeting.ts'
import type { ContinuationRecord } from './records.ts'
import type { Space } from './space.ts'
import { sealWelcome, welcomeOf, welcomeTo } from './welcome.ts'

/** Of one device of the space that is left, so many knocks are kept: keys it has lost do not keep it out. */
const KNOCKS_EACH = 8
/** Of devices not known there (yet), so many in all: whoever knows the seed cannot fill a phone. */
const KNOCKS_UNKNOWN = 16

export class Continuation {
  readonly #knocks = new Map<DeviceId, Follow>()
  #answering: Promise<void> = Promise.resolve()
  #meeting: Meeting | null = null
  #ended = false
  readonly #chosen: ReadonlySet<MemberId>
  readonly #passage: Passage
  /** For news of the space that is left. */
  readonly #patience: Patience

  private constructor(
    private readonly workspace: WorkspaceContext,
    private readonly space: Space,
    readonly record: ContinuationRecord,
  ) {
    this.#chosen = new Set(record.members.map((member) => MemberId.must(member)))
    this.#passage = { from: SpaceId.must(record.from), to: space.id, seed: record.seed }
    this.#patience = new Patience({
      clock: workspace.env.clock,
      inStep: () => this.#left === undefined || this.#left.relays.length === 0 || this.#left.inStepNow,
      reachable: () => this.#left?.reachable === true,
      again: () => void this.retry(),
    })
  }

  get #left(): Space | undefined {
    return this.workspace.spaces.get(this.#passage.from)
  }

  static async open(workspace: WorkspaceContext, space: Space, record: ContinuationRecord): Promise<Continuation> {
    const continuation = new Continuation(workspace, space, record)
    const keys = invitationKeys(workspace.crypto, record.seed)
    continuation.#meeting = await Meeting.open(workspace.crypto, workspace.store, keys, {
      wants: async (said) => (await continuation.#wanted(said)) !== null,
      heard: (said) => continuation.#hear(said),
      added: (channel, ids) => workspace.connections.added(channel, ids),
    })
    for (const [, said] of continuation.#meeting.said()) continuation.#hear(said)
    return continuation
  }

  sources(token: string | undefined): readonly ChannelSource[] {
    return this.#meeting === null || this.#isOver() ? [] : [this.#meeting.source(token)]
  }

  /** When everything heard so far has been answered. */
  async idle(): Promise<void> {
    await this.#answering
  }

  /** Whether somebody's knock may be answered by what becomes known of this space. */
  waitsFor(space: SpaceId): boolean {
    const { devices } = this.space.state
    return space === this.#passage.from && [...this.#knocks.keys()].some((device) => !devices.has(device))
  }

  /** Lets in who waited for this device to be able to. */
  retry(): Promise<void> {
    this.#answering = this.#answering.then(async () => {
      for (const follow of this.#knocks.values()) await this.#admit(follow)
    })
    return (this.#answering = this.#answering.catch(() => undefined))
  }

  /** The session ends, or the space is brought up anew. */
  end(): void {
    this.#ended = true
    this.#patience.end()
  }

  /** All whom it was for are in and have been heard of there: nobody needs the meeting any more. */
  #isOver(): boolean {
    const { crypto } = this.workspace
    const entered = new Map([...this.space.state.members.values()].map((member) => [member.invitation, member]))
    return [...this.#chosen].every((id) => {
      const member = entered.get(followId(crypto, this.record.seed, id))
      return member?.devices.some((device) => this.space.log.seen.at(device) !== null) === true
    })
  }

  #hear(said: Said): void {
    this.#answering = this.#answering
      .then(async () => {
        const follow = await this.#wanted(said)
        if (follow === null) return
        this.#knocks.set(follow.device, follow)
        await this.#admit(follow)
      })
      .catch(() => undefined)
  }

  /** A sound knock in the name of somebody chosen that is new, while there is room for it; null for all else. */
  async #wanted(said: Said): Promise<Follow | null> {
    const follow = await openFollow(this.workspace.crypto, this.#passage, said)
    if (follow === null || this.#knocks.has(follow.device) || !this.#chosen.has(follow.member)) return null
    const kept = [...this.#knocks.values()]
    // Her device may be news that has not come here yet.
    const room =
      this.#role(follow) === null
        ? kept.filter((other) => this.#role(other) === null).length < KNOCKS_UNKNOWN
        : kept.filter(({ by }) => by === follow.by).length < KNOCKS_EACH
    return room ? follow : null
  }

  /** As in the space that is left, coordinators as editors; null for whom it does not have. */
  #role({ by, member }: Follow): MemberRole | null {
    const left = this.#left
    const device = left?.state.devices.get(by)
    const known = left?.state.members.get(member)
    if (device?.status !== 'active' || device.member !== member || known?.status !== 'active') return null
    return known.role === 'reader' ? 'reader' : 'editor'
  }

  /** What waits at the relays for both spaces comes first: who was taken out there, and what this device wrote here before. */
  async #admit(follow: Follow): Promise<void> {
    if (!this.space.state.devices.has(follow.device)) {
      const left = this.#left
      if (left === undefined || !(await left.caughtUp()) || !(await this.space.caughtUp())) return
      // Each time anew: she may have been taken out while this device was without a line. Heard again when it is in step.
      if (this.#ended || !this.#patience.over) return
    }
    await this.space.serial(async () => {
      const { space } = this
      if (!space.state.devices.has(follow.device)) await this.#enter(follow)
      const entered = space.state.devices.get(follow.device)
      if (entered?.status === 'active') await this.#welcome(follow, entered.member)
    })
  }

  async #enter(follow: Follow): Promise<void> {
    const { space } = this
    // Asked again at the last moment: she may have been taken out while her knock lay at the relay.
    const role = this.#role(follow)
    if (role === null || space.standing !== 'active') return
    const { crypto, env } = this.workspace
    const invitation = followId(crypto, this.record.seed, follow.member)
    // Another device of hers came first; it can bring this one in itself.
    if ([...space.state.members.values()].some((known) => known.invitation === invitation)) return
    const member = MemberId.must(env.random.bytes(16))
    const { device: target, box, recovery, proof, consent } = follow
    const made = await space.operate({ op: 'admit', member, role, target, box, recovery, invitation, proof, consent })
    if (!made.ok) return
    const alias = this.#left?.aliasOf(follow.member) ?? ''
    if (alias === '') return
    // Without her name she is let in all the same.
    await space.documents.edit(space.index, (doc) => putPerson(doc, member, { alias })).catch(() => undefined)
  }

  async #welcome(follow: Follow, member: MemberId): Promise<void> {
    const meeting = this.#meeting
    if (meeting === null || welcomeTo(meeting, follow.device) !== null) return
    const value = welcomeOf(this.space, member, null)
    if (value === null) return
    const { crypto } = this.workspace
    const seed = followSeed(crypto, this.record.seed, follow.member)
    const by = { id: invitationKeys(crypto, seed).id, seed }
    const to = { device: follow.device, box: follow.box }
    await meeting.say(await sealWelcome(crypto, this.space.keys, to, by, value))
    this.workspace.changed()
  }
}
