// Without a server at all: the installed app opens, unlocks and edits. And a member who was taken out, who neither reads nor
// writes anything new, whether she was connected at that moment or not.
import type { Person } from '../support/e2e-person.ts'
import { expect, test } from '../support/e2e-test.ts'
import type { World } from '../support/e2e-world.ts'
import { filesOf, search, Secrets } from '../support/e2e-search.ts'

const RED = 'Red de las Jacarandas'
const PLAN = 'Plan del puente viejo'
const RECONNECT = { timeout: 90_000 }

test('installed, with everything off: it opens, unlocks, edits; and all arrives once there is a relay', async ({
  world,
}) => {
  const profile = world.folder('installed')
  const nina = await world.person('Quetzalina', { profile })
  await nina.firstRun()
  await nina.createNetwork(RED)
  await nina.createDocument('Plan de protección', PLAN)
  await nina.typeAndKeep('Contexto', 'Escrito con relevo.')
  await nina.installed()
  await nina.leave()
  await world.stopRelay()

  await nina.takePhone()
  await nina.unlock()
  await nina.openSpace(RED)
  await nina.openDocument(PLAN)
  await nina.seesText('Contexto', 'Escrito con relevo.')
  const before = await nina.unsent()
  await nina.type('Contexto', ' Y sin nada más que el teléfono.', { keep: true })
  await nina.seesMoreUnsent(before)
  await nina.leave()

  await nina.takePhone()
  await nina.unlock()
  await nina.openSpace(RED)
  await nina.openDocument(PLAN)
  await nina.seesText('Contexto', 'Escrito con relevo. Y sin nada más que el teléfono.')
  await world.startRelay()
  await nina.seesNothingUnsent(RECONNECT)
  await nina.leave()

  // The whole profile on the disk, whatever the browser keeps there on its own account.
  const typed = new Secrets()
  for (const text of [RED, PLAN, nina.alias, nina.phrase, 'Escrito con relevo', 'nada más que el teléfono'])
    typed.word(text)
  expect(search(typed, filesOf(profile))).toEqual([])
})

/** Three who have the same plan open; the first one coordinates. */
async function three(world: World): Promise<[Person, Person, Person]> {
  const nina = await world.person('Ceiba')
  await nina.firstRun()
  await nina.createNetwork(RED)
  await nina.createDocument('Plan de protección', PLAN)
  const others: Person[] = []
  for (const alias of ['Copal', 'Sauco']) {
    await nina.openSpace(RED)
    const link = await nina.invite('En persona')
    const one = await world.person(alias)
    await one.join(link)
    await one.enterSpace(RED)
    await one.openDocument(PLAN)
    others.push(one)
  }
  await nina.openSpace(RED)
  return [nina, others[0]!, others[1]!]
}

test('taken out while connected: she reads what she had, and nothing new reaches her or comes from her', async ({
  world,
}) => {
  const [nina, ana, lucia] = await three(world)
  await ana.type('Contexto', 'Lo de antes.')
  await lucia.seesText('Contexto', 'Lo de antes.')
  await nina.removeMember('Copal')
  await ana.sees('Solo para leer')
  await nina.part('Documentos')
  await nina.openDocument(PLAN)
  await nina.type('Contexto', ' Lo de después.', { keep: true })
  await lucia.seesText('Contexto', 'Lo de antes. Lo de después.')
  await nina.seesNothingUnsent()
  await ana.sees('Lo de antes.')
  await ana.doesNotSee(/Lo de después/)
  // Nor after she opens the app again, with all the relay has for her.
  await ana.reopen()
  await ana.unlock()
  await ana.openSpace(RED)
  await ana.sees('Ya no se recibe nada nuevo')
  await expect(ana.button('Nuevo documento')).toHaveCount(0)
  await ana.page.getByRole('main').getByRole('button', { name: PLAN }).click()
  await ana.sees('Lo de antes.')
  await ana.doesNotSee(/Lo de después/)
})

test('taken out while away: what she writes not knowing it reaches nobody', async ({ world }) => {
  const [nina, ana, lucia] = await three(world)
  await ana.type('Contexto', 'Lo de antes.')
  await lucia.seesText('Contexto', 'Lo de antes.')
  await ana.seesNothingUnsent()
  await ana.goOffline()
  await nina.removeMember('Copal')
  await nina.part('Documentos')
  await nina.openDocument(PLAN)
  await nina.type('Contexto', ' De Ceiba.', { keep: true })
  await lucia.seesText('Contexto', 'Lo de antes. De Ceiba.')
  await ana.type('Contexto', ' De Copal.', { keep: true })
  await ana.seesUnsent()

  await ana.goOffline(false)
  await ana.sees('Solo para leer')
  // Whatever she sent has passed the relay before this does.
  await lucia.type('Alias o nombre de lo que se protege', 'la radio')
  await expect(nina.field('Alias o nombre de lo que se protege')).toHaveValue('la radio')
  for (const one of [nina, lucia]) await one.seesText('Contexto', 'Lo de antes. De Ceiba.')
  await ana.doesNotSee(/De Ceiba/)
})
