// Coming in: by a link whose words are compared, by a code that a camera reads, by a file; with the inviter there, and with
// the knock waiting on the relay.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { filmOf } from '../support/e2e-camera.ts'
import { expect, test } from '../support/e2e-test.ts'

const RED = 'Red de las Jacarandas'

test('by link: both read the same eight words, then she is in with the whole history', async ({ world }) => {
  const nina = await world.person('Ceiba')
  await nina.firstRun()
  await nina.createNetwork(RED)
  await nina.createDocument('Plan de protección', 'Plan del puente viejo')
  await nina.type('Contexto', 'Las vecinas avisan cuando el retén se instala de noche.')
  await nina.tap('Volver')
  const link = await nina.invite('Por mensaje', 'para la del vivero')

  const ana = await world.person('Copal')
  await ana.join(link)
  await ana.seesHeading('Sala de espera')
  const hers = await ana.safetyWords()
  await nina.sees('Está pidiendo entrar')
  await nina.tap('Ver personas')
  await nina.sees('para la del vivero pide entrar')
  expect(await nina.safetyWords()).toEqual(hers)
  expect(hers).toHaveLength(8)
  // Until the words are compared she is not in.
  await expect(nina.page.getByRole('heading', { name: 'Personas 1' })).toBeVisible()
  await nina.tap('Son las mismas')
  await ana.enterSpace(RED)
  await ana.openDocument('Plan del puente viejo')
  await ana.seesText('Contexto', 'Las vecinas avisan cuando el retén se instala de noche.')
  await expect(nina.page.getByRole('heading', { name: 'Personas 2' })).toBeVisible()
  await nina.sees('Copal')
})

test('words that do not match: she is not let in, and the invitation opens nothing more', async ({ world }) => {
  const nina = await world.person('Ceiba')
  await nina.firstRun()
  await nina.createNetwork(RED)
  const link = await nina.invite('Por mensaje')
  const ana = await world.person('Copal')
  await ana.join(link)
  await nina.tap('Ver personas')
  await nina.tap('No coinciden')
  await nina.tap('No dejar entrar')
  await expect(nina.page.getByRole('heading', { name: 'Personas 1' })).toBeVisible()
  await nina.doesNotSee('pide entrar')
  await ana.home()
  await ana.doesNotSee(RED)
})

test('by a code that the camera reads: in at once', async ({ world }) => {
  const nina = await world.person('Ceiba')
  await nina.firstRun()
  await nina.createNetwork(RED)
  await nina.invite('En persona')
  const film = join(world.folder('film'), 'code.y4m')
  await filmOf(nina.page.getByRole('img', { name: 'Código de la invitación, para escanear' }), film)

  const ana = await world.person('Copal', { camera: film })
  await ana.firstRun('Entrar con invitación')
  await ana.tap('Escanear el código')
  await ana.knock()
  await ana.enterSpace(RED)
})

test('by a file; the inviter is away, and the knock waits on the relay', async ({ world }) => {
  const nina = await world.person('Ceiba')
  await nina.firstRun()
  await nina.createNetwork(RED)
  const link = await nina.invite('En persona')
  await nina.closePage()

  const file = join(world.folder('file'), 'invitacion.telar-invitacion')
  writeFileSync(file, link)
  const ana = await world.person('Copal')
  await ana.firstRun('Entrar con invitación')
  const choosing = ana.page.waitForEvent('filechooser')
  await ana.tap('Abrir un archivo')
  await (await choosing).setFiles(file)
  await ana.knock()
  await ana.sees('El pedido ya está en el relevo. Se puede guardar el teléfono: la respuesta llega sola.')
  // She puts her phone away, too; each comes back alone.
  await ana.closePage()
  await nina.openPage()
  await nina.unlock()
  await nina.openSpace(RED)
  await nina.part('Personas')
  await expect(nina.page.getByRole('heading', { name: 'Personas 2' })).toBeVisible()
  await nina.closePage()
  await ana.openPage()
  await ana.unlock()
  await ana.openSpace(RED)
})
