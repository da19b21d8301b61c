// What must hold once everything is healed and nothing moves any more, each under a name. Reads the engines' own state; changes
// nothing but by the letter that each device writes to show that it is not stuck.
import { next as A } from '@automerge/automerge/slim'
import { type DeviceId, type DocumentId, type EpochId, type OperationId } from '../../src/base/ids.ts'
import { toHex } from '../../src/base/bytes.ts'
import type { Space } from '../../src/engine/space.ts'
import { decodeKeyRecord } from '../../src/keys/index.ts'
import { type MembershipState, mayWrite } from '../../src/membership/index.ts'
import { halfFounded, linkLost, otherMember, strangerFollowed, successorDiffers } from './ways-hold.ts'
import { accused, authorsDiffer, counted, exchange, gather, noisy, unsound } from './carriers-hold.ts'
import { Ended, type Device } from './device.ts'
import { DAY, describe, MINUTE, type World } from './world.ts'

/** A day behind, a week without any word, and two days more. */
const PATIENCE_DAYS = 10

/** One device and its space, as it stands. */
interface Seat {
  readonly device: Device
  readonly space: Space
}

/** One text for one value, whatever the order of its fields; bytes as hex, maps and sets as lists. */
const plain = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) => {
    if (item instanceof Uint8Array) return toHex(item)
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item
    if (Symbol.iterator in item) return [...(item as Iterable<unknown>)]
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
  })

/** Honest devices that are in the space, as they see it. */
export function seats(world: World): Seat[] {
  return world.devices.flatMap((device) => {
    const space = device.stolen ? null : device.space(world.space)
    return space === null ? [] : [{ device, space }]
  })
}

/** Those of them that are active in what the furthest of them knows. */
export function active(world: World): Seat[] {
  const all = seats(world)
  const furthest = [...all].sort((a, b) => b.space.graph.size - a.space.graph.size)[0]
  if (furthest === undefined) return []
  const { state } = furthest.space
  return all.filter(
    ({ space }) => state.devices.get(space.device)?.status === 'active' && !unheard(world, space, state),
  )
}

/** She left, and her word went to a relay that acknowledged and forgot it: for the others she is still in. */
function unheard(world: World, space: Space, others: MembershipState): boolean {
  const gone = space.state.members.get(space.me)?.status === 'removed'
  return world.relaysForgot && gone && others.members.get(space.me)?.status === 'active'
}

export async function documentsOf(space: Space): Promise<Map<DocumentId, readonly string[]>> {
  const heads = new Map<DocumentId, readonly string[]>()
  for (const document of [space.index, ...[...space.indexed().documents.keys()].sort()]) {
    await space.documents.open(document)
    heads.set(document, [...space.documents.heads(document)].sort())
  }
  return heads
}

/** All that ought to be equal, and how much is held: the same twice when nothing moves. */
export async function digest(world: World): Promise<string> {
  const parts: unknown[] = []
  for (const { device, space } of seats(world)) {
    const { log, ring } = space
    const unsettled = log.metas().map(({ id, state, reason }) => `${id} ${state} ${String(reason)}`)
    parts.push([device.name, space.standing, space.graph.heads(), ring.secrets().size, unsettled.sort()])
    parts.push([...(await documentsOf(space))])
  }
  for (const id of world.successors)
    for (const { on, name, space } of world.devices.map((one) => ({
      on: one.on,
      name: one.name,
      space: one.space(id),
    })))
      if (on && space !== null)
        parts.push([name, space.standing, space.graph.heads(), space.ring.secrets().size, space.log.ids().length])
  for (const relay of world.relays) parts.push([relay.name, relay.size])
  return plain(parts)
}

const writes = ({ space }: Seat) => mayWrite(space.state, space.device)

type Check = (world: World, fail: (detail: string) => void) => Promise<void> | void

/** Compares what each seat answers to `of` with the first's. */
function same(list: readonly Seat[], of: (seat: Seat) => unknown, fail: (detail: string) => void): void {
  const [first, ...rest] = list
  if (first === undefined) return
  const expected = plain(of(first))
  for (const seat of rest) {
    const found = plain(of(seat))
    if (found !== expected) fail(`${first.device.name} has ${cut(expected)}, ${seat.device.name} has ${cut(found)}`)
  }
}

