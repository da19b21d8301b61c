// Stories of links between devices of one person: people with engines of their own and a relay, ended with the test. Owns the
// steps that several stories share; no part of the app.
import { onTestFinished } from 'vitest'
import { unwrap } from '../../src/base/result.ts'
import type { EngineState, LinkingView, MemberRole, SpaceView } from '../../src/engine/api.ts'
import { isIn, Person } from './members.ts'
import { setup } from './relay-fixture.ts'

export async function person(alias: string): Promise<Person> {
  const made = await Person.named(alias)
  onTestFinished(() => made.end())
  return made
}

/** Somebody with these spaces on one relay. */
export async function inSpaces(names: readonly string[]): Promise<{ luz: Person; relay: string }> {
  const { relay } = await setup()
  const luz = await person('Luz')
  for (const name of names) unwrap(await luz.engine.createSpace({ name, relays: [relay.address] }))
  await luz.until((state) => state.spaces.length === names.length)
  return { luz, relay: relay.address }
}

/** Invites, and resolves when the newcomer may write. */
export async function enter(inviter: Person, newcomer: Person, role: MemberRole = 'editor'): Promise<void> {
  const { link } = unwrap(
    await inviter.engine.invite({ space: inviter.space.id, mode: 'open', role, note: '', app: '' }),
  )
  unwrap(await newcomer.engine.join({ link }))
  await newcomer.until(isIn)
}

export const spaceIds = (who: Person) => (who.state?.spaces ?? []).map(({ id }) => id)

export function only(who: Person): LinkingView {
  const [linking] = who.state?.linking ?? []
  if (linking === undefined) throw new Error(`${who.alias} has no link`)
  return linking
}

export function spaceOf(who: Person, id: string): SpaceView {
  const space = who.state?.spaces.find((one) => one.id === id)
  if (space === undefined) throw new Error(`${who.alias} is not in ${id}`)
  return space
}

/** Up to where both sides see words. */
export async function comparing(luz: Person, phone: Person, name = 'Teléfono nuevo') {
  const { id, link } = unwrap(await luz.engine.offerLink({ spaces: spaceIds(luz), app: '' }))
  unwrap(await phone.engine.takeLink({ link, words: null, name }))
  await luz.until((state) => state.linking.some((one) => one.id === id && one.state === 'comparing'))
  await phone.until((state) => state.linking.some((one) => one.id === id))
  return { id, link }
}

export const isInAll = (count: number) => (state: EngineState) =>
  state.spaces.filter(({ standing }) => standing === 'active').length === count
