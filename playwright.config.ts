// How the end-to-end tests run: a real Chromium with a phone's screen, one at a time. Owns the browser's flags; which
// relay a test talks to is the test's own affair (each starts its own).
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { defineConfig } from '@playwright/test'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** TELAR_BROWSER, or the first known browser in PATH; undefined leaves the choice to Playwright's own. */
function browser(): string | undefined {
  if (process.env['TELAR_BROWSER']) return process.env['TELAR_BROWSER']
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path))
}

const executablePath = browser()

export default defineConfig({
  testDir: 'test/e2e',
  outputDir: 'test-results',
  workers: 1,
  fullyParallel: false,
  forbidOnly: Boolean(process.env['CI']),
  // On a machine that nobody watches a story is told once more before it stops a whole change; what then passes is listed as flaky at the
  // end, and is a bug to be found. Nowhere else.
  retries: process.env['CI'] ? 1 : 0,
  timeout: process.env['SLOW'] === '1' ? 600_000 : 180_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    headless: true,
    viewport: { width: 390, height: 844 },
    locale: 'es-MX',
    video: 'off',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
})
