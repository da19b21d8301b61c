// How long the list of a roster of 3,000 takes to answer a letter, a filter and a column, on the phone profile: the page's CPU
// four times slower, from the key to the frame that shows the answer. Uses the screens without an engine.
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from '@playwright/test'
import { createServer } from 'vite'
import { browser, PHONE } from './app.ts'

const PORT = 46_910
const SLOWER = 4

interface Times {
  readonly what: string
  readonly ms: readonly number[]
}

/** Milliseconds from the event that `act` causes to the frame that shows its answer. */
async function answered(page: Page, act: () => Promise<unknown>): Promise<number> {
  await page.evaluate(() => {
    const whole = globalThis as unknown as { took: Promise<number> }
    whole.took = new Promise((resolve) => {
      const begin = () => {
        const began = performance.now()
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)))
      }
      addEventListener('input', begin, { capture: true, once: true })
    })
  })
  await act()
  return page.evaluate(() => (globalThis as unknown as { took: Promise<number> }).took)
}

export async function rosterBench(): Promise<readonly Times[]> {
  const configFile = fileURLToPath(new URL('../../test/support/document-page/vite.config.ts', import.meta.url))
  const server = await createServer({ configFile, server: { port: PORT }, logLevel: 'error' })
  await server.listen()
  const opened = await chromium.launch(browser())
  try {
    const page = await (await opened.newContext(PHONE)).newPage()
    page.setDefaultTimeout(120_000)
    await page.goto(`http://localhost:${PORT}/?document=roster&alone&big=3000`)
    const search = page.getByRole('searchbox')
    await search.waitFor()
    const line = await page.context().newCDPSession(page)
    await line.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
    const letters: number[] = []
    const cleared: number[] = []
    for (const word of ['colibri', 'niebla 7', 'caribe pa', 'ambar']) {
      for (let i = 1; i <= word.length; i++) {
        letters.push(await answered(page, () => search.fill(word.slice(0, i))))
      }
      cleared.push(await answered(page, () => search.fill('')))
    }
    const filters: number[] = []
    for (const status of ['En pausa', 'Activa', 'Salió'])
      filters.push(
        await answered(page, () => page.getByRole('combobox', { name: 'Situación' }).selectOption({ label: status })),
      )
    return [
      { what: 'a letter more in the search', ms: letters },
      { what: 'the search emptied: all 3,000 again', ms: cleared },
      { what: 'a filter', ms: filters },
    ]
  } finally {
    await opened.close()
    await server.close()
  }
}

for (const { what, ms } of await rosterBench()) {
  const sorted = [...ms].sort((a, b) => a - b)
  const at = (part: number) => (sorted[Math.floor((sorted.length - 1) * part)] ?? NaN).toFixed(0)
  console.log(`| ${what} | ${sorted.length} | ${at(0.5)} ms | ${at(0.9)} ms | ${at(1)} ms |`)
}
