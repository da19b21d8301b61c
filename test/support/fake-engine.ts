// An engine of cardboard for looking at the screens: believable fictional data, no keys, no storage, no network. Implements the
// whole contract so that a change of it shows here. Never part of the app's build.
import { nearRequests, peersOf } from './fake-near.ts'
import {
  ActorId,
  ChannelId,
  DeviceId,
  DocumentId,
  EpochId,
  InvitationId,
  MemberId,
  SpaceId,
} from '../../src/base/ids.ts'
import { err, ok } from '../../src/base/result.ts'
import { carrierRequests } from './fake-carriers.ts'
import {
  circlePeople,
  DAY,
  HOUR,
  id,
  manyPeople,
  member,
  MINUTE,
  peopleRequests,
  SAFETY,
  successor,
  troubled,
} from './fake-people.ts'
import type {
  Answer,
  ApiError,
  DocumentType,
  DocumentView,
  EngineApi,
  EngineState,
  InvitationMode,
  JoiningView,
  Language,
  MemberRole,
  MemberView,
  PresenceView,
  RelayView,
  SpaceView,
} from '../../src/engine/api.ts'

/** `carriers`: relays in trouble, devices nearby, a transfer, something held back. `people`: much to decide and to know. `large`: 3,000 people. `suspended`, `out`: this device was; `alone`: nobody coordinates. */
export type FakeScene =
  | 'empty'
  | 'locked'
  | 'fresh'
  | 'full'
  | 'offline'
  | 'failing'
  | 'people'
  | 'large'
  | 'suspended'
  | 'out'
  | 'alone'
  | 'carriers'
  | 'no-relay'

export const WORDS = 'faro nube comal tierra hilo canto piedra luna jícara viento puente brasa'.split(' ')
export const PHRASE = 'canela tres gallos y la olla azul'

function document(
  type: DocumentType,
  title: string,
  by: MemberView,
  updatedAt: number,
  extra: Partial<DocumentView> = {},
): DocumentView {
  return {
    id: id(DocumentId, title),
    type,
    title,
    status: 'borrador',
    riskLevel: null,
    createdBy: by.id,
    createdAt: updatedAt - 20 * DAY,
    updatedAt,
    archived: false,
    unsent: 0,
    withPeople: { have: 3, of: 4 },
    onRelays: { have: 2, of: 2 },
    heldBack: false,
    here: true,
    ...extra,
  }
}

function present(one: MemberView, at: DocumentId | null): PresenceView {
  return { member: one.id, device: one.devices[0]!.id, alias: one.alias, document: at, field: null }
}

function relay(host: string, now: number, extra: Partial<RelayView> = {}): RelayView {
  return {
    address: `https://${host}`,
    state: 'connected',
    reason: null,
    inStepAt: now - 2 * MINUTE,
    unsent: 0,
    own: false,
    trouble: null,
    ...extra,
  }
}

function circle(now: number): SpaceView {
  const people = circlePeople(now)
  const [ceiba, luz, me, mirto, niebla] = people as [MemberView, MemberView, MemberView, MemberView, MemberView]
  const plan = document('protection-plan', 'Plan de protección de Jacaranda', ceiba, now - 25 * MINUTE, { unsent: 2 })
  return {
    id: id(SpaceId, 'círculo oriente'),
    name: 'Círculo Oriente',
    standing: 'active',
    me: me.id,
    role: 'coordinator',
    powers: true,
    members: people,
    pending: [],
    warnings: [],
    successors: [],
    continues: null,
    documents: [
      plan,
      document('protection-plan', 'Familia del comité', mirto, now - 3 * DAY),
      document('protection-plan', 'Audiencia de septiembre', me, now - 12 * DAY, { status: 'por_revisar' }),
      document('meeting-minutes', 'Memoria 22. Repartimos las tareas', niebla, now - DAY),
      document('meeting-minutes', 'Memoria 21. Traslado en dos vehículos', niebla, now - 16 * DAY, { here: false }),
      document('learning-systematization', 'Un año de acompañarnos: guardias, siembra y descanso', luz, now - 4 * DAY),
      document('membership-roster', 'Padrón del territorio', ceiba, now - 9 * DAY),
      document('meeting-minutes', 'Memoria 3', niebla, now - 300 * DAY, { archived: true }),
    ],
    relays: [
      relay('relevo.red.example.org', now),
      relay('hermano.example.net', now, { state: 'offline', inStepAt: now - 4 * DAY, unsent: 2 }),
    ],
    invitations: [
      {
        id: id(InvitationId, 'para Espiga'),
        mode: 'confirm',
        role: 'editor',
        note: 'Espiga',
        createdAt: now - 5 * HOUR,
        used: false,
        replaces: null,
      },
    ],
    knocks: [
      {
        invitation: id(InvitationId, 'para Espiga'),
        device: id(DeviceId, 'Espiga'),
        note: 'Espiga',
        role: 'editor',
        mode: 'confirm',
        words: SAFETY,
        at: now - 40 * MINUTE,
        contested: false,
        replaces: null,
      },
    ],
    present: [present(ceiba, plan.id), present(luz, null)],
    unsent: 2,
    withPeople: { have: 3, of: 4 },
    onRelays: { have: 2, of: 2 },
    progress: null,
    epoch: 2,
  }
}

