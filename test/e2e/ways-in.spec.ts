// The ways in besides an invitation: a second device, coming back with the kit, codes from screen to screen while no relay runs,
// and following somebody into a new network; each with its documents.
import { join } from 'node:path'
import { filmOf } from '../support/e2e-camera.ts'
import { lookAt } from '../support/e2e-look.ts'
import type { Person } from '../support/e2e-person.ts'
import { expect, test } from '../support/e2e-test.ts'
import { walkWays } from '../support/e2e-walk-ways.ts'
import type { World } from '../support/e2e-world.ts'

const RED = 'Red de las Jacarandas'
const LINK_CODE = 'Código para el otro aparato, para escanear'

/** A place on a new device that is to be joined to another: no words are shown, because the kit is the other's. */
async function newDevice(person: Person, way: 'Ya tengo Telar en otro aparato' | 'Perdí mi teléfono'): Promise<void> {
  await person.tap(way)
  await placeOn(person)
}

async function placeOn(person: Person): Promise<void> {
  await person.type('Alias', person.alias)
  await person.type('Frase secreta', person.phrase)
  await person.sees('Frase fuerte.')
  await person.tap('Seguir')
  await expect(person.page.getByRole('navigation', { name: 'Principal' })).toBeVisible()
}

const clipboard = (person: Person): Promise<string> => person.page.evaluate(() => navigator.clipboard.readText())

/** What was copied is a secret until used. */
async function copied(world: World, person: Person, button: string): Promise<string> {
  await person.tap(button)
  await person.sees(/^(?:Enlace copiado|Código copiado)/)
  const text = await clipboard(person)
  world.secrets.word(text.slice(-40))
  return text
}

async function pasteLink(person: Person, link: string): Promise<void> {
  await person.field('Pegar el enlace').fill(link)
  await person.tap('Ver el enlace')
}

async function openByHand(person: Person): Promise<void> {
  await person.page.getByText('Sin red: con códigos').first().click()
}

async function pasteCode(person: Person, code: string): Promise<void> {
  await person.page.getByText('O pegarlo, o abrir un archivo').filter({ visible: true }).last().click()
  await person.field('Pegar el código').fill(code)
  await person.tap(/^Leer$/)
}

/** A network with one plan in it. */
async function networkWithPlan(nina: Person): Promise<void> {
  await nina.firstRun()
  await nina.createNetwork(RED)
  await nina.createDocument('Plan de protección', 'Plan del puente viejo')
  await nina.type('Contexto', 'Las vecinas avisan.')
  await nina.tap('Volver')
}

/** Somebody else who is in, with the plan open. */
async function companionWithPlan(world: World, nina: Person): Promise<Person> {
  const ana = await world.person('Copal')
  await ana.join(await nina.invite('En persona'))
  await ana.enterSpace(RED)
  await ana.openDocument('Plan del puente viejo')
  return ana
}

async function offerDevice(person: Person): Promise<void> {
  await person.tap('Mi lugar')
  await person.tap('Traer otro aparato mío')
  await person.tap('Hacer el código')
}

/** The code of who wants in, from screen to screen. */
async function handOver(world: World, from: Person, to: Person): Promise<void> {
  await openByHand(from)
  const code = await copied(world, from, 'Copiar código')
  await openByHand(to)
  await pasteCode(to, code)
}

/** Both compare, and the one who is in says so. */
async function sameWords(newcomer: Person, inside: Person): Promise<void> {
  const words = await newcomer.safetyWords()
  expect(await inside.safetyWords()).toEqual(words)
  await inside.tap('Son las mismas')
}

async function seesPeople(person: Person, count: number): Promise<void> {
  await person.openSpace(RED)
  await person.part('Personas')
  await expect(person.page.getByRole('heading', { name: `Personas ${count}` })).toBeVisible()
}

