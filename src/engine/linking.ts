// The links of this device, given and taken: which there are, from start to end, and what is said to each of them, by relay or by hand.
// Owns their records and their places on the relays; what they do is in linking-giving.ts and linking-taking.ts.
import { type InvitationId, type MemberId, type SpaceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import {
  encodeLinkingLink,
  linkingKeys,
  type LinkedSpace,
  type LinkingLink,
  spacesOf,
  MAX_LINKED_SPACES,
  newInvitationSeed,
  parseLinkingLink,
  parseLink,
  parseRecoveryWords,
  recoverySignKeys,
} from '../identity/index.ts'
import { DeviceId } from '../base/ids.ts'
import type { ApiError, LinkingView } from './api.ts'
import { badLink } from './joining.ts'
import { Giving } from './linking-giving.ts'
import { answerTo, Taking } from './linking-taking.ts'
import { type LinkingRecord, linkingRecords } from './records.ts'
import type { Space } from './space.ts'
import type { WorkspaceContext } from './context.ts'

export const LINKINGS = 'linkings'

/** How long a link waits for its other side. */
const KEEP_MS = 14 * 86_400_000
const MAX_RELAYS = 8

export class Linkings {
  readonly #all = new Map<InvitationId, Giving | Taking>()
  #taking: Promise<unknown> = Promise.resolve()

  constructor(private readonly workspace: WorkspaceContext) {}

  /** Takes up what was begun; what is over, or waited in vain, ends here. */
  async open(): Promise<void> {
    const { store, env } = this.workspace
    for (const { value } of await store.list(LINKINGS)) {
      const record = linkingRecords.decode(value)
      if (record === null) continue
      // One link that cannot be taken up must not keep the others, or the spaces, shut.
      const linking = await this.#opened(record).catch(() => null)
      if (linking === null) continue
      this.#all.set(linking.id, linking)
      const late = env.clock.now() - record.at > KEEP_MS
      // Not awaited: the vault is being opened, and its kit is changed after that.
      if (linking.side === 'taking' && linking.over && linking.record.kit !== null)
        void this.workspace.adoptKit(linking.record.kit).catch(() => undefined)
      if (linking.over || late) await this.drop(linking.id)
      else await this.#begin(linking)
    }
  }

  views(): readonly LinkingView[] {
    return [...this.#all.values()].map((linking) => linking.view())
  }

  get(id: InvitationId): Giving | Taking | undefined {
    return this.#all.get(id)
  }

  async idle(): Promise<void> {
    await Promise.all([...this.#all.values()].map((linking) => linking.idle()))
  }

  /** A second device of mine, in these spaces. */
  async offerLink(ids: readonly SpaceId[], app: string): Promise<Result<{ id: InvitationId; link: string }, ApiError>> {
    const spaces: Space[] = []
    for (const id of new Set(ids)) {
      const space = this.workspace.spaces.get(id)
      if (space === undefined) return err({ type: 'UnknownSpace' })
      if (space.standing === 'removed') return err({ type: 'RemovedFromSpace' })
      if (space.standing !== 'active') return err({ type: 'NoKeysYet' })
      spaces.push(space)
    }
    if (spaces.length === 0) return err({ type: 'UnknownSpace' })
    if (spaces.length > MAX_LINKED_SPACES) return err({ type: 'TooLarge', limit: 'spaces' })
    const named = spaces.map((space) => ({ space: space.id, member: space.me }))
    const seed = newInvitationSeed(this.workspace.crypto)
    return this.#give({ kind: 'device', seed, relays: relaysOf(spaces), spaces: named }, app)
  }

  /** The way back for a member who has her recovery kit. */
  async offerReturn(
    space: Space,
    member: MemberId,
    app: string,
  ): Promise<Result<{ id: InvitationId; link: string }, ApiError>> {
    if (space.standing === 'removed') return err({ type: 'RemovedFromSpace' })
    if (space.standing !== 'active') return err({ type: 'NoKeysYet' })
    const known = space.state.members.get(member)
    if (known?.status !== 'active') return err({ type: 'UnknownMember' })
    const recovery = known.recovery === null ? null : DeviceId.must(known.recovery)
    const first = recovery === null ? null : enteredWith(space, member, recovery)
    if (recovery === null || first === null) return err({ type: 'NotAllowed', rule: 'ME-7' })
    if (space.graph.needsMerge && (await space.caughtUp())) await space.serial(() => space.operate({ op: 'merge' }))
    const { parents, seq, prev } = space.graph.draft(recovery)
    const seed = newInvitationSeed(this.workspace.crypto)
    const place = { space: space.id, member, first, recovery, heads: parents, seq, prev }
    return this.#give({ kind: 'return', seed, relays: relaysOf([space]), ...place }, app)
  }

  /** One at a time: a link taken twice at once must not make two answers. */
  take(p: { link: string; words: string | null; name: string }): Promise<Result<InvitationId, ApiError>> {
    const taken = this.#taking.then(() => this.#take(p))
    this.#taking = taken.catch(() => undefined)
    return taken
  }

  async confirm(id: InvitationId): Promise<Result<void, ApiError>> {
    const linking = this.#all.get(id)
    return linking?.side === 'giving' ? linking.confirm() : err({ type: 'UnknownInvitation' })
  }

  /** Lets go of a link on this side. */
  async drop(id: InvitationId): Promise<void> {
    const linking = this.#all.get(id)
    if (linking === undefined) return
    this.#all.delete(id)
    this.workspace.connections.drop(`linking ${id}`)
    await this.workspace.store.write([{ bucket: LINKINGS, key: id, value: null }])
    await linking.meeting?.forget()
    this.workspace.changed()
  }

  /** A space has keys, or relays, that it had not. */
  async retry(id: SpaceId): Promise<void> {
    for (const linking of this.#all.values()) {
      if (!spacesOf(linking.link).some(({ space }) => space === id)) continue
      this.#want(linking)
      await linking.retry()
    }
  }

  /** The welcome that counts brought the kit of the device that gave it: kept until it is this device's own. */
  async learnKit(space: Space, kit: Uint8Array | null): Promise<void> {
    const linking = this.#taken(space)
    if (linking === null || kit === null || linking.record.kit !== null) return
    linking.record.kit = kit
    await this.#save(linking)
  }

  /** The history of a space that a link opened is here. */
  async arrived(space: Space): Promise<void> {
    const linking = this.#taken(space)
    if (linking === null) return
    if (linking.record.kit !== null) await this.workspace.adoptKit(linking.record.kit)
    // Off the disk and the relays; on the list until she has seen that it is done.
    if (!linking.over) return
    this.workspace.connections.drop(`linking ${linking.id}`)
    await this.workspace.store.write([{ bucket: LINKINGS, key: linking.id, value: null }])
    await linking.meeting?.forget()
    this.workspace.changed()
  }

  #taken(space: Space): Taking | null {
    const entered = (one: Giving | Taking) => one.side === 'taking' && one.entered().includes(space.id)
    const linking = [...this.#all.values()].find(entered)
    return linking?.side === 'taking' ? linking : null
  }

  async #give(link: LinkingLink, app: string): Promise<Result<{ id: InvitationId; link: string }, ApiError>> {
    const at = this.workspace.env.clock.now()
    const state = { answer: null, contested: false, confirmed: false, done: false }
    const text = encodeLinkingLink(link)
    const linking = await this.#opened({ v: 1, side: 'giving', link: text, at, ...state })
    await this.#save(linking)
    this.#all.set(linking.id, linking)
    await this.#begin(linking)
    return ok({ id: linking.id, link: encodeLinkingLink(link, app === '' ? undefined : app) })
  }

  async #take(p: { link: string; words: string | null; name: string }): Promise<Result<InvitationId, ApiError>> {
    const link = readLinkingLink(p.link)
    if (!link.ok) return link
    const id = linkingKeys(this.workspace.crypto, link.value).id
    const known = this.#all.get(id)
    if (known !== undefined) return known.side === 'taking' ? ok(id) : err({ type: 'NotAllowed', rule: 'JO-19' })
    const spaces = this.#missing(link.value)
    const [here] = spacesOf(link.value)
    if (spaces.length === 0 && here !== undefined) return err({ type: 'AlreadyMember', space: here.space })
    const kit = this.#kit(link.value, p.words)
    if (!kit.ok) return kit
    const name = p.name.trim().slice(0, MAX_NAME)
    const record = await answerTo(this.workspace, link.value, { spaces, name, kit: kit.value })
    const linking = await this.#opened(record)
    await this.#save(linking)
    this.#all.set(id, linking)
    await this.#begin(linking)
    return ok(id)
  }

  /** The spaces of a link where this device is not. */
  #missing(link: LinkingLink): readonly LinkedSpace[] {
    return spacesOf(link).filter(({ space }) => {
      const standing = this.workspace.spaces.get(space)?.standing
      return standing === undefined || standing === 'loading' || standing === 'removed'
    })
  }

  /** The kit's seed: the recovery key that comes from it is the one the link names. */
  #kit(link: LinkingLink, words: string | null): Result<Uint8Array | null, ApiError> {
    if (link.kind === 'device') return ok(null)
    const { crypto } = this.workspace
    const parsed = parseRecoveryWords(crypto, words ?? '')
    if (!parsed.ok) {
      const unknownWord = parsed.error.type === 'UnknownWord' ? parsed.error.word : null
      return err({ type: 'WrongRecoveryWords', unknownWord })
    }
    const key = recoverySignKeys(crypto, parsed.value.seed, link.first).publicKey
    return DeviceId.must(key) === link.recovery ? ok(parsed.value.seed) : err({ type: 'WrongKit' })
  }

  async #opened(record: LinkingRecord): Promise<Giving | Taking> {
    const link = parseLinkingLink(record.link)
    if (!link.ok) throw new Error('a stored link that does not parse')
    if (record.side === 'taking') return Taking.open(this.workspace, record, link.value)
    return Giving.open(this.workspace, record, link.value, (giving) => this.#save(giving))
  }

  async #save(linking: Giving | Taking): Promise<void> {
    const value = linkingRecords.encode(linking.record)
    await this.workspace.store.write([{ bucket: LINKINGS, key: linking.id, value }])
  }

  async #begin(linking: Giving | Taking): Promise<void> {
    this.#want(linking)
    if (linking.side === 'taking') await linking.resume()
    // Not awaited: it may have to wait for a relay, and nothing waits for it.
    else void linking.retry().catch(() => undefined)
    this.workspace.changed()
  }

  #want(linking: Giving | Taking): void {
    if (linking.side === 'taking' && linking.over) return
    this.workspace.connections.want(`linking ${linking.id}`, linking.relays, (token) => linking.sources(token))
  }
}

const MAX_NAME = 64

/** A link between devices of one person, from hostile text. */
export function readLinkingLink(text: string): Result<LinkingLink, ApiError> {
  const link = parseLinkingLink(text)
  return link.ok ? link : err(badLink(link.error, parseLink(text).ok))
}

/** Without tokens; where there are many spaces, of each space its first before any second. */
function relaysOf(spaces: readonly Space[]): readonly string[] {
  const lists = spaces.map((space) => space.relays.map((relay) => relay.split('#')[0] ?? relay))
  const rounds = Array.from({ length: MAX_RELAYS }, (_, i) => lists.flatMap((list) => list[i] ?? []))
  return [...new Set(rounds.flat())].slice(0, MAX_RELAYS)
}

/** The device that the operation named which entered her with this recovery key. */
function enteredWith(space: Space, member: MemberId, recovery: DeviceId): DeviceId | null {
  for (const op of space.graph.operations()) {
    if (space.state.invalid.has(op.id)) continue
    if (op.op === 'create' && op.member === member && op.recovery === recovery) return op.device
    if (op.op === 'admit' && op.member === member && op.recovery === recovery) return op.target
  }
  return null
}
