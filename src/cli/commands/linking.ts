// Commands that bring in a device of one person: link, return, and the codes said by hand. Owns the rule that nothing is let in
// before the eight words were compared.
import { InvalidArgumentError } from 'commander'
import type { EngineState, HeardCode, LinkingView, SpaceView } from '../../engine/api.ts'
import { chooseMember, foldWords, shortIds } from '../choose.ts'
import { fail, must } from '../failure.ts'
import { argument } from '../secrets.ts'
import { type Report, type Session, SHORT_SYNC, space, syncNow, until } from '../session.ts'
import { linkingWords } from '../words/linking.ts'
import { type Registry, seconds } from './registry.ts'

const say = ({ flags }: Session) => linkingWords[flags.lang]

interface TakeFlags {
  readonly take?: string
  readonly name: string
  readonly wait?: number | true
}
interface GiveFlags extends TakeFlags {
  readonly app: string
}
interface ReturnFlags extends GiveFlags {
  readonly wordsFile?: string
}

export function linkingCommands(registry: Registry, t: (es: string, en: string) => string): void {
  const { program } = registry
  const app = t('dirección de la aplicación, para el enlace', 'address of the app, for the link')
  const take = t(
    'en el aparato nuevo: el enlace, «-» o @archivo',
    'on the new device: the link, "-" for standard input, or @file',
  )
  const name = t('cómo se llamará este aparato', 'how this device is to be called')
  const wait = t('espera a entrar y a que llegue la historia', 'waits until let in and the history is here')
  const link = program
    .command('link')
    .description(t('enlaza otro aparato propio, de una vez en todos los espacios', 'links another device of one’s own'))
    .option('--app <url>', app, '')
    .option('--take <link>', take)
    .option('--name <name>', name, '')
    .option('--wait [seconds]', wait, seconds)
    .action((options: GiveFlags) =>
      registry.unlocked((session) =>
        options.take === undefined ? give(session, options.app) : takeLink(session, options.take, options, null),
      ),
    )
  link
    .command('list')
    .description(t('los enlaces de este aparato', 'the links of this device'))
    .action(() => registry.unlocked(list))
  link
    .command('confirm')
    .description(t('deja entrar al otro aparato', 'lets the other device in'))
    .option('--words <words>', t('las palabras del otro aparato', 'the words on the other device'))
    .action((options: { words?: string }) => registry.unlocked((session) => confirm(session, options.words)))
  link
    .command('cancel')
    .description(t('el enlace ya no sirve', 'ends a link'))
    .argument('[id]', t('comienzo de su ID', 'beginning of its ID'))
    .action((id: string | undefined) => registry.unlocked((session) => cancel(session, id)))
  program
    .command('return')
    .description(t('regreso de alguien con sus palabras de recuperación', 'the way back with recovery words'))
    .argument('[who]', t('alias o comienzo de su ID', 'alias or beginning of her ID'))
    .option('--app <url>', app, '')
    .option('--take <link>', take)
    .option('--words-file <file>', t('de dónde leer las doce palabras', 'where to read the twelve words'))
    .option('--name <name>', name, '')
    .option('--wait [seconds]', wait, seconds)
    .action((who: string | undefined, options: ReturnFlags) => {
      if ((who === undefined) === (options.take === undefined))
        throw new InvalidArgumentError(t('a quién, o --take <enlace>', 'whom, or --take <link>'))
      return registry.unlocked((session) => goBack(session, who, options))
    })
  program
    .command('code')
    .description(t('códigos dichos a mano, sin red', 'codes said by hand, without a network'))
    .argument('[text]', t('lo que muestra la otra: texto, «-» o @archivo', 'what the other shows: text, "-" or @file'))
    .option('--welcome <device>', t('la bienvenida de quien ya fue admitida', 'the welcome of somebody admitted'))
    .action((text: string | undefined, options: { welcome?: string }) =>
      registry.unlocked((session) => code(session, text, options.welcome)),
    )
}