test('a second device by its camera: eight words, no second kit, and both write in one document', async ({ world }) => {
  const nina = await world.person('Ceiba')
  await networkWithPlan(nina)
  await offerDevice(nina)
  const film = join(world.folder('film'), 'link.y4m')
  await filmOf(nina.page.getByRole('img', { name: LINK_CODE }), film)

  const laptop = await world.person('Ceiba', { camera: film })
  await newDevice(laptop, 'Ya tengo Telar en otro aparato')
  await laptop.tap('Escanear el código')
  await laptop.type('Nombre de este aparato', 'Computadora de la oficina')
  await laptop.tap('Pedir entrar')
  await sameWords(laptop, nina)
  await nina.seesHeading('El otro aparato ya está dentro')

  await laptop.seesHeading('Este aparato ya está dentro')
  await laptop.sees('Un solo papel para los dos')
  await laptop.tap(RED)
  await laptop.openDocument('Plan del puente viejo')
  await laptop.seesText('Contexto', 'Las vecinas avisan.')
  await nina.openSpace(RED)
  await nina.openDocument('Plan del puente viejo')
  await laptop.type('Contexto', ' Y la radio también.', { keep: true })
  await nina.seesText('Contexto', 'Las vecinas avisan. Y la radio también.')
  await nina.type('Contexto', ' De noche.', { keep: true })
  await laptop.seesText('Contexto', 'Las vecinas avisan. Y la radio también. De noche.')
  await seesPeople(nina, 1)

  // Her one paper opens this device, too.
  await laptop.tap('Volver')
  await laptop.lock()
  await laptop.tap('No recuerdo la frase')
  await laptop.field('Las doce palabras').fill(nina.recoveryWords.join(' '))
  await laptop.type('Frase secreta nueva', 'otra olla de barro canta siete veces junto al comal')
  await laptop.sees('Frase fuerte.')
  await laptop.tap('Abrir y cambiar la frase')
  await laptop.openSpace(RED)
})

test('words that differ: cancelled, and nothing got in; a place that joins nothing shows its own kit', async ({
  world,
}) => {
  const nina = await world.person('Ceiba')
  await networkWithPlan(nina)
  await offerDevice(nina)
  const link = await copied(world, nina, 'Copiar enlace')
  const stranger = await world.person('Copal')
  await newDevice(stranger, 'Ya tengo Telar en otro aparato')
  await pasteLink(stranger, link)
  await stranger.tap('Pedir entrar')
  await nina.safetyWords()
  await nina.tap('No coinciden')
  await nina.sees('Todavía no entró nadie.')
  await nina.tap('Anular el código')
  await nina.sees('Código anulado: ya no abre nada.')
  await stranger.tap('Dejar de esperar')
  await stranger.tap('Sí, dejar de esperar')
  await stranger.home()
  await stranger.seesHeading('Kit de recuperación')
  await seesPeople(nina, 1)
})

test('back with the kit: wrong words first, then hers, her voice, and the lost phone to suspend', async ({ world }) => {
  const nina = await world.person('Ceiba')
  await networkWithPlan(nina)
  const ana = await companionWithPlan(world, nina)
  await ana.type('Contexto', ' Y la radio.', { keep: true })
  await ana.seesNothingUnsent()
  await ana.closePage()

  await nina.openSpace(RED)
  await nina.part('Personas')
  await nina.page
    .getByRole('main')
    .getByRole('button', { name: /^Copal/ })
    .first()
    .click()
  await nina.tap('Volver con su kit')
  await nina.tap('Hacer el enlace')
  const link = await copied(world, nina, 'Copiar enlace')

  const again = await world.person('Copal')
  await again.page.goto(link)
  // The link says which way it is.
  await again.sees('Primero, un lugar nuevo en este aparato')
  await placeOn(again)
  await again.field('Las doce palabras de antes').fill(nina.recoveryWords.join(' '))
  await again.sees('Ya están las doce.')
  await again.tap('Pedir entrar')
  await again.sees('Esas palabras son de otro kit.')
  await again
    .field('Las doce palabras de antes')
    .fill(ana.recoveryWords.map((word, i) => `${i + 1}. ${word}`).join('\n'))
  await again.tap('Pedir entrar')
  await sameWords(again, nina)
  await nina.seesHeading('¿Es su voz?')
  await nina.tap('Sí, es ella')
  await nina.seesHeading('Copal ya volvió')
  await nina.sees('El teléfono perdido sigue dentro')

  await again.seesHeading('De vuelta')
  await again.tap(RED)
  await again.openDocument('Plan del puente viejo')
  await again.seesText('Contexto', 'Las vecinas avisan. Y la radio.')
  await again.type('Contexto', ' De vuelta.', { keep: true })
  await nina.tap('Suspender el teléfono perdido')
  await nina.openSpace(RED)
  await nina.openDocument('Plan del puente viejo')
  await nina.seesText('Contexto', 'Las vecinas avisan. Y la radio. De vuelta.')
  await seesPeople(nina, 2)
})

