// A roster and spreadsheets, as a person who keeps it would: 120 people come in from a file, some are found and changed at
// once, and a file without contacts goes out, which is then looked into.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rosterColumns } from '../../src/documents/membership-roster/columns.ts'
import { csvText, rosterCsv } from '../../src/documents/membership-roster/csv.ts'
import { readCsv } from '../../src/documents/membership-roster/csv-read.ts'
import { columnLabel } from '../../src/ui/document/types/roster-csv.ts'
import type { Person } from '../support/e2e-person.ts'
import { lookAt } from '../support/e2e-look.ts'
import { expect, test } from '../support/e2e-test.ts'
import { root } from '../support/e2e-world.ts'

interface Sample {
  readonly organizations: readonly { readonly id: string }[]
  readonly people: readonly {
    readonly alias: string
    readonly memberStatus: string
    readonly channels: readonly { readonly value: string }[]
    readonly consent: { readonly withdrawnOn: string | null; readonly scope: string }
  }[]
}
const sample = JSON.parse(
  readFileSync(join(root, 'src/documents/samples/membership-roster.json'), 'utf8'),
) as unknown as Sample

/** The sample as another program would write it, with one row that has something wrong and one that repeats an alias. */
function file(): string {
  const everybody = sample.people.map((person) => ({ ...person, consent: { ...person.consent, withdrawnOn: null } }))
  const { csv } = rosterCsv(
    { ...sample, people: everybody },
    {
      columns: rosterColumns.map(({ id }) => id),
      language: 'es',
      heading: (column) => columnLabel(column, 'es'),
      withConditions: true,
    },
  )
  const at = rosterColumns.findIndex(({ id }) => id === 'memberStatus')
  const row = (alias: string, status: string) =>
    rosterColumns.map(({ id }, i) => (id === 'alias' ? alias : i === at ? status : ''))
  return csv + csvText([row('Tucán nueva', 'contenta'), row('NIEBLA', 'En pausa')]).slice(1)
}

async function bringIn(nina: Person, path: string): Promise<void> {
  await nina.tap('Traer de una hoja de cálculo')
  const choosing = nina.page.waitForEvent('filechooser')
  await nina.tap('Elegir el archivo')
  await (await choosing).setFiles(path)
  await nina.tap('Seguir')
}

test('a roster comes in from a spreadsheet, is changed many at once, and goes out without contacts', async ({
  world,
}) => {
  const nina = await world.person('Ceiba', { wide: true })
  await nina.firstRun()
  await nina.createNetwork('Red de las Jacarandas')
  await nina.createDocument('Padrón', 'Padrón de prueba inventado')
  const path = join(world.folder('files'), 'lista.csv')
  writeFileSync(path, file())

  await bringIn(nina, path)
  await nina.sees('120 nuevas')
  await nina.sees('1 fila apartada')
  await nina.sees('«contenta» no está en la lista')
  await nina.page.getByLabel('Situación', { exact: true }).selectOption({ label: 'Activa' })
  await nina.sees('121 nuevas')
  // The second "Niebla" is in the file itself, and is left out unless somebody says otherwise.
  await expect(nina.page.getByLabel('Qué hacer con NIEBLA')).toHaveValue('skip')
  await nina.tap('Añadir 121 y actualizar 0')
  await nina.sees('121 personas')

  // Without accents, then by a filter; those found are changed at once, and it can be taken back.
  await nina.page.getByRole('searchbox').fill('tucan NUEVA')
  await nina.sees('1 de 121 personas')
  await nina.page.getByRole('searchbox').fill('')
  const paused = sample.people.filter(({ memberStatus }) => memberStatus === 'en_pausa').length
  await nina.page.getByRole('combobox', { name: 'Situación' }).selectOption({ label: 'En pausa' })
  await nina.sees(`${paused} de 121 personas`)
  await nina.tap(`Elegir a las ${paused}`)
  await nina.tap('Cambiar a las elegidas')
  await nina.page.getByRole('dialog').getByLabel('Situación').selectOption({ label: 'En resguardo' })
  await nina.page.getByRole('dialog').getByLabel('Revisar el consentimiento el').fill('2027-01-15')
  await nina.tap('Hacer el cambio')
  await nina.sees('0 de 121 personas')

  await nina.page.getByRole('combobox', { name: 'Situación' }).selectOption('')
  await nina.tap('Exportar a hoja de cálculo')
  const alone = sample.people.filter(({ consent }) => consent.scope === 'solo_punto_focal').length
  await nina.sees(`${121 - alone} personas, sin contactos.`)
  await nina.page.getByRole('checkbox', { name: `Incluir a ${alone} personas que pusieron condiciones` }).check()
  await nina.sees('121 personas, sin contactos.')
  const coming = nina.page.waitForEvent('download')
  await nina.tap('Guardar el archivo')
  const bytes = readFileSync(await (await coming).path())
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
  const table = readCsv(bytes)
  if (!table.ok) throw new Error(table.error.type)
  expect(table.value.rows).toHaveLength(121)
  expect(table.value.headings).not.toContain('Canales: Número o dirección')
  for (const { channels } of sample.people)
    for (const { value } of channels) expect(bytes.toString('utf8')).not.toContain(value)
  const safe = table.value.rows.filter(({ cells }) => cells.includes('En resguardo')).length
  const before = sample.people.filter(({ memberStatus }) => memberStatus === 'en_resguardo').length
  expect(safe).toBe(before + paused)

  // What came in is what the file said: brought in again, everybody is recognized and nobody is added.
  await bringIn(nina, path)
  await nina.sees(/parecidas a otras/)
  await nina.sees('0 nuevas')
})

test('on a phone every step of a file in and out stands still for axe, light and dark', async ({ world }) => {
  const nina = await world.person('Ceiba')
  const wrong: string[] = []
  const look = async (screen: string) => wrong.push(...(await lookAt(screen, nina.page, false)))
  await nina.firstRun()
  await nina.createNetwork('Red de las Jacarandas')
  await nina.createFromExample('Padrón')
  await nina.sees('120 personas')
  await nina.page.getByRole('searchbox').fill('pausa')
  await nina.tap(/^Elegir a las/)
  await look('chosen')
  await nina.tap('Cambiar a las elegidas')
  await look('many at once')
  await nina.tap('Cancelar')
  await nina.tap('Exportar a hoja de cálculo')
  await nina.page.getByRole('checkbox', { name: 'Canales: Número o dirección' }).check()
  await nina.sees(/con contactos\./)
  await look('a file out')
  await nina.tap('Cancelar')
  const path = join(world.folder('files'), 'lista.csv')
  writeFileSync(path, 'Nombre;Ingreso;Color;Estado\nNiebla;2015;azul;Activa\nTucán nueva;ayer;;feliz')
  await nina.tap('Traer de una hoja de cálculo')
  await look('a file in')
  const choosing = nina.page.waitForEvent('filechooser')
  await nina.tap('Elegir el archivo')
  await (await choosing).setFiles(path)
  await nina.sees('1 columna no se reconoció')
  await look('its columns')
  await nina.tap('Seguir')
  await nina.sees('Mismo alias que Niebla')
  await look('its rows')
  expect(wrong).toEqual([])
})
