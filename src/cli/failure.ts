// Everything that can go wrong in a command, as tagged objects, and the exit code of each. Owns the one table of exit
// codes that --help and docs/headless.md repeat; never owns words (words/).
import type { Result } from '../base/result.ts'
import type { ApiError, RelayView } from '../engine/api.ts'

/** What a person chose by name or by the beginning of an id. */
export type Kind = 'space' | 'document' | 'member' | 'knock' | 'device' | 'operation'

export type CliError =
  | ApiError
  | { readonly type: 'Usage'; readonly message: string }
  | { readonly type: 'HomeInUse' }
  /** A newer version of Telar wrote the folder. */
  | { readonly type: 'NewerHome' }
  /** There is nobody to ask for the frase secreta and no file names it. */
  | { readonly type: 'NoPassphrase' }
  | { readonly type: 'PassphrasesDiffer' }
  | { readonly type: 'NotFound'; readonly what: Kind; readonly given: string | null }
  | {
      readonly type: 'Ambiguous'
      readonly what: Kind
      readonly given: string | null
      readonly matches: readonly string[]
    }
  | { readonly type: 'WordsDiffer' }
  | { readonly type: 'WordsNeeded' }
  | { readonly type: 'File'; readonly path: string; readonly code: string }
  | { readonly type: 'NotInStep'; readonly relays: readonly Pick<RelayView, 'address' | 'state' | 'reason'>[] }
  | { readonly type: 'TimedOut'; readonly waitingFor: 'admission' | 'history' }
  /** What was given out is not all of the document: some of it is held back on this device for now, or has not come. */
  | { readonly type: 'NotWhole' }
  /** A bundle of which a part could not be taken in: cut, damaged, or under keys that are not here. */
  | { readonly type: 'PartOfFile'; readonly sealed: boolean }
  /** The doctor found damage. */
  | { readonly type: 'Unsound'; readonly findings: number }
  | { readonly type: 'Interrupted' }
  /** A broken invariant of our own code, by the name of the error only: its text might quote content. */
  | { readonly type: 'Internal'; readonly name: string }

export const EXIT = {
  ok: 0,
  refused: 1,
  usage: 2,
  locked: 3,
  notFound: 4,
  notInStep: 5,
  homeInUse: 6,
  unsound: 7,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

const CODES: Partial<Record<CliError['type'], ExitCode>> = {
  Usage: EXIT.usage,
  WrongPassphrase: EXIT.locked,
  WrongRecoveryWords: EXIT.locked,
  NoPassphrase: EXIT.locked,
  Locked: EXIT.locked,
  NoVault: EXIT.notFound,
  NotFound: EXIT.notFound,
  Ambiguous: EXIT.notFound,
  UnknownSpace: EXIT.notFound,
  UnknownDocument: EXIT.notFound,
  UnknownMember: EXIT.notFound,
  UnknownInvitation: EXIT.notFound,
  UnknownDevice: EXIT.notFound,
  UnknownOperation: EXIT.notFound,
  NotInStep: EXIT.notInStep,
  TimedOut: EXIT.notInStep,
  NotWhole: EXIT.notInStep,
  HomeInUse: EXIT.homeInUse,
  Unsound: EXIT.unsound,
}

export const exitCode = (error: CliError): ExitCode => CODES[error.type] ?? EXIT.refused

/** How an error leaves a command: thrown from anywhere in it, caught once at its top (run.ts). */
export class Failure extends Error {
  override readonly name = 'Failure'
  constructor(readonly error: CliError) {
    super(error.type)
  }
}

export function fail(error: CliError): never {
  throw new Failure(error)
}

/** The value of a result, or the end of the command. */
export function must<T>(result: Result<T, CliError>): T {
  return result.ok ? result.value : fail(result.error)
}
