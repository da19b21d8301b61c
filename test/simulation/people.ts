// What people and accidents do, as data: each action names who does it and which of the possible things it is about by numbers, so
// that a list stays meaningful when some are left out. Owns the doing; never looks at what must hold.
import type { MemberId } from '../../src/base/ids.ts'
import type { EngineHost, MemberRole, SpaceView } from '../../src/engine/api.ts'
import { ask, type Answered, type Deed, describeError, inSpace, round } from './asking.ts'
import { HOSTILE } from './attackers.ts'
import { CARRIERS } from './carriers.ts'
import { Ended, type Device } from './device.ts'
import { FAIR, STORM } from './network.ts'
import { WAYS } from './ways.ts'
import { DAY, describe, MINUTE, type World } from './world.ts'

export interface Action {
  readonly do: string
  /** Whose device; counted round. */
  readonly who: number
  /** Two numbers that choose among what is possible then; counted round. */
  readonly a: number
  readonly b: number
  /** Virtual ms to wait afterwards. */
  readonly gap: number
}

export async function found(world: World): Promise<void> {
  const [first] = world.devices
  if (first === undefined) return
  const relays = world.relays.map(({ address }) => address)
  const made = await first.ask((engine) => engine.createSpace({ name: 'Red', relays }))
  if (!made.ok) throw new Error(`no space: ${made.error.type}`)
  world.space = made.value.space
}

const others = (space: SpaceView) => space.members.filter(({ me, status }) => !me && status === 'active')
const ROLES: readonly MemberRole[] = ['coordinator', 'editor', 'reader']

async function edit(_: World, device: Device, action: Action, space: SpaceView, index: number): Promise<string> {
  const here = space.documents.filter((document) => document.here)
  const document = round(here, action.a)
  if (document === undefined) return 'no document'
  const marker = `m${String(index)}`
  const edits = [{ op: 'insert', path: ['agreements'], index: 0, value: { text: marker } }] as const
  const done = await device.ask((engine) => engine.editDocument({ space: space.id, document: document.id, edits }))
  if (done.ok) device.saved.push({ document: document.id, marker })
  return done.ok ? `${marker} in ${document.id.slice(0, 6)}` : describeError(done.error)
}

async function join(world: World, device: Device, action: Action): Promise<string> {
  const host = round(
    world.devices.filter((one) => one !== device && one.space(world.space) !== null),
    action.a,
  )
  if (host === undefined || world.space === null) return 'nobody to ask'
  const mode = action.b % 3 === 0 ? 'confirm' : 'open'
  const role = action.b % 7 === 0 ? 'reader' : 'editor'
  const { space } = world
  const made = await host.ask((engine) => engine.invite({ space, mode, role, note: '', app: '' }))
  if (!made.ok) return `${host.name}: ${describeError(made.error)}`
  const knocked = await ask(device, (engine) => engine.join({ link: made.value.link }))
  return `at ${host.name} ${mode}: ${knocked}`
}

