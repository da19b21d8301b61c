// The part of the cardboard engine about people and devices: believable members, pending decisions, warnings and history, and
// requests that change what is shown the way the real engine would. Never part of the app's build.
import { DeviceId, InvitationId, MemberId, OperationId, SpaceId } from '../../src/base/ids.ts'
import { err, ok } from '../../src/base/result.ts'
import type {
  Answer,
  ApiError,
  DeviceView,
  Effect,
  EngineState,
  HistoryItem,
  LinkingView,
  MemberRole,
  MemberView,
  PendingView,
  PeopleApi,
  SpaceView,
  SuccessorView,
} from '../../src/engine/api.ts'

interface IdParser<T> {
  parse(text: string): T | null
  readonly length: number
}

/** The same id for the same words. */
export function id<T>(kind: IdParser<T>, words: string): T {
  let hash = 7
  let text = ''
  for (let i = 0; text.length < 2 * kind.length; i += 1) {
    for (const character of `${words}${i}`) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0
    text += hash.toString(16).padStart(8, '0')
  }
  const parsed = kind.parse(text.slice(0, 2 * kind.length))
  if (parsed === null) throw new Error('a fake id of the wrong form')
  return parsed
}

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
export const SAFETY = 'colibrí comal lluvia siete canela puente barro ceiba'.split(' ')

export function device(words: string, now: number, extra: Partial<DeviceView> = {}): DeviceView {
  return {
    id: id(DeviceId, words),
    name: 'Teléfono',
    status: 'active',
    me: false,
    addedAt: now - 190 * DAY,
    lastSeenAt: now - 3 * HOUR,
    flagged: false,
    ...extra,
  }
}

export function member(
  space: string,
  alias: string,
  role: MemberRole,
  now: number,
  extra: Partial<MemberView> = {},
): MemberView {
  return {
    id: id(MemberId, space + alias),
    alias,
    role,
    status: 'active',
    me: false,
    devices: [device(space + alias, now, { me: extra.me ?? false })],
    disputed: false,
    admittedBy: null,
    joinedAt: now - 190 * DAY,
    removedAt: null,
    recoverable: true,
    ...extra,
  }
}

/** Seven people of a circle, with second devices, a suspended one and one who left. */
export function circlePeople(now: number): MemberView[] {
  const one = (alias: string, role: MemberRole, extra: Partial<MemberView> = {}) =>
    member('oriente', alias, role, now, extra)
  const ceiba = one('Ceiba', 'coordinator')
  const by = { admittedBy: ceiba.id }
  const two = (alias: string, first: Partial<DeviceView>, second: Partial<DeviceView>) => [
    device(`oriente${alias}`, now, first),
    device(`oriente${alias}2`, now, { name: 'Computadora', addedAt: now - 30 * DAY, ...second }),
  ]
  return [
    ceiba,
    one('Luciérnaga', 'coordinator', { ...by, joinedAt: now - 180 * DAY }),
    one('Copal', 'coordinator', {
      ...by,
      me: true,
      joinedAt: now - 170 * DAY,
      devices: two('Copal', { me: true, name: 'Mi teléfono', lastSeenAt: now - MINUTE }, { lastSeenAt: now - 2 * DAY }),
    }),
    one('Mirto', 'editor', { ...by, joinedAt: now - 100 * DAY, devices: two('Mirto', {}, { name: '' }) }),
    one('Niebla', 'editor', { ...by, joinedAt: now - 90 * DAY }),
    one('Abuela Lluvia', 'reader', { ...by, joinedAt: now - 40 * DAY, recoverable: false }),
    one('Ámbar', 'editor', { ...by, status: 'removed', joinedAt: now - 160 * DAY, removedAt: now - 12 * DAY }),
  ]
}

