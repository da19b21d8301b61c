// What a command works with: the engine, the flags, the words and the terminal, all as parameters; and the waits that
// commands share. Never reads the process.
import type { Clock, Millis } from '../base/environment.ts'
import type { Result } from '../base/result.ts'
import type { EngineHost, EngineState, Language, RelayView, SpaceView, SyncReport } from '../engine/api.ts'
import { chooseSpace } from './choose.ts'
import { type CliError, must } from './failure.ts'
import type { Words } from './words/index.ts'

/** Whole numbers of Argon2id: memory in KiB. */
export interface KdfCost {
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
}

export type StartEngine = (options: {
  readonly home: string
  readonly argon2?: KdfCost
}) => Promise<Result<{ readonly engine: EngineHost; readonly close: () => Promise<void> }, { readonly type: string }>>

/** The process as a command sees it. */
export interface Io {
  out(text: string): void
  err(text: string): void
  /** Somebody sits at standard input. */
  readonly interactive: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  /** One line typed at the terminal; null when it ended. */
  ask(question: string): Promise<string | null>
  /** The same without echo. */
  askSecret(question: string): Promise<string | null>
  /** The first line on standard input; what follows is left to `readStdin`. */
  readStdinLine(): Promise<string>
  /** Everything (that is left) on standard input. */
  readStdin(): Promise<string>
  /** Ends with SIGINT or SIGTERM. */
  readonly signal: AbortSignal
  readonly clock: Clock
}

/** Options that every command takes. */
export interface Flags {
  readonly home: string
  readonly space: string | undefined
  readonly json: boolean
  readonly sync: boolean
  /** For syncing. */
  readonly timeout: Millis | undefined
  readonly passphraseFile: string | undefined
  readonly passphraseStdin: boolean
  readonly lang: Language
}

/** What a command answers: one JSON object, and the same for people. `raw` goes to standard output as it is. */
export interface Report {
  /** Done, but not to the end: printed after the report and decides the exit code. */
  readonly error?: CliError
  readonly json: object
  readonly lines: readonly string[]
  readonly raw?: string
}

export interface Session {
  readonly engine: EngineHost
  readonly io: Io
  readonly flags: Flags
  readonly words: Words
}

/** How long commands that make no sense without a relay try to reach one. */
export const SHORT_SYNC: Millis = 5_000
export const SYNC: Millis = 60_000
const WELCOME: Millis = 500
const STAY: Millis = 3_600_000

export async function space(session: Session): Promise<SpaceView> {
  return must(chooseSpace(await session.engine.state(), session.flags.space))
}

/** The first answer of `look` that is not null, at each change of state; null when time is up or the process is to end. */
export async function until<T>(
  { engine, io }: Pick<Session, 'engine' | 'io'>,
  timeout: Millis | null,
  look: (state: EngineState) => T | null,
): Promise<T | null> {
  let end: (value: T | null) => void = () => undefined
  const found = new Promise<T | null>((resolve) => (end = resolve))
  const stop = () => end(null)
  let cancel: () => void = () => undefined
  // Without a relay nothing else keeps the process alive.
  const stay = () => void (cancel = io.clock.after(STAY, stay))
  if (timeout === null) stay()
  else cancel = io.clock.after(timeout, stop)
  io.signal.addEventListener('abort', stop)
  if (io.signal.aborted) stop()
  const unsubscribe = await engine.subscribe((state) => {
    const value = look(state)
    if (value !== null) end(value)
  })
  try {
    return await found
  } finally {
    unsubscribe()
    cancel()
    io.signal.removeEventListener('abort', stop)
  }
}

export type RelaySummary = Pick<RelayView, 'address' | 'state' | 'reason'>

export interface Synced extends SyncReport {
  /** On at least one relay everything is the same as here. */
  readonly onRelay: boolean
  /** No relay that can be reached lacks anything; with relays named, at least one was reached. */
  readonly inStep: boolean
}

/** Syncs all spaces; goes on while a history is still arriving and time is left. */
export async function syncNow({ engine, io }: Session, timeout: Millis): Promise<Synced> {
  const start = io.clock.now()
  const left = () => Math.max(0, timeout - (io.clock.now() - start))
  const reports = [must(await engine.sync({ timeout }))]
  const loading = (state: EngineState) => state.spaces.some((item) => item.standing === 'loading')
  const knocking = (state: EngineState) =>
    state.joining.length > 0 || state.linking.some((item) => item.side === 'taking' && item.state === 'waiting')
  // A welcome that has just come takes a moment to open its space.
  if (knocking(await engine.state()))
    await until({ engine, io }, Math.min(WELCOME, left()), (state) => (knocking(state) ? null : true))
  if (loading(await engine.state()) && left() > 0) {
    await until({ engine, io }, left(), (state) => (loading(state) ? null : true))
    reports.push(must(await engine.sync({ timeout: left() })))
  }
  return summary(reports, await engine.state())
}

/** One report of several, seen with the relays' present states. */
export function summary(reports: readonly SyncReport[], state: EngineState): Synced {
  const relays = reports.at(-1)?.relays ?? []
  const unreachable = new Set(
    [...state.spaces, ...state.joining]
      .flatMap((item) => item.relays)
      .filter((relay) => relay.state === 'offline' || relay.state === 'connecting')
      .map((relay) => relay.address),
  )
  const onRelay = relays.some((relay) => relay.inStep)
  const behind = relays.filter((relay) => !relay.inStep && !unreachable.has(relay.address))
  const add = (of: 'sent' | 'received') => ({
    entries: reports.reduce((sum, report) => sum + report[of].entries, 0),
    bytes: reports.reduce((sum, report) => sum + report[of].bytes, 0),
  })
  const inStep = relays.length === 0 || (onRelay && behind.length === 0)
  return { relays, sent: add('sent'), received: add('received'), onRelay, inStep }
}
