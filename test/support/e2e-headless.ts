// The headless member as a script runs it, through the same recorded line. Owns its folder; every id in its answers goes to
// the world's secrets.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, type World } from './e2e-world.ts'

const ID = /^[A-Za-z0-9_-]{20,}$/

export class Headless {
  readonly #home: string
  readonly #phrase: string

  constructor(private readonly world: World) {
    this.#home = world.folder('headless')
    this.#phrase = join(world.folder('phrase'), 'phrase')
    const phrase = 'cuatro escobas barren la lluvia del corredor'
    world.secrets.text(phrase)
    writeFileSync(this.#phrase, phrase)
  }

  /** Runs one command; its JSON answer. Throws with what it said when it failed. */
  async run(args: readonly string[], input = ''): Promise<unknown> {
    const options = ['--home', this.#home, '--passphrase-file', this.#phrase, '--lang', 'es', '--json']
    const child = spawn(process.execPath, [join(root, 'src/cli/telar.mjs'), ...options, ...args], { cwd: root })
    let [said, complained] = ['', '']
    child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()))
    child.stderr.on('data', (bytes: Buffer) => (complained += bytes.toString()))
    child.stdin.end(input)
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0) throw new Error(`telar ${args.join(' ')} ended with ${String(code)}:\n${said}\n${complained}`)
    const answer: unknown = JSON.parse(said)
    this.#keep(answer, args.slice(0, 2).join(' '))
    return answer
  }

  #keep(value: unknown, where: string): void {
    if (typeof value === 'string' && ID.test(value)) this.world.secrets.id(`an id of ${where}`, value)
    else if (Array.isArray(value)) for (const item of value) this.#keep(item, where)
    else if (typeof value === 'object' && value !== null)
      for (const item of Object.values(value)) this.#keep(item, where)
  }
}