/** What people can tell of a state; not how it was computed. */
function meaning(state: MembershipState): unknown {
  const { founder, members, devices, relays, removals, rotations, invalid, pending, flagged, disputed, successors } =
    state
  return { founder, members, devices, relays, removals, rotations, invalid, pending, flagged, disputed, successors }
}

const cut = (text: string) => (text.length > 600 ? `${text.slice(0, 600)}…` : text)

const CHECKS: Readonly<Record<string, Check>> = {
  'membership-differs': (world, fail) => {
    same(active(world), ({ space }) => [...space.graph.heads()].sort(), fail)
    same(active(world), ({ space }) => meaning(space.state), fail)
  },

  'standing-wrong': (world, fail) => {
    for (const { device, space } of active(world))
      if (space.standing !== 'active') fail(`${device.name} is active and thinks it is ${space.standing}`)
  },

  'epoch-differs': (world, fail) => {
    same(active(world), ({ space }) => space.current()?.epoch ?? null, fail)
    for (const { device, space } of active(world))
      if (space.current() === null) fail(`${device.name}: ${space.ring.standing(space.graph).type}`)
  },

  'documents-differ': async (world, fail) => {
    const heads = new Map<Seat, ReadonlyMap<DocumentId, readonly string[]>>()
    const writers = active(world).filter(writes)
    for (const seat of writers) heads.set(seat, await documentsOf(seat.space))
    same(writers, (seat) => [...(heads.get(seat) ?? [])], fail)
    // Who may not write any more may be ahead, by what she wrote before she knew; never behind.
    const expected = heads.get(writers[0] as Seat) ?? new Map<DocumentId, readonly string[]>()
    for (const { device, space } of active(world).filter((seat) => !writes(seat)))
      for (const [document, known] of expected)
        if (!A.hasHeads(await space.documents.read(document), [...known]))
          fail(`${device.name}, who may not write, lacks something of ${document.slice(0, 6)}`)
  },

  'work-lost': async (world, fail) => {
    const list = active(world)
    for (const author of list.filter(writes)) {
      if (author.device.restored) continue
      for (const { document, marker } of author.device.saved)
        for (const reader of list) {
          const json = await jsonOf(reader.space, document)
          if (!json.includes(`"${marker}"`))
            fail(`${marker} of ${author.device.name} is not with ${reader.device.name}`)
        }
    }
  },

  'secret-after-removal': (world, fail) => {
    const knows = active(world)[0]?.space
    if (knows === undefined) return
    const { graph, ring } = knows
    const out = [...graph.state().devices.values()].filter(({ status }) => status !== 'active').map(({ id }) => id)
    const valid = [...ring.secrets().keys()].flatMap((epoch) => ring.covers(epoch) ?? [])
    for (const { name, device, epochs } of holders(world)) {
      if (!out.includes(device)) continue
      const told = toldByThieves(world, epochs)
      const status = (covers: readonly OperationId[]) => graph.stateAt(covers).devices.get(device)?.status
      // Let in again between two times of being out, she was given all until then.
      // By a grant, perhaps: her resumption need not be what an epoch covers.
      const known = [...new Set([...valid, ...graph.operations().map(({ id }) => id)])]
      let back: readonly OperationId[] | null = null
      for (const epoch of epochs) {
        const covers = told.has(epoch) ? null : ring.covers(epoch)
        if (covers === null || (status(covers) ?? 'active') === 'active') continue
        back ??= known.filter((at) => status([at]) === 'active')
        if (!back.some((at) => covers.every((id) => graph.covers([at], id))))
          fail(`${name} was taken out and holds the later epoch ${epoch.slice(0, 8)}`)
      }
    }
  },

  'sealed-for-the-removed': (world, fail) => {
    const honest = new Map(seats(world).map(({ device, space }) => [space.device, device.name]))
    const knows = active(world)[0]?.space
    if (knows === undefined) return
    const { graph, ring, log } = knows
    for (const meta of log.metas()) {
      if ((meta.kind !== 'changes' && meta.kind !== 'witness') || meta.device === null || meta.epoch === null) continue
      const heads = log.citedHeads(meta.id)
      const covers = ring.covers(meta.epoch)
      if (!honest.has(meta.device) || heads === null || covers === null || !heads.every((head) => graph.has(head)))
        continue
      const missed = graph.stateAt(heads).removals.filter((id) => !graph.covers(covers, id))
      if (missed.length > 0)
        fail(
          `${honest.get(meta.device) ?? ''} sealed ${meta.id.slice(0, 8)} under ${meta.epoch.slice(0, 8)} knowing ${missed.join()}`,
        )
    }
  },

  'flagged-honest': (world, fail) => {
    const list = active(world)
    const flagged = new Set(list.flatMap(({ space }) => [...space.state.flagged, ...space.log.equivocators()]))
    for (const { device, space } of list)
      if (!device.restored && flagged.has(space.device)) fail(`${device.name} is flagged and was never put back`)
  },

  'authors-differ': (world, fail) => (world.ending === null ? undefined : authorsDiffer(active(world), fail)),
  'unsound-store': (world, fail) => (world.ending === null ? undefined : unsound(active(world), fail)),
  accused,
  'counted-without': (world, fail) => (world.ending === null ? undefined : counted(world, fail)),
  'other-member': otherMember,
  'link-lost': linkLost,
  'successor-differs': successorDiffers,
  'half-founded': halfFounded,
  'stranger-followed': strangerFollowed,
}