/** Each kind of thing that waits for others, and each warning that a living space may show. */
export function troubled(space: SpaceView, now: number): SpaceView {
  const people = space.members.map((one) => {
    if (one.alias === 'Niebla') return { ...one, devices: one.devices.map((device) => ({ ...device, flagged: true })) }
    if (one.alias === 'Mirto')
      return {
        ...one,
        devices: one.devices.map((device, i) => (i === 0 ? device : { ...device, status: 'suspended' as const })),
      }
    return one
  })
  const [ceiba, luz, me, mirto, niebla] = people as [MemberView, MemberView, MemberView, MemberView, MemberView]
  const pending = (words: string, extra: Partial<PendingView>): PendingView => ({
    operation: id(OperationId, words),
    why: 'majority',
    what: 'set-role',
    by: ceiba.id,
    member: mirto.id,
    device: null,
    role: 'coordinator',
    at: now - 3 * HOUR,
    needed: 2,
    have: [ceiba.id],
    against: [],
    electorate: [ceiba.id, luz.id, me.id],
    mine: 'open',
    ...extra,
  })
  return {
    ...space,
    members: people,
    pending: [
      pending('promote', {}),
      pending('suspension', {
        why: 'suspension',
        what: 'suspend',
        by: ceiba.id,
        member: luz.id,
        device: luz.devices[0]!.id,
        role: null,
        needed: 1,
        have: [],
        electorate: [me.id],
      }),
      pending('dispute', {
        why: 'dispute',
        what: 'remove',
        by: luz.id,
        member: ceiba.id,
        role: null,
        needed: 2,
        have: [me.id],
        electorate: [me.id, mirto.id, niebla.id],
        mine: 'yes',
      }),
    ],
    warnings: [
      { type: 'two-versions', member: niebla.id, device: niebla.devices[0]!.id },
      { type: 'away', since: now - 130 * DAY, still: 2 },
      { type: 'keys-missing' },
    ],
  }
}

export function manyPeople(space: SpaceView, count: number, now: number): SpaceView {
  const roots = ['Garza', 'Marea', 'Obsidiana', 'Amate', 'Zenzontle', 'Nopal', 'Trueno', 'Cacao', 'Tule', 'Palma']
  const others = Array.from({ length: count - space.members.length }, (_, i) =>
    member(space.name, `${roots[i % roots.length]!} ${i + 1}`, i % 3 === 0 ? 'reader' : 'editor', now, {
      admittedBy: space.me,
    }),
  )
  return { ...space, members: [...space.members, ...others] }
}

/** A believable past, with something of every kind. */
export function historyOf(space: SpaceView, now: number): HistoryItem[] {
  const at = (alias: string) => space.members.find((one) => one.alias === alias) ?? space.members[0]!
  const [ceiba, luz, me, mirto, ambar] = ['Ceiba', 'Luciérnaga', 'Copal', 'Mirto', 'Ámbar'].map(at) as [
    MemberView,
    MemberView,
    MemberView,
    MemberView,
    MemberView,
  ]
  const item = (ago: number, by: MemberView | null, what: HistoryItem['what'], extra: Partial<HistoryItem> = {}) => ({
    operation: id(OperationId, `${what}${ago}`),
    at: now - ago,
    by: by?.id ?? null,
    device: (by ?? ceiba).devices[0]!.id,
    what,
    member: null,
    target: null,
    role: null,
    verdict: null,
    of: null,
    relays: null,
    effect: 'done' as const,
    reason: null,
    ...extra,
  })
  return [
    item(HOUR, me, 'cosign', { member: mirto.id, verdict: true, of: id(OperationId, `set-role${2 * HOUR}`) }),
    item(2 * HOUR, ceiba, 'set-role', { member: mirto.id, role: 'coordinator', effect: 'waiting' }),
    item(DAY, me, 'rotate-device', { member: me.id, target: me.devices[0]!.id }),
    item(DAY + HOUR, luz, 'resume', { member: mirto.id, target: mirto.devices[0]!.id }),
    item(DAY + 2 * HOUR, me, 'suspend', { member: mirto.id, target: mirto.devices[0]!.id }),
    item(9 * DAY, ambar, 'set-role', {
      member: mirto.id,
      role: 'reader',
      effect: 'void',
      reason: 'ME-5: the author is no coordinator',
    }),
    item(12 * DAY, ceiba, 'remove', { member: ambar.id }),
    item(20 * DAY, ceiba, 'set-relays', { relays: ['https://relevo.red.example.org', 'https://hermano.example.net'] }),
    item(30 * DAY, me, 'add-device', { member: me.id, target: me.devices[1]?.id ?? null }),
    item(40 * DAY, null, 'cosign', { member: ambar.id, verdict: false }),
    item(100 * DAY, ceiba, 'admit', { member: mirto.id, role: 'editor' }),
    item(160 * DAY, ceiba, 'admit', { member: ambar.id, role: 'editor' }),
    item(170 * DAY, ceiba, 'admit', { member: me.id, role: 'editor' }),
    item(180 * DAY, ceiba, 'admit', { member: luz.id, role: 'editor' }),
    item(190 * DAY, ceiba, 'create', { member: ceiba.id }),
  ]
}

