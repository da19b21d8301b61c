// Commands about what carries a space: relays one by one, files on a stick, devices nearby. Owns what they print and the files they
// read and write; what is in a file is the engine's.
import { readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { RelayView, SpaceView } from '../../engine/api.ts'
import { chooseMember, chooseSpace, shortIds } from '../choose.ts'
import { fail, must } from '../failure.ts'
import { bytes, table, time } from '../format.ts'
import { argument } from '../secrets.ts'
import { type Report, type Session, space } from '../session.ts'
import { carrierWords } from '../words/carriers.ts'
import type { Registry } from './registry.ts'
import { soon } from './spaces.ts'

const say = ({ flags }: Session) => carrierWords[flags.lang]

type T = (es: string, en: string) => string

export function carrierCommands(registry: Registry, t: T): void {
  relayCommands(registry, t)
  bundleCommands(registry, t)
  registry.program
    .command('peers')
    .description(t('aparatos conectados sin relevo', 'devices connected without a relay'))
    .action(() => registry.unlocked(peers))
}

function relayCommands(registry: Registry, t: T): void {
  const relay = registry.program.command('relay').description(t('relevos, uno por uno', 'relays, one by one'))
  const address = t('dirección, o @archivo', 'its address, or @file')
  relay
    .command('add')
    .description(t('agrega un relevo', 'adds a relay'))
    .argument('<url>', address)
    .option('--own', t('solo para este aparato', 'for this device only'))
    .action((url: string, options: { own?: boolean }) =>
      registry.unlocked((s) => addRelay(s, url, options.own !== true)),
    )
  relay
    .command('remove')
    .description(t('quita un relevo', 'takes a relay away'))
    .argument('<url>', address)
    .action((url: string) => registry.unlocked((s) => removeRelay(s, url)))
  relay
    .command('list')
    .description(t('los relevos de los espacios', 'the relays of the spaces'))
    .action(() => registry.unlocked(listRelays))
  relay
    .command('link')
    .description(t('un enlace que dice dónde está el espacio ahora', 'a link that says where the space is now'))
    .argument('<url>', address)
    .option('--app <url>', t('dirección de la aplicación, para el enlace', 'address of the app, for the link'), '')
    .action((url: string, options: { app: string }) => registry.unlocked((s) => relayLink(s, url, options.app)))
  relay
    .command('take')
    .description(t('usa el enlace de un relevo', 'takes a relay link'))
    .argument('<link>', t('el enlace, «-» o @archivo', 'the link, "-" for standard input, or @file'))
    .action((link: string) => registry.unlocked((s) => takeRelayLink(s, link)))
}

function bundleCommands(registry: Registry, t: T): void {
  const bundle = registry.program
    .command('bundle')
    .description(t('el espacio en un archivo, para llevarlo a mano', 'the space in a file, to be carried by hand'))
  bundle
    .command('save')
    .description(t('guarda el archivo', 'saves the file'))
    .option('--since <member>', t('solo lo que a ella le falta', 'only what she lacks'))
    .option('--out <file>', t('dónde se guarda', 'where it is kept'))
    .action((options: { since?: string; out?: string }) => registry.unlocked((s) => saveBundle(s, options)))
  bundle
    .command('open')
    .description(t('toma lo que trae un archivo', 'takes in what a file brings'))
    .argument('<file>')
    .action((file: string) => registry.unlocked((s) => openBundle(s, file)))
  bundle
    .command('list')
    .description(t('de quiénes se abrieron archivos aquí', 'whose files were opened here'))
    .action(() => registry.unlocked(listBundles))
}

const given = async ({ io }: Session, text: string) => (await argument(io, text)).trim()
const shown = (address: string) => address.split('#')[0] ?? address

async function addRelay(session: Session, url: string, everybody: boolean): Promise<Report> {
  const { id } = await space(session)
  const address = await given(session, url)
  must(await session.engine.addRelay({ space: id, address, everybody }))
  const { onRelay, lines } = await soon(session)
  const json = { space: id, relay: shown(address), own: !everybody, onRelay }
  return { json, lines: [say(session).added(shown(address)), ...lines] }
}

async function removeRelay(session: Session, url: string): Promise<Report> {
  const { id } = await space(session)
  const address = await given(session, url)
  must(await session.engine.removeRelay({ space: id, address }))
  const { onRelay, lines } = await soon(session)
  return {
    json: { space: id, relay: shown(address), onRelay },
    lines: [say(session).removed(shown(address)), ...lines],
  }
}

async function listRelays(session: Session): Promise<Report> {
  const { engine, flags, words } = session
  const state = await engine.state()
  const spaces = flags.space === undefined ? state.spaces : [must(chooseSpace(state, flags.space))]
  const { columns } = words
  const line = (of: SpaceView, { address, state, reason, inStepAt, own }: RelayView) => [
    address,
    of.name,
    own ? say(session).own : say(session).everybody,
    reason ?? words.states[state],
    time(inStepAt),
  ]
  const rows = spaces.flatMap((of) => of.relays.map((relay) => line(of, relay)))
  const head = [columns.relay, columns.space, say(session).who, columns.status, columns.inStep]
  return {
    json: { spaces: spaces.map(({ id, name, relays }) => ({ id, name, relays })) },
    lines: rows.length === 0 ? [words.nothing] : table(head, rows),
  }
}

async function relayLink(session: Session, url: string, app: string): Promise<Report> {
  const { id } = await space(session)
  const { link } = must(await session.engine.relayLink({ space: id, address: await given(session, url), app }))
  return { json: { space: id, link }, lines: [link], raw: `${link}\n` }
}

async function takeRelayLink(session: Session, text: string): Promise<Report> {
  const { address, spaces } = must(await session.engine.takeRelayLink({ link: await given(session, text) }))
  const { onRelay, lines } = await soon(session)
  return { json: { relay: address, spaces, onRelay }, lines: [say(session).taken(address, spaces.length), ...lines] }
}

const unusable = (path: string) => (error: unknown) => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'EUNKNOWN'
  return fail({ type: 'File', path, code })
}

