// Pictures of every real screen, to be looked at: `npm run screens [FOLDER]`, into test-results/screens if none is given. In
// both languages, light and dark, on a phone and a laptop. `--readme` makes the two pictures of the README instead.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import config from '../../playwright.config.ts'
import type { Person } from './e2e-person.ts'
import { type Visit, walk } from './e2e-walk.ts'
import { walkCarriers } from './e2e-walk-carriers.ts'
import { walkWays } from './e2e-walk-ways.ts'
import { root, World } from './e2e-world.ts'

const launch = config.use?.launchOptions ?? {}

async function inWorld(run: (world: World) => Promise<void>): Promise<void> {
  const browser = await chromium.launch(launch)
  const world = new World(browser, launch)
  await world.begin()
  try {
    await run(world)
  } finally {
    await world.end()
    await browser.close()
  }
}

async function everyScreen(folder: string): Promise<void> {
  for (const english of [false, true])
    for (const wide of [false, true]) {
      let count = 0
      const shoot: Visit = async (screen, page) => {
        count += 1
        const name = `${String(count).padStart(2, '0')}-${screen}-${wide ? 1280 : 390}-${english ? 'en' : 'es'}`
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
          await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) })
        }
        await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
      }
      // Each in a world of its own: in the first walk people are taken out whom the second one meets.
      for (const one of [walk, walkWays, walkCarriers]) await inWorld((world) => one(world, { english, wide }, shoot))
      console.log(`${count} screens, ${english ? 'English' : 'Spanish'}, ${wide ? 'laptop' : 'phone'}`)
    }
  console.log(`The pictures are in ${folder}`)
}

/** Home and a plan on a phone, with the fictional samples, in Spanish. */
async function readmePictures(folder: string): Promise<void> {
  await inWorld(async (world) => {
    const nina = await world.person('Ceiba', { sharp: true })
    const shot = async (name: string) => {
      await nina.quiet()
      await nina.page.screenshot({ path: join(folder, `${name}.png`) })
    }
    await nina.firstRun()
    for (const name of ['Círculo del vivero', 'Red de las Jacarandas']) await nina.createNetwork(name)
    for (const kind of ['Sistematización', 'Padrón', 'Memoria de reunión'] as const) {
      await nina.createFromExample(kind)
      await nina.tap('Volver')
    }
    await letIn(world, nina, 'Copal')
    await letIn(world, nina, 'Sauco')
    await nina.openSpace('Red de las Jacarandas')
    await nina.createFromExample('Plan de protección')
    await shot('plan')
    await nina.tap('Volver')
    await nina.home()
    await shot('home')
  })
  console.log(`The pictures are in ${folder}`)
}

async function letIn(world: World, nina: Person, alias: string): Promise<void> {
  await nina.openSpace('Red de las Jacarandas')
  const link = await nina.invite('En persona')
  const other = await world.person(alias)
  await other.join(link)
  await other.enterSpace('Red de las Jacarandas')
}

const [first = 'test-results/screens'] = process.argv.slice(2)
const readme = first === '--readme'
const folder = join(root, readme ? 'docs/pictures' : first)
mkdirSync(folder, { recursive: true })
await (readme ? readmePictures(folder) : everyScreen(folder))
