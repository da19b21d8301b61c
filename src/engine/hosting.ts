// The inviting side: this device's invitations to one space, the knocks on them, and admissions. `open` invitations admit
// whoever knocks first; `confirm` ones wait until a coordinator has compared the safety words (docs/spec/joining.md).
import { equal } from '../base/bytes.ts'
import { type DeviceId, DeviceId as Device, idBytes, type InvitationId, MemberId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import { encodeLink, type InvitationKeys, invitationKeys, newInvitationSeed } from '../identity/index.ts'
import { putPerson } from '../documents/index-document.ts'
import { isAcceptableBoxKey } from '../crypto/index.ts'
import { verifyNewcomer } from '../membership/index.ts'
import type { ChannelSource } from '../sync/link.ts'
import type { ApiError, InvitationMode, InvitationView, KnockView, MemberRole } from './api.ts'
import { type Knock, Meeting, openKnock, type Said, sealWelcome } from './meeting.ts'
import type { InvitationRecord } from './records.ts'
import { safetyWordsOf } from './safety.ts'
import type { Space } from './space.ts'
import type { WorkspaceContext } from './context.ts'

interface Hosted {
  readonly record: InvitationRecord
  readonly keys: InvitationKeys
  readonly meeting: Meeting
  readonly knocks: Map<DeviceId, { readonly knock: Knock; readonly at: number }>
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
    for (const record of space.record.invitations) if (record.state !== 'cancelled') await hosting.#host(record)
    return hosting
  }

  async invite(p: { mode: InvitationMode; role: MemberRole; note: string }): Promise<Result<InvitationId, ApiError>> {
    if (!this.space.coordinator || p.role === 'coordinator') return err({ type: 'NotAllowed', rule: 'ME-6' })
    const record: InvitationRecord = {
      seed: newInvitationSeed(this.workspace.crypto),
      ...p,
      createdAt: this.workspace.env.clock.now(),
      state: 'open',
      refused: [],
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
      if (hosted.record.state !== 'open' || hosted.record.mode !== 'open') continue
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
    return [...this.#hosted.values()]
      .filter((hosted) => hosted.record.state !== 'cancelled')
      .map(({ keys, record }) => ({
        id: keys.id,
        mode: record.mode,
        role: record.role,
        note: record.note,
        createdAt: record.createdAt,
        used: record.state === 'used',
        replaces: null,
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
        replaces: null,
      }))
    })
  }

  async #host(record: InvitationRecord): Promise<Hosted> {
    const keys = invitationKeys(this.workspace.crypto, record.seed)
    const hosted: Hosted = {
      record,
      keys,
      knocks: new Map(),
      meeting: await Meeting.open(this.workspace.crypto, this.workspace.store, keys, {
        heard: (said) => {
          this.#answering = this.#answering.then(() => this.#heard(hosted, said)).catch(() => undefined)
        },
        added: (channel, ids) => this.workspace.connections.added(channel, ids),
      }),
    }
    this.#hosted.set(keys.id, hosted)
    for (const said of hosted.meeting.said()) await this.#heard(hosted, said, false)
    return hosted
  }

  /** `wait`: until she is in, where she comes in by herself; a space that is being brought up does not. */
  async #heard(hosted: Hosted, said: Said, wait = true): Promise<void> {
    if (said.kind !== 'knock') return
    const { crypto } = this.workspace
    const knock = await openKnock(crypto, hosted.keys.box, this.space.id, hosted.keys.id, said.sealed)
    if (knock === null || !(await this.#sound(hosted, knock))) return
    const device = Device.must(knock.device)
    if (hosted.knocks.has(device)) return
    hosted.knocks.set(device, { knock, at: this.workspace.env.clock.now() })
    this.workspace.changed()
    const automatic = hosted.record.mode === 'open' && hosted.record.state === 'open' && !this.#refused(hosted, device)
    if (!automatic && !this.space.state.devices.has(device)) return
    const admitted = () => this.admit(hosted.keys.id, device)
    if (wait) await admitted()
    else void this.#answering.then(admitted).catch(() => undefined)
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
    if (hosted === undefined || knock === undefined) return err({ type: 'UnknownInvitation' })
    const now = this.space.current()
    const known = this.space.state.devices.get(device)
    if (known === undefined) {
      if (hosted.record.state !== 'open') return err({ type: 'UnknownInvitation' })
      if (!this.space.coordinator || this.space.standing !== 'active' || now === null)
        return err({ type: 'NotAllowed', rule: 'ME-6' })
      await this.#enter(hosted, knock, device)
    }
    const admitted = this.space.state.devices.get(device)
    // An end between the operation and the note of it: the invitation is used all the same.
    if (admitted !== undefined && hosted.record.state === 'open') await this.#used(hosted)
    if (admitted?.status !== 'active') return err({ type: 'NotAllowed', rule: 'ME-6' })
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
    await this.#used(hosted)
    const { note } = hosted.record
    if (note === '') return
    // Until she says herself how she is called, what the inviter wrote stands; without it she is let in all the same.
    const named = this.space.documents.edit(this.space.index, (doc) => putPerson(doc, member, { alias: note }))
    await named.catch(() => undefined)
  }

  async #used(hosted: Hosted): Promise<void> {
    hosted.record.state = 'used'
    await this.space.save()
  }

  async #welcome(hosted: Hosted, knock: Knock, device: DeviceId, member: MemberId): Promise<void> {
    if (hosted.meeting.said().some((said) => said.kind === 'welcome' && equal(said.to, idBytes(device)))) return
    const now = this.space.current()
    if (now === null) return
    const welcome = await sealWelcome(
      this.workspace.crypto,
      { device, box: knock.box },
      { id: hosted.keys.id, seed: hosted.record.seed },
      {
        space: idBytes(this.space.id),
        seed: this.space.record.seed,
        create: this.space.record.create,
        member: idBytes(member),
        secrets: [...this.space.ring.secrets().values()],
        epoch: idBytes(now.epoch),
        relays: [...this.space.relays],
      },
    )
    await hosted.meeting.say(welcome)
    this.workspace.changed()
  }
}

const withoutToken = (relay: string) => relay.split('#')[0] ?? relay
