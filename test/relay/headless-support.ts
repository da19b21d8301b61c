// Real processes for the stories of the headless member: the bundled command, each with a folder of its own, and a relay
// that can be killed by signal and brought back, on the same disk or an empty one.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const SAMPLES = ['membership-roster', 'protection-plan', 'meeting-minutes', 'learning-systematization'] as const
export const sample = (name: string) => join(root, 'src/documents/samples', `${name}.json`)

const children = new Set<ChildProcess>()
const folders = new Set<string>()

const TELAR = join(root, 'src/cli/telar.mjs')
const RELAY = join(root, 'sync-server/start.mjs')

/** Bundles both programs once, before many processes would do it at the same time. */
export async function programs(): Promise<void> {
  for (const args of [
    [TELAR, '--help'],
    [RELAY, '--relay-only', '--help'],
  ]) {
    const child = start(args)
    child.stdout!.resume()
    child.stderr!.resume()
    const code = await ended(child)
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`)
  }
}

export function folder(name: string): string {
  const made = mkdtempSync(join(tmpdir(), `telar-${name}-`))
  folders.add(made)
  return made
}

/** Ends every process started here and deletes every folder. */
export async function cleanUp(): Promise<void> {
  await Promise.all([...children].map((child) => ended(child, 'SIGKILL')))
  for (const made of folders) rmSync(made, { recursive: true, force: true })
  folders.clear()
}

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, args, { env: { PATH, HOME, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  children.add(child)
  child.on('close', () => children.delete(child))
  return child
}

export function ended(child: ChildProcess, signal?: NodeJS.Signals): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode)
    child.once('close', (code) => resolve(code))
    if (signal !== undefined) child.kill(signal)
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error()),
      )
    })
  })
}

export class RelayProcess {
  #child: ChildProcess | null = null

  private constructor(
    readonly port: number,
    readonly data: string,
  ) {}

  static async start(): Promise<RelayProcess> {
    const relay = new RelayProcess(await freePort(), folder('relay'))
    await relay.up()
    return relay
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async up(): Promise<void> {
    const args = ['--port', String(this.port), '--host', '127.0.0.1', '--data', this.data]
    const child = start([RELAY, '--relay-only', ...args])
    this.#child = child
    await new Promise<void>((resolve, reject) => {
      const lines = createInterface({ input: child.stdout! })
      lines.on('line', (line) => {
        if (line.includes('listens')) resolve()
      })
      child.stderr!.resume()
      child.once('close', (code) => reject(new Error(`the relay ended (${code})`)))
    })
  }

  /** SIGKILL: whatever was not committed is lost. */
  async kill(): Promise<void> {
    if (this.#child !== null) await ended(this.#child, 'SIGKILL')
    this.#child = null
  }

  wipe(): void {
    for (const name of readdirSync(this.data)) rmSync(join(this.data, name), { recursive: true })
  }

  /** All bytes of all its files. */
  disk(): Buffer {
    return Buffer.concat(
      readdirSync(this.data, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name))),
    )
  }
}

export interface Ran {
  readonly code: number | null
  readonly json: Readonly<Record<string, unknown>>
  readonly stderr: string
}

/** `sync --watch` that is running. */
export class Watching {
  readonly events: Readonly<Record<string, unknown>>[] = []
  #waiting = new Set<() => void>()

  constructor(private readonly child: ChildProcess) {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.events.push(JSON.parse(line) as Record<string, unknown>)
      for (const look of this.#waiting) look()
    })
    child.stderr!.resume()
  }

  until(event: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!this.events.some((seen) => seen['event'] === event)) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      this.child.once('close', (code) => reject(new Error(`sync --watch ended (${code}) before ${event}`)))
      look()
    })
  }

  /** SIGKILL: no time to say or to save anything. */
  async kill(): Promise<void> {
    await ended(this.child, 'SIGKILL')
  }

  /** The exit code after SIGTERM. */
  end(): Promise<number | null> {
    return ended(this.child, 'SIGTERM')
  }
}

export class Member {
  readonly home: string
  readonly #secret: string

  private constructor(readonly alias: string) {
    this.home = folder(alias.toLowerCase())
    this.#secret = join(folder('secret'), 'frase')
    writeFileSync(this.#secret, 'ceniza tordo balcon miel rueda quieto\n', { mode: 0o600 })
  }

  static async make(alias: string): Promise<Member> {
    const member = new Member(alias)
    await member.ok('init', '--alias', alias, '--kdf-memory', '8', '--kdf-passes', '1')
    return member
  }

  #start(args: readonly string[], frase = this.#secret): ChildProcess {
    const fixed = ['--home', this.home, '--passphrase-file', frase, '--lang', 'en', '--json']
    return start([TELAR, ...fixed, ...args])
  }

  /** Runs one command; `input` goes to its standard input. */
  async run(args: readonly string[], options: { input?: string; frase?: string } = {}): Promise<Ran> {
    const child = this.#start(args, options.frase)
    let stdout = ''
    let stderr = ''
    child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.stdin!.on('error', () => undefined)
    child.stdin!.end(options.input ?? '')
    const code = await ended(child)
    const json = stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>)
    return { code, json, stderr }
  }

  /** The same where anything but success is a failure of the test. */
  async ok(...args: string[]): Promise<Ran['json']> {
    const ran = await this.run(args)
    if (ran.code !== 0) throw new Error(`${this.alias}: telar ${args[0]} ${args[1]}: exit ${ran.code}: ${ran.stderr}`)
    return ran.json
  }

  async watch(): Promise<Watching> {
    const watching = new Watching(this.#start(['sync', '--watch']))
    await watching.until('watching')
    return watching
  }

  async content(document: string): Promise<Record<string, unknown>> {
    return (await this.ok('doc', 'show', document))['content'] as Record<string, unknown>
  }

  async text(document: string, path: string): Promise<string> {
    return String((await this.content(document))[path])
  }

  /** Puts `words` into a text at a place chosen by `where`, as somebody typing there would. */
  async type(document: string, path: string, words: string, where: (length: number) => number): Promise<Ran> {
    const now = await this.text(document, path)
    const at = where(now.length + 1)
    return this.run(['doc', 'text', document, path, '-'], { input: now.slice(0, at) + words + now.slice(at) })
  }
}

/** Whole numbers below `below`, decided by `seed` (xorshift32). */
export function dice(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761) | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}