/** One relay for each trouble, one of this device alone; much on its way; a part of the first document that does not open here. */
function troubledRelays(space: SpaceView, now: number): SpaceView {
  const troubles = ['forgot', 'withholds', 'garbage', 'full'] as const
  const relays = troubles.map((trouble) => relay(`${trouble}.example.org`, now, { trouble }))
  const [first, ...rest] = space.documents
  return {
    ...space,
    relays: [...relays, relay('prueba.example.net', now, { own: true, state: 'connecting', inStepAt: null })],
    onRelays: { have: 3, of: 5 },
    progress: { received: 640, wanted: 1360, sent: 0, toSend: 0 },
    documents: first === undefined ? [] : [{ ...first, heldBack: true, onRelays: { have: 1, of: 5 } }, ...rest],
  }
}

function small(name: string, role: MemberRole, count: number, now: number, extra: Partial<SpaceView> = {}): SpaceView {
  const others = ['Garza', 'Marea', 'Obsidiana', 'Amate', 'Zenzontle', 'Nopal', 'Trueno', 'Cacao'].slice(0, count - 1)
  const me = member(name, 'Copal', role, now, { me: true })
  const people = [
    me,
    ...others.map((alias, i) =>
      member(name, alias, i === 0 ? 'coordinator' : 'editor', now, { admittedBy: i === 0 ? null : me.id }),
    ),
  ]
  const documents = extra.documents ?? [document('meeting-minutes', `Reunión mensual · ${name}`, people[1]!, now - DAY)]
  return {
    id: id(SpaceId, name),
    name,
    standing: 'active',
    me: me.id,
    role,
    powers: role === 'coordinator',
    members: people,
    pending: [],
    warnings: [],
    successors: [],
    continues: null,
    relays: [relay('relevo.red.example.org', now)],
    invitations: [],
    knocks: [],
    present: [],
    unsent: 0,
    withPeople: { have: 3, of: 4 },
    onRelays: { have: 2, of: 2 },
    progress: null,
    epoch: 1,
    ...extra,
    documents,
  }
}

function waiting(now: number): JoiningView {
  return {
    invitation: id(InvitationId, 'para Copal'),
    space: id(SpaceId, 'red costa'),
    role: 'editor',
    mode: 'confirm',
    words: SAFETY,
    at: now - 10 * MINUTE,
    delivered: true,
    relays: [relay('relevo.red.example.org', now)],
    codes: ['telarcode1.1.1.'.padEnd(300, 'KNOCK')],
  }
}

/** The first space as the scene has it. */
function inScene(space: SpaceView, scene: FakeScene, now: number): SpaceView {
  const mine = space.members.find((one) => one.me)!
  const withMe = (me: MemberView) => space.members.map((one) => (one.me ? me : one))
  if (scene === 'people') return troubled(space, now)
  if (scene === 'carriers') return troubledRelays(space, now)
  if (scene === 'no-relay') return { ...space, relays: [], onRelays: { have: 0, of: 0 }, unsent: 0 }
  if (scene === 'large') return manyPeople(space, 3_000, now)
  if (scene === 'suspended') {
    const devices = mine.devices.map((one) => (one.me ? { ...one, status: 'suspended' as const } : one))
    return { ...space, standing: 'suspended', members: withMe({ ...mine, devices }), knocks: [] }
  }
  if (scene === 'out') {
    const members = withMe({ ...mine, status: 'removed', removedAt: now - DAY })
    return { ...space, standing: 'removed', members, knocks: [] }
  }
  if (scene !== 'alone') return space
  const members = space.members.map((one) => (one.role === 'coordinator' ? { ...one, role: 'editor' as const } : one))
  return {
    ...space,
    role: 'editor',
    powers: false,
    members,
    warnings: [{ type: 'no-coordinator' }],
    successors: [successor(space, id(SpaceId, 'sigue'), 'open', now)],
    knocks: [],
  }
}

