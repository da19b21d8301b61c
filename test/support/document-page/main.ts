// The document screen without an engine: a fake API in the page, a second Repo that stands for everybody else, and fictional
// samples. `?document=plan|plan-empty|...&language=es|en&role=reader&big=3000` chooses; `window.other` lets tests play the
// other person. Never part of the app.
import { mount } from 'svelte'
import { next as A } from '@automerge/automerge/slim'
import { initializeWasm, Repo, type DocHandle, type PeerId } from '@automerge/automerge-repo/slim'
import { MessageChannelNetworkAdapter } from '@automerge/automerge-repo-network-messagechannel'
import wasmUrl from '@automerge/automerge/automerge.wasm?url'
import type { DocumentId, MemberId, SpaceId } from '../../../src/base/ids.ts'
import { create, fill } from '../../../src/documents/create.ts'
import type { DocumentType } from '../../../src/documents/registry.ts'
import { exportJson, importJson } from '../../../src/documents/transfer.ts'
import type {
  DocumentView,
  EngineApi,
  EngineState,
  MemberView,
  PresenceView,
  SpaceView,
} from '../../../src/engine/api.ts'
import Root from '../../../src/ui/app.svelte'
import { App } from '../../../src/ui/state/engine.svelte.ts'
import type { EngineProcess } from '../../../src/ui/state/process.ts'
import minutes from '../../../src/documents/samples/meeting-minutes.json?raw'
import plan from '../../../src/documents/samples/protection-plan.json?raw'
import roster from '../../../src/documents/samples/membership-roster.json?raw'
import systematization from '../../../src/documents/samples/learning-systematization.json?raw'
import '../../../src/ui/tokens/tokens.css'
import '../../../src/ui/tokens/components.css'
import '../../../src/ui/tokens/shell.css'

const query = new URLSearchParams(location.search)
await initializeWasm(wasmUrl)
const others = new Repo({ peerId: 'others' as PeerId, isEphemeral: true, sharePolicy: () => Promise.resolve(true) })
const id = (n: number, length = 64): string =>
  n
    .toString(16)
    .padStart(2, '0')
    .repeat(length / 2)
const kinds: readonly [string, DocumentType, string][] = [
  ['plan', 'protection-plan', plan],
  ['roster', 'membership-roster', roster],
  ['minutes', 'meeting-minutes', minutes],
  ['systematization', 'learning-systematization', systematization],
]

type Content = Record<string, unknown>
const handles = new Map<string, DocHandle<Content>>()
const documents: DocumentView[] = []

function bigger(json: string): string {
  const wanted = Number(query.get('big') ?? 0)
  const whole = JSON.parse(json) as { people?: { id: string; alias: string }[] }
  const people = whole.people
  if (people === undefined || wanted <= people.length) return json
  const copies = Array.from({ length: wanted }, (_, i) => {
    const person = people[i % people.length]
    return { ...person, id: `x${i}`, alias: `${person?.alias ?? ''} ${i}` }
  })
  return JSON.stringify({ ...whole, people: copies })
}

function add(name: string, type: DocumentType, change: (doc: object) => void): void {
  const handle = others.create<Content>()
  handle.change(change)
  handles.set(name, handle)
  documents.push({
    id: id(10 + documents.length, 32) as DocumentId,
    type,
    title: String((handle.doc() as Content)['title']),
    status: 'borrador',
    riskLevel: null,
    createdBy: null,
    createdAt: 0,
    updatedAt: 0,
    archived: false,
    unsent: 2,
    withPeople: { have: 1, of: 2 },
    onRelays: { have: 1, of: 2 },
    heldBack: false,
    here: true,
  })
}

for (const [name, type, json] of kinds) {
  const filling = importJson(type === 'membership-roster' ? bigger(json) : json)
  if (!filling.ok) throw new Error(JSON.stringify(filling.error))
  add(name, type, (doc) => fill(doc, filling.value))
  add(`${name}-empty`, type, create(type, { title: 'Documento nuevo (ficticio)' }))
}

const member = (n: number, alias: string, me: boolean): MemberView => ({
  id: id(n) as MemberId,
  alias,
  role: n === 1 ? 'coordinator' : 'editor',
  status: 'active',
  me,
  devices: [],
  disputed: false,
  admittedBy: null,
  joinedAt: 0,
  removedAt: null,
  recoverable: true,
})
const role = (query.get('role') ?? 'editor') as SpaceView['role']
const chosen = query.get('document') ?? 'plan'
const chosenId = documents[[...handles.keys()].indexOf(chosen)]?.id ?? null
const ceiba = { member: id(2) as MemberId, device: id(22), alias: 'Ceiba', document: chosenId, field: null }
let present: PresenceView[] = query.has('alone') ? [] : [ceiba as unknown as PresenceView]
let told: (state: EngineState) => void = () => undefined

