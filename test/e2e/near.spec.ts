// Two phones in a room: real browsers that connect to each other, with no relay, by codes one pastes or by having seen each other while
// there still was one; what is written on one is on the other.
import { unwrap } from '../../src/base/result.ts'
import { knowEngine, nearBegin, nearEnd, nearRead, stateOf } from '../support/e2e-engine.ts'
import { iceOf, watchIce } from '../support/e2e-ice.ts'
import type { Person } from '../support/e2e-person.ts'
import { expect, test } from '../support/e2e-test.ts'
import type { World } from '../support/e2e-world.ts'

const RED = 'Red de las Jacarandas'
const PLAN = 'Plan del puente viejo'
/** Presence is said again every quarter of a minute. */
const PATIENCE = { timeout: 60_000 }

/** Two members of one network, each with the plan on her phone. */
async function two(world: World): Promise<[Person, Person]> {
  const nina = await arrives(world, 'Ceiba')
  await nina.firstRun()
  await nina.createNetwork(RED)
  await nina.createDocument('Plan de protección', PLAN)
  await nina.tap('Volver')
  const ana = await arrives(world, 'Copal')
  await ana.join(await nina.invite('En persona'))
  await ana.enterSpace(RED)
  return [nina, ana]
}

async function arrives(world: World, alias: string): Promise<Person> {
  const person = await world.person(alias)
  await knowEngine(person.context)
  await watchIce(person.context)
  await person.reopen()
  return person
}

async function inStep(person: Person, by: 'near' | 'whisper'): Promise<void> {
  try {
    await expect
      .poll(async () => (await stateOf(person.page)).peers.map((peer) => `${peer.by} ${peer.state}`), PATIENCE)
      .toEqual([`${by} in-step`])
  } catch (error) {
    const lines = (await iceOf(person.page)).join('\n')
    throw new Error(`${person.alias} is not connected, and her browser went through:\n${lines}`, { cause: error })
  }
}

async function writeTogether(nina: Person, ana: Person): Promise<void> {
  await nina.type('Contexto', 'Las vecinas avisan.', { slowly: true })
  await ana.seesText('Contexto', 'Las vecinas avisan.')
  await ana.type('Contexto', ' De noche cierran.', { slowly: true })
  await nina.seesText('Contexto', 'Las vecinas avisan. De noche cierran.')
}

test('with the relay gone, two connect by codes that are pasted, and write together', async ({ world }) => {
  const [nina, ana] = await two(world)
  await ana.openDocument(PLAN)
  await world.stopRelay()
  await nina.openSpace(RED)
  await nina.openDocument(PLAN)
  const { text } = unwrap(await nearBegin(nina.page))
  const { reply } = unwrap(await nearRead(ana.page, text))
  unwrap(await nearRead(nina.page, reply?.text ?? ''))
  await inStep(nina, 'near')
  await inStep(ana, 'near')
  await writeTogether(nina, ana)
  await nina.sees('Copal aquí')
  expect((await stateOf(nina.page)).peers[0]).toMatchObject({ alias: 'Copal' })
})

test('codes lead to a connection every time, however fast the two browsers are', async ({ world }) => {
  const [nina, ana] = await two(world)
  await world.stopRelay()
  // The channel is open before the browser shows the answer in about a third of them.
  for (let i = 0; i < 12; i++) {
    const { text, peer } = unwrap(await nearBegin(nina.page))
    const { reply } = unwrap(await nearRead(ana.page, text))
    unwrap(await nearRead(nina.page, reply?.text ?? ''))
    await inStep(nina, 'near')
    await inStep(ana, 'near')
    for (const one of [nina, ana]) unwrap(await nearEnd(one.page, peer))
  }
})

test('two who write together connect by themselves, and go on when the relay is gone', async ({ world }) => {
  const [nina, ana] = await two(world)
  await ana.openDocument(PLAN)
  await nina.openSpace(RED)
  await nina.openDocument(PLAN)
  await inStep(nina, 'whisper')
  await inStep(ana, 'whisper')
  await world.stopRelay()
  await writeTogether(nina, ana)
})
