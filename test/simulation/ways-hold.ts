// What must hold of the other ways in (ways.ts) once everything is healed: devices belong to whom they came in as, spaces that go on are
// the same for all who followed, and nothing that was begun stays half done. Reads; changes nothing.
import type { Device } from './device.ts'
import type { Space } from '../../src/engine/space.ts'
import { LINK_WAITS } from './ways.ts'
import type { World } from './world.ts'

type Fail = (detail: string) => void

const honest = (world: World) => world.devices.filter(({ stolen }) => !stolen)

/** Who came in by a link or with a kit is the member whose it was, for everybody. */
export function otherMember(world: World, fail: Fail): void {
  for (const { owner, taker } of world.links.values()) {
    const [there, here] = [owner.space(world.space), taker.space(world.space)]
    if (there === null || here === null || taker.stolen || !here.record.linked) continue
    const known = here.state.devices.get(here.device)
    const meant = [...world.links.values()].filter((one) => one.taker === taker).flatMap((one) => one.member ?? [])
    if (known !== undefined && !meant.includes(known.member))
      fail(`${taker.name} came in as another than ${owner.name}`)
  }
}

/** Whose words were the same is in, where nobody could have hindered it. */
export function linkLost(world: World, fail: Fail): void {
  const quiet = world.thieves.length === 0 && !world.relaysForgot && !world.devices.some(({ restored }) => restored)
  if (!quiet) return
  for (const { host, taker, confirmed, at } of world.links.values()) {
    const space = taker.space(world.space)
    if (!confirmed || world.time.now() - at > LINK_WAITS || stillIn(host, world)?.standing !== 'active') continue
    if (space === null || space.standing === 'loading') fail(`${taker.name} waits, though ${host.name} said yes`)
  }
}

const stillIn = (device: Device, world: World): Space | null => device.space(world.space)

/** A space that goes on is the same for all who are in it, and is whole. */
export async function successorDiffers(world: World, fail: Fail): Promise<void> {
  for (const id of world.successors) {
    const spaces = honest(world).flatMap((device) => {
      const space = device.space(id)
      return space?.standing === 'active' ? [{ name: device.name, space }] : []
    })
    const [first, ...rest] = spaces
    if (first === undefined) continue
    const expected = await sum(first.space)
    for (const { name, space } of rest)
      if ((await sum(space)) !== expected) fail(`${first.name} and ${name} differ in ${id.slice(0, 8)}`)
  }
}

async function sum(space: Space): Promise<string> {
  const documents: unknown[] = []
  for (const document of [space.index, ...[...space.indexed().documents.keys()].sort()]) {
    await space.documents.open(document)
    documents.push([document, [...space.documents.heads(document)].sort()])
  }
  return JSON.stringify([[...space.graph.heads()].sort(), space.current()?.epoch ?? null, documents])
}

/** What was begun and cut off was finished. */
export function halfFounded(world: World, fail: Fail): void {
  for (const device of honest(world))
    for (const space of device.keeper?.workspace?.spaces.values() ?? [])
      if (space.record.founding !== undefined) fail(`${device.name} has ${space.id.slice(0, 8)} half founded`)
}

/** Nobody who was out of the space that is left, or was no member there, was let into the one that goes on. */
export function strangerFollowed(world: World, fail: Fail): void {
  for (const device of honest(world)) {
    const left = device.space(world.space)
    for (const id of world.successors) {
      const space = device.space(id)
      if (space === null || space.record.continuation === undefined || left === null) continue
      const chosen = space.record.continuation.members.length
      const inside = [...space.state.members.values()].filter(({ invitation }) => invitation !== null).length
      if (inside > chosen)
        fail(`${device.name} let ${String(inside)} into ${id.slice(0, 8)}, and chose ${String(chosen)}`)
    }
  }
}