function holders(world: World): { name: string; device: DeviceId; epochs: readonly EpochId[] }[] {
  return [...world.devices, ...world.thieves].flatMap((holder) => {
    const space = holder.space(world.space)
    return space === null ? [] : [{ name: holder.name, device: space.device, epochs: [...space.ring.secrets().keys()] }]
  })
}

/**
 * What thieves held and put into rekeys of theirs which whoever holds `epochs` has opened: who has a phone in her hands that is in tells what
 * she likes.
 */
function toldByThieves(world: World, epochs: readonly EpochId[]): ReadonlySet<EpochId> {
  const thieves = holders(world).filter(({ name }) => world.thieves.some((thief) => thief.name === name))
  const [knows] = active(world)
  const crypto = knows?.device.keeper?.crypto
  if (knows === undefined || crypto === undefined) return new Set()
  const telling = new Set<DeviceId>()
  for (const record of knows.space.ring.signedRecords()) {
    const read = decodeKeyRecord(crypto, record)
    if (read.ok && read.value.rec === 'rekey' && epochs.includes(read.value.epoch)) telling.add(read.value.device)
  }
  return new Set(thieves.filter(({ device }) => telling.has(device)).flatMap((thief) => thief.epochs))
}

async function jsonOf(space: Space, document: DocumentId): Promise<string> {
  return JSON.stringify(await space.documents.read(document))
}

/** Everything is made good again: people come back, relays run and keep what they are given, lines hold. */
export async function heal(world: World): Promise<void> {
  for (const thief of world.thieves) thief.online = false
  const isOverRelays = world.ending === null || world.ending === 'relays'
  for (const relay of world.relays) {
    relay.forgetful = false
    // Who holds a relay keeps it to the end: the first is in nobody's hands.
    if (isOverRelays) relay.start()
    else relay.kill()
  }
  world.room.cut()
  const { network } = world
  network.weather = { ...network.weather, slowest: 120, lose: 0, twice: 0, cut: 0 }
  network.apart.clear()
  for (const device of world.devices) {
    device.online = true
    device.disk.refuse = 0
  }
  network.review()
  network.cut()
  for (const device of world.devices)
    if (!device.on && !device.stolen && !(await world.finish(wakened(world, device), 5 * MINUTE)))
      world.fail('does-not-start', device.name)
}

async function wakened(world: World, device: Device): Promise<void> {
  try {
    const outcome = await device.unlock()
    if (outcome !== 'unlocked') world.fail('does-not-start', `${device.name}: ${outcome}`)
  } catch (cause) {
    if (!(cause instanceof Ended)) world.fail('does-not-start', `${device.name}: ${describe(cause)}`)
  }
}

