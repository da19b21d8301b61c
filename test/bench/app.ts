// The built app behind a relay of its own, reached over a line that can be made slow, and browsers to open it with. Owns
// building when stale, starting and ending; measures nothing.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BrowserContextOptions, chromium, devices, type LaunchOptions } from '@playwright/test'
import { type Relay, startRelay } from '../../sync-server/relay.ts'
import { Line } from './line.ts'

/** From this file and from the bundle it ends up in (dist/node) alike. */
const root = fileURLToPath(new URL('../..', import.meta.url))
export const appFolder = join(root, 'dist/app')

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const FLAGS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'

/** TELAR_BROWSER, the first known browser in PATH, or Playwright's own. */
export function browser(): LaunchOptions {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path))
  const executablePath = process.env['TELAR_BROWSER'] ?? found
  return { ...(executablePath === undefined ? {} : { executablePath }), args: FLAGS.split(' ') }
}

export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  locale: 'es-MX',
  hasTouch: true,
  userAgent: devices['Pixel 7'].userAgent,
  permissions: ['clipboard-read', 'clipboard-write'],
  reducedMotion: 'reduce',
}

/** Builds the app unless everything it is made of is older than the last build. */
export function buildApp(): void {
  const newest = (path: string): number => {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat === undefined) return 0
    if (!stat.isDirectory()) return stat.mtimeMs
    return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
  }
  const sources = ['src', 'public', 'index.html', 'vite.config.ts', 'svelte.config.js'].map((name) => join(root, name))
  if (newest(join(appFolder, 'build.json')) > Math.max(...sources.map(newest))) return
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const built = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'error'], { cwd: root, stdio: 'inherit' })
  if (built.status !== 0) throw new Error('the app could not be built')
}

export class Served {
  readonly #folders: string[] = []

  private constructor(
    readonly line: Line,
    private readonly relay: Relay,
  ) {}

  static async start(): Promise<Served> {
    buildApp()
    let port = 0
    const line = await Line.open(() => port)
    const data = mkdtempSync(join(tmpdir(), 'telar-bench-'))
    const origins = [`127.0.0.1:${line.port}`]
    const relay = await startRelay({ host: '127.0.0.1', port: 0, data, origins, app: appFolder })
    port = relay.port
    const served = new Served(line, relay)
    served.#folders.push(data)
    return served
  }

  get address(): string {
    return `http://127.0.0.1:${this.line.port}/`
  }

  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'telar-bench-'))
    this.#folders.push(folder)
    return folder
  }

  /** The server and the network are gone from now on. */
  async off(): Promise<void> {
    this.line.cut()
    await this.relay.close()
  }

  async end(): Promise<void> {
    await this.line.close()
    await this.relay.close()
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true })
  }
}

export { chromium }