export interface FakeHost {
  state(): EngineState
  become(next: EngineState): void
  changeSpace(which: SpaceId, change: (space: SpaceView) => Partial<SpaceView>): Answer<void>
  readonly now: number
}

const done = (): Answer<void> => Promise.resolve(ok(undefined))
const fail = (error: ApiError) => Promise.resolve(err(error))

export function peopleRequests(host: FakeHost): PeopleApi {
  const { now } = host
  const written = new Map<SpaceId, HistoryItem[]>()
  const spaceOf = (which: SpaceId) => host.state().spaces.find((space) => space.id === which)

  function write(space: SpaceView, item: Partial<HistoryItem> & Pick<HistoryItem, 'what'>): OperationId {
    const known = written.get(space.id) ?? []
    const me = space.members.find((one) => one.me)!
    const operation = id(OperationId, `${space.id}${known.length}`)
    const blank = { member: null, target: null, role: null, verdict: null, of: null, relays: null, reason: null }
    const made = {
      operation,
      at: now,
      by: me.id,
      device: me.devices[0]!.id,
      effect: 'done' as const,
      ...blank,
      ...item,
    }
    written.set(space.id, [made, ...known])
    return operation
  }

  const changeMember = (space: SpaceId, who: MemberId, change: (one: MemberView) => Partial<MemberView>) =>
    host.changeSpace(space, (one) => ({
      members: one.members.map((other) => (other.id === who ? { ...other, ...change(other) } : other)),
    }))
  const changeDevice = (space: SpaceId, which: DeviceId, change: Partial<DeviceView>) =>
    host.changeSpace(space, (one) => ({
      members: one.members.map((who) => ({
        ...who,
        devices: who.devices.map((device) => (device.id === which ? { ...device, ...change } : device)),
      })),
    }))

  /** As the rules have it: about a coordinator, more than half of the others; the author's vote is the operation. */
  async function decide(
    space: SpaceView,
    what: 'remove' | 'set-role',
    member: MemberView,
    role: MemberRole | null,
    apply: () => Answer<void>,
  ): Answer<{ effect: Effect }> {
    const voters = space.members.filter(
      (one) => one.status === 'active' && one.role === 'coordinator' && one.id !== member.id,
    )
    const grave = !member.me && (member.role === 'coordinator' || role === 'coordinator')
    const needed = Math.floor(voters.length / 2) + 1
    if (grave && voters.length < 2 && member.role === 'coordinator') return fail({ type: 'NotAllowed', rule: 'ME-12' })
    const waits = grave && needed > 1
    const operation = write(space, { what, member: member.id, role, effect: waits ? 'waiting' : 'done' })
    if (!waits) {
      await apply()
      return ok({ effect: 'done' as const })
    }
    const pending: PendingView = {
      operation,
      why: 'majority',
      what,
      by: space.me,
      member: member.id,
      device: null,
      role,
      at: now,
      needed,
      have: [space.me],
      against: [],
      electorate: voters.map((one) => one.id),
      mine: 'yes',
    }
    await host.changeSpace(space.id, (one) => ({ pending: [...one.pending, pending] }))
    return ok({ effect: 'waiting' as const })
  }

  function find(space: SpaceId, who: MemberId): [SpaceView, MemberView] | null {
    const at = spaceOf(space)
    const one = at?.members.find((other) => other.id === who)
    return at === undefined || one === undefined ? null : [at, one]
  }

  function findDevice(space: SpaceId, which: DeviceId): [SpaceView, MemberView] | null {
    const at = spaceOf(space)
    const one = at?.members.find((other) => other.devices.some((device) => device.id === which))
    return at === undefined || one === undefined ? null : [at, one]
  }

  return {
    removeMember({ space, member: who }) {
      const found = find(space, who)
      if (found === null) return fail({ type: 'UnknownMember' })
      return decide(found[0], 'remove', found[1], null, () => {
        void host.changeSpace(space, (one) => ({
          epoch: one.epoch + 1,
          ...(found[1].me ? { standing: 'removed' } : {}),
        }))
        return changeMember(space, who, () => ({ status: 'removed', removedAt: now }))
      })
    },
    setRole({ space, member: who, role }) {
      const found = find(space, who)
      if (found === null) return fail({ type: 'UnknownMember' })
      return decide(found[0], 'set-role', found[1], role, () => changeMember(space, who, () => ({ role })))
    },
    async suspendDevice({ space, device: which }) {
      const found = findDevice(space, which)
      if (found === null) return err({ type: 'UnknownDevice' })
      write(found[0], { what: 'suspend', member: found[1].id, target: which })
      await host.changeSpace(space, (one) => ({ epoch: one.epoch + 1 }))
      await changeDevice(space, which, { status: 'suspended' })
      return ok({ effect: 'done' })
    },
    async resumeDevice({ space, device: which }) {
      const found = findDevice(space, which)
      if (found === null) return err({ type: 'UnknownDevice' })
      write(found[0], { what: 'resume', member: found[1].id, target: which })
      await changeDevice(space, which, { status: 'active' })
      return ok({ effect: 'done' })
    },
    cosign({ space, operation, verdict }) {
      const at = spaceOf(space)
      const pending = at?.pending.find((one) => one.operation === operation)
      if (at === undefined || pending === undefined) return fail({ type: 'UnknownOperation' })
      write(at, { what: 'cosign', member: pending.member, verdict, of: operation })
      return host.changeSpace(space, (one) => ({
        pending: one.pending.flatMap((other) => {
          if (other.operation !== operation) return [other]
          const have = verdict ? [...other.have, one.me] : other.have
          const against = verdict ? other.against : [...other.against, one.me]
          if (have.length >= other.needed || against.length >= other.needed) return []
          return [{ ...other, have, against, mine: verdict ? ('yes' as const) : ('no' as const) }]
        }),
      }))
    },
    renewKeys({ space }) {
      const which = host.state().spaces.filter((one) => space === null || one.id === space)
      for (const one of which) write(one, { what: 'rotate-device', member: one.me })
      return Promise.resolve(ok({ spaces: which.length }))
    },
    nameDevice: ({ space, device: which, name }) => changeDevice(space, which, { name }),
    history(space) {
      const at = spaceOf(space)
      if (at === undefined) return fail({ type: 'UnknownSpace' })
      return Promise.resolve(ok([...(written.get(space) ?? []), ...historyOf(at, now)]))
    },
    continueSpace({ space, name, relays }) {
      const at = spaceOf(space)
      if (at === undefined) return fail({ type: 'UnknownSpace' })
      const made = id(SpaceId, `${name}${now}`)
      const me = member(name, 'Copal', 'coordinator', now, { me: true })
      const next: SpaceView = {
        ...at,
        id: made,
        name,
        me: me.id,
        role: 'coordinator',
        powers: true,
        members: [me],
        pending: [],
        warnings: [],
        successors: [],
        continues: space,
        relays: relays.map((address) => ({
          address,
          state: 'connected',
          reason: null,
          inStepAt: now,
          unsent: 0,
          own: false,
          trouble: null,
        })),
        invitations: [],
        knocks: [],
        present: [],
        withPeople: { have: 0, of: 0 },
        onRelays: { have: 1, of: 1 },
        progress: null,
        epoch: 1,
      }
      host.become({ ...host.state(), spaces: [...host.state().spaces, next] })
      void host.changeSpace(space, (one) => ({ successors: [...one.successors, successor(one, made, 'here', now)] }))
      return Promise.resolve(ok({ space: made }))
    },
    async acceptSuccessor({ space, operation }) {
      await host.changeSpace(space, (one) => ({
        successors: one.successors.map((other) =>
          other.operation === operation ? { ...other, state: 'asked' as const } : other,
        ),
      }))
      return ok({ invitation: id(InvitationId, operation) })
    },
    ...linkingRequests(host),
    readCode: ({ code }) =>
      code.startsWith('telar') || code.startsWith('TELAR')
        ? Promise.resolve(
            ok({
              type: 'entered' as const,
              spaces: host
                .state()
                .spaces.slice(0, 1)
                .map(({ id }) => id),
            }),
          )
        : fail({ type: 'BadCode', reason: 'not-a-code' }),
    welcomeCode: () =>
      Promise.resolve(ok({ codes: ['telarcode1.1.2.', 'telarcode1.2.2.'].map((part) => part.padEnd(600, 'WELCOME')) })),
    wakeFile: () => Promise.resolve(ok({ name: 'llaves-de-niebla.telar', file: new Uint8Array([1, 2, 3]) })),
    openWakeFile({ file }) {
      const first = host.state().spaces[0]
      if (file.length === 0 || first === undefined) return fail({ type: 'BadFile', reason: 'not-a-file' })
      return Promise.resolve(ok({ space: first.id }))
    },
  }
}

