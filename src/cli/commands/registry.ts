// What the files of commands share: how a command asks for an engine, and the parsing of option values. Owns no command.
import { type Command, InvalidArgumentError } from 'commander'
import type { Language } from '../../engine/api.ts'
import type { KdfCost, Report, Session } from '../session.ts'

export interface Registry {
  readonly program: Command
  readonly lang: Language
  /** Runs `task` on an unlocked engine, then prints its report; syncs around it with --sync. */
  unlocked(task: (session: Session) => Promise<Report>): Promise<void>
  /** The same without asking for the frase secreta; `create` when the folder may be missing. */
  closed(
    task: (session: Session) => Promise<Report>,
    options?: { readonly create?: boolean; readonly argon2?: KdfCost },
  ): Promise<void>
}

export const seconds = (text: string): number => {
  if (!/^\d{1,7}(\.\d{1,3})?$/.test(text)) throw new InvalidArgumentError('a number of seconds is needed')
  return Number(text) * 1000
}

export const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const n = Number(text)
    if (!/^\d{1,9}$/.test(text) || n < least || n > most)
      throw new InvalidArgumentError(`a whole number from ${least} to ${most} is needed`)
    return n
  }

export const several = (value: string, all: readonly string[] | undefined): readonly string[] => [...(all ?? []), value]

export interface KdfFlags {
  readonly kdfMemory?: number
  readonly kdfPasses?: number
}

/** Options for machines with little memory, with a floor that still costs a guesser something. */
export function kdfOptions(command: Command, t: (es: string, en: string) => string): Command {
  return command
    .option(
      '--kdf-memory <MiB>',
      t(
        'memoria de Argon2id, para máquinas pequeñas (8 a 256; 64)',
        'memory of Argon2id, for small machines (8 to 256; 64)',
      ),
      whole(8, 256),
    )
    .option('--kdf-passes <n>', t('pasadas de Argon2id (1 a 64; 3)', 'passes of Argon2id (1 to 64; 3)'), whole(1, 64))
}

/** undefined: the default of the engine. */
export function kdfCost({ kdfMemory, kdfPasses }: KdfFlags): KdfCost | undefined {
  if (kdfMemory === undefined && kdfPasses === undefined) return undefined
  return { memoryKiB: (kdfMemory ?? 64) * 1024, passes: kdfPasses ?? 3, lanes: 1 }
}
