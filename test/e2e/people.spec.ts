// People among themselves: a role is given, a lost phone is out in three taps and back when it turns up, a coordinator is taken
// out by the word of two others, and the history tells all of it.
import { axe } from '../support/e2e-axe.ts'
import type { Person } from '../support/e2e-person.ts'
import { expect, test } from '../support/e2e-test.ts'
import type { World } from '../support/e2e-world.ts'

const RED = 'Red de las Jacarandas'
/** What was decided reaches another phone over the relay. */
const ARRIVES = { timeout: 60_000 }

async function founder(world: World): Promise<Person> {
  const nina = await world.person('Ceiba')
  await nina.firstRun()
  await nina.createNetwork(RED)
  return nina
}

async function guest(world: World, host: Person, alias: string): Promise<Person> {
  const person = await world.person(alias)
  await host.openSpace(RED)
  await person.join(await host.invite('En persona'))
  await person.enterSpace(RED)
  return person
}

/** Waits until somebody may decide here: what was decided has arrived. */
async function coordinates(person: Person): Promise<void> {
  await person.openSpace(RED)
  await person.part('Personas')
  await expect(person.button('Invitar').first()).toBeVisible(ARRIVES)
}

async function seesNothingWrong(person: Person, screen: string): Promise<void> {
  expect(await axe(person.page, screen)).toEqual([])
}

test('a lost phone is suspended in three taps, says so itself, and comes back', async ({ world }) => {
  const nina = await founder(world)
  const ana = await guest(world, nina, 'Copal')
  await nina.openSpace(RED)
  await nina.openPerson('Copal')
  await nina.setRole('Coordinar', 'Cambiado.')
  await coordinates(ana)
  const lucia = await guest(world, ana, 'Sauco')

  await ana.home()
  await ana.tap('Se perdió un teléfono')
  await ana.seesHeading('¿De quién era?')
  await seesNothingWrong(ana, 'whose phone')
  await ana.tap(/^Sauco/)
  await ana.seesHeading('Suspender «Teléfono», de Sauco')
  await ana.sees(/no se puede borrar desde aquí/)
  await ana.tap('Suspender ahora')
  await ana.seesHeading('Suspendido')
  await ana.sees('La llave cambió')
  await seesNothingWrong(ana, 'suspended')

  await expect(lucia.page.getByText('Este aparato está suspendido aquí').first()).toBeVisible(ARRIVES)
  await lucia.sees(/pedir que lo reanuden, por llamada o en persona: Ceiba y Copal|Copal y Ceiba/)
  await expect(lucia.button('Nuevo documento')).toHaveCount(0)
  await seesNothingWrong(lucia, 'the suspended phone')

  await nina.openSpace(RED)
  await nina.openPerson('Sauco')
  await expect(nina.page.getByText('Suspendido', { exact: true }).first()).toBeVisible(ARRIVES)
  await nina.tap(/^Reanudar/)
  await nina.sees(/Solo si está otra vez en sus manos/)
  await nina.tap('Sí, reanudar')
  await nina.sees('Reanudado.')
  await expect(lucia.page.getByText('Este aparato está suspendido aquí')).toHaveCount(0, ARRIVES)
  await lucia.openSpace(RED)
  await lucia.createDocument('Memoria de reunión', 'Después del susto')
  await nina.openSpace(RED)
  await expect(nina.page.getByText('Después del susto').first()).toBeVisible(ARRIVES)
})

test('a coordinator is taken out by the word of two others, and the history tells it', async ({ world }) => {
  const nina = await founder(world)
  const ana = await guest(world, nina, 'Copal')
  const lucia = await guest(world, nina, 'Sauco')
  await nina.openSpace(RED)
  await nina.openPerson('Copal')
  await nina.setRole('Coordinar', 'Cambiado.')
  await coordinates(ana)

  // From two on, a promotion takes both.
  await nina.openSpace(RED)
  await nina.openPerson('Sauco')
  await nina.setRole('Coordinar', 'Propuesto. Falta la palabra de las demás.')
  await agree(ana, 'Ceiba propone que Sauco coordine')
  await coordinates(lucia)

  await nina.openSpace(RED)
  await nina.openPerson('Sauco')
  await expect(nina.page.getByText('Coordina', { exact: true }).first()).toBeVisible(ARRIVES)
  await nina.tap('Sacar a Sauco')
  const sheet = nina.page.getByRole('dialog')
  await expect(sheet.getByText(/la mayoría de las otras coordinadoras: 2 de 2/)).toBeVisible()
  await expect(sheet.getByText(/Sauco ya leyó lo anterior/)).toBeVisible()
  await sheet.getByRole('button', { name: 'Proponer', exact: true }).click()
  await sheet.getByRole('button', { name: 'Sí, proponer' }).click()
  await nina.sees('Propuesto. Sauco sigue dentro hasta que las demás lo digan.')
  await agree(ana, 'Ceiba propone sacar a Sauco')
  await expect(lucia.page.getByText('Ya no se recibe nada nuevo').first()).toBeVisible(ARRIVES)

  await nina.openSpace(RED)
  await nina.part('Personas')
  await expect(nina.page.getByRole('heading', { name: 'Ya no están' })).toBeVisible(ARRIVES)
  await nina.tap(/^Lo que cambió/)
  await nina.seesHeading('Lo que cambió')
  const told = nina.page.getByRole('main').getByRole('listitem')
  await expect(told.filter({ hasText: 'Copal dijo que sí: sacar a Sauco' })).toHaveCount(1)
  await expect(told.filter({ hasText: 'Ceiba sacó a Sauco' })).toHaveCount(1)
  await expect(told.filter({ hasText: 'Ceiba puso a Sauco a coordinar' })).toHaveCount(1)
  await expect(told.last()).toContainText('Ceiba empezó el espacio')
  await seesNothingWrong(nina, 'history')
  await nina.page.getByLabel('De quién').selectOption({ label: 'Copal' })
  await expect(told.filter({ hasText: 'Ceiba sacó a Sauco' })).toHaveCount(0)
  await expect(told.filter({ hasText: 'Ceiba dejó entrar a Copal' })).toHaveCount(1)
})

/** From what waits for her: reads it, and says yes in two steps. */
async function agree(person: Person, what: string): Promise<void> {
  await person.page
    .getByRole('navigation', { name: 'Principal' })
    .getByRole('button', { name: /^Me toca/ })
    .click()
  await expect(person.button(what).first()).toBeVisible(ARRIVES)
  await person.tap(what)
  await person.seesHeading(what)
  await seesNothingWrong(person, 'what is to be decided')
  await person.tap(`De acuerdo: ${what}`)
  await person.tap('Sí, estoy de acuerdo')
  await person.sees('Dicho. Las demás lo verán al conectarse.')
}
