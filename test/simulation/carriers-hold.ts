// What must hold of the carriers (carriers.ts), during a life and at its end: nobody is counted as holding what she has not, no relay is
// accused that behaved, everybody names the same authors, what is stored is sound, an idle space says nothing. Also brings people
// together at the end without a relay. Reads; the meeting and the files apart, it changes nothing.
import { next as A } from '@automerge/automerge/slim'
import type { Bytes } from '../../src/base/bytes.ts'
import type { DeviceId, DocumentId, MemberId } from '../../src/base/ids.ts'
import { parseRelayAddress } from '../../src/carriers/relay.ts'
import type { DoctorFinding } from '../../src/engine/api.ts'
import type { Space } from '../../src/engine/space.ts'
import { decodeMessage } from '../../src/wire/messages.ts'
import { near, open, save } from './carriers.ts'
import { Ended, type Device } from './device.ts'
import { describe, MINUTE, type World } from './world.ts'

type Fail = (detail: string) => void

/** What a reader says of herself comes once a day at most, an editor's once an hour. */
const SETTLES_MS = 26 * 60 * MINUTE
const LISTENS_MS = 45 * MINUTE

const seated = (world: World) =>
  world.devices.flatMap((device) => {
    const space = device.stolen ? null : device.space(world.space)
    return space === null || space.standing === 'removed' ? [] : [{ device, space }]
  })

/** Found wrong while the world goes on; each thing once. */
export class Watch {
  readonly #told = new Set<string>()

  constructor(private readonly world: World) {}