async function saveBundle(session: Session, options: { since?: string; out?: string }): Promise<Report> {
  const chosen = await space(session)
  const since = options.since === undefined ? null : must(chooseMember(chosen, options.since))
  const made = must(await session.engine.saveBundle({ space: chosen.id, since: since?.id ?? null }))
  const path = options.out ?? made.name
  await writeFile(path, made.file, { mode: 0o600, flag: 'wx' }).catch(unusable(path))
  const { length } = made.file
  const json = { space: chosen.id, file: path, bytes: length, entries: made.entries, since: since?.id ?? null }
  return { json, lines: [say(session).saved(path, session.words.entries(made.entries, bytes(length)))] }
}

async function openBundle(session: Session, path: string): Promise<Report> {
  const { engine, words } = session
  const file = await readFile(path).catch(unusable(path))
  const opened = must(await engine.openBundle({ file: new Uint8Array(file) }))
  const { spaces } = await engine.state()
  const members = spaces.find(({ id }) => id === opened.space)?.members ?? []
  const by = members.find(({ id }) => id === opened.member)?.alias ?? ''
  const line = say(session).opened(
    by === '' ? say(session).nobody : by,
    time(opened.savedAt),
    opened.entries,
    opened.fresh,
  )
  const error = { type: 'PartOfFile', sealed: opened.sealed } as const
  return {
    json: { ...opened, file: basename(path) },
    lines: [line, words.saved],
    ...(opened.whole && !opened.sealed ? {} : { error }),
  }
}

async function listBundles(session: Session): Promise<Report> {
  const { id } = await space(session)
  const readers = must(await session.engine.bundleReaders(id))
  const { columns, nothing } = session.words
  const short = shortIds(readers.map(({ member }) => member))
  const rows = readers.map(({ member, alias, at }) => [short.get(member) ?? member, alias, time(at)])
  const lines = rows.length === 0 ? [nothing] : table([columns.id, columns.alias, columns.seen], rows)
  return { json: { space: id, readers }, lines }
}

async function peers(session: Session): Promise<Report> {
  const { columns, nothing } = session.words
  const state = await session.engine.state()
  const names = new Map(state.spaces.map(({ id, name }) => [id, name]))
  const rows = state.peers.map((peer) => [
    peer.id.slice(0, 8),
    peer.alias === '' ? say(session).nobody : peer.alias,
    say(session).by[peer.by],
    say(session).states[peer.state],
    peer.spaces.map((id) => names.get(id) ?? id.slice(0, 8)).join(', '),
  ])
  const head = [columns.id, columns.alias, say(session).peer, columns.status, columns.space]
  return { json: { peers: state.peers }, lines: rows.length === 0 ? [nothing] : table(head, rows) }
}