test('no relay runs: in by codes from screen to screen, and the documents come once there is one', async ({
  world,
}) => {
  const nina = await world.person('Ceiba')
  await networkWithPlan(nina)
  const link = await nina.invite('En persona')
  const film = join(world.folder('film'), 'welcome.y4m')
  const ana = await world.person('Copal', { camera: film })
  await ana.firstRun('Entrar con invitación')
  await world.stopRelay()

  await ana.field('Pegar el enlace').fill(link)
  await ana.tap('Ver la invitación')
  await ana.knock()
  await ana.sees('El pedido sale en cuanto haya conexión. Está guardado aquí.')
  await handOver(world, ana, nina)
  await nina.sees('Ya entró con esta invitación')
  await nina.tap('Mostrar la bienvenida')
  const welcome = nina.page.getByRole('img', { name: /^Código de la bienvenida/ })
  await expect(welcome).toBeVisible()
  await filmOf(welcome, film, nina.page.getByRole('button', { name: 'Parte siguiente' }))
  await ana.tap('Leer la bienvenida')
  await ana.sees('Ya dentro')
  await ana.sees('Llegando todavía')

  await world.startRelay()
  await ana.openDocument('Plan del puente viejo')
  await ana.seesText('Contexto', 'Las vecinas avisan.')
})

test('no relay runs: a second device by codes', async ({ world }) => {
  const nina = await world.person('Ceiba')
  await networkWithPlan(nina)
  const laptop = await world.person('Ceiba')
  await newDevice(laptop, 'Ya tengo Telar en otro aparato')
  await world.stopRelay()
  await offerDevice(nina)
  const link = await copied(world, nina, 'Copiar enlace')
  await pasteLink(laptop, link)
  await laptop.tap('Pedir entrar')
  await handOver(world, laptop, nina)
  await sameWords(laptop, nina)
  await nina.seesHeading('El otro aparato ya está dentro')
  await openByHand(nina)
  await pasteCode(laptop, await copied(world, nina, 'Copiar código'))
  await laptop.seesHeading('Este aparato ya está dentro')
  await world.startRelay()
  await laptop.tap(/Llegando todavía|Red de las Jacarandas/)
  await laptop.openDocument('Plan del puente viejo')
  await laptop.seesText('Contexto', 'Las vecinas avisan.')
})

test('following into a new network, with the documents as they are', async ({ world }) => {
  const nina = await world.person('Ceiba')
  await networkWithPlan(nina)
  const ana = await companionWithPlan(world, nina)
  await ana.openSpace(RED)

  await ana.part('Ajustes')
  await ana.tap('Seguir en una red nueva')
  await ana.type('Nombre', 'Red del vivero')
  await ana.sees('Quiénes pueden venir: 1 de 1')
  await ana.tap(/^Seguir$/)
  await ana.tap('Abrirla y avisar')
  await ana.seesHeading('La red nueva ya existe')
  await ana.tap('Abrir el espacio')
  await ana.sees(`Continúa de ${RED}`)
  await ana.openDocument('Plan del puente viejo')
  await ana.seesText('Contexto', 'Las vecinas avisan.')

  await nina.home()
  await nina.sees(`Copal dice que el trabajo de ${RED} sigue en otra red`)
  await nina.tap('Todavía no')
  await nina.tap('Copal sigue en otra red')
  await nina.seesHeading('¿Seguir a Copal?')
  await nina.tap('Seguir ahí')
  await nina.seesHeading('La red nueva ya está aquí')
  await nina.tap('Abrir el espacio')
  await nina.openDocument('Plan del puente viejo')
  await nina.type('Contexto', ' Y la radio.', { keep: true })
  await ana.seesText('Contexto', 'Las vecinas avisan. Y la radio.')
  await nina.openSpace(RED)
  await nina.sees('Sigue en Red del vivero')
})

for (const english of [false, true]) {
  test(`every screen of the ways in, in ${english ? 'English' : 'Spanish'}, light and dark`, async ({ world }) => {
    test.setTimeout(300_000)
    const wrong: string[] = []
    const seen = new Set<string>()
    await walkWays(world, { english }, async (screen, page) => {
      seen.add(screen)
      wrong.push(...(await lookAt(screen, page, english)))
    })
    expect(wrong).toEqual([])
    expect(seen.size).toBeGreaterThan(30)
  })
}
