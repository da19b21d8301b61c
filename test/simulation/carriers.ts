// The carriers beside honest relays, as people and those who seize relays use them: devices that connect in a room, bundle files carried
// by hand (old, cut, damaged), relays that lie, one's own relays, and compaction sooner than an app would. Owns the doing; what must hold
// is in carriers-hold.ts.
import { concat, type Bytes } from '../../src/base/bytes.ts'
import { ask, type Deed, describeError, inSpace, round } from './asking.ts'
import { Chance } from './chance.ts'
import type { Device } from './device.ts'
import type { Action } from './people.ts'
import { SEIZURES } from './seized.ts'
import type { Carried, World } from './world.ts'

/** Files that lie about, at most. */
const MOST_FILES = 12
/** Entries of a document before `compact` makes a snapshot; an app waits for two hundred. */
const SOON = 4

const others = (world: World, device: Device) => world.devices.filter((one) => one !== device && one.on && !one.stolen)

/** One shows a code, the other reads it and shows another, and the first reads that. */
export async function near(device: Device, other: Device): Promise<string> {
  const begun = await device.ask((engine) => engine.nearBegin())
  if (!begun.ok) return describeError(begun.error)
  const { text } = begun.value
  const read = await other.ask((engine) => engine.nearRead({ text }))
  if (!read.ok) return `${other.name}: ${describeError(read.error)}`
  const reply = read.value.reply?.text ?? ''
  return `${other.name}: ${await ask(device, (engine) => engine.nearRead({ text: reply }))}`
}

function meetSomebody(world: World, device: Device, action: Action): Promise<string> | string {
  const other = round(others(world, device), action.a)
  return other === undefined ? 'nobody here' : near(device, other)
}

async function nearEnd(_: World, device: Device, action: Action): Promise<string> {
  const { peers } = await device.ask((engine) => engine.state())
  const peer = round(peers, action.a)
  return peer === undefined ? 'no line' : ask(device, (engine) => engine.nearEnd({ peer: peer.id }))
}

/** `b` odd: only what somebody lacked whose file was opened here. */
export async function save(world: World, device: Device, action: Pick<Action, 'a' | 'b'>): Promise<string> {
  const { space } = world
  if (space === null) return 'not there'
  const readers = action.b % 2 === 0 ? null : await device.ask((engine) => engine.bundleReaders(space))
  const reader = readers?.ok === true ? round(readers.value, action.a) : undefined
  const since = reader?.member ?? null
  const made = await device.ask((engine) => engine.saveBundle({ space, since }))
  if (!made.ok) return describeError(made.error)
  const { file, entries } = made.value
  world.files.push({ file, by: device, at: world.time.now(), since: since !== null })
  if (world.files.length > MOST_FILES) world.files.shift()
  return `${String(entries)} entries, ${String(file.length)} bytes${since === null ? '' : ' since'}`
}

export async function open(world: World, device: Device, { file, by, since }: Carried): Promise<string> {
  const opened = await device.ask((engine) => engine.openBundle({ file }))
  if (!opened.ok) return `of ${by.name}: ${describeError(opened.error)}`
  const { fresh, sealed, whole, entries } = opened.value
  if (!whole) world.fail('bundle-not-whole', `${device.name} opened a file of ${by.name} as it was saved`)
  return `of ${by.name}: ${String(fresh)} of ${String(entries)}${sealed ? ' sealed' : ''}${since ? ' since' : ''}`
}

/** A file that was cut, changed, mixed with another or made up. */
async function openDamaged(world: World, device: Device, action: Action, index: number): Promise<string> {
  const carried = round(world.files, action.a)
  if (carried === undefined) return 'no file'
  const file = damaged(carried.file, action, new Chance(String(index), `${String(action.a)} ${String(action.b)}`))
  const opened = await device.ask((engine) => engine.openBundle({ file }))
  if (!opened.ok) return `of ${carried.by.name}: ${describeError(opened.error)}`
  return `of ${carried.by.name}: ${String(opened.value.fresh)} new${opened.value.whole ? '' : ', not whole'}`
}

