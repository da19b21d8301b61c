// From the key in one browser until the letter stands in the other: two contexts with the real app, a relay on this
// machine. Each page stamps by the same wall clock. The tick of 0.5 s is part of it. Owns the stamping only.
import type { Browser, Page } from '@playwright/test'
import { chromium, browser, PHONE, Served } from './app.ts'
import * as person from './person.ts'
import { type Findings, ms, quantile, ratio } from './report.ts'
import { dice, KEY_EVERY, SEED, text } from './typing.ts'

const SPACE = 'Red de las Jacarandas'
const PLAN = 'Plan del puente viejo'
const TICK = 500
const SINGLE = 30
const FLOWING = 120

interface Stamps {
  /** By length of the text, when the field had it; ms since 1970. */
  readonly at: Readonly<Record<number, number>>
  /** Of tasks above 50 ms, ms. */
  readonly long: readonly number[]
}

/** In the page: keeps when each length of the text was first there, by a look at each frame, or at each key. */
async function stamp(page: Page, by: 'key' | 'frame'): Promise<void> {
  const handle = await person.field(page, 'Contexto').elementHandle()
  await page.evaluate(
    ([element, how]) => {
      const area = element as HTMLElement & { value?: string }
      const length = () => (area.value ?? area.textContent).length
      const stamps: { at: Record<number, number>; long: number[] } = { at: {}, long: [] }
      Object.assign(globalThis, { benchStamps: stamps })
      const note = () => (stamps.at[length()] ??= performance.timeOrigin + performance.now())
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) stamps.long.push(duration)
      }).observe({ type: 'longtask' })
      const look = () => {
        note()
        requestAnimationFrame(look)
      }
      if (how === 'frame') look()
      else {
        // The key comes before its letter: the length it leads to.
        area.addEventListener('keydown', () => {
          stamps.at[length() + 1] ??= performance.timeOrigin + performance.now()
        })
      }
    },
    [handle, by] as const,
  )
}

const stamps = (page: Page): Promise<Stamps> =>
  page.evaluate(() => (globalThis as unknown as { benchStamps: Stamps }).benchStamps)

async function reaches(page: Page, length: number): Promise<void> {
  const handle = await person.field(page, 'Contexto').elementHandle()
  await page.waitForFunction(
    ([element, wanted]) => ((element as { value?: string }).value ?? element?.textContent ?? '').length >= wanted,
    [handle, length] as const,
    { polling: 'raf', timeout: 30_000 },
  )
}

/** Both in the plan, and seeing each other. */
async function two(opened: Browser, served: Served): Promise<[Page, Page]> {
  const [one, other] = [
    await (await opened.newContext(PHONE)).newPage(),
    await (await opened.newContext(PHONE)).newPage(),
  ]
  await one.goto(served.address)
  await person.firstRun(one, 'Ceiba')
  await person.createNetwork(one, SPACE)
  await person.createPlan(one, PLAN)
  await person.openSpace(one, SPACE)
  await person.join(other, await person.invite(one), 'Copal', SPACE)
  await person.openPlan(other, PLAN)
  await person.openSpace(one, SPACE)
  await person.openPlan(one, PLAN)
  await one.getByText('Copal aquí ahora').first().waitFor()
  return [one, other]
}

export async function latency(report: Findings): Promise<void> {
  const served = await Served.start()
  const opened = await chromium.launch(browser())
  try {
    const [from, to] = await two(opened, served)
    await stamp(from, 'key')
    await stamp(to, 'frame')
    const letters = text(60)
    await person.field(from, 'Contexto').focus()
    await typeSingly(from, to, letters.slice(0, SINGLE))
    await typeFlowing(from, letters.slice(SINGLE, SINGLE + FLOWING))
    await reaches(to, SINGLE + FLOWING)
    tell(report, await stamps(from), await stamps(to))
  } finally {
    await opened.close()
    await served.end()
  }
}

/** Each letter when the one before has arrived: every one waits for a whole tick. */
async function typeSingly(from: Page, to: Page, letters: string): Promise<void> {
  for (const [i, letter] of Array.from(letters).entries()) {
    await from.keyboard.type(letter)
    await reaches(to, i + 1)
  }
}

/** As somebody types; letters share a tick. */
async function typeFlowing(from: Page, letters: string): Promise<void> {
  const roll = dice(SEED + 2)
  for (const letter of letters) await from.keyboard.type(letter, { delay: KEY_EVERY / 2 + roll(KEY_EVERY) })
}

function tell(report: Findings, pressed: Stamps, seen: Stamps): void {
  // Letters that arrive together are seen at the length of the last one.
  const seenAt = (length: number): number => {
    const lengths = Object.keys(seen.at).map(Number)
    return seen.at[Math.min(...lengths.filter((each) => each >= length))] ?? Number.NaN
  }
  const took = Object.entries(pressed.at)
    .map(([length, at]) => ({ length: Number(length), time: seenAt(Number(length)) - at }))
    .filter(({ time }) => Number.isFinite(time))
  const rows: [string, number[]][] = [
    ['single letters', took.filter(({ length }) => length <= SINGLE).map(({ time }) => time)],
    ['in the flow of typing', took.filter(({ length }) => length > SINGLE).map(({ time }) => time)],
  ]
  report.table(
    ['', 'letters', 'median', '95 of 100 below', 'slowest', 'median, in ticks of 0.5 s', 'beyond the tick, median'],
    rows.map(([name, times]) => [
      name,
      String(times.length),
      ms(quantile(times, 0.5)),
      ms(quantile(times, 0.95)),
      ms(Math.max(...times)),
      ratio(quantile(times, 0.5), TICK),
      name === 'single letters' ? ms(quantile(times, 0.5) - TICK) : '',
    ]),
  )
  const long = (name: string, { long: tasks }: Stamps) =>
    `${name}: ${tasks.length} tasks above 50 ms${tasks.length === 0 ? '' : `, longest ${ms(Math.max(...tasks))}`}`
  report.say(`Main threads while typing, ${long('the writer', pressed)}; ${long('the reader', seen)}.`)
}
