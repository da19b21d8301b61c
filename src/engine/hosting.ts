// The inviting side: this device's invitations to one space, the knocks on them, and admissions. `open` invitations admit
// whoever knocks first; `confirm` ones wait until a coordinator has compared the safety words (docs/spec/joining.md).
import { equal } from '../base/bytes.ts'
import {
  type DeviceId,
  DeviceId as Device,
  type EntryId,
  idBytes,
  type InvitationId,
  InvitationId as Invitation,
  MemberId,
  type SpaceId,
} from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import { encodeLink, type InvitationKeys, invitationKeys, newInvitationSeed } from '../identity/index.ts'
import { putPerson } from '../documents/index-document.ts'
import { isAcceptableBoxKey } from '../crypto/index.ts'
import { verifyNewcomer } from '../membership/index.ts'
import type { ChannelSource } from '../sync/link.ts'
import type { ApiError, InvitationMode, InvitationView, KnockView, MemberRole } from './api.ts'
import { type Knock, Meeting, openKnock, type Said } from './meeting.ts'
import type { InvitationRecord } from './records.ts'
import { safetyWordsOf } from './safety.ts'
import type { Space } from './space.ts'
import type { WorkspaceContext } from './context.ts'
import { sealWelcome, welcomeOf, welcomeTo } from './welcome.ts'

/** How long a used invitation answers who knocks again: her phone may have been off since. */
const KEEP_USED_MS = 14 * 86_400_000
/** Of a flood of sound knocks the first and the latest so many are shown. */
const SHOWN_ENDS = 64

interface Hosted {
  readonly record: InvitationRecord
  readonly keys: InvitationKeys
  readonly meeting: Meeting
  readonly knocks: Map<DeviceId, { readonly knock: Knock; readonly at: number; readonly id: EntryId }>
}

export class Hosting {
  #hosted = new Map<InvitationId, Hosted>()
  #answering: Promise<void> = Promise.resolve()

  private constructor(
    private readonly workspace: WorkspaceContext,
    private readonly space: Space,
  ) {}

  static async open(workspace: WorkspaceContext, space: Space): Promise<Hosting> {
    const hosting = new Hosting(workspace, space)
    for (const record of space.record.invitations) {
      hosting.#closeIfOver(record)
      if (record.state === 'open' || record.state === 'used') await hosting.#host(record)
    }
    return hosting
  }

  async invite(p: {
    mode: InvitationMode
    role: MemberRole
    note: string
    replaces?: MemberId
  }): Promise<Result<InvitationId, ApiError>> {
    if (!this.space.coordinator || p.role === 'coordinator') return err({ type: 'NotAllowed', rule: 'ME-6' })
    const { mode, role, note, replaces } = p
    if (replaces !== undefined) {
      if (this.space.state.members.get(replaces)?.status !== 'active') return err({ type: 'UnknownMember' })
      // Who comes first with a link takes nobody's place: somebody who was photographed would be taken out by it.
      if (replaces === this.space.me || mode !== 'confirm') return err({ type: 'NotAllowed', rule: 'JO-18' })
    }
    const seed = newInvitationSeed(this.workspace.crypto)
    const record: InvitationRecord = {
      id: idBytes(invitationKeys(this.workspace.crypto, seed).id),
      seed,
      mode,
      role,
      note,
      replaces: replaces === undefined ? null : idBytes(replaces),
      createdAt: this.workspace.env.clock.now(),
      state: 'open',
      refused: [],
      used: null,
    }
    this.space.record.invitations.push(record)
    await this.space.save()
    const hosted = await this.#host(record)
    this.workspace.arrange(this.space)
    this.workspace.changed()
    return ok(hosted.keys.id)
  }

  link(id: InvitationId, app: string): Result<string, ApiError> {
    const hosted = this.#hosted.get(id)
    if (hosted === undefined || hosted.record.state !== 'open') return err({ type: 'UnknownInvitation' })
    const { seed, mode, role } = hosted.record
    const link = { seed, mode, role, relays: this.space.relays.map(withoutToken), space: this.space.id }
    return ok(encodeLink(link, app === '' ? undefined : app))
  }

