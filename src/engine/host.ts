// EngineHost: api.ts over the vault and its workspace, one method for each thing a face may ask. Owns the mapping from
// requests to spaces, documents and invitations; never lets an exception of storage or content out as anything but an answer.
import { MessageChannelNetworkAdapter } from '@automerge/automerge-repo-network-messagechannel'
import { DocumentId, type InvitationId, type SpaceId } from '../base/ids.ts'
import { err, ok, type Result } from '../base/result.ts'
import { insertItem, removeItem, setValue } from '../documents/changes.ts'
import { create } from '../documents/create.ts'
import { type FillStep, fillSteps } from '../documents/fill-steps.ts'
import { putDocument, updateSummary } from '../documents/index-document.ts'
import type { Json } from '../documents/json.ts'
import { summaryOf } from '../documents/summary.ts'
import { exportJson, importJson } from '../documents/transfer.ts'
import { linkingKeys, type LinkingLink, parseLinkingLink, spacesOf } from '../identity/index.ts'
import { next as A } from '@automerge/automerge/slim'
import type * as api from './api.ts'
import type { ApiError, Edit, EngineHost, PeopleApi } from './api.ts'
import { urlOf } from './stored-document.ts'
import { VaultKeeper } from './engine.ts'
import type { EngineEnvironment } from './environment.ts'
import { Joining, readLink } from './joining.ts'
import { listingOf } from './listing.ts'
import { bundleRequests } from './requests-bundles.ts'
import { doctorRequests } from './requests-doctor.ts'
import { linkingRequests } from './requests-linking.ts'
import { peopleRequests } from './requests-people.ts'
import { nearRequests } from './requests-near.ts'
import { relayRequests } from './requests-relays.ts'
import { wakeRequests } from './requests-wake.ts'
import { answered, badRelay, done, type Found, notWritable, notWritten, Requests } from './requests.ts'

export interface StartedEngine {
  readonly engine: EngineHost
  /** Locks, and lets go of the storage. */
  end(): Promise<void>
}

/** `vault` only where somebody has to look into it (a simulation); it is the engine's from then on. */
export function createEngine(env: EngineEnvironment, vault = new VaultKeeper(env)): StartedEngine {
  const requests = new Requests(vault)
  const engine: EngineHost = Object.assign(
    new Host(vault, requests),
    peopleRequests(requests),
    linkingRequests(requests),
    {
      ...wakeRequests(requests),
      ...nearRequests(requests),
      ...relayRequests(requests),
      ...bundleRequests(requests),
      ...doctorRequests(requests),
    },
  )
  return { engine, end: () => vault.end() }
}

type Elsewhere = keyof (PeopleApi & api.NearApi & api.RelaysApi & api.BundlesApi & api.DoctorApi)