export function successor(space: SpaceView, to: SpaceId, state: SuccessorView['state'], now: number): SuccessorView {
  const by = space.members.find((one) => !one.me && one.status === 'active') ?? space.members[0]!
  return { operation: id(OperationId, `successor${to}`), space: to, by: by.id, at: now - 2 * HOUR, state }
}

/** The other side answers at once: what is offered is compared, what is confirmed is done. */
function linkingRequests(
  host: FakeHost,
): Pick<PeopleApi, 'offerLink' | 'offerReturn' | 'takeLink' | 'confirmLink' | 'cancelLink'> {
  const { now } = host
  const become = (linking: readonly LinkingView[]) => host.become({ ...host.state(), linking })
  function begin(extra: Partial<LinkingView> & Pick<LinkingView, 'side' | 'kind' | 'spaces'>): LinkingView {
    const made: LinkingView = {
      id: id(InvitationId, `linking${host.state().linking.length}`),
      state: 'waiting',
      words: [],
      contested: false,
      link: '',
      codes: ['telarcode1.1.1.'.padEnd(200, 'CODE')],
      others: [],
      at: now,
      ...extra,
    }
    become([...host.state().linking, made])
    return made
  }
  const briefly = (space: SpaceView, who: MemberId = space.me) => ({ space: space.id, name: space.name, member: who })
  const linkTo = (app: string, words: string) => `${app}#telar1.${id(InvitationId, words)}AbCdEf`
  return {
    offerLink({ spaces, app }) {
      const which = host.state().spaces.filter((space) => spaces.includes(space.id))
      const link = linkTo(app, 'device')
      const made = begin({ side: 'giving', kind: 'device', spaces: which.map((space) => briefly(space)), link })
      return Promise.resolve(ok({ id: made.id, link }))
    },
    offerReturn({ space, member: who, app }) {
      const which = host.state().spaces.filter((one) => one.id === space)
      const link = linkTo(app, 'return')
      const made = begin({ side: 'giving', kind: 'return', spaces: which.map((one) => briefly(one, who)), link })
      return Promise.resolve(ok({ id: made.id, link }))
    },
    takeLink({ link, words }) {
      if (!link.includes('#telar1.')) return fail({ type: 'BadInvitation', reason: 'not-a-link' })
      const spaces = host.state().spaces.map((space) => briefly(space))
      const kind = words === null ? 'device' : 'return'
      return Promise.resolve(ok({ id: begin({ side: 'taking', kind, spaces, state: 'comparing', words: SAFETY }).id }))
    },
    confirmLink({ id: which }) {
      become(host.state().linking.map((one) => (one.id === which ? { ...one, state: 'done' } : one)))
      return done()
    },
    cancelLink({ id: which }) {
      become(host.state().linking.filter((one) => one.id !== which))
      return done()
    },
  }
}