  async look(): Promise<void> {
    const { world } = this
    accused(world, (detail) => this.#fail('accused', detail))
    await counted(world, (detail) => this.#fail('counted-without', detail))
  }

  #fail(rule: string, detail: string): void {
    if (this.#told.has(detail)) return
    this.#told.add(detail)
    this.world.fail(rule, detail)
  }
}

/**
 * A relay that always kept, gave and took is told of by nobody; but a thief with a stolen phone can sign for work that does not exist, which
 * looks like withholding, and people are told both.
 */
export function accused(world: World, fail: Fail): void {
  for (const { device, space } of seated(world))
    for (const text of space.relays) {
      const relay = world.relays.find(({ address }) => address === parseRelayAddress(text)?.address)
      const workspace = device.keeper?.workspace
      const main = space.listening().find(({ current }) => current)?.channel
      if (relay === undefined || relay.misbehaved || workspace == null) continue
      const inStep = main !== undefined && workspace.connections.link(text)?.inStep(main) === true
      const trouble = workspace.channels.get(space.id)?.conduct.trouble(relay.address, inStep) ?? null
      if (trouble === 'withholds' && world.thieves.length > 0) continue
      if (trouble !== null) fail(`${device.name} says that ${relay.name} ${trouble}`)
    }
}

/** `with n of m`: n is at most those who have it, or of whom it cannot be known here. */
export async function counted(world: World, fail: Fail): Promise<void> {
  for (const { device, space } of seated(world))
    for (const document of [space.index, ...space.indexed().documents.keys()]) {
      const { have } = space.holding.of(document)
      const heads = have === 0 ? null : space.holding.heads(document)
      if (heads === null) continue
      const members = [...space.state.members.values()].filter((one) => one.status === 'active' && one.id !== space.me)
      const holders: MemberId[] = []
      for (const { id } of members) if (await mayHold(world, space, id, document, heads)) holders.push(id)
      if (have > holders.length)
        fail(
          `${device.name} counts ${String(have)} with ${document.slice(0, 6)} at ${heads.map((head) => head.slice(0, 6)).join()}, ` +
            `and at most ${String(holders.length)} hold it`,
        )
    }
}

/** One of her devices has it, is not there to be asked, was put back, or says what its thief likes. */
async function mayHold(
  world: World,
  space: Space,
  member: MemberId,
  document: DocumentId,
  heads: readonly string[],
): Promise<boolean> {
  const devices = [...space.state.devices.values()].filter((one) => one.member === member && one.status === 'active')
  for (const { id } of devices) {
    const owner = deviceOf(world, id)
    const there = owner?.space(world.space) ?? null
    if (owner === null || there === null || owner.stolen || owner.restored) return true
    if (await holds(there, document, heads)) return true
  }
  return false
}

function deviceOf(world: World, id: DeviceId): Device | null {
  return world.devices.find((one) => one.on && one.space(world.space)?.device === id) ?? null
}

async function holds(space: Space, document: DocumentId, heads: readonly string[]): Promise<boolean> {
  const accepted = new Set<string>()
  for (const { state, hash } of space.log.contentOf(document))
    if (state === 'accepted' && hash !== null) accepted.add(hash)
  if (heads.every((head) => accepted.has(head))) return true
  try {
    return A.hasHeads(await space.documents.read(document), [...heads])
  } catch {
    // It is being closed: asked again at the next look.
    return true
  }
}

/** Who wrote what, as each device has verified it: by entries, or by the headers of a snapshot. */
export async function authors(space: Space, document: DocumentId): Promise<Map<string, DeviceId>> {
  const out = new Map<string, DeviceId>()
  const kept = space.snapshots.ofDocument(document)
  const snapshot = kept === null ? null : await space.snapshots.load(kept)
  for (const [actor, by] of snapshot?.actors ?? []) {
    const device = snapshot?.headers[by]?.header.device
    if (device !== undefined) out.set(actor, device)
  }
  for (const { state, actor, device } of space.log.contentOf(document))
    if (state === 'accepted' && actor !== null && device !== null) out.set(actor, device)
  return out
}

/** Of everything in the documents the same author is known to all who are in, and some author to each. */
export async function authorsDiffer(active: readonly { device: Device; space: Space }[], fail: Fail): Promise<void> {
  const named = new Map<string, { device: DeviceId; by: string }>()
  for (const { device, space } of active)
    for (const document of [space.index, ...space.indexed().documents.keys()]) {
      const known = await authors(space, document)
      for (const [actor, author] of known) {
        const key = `${document} ${actor}`
        const before = named.get(key)
        if (before === undefined) named.set(key, { device: author, by: device.name })
        else if (before.device !== author)
          fail(`${before.by} and ${device.name} name different authors of ${actor.slice(0, 6)}`)
      }
      const doc = await space.documents.read(document)
      for (const { actor } of A.getChangesMetaSince(doc, []))
        if (!known.has(actor)) fail(`${device.name} knows no author of ${actor.slice(0, 6)} in ${document.slice(0, 6)}`)
    }
}

/** Storage that nobody tampered with. */
const UNSOUND: ReadonlySet<DoctorFinding['code']> = new Set([
  'unreadable-store',
  'missing-bytes',
  'wrong-id',
  'does-not-open',
  'document-differs',
  'document-does-not-open',
])

export async function unsound(active: readonly { device: Device; space: Space }[], fail: Fail): Promise<void> {
  for (const { device, space } of active) {
    const report = await device.ask((engine) => engine.doctor(space.id))
    if (!report.ok) return fail(`${device.name}: ${report.error.type}`)
    for (const { code, document, entry, reason } of report.value.findings)
      if (UNSOUND.has(code))
        fail(`${device.name}: ${code} ${document?.slice(0, 6) ?? ''} ${entry?.slice(0, 8) ?? ''} ${reason}`)
  }
}

/** Nothing but heartbeats, once everything was said. */
export async function noisy(world: World, fail: Fail): Promise<void> {
  await world.time.run(SETTLES_MS)
  const said = new Map<string, number>()
  // What somebody does who holds a relay makes honest devices speak: refused work is offered again, what is withheld is asked for.
  const held = world.relays.filter(({ seized }) => seized !== null).map(({ name }) => name)
  const listen = (line: string, data: Bytes) => {
    if (held.some((name) => line.endsWith(` ${name}`))) return
    const read = decodeMessage(data)
    const what = read.ok ? read.value.t : 'garbage'
    if (what !== 'ping' && what !== 'pong') said.set(`${line} ${what}`, (said.get(`${line} ${what}`) ?? 0) + 1)
  }
  world.network.overheard = listen
  world.room.overheard = listen
  await world.time.run(LISTENS_MS)
  world.network.overheard = null
  world.room.overheard = null
  const list = [...said].map(([what, times]) => `${what} ${String(times)}`)
  if (list.length > 0) fail(`in ${String(LISTENS_MS / MINUTE)} idle minutes: ${list.join(', ')}`)
}

/** Everybody who is on stands beside the next and connects, where the line is gone. */
export async function gather(world: World, around: readonly Device[]): Promise<void> {
  const [centre] = around
  if (centre === undefined) return
  const rest = world.devices.filter((one) => one.on && !one.stolen && !around.includes(one))
  const chain = around.flatMap((one, i) => (i === 0 ? [] : [[around[i - 1] as Device, one] as const]))
  for (const [a, b] of [...chain, ...rest.map((one) => [centre, one] as const)])
    if (!world.room.connected(a, b)) await within(world, near(a, b))
}

/** Everybody saves, and everybody opens everybody's: as often as news has to go from hand to hand. */
export async function exchange(world: World): Promise<void> {
  const all = world.devices.filter((one) => one.on && !one.stolen && one.space(world.space) !== null)
  for (const giver of all) {
    if (giver.space(world.space)?.standing === 'removed') continue
    const before = world.files.at(-1)
    await within(world, save(world, giver, { a: 0, b: 0 }))
    const carried = world.files.at(-1)
    if (carried === undefined || carried === before) continue
    for (const taker of all) if (taker !== giver) await within(world, open(world, taker, carried))
  }
}

async function within(world: World, work: Promise<unknown>): Promise<void> {
  const caught = work.catch((cause: unknown) => {
    if (!(cause instanceof Ended)) world.fail('exception', describe(cause))
  })
  if (!(await world.finish(caught, 5 * MINUTE))) world.fail('no-answer', 'a meeting at the end')
}
