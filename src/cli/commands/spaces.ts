// Commands about spaces and their relays, and the two of moving data: sync once and sync for ever. Owns what they print.
import type { EngineState } from '../../engine/api.ts'
import { shortIds } from '../choose.ts'
import { eventsBetween, type WatchEvent } from '../events.ts'
import { type CliError, fail, must } from '../failure.ts'
import { bytes, clean, json, table } from '../format.ts'
import { argument } from '../secrets.ts'
import { type Report, type Session, SHORT_SYNC, space, SYNC, type Synced, syncNow, until } from '../session.ts'
import { type Registry, several } from './registry.ts'

export function spaceCommands(registry: Registry, t: (es: string, en: string) => string): void {
  const { program } = registry
  const spaces = program.command('space').description(t('espacios: redes y círculos', 'spaces: networks and circles'))
  spaces
    .command('create')
    .description(t('crea un espacio', 'creates a space'))
    .argument('<name>', t('cómo se llama', 'its name'))
    .option(
      '--relay <url>',
      t(
        'un relevo, o @archivo con su dirección; se puede repetir',
        'a relay, or @file with its address; may be repeated',
      ),
      several,
    )
    .action((name: string, options: { relay?: readonly string[] }) =>
      registry.unlocked((session) => create(session, name, options.relay ?? [])),
    )
  spaces
    .command('list')
    .description(t('los espacios de aquí', 'the spaces here'))
    .action(() => registry.unlocked(list))

  program
    .command('relays')
    .description(t('los relevos de un espacio', 'the relays of a space'))
    .command('set')
    .description(t('pone los relevos de un espacio', 'sets the relays of a space'))
    .argument('<url...>', t('direcciones, o @archivo', 'addresses, or @file'))
    .action((urls: readonly string[]) => registry.unlocked((session) => setRelays(session, urls)))

  program
    .command('sync')
    .description(t('se pone al día con los relevos', 'gets in step with the relays'))
    .option('--watch', t('se queda atenta; admite invitaciones abiertas', 'stays; admits on open invitations'))
    .option(
      '--names',
      t('con --watch: escribe también alias y títulos', 'with --watch: writes aliases and titles, too'),
    )
    .action((options: { watch?: boolean; names?: boolean }) =>
      registry.unlocked((session) => (options.watch === true ? watch(session, options.names === true) : sync(session))),
    )
}

const addresses = async ({ io }: Session, given: readonly string[]) =>
  Promise.all(given.map(async (text) => (await argument(io, text)).trim()))

async function create(session: Session, name: string, relays: readonly string[]): Promise<Report> {
  const { engine, words } = session
  const made = must(await engine.createSpace({ name, relays: await addresses(session, relays) }))
  return { json: { space: made.space, name }, lines: [words.spaceCreated(name, made.space)] }
}

async function list({ engine, words }: Session): Promise<Report> {
  const { spaces } = await engine.state()
  const short = shortIds(spaces.map((item) => item.id))
  const { columns } = words
  return {
    json: {
      spaces: spaces.map(({ id, name, standing, role, unsent, epoch, relays, ...rest }) => ({
        id,
        name,
        standing,
        role,
        unsent,
        epoch,
        relays,
        members: rest.members.filter((member) => member.status === 'active').length,
        documents: rest.documents.length,
      })),
    },
    lines:
      spaces.length === 0
        ? [words.nothing]
        : table(
            [columns.id, columns.name, columns.status, columns.role, columns.unsent],
            spaces.map((item) => [
              short.get(item.id) ?? item.id,
              item.name,
              words.standings[item.standing],
              words.roles[item.role],
              String(item.unsent),
            ]),
          ),
  }
}

async function setRelays(session: Session, urls: readonly string[]): Promise<Report> {
  const { engine, words } = session
  const { id } = await space(session)
  must(await engine.setRelays({ space: id, relays: await addresses(session, urls) }))
  return { json: { space: id }, lines: [words.relaysSet] }
}

/** After a command that makes no sense without a relay: tries briefly, and says what came of it. */
export async function soon(
  session: Session,
): Promise<{ readonly onRelay: boolean; readonly lines: readonly string[] }> {
  const { engine, flags, words } = session
  const synced = await syncNow(session, flags.timeout ?? SHORT_SYNC)
  const { spaces, joining } = await engine.state()
  const without = [...spaces, ...joining].every((item) => item.relays.length === 0)
  return {
    onRelay: synced.onRelay,
    lines: [without ? words.noRelay : synced.onRelay ? words.onRelay : words.notOnRelay],
  }
}

/** The error of a sync that did not get there; null when it did. */
export function notInStep(synced: Synced, state: EngineState): CliError | null {
  if (synced.inStep) return null
  const known = new Map(
    [...state.spaces, ...state.joining].flatMap((item) => item.relays).map((relay) => [relay.address, relay]),
  )
  const behind = synced.relays.filter((relay) => !relay.inStep)
  const relays = behind.map(({ address, reason }) => ({
    address,
    reason,
    state: known.get(address)?.state ?? 'offline',
  }))
  return { type: 'NotInStep', relays }
}

export function syncLines({ words }: Session, { relays, sent, received }: Synced): string[] {
  const count = (n: Synced['sent']) => words.entries(n.entries, bytes(n.bytes))
  return [
    words.traffic(count(sent), count(received)),
    ...relays.map((relay) => `${relay.address}: ${relay.inStep ? words.inStep : (relay.reason ?? words.notInStep)}`),
  ]
}

async function sync(session: Session): Promise<Report> {
  const synced = await syncNow(session, session.flags.timeout ?? SYNC)
  const state = await session.engine.state()
  const error = notInStep(synced, state) ?? stillComing(state)
  return { json: { ...synced }, lines: syncLines(session, synced), ...(error === null ? {} : { error }) }
}

/** In step with what was open, and yet the history of a space is not all here. */
const stillComing = ({ spaces }: EngineState): CliError | null =>
  spaces.some(({ standing }) => standing === 'loading') ? { type: 'TimedOut', waitingFor: 'history' } : null

/** Until SIGINT or SIGTERM. One line for each event, as JSON with --json. */
async function watch(session: Session, names: boolean): Promise<Report> {
  const { engine, io } = session
  let last: EngineState | null = null
  say(session, { event: 'watching' })
  await until({ engine, io }, null, (state) => {
    for (const event of eventsBetween(last, state, names)) say(session, event)
    last = state
    return null
  })
  if ((await engine.state()).vault !== 'unlocked') fail({ type: 'Locked' })
  await engine.flush()
  const stopped: WatchEvent = { event: 'stopped' }
  return { json: stopped, lines: [eventLine(session, stopped)] }
}

function say(session: Session, event: WatchEvent): void {
  session.io.out(`${session.flags.json ? json(event) : clean(eventLine(session, event))}\n`)
}

function eventLine({ words }: Session, { event, relay, state, epoch, name, ...ids }: WatchEvent): string {
  const known = [relay, ids.space, ids.document, ids.member, ids.device]
  const parts = known.flatMap((id) => (id === undefined ? [] : [id === relay ? id : id.slice(0, 8)]))
  const end = [state, epoch === undefined ? undefined : String(epoch), name].flatMap((part) => part ?? [])
  return [words.events[event], ...parts, ...end].join(' ')
}
