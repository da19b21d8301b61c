// The other ways in, as people go them: a second device by a link and its words, the way back with the twelve words of the kit, the
// space that goes on in another and those who follow, and wake files from hand to hand. Owns the doing; what must hold is in
// ways-hold.ts.
import { ask, type Deed, describeError, inSpace, round, view } from './asking.ts'
import type { Device } from './device.ts'
import type { Action } from './people.ts'
import { DAY, type World } from './world.ts'

/** So many spaces go on from the first, at most. */
const MOST_SUCCESSORS = 2

const inIt = (world: World, device: Device) =>
  world.devices.filter((one) => one !== device && !one.stolen && one.space(world.space) !== null)

/** Who is in offers a link, and who is not takes it; the words are compared later (`compare`). */
async function link(world: World, device: Device, action: Action): Promise<string> {
  const host = round(inIt(world, device), action.a)
  if (host === undefined || world.space === null) return 'nobody to ask'
  const { space } = world
  const offered = await host.ask((engine) => engine.offerLink({ spaces: [space], app: '' }))
  if (!offered.ok) return `${host.name}: ${describeError(offered.error)}`
  const p = { link: offered.value.link, words: null, name: `${device.name} b` }
  const taken = await device.ask((engine) => engine.takeLink(p))
  if (!taken.ok) return `of ${host.name}: ${describeError(taken.error)}`
  world.links.set(taken.value.id, {
    host,
    taker: device,
    owner: host,
    member: host.space(space)?.me ?? null,
    at: world.time.now(),
    confirmed: false,
  })
  return `of ${host.name}`
}

/** Who lost her phone, though not her kit, comes back on another with the help of any member. */
async function comeBack(world: World, device: Device, action: Action): Promise<string> {
  const owner = round(inIt(world, device), action.b)
  const host = round(inIt(world, device), action.a)
  const member = owner?.space(world.space)?.me
  if (owner === undefined || host === undefined || member === undefined || world.space === null) return 'nobody to ask'
  const { space } = world
  const offered = await host.ask((engine) => engine.offerReturn({ space, member, app: '' }))
  if (!offered.ok) return `${host.name}: ${describeError(offered.error)}`
  const p = { link: offered.value.link, words: owner.kit, name: `${device.name} c` }
  const taken = await device.ask((engine) => engine.takeLink(p))
  if (!taken.ok) return `as ${owner.name} by ${host.name}: ${describeError(taken.error)}`
  world.links.set(taken.value.id, { host, taker: device, owner, member, at: world.time.now(), confirmed: false })
  return `as ${owner.name} by ${host.name}`
}

/** Both look at the words; where they are the same the one who is in says so. */
async function compare(world: World, device: Device): Promise<string> {
  const { linking } = await device.ask((engine) => engine.state())
  const open = linking.find(({ side, state }) => side === 'giving' && state === 'comparing')
  if (open === undefined) return 'nothing to compare'
  const made = world.links.get(open.id)
  if (made === undefined || !made.taker.on) return 'nobody beside her'
  const there = (await made.taker.ask((engine) => engine.state())).linking.find(({ id }) => id === open.id)
  if (there === undefined) return 'the other let go'
  if (there.words.join(' ') !== open.words.join(' ')) {
    world.fail('words-differ', `${device.name} and ${made.taker.name}`)
    return 'other words'
  }
  const done = await ask(device, (engine) => engine.confirmLink({ id: open.id }))
  if (done === 'ok') made.confirmed = true
  return `${made.taker.name}: ${done}`
}

async function goOn(world: World, device: Device): Promise<string> {
  const space = await view(world, device)
  if (space === null || world.successors.size >= MOST_SUCCESSORS) return 'not now'
  const members = space.members.filter(({ me, status }) => !me && status === 'active').map(({ id }) => id)
  const relays = world.relays.map(({ address }) => address)
  const p = { space: space.id, name: 'Sigue', relays, members }
  const made = await device.ask((engine) => engine.continueSpace(p))
  if (!made.ok) return describeError(made.error)
  world.successors.add(made.value.space)
  return made.value.space.slice(0, 8)
}

const follow = inSpace((_, device, action, space) => {
  const successor = round(
    space.successors.filter(({ state }) => state === 'open'),
    action.a,
  )
  if (successor === undefined) return Promise.resolve('nothing to follow')
  return ask(device, (engine) => engine.acceptSuccessor({ space: space.id, operation: successor.operation }))
})

/** A file for somebody else's device, on a stick; it is opened there at once, without any relay. */
async function wake(world: World, device: Device, action: Action): Promise<string> {
  const other = round(inIt(world, device), action.a)
  const to = other?.space(world.space)?.device
  if (other === undefined || to === undefined || world.space === null) return 'nobody'
  const { space } = world
  const made = await device.ask((engine) => engine.wakeFile({ space, device: to }))
  if (!made.ok) return `for ${other.name}: ${describeError(made.error)}`
  const { file } = made.value
  return `for ${other.name}: ${await ask(other, (engine) => engine.openWakeFile({ file }))}`
}

export const WAYS: Readonly<Record<string, Deed>> = {
  link,
  'come-back': comeBack,
  compare,
  'suspend-own': inSpace((_, device, action, space) => {
    const own = space.members.find(({ me }) => me)?.devices ?? []
    const target = round(
      own.filter(({ me, status }) => !me && status === 'active'),
      action.a,
    )
    if (target === undefined) return Promise.resolve('no other device')
    return ask(device, (engine) => engine.suspendDevice({ space: space.id, device: target.id }))
  }),
  continue: goOn,
  follow,
  wake,
}

/** How long a link waits for its other side, less a day. */
export const LINK_WAITS = 13 * DAY