class Host implements Omit<EngineHost, Elsewhere> {
  #joining: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly vault: VaultKeeper,
    private readonly requests: Requests,
  ) {}

  state = () => this.vault.state()
  subscribe = (listener: (state: api.EngineState) => void) => this.vault.subscribe(listener)
  estimatePassphrase = (passphrase: string) => Promise.resolve(this.vault.estimate(passphrase))
  suggestPassphrase = (language: api.Language) => Promise.resolve(this.vault.suggest(language))
  createVault = (p: Parameters<EngineHost['createVault']>[0]) => answered(() => this.vault.create(p))
  unlock = (passphrase: string) => answered(() => this.vault.unlock(passphrase))
  unlockWithRecovery = (p: { words: string; passphrase: string }) => answered(() => this.vault.unlockWithRecovery(p))
  changePassphrase = (p: { from: string; to: string }) => answered(() => this.vault.changePassphrase(p))
  lock = () => this.vault.lock()

  recoveryKitSeen = () => this.requests.unlocked((workspace) => done(workspace.savePerson({ recoveryKitSeen: true })))
  setLanguage = (language: api.Language) =>
    this.requests.unlocked((workspace) => done(workspace.savePerson({ language })))

  async flush(): Promise<void> {
    await this.vault.workspace?.flush()
  }

  createSpace = (p: { name: string; relays: readonly string[] }) =>
    this.requests.unlocked(async (workspace) => {
      const wrong = badRelay(p.relays)
      if (wrong !== null) return err(wrong)
      const space = await workspace.found(p.name.trim(), p.relays)
      return ok({ space: space.id })
    })

  renameSelf = (p: { space: SpaceId; alias: string }) =>
    this.requests.space(p.space, async ({ workspace, space }) => {
      if (!space.writable) return err(notWritable(space))
      return done(workspace.introduce(space, p.alias.trim()))
    })

  setRelays = (p: { space: SpaceId; relays: readonly string[] }) =>
    this.requests.space(p.space, async ({ space }) => {
      const wrong = badRelay(p.relays)
      if (wrong !== null) return err(wrong)
      if (!space.coordinator) return err({ type: 'NotAllowed', rule: 'ME-18' })
      if (!(await space.caughtUp())) return err({ type: 'Locked' })
      const made = await space.serial(() => space.operate({ op: 'set-relays', relays: p.relays }))
      return made.ok ? ok(undefined) : err(notWritten(made.error))
    })

  spaceDetails = (id: SpaceId) =>
    this.requests.space(id, ({ space }) => {
      const now = space.current()
      if (now === null) return Promise.resolve(err({ type: 'RemovedFromSpace' }))
      return Promise.resolve(
        ok({
          channel: now.channel,
          epoch: now.epoch,
          entries: space.log.ids().length,
          rejected: space.log.inState('rejected').length,
          heads: space.graph.heads(),
        }),
      )
    })

  invite = (p: Parameters<EngineHost['invite']>[0]) =>
    this.requests.space(p.space, async ({ workspace, space }) => {
      const hosting = workspace.hostings.get(space.id)
      const made = await hosting?.invite({
        mode: p.mode,
        role: p.role,
        note: p.note.trim(),
        ...(p.replaces === undefined ? {} : { replaces: p.replaces }),
      })
      if (hosting === undefined || made === undefined) return err({ type: 'UnknownSpace' })
      if (!made.ok) return made
      const link = hosting.link(made.value, p.app)
      return link.ok ? ok({ id: made.value, link: link.value }) : link
    })

  invitationLink = (p: { space: SpaceId; invitation: InvitationId; app: string }) =>
    this.requests.space(p.space, ({ workspace, space }) => {
      const link = workspace.hostings.get(space.id)?.link(p.invitation, p.app)
      if (link === undefined) return Promise.resolve(err({ type: 'UnknownInvitation' }))
      return Promise.resolve(link.ok ? ok({ link: link.value }) : link)
    })

  cancelInvitation = (p: { space: SpaceId; invitation: InvitationId }) =>
    this.requests.space(p.space, async ({ workspace, space }) => {
      return (await workspace.hostings.get(space.id)?.cancel(p.invitation)) ?? err({ type: 'UnknownInvitation' })
    })

  readInvitation = (text: string) => {
    const linking = parseLinkingLink(text)
    if (linking.ok) return Promise.resolve(ok(previewOf(this.vault.crypto, linking.value)))
    const link = readLink(text)
    if (!link.ok) return Promise.resolve(link)
    const { mode, role, relays, space } = link.value
    const id = Joining.idOf(this.vault.crypto, link.value)
    return Promise.resolve(ok({ id, kind: 'person' as const, spaces: [space], mode, role, relays }))
  }

  /** One at a time: a link used twice at once must not make two knocks with different keys. */
  join = (p: { link: string }) => {
    const joined = this.#joining.then(() => this.#join(p))
    this.#joining = joined.catch(() => undefined)
    return joined
  }

  #join = (p: { link: string }) =>
    this.requests.unlocked<{ invitation: InvitationId; words: readonly string[] }>(async (workspace) => {
      const link = readLink(p.link)
      if (!link.ok) return link
      const standing = workspace.spaces.get(link.value.space)?.standing
      if (standing === 'active' || standing === 'suspended')
        return err({ type: 'AlreadyMember', space: link.value.space })
      const pending = workspace.joinings.get(Joining.idOf(this.vault.crypto, link.value))
      if (pending !== undefined) return ok({ invitation: pending.id, words: pending.words() })
      const joining = await Joining.knock(workspace, p.link)
      if (!joining.ok) return joining
      await workspace.addJoining(joining.value)
      return ok({ invitation: joining.value.id, words: joining.value.words() })
    })

  cancelJoin = (id: InvitationId) =>
    this.requests.unlocked((workspace) => {
      if (!workspace.joinings.has(id)) return Promise.resolve(err({ type: 'UnknownInvitation' }))
      return done(workspace.dropJoining(id))
    })

  admit = (p: Parameters<EngineHost['admit']>[0]) =>
    this.requests.space(p.space, async ({ workspace, space }) => {
      const member = await workspace.hostings.get(space.id)?.admit(p.invitation, p.device)
      if (member === undefined) return err({ type: 'UnknownInvitation' })
      return member.ok ? ok({ member: member.value }) : member
    })

  refuseKnock = (p: Parameters<EngineHost['refuseKnock']>[0]) =>
    this.requests.space(p.space, async ({ workspace, space }) => {
      return (
        (await workspace.hostings.get(space.id)?.refuse(p.invitation, p.device)) ?? err({ type: 'UnknownInvitation' })
      )
    })

  createDocument = (p: Parameters<EngineHost['createDocument']>[0]) =>
    this.requests.space(p.space, (found) => this.#newDocument(found, [create(p.type, { title: p.title.trim() })]))

  importDocument = (p: { space: SpaceId; json: string }) =>
    this.requests.space(p.space, async (found) => {
      const imported = importJson(p.json)
      if (!imported.ok) return err(badDocument(imported.error))
      return this.#newDocument(found, fillSteps(imported.value))
    })

  exportDocument = (p: { space: SpaceId; document: DocumentId }) =>
    this.requests.document(p.space, p.document, async ({ space }) => {
      const doc = await space.documents.read(p.document)
      return ok({ json: JSON.stringify(exportJson(doc), null, 2), title: summaryOf(doc).title })
    })

  archiveDocument = (p: { space: SpaceId; document: DocumentId; archived: boolean }) =>
    this.requests.document(p.space, p.document, async ({ space }) => {
      if (!space.writable) return err(notWritable(space))
      await space.documents.edit(space.index, (doc) => void updateSummary(doc, p.document, { archived: p.archived }))
      return ok(undefined)
    })

  openDocument = (p: { space: SpaceId; document: DocumentId }) =>
    this.requests.document(p.space, p.document, async ({ space }) => {
      const actor = await space.documents.actor(p.document, 'page')
      return ok({ url: urlOf(p.document), actor, writable: space.writable })
    })

  async closeDocument(p: { space: SpaceId; document: DocumentId }): Promise<void> {
    const found = this.vault.document(p.space, p.document)
    if (found.ok) await found.value.space.documents.drain()
  }

  async settled(p: { space: SpaceId; document: DocumentId; heads: readonly string[] }): Promise<boolean> {
    const found = this.vault.document(p.space, p.document)
    if (!found.ok) return false
    await found.value.space.documents.settled(p.document, p.heads)
    await this.vault.told()
    return true
  }

  editDocument = (p: { space: SpaceId; document: DocumentId; edits: readonly Edit[] }) =>
    this.requests.document(p.space, p.document, async ({ space }) => {
      if (!space.writable) return err(notWritable(space))
      // Tried on a copy first: a list of edits is made whole or not at all.
      const doc = await space.documents.read(p.document)
      let wrong: ApiError | null = null
      A.change(A.clone(doc), (copy) => {
        wrong = applyEdits(copy, p.edits)
      })
      if (wrong !== null) return err(wrong)
      const made = await space.documents.edit(p.document, (copy) => void applyEdits(copy, p.edits))
      if (!made) return err({ type: 'TooLarge', limit: 'change' })
      await space.documents.kept(p.document)
      return ok(undefined)
    })

  async setPlace(p: { space: SpaceId; place: api.Place | null }): Promise<void> {
    const found = this.vault.space(p.space)
    if (found.ok) await found.value.workspace.channels.get(p.space)?.presence.at(p.place)
  }

  sync = (p: { timeout: number }) => this.requests.unlocked((workspace) => workspace.sync(p.timeout))

  attachRepo(port: MessagePort): Promise<void> {
    const workspace = this.vault.workspace
    if (workspace === null) return Promise.reject(new Error('the page attached its Repo to a locked engine'))
    workspace.repo.networkSubsystem.addNetworkAdapter(new MessageChannelNetworkAdapter(port))
    return Promise.resolve()
  }

  attachPeers(port: MessagePort): void {
    this.vault.peerPage.attach(port)
  }

  async #newDocument(
    { workspace, space }: Found,
    steps: readonly FillStep[],
  ): Promise<Result<{ document: DocumentId }, ApiError>> {
    if (!space.writable) return err(notWritable(space))
    const document = DocumentId.must(workspace.env.random.bytes(16))
    if (!(await space.documents.create(document, steps))) return err({ type: 'TooLarge', limit: 'change' })
    const doc = await space.documents.read(document)
    const entry = listingOf(doc, space.me, workspace.env.clock.now())
    if (entry === null) return err({ type: 'BadDocument', reason: 'unknown-type', path: [] })
    await space.documents.edit(space.index, (index) => putDocument(index, document, entry))
    return ok({ document })
  }
}

function previewOf(crypto: VaultKeeper['crypto'], link: LinkingLink): api.InvitationPreview {
  const spaces = spacesOf(link).map(({ space }) => space)
  const { kind, relays } = link
  return { id: linkingKeys(crypto, link).id, kind, spaces, mode: null, role: null, relays }
}

const badDocument = (error: { readonly type: string; readonly path?: readonly (string | number)[] }): ApiError => ({
  type: 'BadDocument',
  reason: error.type,
  path: error.path ?? [],
})

function applyEdits(doc: object, edits: readonly Edit[]): ApiError | null {
  for (const edit of edits) {
    const change =
      edit.op === 'insert'
        ? insertItem(doc, edit.path, edit.index, edit.value as Json)
        : edit.op === 'remove'
          ? removeItem(doc, edit.path, edit.index)
          : setValue(doc, edit.path, edit.value as Json)
    if (!change.ok) return { type: 'BadEdit', reason: change.error.type, path: edit.path }
  }
  return null
}
