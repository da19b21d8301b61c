// The side that wants in: fresh keys for each space of a link, one answer made once and kept, and the wait for the welcomes. Ends in
// each space when its history is here: until then a welcome may turn out to be false (rules JO-19 to JO-25).
import { equal } from '../base/bytes.ts'
import { encode } from '../base/codec.ts'
import { DeviceId, idBytes, type InvitationId, MemberId, type SpaceId } from '../base/ids.ts'
import { labels } from '../crypto/index.ts'
import {
  type DeviceKeys,
  deviceId,
  encodeLinkingLink,
  type InvitationKeys,
  type LinkedSpace,
  linkingKeys,
  type LinkingLink,
  newDeviceKeys,
  spacesOf,
  recoverySignKeys,
} from '../identity/index.ts'
import { sealEnvelope } from '../log/entry.ts'
import { buildOperation, signDeviceConsent } from '../membership/index.ts'
import type { ChannelSource } from '../sync/link.ts'
import type { LinkingView } from './api.ts'
import { codesOf } from './codes.ts'
import type { WorkspaceContext } from './context.ts'
import { type LinkingAnswer, sealAnswer, wordsOf } from './linking-answer.ts'
import { Meeting, type Said } from './meeting.ts'
import type { TakingRecord } from './records.ts'
import { type OpenedWelcome, openWelcome } from './welcome.ts'

interface Mine extends LinkedSpace {
  readonly keys: DeviceKeys
}

/** Makes the keys and the answer to a link. `kit`: the seed of the recovery kit, for a return. */
export async function answerTo(
  workspace: WorkspaceContext,
  link: LinkingLink,
  p: { readonly spaces: readonly LinkedSpace[]; readonly name: string; readonly kit: Uint8Array | null },
): Promise<TakingRecord> {
  const { crypto } = workspace
  const meeting = linkingKeys(crypto, link)
  const mine = p.spaces.map((at) => ({ ...at, keys: newDeviceKeys(crypto) }))
  const devices: LinkingAnswer['devices'] = []
  for (const { space, member, keys } of mine) {
    const consent = await signDeviceConsent(crypto, keys.sign, space, keys.box.publicKey, member)
    devices.push({ space: idBytes(space), device: keys.sign.publicKey, box: keys.box.publicKey, consent })
  }
  const operation = await recovered(workspace, link, devices, p.kit)
  const said = await sealAnswer(crypto, meeting.box.publicKey, meeting.id, { devices, operation })
  return {
    v: 1,
    side: 'taking',
    link: encodeLinkingLink(link),
    at: workspace.env.clock.now(),
    name: p.name,
    devices: mine.map(({ space, keys }) => ({
      space: idBytes(space),
      device: { seed: keys.sign.seed, box: keys.box.secretKey },
    })),
    words: encode({ devices, operation }),
    answer: sealEnvelope(crypto, meeting.secret, labels.MEETING, encode({ ...said })),
    kit: p.kit,
  }
}

/** `add-device` by the recovery key, on the heads of the link: for a return. */
async function recovered(
  { crypto, env }: WorkspaceContext,
  link: LinkingLink,
  [mine]: LinkingAnswer['devices'],
  kit: Uint8Array | null,
): Promise<LinkingAnswer['operation']> {
  if (link.kind !== 'return' || kit === null || mine === undefined) return null
  const sign = recoverySignKeys(crypto, kit, link.first)
  const draft = { space: link.space, parents: link.heads, seq: link.seq, prev: link.prev, time: env.clock.now() }
  const { record } = await buildOperation(crypto, sign, draft, {
    op: 'add-device',
    member: link.member,
    target: DeviceId.must(mine.device),
    box: mine.box,
    consent: mine.consent,
  })
  return [record.body, record.signature]
}

export class Taking {
  readonly side = 'taking'
  #turn: Promise<unknown> = Promise.resolve()
  meeting: Meeting | null = null

