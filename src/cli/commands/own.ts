// Commands about one's own place: init, the frase secreta, the recovery words, status. Owns what they print.
import { mkdir } from 'node:fs/promises'
import type { EngineState, SpaceDetails } from '../../engine/api.ts'
import { fail, must } from '../failure.ts'
import { table, time } from '../format.ts'
import { argument, passphrase, privateFile, prompted, secretFile } from '../secrets.ts'
import type { Report, Session } from '../session.ts'
import { openQuestions } from './governance.ts'
import { type KdfFlags, kdfCost, kdfOptions, type Registry } from './registry.ts'

export function ownCommands(registry: Registry, t: (es: string, en: string) => string): void {
  const { program } = registry
  kdfOptions(program.command('init'), t)
    .description(
      t(
        'hace un lugar propio y muestra las palabras de recuperación',
        'makes a place of one’s own and shows the recovery words',
      ),
    )
    .requiredOption('--alias <alias>', t('cómo la llaman', 'what you are called'))
    .option('--recovery-file <file>', t('escribe las palabras en un archivo nuevo', 'writes the words to a new file'))
    .action((options: InitFlags) => initialise(registry, options))

  const phrase = program.command('passphrase').description(t('la frase secreta', 'the passphrase'))
  kdfOptions(phrase.command('change'), t)
    .description(t('cambia la frase secreta', 'changes the passphrase'))
    .option('--new-passphrase-file <file>', t('de dónde leer la nueva', 'where to read the new one'))
    .action((options: NewPassphrase) => changePassphrase(registry, options))

  const recovery = program.command('recovery').description(t('las palabras de recuperación', 'the recovery words'))
  recovery
    .command('seen')
    .description(t('anota que están a salvo en papel', 'notes that they are safe on paper'))
    .action(() =>
      registry.unlocked(async ({ engine, words }) => {
        must(await engine.recoveryKitSeen())
        return { json: { recoveryKitSeen: true }, lines: [words.kitSeen] }
      }),
    )
  kdfOptions(recovery.command('use'), t)
    .description(t('abre con ellas y pone una frase nueva', 'opens with them and sets a new passphrase'))
    .option('--words-file <file>', t('de dónde leerlas', 'where to read them'))
    .option('--new-passphrase-file <file>', t('de dónde leer la frase nueva', 'where to read the new passphrase'))
    .action((options: NewPassphrase & { wordsFile?: string }) => recover(registry, options))

  program
    .command('status')
    .description(t('qué hay aquí y qué falta por enviar', 'what is here and what is still to be sent'))
    .action(() => registry.unlocked(status))
}

type InitFlags = KdfFlags & { readonly alias: string; readonly recoveryFile?: string }
type NewPassphrase = KdfFlags & { readonly newPassphraseFile?: string }

const argon2 = (flags: KdfFlags) => {
  const cost = kdfCost(flags)
  return cost === undefined ? {} : { argon2: cost }
}

async function initialise(registry: Registry, options: InitFlags): Promise<void> {
  await registry.closed(
    async (session) => {
      const { engine, io, flags, words } = session
      if ((await engine.state()).vault !== 'empty') fail({ type: 'VaultExists' })
      const secret = await passphrase(io, flags, 'new')
      const file = options.recoveryFile === undefined ? null : await privateFile(options.recoveryFile)
      const made = await engine.createVault({ alias: options.alias, passphrase: secret, language: flags.lang })
      if (!made.ok) {
        await file?.drop()
        return fail(made.error)
      }
      const kit = made.value.words
      await file?.write(`${kit.join(' ')}\n`)
      const numbered = kit.map((word, i) => `  ${String(i + 1).padStart(2)}. ${word}`)
      return {
        json: {
          home: flags.home,
          ...(options.recoveryFile === undefined ? { words: kit } : { recoveryFile: options.recoveryFile }),
        },
        lines: [
          words.created(flags.home),
          ...(options.recoveryFile === undefined ? [words.kit, ...numbered] : [words.kitWritten(options.recoveryFile)]),
        ],
      }
    },
    { create: true, ...argon2(options) },
  )
}

