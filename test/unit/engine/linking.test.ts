// A second device of one's own, and the way back with a recovery kit: people with real engines and a real relay between them
// (docs/spec/joining.md).
import { afterEach, describe, expect, test } from 'vitest'
import { unwrap } from '../../../src/base/result.ts'
import type { LinkingView } from '../../../src/engine/api.ts'
import { Person } from '../../support/members.ts'
import { setup } from '../../support/relay-fixture.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function person(alias: string) {
  const made = await Person.named(alias)
  ends.push(() => made.end())
  return made
}

async function inSpaces(names: readonly string[]) {
  const { relay } = await setup()
  const luz = await person('Luz')
  for (const name of names) unwrap(await luz.engine.createSpace({ name, relays: [relay.address] }))
  await luz.until((state) => state.spaces.length === names.length)
  return { luz, relay: relay.address }
}

const spacesOf = (who: Person) => (who.state?.spaces ?? []).map(({ id }) => id)
const only = (who: Person): LinkingView => {
  const [linking] = who.state?.linking ?? []
  if (linking === undefined) throw new Error('no linking')
  return linking
}

/** Up to where both see words. */
async function comparing(luz: Person, phone: Person) {
  const { id, link } = unwrap(await luz.engine.offerLink({ spaces: spacesOf(luz), app: '' }))
  unwrap(await phone.engine.takeLink({ link, words: null, name: 'Teléfono nuevo' }))
  await luz.until((state) => state.linking[0]?.state === 'comparing')
  await phone.until((state) => state.linking.length === 1)
  return { id, link }
}

const isInAll = (count: number) => (state: NonNullable<Person['state']>) =>
  state.spaces.filter(({ standing }) => standing === 'active').length === count

describe('a second device of one’s own', () => {
  test('JO-19 JO-21 JO-22: one link, one look at eight words, and she is in all her spaces on both phones', async () => {
    const { luz } = await inSpaces(['Red', 'Comité', 'Casa'])
    const space = luz.space.id
    const { document } = unwrap(await luz.engine.createDocument({ space, type: 'protection-plan', title: 'Plan' }))
    const phone = await person('Luz en otro')
    const { id } = await comparing(luz, phone)
    expect(only(luz).words.length).toBe(8)
    expect(only(phone).words).toEqual(only(luz).words)
    expect(only(luz).contested).toBe(false)
    // Nothing before she says so.
    expect(luz.space.members[0]?.devices.length).toBe(1)
    expect(phone.state?.spaces).toEqual([])
    unwrap(await luz.engine.confirmLink({ id }))
    await phone.until(isInAll(3))
    await phone.until((state) => state.linking[0]?.state === 'done')
    expect(new Set(spacesOf(phone))).toEqual(new Set(spacesOf(luz)))
    const there = phone.state?.spaces.find((one) => one.id === space)
    expect(there?.me).toBe(luz.space.me)
    expect(there?.role).toBe('coordinator')
    await phone.until((state) => state.spaces.find((one) => one.id === space)?.documents[0]?.here === true)
    const edit = (value: string) => [{ op: 'set' as const, path: ['context'], value }]
    unwrap(await phone.engine.editDocument({ space, document, edits: edit('Desde el nuevo') }))
    await phone.sync()
    await luz.sync()
    expect((await luz.json(document))['context']).toBe('Desde el nuevo')
    unwrap(await luz.engine.editDocument({ space, document, edits: [{ op: 'text', path: ['title'], value: 'Otro' }] }))
    await luz.sync()
    await phone.sync()
    const { json } = unwrap(await phone.engine.exportDocument({ space, document }))
    expect(JSON.parse(json)).toEqual(await luz.json(document))
    // She is called as before, and the new phone has its name.
    await luz.until(
      (state) => state.spaces[0]?.members[0]?.devices.some(({ name }) => name === 'Teléfono nuevo') === true,
    )
    expect(luz.space.members.map(({ alias }) => alias)).toEqual(['Luz'])
  })
})