  async cancel(id: InvitationId): Promise<Result<void, ApiError>> {
    const hosted = this.#hosted.get(id)
    if (hosted === undefined) return err({ type: 'UnknownInvitation' })
    hosted.record.state = 'cancelled'
    this.#hosted.delete(id)
    await this.space.save()
    await hosted.meeting.forget()
    this.workspace.arrange(this.space)
    this.workspace.changed()
    return ok(undefined)
  }

  async refuse(id: InvitationId, device: DeviceId): Promise<Result<void, ApiError>> {
    const hosted = this.#hosted.get(id)
    if (hosted?.knocks.has(device) !== true) return err({ type: 'UnknownInvitation' })
    hosted.record.refused.push(idBytes(device))
    await this.space.save()
    this.workspace.changed()
    return ok(undefined)
  }

  /** Admits the device that knocked: one operation, one welcome. */
  async admit(id: InvitationId, device: DeviceId): Promise<Result<MemberId, ApiError>> {
    // One already in is only welcomed, which writes no operation.
    const mayWrite = this.space.state.devices.has(device) || (await this.space.caughtUp())
    if (!mayWrite) return err({ type: 'Locked' })
    return this.space.serial(() => this.#admit(id, device))
  }

  /** Admits what waited for this device to be able to. */
  async retry(): Promise<void> {
    for (const [id, hosted] of this.#hosted) {
      if (hosted.record.state === 'used') await this.#closeUsed(id, hosted)
      if (hosted.record.state !== 'open' || !admitsByItself(hosted.record)) continue
      for (const device of hosted.knocks.keys()) if (!this.#refused(hosted, device)) await this.admit(id, device)
    }
  }

  /** When everything heard so far has been answered. */
  async idle(): Promise<void> {
    await this.#answering
  }

  sources(token: string | undefined): readonly ChannelSource[] {
    return [...this.#hosted.values()].map((hosted) => hosted.meeting.source(token))
  }

  invitations(): readonly InvitationView[] {
    return this.space.record.invitations
      .filter((record) => record.state !== 'cancelled')
      .map((record) => ({
        id: Invitation.must(record.id),
        mode: record.mode,
        role: record.role,
        note: record.note,
        createdAt: record.createdAt,
        used: record.state !== 'open',
        replaces: replacedBy(record),
      }))
  }

  knocks(): readonly KnockView[] {
    return [...this.#hosted.values()].flatMap((hosted) => {
      if (hosted.record.state !== 'open') return []
      const waiting = [...hosted.knocks].filter(([device]) => !this.#refused(hosted, device))
      return waiting.map(([device, { knock, at }]) => ({
        invitation: hosted.keys.id,
        device,
        note: hosted.record.note,
        role: hosted.record.role,
        mode: hosted.record.mode,
        words: safetyWordsOf(this.workspace.crypto, hosted.keys.id, this.space.id, knock),
        at,
        contested: waiting.length > 1,
        replaces: replacedBy(hosted.record),
      }))
    })
  }

  get spaceId(): SpaceId {
    return this.space.id
  }

  /** The channel of an invitation, for what is said by hand. */
  meeting(id: InvitationId): Meeting | null {
    return this.#hosted.get(id)?.meeting ?? null
  }

  /** Who knocked with what this message says, if that knock is sound and waits or was answered here. */
  async knocked(id: InvitationId, said: Said): Promise<DeviceId | null> {
    await this.idle()
    const hosted = this.#hosted.get(id)
    const knock = hosted === undefined ? null : await this.#open(hosted, said)
    return knock !== null && hosted?.knocks.has(knock.device) === true ? knock.device : null
  }

  async #host(record: InvitationRecord): Promise<Hosted> {
    const keys = invitationKeys(this.workspace.crypto, record.seed)
    const hosted: Hosted = {
      record,
      keys,
      knocks: new Map(),
      meeting: await Meeting.open(this.workspace.crypto, this.workspace.store, keys, {
        wants: async (said) => {
          const opened = await this.#open(hosted, said)
          return opened !== null && !hosted.knocks.has(opened.device)
        },
        heard: (said, id) => {
          this.#answering = this.#answering.then(() => this.#heard(hosted, said, id)).catch(() => undefined)
        },
        added: (channel, ids) => this.workspace.connections.added(channel, ids),
      }),
    }
    this.#hosted.set(keys.id, hosted)
    for (const [id, said] of hosted.meeting.said()) await this.#heard(hosted, said, id, false)
    return hosted
  }

  /** A knock that opens and is sound. */
  async #open(hosted: Hosted, said: Said): Promise<{ device: DeviceId; knock: Knock } | null> {
    if (said.kind !== 'knock') return null
    const knock = await openKnock(this.workspace.crypto, hosted.keys.box, this.space.id, hosted.keys.id, said.sealed)
    if (knock === null || !(await this.#sound(hosted, knock))) return null
    return { device: Device.must(knock.device), knock }
  }

  /** `wait`: until she is in, where she comes in by herself; a space that is being brought up does not. */
  async #heard(hosted: Hosted, said: Said, id: EntryId, wait = true): Promise<void> {
    const opened = await this.#open(hosted, said)
    if (opened === null) return
    const { device, knock } = opened
    // Who is in by another way has nothing to ask here: not even the end of the invitation.
    if (this.#isElsewhere(hosted, device)) return hosted.meeting.drop(id)
    const before = hosted.knocks.get(device)
    if (before !== undefined) {
      // Two came at once: one is enough.
      if (before.id !== id) await hosted.meeting.drop(id)
      return
    }
    hosted.knocks.set(device, { knock, at: this.workspace.env.clock.now(), id })
    await this.#thin(hosted)
    this.workspace.changed()
    const automatic = admitsByItself(hosted.record) && hosted.record.state === 'open' && !this.#refused(hosted, device)
    if (!automatic && !this.space.state.devices.has(device)) return
    const admitted = () => this.admit(hosted.keys.id, device)
    if (wait) await admitted()
    else void this.#answering.then(admitted).catch(() => undefined)
  }

  /** Of very many knocks the first and the latest stay: who comes early and who comes late is seen. */
  async #thin(hosted: Hosted): Promise<void> {
    if (hosted.knocks.size <= 2 * SHOWN_ENDS) return
    const middle = [...hosted.knocks][SHOWN_ENDS]
    if (middle === undefined) return
    hosted.knocks.delete(middle[0])
    await hosted.meeting.drop(middle[1].id)
  }

  /** Whether nobody needs its channel any more: the newcomer writes, or has had time enough. */
  #isOver({ state, used }: InvitationRecord): boolean {
    if (state !== 'used' || used === null) return false
    if (this.workspace.env.clock.now() - used.at > KEEP_USED_MS) return true
    const { log } = this.space
    return log.ids().some((id) => log.get(id)?.device === Device.of(used.by))
  }

  #closeIfOver(record: InvitationRecord): void {
    if (this.#isOver(record)) record.state = 'closed'
  }

  async #closeUsed(id: InvitationId, hosted: Hosted): Promise<void> {
    if (!this.#isOver(hosted.record)) return
    hosted.record.state = 'closed'
    this.#hosted.delete(id)
    await this.space.save()
    await hosted.meeting.forget()
    this.workspace.arrange(this.space)
  }

  /** In the space, or taken out of it, and not by this invitation. */
  #isElsewhere(hosted: Hosted, device: DeviceId): boolean {
    const { devices, members } = this.space.state
    const member = devices.get(device)?.member
    return member !== undefined && members.get(member)?.invitation !== hosted.keys.id
  }

