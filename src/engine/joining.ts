// The newcomer's side: one knock, made once and kept, and the wait for the welcome that opens the space. The phone may be
// put away in between: everything lies at the relay and here (docs/spec/joining.md).
import { equal } from '../base/bytes.ts'
import { type ChannelId, DeviceId, type InvitationId, SpaceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Crypto } from '../crypto/index.ts'
import {
  type DeviceKeys,
  deviceId,
  type InvitationKeys,
  type InvitationLink,
  encodeLink,
  invitationKeys,
  newDeviceKeys,
  parseLink,
} from '../identity/index.ts'
import { signConsent, signProof } from '../membership/index.ts'
import type { ChannelSource } from '../sync/link.ts'
import type { ApiError } from './api.ts'
import { Meeting, openWelcome, type Said, sealKnock } from './meeting.ts'
import { type JoiningRecord, joiningRecords } from './records.ts'
import { safetyWordsOf } from './safety.ts'
import type { WorkspaceContext } from './context.ts'

export const JOININGS = 'joinings'

export class Joining {
  #done = false
  #answering: Promise<void> = Promise.resolve()

  private constructor(
    private readonly workspace: WorkspaceContext,
    readonly record: JoiningRecord,
    readonly link: InvitationLink,
    readonly keys: DeviceKeys,
    readonly invitation: InvitationKeys,
    private readonly meeting: Meeting,
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
    const meeting = await openMeeting(workspace, invitation)
    const record: JoiningRecord = {
      v: 1,
      link: encodeLink(link.value),
      device: { seed: keys.sign.seed, box: keys.box.secretKey },
      at: workspace.env.clock.now(),
      knock: meeting.seal(said),
    }
    await workspace.store.write([{ bucket: JOININGS, key: invitation.id, value: joiningRecords.encode(record) }])
    return ok(await Joining.open(workspace, record))
  }

  static async open(workspace: WorkspaceContext, record: JoiningRecord): Promise<Joining> {
    const link = parseLink(record.link)
    if (!link.ok) throw new Error('a stored invitation that does not parse')
    const keys: DeviceKeys = {
      sign: workspace.crypto.signKeys(record.device.seed),
      box: workspace.crypto.boxKeys(record.device.box),
    }
    const invitation = invitationKeys(workspace.crypto, link.value.seed)
    const meeting = await Meeting.open(workspace.crypto, workspace.store, invitation, {
      heard: (said) => workspace.heard(invitation.id, said),
      added: (channel, ids) => workspace.connections.added(channel, ids),
    })
    return new Joining(workspace, record, link.value, keys, invitation, meeting)
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
    for (const said of this.meeting.said()) await this.heard(said)
  }

  /** Takes in what was said; `idle` waits for it. */
  heard(said: Said): Promise<void> {
    this.#answering = this.#answering.then(() => this.#hear(said)).catch(() => undefined)
    return this.#answering
  }

  idle(): Promise<void> {
    return this.#answering
  }

  async #hear(said: Said): Promise<void> {
    if (this.#done || said.kind !== 'welcome' || !equal(said.to, this.keys.sign.publicKey)) return
    const { crypto } = this.workspace
    const invitation = { id: this.id, seed: this.link.seed }
    const welcome = await openWelcome(crypto, this.keys.box, this.link.space, invitation, said.sealed)
    if (welcome === null || SpaceId.of(welcome.space) !== this.link.space) return
    const entered = await this.workspace.enter(welcome, this.keys)
    if (!entered.ok && entered.error.type !== 'AlreadyMember') return
    this.#done = true
    await this.workspace.dropJoining(this.id)
  }

  async forget(): Promise<void> {
    await this.workspace.store.write([{ bucket: JOININGS, key: this.id, value: null }])
    await this.meeting.forget()
  }
}

export function readLink(text: string): Result<InvitationLink, ApiError> {
  const link = parseLink(text)
  if (link.ok) return link
  const reasons = {
    NoInvitation: 'not-a-link',
    NewerInvitation: 'newer-version',
    DamagedInvitation: 'damaged',
  } as const
  return err({ type: 'BadInvitation', reason: reasons[link.error.type] })
}

function openMeeting(workspace: WorkspaceContext, keys: InvitationKeys): Promise<Meeting> {
  return Meeting.open(workspace.crypto, workspace.store, keys, { heard: () => undefined, added: () => undefined })
}
