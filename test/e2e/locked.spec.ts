// What is kept on the device: sealed, locked by hand and by itself, opened with the phrase or with the twelve words, by one
// tab at a time.
import { expect, test } from '../support/e2e-test.ts'
import { search, Secrets } from '../support/e2e-search.ts'
import { stored } from '../support/e2e-storage.ts'

const RED = 'Red de las Jacarandas'
const PLAN = 'Plan del puente viejo'

test('a wrong phrase says so; the right one opens', async ({ world }) => {
  const nina = await world.person('Ceiba')
  await nina.firstRun()
  await nina.createNetwork(RED)
  const engines = nina.page.workers()
  expect(engines.length).toBeGreaterThan(0)
  const ended = Promise.all(engines.map((worker) => worker.waitForEvent('close')))
  await nina.lock()
  // The keys went with the worker that had them.
  await ended
  await nina.doesNotSee(RED)
  await nina.doesNotSee('Ceiba')
  await expect(nina.page).toHaveTitle('Cuaderno')
  await nina.field('Frase secreta').fill('otra frase que no es esta ni se le parece')
  await nina.tap(/^Abrir$/)
  await expect(nina.page.getByRole('alert')).toHaveText('No es la frase. Revisar mayúsculas, espacios y acentos.')
  await nina.unlock()
  await nina.openSpace(RED)
})

test('the twelve words open it and set a new phrase; the old one opens nothing more', async ({ world }) => {
  const nina = await world.person('Ceiba')
  await nina.firstRun()
  await nina.createNetwork(RED)
  await nina.reopen()
  await nina.tap('No recuerdo la frase')
  const fresh = 'siete gallinas cruzan despacio el patio de atras'
  await nina.field('Las doce palabras').fill([...nina.recoveryWords].reverse().join(' '))
  await nina.type('Frase secreta nueva', fresh)
  await nina.sees('Frase fuerte.')
  await nina.tap('Abrir y cambiar la frase')
  await expect(nina.page.getByRole('alert')).toContainText('Esas palabras no abren este lugar.')
  await nina.field('Las doce palabras').fill(nina.recoveryWords.join(' '))
  await nina.tap('Abrir y cambiar la frase')
  await nina.openSpace(RED)

  await nina.reopen()
  await nina.field('Frase secreta').fill(nina.phrase)
  await nina.tap(/^Abrir$/)
  await expect(nina.page.getByRole('alert')).toContainText('No es la frase.')
  await nina.unlock(fresh)
})

test('it locks by itself after the minutes that were chosen, keeping what was typed', async ({ world }) => {
  const nina = await world.person('Ceiba', { clock: true })
  await nina.firstRun()
  await nina.createNetwork(RED)
  await nina.createDocument('Plan de protección', PLAN)
  await nina.type('Contexto', 'Lo último que escribí.')
  await nina.page.clock.fastForward('04:30')
  await expect(nina.field('Contexto')).toBeVisible()
  await nina.page.clock.fastForward('01:00')
  await expect(nina.field('Frase secreta')).toBeVisible()
  await nina.doesNotSee(PLAN)
  await nina.unlock()
  await nina.openSpace(RED)
  await nina.openDocument(PLAN)
  await nina.seesText('Contexto', 'Lo último que escribí.')
})

test('quick exit: blank at once, and nothing open when the app is opened again', async ({ world }) => {
  const nina = await world.person('Ceiba')
  await nina.firstRun()
  await nina.createNetwork(RED)
  await nina.tap('Salir ya')
  await expect(nina.page).toHaveURL(/nota\.html$/)
  await nina.doesNotSee(RED)
  await nina.page.goBack().catch(() => null)
  await nina.openPage()
  await expect(nina.field('Frase secreta')).toBeVisible()
})

test('everything in the browser’s storage is sealed', async ({ world }) => {
  const nina = await world.person('Ceiba')
  await nina.firstRun()
  await nina.createNetwork(RED)
  await nina.createDocument('Plan de protección', PLAN)
  await nina.type('Contexto', 'Las vecinas avisan de noche.')
  await nina.field('Nivel de riesgo').selectOption({ label: 'Crítico' })
  await nina.typeAndKeep('Alias o nombre de lo que se protege', 'la radio comunitaria')
  await nina.tap('Volver')
  await nina.invite('Por mensaje', 'para la del vivero')

  const places = await stored(nina.page)
  const kinds = new Set(places.map(({ where }) => where.split(' ')[0]))
  expect(kinds, 'all kinds of storage were looked at').toEqual(new Set(['IndexedDB', 'localStorage', 'cache']))
  // Files of the app hold the words of every language; they are compared with the build instead.
  const kept = places.filter(({ where }) => !where.startsWith('cache'))
  expect(kept.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeGreaterThan(5_000)
  expect(search(world.secrets, kept)).toEqual([])
  const typed = new Secrets()
  for (const text of [RED, PLAN, nina.phrase, 'Las vecinas avisan', 'la radio comunitaria', 'del vivero'])
    typed.word(text)
  expect(search(typed, places)).toEqual([])
  // The same search finds what is really there.
  const there = new Secrets()
  there.word('preferences')
  expect(search(there, kept)).not.toEqual([])
})

test('a second tab does not write; it takes over when asked, and the first one lets go', async ({ world }) => {
  const nina = await world.person('Ceiba')
  await nina.firstRun()
  await nina.createNetwork(RED)
  const second = await nina.secondTab()
  await expect(second.getByRole('heading', { name: 'Telar está abierta en otra pestaña' })).toBeVisible()
  await second.getByRole('button', { name: 'Usar aquí' }).click()
  await expect(second.getByLabel('Frase secreta', { exact: true })).toBeVisible()
  await expect(nina.page.getByRole('heading', { name: 'Telar está abierta en otra pestaña' })).toBeVisible()
  await nina.doesNotSee(RED)
  await second.getByLabel('Frase secreta', { exact: true }).fill(nina.phrase)
  await second.getByRole('button', { name: 'Abrir', exact: true }).click()
  await expect(second.getByRole('main').getByRole('button', { name: RED })).toBeVisible()
})
