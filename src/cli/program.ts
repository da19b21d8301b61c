// The command line of `telar`: its options, its commands and its help. Owns parsing; what commands do is in commands/.
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Command, Option } from 'commander'
import type { Language } from '../engine/api.ts'
import { carrierCommands } from './commands/carriers.ts'
import { doctorCommands } from './commands/doctor.ts'
import { documentCommands } from './commands/documents.ts'
import { governanceCommands } from './commands/governance.ts'
import { linkingCommands } from './commands/linking.ts'
import { ownCommands } from './commands/own.ts'
import { peopleCommands } from './commands/people.ts'
import { type Registry, seconds } from './commands/registry.ts'
import { spaceCommands } from './commands/spaces.ts'
import { wakeCommands } from './commands/wake.ts'
import type { Flags, Io } from './session.ts'
import { languageOf } from './words/index.ts'

const EXIT_HELP = {
  es: `
Códigos de salida: 0 bien; 1 no se pudo; 2 mal escrito; 3 frase secreta equivocada o ausente; 4 no existe, o hay más de
uno; 5 no quedó al día, o se acabó el tiempo; 6 otra Telar usa la carpeta; 7 hay daños (doctor).
Nada secreto en la línea de comandos: enlaces, textos y valores pueden venir de «-» (entrada estándar) o de @archivo.`,
  en: `
Exit codes: 0 done; 1 refused or failed; 2 wrong usage; 3 passphrase wrong or missing; 4 not found, or more than one; 5 not
in step, or time ran out; 6 another Telar uses the folder; 7 there is damage (doctor).
Nothing secret on the command line: links, texts and values may come from "-" (standard input) or @file.`,
} as const

/** The language before anything is parsed: help and usage errors need it. */
export function languageIn(argv: readonly string[], env: Io['env']): Language {
  const at = argv.findIndex((arg) => arg === '--lang' || arg.startsWith('--lang='))
  const given = at < 0 ? undefined : (argv[at]?.split('=')[1] ?? argv[at + 1])
  return given === 'es' || given === 'en' ? given : languageOf(env)
}

interface RawFlags {
  readonly home?: string
  readonly space?: string
  readonly json?: boolean
  readonly sync?: boolean
  readonly timeout?: number
  readonly passphraseFile?: string
  readonly passphraseStdin?: boolean
}

export function flagsOf(program: Command, io: Pick<Io, 'env'>, lang: Language): Flags {
  const raw = program.opts<RawFlags>()
  const named = raw.home ?? io.env['TELAR_HOME']
  return {
    home: resolve(named === undefined || named === '' ? join(homedir(), '.telar') : named),
    space: raw.space,
    json: raw.json === true,
    sync: raw.sync === true,
    timeout: raw.timeout,
    passphraseFile: raw.passphraseFile,
    passphraseStdin: raw.passphraseStdin === true,
    lang,
  }
}

/** `runner` is what commands do their work with. */
export function buildProgram(lang: Language, runner: Pick<Registry, 'unlocked' | 'closed'>): Command {
  const t = (es: string, en: string) => (lang === 'es' ? es : en)
  const program = new Command('telar')
    .description(t('Integrante sin pantalla de Telar.', 'Headless member of Telar.'))
    .option('--home <dir>', t('carpeta donde vive [TELAR_HOME, ~/.telar]', 'folder it lives in [TELAR_HOME, ~/.telar]'))
    .option('--space <name>', t('espacio: nombre o comienzo del ID', 'space: its name or the beginning of its ID'))
    .option(
      '--json',
      t('un objeto JSON en la salida estándar, nada más', 'one JSON object on standard output, nothing else'),
    )
    .option('--sync', t('se pone al día antes y después', 'gets in step before and after'))
    .option('--timeout <seconds>', t('cuánto esperar a los relevos', 'how long to wait for relays'), seconds)
    .option(
      '--passphrase-file <file>',
      t('archivo con la frase secreta [TELAR_PASSPHRASE_FILE]', 'file with the passphrase [TELAR_PASSPHRASE_FILE]'),
    )
    .option('--passphrase-stdin', t('frase secreta por la entrada estándar', 'passphrase on standard input'))
    .addOption(new Option('--lang <language>', t('idioma [LANG]', 'language [LANG]')).choices(['es', 'en']))
    .helpOption('-h, --help', t('esta ayuda', 'this help'))
    .helpCommand(false)
    .addHelpText('after', EXIT_HELP[lang])
  const registry: Registry = { program, lang, ...runner }
  ownCommands(registry, t)
  spaceCommands(registry, t)
  peopleCommands(registry, t)
  governanceCommands(registry, t)
  linkingCommands(registry, t)
  wakeCommands(registry, t)
  carrierCommands(registry, t)
  doctorCommands(registry, t)
  documentCommands(registry, t)
  return program
}
