// The relay as its own process, bundled as it is shipped: for tests that kill it, and of what it prints.
import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface RelayProgram {
  /** Starts it; resolves when it listens or ends. */
  start(args: readonly string[], env?: Record<string, string>): Promise<RunningRelay>
  remove(): void
}

export interface RunningRelay {
  readonly child: ChildProcess
  /** `ws://.../sync`; empty when it did not start. */
  readonly address: string
  output(): string
  errors(): string
  readonly ended: Promise<number | null>
}

/** Bundles sync-server/main.ts; its packages stay where they are. */
export async function relayProgram(name: string): Promise<RelayProgram> {
  const folder = `${root}node_modules/.cache/telar-test-${name}-${process.pid}`
  const outfile = `${folder}/relay.mjs`
  await build({
    entryPoints: [`${root}sync-server/main.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'silent',
  })
  return {
    start: (args, env = {}) => start(outfile, args, env),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function start(file: string, args: readonly string[], env: Record<string, string>): Promise<RunningRelay> {
  const child = spawn(process.execPath, [file, ...args], { env: { PATH: process.env.PATH ?? '', ...env } })
  let output = ''
  let errors = ''
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return new Promise((resolve) => {
    const running = (address: string) => ({ child, address, ended, output: () => output, errors: () => errors })
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString()
      const address = /ws:\/\/\S+\/sync/.exec(output)?.[0]
      if (address !== undefined && output.includes('Ctrl+C')) resolve(running(address))
    })
    void ended.then(() => resolve(running('')))
  })
}