const space = (): SpaceView => ({
  id: id(7) as SpaceId,
  name: 'Círculo Oriente (ficticio)',
  standing: 'active',
  me: id(1) as MemberId,
  role,
  powers: role === 'coordinator',
  pending: [],
  warnings: [],
  successors: [],
  continues: null,
  members: [member(1, 'Luciérnaga', true), member(2, 'Ceiba', false), member(3, 'Copal', false)],
  documents,
  relays: [
    {
      address: 'wss://relevo.example/sync',
      state: 'connected',
      reason: null,
      inStepAt: 0,
      unsent: 0,
      own: false,
      trouble: null,
    },
    {
      address: 'wss://radio.example/sync',
      state: 'offline',
      reason: null,
      inStepAt: 0,
      unsent: 2,
      own: false,
      trouble: null,
    },
  ],
  invitations: [],
  knocks: [],
  present,
  unsent: 2,
  withPeople: { have: 1, of: 2 },
  onRelays: { have: 1, of: 2 },
  progress: null,
  epoch: 1,
})
const state = (): EngineState => ({
  vault: 'unlocked',
  self: { alias: 'Luciérnaga', language: query.get('language') === 'en' ? 'en' : 'es', recoveryKitSeen: true },
  spaces: [space()],
  joining: [],
  peers: [],
  linking: [],
  storageFailing: false,
})
const done = { ok: true, value: undefined } as const
const nameOf = (document: DocumentId): string =>
  [...handles.keys()][documents.findIndex((one) => one.id === document)] ?? ''
const places: unknown[] = []

const fake: Partial<EngineApi> = {
  state: () => Promise.resolve(state()),
  subscribe: (listener) => {
    told = listener
    listener(state())
    return Promise.resolve(() => undefined)
  },
  flush: () => Promise.resolve(),
  setLanguage: () => Promise.resolve(done),
  setPlace: ({ place }) => {
    places.push(place)
    return Promise.resolve()
  },
  openDocument: ({ document }) => {
    const handle = handles.get(nameOf(document))
    if (handle === undefined) return Promise.resolve({ ok: false, error: { type: 'UnknownDocument' } })
    const value = { url: handle.url, actor: id(99, 32) as never, writable: role !== 'reader' }
    return Promise.resolve({ ok: true, value })
  },
  settled: () => Promise.resolve(true),
  closeDocument: () => Promise.resolve(),
  exportDocument: ({ document }) => {
    const json = exportJson(handles.get(nameOf(document))?.doc() ?? {})
    return Promise.resolve({ ok: true, value: { json: JSON.stringify(json, null, 2), title: 'copia' } })
  },
  archiveDocument: () => Promise.resolve(done),
}
const process: EngineProcess = {
  api: fake as EngineApi,
  attachRepo: (port) => {
    others.networkSubsystem.addNetworkAdapter(new MessageChannelNetworkAdapter(port))
  },
  called: () => undefined,
  listener: (run) => run,
  onCrash: () => undefined,
  end: () => undefined,
}

/** What tests ask of the other person. */
const other = {
  places,
  content: () => exportJson(handles.get(chosen)?.doc() ?? {}),
  change: (run: (doc: Content, automerge: typeof A) => void) => handles.get(chosen)?.change((doc) => run(doc, A)),
  /** Sets a field on a copy made before `mine`, so that both values stand apart. */
  apart: (run: (doc: Content, automerge: typeof A) => void, mine: (doc: Content, automerge: typeof A) => void) => {
    handles.get(chosen)?.update((doc) => {
      const copy = A.change(A.clone(doc), (draft) => run(draft, A))
      return A.merge(
        A.change(doc, (draft) => mine(draft, A)),
        copy,
      )
    })
  },
  goTo: (field: string | null) => {
    present = present.map((one) => ({ ...one, field }))
    told(state())
  },
  conflicts: () => A.getConflicts(handles.get(chosen)?.doc() as A.Doc<Content>, 'riskLevel'),
  history: () => A.getAllChanges(handles.get(chosen)?.doc() as A.Doc<Content>).length,
}
Object.assign(globalThis, { other })

const app = new App(() => process)
app.preferences.set({ language: query.get('language') === 'en' ? 'en' : 'es', lockOnHide: false })
mount(Root, { target: document.querySelector('#app') as HTMLElement, props: { app } })
app.start()
await app.ready()
if (chosenId !== null) app.navigate({ name: 'document', space: id(7) as SpaceId, document: chosenId })