/** The link alone on standard output, so that a script can take it; what is said about it goes beside it. */
async function offered(session: Session, made: { readonly id: string; readonly link: string }): Promise<Report> {
  const { onRelay } = await syncNow(session, session.flags.timeout ?? SHORT_SYNC)
  if (!session.flags.json) session.io.err(`${onRelay ? session.words.onRelay : session.words.notOnRelay}\n`)
  return { json: { ...made, onRelay }, lines: [made.link] }
}

async function give(session: Session, app: string): Promise<Report> {
  const all = (await session.engine.state()).spaces.filter(({ standing }) => standing === 'active')
  const spaces = session.flags.space === undefined ? all.map(({ id }) => id) : [(await space(session)).id]
  return offered(session, must(await session.engine.offerLink({ spaces, app })))
}

async function goBack(session: Session, who: string | undefined, options: ReturnFlags): Promise<Report> {
  const { engine, io, words } = session
  if (options.take === undefined) {
    const chosen = await space(session)
    const member = must(chooseMember(chosen, who ?? ''))
    return offered(session, must(await engine.offerReturn({ space: chosen.id, member: member.id, app: options.app })))
  }
  const typed = options.wordsFile === undefined ? null : await argument(io, `@${options.wordsFile}`)
  const kit = typed ?? (io.interactive ? await io.askSecret(words.ask.recoveryWords) : null)
  return kit === null ? fail({ type: 'NoPassphrase' }) : takeLink(session, options.take, options, kit)
}

async function takeLink(session: Session, given: string, flags: TakeFlags, kit: string | null): Promise<Report> {
  const { engine, io } = session
  const link = (await argument(io, given)).trim()
  const { id } = must(await engine.takeLink({ link, words: kit, name: flags.name }))
  const mine = (state: EngineState) => state.linking.find((item) => item.id === id)
  const linking = await until(session, SHORT_SYNC, (state) => mine(state) ?? null)
  const safety = linking?.words ?? []
  const shown = [say(session).answered, `  ${safety.join(' ')}`]
  if (flags.wait === undefined) {
    const { onRelay } = await syncNow(session, session.flags.timeout ?? SHORT_SYNC)
    const where = onRelay ? session.words.onRelay : session.words.notOnRelay
    return { json: { id, words: safety, onRelay }, lines: [...shown, where] }
  }
  if (!session.flags.json) io.err(`${shown.join('\n')}\n`)
  const ids = linking?.spaces.map((item) => item.space) ?? []
  const entered = await until(session, flags.wait === true ? null : flags.wait, (state) => {
    const here = ids.flatMap((one) => state.spaces.find((item) => item.id === one && item.standing === 'active') ?? [])
    return here.length === ids.length ? here : null
  })
  if (entered === null) return notIn(session, ids)
  const names = entered.map(({ name }) => name).join(', ')
  return { json: { id, words: safety, spaces: ids }, lines: [say(session).entered(names)] }
}

async function notIn(session: Session, ids: readonly string[]): Promise<never> {
  if (session.io.signal.aborted) return fail({ type: 'Interrupted' })
  const { spaces } = await session.engine.state()
  const loading = ids.every((id) => spaces.some((item) => item.id === id))
  return fail({ type: 'TimedOut', waitingFor: loading ? 'history' : 'admission' })
}

async function list(session: Session): Promise<Report> {
  const { linking } = await session.engine.state()
  const short = shortIds(linking.map(({ id }) => id))
  const w = say(session)
  const lines = linking.flatMap((item) => [
    [short.get(item.id) ?? item.id, w.sides[item.side], w.kinds[item.kind], w.states[item.state]].join('  '),
    ...(item.words.length > 0 ? [`  ${item.words.join(' ')}`] : []),
    ...(item.contested ? [`  ${w.contested}`] : []),
  ])
  // Links are secrets until used: they are printed once, when made.
  const linkings = linking.map((item) => ({ ...item, link: '' }))
  return { json: { linkings }, lines: lines.length === 0 ? [session.words.nothing] : lines }
}

const open = (linking: readonly LinkingView[]) =>
  linking.filter((item) => item.side === 'giving' && item.state === 'comparing')