  #refused(hosted: Hosted, device: DeviceId): boolean {
    return hosted.record.refused.some((bytes) => equal(bytes, idBytes(device)))
  }

  /** She has the link (proof) and the device key (consent). */
  async #sound(hosted: Hosted, knock: Knock): Promise<boolean> {
    const { box, proof, consent } = knock
    const target = Device.must(knock.device)
    const recovery = knock.recovery === null ? null : Device.must(knock.recovery)
    const newcomer = { target, box, recovery, invitation: hosted.keys.id, proof, consent }
    return isAcceptableBoxKey(box) && verifyNewcomer(this.workspace.crypto, this.space.id, newcomer)
  }

  async #admit(id: InvitationId, device: DeviceId): Promise<Result<MemberId, ApiError>> {
    const hosted = this.#hosted.get(id)
    const knock = hosted?.knocks.get(device)?.knock
    if (hosted === undefined || knock === undefined || this.#isElsewhere(hosted, device))
      return err({ type: 'UnknownInvitation' })
    const known = this.space.state.devices.get(device)
    if (known === undefined) {
      if (hosted.record.state !== 'open') return err({ type: 'UnknownInvitation' })
      if (!this.space.coordinator || this.space.standing !== 'active' || this.space.current() === null)
        return err({ type: 'NotAllowed', rule: 'ME-6' })
      await this.#enter(hosted, knock, device)
    }
    const admitted = this.space.state.devices.get(device)
    // An end between the operation and the note of it: the invitation is used all the same.
    if (admitted !== undefined && hosted.record.state === 'open') await this.#used(hosted, device)
    if (admitted?.status !== 'active') return err({ type: 'NotAllowed', rule: 'ME-6' })
    await this.#replace(hosted.record)
    await this.#welcome(hosted, knock, device, admitted.member)
    return ok(admitted.member)
  }

  async #enter(hosted: Hosted, knock: Knock, device: DeviceId): Promise<void> {
    const member = MemberId.must(this.workspace.env.random.bytes(16))
    await this.space.operate({
      op: 'admit',
      member,
      role: hosted.record.role,
      target: device,
      box: knock.box,
      recovery: knock.recovery === null ? null : Device.must(knock.recovery),
      invitation: hosted.keys.id,
      proof: knock.proof,
      consent: knock.consent,
    })
    if (!this.space.state.devices.has(device)) return
    await this.#used(hosted, device)
    const replaced = replacedBy(hosted.record)
    const alias = (replaced === null ? '' : this.space.aliasOf(replaced)) || hosted.record.note
    if (alias === '') return
    // Until she says herself how she is called, her former name or what the inviter wrote stands; without it she is let in all the same.
    const named = this.space.documents.edit(this.space.index, (doc) => putPerson(doc, member, { alias }))
    await named.catch(() => undefined)
  }

  /** Takes out whose place the newcomer takes, once: a coordinator only when the others agree. */
  async #replace(record: InvitationRecord): Promise<void> {
    const replaced = replacedBy(record)
    if (replaced === null || this.space.state.members.get(replaced)?.status !== 'active') return
    const mine = this.space.graph.operations()
    if (mine.some((op) => op.op === 'remove' && op.member === replaced && op.device === this.space.device)) return
    await this.space.remove(replaced)
  }

  async #used(hosted: Hosted, device: DeviceId): Promise<void> {
    hosted.record.state = 'used'
    hosted.record.used = { by: idBytes(device), at: this.workspace.env.clock.now() }
    await this.space.save()
  }

  async #welcome(hosted: Hosted, knock: Knock, device: DeviceId, member: MemberId): Promise<void> {
    if (welcomeTo(hosted.meeting, device) !== null) return
    const value = welcomeOf(this.space, member, null)
    if (value === null) return
    const { crypto } = this.workspace
    const by = { id: hosted.keys.id, seed: hosted.record.seed }
    await hosted.meeting.say(await sealWelcome(crypto, this.space.keys, { device, box: knock.box }, by, value))
    this.workspace.changed()
  }
}

const replacedBy = ({ replaces }: InvitationRecord) => (replaces === null ? null : MemberId.must(replaces))
/** A place that somebody has is given by a person, whatever a stored record says. */
const admitsByItself = ({ mode, replaces }: InvitationRecord) => mode === 'open' && replaces === null
const withoutToken = (relay: string) => relay.split('#')[0] ?? relay
