// The side that is in and lets a device in: waits for the answer to its link, shows the words, and after `confirm` writes one
// `add-device` in each space and says a welcome for each (rules JO-19 to JO-24). Nothing is let in without `confirm`; what was
// confirmed and not finished goes on after a restart.
import { type Bytes, equal } from '../base/bytes.ts'
import { encode } from '../base/codec.ts'
import { type DeviceId, idBytes, type InvitationId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import { encodeLinkingLink, type InvitationKeys, linkingKeys, type LinkingLink, spacesOf } from '../identity/index.ts'
import { parseRelayAddress } from '../carriers/relay.ts'
import type { ChannelSource } from '../sync/link.ts'
import type { ApiError, LinkingView } from './api.ts'
import { codesOf } from './codes.ts'
import type { WorkspaceContext } from './context.ts'
import { type AnsweredDevice, openAnswer, type SoundAnswer, wordsOf } from './linking-answer.ts'
import { Meeting, type Said } from './meeting.ts'
import type { GivingRecord } from './records.ts'
import type { NotWritten, Space } from './space.ts'
import { sealWelcome, welcomeOf, welcomeTo } from './welcome.ts'

export class Giving {
  readonly side = 'giving'
  #answer: SoundAnswer | null = null
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(
    private readonly workspace: WorkspaceContext,
    readonly record: GivingRecord,
    readonly link: LinkingLink,
    private readonly keys: InvitationKeys,
    private readonly save: (giving: Giving) => Promise<void>,
  ) {}

  meeting: Meeting | null = null

  static async open(
    workspace: WorkspaceContext,
    record: GivingRecord,
    link: LinkingLink,
    save: (giving: Giving) => Promise<void>,
  ): Promise<Giving> {
    const keys = linkingKeys(workspace.crypto, link)
    const giving = new Giving(workspace, record, link, keys, save)
    giving.#answer = record.answer === null ? null : await giving.#opened(record.answer)
    giving.meeting = await Meeting.open(workspace.crypto, workspace.store, keys, {
      wants: (said) => giving.#wants(said),
      heard: (said) => void giving.heard(said),
      added: (channel, ids) => workspace.connections.added(channel, ids),
    })
    // What was kept of an answer before its end was noted.
    for (const [, said] of giving.meeting.said()) await giving.heard(said)
    return giving
  }

  get id(): InvitationId {
    return this.keys.id
  }

  /** Those of the link, with the operator's token where a space of the link knows it. */
  get relays(): readonly string[] {
    const known = this.#spaces().flatMap((space) => space.relays)
    const byAddress = new Map(this.link.relays.map((relay) => [parseRelayAddress(relay)?.address ?? relay, relay]))
    for (const relay of known) byAddress.set(parseRelayAddress(relay)?.address ?? relay, relay)
    return [...byAddress.values()]
  }

  sources(token: string | undefined): readonly ChannelSource[] {
    return this.meeting === null ? [] : [this.meeting.source(token)]
  }

  /** Takes in what was said; `idle` waits for it. */
  heard(said: Said): Promise<void> {
    return this.#inTurn(() => this.#hear(said)).catch(() => undefined)
  }

  async idle(): Promise<void> {
    await this.#turn
  }

  /** The words are the same: one `add-device` and one welcome for each space. May be asked again. */
  confirm(): Promise<Result<void, ApiError>> {
    return this.#inTurn(async () => {
      if (this.#answer === null) return err({ type: 'UnknownInvitation' })
      if (!this.record.confirmed) {
        this.record.confirmed = true
        await this.save(this)
      }
      return this.#finish()
    })
  }

  /** Goes on with what was confirmed and could not be finished. */
  async retry(): Promise<void> {
    if (!this.record.confirmed || this.record.done) return
    await this.#inTurn(() => this.#finish())
  }

  get answered(): boolean {
    return this.#answer !== null
  }

  /** The other side is in and writes: nobody listens any more. */
  get over(): boolean {
    if (!this.record.done || this.#answer === null) return false
    return this.#answer.devices.every(({ space: id, device }) => {
      const log = this.workspace.spaces.get(id)?.log
      return log === undefined || log.ids().some((entry) => log.get(entry)?.device === device)
    })
  }

  view(): LinkingView {
    const { record, link } = this
    return {
      id: this.id,
      side: 'giving',
      kind: link.kind,
      spaces: spacesOf(link).map(({ space, member }) => ({
        space,
        member,
        name: this.workspace.spaces.get(space)?.indexed().name ?? '',
      })),
      state: record.done ? 'done' : this.#answer === null ? 'waiting' : 'comparing',
      words: this.#answer === null ? [] : wordsOf(this.workspace.crypto, this.id, encode(this.#answer.value)),
      contested: record.contested,
      link: encodeLinkingLink(link),
      codes: record.done ? this.#codes() : [],
      others: record.done && link.kind === 'return' ? this.#others() : [],
      at: record.at,
    }
  }

  #spaces(): readonly Space[] {
    return spacesOf(this.link).flatMap(({ space }) => this.workspace.spaces.get(space) ?? [])
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(run)
    this.#turn = done.catch(() => undefined)
    return done
  }

  #opened(sealed: Bytes): Promise<SoundAnswer | null> {
    return openAnswer(this.workspace.crypto, this.keys.box, this.id, this.link, sealed)
  }

  /** The first sound answer is kept; another one only says that somebody else has the link. */
  async #wants(said: Said): Promise<boolean> {
    if (said.kind !== 'answer' || (await this.#opened(said.sealed)) === null) return false
    if (this.#answer === null) return true
    await this.heard(said)
    return false
  }

  async #hear(said: Said): Promise<void> {
    const answer = said.kind === 'answer' ? await this.#opened(said.sealed) : null
    if (answer === null || said.kind !== 'answer') return
    if (this.#answer === null) {
      this.record.answer = said.sealed
      await this.save(this)
      this.#answer = answer
    } else if (!this.record.contested && !sameDevices(this.#answer, answer)) {
      this.record.contested = true
      await this.save(this)
    }
    this.workspace.changed()
  }

  async #finish(): Promise<Result<void, ApiError>> {
    let wrong: ApiError | null = null
    for (const device of this.#answer?.devices ?? []) {
      const space = this.workspace.spaces.get(device.space)
      // Taken out of a space meanwhile: there is nobody to bring in there.
      if (space === undefined || space.standing === 'removed') continue
      if (!(await space.caughtUp())) return err({ type: 'Locked' })
      const done = await space.serial(() => this.#letIn(space, device))
      if (!done.ok) wrong ??= done.error
    }
    if (wrong !== null) return err(wrong)
    this.record.done = true
    await this.save(this)
    this.workspace.changed()
    return ok(undefined)
  }

  /** At most one operation for each device: what is in the graph already is only welcomed. */
  async #letIn(space: Space, added: AnsweredDevice): Promise<Result<void, ApiError>> {
    if (!space.state.devices.has(added.device)) {
      if (space.standing === 'suspended') return err({ type: 'NotAllowed', rule: 'ME-5 suspended-device' })
      if (space.standing !== 'active') return err({ type: 'NoKeysYet' })
      const made = await this.#add(space, added)
      if (!made.ok) return made
    }
    const known = space.state.devices.get(added.device)
    if (known?.status !== 'active' || known.member !== added.member || !equal(known.box, added.box))
      return err({ type: 'NotAllowed', rule: 'ME-7' })
    return this.#welcome(space, added)
  }

  async #add(space: Space, { member, device, box, consent }: AnsweredDevice): Promise<Result<void, ApiError>> {
    const operation = this.#answer?.operation ?? null
    if (operation === null) {
      const made = await space.operate({ op: 'add-device', member, target: device, box, consent })
      return made.ok ? ok(undefined) : err(notWritten(made.error))
    }
    // The recovery key has written something since: this operation would stand against that one.
    if (space.graph.draft(operation.device).seq !== operation.seq) return err({ type: 'NotAllowed', rule: 'ME-4' })
    if (space.current() === null) await space.secrets.rekeyIfDue()
    const under = space.current()
    if (under === null) return err({ type: 'NoKeysYet' })
    await space.publish('op', [operation.record], [under])
    return ok(undefined)
  }

  async #welcome(space: Space, to: AnsweredDevice): Promise<Result<void, ApiError>> {
    const { meeting } = this
    if (meeting === null || welcomeTo(meeting, to.device) !== null) return ok(undefined)
    const value = welcomeOf(space, to.member, this.link.kind === 'device' ? this.workspace.person.recovery : null)
    if (value === null) return err({ type: 'NoKeysYet' })
    const by = { id: this.id, seed: this.link.seed }
    await meeting.say(await sealWelcome(this.workspace.crypto, space.keys, to, by, value))
    return ok(undefined)
  }

  /** The welcomes, to be shown to the new device. */
  #codes(): readonly string[] {
    const { meeting } = this
    if (meeting === null) return []
    const said = (this.#answer?.devices ?? []).flatMap(({ device }) => welcomeTo(meeting, device) ?? [])
    return codesOf(this.workspace.crypto, { id: this.id, said })
  }

  #others(): readonly DeviceId[] {
    const mine = new Set(this.#answer?.devices.map(({ device }) => device))
    return this.#spaces().flatMap((space) =>
      [...space.state.devices.values()]
        .filter(({ id, member, status }) => status === 'active' && !mine.has(id) && this.#isHers(space, member))
        .map(({ id }) => id),
    )
  }

  #isHers(space: Space, member: string): boolean {
    return this.link.kind === 'return' && this.link.space === space.id && this.link.member === member
  }
}

const notWritten = (error: NotWritten): ApiError =>
  error.type === 'NoEpoch' ? { type: 'NoKeysYet' } : { type: 'NotAllowed', rule: error.rule }

const sameDevices = (a: SoundAnswer, b: SoundAnswer) =>
  a.devices.length === b.devices.length &&
  a.devices.every(({ device, box }, i) => {
    const other = b.devices[i]
    return other !== undefined && equal(idBytes(other.device), idBytes(device)) && equal(other.box, box)
  })
