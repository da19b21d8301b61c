// People who decide about each other: spaces of several, coordinators among them, for stories about roles, suspensions and
// successors. Each has an engine of her own (members.ts); the relay is a real one.
import type { DeviceId, MemberId } from '../../src/base/ids.ts'
import { unwrap } from '../../src/base/result.ts'
import type { MemberView } from '../../src/engine/api.ts'
import { MemoryStore } from '../../src/storage/memory.ts'
import { startRelay } from '../../sync-server/relay.ts'
import { isIn, Person } from './members.ts'
import { temporaryFolder } from './relay-fixture.ts'

/** What a test ends with, the last first. */
export type Ends = (() => Promise<unknown>)[]

export interface Governed {
  readonly people: Person[]
  readonly relays: string[]
}

export async function personOf(ends: Ends, alias: string, store = new MemoryStore()): Promise<Person> {
  const made = await Person.named(alias, store)
  ends.push(() => made.end())
  return made
}

export async function enter(inviter: Person, newcomer: Person): Promise<void> {
  const space = inviter.space.id
  const invited = await inviter.engine.invite({ space, mode: 'open', role: 'editor', note: '', app: '' })
  unwrap(await newcomer.engine.join({ link: unwrap(invited).link }))
  await newcomer.until(isIn)
}

/** A space of these, the first its founder, the others editors; everybody knows everybody by name. */
export async function spaceOf(ends: Ends, ...aliases: string[]): Promise<Governed> {
  const relay = await startRelay({ data: temporaryFolder(), port: 0, host: '127.0.0.1' })
  ends.push(() => relay.close())
  const relays = [`http://127.0.0.1:${String(relay.port)}`]
  const people: Person[] = []
  for (const alias of aliases) people.push(await personOf(ends, alias))
  const [founder, ...others] = people
  if (founder === undefined) throw new Error('nobody')
  unwrap(await founder.engine.createSpace({ name: 'Red de prueba', relays }))
  await founder.until((state) => state.spaces.length === 1)
  for (const other of others) await enter(founder, other)
  for (const one of people)
    await one.until((state) => aliases.every((alias) => state.spaces[0]?.members.some((m) => m.alias === alias)))
  return { people, relays }
}

export function idOf(of: Person, seenBy: Person): MemberId {
  const member = seenBy.space.members.find(({ alias }) => alias === of.alias)
  if (member === undefined) throw new Error(`${of.alias} is not known`)
  return member.id
}

export function deviceOf(of: Person): DeviceId {
  const device = of.space.members.flatMap(({ devices }) => devices).find(({ me }) => me)
  if (device === undefined) throw new Error('no device')
  return device.id
}

export const memberIn = (one: Person, id: MemberId): MemberView | undefined =>
  one.space.members.find((member) => member.id === id)

export async function untilRole(who: readonly Person[], of: MemberId, role: string): Promise<void> {
  for (const one of who) await one.until((state) => state.spaces[0]?.members.find(({ id }) => id === of)?.role === role)
}

/** The same, everybody a coordinator: each promotion is decided by who coordinates already. */
export async function coordinators(ends: Ends, ...aliases: string[]): Promise<Governed> {
  const governed = await spaceOf(ends, ...aliases)
  const { people } = governed
  const [founder] = people as [Person]
  for (const [at, other] of people.entries()) {
    if (at === 0) continue
    const space = founder.space.id
    const member = idOf(other, founder)
    const { effect } = unwrap(await founder.engine.setRole({ space, member, role: 'coordinator' }))
    for (const judge of people.slice(1, at)) {
      if (effect === 'done') break
      await judge.until((state) => state.spaces[0]?.pending.length === 1)
      const [pending] = judge.space.pending
      if (pending?.mine === 'open') await judge.engine.cosign({ space, operation: pending.operation, verdict: true })
    }
    await untilRole(people, member, 'coordinator')
    for (const one of people) await one.until((state) => state.spaces[0]?.pending.length === 0)
  }
  return governed
}