const DEEDS: Readonly<Record<string, Deed>> = {
  edit: inSpace(edit),
  write: inSpace((_, device, action, space) =>
    ask(device, (engine) =>
      engine.createDocument({ space: space.id, type: 'meeting-minutes', title: `t${String(action.a)}` }),
    ),
  ),
  join,
  admit: inSpace((_, device, action, space) => {
    const knock = round(space.knocks, action.a)
    if (knock === undefined) return Promise.resolve('nobody knocks')
    const { invitation, device: newcomer } = knock
    return ask(device, (engine) => engine.admit({ space: space.id, invitation, device: newcomer }))
  }),
  remove: inSpace((_, device, action, space) =>
    about(device, space, action, (engine, member) => engine.removeMember({ space: space.id, member })),
  ),
  leave: inSpace((_, device, __, space) =>
    ask(device, (engine) => engine.removeMember({ space: space.id, member: space.me })),
  ),
  'set-role': inSpace((_, device, action, space) => {
    const role = ROLES[action.b % 3] ?? 'editor'
    return about(device, space, action, (engine, member) => engine.setRole({ space: space.id, member, role }), role)
  }),
  suspend: inSpace((_, device, action, space) => {
    const target = round(
      others(space).flatMap(({ devices }) => devices.filter(({ status }) => status === 'active')),
      action.a,
    )
    if (target === undefined) return Promise.resolve('nobody')
    return ask(device, (engine) => engine.suspendDevice({ space: space.id, device: target.id }))
  }),
  resume: inSpace((_, device, action, space) => {
    const suspended = space.members.flatMap(({ devices }) => devices.filter(({ status }) => status === 'suspended'))
    const target = round(suspended, action.a)
    if (target === undefined) return Promise.resolve('nobody')
    return ask(device, (engine) => engine.resumeDevice({ space: space.id, device: target.id }))
  }),
  cosign: inSpace((_, device, action, space) => {
    const pending = round(
      space.pending.filter(({ mine }) => mine === 'open'),
      action.a,
    )
    if (pending === undefined) return Promise.resolve('nothing pending')
    const verdict = action.b % 4 !== 0
    return ask(device, (engine) => engine.cosign({ space: space.id, operation: pending.operation, verdict }))
  }),
  renew: inSpace((_, device, __, space) => ask(device, (engine) => engine.renewKeys({ space: space.id }))),
  relays: inSpace((world, device, action, space) => {
    const relays = world.relays.filter((_, i) => ((action.a >> i) & 1) === 1 || i === action.b % world.relays.length)
    return ask(device, (engine) => engine.setRelays({ space: space.id, relays: relays.map(({ address }) => address) }))
  }),
  lock: async (_, device) => {
    await device.lock()
    return 'locked'
  },
  unlock: (_, device) => (device.on ? 'already on' : device.unlock()),
  crash: (_, device) => {
    device.crash()
    return 'crashed'
  },
  'crash-and-unlock': (_, device) => {
    device.crash()
    return device.unlock()
  },
  flush: async (_, device) => {
    await device.ask((engine) => engine.flush())
    return 'flushed'
  },
  offline: (world, device) => {
    device.online = false
    world.network.review()
    return 'offline'
  },
  online: (_, device) => {
    device.online = true
    return 'online'
  },
  part: (world, device, action) => {
    const relay = round(world.relays, action.a)
    if (relay === undefined) return 'no relay'
    const key = `${device.name} ${relay.name}`
    const { apart } = world.network
    if (apart.has(key)) apart.delete(key)
    else apart.add(key)
    world.network.review()
    return `${relay.name} ${apart.has(key) ? 'out of reach' : 'in reach'}`
  },
  cut: (world, device) => {
    world.network.cut(device)
    return 'cut'
  },
  storm: (world) => {
    world.network.weather = STORM
    return 'storm'
  },
  fair: (world) => {
    world.network.weather = FAIR
    world.network.cut()
    return 'fair'
  },
  months: (world, _, action) => {
    const days = 10 + (action.a % 90)
    world.time.jump(days * DAY)
    for (const relay of world.relays) relay.tidy()
    return `${String(days)} days later`
  },
  year: async (world, device) => {
    await device.lock()
    world.time.jump(360 * DAY)
    return 'away for a year'
  },
  'relay-kill': (world, _, action) => {
    const relay = round(world.relays, action.a)
    relay?.kill()
    return `${relay?.name ?? ''} down`
  },
  'relay-start': (world) => {
    for (const relay of world.relays) relay.start()
    return 'relays up'
  },
  'relay-wipe': (world, _, action) => {
    const relay = round(world.relays, action.a)
    relay?.rollBack()
    world.relaysForgot = true
    return `${relay?.name ?? ''} wiped`
  },
  'relay-backup': (world, _, action) => {
    const relay = round(world.relays, action.a)
    if (relay !== undefined) world.relayBackups.set(relay, relay.image())
    return `${relay?.name ?? ''} copied`
  },
  'relay-restore': (world, _, action) => {
    const relay = round([...world.relayBackups.keys()], action.a)
    if (relay === undefined) return 'no copy'
    world.relaysForgot = true
    relay.rollBack(world.relayBackups.get(relay))
    return `${relay.name} rolled back`
  },
  'relay-forgets': (world, _, action) => {
    const relay = round(world.relays, action.a)
    if (relay !== undefined) relay.forgetful = !relay.forgetful
    world.relaysForgot = true
    return `${relay?.name ?? ''} ${relay?.forgetful === true ? 'forgets' : 'keeps'}`
  },
  'disk-full': (_, device, action) => {
    device.disk.refuse = 1 + (action.a % 4)
    return `refuses ${String(device.disk.refuse)}`
  },
  clock: (_, device, action) => {
    device.skew = ((action.a % 200) - 100) * 30 * MINUTE
    return `off by ${String(device.skew / MINUTE)} min`
  },
  backup: (_, device) => {
    device.backup = device.disk.image()
    return 'copied'
  },
  restore: (_, device) => {
    if (device.backup === null) return 'no copy'
    device.restore(device.backup)
    return device.unlock()
  },
  ...WAYS,
  ...CARRIERS,
  ...HOSTILE,
}

/** What happens to the world, whoever is named. */
const ACCIDENTS: Readonly<Record<string, true>> = Object.fromEntries(
  Object.keys(DEEDS)
    .filter((name) => name.startsWith('relay-') || ['storm', 'fair', 'months'].includes(name))
    .map((name) => [name, true]),
)

function about(
  device: Device,
  space: SpaceView,
  action: Action,
  request: (engine: EngineHost, member: MemberId) => Promise<Answered<unknown>>,
  what = '',
): Promise<string> {
  const member = round(others(space), action.a)
  if (member === undefined) return Promise.resolve('nobody')
  return ask(device, (engine) => request(engine, member.id)).then((done) => `${member.alias} ${what}: ${done}`)
}

/** Begins an action; what it comes to is in the trace when it ends. Nothing waits for it. */
export function begin(world: World, action: Action, index: number): void {
  const deed = DEEDS[action.do]
  const device = world.devices[action.who % world.devices.length]
  if (deed === undefined || device === undefined) throw new Error(`no such action: ${action.do}`)
  // A stolen phone does nothing any more that its owner wants; what is done with it is the thief's.
  if (device.stolen && !(action.do in HOSTILE) && !(action.do in ACCIDENTS)) return
  const name = `#${String(index)} ${device.name} ${action.do}`
  world.say(name)
  const work = (async () => {
    try {
      world.say(`${name} -> ${await deed(world, device, action, index)}`)
    } catch (cause) {
      if (cause instanceof Ended) world.say(`${name} -> ended`)
      else world.fail('exception', `${name}: ${describe(cause)}`)
    }
  })()
  world.asked.set(work, name)
  void work.then(() => world.asked.delete(work))
}