async function confirm(session: Session, spoken: string | undefined): Promise<Report> {
  const { engine } = session
  const waiting = open((await engine.state()).linking)
  const linking =
    waiting.find((item) => spoken !== undefined && foldWords(item.words.join(' ')) === foldWords(spoken)) ??
    (spoken === undefined && waiting.length === 1 ? waiting[0] : undefined)
  if (linking === undefined) return fail({ type: spoken === undefined ? 'UnknownInvitation' : 'WordsDiffer' })
  if (spoken === undefined) await look(session, linking)
  must(await engine.confirmLink({ id: linking.id }))
  const { onRelay } = await syncNow(session, session.flags.timeout ?? SHORT_SYNC)
  const done = (await engine.state()).linking.find((item) => item.id === linking.id)
  const others = done?.others ?? []
  const still = others.length === 0 ? [] : [say(session).stillIn(others.map((id) => id.slice(0, 12)).join(', '))]
  const where = onRelay ? session.words.onRelay : session.words.notOnRelay
  return { json: { id: linking.id, others, onRelay }, lines: [say(session).confirmed, ...still, where] }
}

/** A person looks at both screens now. */
async function look(session: Session, linking: LinkingView): Promise<void> {
  const { io, words } = session
  if (!io.interactive) return fail({ type: 'WordsNeeded' })
  const warned = linking.contested ? `${say(session).contested}\n` : ''
  io.err(`${say(session).compare}\n  ${linking.words.join(' ')}\n${warned}`)
  const answer = await io.ask(words.ask.wordsSame)
  if (answer === null || !words.yes.includes(answer.trim().toLowerCase())) fail({ type: 'WordsDiffer' })
}

async function cancel(session: Session, given: string | undefined): Promise<Report> {
  const { linking } = await session.engine.state()
  const found = linking.filter(({ id }) => given === undefined || id.startsWith(given.toLowerCase()))
  const [only] = found
  if (only === undefined || found.length > 1) return fail({ type: 'UnknownInvitation' })
  must(await session.engine.cancelLink({ id: only.id }))
  return { json: { id: only.id }, lines: [say(session).cancelled] }
}

async function code(session: Session, text: string | undefined, device: string | undefined): Promise<Report> {
  if (text === undefined) return device === undefined ? toShow(session) : welcome(session, device)
  const read = await argument(session.io, text)
  const heard = must(await session.engine.readCode({ code: read }))
  const codes = heard.type === 'knock' ? await welcomesOf(session, heard.device) : []
  return { json: { ...heard, codes }, lines: [...(await heardLines(session, heard)), ...codes] }
}

async function heardLines(session: Session, heard: HeardCode): Promise<readonly string[]> {
  const w = say(session)
  if (heard.type === 'more') return [w.part(heard.have, heard.of)]
  if (heard.type === 'linking') return [w.ready]
  if (heard.type === 'knock') return [w.knocked(heard.device.slice(0, 12))]
  const { spaces } = await session.engine.state()
  const names = heard.spaces.map((id) => spaces.find((item) => item.id === id)?.name ?? '')
  return [w.entered(names.map((name, i) => (name === '' ? (heard.spaces[i] ?? '').slice(0, 12) : name)).join(', '))]
}

/** Everything that this device has to show to another. */
async function toShow(session: Session): Promise<Report> {
  const { joining, linking } = await session.engine.state()
  const codes = [...joining, ...linking].flatMap((item) => item.codes)
  return { json: { codes }, lines: codes.length === 0 ? [session.words.nothing] : codes }
}

async function welcome(session: Session, device: string): Promise<Report> {
  const codes = await welcomesOf(session, device.toLowerCase())
  return codes.length === 0 ? fail({ type: 'UnknownInvitation' }) : { json: { codes }, lines: codes }
}

/** The welcome of the device whose id begins so, under whichever invitation it came in by. */
async function welcomesOf({ engine }: Session, prefix: string): Promise<readonly string[]> {
  const spaces: readonly SpaceView[] = (await engine.state()).spaces
  for (const { id, members, invitations } of spaces) {
    const device = members.flatMap((member) => member.devices).find((item) => item.id.startsWith(prefix))
    if (device === undefined) continue
    for (const invitation of invitations.filter(({ used }) => used)) {
      const made = await engine.welcomeCode({ space: id, invitation: invitation.id, device: device.id })
      if (made.ok) return made.value.codes
    }
  }
  return []
}