function damaged(file: Bytes, { b }: Action, chance: Chance): Bytes {
  const at = chance.below(file.length)
  switch (b % 5) {
    case 0:
      return file.slice(0, at)
    case 1: {
      const changed = file.slice()
      for (let i = 0; i < 1 + (b % 7); i++) changed[chance.below(changed.length)] = chance.below(256)
      return changed
    }
    case 2:
      return concat(file.slice(0, at), chance.bytes(chance.between(1, 400)), file.slice(at))
    case 3:
      return concat(file, file.slice(at))
    default:
      return chance.bytes(chance.between(0, 500))
  }
}

export const CARRIERS: Readonly<Record<string, Deed>> = {
  near: meetSomebody,
  'near-end': nearEnd,
  'room-cut': (world, device, action) => {
    world.room.cut(action.a % 3 === 0 ? undefined : device)
    return 'cut'
  },
  'room-dumb': (world, device) => {
    world.room.silence(device)
    return 'dumb'
  },
  /** Seen by the others, a device is offered a line of its own. */
  look: inSpace(async (_, device, action, space) => {
    const document = round(space.documents, action.a)?.id ?? null
    await device.ask((engine) => engine.setPlace({ space: space.id, place: { document, field: null } }))
    return 'here'
  }),
  'look-away': inSpace(async (_, device, __, space) => {
    await device.ask((engine) => engine.setPlace({ space: space.id, place: null }))
    return 'away'
  }),
  'bundle-save': save,
  'bundle-open': (world, device, action) => {
    // Often the latest, sometimes one that lay about for long.
    const carried = action.b % 3 === 0 ? round(world.files, action.a) : world.files.at(-1)
    return carried === undefined ? 'no file' : open(world, device, carried)
  },
  'bundle-damaged': openDamaged,
  burst: inSpace(async (_, device, action, space, index) => {
    const document = round(
      space.documents.filter(({ here }) => here),
      action.a,
    )
    if (document === undefined) return 'no document'
    let kept = 0
    for (let i = 0; i < 3 + (action.b % 6); i++) {
      const marker = `m${String(index)}.${String(i)}`
      const edits = [{ op: 'insert', path: ['agreements'], index: 0, value: { text: marker } }] as const
      const done = await device.ask((engine) => engine.editDocument({ space: space.id, document: document.id, edits }))
      if (!done.ok) return describeError(done.error)
      device.saved.push({ document: document.id, marker })
      kept++
    }
    return `${String(kept)} edits`
  }),
  compact: async (world, device) => {
    const space = device.space(world.space)
    if (space === null) return 'not there'
    if (space.compaction.waits) return 'not in step'
    const made = await device.ask(() => space.serial(() => space.compaction.run(SOON)))
    const reached = space.current() === null ? 0 : space.snapshots.reached(space.current()!.epoch)
    return made ? `generation ${String(reached)}` : 'nothing due'
  },
  /** The first relay is never in other hands. */
  'relay-seize': (world, _, action) => {
    const relay = round(world.relays.slice(1), action.a)
    const seizure = SEIZURES[action.b % SEIZURES.length] ?? 'mute'
    if (relay === undefined) return 'no relay'
    relay.seize(seizure)
    if (seizure === 'withholds') world.relaysForgot = true
    return `${relay.name} ${seizure}`
  },
  'relay-free': (world, _, action) => {
    const relay = round(
      world.relays.filter(({ seized }) => seized !== null),
      action.a,
    )
    relay?.seize(null)
    return `${relay?.name ?? 'no relay'} free`
  },
  'relay-flood': (world, _, action) => {
    const relay = round(world.relays.slice(1), action.a)
    relay?.flood(1 + (action.b % 30))
    return `${relay?.name ?? 'no relay'} floods`
  },
  'own-relay': inSpace((world, device, action, space) => {
    const address = round(world.relays, action.a)?.address ?? ''
    return ask(device, (engine) => engine.addRelay({ space: space.id, address, everybody: false }))
  }),
  'own-relay-away': inSpace((_, device, action, space) => {
    const address = round(
      space.relays.filter(({ own }) => own),
      action.a,
    )?.address
    if (address === undefined) return Promise.resolve('none')
    return ask(device, (engine) => engine.removeRelay({ space: space.id, address }))
  }),
  /** As `relays`, and the first relay is always one of them. */
  'relays-and-first': inSpace((world, device, action, space) => {
    const relays = world.relays.filter((_, i) => i === 0 || ((action.a >> i) & 1) === 1)
    return ask(device, (engine) => engine.setRelays({ space: space.id, relays: relays.map(({ address }) => address) }))
  }),
}