/** Runs on until nothing moves; a failure when something always does. */
export async function quiet(world: World, rounds = 20): Promise<void> {
  let before = ''
  for (let round = 0; round < rounds; round++) {
    if (world.ending === 'room')
      await gather(
        world,
        active(world).map(({ device }) => device),
      )
    if (world.ending === 'files') await exchange(world)
    await world.time.run(2 * MINUTE)
    const asked = Promise.all(
      world.devices
        .filter(({ on }) => on)
        .map((one) => one.ask((engine) => engine.sync({ timeout: MINUTE })).catch(() => undefined)),
    )
    if (!(await world.finish(asked, 5 * MINUTE))) return world.fail('does-not-settle', 'a sync does not end')
    const now = await computed(world, digest(world))
    if (now === before) return
    before = now ?? `unknown ${String(round)}`
  }
  world.fail('does-not-settle', `something still moves after ${String(rounds)} rounds`)
}

/** Each active device that may write writes a letter; everybody must get it. */
async function letters(world: World): Promise<void> {
  const list = active(world).filter(writes)
  for (const { device, space } of list) {
    const document = [...space.indexed().documents.keys()].sort()[0]
    if (document === undefined) return
    const marker = `letter of ${device.name}`
    const edits = [{ op: 'insert', path: ['agreements'], index: 0, value: { text: marker } }] as const
    const written = device.ask((engine) => engine.editDocument({ space: space.id, document, edits }))
    if (!(await world.finish(written, MINUTE))) world.fail('stuck', `${device.name} cannot write: no answer`)
    else {
      const answer = await written
      if (answer.ok) device.saved.push({ document, marker })
      else world.fail('stuck', `${device.name} cannot write: ${plain(answer.error)}`)
    }
  }
}

/** Whose writing is held up by keys that others may have to judge or confirm. */
const heldUp = (world: World) => active(world).some(({ space }) => space.waiting().length > 0)

/** Devices may be careful for some days (KE-11, KE-14): so long the healed world runs, and no longer. */
async function patience(world: World): Promise<void> {
  for (let day = 0; day < PATIENCE_DAYS && heldUp(world); day++) {
    await world.time.run(DAY)
    await quiet(world)
  }
}

async function computed<T>(world: World, work: Promise<T>): Promise<T | null> {
  const caught = work.catch((cause: unknown) => {
    world.fail('exception', describe(cause))
    return null
  })
  if (!(await world.finish(caught, 10 * MINUTE))) {
    world.fail('does-not-settle', 'a document does not open')
    return null
  }
  return caught
}

/** Heals the world, lets it come to rest, and checks everything. */
export async function verdict(world: World): Promise<void> {
  await heal(world)
  await quiet(world)
  await patience(world)
  for (const name of world.asked.values()) world.fail('no-answer', name)
  await letters(world)
  await quiet(world)
  for (const { device, space } of active(world))
    for (const warning of space.waiting())
      if (warning.type === 'away')
        world.fail('waits-for-ever', `${device.name} waits for ${String(warning.still)} more`)
  // All the rest follows from that.
  if (world.failures.some(({ rule }) => rule === 'waits-for-ever')) return
  for (const [rule, check] of Object.entries(CHECKS)) {
    const found: string[] = []
    await computed(world, Promise.resolve(check(world, (detail) => found.push(detail))))
    for (const detail of found.slice(0, 3)) world.fail(rule, detail)
  }
  if (world.ending !== null && world.failures.length === 0) await idle(world)
}

/** Nobody looks at a document any more, and all is said. */
async function idle(world: World): Promise<void> {
  const { space } = world
  if (space === null) return
  for (const device of world.devices.filter(({ on, stolen }) => on && !stolen))
    await world.finish(
      device.ask((engine) => engine.setPlace({ space, place: null })),
      MINUTE,
    )
  const found: string[] = []
  await noisy(world, (detail) => found.push(detail))
  for (const detail of found) world.fail('noisy', detail)
  await counted(world, (detail) => world.fail('counted-without', detail))
}
