// Writing at the same time: letters arrive, presence shows, texts merge, and a critical field never loses a value in silence.
// Then without a relay, and with one that lost everything.
import type { Person } from '../support/e2e-person.ts'
import { expect, test } from '../support/e2e-test.ts'
import type { World } from '../support/e2e-world.ts'

const RED = 'Red de las Jacarandas'
const PLAN = 'Plan del puente viejo'
/** A line that was down is tried again after up to a minute. */
const RECONNECT = { timeout: 90_000 }

/** Two who have the same plan open. */
async function two(world: World): Promise<[Person, Person]> {
  const nina = await world.person('Ceiba')
  await nina.firstRun()
  await nina.createNetwork(RED)
  await nina.createDocument('Plan de protección', PLAN)
  await nina.tap('Volver')
  const ana = await world.person('Copal')
  await ana.join(await nina.invite('En persona'))
  await ana.enterSpace(RED)
  await ana.openDocument(PLAN)
  await nina.openSpace(RED)
  await nina.openDocument(PLAN)
  return [nina, ana]
}

test('letters arrive, presence shows, and both texts are kept', async ({ world }) => {
  const [nina, ana] = await two(world)
  await nina.sees('Copal aquí ahora')
  await ana.sees('Ceiba aquí ahora')
  await nina.type('Contexto', 'Las vecinas avisan.', { slowly: true })
  await ana.seesText('Contexto', 'Las vecinas avisan.')
  await ana.sees('Ceiba aquí')

  // One at the beginning and one at the end of the same text, at the same time.
  await Promise.all([
    ana.type('Contexto', ' De noche cierran el portón azul.', { slowly: true }),
    nina.typeAtStart('Contexto', 'Desde enero. '),
  ])
  const both = 'Desde enero. Las vecinas avisan. De noche cierran el portón azul.'
  await ana.seesText('Contexto', both)
  await nina.seesText('Contexto', both)

  const times = await latencies(nina, ana, 'abcdefghij')
  const sorted = [...times].sort((a, b) => a - b)
  console.log(
    `letter to letter: median ${sorted[5]!.toFixed(0)} ms, slowest ${sorted.at(-1)!.toFixed(0)} ms; ` +
      `${(sorted[5]! / 500).toFixed(2)} ticks of half a second`,
  )
})

/** For each letter, ms from the frame that shows it here to the frame that shows it there. */
async function latencies(from: Person, to: Person, letters: string): Promise<number[]> {
  const times: number[] = []
  const field = from.field('Contexto')
  await field.focus()
  await field.press('Control+End')
  for (const letter of letters) {
    const before = (await field.textContent()) ?? ''
    const arrived = to.seesLetter('Contexto', before + letter)
    const typed = from.seesLetter('Contexto', before + letter)
    await field.press(letter)
    times.push((await arrived) - (await typed))
  }
  return times
}

test('two values of a critical field, set while apart, are both shown until somebody decides', async ({ world }) => {
  const [nina, ana] = await two(world)
  // Not the relay alone: two phones that see each other go on without it.
  for (const one of [nina, ana]) await one.goOffline()
  await nina.field('Nivel de riesgo').selectOption({ label: 'Alto' })
  await ana.field('Nivel de riesgo').selectOption({ label: 'Atención' })
  await nina.seesUnsent()
  await ana.seesUnsent()
  for (const one of [nina, ana]) await one.goOffline(false)
  for (const one of [nina, ana]) {
    const apart = one.page.getByRole('region', { name: 'Nivel de riesgo: dos valores por conversar' })
    await expect(apart).toBeVisible(RECONNECT)
    await expect(apart.getByText('Alto', { exact: true })).toBeVisible()
    await expect(apart.getByText('Atención', { exact: true })).toBeVisible()
  }
  await ana.tap('Quedarse con alto')
  for (const one of [nina, ana]) {
    await one.doesNotSee('Nivel de riesgo: dos valores por conversar')
    await expect(one.field('Nivel de riesgo')).toHaveValue('alto')
  }
})

for (const disk of ['the same', 'an empty'] as const) {
  test(`the relay stops, both go on, it comes back with ${disk} disk`, async ({ world }) => {
    const [nina, ana] = await two(world)
    await nina.type('Contexto', 'Antes del corte.')
    await ana.seesText('Contexto', 'Antes del corte.')
    await world.stopRelay(disk === 'an empty' ? 'SIGKILL' : 'SIGTERM')

    await nina.type('Alias o nombre de lo que se protege', 'la radio comunitaria')
    await ana.type('Contexto', ' Y después del corte.', { keep: true })
    await nina.seesUnsent()
    await ana.seesUnsent()
    await nina.tap('Volver')
    await nina.part('Conexiones')
    await nina.sees('Sin conexión. Todo sigue aquí.')
    await nina.sees('Se puede leer y escribir como siempre. Los cambios salen solos cuando vuelva.')
    await nina.part('Documentos')
    await nina.openDocument(PLAN)

    await world.startRelay({ empty: disk === 'an empty' })
    await nina.seesText('Contexto', 'Antes del corte. Y después del corte.', RECONNECT)
    await expect(ana.field('Alias o nombre de lo que se protege')).toHaveValue('la radio comunitaria', RECONNECT)
    for (const one of [nina, ana]) await one.seesNothingUnsent(RECONNECT)

    if (disk === 'an empty') {
      // What the relay has now is everything: a third one gets the whole history through it alone.
      await nina.openSpace(RED)
      const lucia = await world.person('Sauco')
      await lucia.join(await nina.invite('En persona'))
      await lucia.enterSpace(RED)
      await nina.sees('Ya entró con esta invitación')
      await nina.closePage()
      await ana.closePage()
      await lucia.openDocument(PLAN)
      await lucia.seesText('Contexto', 'Antes del corte. Y después del corte.')
    }
  })
}