function opened(scene: FakeScene, now: number): EngineState {
  const self = { alias: 'Copal', language: 'es' as const, recoveryKitSeen: true }
  const base = {
    vault: 'unlocked' as const,
    self,
    joining: [],
    linking: [],
    peers: [],
    spaces: [],
    storageFailing: scene === 'failing',
  }
  if (scene === 'fresh' || scene === 'empty') return base
  const spaces = [
    inScene(circle(now), scene, now),
    small('Equipo operativo', 'editor', 9, now),
    small('Red nacional', 'reader', 7, now, { standing: 'loading', documents: [] }),
    small('Grupo Impulsor', 'coordinator', 1, now, { relays: [], documents: [] }),
  ]
  if (scene === 'carriers') return { ...base, spaces, peers: peersOf({ state: () => ({ ...base, spaces }) }) }
  if (scene !== 'offline') return { ...base, spaces, joining: [waiting(now)] }
  const cut = spaces.map((space) => ({
    ...space,
    present: [],
    relays: space.relays.map((one) => ({ ...one, state: 'offline' as const })),
  }))
  return { ...base, spaces: cut }
}

const CLOSED: Omit<EngineState, 'vault'> = {
  self: null,
  spaces: [],
  joining: [],
  linking: [],
  peers: [],
  storageFailing: false,
}

