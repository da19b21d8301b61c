// The headless member as a process: gives run.ts its terminal, its clock and its signals, and ends with its exit code.
// Decides nothing about commands.
import { startNodeEngine } from '../engine/node.ts'
import { run } from './run.ts'
import type { Io } from './session.ts'
import { askLine, Piped } from './terminal.ts'

const ending = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Asked twice: somebody is in a hurry. What was acknowledged is already on the disk.
    if (ending.signal.aborted) process.exit(1)
    ending.abort()
  })
}
// A reader that went away (`telar … | head`) is no failure of ours.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => ending.abort())

const piped = new Piped(process.stdin)

const io: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  interactive: process.stdin.isTTY,
  env: process.env,
  ask: (question) => askLine(process.stdin, process.stderr, question, true),
  askSecret: (question) => askLine(process.stdin, process.stderr, question, false),
  readStdinLine: () => piped.line(),
  readStdin: () => piped.all(),
  signal: ending.signal,
  clock: {
    now: () => Date.now(),
    after: (delay, task) => {
      const timer = setTimeout(task, Math.min(delay, 2 ** 31 - 1))
      return () => clearTimeout(timer)
    },
  },
}

const code = await run(process.argv.slice(2), io, startNodeEngine)
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))))
process.exit(code)
