// The first time: a place of one's own with its recovery kit, a network, and the four types of document from files, out
// again without loss.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Kind } from '../support/e2e-person.ts'
import { expect, test } from '../support/e2e-test.ts'
import { root } from '../support/e2e-world.ts'

const SAMPLES = ['membership-roster', 'protection-plan', 'meeting-minutes', 'learning-systematization'] as const
const sample = (name: string) => join(root, 'src/documents/samples', `${name}.json`)

test('a place of her own, a network, four documents from files, and out again without loss', async ({ world }) => {
  const nina = await world.person('Ceiba')
  await nina.firstRun()
  await nina.createNetwork('Red de las Jacarandas')
  for (const name of SAMPLES) {
    await nina.openFile(sample(name))
    const written = JSON.parse(readFileSync(sample(name), 'utf8')) as { title: string }
    await nina.documentOpen(written.title)
    expect(await nina.exportDocument(), name).toEqual(written)
    await nina.tap('Volver')
    await nina.seesHeading('Red de las Jacarandas')
    await nina.sees(written.title)
  }
  // What there is after closing and opening again is what there was.
  await nina.reopen()
  await nina.unlock()
  await nina.openSpace('Red de las Jacarandas')
  for (const name of SAMPLES) {
    const written = JSON.parse(readFileSync(sample(name), 'utf8')) as { title: string }
    await nina.openDocument(written.title)
    expect(await nina.exportDocument(), `${name}, opened again`).toEqual(written)
    await nina.tap('Volver')
  }
})

const KINDS: readonly Kind[] = ['Padrón', 'Plan de protección', 'Memoria de reunión', 'Sistematización']

test('an empty document of each type is made, named, and listed under its name', async ({ world }) => {
  const nina = await world.person('Ceiba')
  await nina.firstRun()
  await nina.createNetwork('Círculo del Cacao')
  for (const kind of KINDS) {
    await nina.createDocument(kind, `${kind} de prueba inventada`)
    await nina.tap('Volver')
    await nina.sees(`${kind} de prueba inventada`)
  }
})

test('a weak phrase is refused with a reason, and nothing is made', async ({ world }) => {
  const nina = await world.person('Ceiba')
  await nina.tap('Hacer un lugar propio')
  await nina.type('Alias', 'Ceiba')
  await nina.field('Frase secreta').fill('123456')
  await nina.sees('Todavía se puede adivinar.')
  await nina.tap('Seguir')
  // Beside the field while she typed, and now as the answer.
  await expect(nina.page.getByRole('status').filter({ hasText: 'Sigue un orden fácil de adivinar' })).toHaveCount(2)
  await expect(nina.field('Frase secreta')).toBeVisible()
})