/** `now` in ms dates the data. The engine keeps what is done to it until it is dropped. */
export function fakeEngine(scene: FakeScene, now: number): EngineApi {
  const listeners = new Set<(state: EngineState) => void>()
  let state: EngineState =
    scene === 'empty'
      ? { vault: 'empty', ...CLOSED }
      : scene === 'locked'
        ? { vault: 'locked', ...CLOSED }
        : opened(scene, now)

  function become(next: EngineState): void {
    state = next
    for (const listener of listeners) listener(state)
  }
  const done = (): Answer<void> => Promise.resolve(ok(undefined))
  const fail = (error: ApiError) => Promise.resolve(err(error))

  function changeSpace(which: SpaceId, change: (space: SpaceView) => Partial<SpaceView>): Answer<void> {
    if (!state.spaces.some((space) => space.id === which)) return fail({ type: 'UnknownSpace' })
    become({
      ...state,
      spaces: state.spaces.map((space) => (space.id === which ? { ...space, ...change(space) } : space)),
    })
    return done()
  }

  function open(language: Language = 'es', alias = 'Copal', kitSeen = true): void {
    const next = opened(scene === 'locked' ? 'full' : scene, now)
    become({ ...next, self: { alias, language, recoveryKitSeen: kitSeen } })
  }

  function addDocument(space: SpaceId, type: DocumentType, title: string): Answer<{ document: DocumentId }> {
    const made = id(DocumentId, `${title}${now}`)
    void changeSpace(space, (one) => ({
      documents: [
        ...one.documents,
        { ...document(type, title, one.members.find((member) => member.me) ?? one.members[0]!, now), id: made },
      ],
    }))
    return Promise.resolve(ok({ document: made }))
  }

  return {
    ...peopleRequests({ state: () => state, become, changeSpace, now }),
    ...nearRequests({ state: () => state, become, changeSpace, now }),
    ...carrierRequests({ state: () => state, become, changeSpace, now }),
    state: () => Promise.resolve(state),
    subscribe(listener) {
      listeners.add(listener)
      listener(state)
      return Promise.resolve(() => void listeners.delete(listener))
    },
    estimatePassphrase(passphrase) {
      const words = passphrase.trim().split(/\s+/).length
      const length = passphrase.length
      if (length < 12) return Promise.resolve({ score: 0, reason: 'too-short', length })
      if (words < 5) return Promise.resolve({ score: 2, reason: 'few-words', length })
      return Promise.resolve({ score: 4, reason: 'ok', length })
    },
    suggestPassphrase: () => Promise.resolve('barro lento siete nubes cantan mañana'),
    createVault({ alias, language }) {
      open(language, alias, false)
      return Promise.resolve(ok({ words: WORDS }))
    },
    recoveryKitSeen() {
      if (state.self !== null) become({ ...state, self: { ...state.self, recoveryKitSeen: true } })
      return done()
    },
    unlock(passphrase) {
      if (passphrase !== PHRASE) return fail({ type: 'WrongPassphrase' })
      open()
      return done()
    },
    unlockWithRecovery({ words }) {
      if (words.trim().split(/\s+/).length !== WORDS.length) {
        return fail({ type: 'WrongRecoveryWords', unknownWord: null })
      }
      open()
      return done()
    },
    changePassphrase: ({ from }) => (from === PHRASE ? done() : fail({ type: 'WrongPassphrase' })),
    setLanguage(language) {
      if (state.self !== null) become({ ...state, self: { ...state.self, language } })
      return done()
    },
    lock() {
      become({ vault: 'locked', ...CLOSED })
      return Promise.resolve()
    },
    flush: () => Promise.resolve(),
    createSpace({ name, relays }) {
      const addresses = relays.map((address) => ({ ...relay('', now), address }))
      const made = small(name, 'coordinator', 1, now, { relays: addresses, documents: [] })
      become({ ...state, spaces: [...state.spaces, made] })
      return Promise.resolve(ok({ space: made.id }))
    },
    renameSelf: ({ space, alias }) =>
      changeSpace(space, (one) => ({ members: one.members.map((who) => (who.me ? { ...who, alias } : who)) })),
    setRelays({ space, relays }) {
      const wrong = relays.find((address) => !/^(?:https?|wss?):\/\//.test(address))
      if (wrong !== undefined) return fail({ type: 'BadRelayAddress', address: wrong })
      return changeSpace(space, (one) => ({
        relays: relays.map(
          (address) =>
            one.relays.find((known) => known.address === address) ?? {
              address,
              state: 'connecting',
              reason: null,
              inStepAt: null,
              unsent: 0,
              own: false,
              trouble: null,
            },
        ),
      }))
    },
    spaceDetails: (space) =>
      Promise.resolve(
        ok({ channel: id(ChannelId, space), epoch: id(EpochId, space), entries: 214, rejected: 0, heads: [] }),
      ),
    invite({ space, mode, role, note, app, replaces = null }) {
      const made = id(InvitationId, `${note}${state.spaces.length}`)
      void changeSpace(space, (one) => ({
        invitations: [...one.invitations, { id: made, mode, role, note, createdAt: now, used: false, replaces }],
      }))
      return Promise.resolve(ok({ id: made, link: link(app, mode, role) }))
    },
    invitationLink: ({ app }) => Promise.resolve(ok({ link: link(app, 'open', 'editor') })),
    cancelInvitation: ({ space, invitation }) =>
      changeSpace(space, (one) => ({ invitations: one.invitations.filter((open) => open.id !== invitation) })),
    readInvitation(text) {
      if (!text.includes('#telar1.')) return fail({ type: 'BadInvitation', reason: 'not-a-link' })
      const { invitation, space, mode, role } = waiting(now)
      const kind = 'person' as const
      return Promise.resolve(
        ok({ id: invitation, kind, spaces: [space], mode, role, relays: ['https://relevo.red.example.org'] }),
      )
    },
    join() {
      const mine = waiting(now)
      become({ ...state, joining: [{ ...mine, delivered: true }] })
      return Promise.resolve(ok({ invitation: mine.invitation, words: mine.words }))
    },
    cancelJoin(invitation) {
      become({ ...state, joining: state.joining.filter((one) => one.invitation !== invitation) })
      return done()
    },
    async admit({ space, invitation }) {
      const made = id(MemberId, invitation)
      await changeSpace(space, (one) => ({
        knocks: one.knocks.filter((knock) => knock.invitation !== invitation),
        members: [...one.members, { ...member(one.name, 'Espiga', 'editor', now), id: made }],
      }))
      return ok({ member: made })
    },
    refuseKnock: ({ space, invitation, device }) =>
      changeSpace(space, (one) => ({
        knocks: one.knocks.filter((knock) => knock.invitation !== invitation || knock.device !== device),
      })),
    createDocument: ({ space, type, title }) => addDocument(space, type, title),
    importDocument: ({ space, json }) =>
      json.startsWith('{')
        ? addDocument(space, 'protection-plan', 'Plan de ejemplo')
        : fail({ type: 'BadDocument', reason: 'not-json', path: [] }),
    exportDocument: () => Promise.resolve(ok({ json: '{}', title: 'Documento' })),
    archiveDocument: ({ space, document: which, archived }) =>
      changeSpace(space, (one) => ({
        documents: one.documents.map((doc) => (doc.id === which ? { ...doc, archived } : doc)),
      })),
    openDocument: ({ document: which }) =>
      Promise.resolve(ok({ url: `automerge:${which}`, actor: id(ActorId, which), writable: true })),
    settled: () => Promise.resolve(true),
    closeDocument: () => Promise.resolve(),
    editDocument: () => done(),
    setPlace: () => Promise.resolve(),
    sync: () => Promise.resolve(ok({ relays: [], sent: { entries: 0, bytes: 0 }, received: { entries: 0, bytes: 0 } })),
  }
}

function link(app: string, mode: InvitationMode, role: MemberRole): string {
  return `${app}#telar1.${`${id(InvitationId, mode)}${id(SpaceId, role)}`.slice(0, 120)}AbCdEf`
}
