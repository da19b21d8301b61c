// The newcomer's side: one knock, made once and kept, and the wait for the welcome that opens the space. The phone may be
// put away in between: everything lies at the relay and here (docs/spec/joining.md). Ends when the history is here: until then
// a welcome may turn out to be false, and the true one is still heard.
import { equal } from '../base/bytes.ts'
import { type ChannelId, DeviceId, type InvitationId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import { encode } from '../base/codec.ts'
import { type Crypto, labels } from '../crypto/index.ts'
import {
  type DeviceKeys,
  deviceId,
  type InvitationKeys,
  type InvitationLink,
  encodeLink,
  invitationKeys,
  type LinkError,
  newDeviceKeys,
  parseLink,
  parseLinkingLink,
} from '../identity/index.ts'
import { sealEnvelope } from '../log/entry.ts'
import { signConsent, signProof } from '../membership/index.ts'
import type { ChannelSource } from '../sync/link.ts'
import type { ApiError } from './api.ts'
import { codesOf } from './codes.ts'
import { followKeys, followSeed, type Passage, sealFollow } from './following.ts'
import { Meeting, type Said, sealKnock } from './meeting.ts'
import { type JoiningRecord, joiningRecords } from './records.ts'
import { safetyWordsOf } from './safety.ts'
import type { Space } from './space.ts'
import type { WorkspaceContext } from './context.ts'
import { type OpenedWelcome, openWelcome } from './welcome.ts'

export const JOININGS = 'joinings'

export class Joining {
  #answering: Promise<void> = Promise.resolve()

  private constructor(
    private readonly workspace: WorkspaceContext,
    readonly record: JoiningRecord,
    readonly link: InvitationLink,
    readonly keys: DeviceKeys,
    readonly invitation: InvitationKeys,
    readonly meeting: Meeting,
  ) {}

  /** Makes and keeps the knock for a link. */
  static async knock(workspace: WorkspaceContext, text: string): Promise<Result<Joining, ApiError>> {
    const link = readLink(text)
    if (!link.ok) return link
    const { crypto } = workspace
    const keys = newDeviceKeys(crypto)
    const invitation = invitationKeys(crypto, link.value.seed)
    const recovery = workspace.recoveryKey(deviceId(keys))
    const newcomer = { target: deviceId(keys), box: keys.box.publicKey, recovery: DeviceId.must(recovery) }
    const { space } = link.value
    const said = await sealKnock(crypto, invitation.box.publicKey, space, invitation.id, {
      device: keys.sign.publicKey,
      box: keys.box.publicKey,
      recovery,
      proof: await signProof(crypto, invitation.sign, space, newcomer),
      consent: await signConsent(crypto, keys.sign, space, newcomer.box, newcomer.recovery),
    })
    const record: JoiningRecord = {
      v: 1,
      link: encodeLink(link.value),
      device: { seed: keys.sign.seed, box: keys.box.secretKey },
      at: workspace.env.clock.now(),
      knock: sealEnvelope(crypto, invitation.secret, labels.MEETING, encode(said)),
    }
    await workspace.store.write([{ bucket: JOININGS, key: invitation.id, value: joiningRecords.encode(record) }])
    return ok(await Joining.open(workspace, record))
  }

  /** Makes and keeps the knock of who follows the space she is in to the one that goes on from it. */
  static async follow(
    workspace: WorkspaceContext,
    passage: Passage,
    left: Space,
    relays: readonly string[],
  ): Promise<Joining> {
    const { crypto } = workspace
    const keys = newDeviceKeys(crypto)
    const recovery = DeviceId.must(workspace.recoveryKey(deviceId(keys)))
    const said = await sealFollow(crypto, passage, { member: left.me, here: left.keys.sign, keys, recovery })
    const seed = followSeed(crypto, passage.seed, left.me)
    const { id, secret } = followKeys(crypto, passage.seed, seed)
    const role = left.state.members.get(left.me)?.role === 'reader' ? 'reader' : 'editor'
    const record: JoiningRecord = {
      v: 1,
      link: encodeLink({ seed, mode: 'open', role, relays, space: passage.to }),
      device: { seed: keys.sign.seed, box: keys.box.secretKey },
      at: workspace.env.clock.now(),
      meeting: passage.seed,
      knock: sealEnvelope(crypto, secret, labels.MEETING, encode(said)),
    }
    await workspace.store.write([{ bucket: JOININGS, key: id, value: joiningRecords.encode(record) }])
    return Joining.open(workspace, record)
  }

  static async open(workspace: WorkspaceContext, record: JoiningRecord): Promise<Joining> {
    const link = parseLink(record.link)
    if (!link.ok) throw new Error('a stored invitation that does not parse')
    const keys: DeviceKeys = {
      sign: workspace.crypto.signKeys(record.device.seed),
      box: workspace.crypto.boxKeys(record.device.box),
    }
    const { seed } = link.value
    const { crypto } = workspace
    const invitation =
      record.meeting === undefined ? invitationKeys(crypto, seed) : followKeys(crypto, record.meeting, seed)
    let joining: Joining | null = null
    const meeting = await Meeting.open(workspace.crypto, workspace.store, invitation, {
      wants: async (said) => (await joining?.opened(said)) != null,
      heard: (said) => void joining?.heard(said),
      added: (channel, ids) => workspace.connections.added(channel, ids),
    })
    joining = new Joining(workspace, record, link.value, keys, invitation, meeting)
    return joining
  }

  static idOf(crypto: Crypto, link: InvitationLink): InvitationId {
    return invitationKeys(crypto, link.seed).id
  }

  get channel(): ChannelId {
    return this.meeting.channel
  }

  get id(): InvitationId {
    return this.invitation.id
  }

  get delivered(): boolean {
    if (this.meeting.delivered(this.record.knock)) return true
    return this.workspace.connections.all().some((link) => link.inStep(this.channel))
  }

  /** A welcome came, and its space is being filled. */
  get answered(): boolean {
    return this.workspace.spaces.get(this.link.space)?.device === deviceId(this.keys)
  }

  /** The knock, to be shown to the inviter. */
  codes(): readonly string[] {
    const said = this.meeting.read(this.record.knock)
    return said === null ? [] : codesOf(this.workspace.crypto, { id: this.id, said: [said] })
  }

  words(): readonly string[] {
    const keys = { device: this.keys.sign.publicKey, box: this.keys.box.publicKey }
    return safetyWordsOf(this.workspace.crypto, this.id, this.link.space, keys)
  }

  source(token: string | undefined): ChannelSource {
    return this.meeting.source(token)
  }

  /** Puts the knock into the channel (again), and reads what has been said meanwhile. */
  async resume(): Promise<void> {
    await this.meeting.say({ outer: this.record.knock })
    for (const [, said] of this.meeting.said()) await this.heard(said)
  }

  /** Takes in what was said; `idle` waits for it. */
  heard(said: Said): Promise<void> {
    this.#answering = this.#answering.then(() => this.#hear(said)).catch(() => undefined)
    return this.#answering
  }

  idle(): Promise<void> {
    return this.#answering
  }

  /** A welcome for this device and the space of the link; null for all else. */
  async opened(said: Said): Promise<OpenedWelcome | null> {
    if (said.kind !== 'welcome' || !equal(said.to, this.keys.sign.publicKey)) return null
    const by = { id: this.id, seed: this.link.seed }
    return openWelcome(this.workspace.crypto, this.keys.box, this.link.space, by, said)
  }

  async #hear(said: Said): Promise<void> {
    const welcome = await this.opened(said)
    if (welcome === null) return
    const entered = await this.workspace.enter(welcome, this.keys, {
      linked: false,
      name: '',
      relays: this.link.relays,
    })
    // She came in another way meanwhile.
    if (!entered.ok && entered.error.type === 'AlreadyMember') await this.workspace.dropJoining(this.id)
  }

  async forget(): Promise<void> {
    await this.workspace.store.write([{ bucket: JOININGS, key: this.id, value: null }])
    await this.meeting.forget()
  }
}

export function readLink(text: string): Result<InvitationLink, ApiError> {
  const link = parseLink(text)
  return link.ok ? link : err(badLink(link.error, parseLinkingLink(text).ok))
}

/** Why a text is no link of the kind asked for; `other`: it is one of the other kind. */
export function badLink(error: LinkError, other: boolean): ApiError {
  const reasons = {
    NoInvitation: 'not-a-link',
    NewerInvitation: 'newer-version',
    DamagedInvitation: 'damaged',
  } as const
  return { type: 'BadInvitation', reason: other ? 'other-kind' : reasons[error.type] }
}
