// Pictures of every screen over the engine of cardboard, and what axe says of each: `node test/support/screens.mjs OUT [port]`.
// Builds the page under the app's own CSP, walks through it in Spanish and English, light and dark, phone and laptop.
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { readFileSync } from 'node:fs'
import { chromium } from '@playwright/test'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { build, preview } from 'vite'

const [out = '/tmp/screens', port = '5400', only = ''] = process.argv.slice(2)
const root = resolve(import.meta.dirname, '../..')
const built = join(out, 'built')
mkdirSync(out, { recursive: true })

const config = {
  root,
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  plugins: [svelte()],
  resolve: { alias: [{ find: /^@automerge\/automerge$/, replacement: '@automerge/automerge/slim' }] },
  build: {
    outDir: built,
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: join(root, 'test/support/fake.html') },
  },
  preview: { port: Number(port), strictPort: true, host: '127.0.0.1' },
}
await build(config)
const server = await preview(config)
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})

/** name -> [scene, route or steps]. Steps get the page and `t`, the words of the language. */
const space = (tab) => `{name:'space',space:app.state.spaces[0].id,tab:'${tab}'}`
const go = (route) => (page) => page.evaluate(`app.navigate(${route})`)
const screens = {
  unlock: ['locked'],
  'unlock-wrong': [
    'locked',
    async (page) => {
      await page.locator('input').fill('otra cosa')
      await page.locator('.btn-l').click()
    },
  ],
  recovery: ['locked', (page) => page.locator('.btn-text').click()],
  'first-run': ['empty'],
  'first-run-own': [
    'empty',
    async (page) => {
      await page.locator('.row').first().click()
      await page.locator('input').first().fill('Copal')
      await page.locator('input').nth(1).fill('canela tres gallos y la olla azul')
    },
  ],
  kit: [
    'empty',
    async (page) => {
      await page.locator('.row').first().click()
      await page.locator('input').first().fill('Copal')
      await page.locator('input').nth(1).fill('canela tres gallos y la olla azul')
      await page.locator('.btn-l').click()
      await page.locator('.words').waitFor()
    },
  ],
  'kit-check': [
    'empty',
    async (page) => {
      await page.locator('.row').first().click()
      await page.locator('input').first().fill('Copal')
      await page.locator('input').nth(1).fill('canela tres gallos y la olla azul')
      await page.locator('.btn-l').click()
      await page.locator('.check input').check()
      await page.locator('.btn-l').click()
    },
  ],
  'home-empty': ['fresh'],
  home: ['full'],
  'home-offline': ['offline'],
  'storage-failing': ['failing'],
  todo: ['full', go(`{name:'todo'}`)],
  create: ['fresh', go(`{name:'create'}`)],
  join: ['fresh', go(`{name:'join'}`)],
  'join-preview': ['fresh', go(`{name:'join',link:'https://app.example.org/#telar1.abc'}`)],
  'join-waiting': [
    'fresh',
    async (page) => {
      await page.evaluate(`app.navigate({name:'join',link:'https://app.example.org/#telar1.abc'})`)
      await page.locator('.btn-l').click()
      await page.locator('.safe').waitFor()
    },
  ],
  waiting: ['full', go(`{name:'waiting'}`)],
  space: ['full', go(space('documents'))],
  'who-sees': [
    'full',
    async (page) => {
      await page.evaluate(`app.navigate(${space('documents')})`)
      await page.locator('.sync').click()
    },
  ],
  people: ['full', go(space('people'))],
  remove: [
    'full',
    async (page) => {
      await page.evaluate(`app.navigate(${space('people')})`)
      await page.locator('.list .row .btn-text').first().click()
      await page.locator('dialog .btn-danger').click()
    },
  ],
  'space-connections': ['full', go(space('connections'))],
  'space-settings': ['full', go(space('settings'))],
  'new-document': ['full', go(`{name:'new-document',space:app.state.spaces[0].id}`)],
  invite: ['full', go(`{name:'invite',space:app.state.spaces[0].id}`)],
  'invite-made': [
    'full',
    async (page) => {
      await page.evaluate(`app.navigate({name:'invite',space:app.state.spaces[0].id})`)
      await page.locator('.btn-l').click()
      await page.locator('.qr svg').waitFor()
    },
  ],
  connections: ['full', go(`{name:'connections'}`)],
  'connections-offline': ['offline', go(`{name:'connections'}`)],
  place: ['full', go(`{name:'place'}`)],
  glossary: ['full', go(`{name:'glossary'}`)],
}

let troubles = 0
for (const [width, theme, language] of [
  [390, 'light', 'es'],
  [390, 'dark', 'en'],
  [1280, 'light', 'es'],
  [1280, 'dark', 'en'],
]) {
  for (const [name, [scene, steps]] of Object.entries(screens)) {
    if (only !== '' && !only.split(',').includes(name)) continue
    const context = await browser.newContext({
      viewport: { width, height: width === 390 ? 844 : 800 },
      reducedMotion: 'reduce',
    })
    const page = await context.newPage()
    const where = `${name}-${width}-${theme}-${language}`
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('404')) {
        troubles += 1
        console.error(where, message.text())
      }
    })
    page.on('pageerror', (error) => {
      troubles += 1
      console.error(where, String(error))
    })
    await page.addInitScript(
      ([language, theme]) => {
        localStorage.setItem('preferences', JSON.stringify({ language, theme }))
      },
      [language, theme],
    )
    await page.goto(`http://127.0.0.1:${port}/test/support/fake.html?scene=${scene}`)
    // Not waitForFunction: it evaluates strings inside the page, which the page's policy forbids.
    await page.evaluate(
      () =>
        new Promise((done) => {
          const look = () => (globalThis.app?.state ? done() : requestAnimationFrame(look))
          look()
        }),
    )
    if (language === 'en') await page.evaluate(`app.setLanguage('en')`)
    if (steps) await steps(page)
    await page.waitForTimeout(80)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    if (wide > 0) {
      troubles += 1
      console.error(where, `is ${wide}px wider than the screen`)
    }
    await page.screenshot({ path: join(out, `${where}.png`), fullPage: width === 1280 })
    if (width === 390) await page.screenshot({ path: join(out, `${where}-full.png`), fullPage: true })
    await page.evaluate(axe)
    const found = await page.evaluate(() =>
      globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
    )
    for (const violation of found.violations) {
      troubles += 1
      console.error(
        where,
        violation.id,
        violation.help,
        violation.nodes
          .slice(0, 2)
          .map((node) => node.html.slice(0, 160))
          .join(' | '),
      )
    }
    await context.close()
  }
}
await browser.close()
await new Promise((done) => server.httpServer.close(done))
console.log(troubles === 0 ? 'no troubles' : `${troubles} troubles`)
process.exit(troubles === 0 ? 0 : 1)