  private constructor(
    private readonly workspace: WorkspaceContext,
    readonly record: TakingRecord,
    readonly link: LinkingLink,
    private readonly keys: InvitationKeys,
    private readonly mine: readonly Mine[],
  ) {}

  static async open(workspace: WorkspaceContext, record: TakingRecord, link: LinkingLink): Promise<Taking> {
    const { crypto } = workspace
    const keys = linkingKeys(crypto, link)
    const mine = record.devices.flatMap(({ space, device }) => {
      const at = spacesOf(link).find(({ space: id }) => equal(idBytes(id), space))
      const own = { sign: crypto.signKeys(device.seed), box: crypto.boxKeys(device.box) }
      return at === undefined ? [] : [{ ...at, keys: own }]
    })
    const taking = new Taking(workspace, record, link, keys, mine)
    taking.meeting = await Meeting.open(crypto, workspace.store, keys, {
      wants: async (said) => (await taking.#opened(said)) !== null,
      heard: (said) => void taking.heard(said),
      added: (channel, ids) => workspace.connections.added(channel, ids),
    })
    return taking
  }

  get id(): InvitationId {
    return this.keys.id
  }

  get relays(): readonly string[] {
    return this.link.relays
  }

  sources(token: string | undefined): readonly ChannelSource[] {
    return this.meeting === null ? [] : [this.meeting.source(token)]
  }

  /** Puts the answer into the channel (again), and reads what has been said meanwhile. */
  async resume(): Promise<void> {
    if (this.meeting === null) return
    await this.meeting.say({ outer: this.record.answer })
    for (const [, said] of this.meeting.said()) await this.heard(said)
  }

  heard(said: Said): Promise<void> {
    const done = this.#turn.then(() => this.#hear(said)).catch(() => undefined)
    this.#turn = done
    return done
  }

  async idle(): Promise<void> {
    await this.#turn
  }

  retry(): Promise<void> {
    return Promise.resolve()
  }

  /** The spaces that opened with this link. */
  entered(): readonly SpaceId[] {
    return this.mine.filter((at) => this.#isIn(at)).map(({ space }) => space)
  }

  /** The whole history of every space is here. */
  get over(): boolean {
    return this.mine.every((at) => this.#isIn(at) && this.workspace.spaces.get(at.space)?.record.loaded === true)
  }

  view(): LinkingView {
    return {
      id: this.id,
      side: 'taking',
      kind: this.link.kind,
      spaces: this.mine.map(({ space, member }) => ({
        space,
        member,
        name: this.workspace.spaces.get(space)?.indexed().name ?? '',
      })),
      state: this.entered().length === this.mine.length ? 'done' : 'waiting',
      words: wordsOf(this.workspace.crypto, this.id, this.record.words),
      contested: false,
      link: '',
      codes: this.#codes(),
      others: [],
      at: this.record.at,
    }
  }

  #isIn({ space, keys }: Mine): boolean {
    return this.workspace.spaces.get(space)?.device === deviceId(keys)
  }

  #codes(): readonly string[] {
    const said = this.meeting?.read(this.record.answer) ?? null
    return said === null ? [] : codesOf(this.workspace.crypto, { id: this.id, said: [said] })
  }

  /** A welcome to one of these devices, into the space and as the member that the link names. */
  async #opened(said: Said): Promise<{ mine: Mine; welcome: OpenedWelcome } | null> {
    if (said.kind !== 'welcome') return null
    const mine = this.mine.find(({ keys }) => equal(keys.sign.publicKey, said.to))
    if (mine === undefined) return null
    const by = { id: this.id, seed: this.link.seed }
    const welcome = await openWelcome(this.workspace.crypto, mine.keys.box, mine.space, by, said)
    return welcome !== null && MemberId.of(welcome.member) === mine.member ? { mine, welcome } : null
  }

  async #hear(said: Said): Promise<void> {
    const opened = await this.#opened(said)
    if (opened === null) return
    const { name } = this.record
    await this.workspace.enter(opened.welcome, opened.mine.keys, { linked: true, name, relays: this.relays })
    this.workspace.changed()
  }
}
