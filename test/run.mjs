// Everything that is checked, by one command on a fresh machine: `npm test`. Installs what is missing (a browser, too),
// runs every step even after one failed, and closes with one line of totals. Owns no test itself.
//   npm test -- --only checks|vitest|e2e     one part (may be repeated)
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { aptInstall, install } from '../sync-server/install.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const reports = join(root, 'test-results')
const PARTS = ['checks', 'vitest', 'e2e']
const totals = { passed: 0, failed: 0 }
const failures = []

function chosen(args) {
  const only = args.flatMap((arg, at) =>
    arg === '--only' ? [args[at + 1]] : arg.startsWith('--only=') ? [arg.slice(7)] : [],
  )
  const strange = only.filter((part) => !PARTS.includes(part))
  if (strange.length > 0) {
    console.error(`--only takes one of: ${PARTS.join(', ')}`)
    process.exit(2)
  }
  return only.length === 0 ? PARTS : only
}

const heading = (text) => console.log(`\n── ${text} ${'─'.repeat(Math.max(0, 70 - text.length))}`)

/** Runs a program of node_modules (or Node itself) to its end; its exit code. Nothing can wait for a keyboard. */
function run(script, args, env = {}) {
  return new Promise((done) => {
    const options = { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } }
    const child = spawn(process.execPath, [join(root, script), ...args], options)
    child.on('error', () => done(1))
    child.on('close', (code) => done(code ?? 1))
  })
}

function count(name, passed, failed) {
  totals.passed += passed
  totals.failed += failed
  if (failed > 0) failures.push(name)
}

async function check(name, script, args) {
  heading(name)
  const good = (await run(script, args)) === 0
  count(name, good ? 1 : 0, good ? 0 : 1)
  return good
}

/** Adds a runner's own totals; a runner that failed without naming a failed test counts as one failure. */
function countReport(name, code, report, read) {
  let { passed, failed } = { passed: 0, failed: 0 }
  try {
    ;({ passed, failed } = read(JSON.parse(readFileSync(report, 'utf8'))))
  } catch {
    console.error(`${name}: no report was written`)
  }
  count(name, passed, code !== 0 && failed === 0 ? 1 : failed)
}

async function vitest() {
  heading('Unit, contract, vector, property, simulation and relay tests')
  const report = join(reports, 'vitest.json')
  rmSync(report, { force: true })
  const code = await run('node_modules/vitest/vitest.mjs', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ])
  countReport('vitest', code, report, (json) => ({
    passed: json.numPassedTests,
    // A file that does not even load has no failed test of its own.
    failed:
      json.numFailedTests +
      json.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length,
  }))
}

const works = (path) => spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0

/** Full path of a browser that runs: the one asked for, or the first known one in PATH. */
function findBrowser() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const wanted = process.env.TELAR_BROWSER ? [process.env.TELAR_BROWSER] : names
  const folders = (process.env.PATH ?? '').split(delimiter)
  const paths = wanted.flatMap((name) =>
    name.includes('/') || name.includes('\\') ? [resolve(name)] : folders.map((folder) => join(folder, name)),
  )
  return paths.find((path) => existsSync(path) && works(path))
}

/** Playwright's own Chromium, if it is installed. */
async function ownBrowser() {
  const { chromium } = await import('@playwright/test')
  const path = chromium.executablePath()
  return existsSync(path) && works(path) ? path : undefined
}

async function browser() {
  const found = findBrowser() ?? (await ownBrowser())
  if (found !== undefined || process.env.TELAR_BROWSER) return found
  console.log('No browser here: installing Chromium…')
  if (aptInstall('chromium') && findBrowser() !== undefined) return findBrowser()
  await run('node_modules/@playwright/test/cli.js', ['install', 'chromium'])
  return ownBrowser()
}

async function endToEnd() {
  heading('End to end, in a real browser')
  if (!existsSync(join(root, 'test/e2e'))) return console.log('No end-to-end tests yet.')
  const path = await browser()
  if (path === undefined) {
    console.error(
      'No browser could be found or installed. Install Chromium, or say where one is: TELAR_BROWSER=/path npm test',
    )
    return count('a browser', 0, 1)
  }
  console.log(`Browser: ${path}`)
  const report = join(reports, 'playwright.json')
  rmSync(report, { force: true })
  const code = await run('node_modules/@playwright/test/cli.js', ['test', '--reporter=list,json'], {
    TELAR_BROWSER: path,
    PLAYWRIGHT_JSON_OUTPUT_FILE: report,
  })
  countReport('playwright', code, report, ({ stats, errors }) => ({
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + stats.skipped + (errors.length > 0 ? 1 : 0),
  }))
}

const parts = chosen(process.argv.slice(2))
install()
mkdirSync(reports, { recursive: true })

let built = true
if (parts.includes('checks')) {
  await check('Format', 'node_modules/prettier/bin/prettier.cjs', ['--check', '.'])
  await check('Lint', 'node_modules/eslint/bin/eslint.js', ['.'])
  await check('Types', 'node_modules/typescript/bin/tsc', ['--noEmit'])
  await check('Types in components', 'node_modules/svelte-check/bin/svelte-check', [
    '--threshold',
    'error',
    '--output',
    'human',
  ])
  await check('Every rule of the specification has a test', 'test/spec-rules.mjs', [])
}
if (parts.includes('vitest')) await vitest()
if (parts.includes('checks') || parts.includes('e2e')) {
  built = await check('Build', 'node_modules/vite/bin/vite.js', ['build', '--logLevel', 'warn'])
}
if (parts.includes('e2e') && built) await endToEnd()

console.log(failures.length === 0 ? '\nAll good.' : `\nNot good: ${failures.join(', ')}.`)
console.log(`${totals.passed} passed, ${totals.failed} failed`)
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1
