// Runs one command from its words to its exit code: parse, open the folder, unlock, work, close, print. Owns the order of
// these and that every end, also a failing one, closes the engine first. Nothing it prints is a secret it was not asked for.
import { existsSync } from 'node:fs'
import { type Command, CommanderError } from 'commander'
import type { EngineHost } from '../engine/api.ts'
import { makeHome } from './commands/own.ts'
import { notInStep, syncLines } from './commands/spaces.ts'
import type { Registry } from './commands/registry.ts'
import { type CliError, EXIT, exitCode, fail, Failure, must } from './failure.ts'
import { clean, json } from './format.ts'
import { buildProgram, flagsOf, languageIn } from './program.ts'
import { passphrase } from './secrets.ts'
import { type Flags, type Io, type Report, type Session, SHORT_SYNC, type StartEngine, syncNow } from './session.ts'
import { words } from './words/index.ts'

/** The exit code of `argv` (without the program's own name). Never rejects. */
export async function run(argv: readonly string[], io: Io, start: StartEngine): Promise<number> {
  const lang = languageIn(argv, io.env)
  let code: number = EXIT.ok
  const execute = async (task: Task, options: Options) => {
    const flags = flagsOf(program, io, lang)
    const report = await withEngine(io, flags, start, task, options)
    print(io, flags, report)
    if (report.error !== undefined) code = exitCode(report.error)
  }
  const program = buildProgram(lang, {
    unlocked: (task) => execute(task, { unlock: true }),
    closed: (task, options = {}) => execute(task, options),
  })
  quiet(program, io, argv.includes('--json'))
  try {
    await program.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
    const failure = failureOf(error)
    // Only for whoever asks: where in our code it happened, and its text, which may quote content.
    if (failure.type === 'Internal' && io.env['TELAR_DEBUG'] === '1' && error instanceof Error)
      io.err(`${error.stack ?? error.message}\n`)
    complain(io, argv.includes('--json'), lang, failure)
    return exitCode(failure)
  }
}

type Task = (session: Session) => Promise<Report>
interface Options {
  readonly unlock?: boolean
  readonly create?: boolean
  readonly argon2?: NonNullable<Parameters<Registry['closed']>[1]>['argon2']
}

/** Errors leave by exceptions, and what Commander would print of them by ours. */
function quiet(program: Command, io: Io, asJson: boolean): void {
  program.exitOverride().configureOutput({
    writeOut: (text) => io.out(text),
    // A group without its command ("telar doc") prints its help here.
    writeErr: (text) => {
      if (!asJson) io.err(text)
    },
    outputError: () => undefined,
  })
  for (const command of program.commands) quiet(command, io, asJson)
}

function failureOf(error: unknown): CliError {
  if (error instanceof Failure) return error.error
  if (error instanceof CommanderError && error.code === 'commander.help')
    return { type: 'Usage', message: 'a command is needed; see above' }
  if (error instanceof CommanderError)
    return { type: 'Usage', message: error.message.split('\n')[0]?.replace(/^error: /, '') ?? '' }
  return { type: 'Internal', name: error instanceof Error ? error.name : typeof error }
}

async function withEngine(io: Io, flags: Flags, start: StartEngine, task: Task, options: Options): Promise<Report> {
  if (options.create === true) await makeHome(flags.home)
  else if (!existsSync(flags.home)) fail({ type: 'NoVault' })
  const cost = options.argon2 === undefined ? {} : { argon2: options.argon2 }
  const started = await start({ home: flags.home, ...cost })
  const { engine, close } = started.ok ? started.value : fail(storageError(started.error.type))
  try {
    const session: Session = { engine, io, flags, words: words[flags.lang] }
    if (options.create !== true && (await engine.state()).vault === 'empty') fail({ type: 'NoVault' })
    if (options.unlock === true) must(await engine.unlock(await passphrase(io, flags)))
    if (io.signal.aborted) fail({ type: 'Interrupted' })
    return await unlessEnded(
      io,
      flags.sync ? withSync(session, task) : task(session).then((done) => saved(engine, done)),
    )
  } finally {
    await close()
  }
}

function storageError(fault: string): CliError {
  if (fault === 'HomeInUse') return { type: 'HomeInUse' }
  return { type: fault === 'Newer' ? 'NewerHome' : 'StorageFailed' }
}

/** Commands that end by themselves give way to a signal; `sync --watch` sees the signal itself and ends in its own time. */
async function unlessEnded(io: Io, work: Promise<Report>): Promise<Report> {
  let stop: () => void = () => undefined
  const ended = new Promise<null>((resolve) => {
    stop = () => void io.clock.after(2_000, () => resolve(null))
    io.signal.addEventListener('abort', stop)
  })
  try {
    return (await Promise.race([work, ended])) ?? fail({ type: 'Interrupted' })
  } finally {
    io.signal.removeEventListener('abort', stop)
    // Whatever it still says is said to nobody.
    work.catch(() => undefined)
  }
}

async function saved(engine: EngineHost, report: Report): Promise<Report> {
  await engine.flush()
  if ((await engine.state()).storageFailing) fail({ type: 'StorageFailed' })
  return report
}

async function withSync(session: Session, task: Task): Promise<Report> {
  const { engine, flags } = session
  const timeout = flags.timeout ?? SHORT_SYNC
  await syncNow(session, timeout)
  const report = await saved(engine, await task(session))
  const synced = await syncNow(session, timeout)
  const error = report.error ?? notInStep(synced, await engine.state())
  const lines = report.raw === undefined ? [...report.lines, ...syncLines(session, synced)] : report.lines
  return { ...report, json: { ...report.json, sync: synced }, lines, ...(error === null ? {} : { error }) }
}

function print(io: Io, flags: Flags, report: Report): void {
  const { error } = report
  if (flags.json) io.out(`${json(error === undefined ? report.json : { ...report.json, error })}\n`)
  else if (report.raw !== undefined) io.out(report.raw)
  else for (const line of report.lines) io.out(`${clean(line)}\n`)
  if (error !== undefined) complain(io, false, flags.lang, error)
}

/** One line on standard error; with --json also on standard output, typed. */
function complain(io: Io, asJson: boolean, lang: Flags['lang'], error: CliError): void {
  if (asJson) io.out(`${json({ error })}\n`)
  const say = words[lang].errors[error.type] as (error: CliError) => string
  io.err(`telar: ${clean(say(error))}\n`)
}
