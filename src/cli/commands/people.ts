// Commands about who is in a space: invite, join, knocks, admit, refuse, members, rename. Owns the rule that an admission
// on a `confirm` invitation, or a contested one, needs the safety words compared.
import { InvalidArgumentError } from 'commander'
import type { EngineState, InvitationMode, MemberRole, SpaceView } from '../../engine/api.ts'
import { chooseKnock, chooseMember, foldWords, type Knock, shortIds } from '../choose.ts'
import { fail, must } from '../failure.ts'
import { table } from '../format.ts'
import { argument } from '../secrets.ts'
import { type Report, type Session, SHORT_SYNC, space, until } from '../session.ts'
import { type Registry, seconds } from './registry.ts'
import { remove } from './governance.ts'
import { soon } from './spaces.ts'

const role = (text: string): MemberRole => {
  if (text === 'editor' || text === 'reader') return text
  throw new InvalidArgumentError('editor or reader is needed')
}

export function peopleCommands(registry: Registry, t: (es: string, en: string) => string): void {
  const { program } = registry
  program
    .command('invite')
    .description(t('hace una invitación y muestra su enlace', 'makes an invitation and prints its link'))
    .option('--role <role>', 'editor | reader', role, 'editor')
    .option('--open', t('quien llegue primero con el enlace entra', 'whoever comes first with the link gets in'))
    .option('--note <text>', t('para quién es; se queda aquí', 'for whom; stays here'), '')
    .option(
      '--replaces <who>',
      t('en lugar de quién: perdió todo y regresa', 'in whose place: she lost everything and comes back'),
    )
    .option('--app <url>', t('dirección de la aplicación, para el enlace', 'address of the app, for the link'), '')
    .action((options: InviteFlags) => registry.unlocked((session) => invite(session, options)))
  program
    .command('join')
    .description(t('pide entrar con una invitación', 'knocks with an invitation'))
    .argument(
      '<link>',
      t('el enlace, «-» para la entrada estándar, o @archivo', 'the link, "-" for standard input, or @file'),
    )
    .option(
      '--wait [seconds]',
      t('espera a entrar y a que llegue la historia', 'waits until admitted and the history is here'),
      seconds,
    )
    .action((link: string, options: { wait?: number | true }) =>
      registry.unlocked((session) => join(session, link, options.wait)),
    )
  program
    .command('knocks')
    .description(t('quién pide entrar', 'who knocks'))
    .action(() => registry.unlocked(knocks))
  program
    .command('admit')
    .description(t('admite a quien pide entrar', 'admits who knocks'))
    .argument(
      '[who...]',
      t('comienzo del ID del aparato, o sus ocho palabras', 'beginning of the device’s ID, or its eight words'),
    )
    .option('--words <words>', t('las palabras que ella leyó', 'the words she read out'))
    .action((who: readonly string[], options: { words?: string }) =>
      registry.unlocked((session) => admit(session, who, options.words)),
    )
  program
    .command('refuse')
    .description(t('rechaza a quien pide entrar', 'refuses who knocks'))
    .argument('[who...]')
    .action((who: readonly string[]) => registry.unlocked((session) => refuse(session, who)))
  const members = program
    .command('members')
    .description(t('quiénes son parte', 'who is in it'))
    .action(() => registry.unlocked(list))
  members
    .command('remove')
    .description(t('saca a alguien y cambia las llaves', 'removes somebody and changes the keys'))
    .argument('<who>', t('alias o comienzo de su ID', 'alias or beginning of her ID'))
    .action((who: string) => registry.unlocked((session) => remove(session, who)))
  program
    .command('rename')
    .description(t('cambia su alias en el espacio', 'changes your alias in the space'))
    .argument('<alias>')
    .action((alias: string) =>
      registry.unlocked(async (session) => {
        const { id } = await space(session)
        must(await session.engine.renameSelf({ space: id, alias }))
        return { json: { space: id, alias }, lines: [session.words.renamed(alias)] }
      }),
    )
}

interface InviteFlags {
  readonly role: MemberRole
  readonly open?: boolean
  readonly note: string
  readonly replaces?: string
  readonly app: string
}

async function invite(session: Session, { role, open, note, replaces, app }: InviteFlags): Promise<Report> {
  const { engine, io } = session
  const chosen = await space(session)
  const { id } = chosen
  const mode: InvitationMode = open === true ? 'open' : 'confirm'
  const instead = replaces === undefined ? {} : { replaces: must(chooseMember(chosen, replaces)).id }
  const made = must(await engine.invite({ space: id, mode, role, note, app, ...instead }))
  const { onRelay, lines } = await soon(session)
  // The link alone on standard output, so that a script can take it; what is said about it goes beside it.
  if (!session.flags.json) for (const line of lines) io.err(`${line}\n`)
  return { json: { space: id, invitation: made.id, mode, role, link: made.link, onRelay }, lines: [made.link] }
}

