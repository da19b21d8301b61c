// An office's member without a screen beside a phone: both write in one plan, and the ids it names are nowhere on the relay.
import { Headless } from '../support/e2e-headless.ts'
import { expect, test } from '../support/e2e-test.ts'

const RED = 'Red de las Jacarandas'
const PLAN = 'Plan del puente viejo'

test('a member without a screen comes in, reads all, writes; no id of theirs reaches the relay', async ({ world }) => {
  const nina = await world.person('Ceiba')
  await nina.firstRun()
  await nina.createNetwork(RED)
  await nina.createDocument('Plan de protección', PLAN)
  await nina.typeAndKeep('Contexto', 'Las vecinas avisan de noche.')
  await nina.tap('Volver')
  const link = await nina.invite('En persona')

  const office = new Headless(world)
  await office.run(['init', '--alias', 'Oficina'])
  await office.run(['join', '-', '--wait'], link)
  await nina.openSpace(RED)
  await nina.openDocument(PLAN)

  const before = world.secrets.size
  await office.run(['space', 'list'])
  await office.run(['members'])
  const { documents } = (await office.run(['doc', 'list'])) as { documents: { id: string; title: string }[] }
  const plan = documents.find(({ title }) => title === PLAN)!
  expect(await office.run(['doc', 'export', plan.id])).toMatchObject({
    content: { context: 'Las vecinas avisan de noche.' },
  })
  expect(world.secrets.size, 'the office named spaces, people and documents').toBeGreaterThan(before + 4)

  await office.run(['--sync', 'doc', 'text', plan.id, 'subject', '-'], 'la radio comunitaria')
  await expect(nina.field('Alias o nombre de lo que se protege')).toHaveValue('la radio comunitaria')
  const { wire, disk } = world.searched()
  expect(wire).toBeGreaterThan(10_000)
  expect(disk).toBeGreaterThan(10_000)
})
