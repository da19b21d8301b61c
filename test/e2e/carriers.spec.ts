// Work without a relay, through the screens as people use them: two phones that connect by their cameras or by pasted codes and write
// together, others that get all of it, or only what is new, from a file, and a relay that is left and found again by its link.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filmOf } from '../support/e2e-camera.ts'
import { lookAt } from '../support/e2e-look.ts'
import type { Person, Phone } from '../support/e2e-person.ts'
import { letGo, slowLine } from '../support/e2e-slow-line.ts'
import { expect, test } from '../support/e2e-test.ts'
import { walkCarriers } from '../support/e2e-walk-carriers.ts'
import type { World } from '../support/e2e-world.ts'

const RED = 'Red de las Jacarandas'
const PLAN = 'Plan del puente viejo'
const MEETING = { timeout: 60_000 }

/** Members of one network, each with the plan on her phone; the first one coordinates. */
async function circle(world: World, ...aliases: readonly string[]): Promise<readonly [Person, ...Person[]]> {
  return gather(world, { alias: 'Ceiba' }, ...aliases.map((alias) => ({ alias })))
}

async function gather(
  world: World,
  first: Phone & { readonly alias: string },
  ...rest: readonly (Phone & { readonly alias: string })[]
): Promise<readonly [Person, ...Person[]]> {
  const nina = await world.person(first.alias, first)
  await nina.firstRun()
  await nina.createNetwork(RED)
  await nina.createDocument('Plan de protección', PLAN)
  await nina.tap('Volver')
  const others: Person[] = []
  for (const phone of rest) {
    const one = await world.person(phone.alias, phone)
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
  await exchange(nina, ana)
  await inStep(nina, ana)
}

async function inStep(nina: Person, ana: Person): Promise<void> {
  for (const [one, other] of [
    [nina, ana],
    [ana, nina],
  ] as const)
    await expect(one.page.getByRole('heading', { name: `Al día con ${other.alias}` })).toBeVisible(MEETING)
}

async function exchange(nina: Person, ana: Person): Promise<void> {
  await goTo(nina, 'Conectar cerca')
  await nina.tap('Mostrar primero')
  await nina.seesHeading('Primero: que lean este código')
  await goTo(ana, 'Conectar cerca')
  await ana.tap('Leer primero')
  await pasteCode(ana, await copied(nina, /^Copiar/))
  await ana.seesHeading('Después: que lean este')
  await pasteCode(nina, await copied(ana, /^Copiar/))
}

/** Both write in the plan they have open. */
async function writeTogether(nina: Person, ana: Person): Promise<void> {
  for (const one of [nina, ana]) {
    await one.tap('Ir a escribir')
    await one.openDocument(PLAN)
  }
  await nina.type('Contexto', 'Las vecinas avisan.', { slowly: true })
  await ana.seesText('Contexto', 'Las vecinas avisan.')
  await ana.type('Contexto', ' De noche cierran.', { slowly: true })
  await nina.seesText('Contexto', 'Las vecinas avisan. De noche cierran.')
}

/** The path of the file that is saved. */
async function saved(person: Person): Promise<string> {
  const coming = person.page.waitForEvent('download')
  await person.tap('Guardar el archivo')
  return (await coming).path()
}

/** Lets a file go over the screen, as from a laptop's file manager. */
async function drop(person: Person, path: string): Promise<void> {
  const data = await person.page.evaluateHandle((base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
    const transfer = new DataTransfer()
    transfer.items.add(new File([bytes], 'archivo.telar-bundle'))
    return transfer
  }, readFileSync(path).toString('base64'))
  const place = person.page.locator('.place')
  for (const event of ['dragover', 'drop']) await place.dispatchEvent(event, { dataTransfer: data })
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
  await writeTogether(nina, ana)

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

test('no relay alive: two phones connect by their cameras alone, and write together', async ({ world }) => {
  const folder = world.folder('film')
  const [offer, answer] = [join(folder, 'offer.y4m'), join(folder, 'answer.y4m')]
  const phones = [
    { alias: 'Ceiba', camera: answer },
    { alias: 'Copal', camera: offer },
  ] as const
  const [nina, ana] = (await gather(world, ...phones)) as [Person, Person]
  await world.stopRelay('SIGKILL')
  const code = (person: Person) => person.page.getByRole('img', { name: 'Código para conectar cerca, para escanear' })

  await goTo(nina, 'Conectar cerca')
  await nina.tap('Mostrar primero')
  await filmOf(code(nina), offer)
  await goTo(ana, 'Conectar cerca')
  await ana.tap('Leer primero')
  await ana.tap('Escanear su código')
  await ana.seesHeading('Después: que lean este')
  await filmOf(code(ana), answer)
  await nina.tap('Escanear su código')

  await inStep(nina, ana)
  await writeTogether(nina, ana)
})

test('a file that is dropped is taken in, and what goes back is only what is new since', async ({ world }) => {
  const [nina, ana] = (await circle(world, 'Copal')) as [Person, Person]
  await world.stopRelay('SIGKILL')
  await nina.openDocument(PLAN)
  await nina.type('Contexto', 'Las vecinas avisan.')
  await goTo(nina, 'Llevar en un archivo')
  const whole = await saved(nina)

  await goTo(ana, 'Llevar en un archivo')
  await drop(ana, whole)
  await ana.sees(/cambios? nuevos?, del archivo de Ceiba/)
  await ana.openSpace(RED)
  await ana.openDocument(PLAN)
  await ana.seesText('Contexto', 'Las vecinas avisan.')
  await ana.type('Contexto', ' De noche cierran.', { keep: true })
  await goTo(ana, 'Llevar en un archivo')
  await ana.page.getByRole('radio', { name: /^Solo lo nuevo para Ceiba/ }).check()
  const news = await saved(ana)
  expect(readFileSync(news).length).toBeLessThan(readFileSync(whole).length)

  await drop(nina, news)
  await nina.sees(/cambios? nuevos?, del archivo de Copal/)
  await nina.openSpace(RED)
  await nina.openDocument(PLAN)
  await nina.seesText('Contexto', 'Las vecinas avisan. De noche cierran.')
  // She has it all: nothing is new for her now.
  await goTo(nina, 'Llevar en un archivo')
  await nina.sees('Solo lo nuevo para Copal')
})

test('a large transfer says how far it is', async ({ world }) => {
  const [nina, ana] = (await circle(world, 'Copal')) as [Person, Person]
  await world.stopRelay('SIGKILL')
  await nina.openDocument(PLAN)
  let text = ''
  for (let i = 0; i < 12; i++) {
    text = randomBytes(9_000).toString('base64')
    await nina.field('Contexto').fill(text)
    await nina.field('Contexto').blur()
  }
  await slowLine(nina.page, 60_000)
  await exchange(nina, ana)
  const bar = (person: Person) => person.page.getByRole('progressbar', { name: 'Lo que ya pasó' })
  await expect(bar(ana)).toBeVisible(MEETING)
  await expect(bar(nina)).toBeVisible()
  const all = async (person: Person) => /(\d+)$/.exec((await bar(person).getAttribute('aria-valuetext')) ?? '')?.[1]
  expect(await all(nina), 'both say as many').toBe(await all(ana))
  await letGo(nina.page)
  await inStep(nina, ana)
  await expect(bar(ana)).toHaveCount(0)
  await ana.tap('Ir a escribir')
  await ana.openDocument(PLAN)
  await ana.seesText('Contexto', text)
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