async function join(session: Session, given: string, wait: number | true | undefined): Promise<Report> {
  const { engine, flags, words } = session
  const link = (await argument(session.io, given)).trim()
  const preview = must(await engine.readInvitation(link))
  const knock = must(await engine.join({ link }))
  const mine = (state: EngineState) => state.joining.find((item) => item.invitation === knock.invitation)
  const delivered = await until(session, flags.timeout ?? SHORT_SYNC, (state) => {
    const joining = mine(state)
    return joining === undefined || joining.delivered ? true : null
  })
  const onRelay = delivered === true
  if (wait === undefined) {
    return {
      json: { ...preview, invitation: knock.invitation, words: knock.words, onRelay },
      lines: [words.knocked, `  ${knock.words.join(' ')}`, onRelay ? words.onRelay : words.notOnRelay],
    }
  }
  if (!flags.json) session.io.err(`${words.knocked}\n  ${knock.words.join(' ')}\n`)
  const [invited] = preview.spaces
  if (invited === undefined) return fail({ type: 'BadInvitation', reason: 'other-kind' })
  const entered = await admission(session, invited, wait === true ? null : wait)
  return {
    json: { ...preview, words: knock.words, onRelay, admitted: true, name: entered.name, member: entered.me },
    lines: [words.joined(entered.name)],
  }
}

async function admission(session: Session, id: string, timeout: number | null): Promise<SpaceView> {
  const here = (state: EngineState) => state.spaces.find((item) => item.id === id)
  const entered = await until(session, timeout, (state) => {
    const found = here(state)
    return found === undefined || found.standing === 'loading' ? null : found
  })
  if (entered?.standing === 'active' || entered?.standing === 'suspended') return entered
  if (entered !== null) return fail({ type: 'RemovedFromSpace' })
  if (session.io.signal.aborted) return fail({ type: 'Interrupted' })
  const loading = here(await session.engine.state()) !== undefined
  return fail({ type: 'TimedOut', waitingFor: loading ? 'history' : 'admission' })
}

async function chosenSpaces(session: Session): Promise<readonly SpaceView[]> {
  return session.flags.space === undefined ? (await session.engine.state()).spaces : [await space(session)]
}

async function knocks(session: Session): Promise<Report> {
  const { words } = session
  const found = (await chosenSpaces(session)).flatMap((item) => item.knocks.map((knock) => ({ knock, item })))
  const short = shortIds(found.map(({ knock }) => knock.device))
  return {
    json: { knocks: found.map(({ knock, item }) => ({ ...knock, space: item.id })) },
    lines:
      found.length === 0
        ? [words.nothing]
        : found.flatMap(({ knock, item }) => [
            [short.get(knock.device), item.name, words.roles[knock.role], words.modes[knock.mode], knock.note].join(
              '  ',
            ),
            `  ${knock.words.join(' ')}`,
            ...(knock.contested ? [`  ${words.contested}`] : []),
          ]),
  }
}

async function admit(session: Session, who: readonly string[], spoken: string | undefined): Promise<Report> {
  const { engine, words } = session
  const knock = must(chooseKnock(await chosenSpaces(session), who))
  await compare(session, knock, spoken ?? who.join(' '))
  const { invitation, device } = knock
  const { member } = must(await engine.admit({ space: knock.space.id, invitation, device }))
  const { onRelay, lines } = await soon(session)
  return {
    json: { space: knock.space.id, invitation, device, member, onRelay },
    lines: [words.admitted(member), ...lines],
  }
}

/** Who reads the words aloud must have the ones shown here: given with the command, or looked at by a person now. */
async function compare({ io, words }: Session, knock: Knock, spoken: string): Promise<void> {
  if (knock.mode === 'open' && !knock.contested) return
  const folded = foldWords(spoken)
  if (folded === foldWords(knock.words.join(' '))) return
  // The beginning of a device's id is one word at most; anything longer was meant as the words.
  if (folded.split(' ').length > 1) return fail({ type: 'WordsDiffer' })
  if (!io.interactive) return fail({ type: 'WordsNeeded' })
  io.err(`${words.compare(knock.note)}\n  ${knock.words.join(' ')}\n${knock.contested ? `${words.contested}\n` : ''}`)
  const answer = await io.ask(words.ask.wordsSame)
  if (answer === null || !words.yes.includes(answer.trim().toLowerCase())) fail({ type: 'WordsDiffer' })
}

async function refuse(session: Session, who: readonly string[]): Promise<Report> {
  const knock = must(chooseKnock(await chosenSpaces(session), who))
  const { invitation, device } = knock
  must(await session.engine.refuseKnock({ space: knock.space.id, invitation, device }))
  return { json: { space: knock.space.id, invitation, device }, lines: [session.words.saved] }
}

async function list(session: Session): Promise<Report> {
  const { words } = session
  const { id, members } = await space(session)
  const active = members.filter((member) => member.status === 'active')
  const short = shortIds(active.map((member) => member.id))
  return {
    json: { space: id, members },
    lines: table(
      [words.columns.id, words.columns.alias, words.columns.role, words.columns.devices],
      active.map((member) => [
        short.get(member.id) ?? member.id,
        member.me ? `${member.alias} *` : member.alias,
        words.roles[member.role],
        String(member.devices.length),
      ]),
    ),
  }
}