export async function makeHome(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EUNKNOWN'
    fail({ type: 'File', path, code })
  })
}

async function newPassphrase({ io, flags }: Session, options: NewPassphrase): Promise<string> {
  return options.newPassphraseFile === undefined
    ? prompted(io, flags, 'new')
    : secretFile(io, flags, options.newPassphraseFile)
}

async function changePassphrase(registry: Registry, options: NewPassphrase): Promise<void> {
  await registry.closed(async (session) => {
    const { engine, io, flags, words } = session
    const from = await passphrase(io, flags)
    must(await engine.unlock(from))
    must(await engine.changePassphrase({ from, to: await newPassphrase(session, options) }))
    return { json: { passphraseChanged: true }, lines: [words.passphraseChanged] }
  }, argon2(options))
}

async function recover(registry: Registry, options: NewPassphrase & { wordsFile?: string }): Promise<void> {
  await registry.closed(async (session) => {
    const { engine, io, words } = session
    const typed = options.wordsFile === undefined ? null : await argument(io, `@${options.wordsFile}`)
    const text = typed ?? (io.interactive ? await io.askSecret(words.ask.recoveryWords) : null)
    if (text === null) return fail({ type: 'NoPassphrase' })
    must(await engine.unlockWithRecovery({ words: text, passphrase: await newPassphrase(session, options) }))
    return { json: { passphraseChanged: true }, lines: [words.passphraseChanged] }
  }, argon2(options))
}

async function status(session: Session): Promise<Report> {
  const { engine, words } = session
  const state = await engine.state()
  const details = new Map<string, SpaceDetails>()
  for (const { id } of state.spaces) {
    const answer = await engine.spaceDetails(id)
    if (answer.ok) details.set(id, answer.value)
  }
  const spaces = state.spaces.map((space) => ({
    id: space.id,
    name: space.name,
    standing: space.standing,
    role: space.role,
    members: space.members.filter((member) => member.status === 'active').length,
    documents: space.documents.length,
    unsent: space.unsent,
    epoch: space.epoch,
    knocks: space.knocks.length,
    powers: space.powers,
    pending: space.pending,
    warnings: space.warnings,
    successors: space.successors,
    continues: space.continues,
    relays: space.relays,
    details: details.get(space.id) ?? null,
  }))
  const { vault, self, joining, storageFailing } = state
  return { json: { vault, self, spaces, joining, storageFailing }, lines: statusLines(session, state, words) }
}

function statusLines({ flags }: Session, state: EngineState, words: Session['words']): string[] {
  const { columns } = words
  const spaces = table(
    [columns.space, columns.status, columns.role, columns.members, columns.documents, columns.unsent],
    state.spaces.map((space) => [
      space.name,
      words.standings[space.standing],
      words.roles[space.role],
      String(space.members.filter((member) => member.status === 'active').length),
      String(space.documents.length),
      String(space.unsent),
    ]),
  )
  const relays = table(
    [columns.relay, columns.space, columns.status, columns.inStep, columns.unsent],
    state.spaces.flatMap((space) =>
      space.relays.map((relay) => [
        relay.address,
        space.name,
        relay.reason ?? words.states[relay.state],
        time(relay.inStepAt),
        String(relay.unsent),
      ]),
    ),
  )
  return [
    `${state.self?.alias ?? ''} · ${flags.home} · ${words.vault[state.vault]}`,
    ...(state.self?.recoveryKitSeen === false ? [words.kitPending] : []),
    ...(state.storageFailing ? [words.storageFailing] : []),
    ...spaces,
    ...relays,
    ...state.spaces.flatMap((space) => openQuestions({ words }, space)),
    ...state.joining.map((knock) => words.joining(knock.invitation.slice(0, 8), knock.delivered)),
  ]
}
