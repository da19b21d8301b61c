// From the address to a screen that answers, on a phone's profile: CPU 4 times slower, slow 3G. First visit, second visit, and
// with the server gone; each in a newly started browser on the same profile. The line is slowed outside of the browser,
// because the page, the engine's worker and the service worker share one line on a phone and the browser's own throttling
// slows each target apart. Owns the stamping only.
import type { BrowserContext, CDPSession, Page } from '@playwright/test'
import { browser, chromium, PHONE, Served } from './app.ts'
import type { Speed } from './line.ts'
import * as person from './person.ts'
import { bytes, type Findings, ratio, seconds } from './report.ts'

/** Slow 3G: 400 kbit/s each way, 400 ms there and back. */
const SLOW_3G: Speed = { bytesPerSecond: 50_000, roundTrip: 400 }
const CPU = 4
const PATIENCE = 120_000

/** What is waited for, by the selector of what shows it. */
const MARKS = {
  heading: 'main h1',
  form: 'form input',
  estimate: '.strength-box b',
  unlock: 'input[autocomplete="current-password"]',
  inside: 'nav[aria-label="Principal"]',
} as const

/** ms since the navigation began. */
type Marks = Partial<Record<keyof typeof MARKS | 'paint' | 'blocked', number>>

/** Runs in the page from its first moment: stamps each selector when it is first there, at the frame that shows it. */
function watch(marks: Readonly<Record<string, string>>): void {
  const seen: Record<string, number> = { blocked: 0 }
  Object.assign(globalThis, { benchMarks: seen })
  const look = () => {
    for (const [name, selector] of Object.entries(marks)) {
      if (name in seen || document.querySelector(selector) === null) continue
      seen[name] = performance.now()
      requestAnimationFrame(() => (seen[name] = performance.now()))
    }
  }
  new MutationObserver(look).observe(document, { childList: true, subtree: true })
  const observe = (type: string, take: (entry: PerformanceEntry) => void) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true })
  observe('paint', (entry) => {
    if (entry.name === 'first-contentful-paint') seen['paint'] = entry.startTime
  })
  observe('longtask', (entry) => (seen['blocked'] = (seen['blocked'] ?? 0) + entry.duration - 50))
}

const read = (page: Page): Promise<Marks> =>
  page.evaluate(() => ({ ...(globalThis as unknown as { benchMarks: Marks }).benchMarks }))

interface Profile {
  readonly folder: string
  readonly slow: boolean
}

/** A browser newly started on this profile, slowed where asked; ended after `run`. */
async function opened<T>(profile: Profile, run: (page: Page) => Promise<T>): Promise<T> {
  const context = await chromium.launchPersistentContext(profile.folder, { ...browser(), ...PHONE })
  try {
    context.setDefaultTimeout(PATIENCE)
    const page = context.pages()[0] ?? (await context.newPage())
    await page.addInitScript(watch, MARKS)
    if (profile.slow) await slowCpu(context, page)
    return await run(page)
  } finally {
    await context.close()
  }
}

async function slowCpu(context: BrowserContext, page: Page): Promise<CDPSession> {
  const session = await context.newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: CPU })
  return session
}

interface First extends Marks {
  readonly bytesAtEngine: number
  readonly bytesAtOffline: number
  readonly offline: number
}

/** The first visit ever: first paint, the button answers, the engine answers, everything is kept for offline. */
async function first(served: Served, page: Page, finish: boolean): Promise<First> {
  served.line.take()
  const start = performance.now()
  await page.goto(served.address, { waitUntil: 'commit' })
  await person.button(page, 'Hacer un lugar propio').click()
  await person.field(page, 'Alias').fill('Ceiba')
  await person.field(page, 'Frase secreta').fill(person.PHRASE)
  await page.getByText('Frase fuerte.').waitFor()
  const bytesAtEngine = served.line.bytes.down
  const marks = await read(page)
  // Resolves when a worker is active, which is after it has kept every file.
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready
  })
  const [offline, bytesAtOffline] = [performance.now() - start, served.line.bytes.down]
  if (finish) {
    await person.button(page, 'Seguir').click()
    await person.keepKit(page)
  }
  return { ...marks, bytesAtEngine, bytesAtOffline, offline }
}

/** A later visit: the unlock screen, the phrase at once, and inside (a whole Argon2id is in it). */
async function later(served: Served, page: Page): Promise<Marks & { readonly typed: number; readonly bytes: number }> {
  served.line.take()
  await page.goto(served.address, { waitUntil: 'commit' })
  const phrase = person.field(page, 'Frase secreta')
  await phrase.fill(person.PHRASE)
  const typed = await page.evaluate(() => performance.now())
  await phrase.press('Enter')
  await person.main(page).waitFor()
  return { ...(await read(page)), typed, bytes: served.line.bytes.down }
}

export async function start(report: Findings): Promise<void> {
  const served = await Served.start()
  try {
    const fast = await opened({ folder: served.folder(), slow: false }, (page) => first(served, page, false))
    const phone: Profile = { folder: served.folder(), slow: true }
    served.line.slow(SLOW_3G)
    const cold = await opened(phone, (page) => first(served, page, true))
    const warm = await opened(phone, (page) => later(served, page))
    await served.off()
    const offline = await opened(phone, (page) => later(served, page))
    tell(report, { fast, cold, warm, offline })
  } finally {
    await served.end()
  }
}

interface Runs {
  readonly fast: First
  readonly cold: First
  readonly warm: Awaited<ReturnType<typeof later>>
  readonly offline: Awaited<ReturnType<typeof later>>
}

const at = (value: number | undefined): string => (value === undefined ? '-' : seconds(value))

function tell(report: Findings, { fast, cold, warm, offline }: Runs): void {
  report.say('First visit, an empty browser:')
  const row = (name: string, pick: (run: First) => number | undefined) => {
    const [machine, phone] = [pick(fast), pick(cold)]
    return [name, at(machine), at(phone), machine === undefined || phone === undefined ? '-' : ratio(phone, machine)]
  }
  report.table(
    ['', 'this machine', 'phone profile', 'ratio'],
    [
      row('first paint of real content', (run) => run.paint),
      row('the form stands after a tap made at once', (run) => run.form),
      row('the engine answers (strength of the phrase)', (run) => run.estimate),
      row('everything is kept for offline', (run) => run.offline),
      row('main thread blocked until the engine answers', (run) => run.blocked),
    ],
  )
  report.say(
    `Received by then: ${bytes(cold.bytesAtEngine)} when the engine answers, ${bytes(cold.bytesAtOffline)} when all is kept.`,
  )
  report.say('Later visits, phone profile, the browser started anew:')
  report.table(
    ['', 'warm', 'offline, server gone'],
    [
      ['first paint of real content', at(warm.paint), at(offline.paint)],
      ['the unlock field stands', at(warm.unlock), at(offline.unlock)],
      ['phrase typed (by a machine)', at(warm.typed), at(offline.typed)],
      ['inside', at(warm.inside), at(offline.inside)],
      ['main thread blocked until then', at(warm.blocked), at(offline.blocked)],
      ['received', bytes(warm.bytes), bytes(offline.bytes)],
    ],
  )
}
