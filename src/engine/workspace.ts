// Everything that exists while the vault is open: the sealed store, the Repo, the spaces, the invitations and knocks, and
// the connections. Ends with `close`, which makes all of it durable and forgets the keys.
import { Repo, type PeerId } from '@automerge/automerge-repo/slim'
import { toHex } from '../base/bytes.ts'
import { DeviceId, idBytes, type InvitationId, MemberId, SpaceId } from '../base/ids.ts'
import type { Millis } from '../base/environment.ts'
import type { KeyValueStore } from '../base/key-value.ts'
import { ok, type Result, unwrap } from '../base/result.ts'
import type { Crypto } from '../crypto/index.ts'
import { type DeviceKeys, deviceId, newDeviceKeys, recoverySignKeys } from '../identity/index.ts'
import { SpaceLog } from '../log/space-log.ts'
import { createSpace } from '../membership/index.ts'
import { AutomergeStorage, storedCopy } from '../storage/automerge.ts'
import { entryStore } from '../storage/entries.ts'
import { putDevice, putPerson } from '../documents/index-document.ts'
import type { Link, LinkCounts } from '../sync/link.ts'
import { PeerLink } from '../sync/peer-link.ts'
import type { SyncLink } from '../sync/sync-link.ts'
import type { Answer, ApiError, SyncReport } from './api.ts'
import { CodeReader } from './codes.ts'
import { Connections } from './connections.ts'
import { Continuation } from './continuation.ts'
import type { Way, WorkspaceContext } from './context.ts'
import { documentKey } from './stored-document.ts'
import { Entering } from './entering.ts'
import type { EngineEnvironment } from './environment.ts'
import { begin, founded, Foundings } from './founding.ts'
import { Hosting } from './hosting.ts'
import { Joining, JOININGS } from './joining.ts'
import {
  type ContinuationRecord,
  type FoundingRecord,
  joiningRecords,
  type PersonRecord,
  personRecords,
  type SpaceRecord,
  spaceRecords,
} from './records.ts'
import { Space, type SpaceHost, SPACES } from './space.ts'
import { SpaceChannels } from './space-channels.ts'
import { Summaries } from './summaries.ts'
import { LeavingRelays } from './leaving-relays.ts'
import { Linkings } from './linking.ts'
import type { PeerPage } from './peer-page.ts'
import { PeerWhispers } from './peer-whispers.ts'
import { Peers } from './peers.ts'
import { Transfers } from './transfers.ts'
import { Trials } from './trials.ts'
import type { OpenedWelcome } from './welcome.ts'

export const PERSON = { bucket: 'person', key: 'self' } as const

/** What it takes to go on from another space (successors.ts). */
export interface GoesOn {
  readonly continuation: ContinuationRecord
  readonly copies: FoundingRecord['copies']
  readonly carryOver: (space: Space) => Promise<Result<void, ApiError>>
}

/** What a workspace needs of the vault around it. */
export interface Keeper {
  changed(): void
  /** The page's half of connections to devices nearby. */
  readonly peerPage: PeerPage
  /** Makes another recovery kit the one that opens the vault. False: it was locked meanwhile. */
  rewrapKit(seed: Uint8Array): Promise<boolean>
}

export class Workspace implements WorkspaceContext {
  readonly spaces = new Map<SpaceId, Space>()
  readonly channels = new Map<SpaceId, SpaceChannels>()
  readonly hostings = new Map<SpaceId, Hosting>()
  readonly continuations = new Map<SpaceId, Continuation>()
  readonly joinings = new Map<InvitationId, Joining>()
  readonly connections: Connections
  readonly transfers = new Transfers()
  readonly repo: Repo
  readonly #storage: AutomergeStorage
  readonly #summaries: Summaries
  readonly linkings: Linkings
  readonly foundings: Foundings
  readonly peers: Peers
  readonly peerWhispers: PeerWhispers
  readonly trials: Trials
  /** Parts of codes said by hand. */
  readonly codes: CodeReader
  storageFailing = false
  #inStepAt = new Map<string, Millis>()
  /** Spaces just entered whose index is still to come. */
  #toIntroduce = new Set<SpaceId>()
  readonly #entering: Entering
  readonly #leaving: LeavingRelays

