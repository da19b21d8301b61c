// A world for one end-to-end test: the relay with the built app as a process of its own, everything between it and the
// browsers recorded, and people with phones. Owns starting, killing and ending them; at the end it says what went wrong
// that no step of the test would notice: words in plain text, refused scripts, requests to strangers.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, PlaywrightWorkerOptions } from '@playwright/test'
import { Person, type Phone } from './e2e-person.ts'
import { filesOf, type Finding, search, Secrets } from './e2e-search.ts'
import { heard, RecordingProxy } from './e2e-wire.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const appFolder = join(root, 'dist/app')

/** The relay as a person starts it: `npm start` on a port and a folder of its own. */
export class RelayProcess {
  #child: ChildProcess | null = null
  #output = ''

  constructor(private readonly origin: string) {}

  /** Builds the app if it is stale; resolves with the port it listens on. */
  async start(data: string): Promise<number> {
    const args = ['sync-server/start.mjs', '--port', '0', '--data', data, '--origin', this.origin]
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    this.#output = ''
    return new Promise((done, failed) => {
      const read = (bytes: Buffer) => {
        this.#output += bytes.toString()
        const port = /ws:\/\/\S+?:(\d+)\/sync/.exec(this.#output)?.[1]
        if (port !== undefined && this.#output.includes('Ctrl+C')) done(Number(port))
      }
      child.stdout.on('data', read)
      child.stderr.on('data', read)
      child.once('close', () => failed(new Error(`the relay did not start:\n${this.#output}`)))
    })
  }

  get output(): string {
    return this.#output
  }

  /** SIGTERM lets it finish what it stores, SIGKILL does not. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.kill(signal)
    await closed
  }
}

/** Codes and labels of every vocabulary, long enough to be told from chance. */
function vocabulary(): string[] {
  const files = ['terms.json', 'additions.json'].map((name) => join(root, 'src/documents/vocabulary', name))
  const terms = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as object)
  const words: string[] = []
  const gather = (value: unknown): void => {
    if (typeof value === 'string') words.push(value)
    else if (Array.isArray(value)) value.forEach(gather)
    else if (typeof value === 'object' && value !== null)
      for (const [code, inside] of Object.entries(value)) {
        words.push(code)
        gather(inside)
      }
  }
  // The vocabularies' own names are nobody's words (`channel` is a table of the relay, too).
  for (const vocabularies of terms) gather(Object.values(vocabularies))
  return words.filter((word) => word.length >= 6)
}

type LaunchOptions = PlaywrightWorkerOptions['launchOptions']

export class World {
  readonly secrets = new Secrets()
  readonly proxy = new RecordingProxy()
  /** What is wrong besides what a test looks at, in words. */
  readonly complaints: string[] = []
  readonly #people: Person[] = []
  readonly #folders: string[] = []
  readonly #data: string[] = []
  #relay!: RelayProcess

  constructor(
    readonly browser: Browser,
    readonly launch: LaunchOptions,
  ) {}

  get address(): string {
    return `http://127.0.0.1:${this.proxy.port}`
  }

  async begin(): Promise<void> {
    for (const word of vocabulary()) this.secrets.word(word)
    await this.proxy.listen()
    this.#relay = new RelayProcess(`127.0.0.1:${this.proxy.port}`)
    await this.startRelay({ empty: true })
  }

  /** With what it had, or with an empty disk. */
  async startRelay({ empty = false } = {}): Promise<void> {
    if (empty) this.#data.push(this.folder('relay'))
    this.proxy.target(await this.#relay.start(this.#data.at(-1)!))
  }

  async stopRelay(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.proxy.target(null)
    await this.#relay.end(signal)
  }

  /** A new folder that goes with the world. */
  folder(name: string): string {
    const folder = mkdtempSync(join(tmpdir(), `telar-e2e-${name}-`))
    this.#folders.push(folder)
    return folder
  }

  /** Somebody with a phone of her own; her page is open. */
  async person(alias: string, phone: Phone = {}): Promise<Person> {
    const person = await Person.arrive(this, alias, phone)
    this.#people.push(person)
    return person
  }

  /** Plain text in anything the relay received, sent, kept or printed. */
  findings(): Finding[] {
    const kept = this.#data.flatMap((folder) => filesOf(folder))
    const printed = { where: 'what the relay printed', bytes: Buffer.from(this.#relay.output) }
    return search(this.secrets, [...heard(this.proxy.connections, appFolder), ...kept, printed])
  }

  /** How many bytes the search would look at. */
  searched(): { wire: number; disk: number } {
    const size = (places: readonly { bytes: Buffer }[]) => places.reduce((sum, { bytes }) => sum + bytes.length, 0)
    return {
      wire: size(heard(this.proxy.connections, appFolder)),
      disk: size(this.#data.flatMap((folder) => filesOf(folder))),
    }
  }

  async end(): Promise<void> {
    for (const person of this.#people) await person.leave()
    await this.stopRelay()
    await this.proxy.close()
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true })
  }
}
