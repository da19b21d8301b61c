// Work without a relay, through the screens as people use them: two phones that connect by pasted codes and write together, a third
// that gets all of it from a file, and a relay that is left and found again by its link.
import { lookAt } from '../support/e2e-look.ts'
import type { Person } from '../support/e2e-person.ts'
import { expect, test } from '../support/e2e-test.ts'
import { walkCarriers } from '../support/e2e-walk-carriers.ts'
import type { World } from '../support/e2e-world.ts'

const RED = 'Red de las Jacarandas'
const PLAN = 'Plan del puente viejo'
const MEETING = { timeout: 60_000 }

/** Members of one network, each with the plan on her phone; the first one coordinates. */
async function circle(world: World, ...aliases: readonly string[]): Promise<readonly [Person, ...Person[]]> {
  const nina = await world.person('Ceiba')
  await nina.firstRun()
  await nina.createNetwork(RED)
  await nina.createDocument('Plan de protección', PLAN)
  await nina.tap('Volver')
  const others: Person[] = []
  for (const alias of aliases) {
    const one = await world.person(alias)
    await one.join(await nina.invite('En persona'))
    await one.enterSpace(RED)
    await one.openDocument(PLAN)
    await one.tap('Volver')
    others.push(one)
    await nina.openSpace(RED)
  }
  return [nina, ...others]
}

async function goTo(person: Person, way: 'Conectar cerca' | 'Llevar en un archivo' | 'Usar un relevo que me dieron') {
  const main = person.page.getByRole('navigation', { name: 'Principal' })
  await main.getByRole('button', { name: /^Conexiones/ }).click()
  await person.page.getByRole('main').getByRole('button', { name: way }).last().click()
  await person.seesHeading(way)
}

async function copied(person: Person, button: RegExp): Promise<string> {
  await person.tap(button)
  await expect(person.page.locator('.toast')).toBeVisible()
  return person.page.evaluate(() => navigator.clipboard.readText())
}

async function pasteCode(person: Person, code: string): Promise<void> {
  await person.page.getByText('O pegarlo, o abrir un archivo').filter({ visible: true }).last().click()
  await person.field('Pegar el código').fill(code)
  await person.tap(/^Leer$/)
}

/** Both through "Conectar cerca", with codes that are pasted instead of scanned. */
async function connect(nina: Person, ana: Person): Promise<void> {
  await goTo(nina, 'Conectar cerca')
  await nina.tap('Mostrar primero')
  await nina.seesHeading('Primero: que lean este código')
  await goTo(ana, 'Conectar cerca')
  await ana.tap('Leer primero')
  await pasteCode(ana, await copied(nina, /^Copiar/))
  await ana.seesHeading('Después: que lean este')
  await pasteCode(nina, await copied(ana, /^Copiar/))
  for (const [one, other] of [
    [nina, ana],
    [ana, nina],
  ] as const)
    await expect(one.page.getByRole('heading', { name: `Al día con ${other.alias}` })).toBeVisible(MEETING)
}

test('the relay is gone: two connect through the screens and write together, a third gets it all by file', async ({
  world,
}) => {
  const [nina, ana, lucia] = (await circle(world, 'Copal', 'Sauco')) as [Person, Person, Person]
  await lucia.closePage()
  await world.stopRelay('SIGKILL')
  await nina.part('Conexiones')
  await nina.sees('Sin conexión. Todo sigue aquí.')
  await nina.sees('Lo que sigue funcionando')

  await connect(nina, ana)
  for (const one of [nina, ana]) {
    await one.tap('Ir a escribir')
    await one.openDocument(PLAN)
  }
  await nina.type('Contexto', 'Las vecinas avisan.', { slowly: true })
  await ana.seesText('Contexto', 'Las vecinas avisan.')
  await ana.type('Contexto', ' De noche cierran.', { slowly: true })
  await nina.seesText('Contexto', 'Las vecinas avisan. De noche cierran.')

  await goTo(nina, 'Llevar en un archivo')
  const coming = nina.page.waitForEvent('download')
  await nina.tap('Guardar el archivo')
  const download = await coming
  expect(download.suggestedFilename()).toMatch(/^[0-9a-f]{8}\.telar-bundle$/)
  await nina.sees(/^Archivo guardado: /)

  await lucia.openPage()
  await lucia.unlock()
  await goTo(lucia, 'Llevar en un archivo')
  const choosing = lucia.page.waitForEvent('filechooser')
  await lucia.tap('Elegir el archivo')
  await (await choosing).setFiles(await download.path())
  await lucia.sees(/cambios? nuevos?, del archivo de Ceiba/)
  await lucia.openSpace(RED)
  await lucia.openDocument(PLAN)
  await lucia.seesText('Contexto', 'Las vecinas avisan. De noche cierran.')
  // What she has of Ceiba is remembered: from now on she can carry only what is new for her.
  await goTo(lucia, 'Llevar en un archivo')
  await lucia.sees('Solo lo nuevo para Ceiba')
  // The same file once more says so.
  const again = lucia.page.waitForEvent('filechooser')
  await lucia.tap('Elegir el archivo')
  await (await again).setFiles(await download.path())
  await lucia.sees('Nada nuevo: ya estaba todo aquí')
})

test('a relay is left, used by one alone, and found by the other with its link; a file that is none says so', async ({
  world,
}) => {
  const [nina, ana] = (await circle(world, 'Copal')) as [Person, Person]
  await nina.part('Conexiones')
  await nina.tap(/^Seguir sin él/)
  await nina.tap('Sí, seguir sin él')
  await nina.sees('No hay relevo.')
  await nina.tap('Añadir un relevo')
  // No secret: it is where every byte of the story goes.
  await nina.field('Dirección del relevo').fill(world.address)
  await nina.page.getByRole('radio', { name: /^Solo para este aparato/ }).check()
  await nina.tap(/^Añadir un relevo$/)
  await nina.sees('Solo en este aparato')
  await nina.tap(/^Dar este relevo/)
  await expect(nina.page.getByRole('img', { name: 'Código del relevo, para escanear' })).toBeVisible()
  const link = await copied(nina, /^Copiar enlace/)

  // Opened as an address of the browser.
  await ana.page.goto(link)
  await ana.seesHeading('Usar un relevo que me dieron')
  await ana.tap('Usar este relevo')
  await ana.seesHeading(/^Se usa 127\.0\.0\.1/)
  await ana.sees(RED)

  await nina.part('Documentos')
  await nina.openDocument(PLAN)
  await nina.type('Contexto', 'Por el relevo de antes.', { keep: true })
  await ana.openSpace(RED)
  await ana.openDocument(PLAN)
  await ana.seesText('Contexto', 'Por el relevo de antes.', MEETING)

  await goTo(ana, 'Llevar en un archivo')
  const choosing = ana.page.waitForEvent('filechooser')
  await ana.tap('Elegir el archivo')
  await (await choosing).setFiles({ name: 'foto.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no es de Telar') })
  await ana.sees('Ese archivo no es de Telar. Nada cambió.')
})

for (const english of [false, true]) {
  test(`every screen of the carriers in ${english ? 'English' : 'Spanish'}, light and dark`, async ({ world }) => {
    test.setTimeout(300_000)
    const wrong: string[] = []
    const seen = new Set<string>()
    await walkCarriers(world, { english }, async (screen, page) => {
      seen.add(screen)
      wrong.push(...(await lookAt(screen, page, english)))
    })
    expect(wrong).toEqual([])
    expect(seen.size).toBeGreaterThan(15)
  })
}