  private constructor(
    readonly env: EngineEnvironment,
    readonly crypto: Crypto,
    readonly store: KeyValueStore,
    readonly person: PersonRecord,
    private readonly keeper: Keeper,
  ) {
    this.connections = new Connections(env, () => this.#linksChanged())
    this.peers = new Peers(
      {
        env,
        crypto,
        connections: this.connections,
        changed: () => this.changed(),
        introduce: (link, origin, said) => {
          for (const channels of this.channels.values())
            void channels.introduce(link, origin, said).catch(() => undefined)
        },
      },
      keeper.peerPage,
    )
    this.peerWhispers = new PeerWhispers(env.clock, this.peers)
    this.#storage = new AutomergeStorage(store, {
      clock: env.clock,
      report: ({ type }) => {
        this.storageFailing = type === 'retrying'
        this.changed()
      },
    })
    this.repo = new Repo({
      storage: this.#storage,
      network: [],
      peerId: toHex(env.random.bytes(8)) as PeerId,
      shareConfig: { announce: () => Promise.resolve(false), access: () => Promise.resolve(true) },
    })
    this.trials = new Trials(env.scratch, env.clock)
    this.#summaries = new Summaries(env.clock)
    this.linkings = new Linkings(this)
    this.foundings = new Foundings(this)
    this.#entering = new Entering(this, {
      bringUp: (record) => {
        // What comes next is a snapshot to be judged, or a history.
        this.trials.first.prepare()
        return this.#bringUp(record, true)
      },
      putAway: (space) => this.#putAway(space),
      arrived: (space) => this.#arrived(space),
      linksChanged: () => this.#linksChanged(),
      isWhole: (link, space) => !(link instanceof PeerLink) || this.peers.hasShown(link, space.id),
    })
    this.codes = new CodeReader(crypto)
    const answers = (relay: string) => this.connections.link(relay)?.carrier.state === 'connected'
    this.#leaving = new LeavingRelays(env.clock, answers, (id) => {
      const space = this.spaces.get(id)
      if (space !== undefined) this.#arrange(space)
    })
  }

  static async open(
    env: EngineEnvironment,
    crypto: Crypto,
    store: KeyValueStore,
    person: PersonRecord,
    keeper: Keeper,
  ): Promise<Workspace> {
    const workspace = new Workspace(env, crypto, store, person, keeper)
    try {
      await workspace.#bringUpAll()
      return workspace
    } catch (cause) {
      // Half a workspace left running would write beside the next one into the same storage.
      await quietly(() => workspace.close())
      throw cause
    }
  }

  async #bringUpAll(): Promise<void> {
    const records = (await this.store.list(SPACES)).flatMap(({ value }) => spaceRecords.decode(value) ?? [])
    // One space that cannot be opened here must not keep the others shut.
    for (const record of records.sort((a, b) => a.joinedAt - b.joinedAt)) await quietly(() => this.#bringUp(record))
    for (const { value } of await this.store.list(JOININGS)) {
      const record = joiningRecords.decode(value)
      // A knock that cannot be read must not keep the spaces shut.
      if (record !== null) await quietly(async () => this.#takeUp(await Joining.open(this, record)))
    }
    await this.linkings.open()
    for (const space of this.spaces.values()) await quietly(() => this.#goOn(space))
    for (const space of this.spaces.values()) this.foundings.retry(space)
  }

  changed(): void {
    this.keeper.changed()
  }

  async savePerson(change: Partial<PersonRecord>): Promise<void> {
    Object.assign(this.person, change)
    await this.store.write([{ ...PERSON, value: personRecords.encode(this.person) }])
    this.changed()
  }

  /** Founds a space: its create operation, its first epoch and its index. */
  async found(name: string, relays: readonly string[]): Promise<Space> {
    return unwrap(await this.foundFrom(name, relays))
  }

  /** The same, to go on from another: what that takes beside it. */
  async foundFrom(name: string, relays: readonly string[], goesOn?: GoesOn): Promise<Result<Space, ApiError>> {
    const keys = newDeviceKeys(this.crypto)
    const member = MemberId.must(this.env.random.bytes(16))
    const time = this.env.clock.now()
    const recovery = DeviceId.must(this.recoveryKey(deviceId(keys)))
    const founder = { member, box: keys.box.publicKey, recovery, time }
    const created = await createSpace(this.crypto, keys.sign, founder)
    const record: SpaceRecord = {
      v: 1,
      space: idBytes(created.operation.space),
      member: idBytes(member),
      device: { seed: keys.sign.seed, box: keys.box.secretKey },
      create: [created.record.body, created.record.signature],
      seed: this.env.random.bytes(32),
      secrets: [],
      entry: null,
      relays: [...relays],
      invitations: [],
      welcomes: [],
      linked: false,
      name: '',
      joinedAt: time,
      loaded: true,
      founding: { name, copies: goesOn?.copies ?? [] },
      ...(goesOn === undefined ? {} : { continuation: goesOn.continuation }),
    }
    return this.foundings.during(created.operation.space, async () => {
      const space = await this.#bringUp(record, true)
      // From here on a start after a cut finishes it.
      await space.save()
      await begin(this, space)
      await this.#goOn(space)
      this.#arrange(space)
      const done = goesOn === undefined ? ok(undefined) : await goesOn.carryOver(space)
      await founded(space)
      return done.ok ? ok(space) : done
    })
  }

  /** The meeting of those who follow into a space that goes on from another. */
  async #goOn(space: Space): Promise<void> {
    const { continuation } = space.record
    if (continuation === undefined) return
    this.continuations.set(space.id, await Continuation.open(this, space, continuation))
    this.#arrange(space)
  }

  /** What became known of a space may let in who follows from it. */
  #left(space: Space): void {
    for (const continuation of this.continuations.values())
      if (continuation.waitsFor(space.id)) void continuation.retry()
    this.foundings.retry(space)
  }

  enter(welcome: OpenedWelcome, keys: DeviceKeys, way: Way): Promise<Result<Space, ApiError>> {
    return this.#entering.enter(welcome, keys, way)
  }

  async addJoining(joining: Joining): Promise<void> {
    await this.#takeUp(joining)
    this.changed()
  }

  async dropJoining(id: InvitationId): Promise<void> {
    const joining = this.joinings.get(id)
    if (joining === undefined) return
    this.joinings.delete(id)
    this.connections.drop(`joining ${id}`)
    await joining.forget()
    this.changed()
  }

  /** The public key of the recovery kit beside this device: fresh with each device, so that nothing links two spaces by it. */
  recoveryKey(device: DeviceId): Uint8Array {
    return recoverySignKeys(this.crypto, this.person.recovery, device).publicKey
  }

  /**
   * One paper for both phones: the kit of her other device becomes the kit of this one. Only where nothing depends on this device's
   * own kit: it was not written down, and no space was entered with a recovery key of its own.
   */
  async adoptKit(seed: Uint8Array): Promise<void> {
    const own = this.joinings.size > 0 || [...this.spaces.values()].some(({ record }) => !record.linked)
    if (own || this.person.recoveryKitSeen) return
    if (await this.keeper.rewrapKit(seed)) await this.savePerson({ recovery: seed, recoveryKitSeen: true })
  }

  /** When a relay was last seen to hold the same as this device, for one space. */
  inStepAt(address: string, space: SpaceId): Millis | null {
    return this.#inStepAt.get(`${address} ${space}`) ?? null
  }

  /** Until in step with every relay that answers, or for `timeout` ms. */
  async sync(timeout: Millis): Answer<SyncReport> {
    const before = new Map(this.connections.all().map((link) => [link, { ...link.counts }]))
    for (const space of this.spaces.values()) await space.serial(() => space.documents.drain())
    this.connections.hurry()
    const deadline = this.env.clock.now() + timeout
    const links = this.connections.all()
    const settled = new Map<SyncLink, boolean>()
    // What one relay brings may have to go to the others, and may open further channels: two quiet rounds end it.
    for (let round = 0; round < 8; round++) {
      const counted = total(this.connections.all())
      for (const link of links) link.ask()
      for (const link of links) settled.set(link, await link.settled(Math.max(0, deadline - this.env.clock.now())))
      for (const space of this.spaces.values()) await space.serial(() => Promise.resolve())
      const waiting = [
        ...this.hostings.values(),
        ...this.continuations.values(),
        ...this.joinings.values(),
        this.linkings,
      ]
      await Promise.all(waiting.map((meeting) => meeting.idle()))
      if (round > 0 && total(this.connections.all()) === counted) break
      if (this.env.clock.now() >= deadline) break
    }
    const sum = (key: keyof LinkCounts) =>
      this.connections.all().reduce((all, link) => all + link.counts[key] - (before.get(link)?.[key] ?? 0), 0)
    return ok({
      relays: this.connections.relays().map((link) => ({
        address: link.carrier.address,
        inStep: settled.get(link) === true,
        reason: settled.get(link) === true ? null : link.carrier.state === 'connected' ? 'refused' : 'unreachable',
      })),
      sent: { entries: sum('entriesSent'), bytes: sum('bytesSent') },
      received: { entries: sum('entriesReceived'), bytes: sum('bytesReceived') },
    })
  }

  /** Before the same space is brought up anew: until then it stays in its place, at rest. */
  async #putAway(space: Space): Promise<void> {
    this.channels.get(space.id)?.stop()
    this.#leaving.forget(space.id)
    // Until the space is brought up anew nothing arranges its channels: they would lead into what is put away.
    this.channels.delete(space.id)
    this.hostings.delete(space.id)
    this.connections.drop(`space ${space.id}`)
    this.connections.drop(`hosting ${space.id}`)
    this.connections.drop(`following ${space.id}`)
    this.continuations.get(space.id)?.end()
    this.continuations.delete(space.id)
    await space.close()
    for (const document of space.documents.openIds()) await this.repo.removeFromCache(documentKey(document))
  }

  async flush(): Promise<void> {
    for (const space of this.spaces.values()) await space.serial(() => space.documents.drain())
    await this.#flushRepo()
  }

  /** Only what is open: a document that somebody asked the Repo for and that is not here would make its own flush fail. */
  async #flushRepo(): Promise<void> {
    const open = [...this.spaces.values()].flatMap((space) => space.documents.openIds())
    await this.repo.flush(open.map(documentKey))
  }

  async close(): Promise<void> {
    // First the page: what it writes after its last word was sealed would count as sealed and be in no entry.
    await quietly(() => Promise.resolve(this.repo.networkSubsystem.disconnect()))
    for (const channels of this.channels.values()) await quietly(() => channels.presence.at(null))
    await quietly(() => this.#summaries.flush())
    this.#leaving.stop()
    this.connections.stop()
    for (const continuation of this.continuations.values()) continuation.end()
    this.trials.end()
    for (const channels of this.channels.values()) channels.stop()
    // One space that cannot be put away must not keep the others, or the vault, open.
    for (const space of this.spaces.values()) await quietly(() => space.close())
    for (const channels of this.channels.values()) await quietly(() => channels.save())
    for (const channels of this.channels.values()) await quietly(() => channels.conduct.stop())
    await quietly(() => this.#flushRepo())
    if (!this.storageFailing) await this.#storage.flush()
    this.#storage.close()
  }

  async #bringUp(record: SpaceRecord, fresh = false): Promise<Space> {
    const keys: DeviceKeys = {
      sign: this.crypto.signKeys(record.device.seed),
      box: this.crypto.boxKeys(record.device.box),
    }
    const id = SpaceId.must(record.space)
    const log = await SpaceLog.open(this.crypto, entryStore(this.store, id), id)
    const host: SpaceHost = {
      env: this.env,
      crypto: this.crypto,
      repo: this.repo,
      store: this.store,
      changed: (space) => {
        this.#left(space)
        this.changed()
      },
      channelsChanged: (space) => this.#arrange(space),
      added: (space, ids) => this.channels.get(space.id)?.added(ids),
      documentChanged: (space, document, local) => {
        this.#summaries.changed(space, document, local)
        if (document === space.index && this.#toIntroduce.has(space.id)) space.background(() => this.introduce(space))
        this.changed()
      },
      hasUnsent: (space) => (this.channels.get(space.id)?.unsent.size ?? 0) > 0,
      company: (space, document) => this.channels.get(space.id)?.presence.company(document) ?? 'still',
      underWay: (space, document) => host.reachable(space) && this.channels.get(space.id)?.waitsToGo(document) === true,
      hasChunks: async (document) => (await this.#storage.loadRange([documentKey(document)])).length > 0,
      storedCopy: (document) => storedCopy(this.#storage, documentKey(document)),
      forgetCopy: (document) => this.#storage.removeRange([documentKey(document)]),
      trials: this.trials,
      reachable: ({ relays }) => relays.some((relay) => this.connections.link(relay)?.carrier.state === 'connected'),
      inStep: (space) => this.#inStepWith(space).length > 0,
    }
    const space = await Space.open(record, keys, deviceId(keys), log, host, fresh)
    this.spaces.set(id, space)
    this.channels.set(id, await SpaceChannels.open(this, space))
    this.hostings.set(id, await Hosting.open(this, space))
    if (log.contentOf(space.index).length > 0 || space.snapshots.ofDocument(space.index) !== null)
      await quietly(() => space.documents.open(space.index))
    this.#arrange(space)
    if (record.loaded && record.name !== '') space.background(() => this.introduce(space))
    return space
  }

  async #takeUp(joining: Joining): Promise<void> {
    this.joinings.set(joining.id, joining)
    this.connections.want(`joining ${joining.id}`, joining.link.relays, (token) => [joining.source(token)])
    await joining.resume()
  }

  /** Opens on every relay of the space the channels it listens on and those of its invitations. */
  #arrange(space: Space): void {
    const channels = this.channels.get(space.id)
    const hosting = this.hostings.get(space.id)
    if (channels === undefined || hosting === undefined) return
    const relays = [...space.relays, ...this.#leaving.of(space)]
    this.connections.want(`space ${space.id}`, relays, (token, address) => channels.sources(token, address))
    channels.rearranged()
    this.connections.want(`hosting ${space.id}`, space.relays, (token) => hosting.sources(token))
    const continuation = this.continuations.get(space.id)
    if (continuation !== undefined) {
      this.connections.want(`following ${space.id}`, space.relays, (token) => continuation.sources(token))
      void continuation.retry()
    }
    void hosting.retry().catch(() => undefined)
    void this.linkings.retry(space.id).catch(() => undefined)
  }

  /** Called by hostings when their invitations change. */
  arrange(space: Space): void {
    this.#arrange(space)
  }

  /** Those that hold the same as this device in every channel of the space. */
  #inStepWith(space: Space): Link[] {
    const listening = space.listening()
    if (listening.length === 0) return []
    return this.connections.relays().filter((link) => listening.every((item) => link.inStep(item.channel)))
  }

  #linksChanged(): void {
    this.peers.look()
    for (const space of this.spaces.values()) {
      for (const link of this.#inStepWith(space)) {
        this.#inStepAt.set(`${link.carrier.address} ${space.id}`, this.env.clock.now())
        this.channels.get(space.id)?.stepped(link.carrier.address)
        if (this.channels.get(space.id)?.allTold === true) this.#leaving.told(space.id, link.carrier.address)
        space.inStep()
        this.#left(space)
      }
      if (!space.record.loaded) this.#entering.look(space)
    }
    this.changed()
  }

  /** The whole history is here: from now on she may write, and says how she is called. */
  async #arrived(space: Space): Promise<void> {
    this.#arrange(space)
    this.#toIntroduce.add(space.id)
    for (const joining of [...this.joinings.values()]) if (joining.answered) await this.dropIfIn(joining)
    await this.linkings.arrived(space)
    await space.serial(() => this.introduce(space))
  }

  /** A knock whose space is here with its history has done its work. */
  async dropIfIn(joining: Joining): Promise<void> {
    const space = this.spaces.get(joining.link.space)
    if (space?.record.loaded === true) await this.dropJoining(joining.id)
  }

  /** Writes my alias and what this device is called into the space's index where they are not yet. */
  async introduce(space: Space, alias?: string): Promise<void> {
    if (!space.writable) return
    this.#toIntroduce.delete(space.id)
    const known = space.aliasOf(space.me)
    // A second device does not rename her.
    const called = alias ?? (space.record.linked && known !== '' ? known : this.person.alias)
    const { name } = space.record
    const renames = called !== '' && known !== called
    if (!renames && name === '') return
    await space.documents.edit(space.index, (doc) => {
      if (renames) putPerson(doc, space.me, { alias: called })
      if (name !== '' && !space.indexed().devices.has(space.device)) putDevice(doc, space.device, { name })
    })
    space.record.name = ''
    await space.save()
  }
}

/** What fails here has no one to tell; the caller goes on. */
async function quietly(task: () => Promise<unknown>): Promise<void> {
  try {
    await task()
  } catch {
    // Storage refused or content cannot be opened: nothing more can be done for it now.
  }
}

const total = (links: readonly SyncLink[]) =>
  links.reduce((sum, link) => sum + link.counts.entriesReceived + link.counts.entriesSent, 0)
