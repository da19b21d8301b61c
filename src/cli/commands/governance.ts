// Commands about who decides what in a space: roles, removals, suspended devices, cosigns, new keys, history, and the space that
// goes on from this one. Owns what they print; what may be done the engine says.
import { InvalidArgumentError } from 'commander'
import type { HistoryItem, MemberRole, PendingView, SpaceView, WarningView } from '../../engine/api.ts'
import { chooseDevice, chooseMember, choosePending, chooseSuccessor, shortIds } from '../choose.ts'
import { must } from '../failure.ts'
import { table, time } from '../format.ts'
import { argument } from '../secrets.ts'
import { type Report, type Session, space } from '../session.ts'
import { type Registry, several, whole } from './registry.ts'
import { soon } from './spaces.ts'

const role = (text: string): MemberRole => {
  if (text === 'coordinator' || text === 'editor' || text === 'reader') return text
  throw new InvalidArgumentError('coordinator, editor or reader is needed')
}

export function governanceCommands(registry: Registry, t: (es: string, en: string) => string): void {
  const { program } = registry
  const who = t('alias o comienzo de su ID', 'alias or beginning of her ID')
  const which = t('nombre o comienzo de su ID', 'name or beginning of its ID')
  program
    .command('remove')
    .description(t('saca a alguien; a sí misma: se va', 'removes somebody and changes the keys; oneself: leaves'))
    .argument('<who>', who)
    .action((given: string) => registry.unlocked((session) => remove(session, given)))
  program
    .command('role')
    .description(t('cambia el papel de alguien', 'changes somebody’s role'))
    .argument('<who>', who)
    .argument('<role>', 'coordinator | editor | reader', role)
    .action((given: string, to: MemberRole) => registry.unlocked((session) => setRole(session, given, to)))
  const devices = program
    .command('devices')
    .description(t('los aparatos de cada quien', 'everybody’s devices'))
    .action(() => registry.unlocked(listDevices))
  devices
    .command('name')
    .description(t('pone nombre a un aparato propio', 'names a device of one’s own'))
    .argument('<device>', which)
    .argument('<name>')
    .action((given: string, name: string) => registry.unlocked((session) => nameDevice(session, given, name)))
  program
    .command('suspend')
    .description(t('suspende un aparato perdido, en el acto', 'suspends a lost device, at once'))
    .argument('<device>', which)
    .action((given: string) => registry.unlocked((session) => suspend(session, given)))
  program
    .command('resume')
    .description(t('reanuda un aparato suspendido', 'resumes a suspended device'))
    .argument('<device>', which)
    .action((given: string) => registry.unlocked((session) => resume(session, given)))
  program
    .command('cosign')
    .description(t('dice sí (o no) a lo que espera decisión', 'says yes (or no) to what waits for a decision'))
    .argument(
      '[operation]',
      t('comienzo de su ID; se puede omitir si es una', 'beginning of its ID; not needed for one'),
    )
    .option('--no', t('dice no', 'says no'))
    .action((given: string | undefined, options: { no?: boolean }) =>
      registry.unlocked((session) => cosign(session, given, options.no !== true)),
    )
  program
    .command('renew')
    .description(
      t(
        'cambia las llaves de este aparato: una copia suya ya no abre lo nuevo',
        'new keys for this device: a copy of it no longer opens what comes',
      ),
    )
    .option('--all', t('en todos los espacios', 'in all spaces'))
    .action((options: { all?: boolean }) => registry.unlocked((session) => renew(session, options.all === true)))
  program
    .command('history')
    .description(t('qué se decidió sobre personas y aparatos', 'what was decided about people and devices'))
    .option('--limit <n>', t('cuántas, lo último primero', 'how many, the latest first'), whole(1, 1_000_000))
    .action((options: { limit?: number }) => registry.unlocked((session) => history(session, options.limit)))
  program
    .command('continue')
    .description(
      t(
        'funda un espacio que sigue a este, con sus documentos',
        'founds a space that goes on from this one, with its documents',
      ),
    )
    .argument('<name>', t('cómo se llama', 'its name'))
    .option(
      '--relay <url>',
      t('un relevo, o @archivo; si falta, los de este espacio', 'a relay, or @file; this space’s if left out'),
      several,
    )
    .option(
      '--member <who>',
      t('quién puede seguir; si falta, todas', 'who may follow; everybody if left out'),
      several,
    )
    .action((name: string, options: ContinueFlags) =>
      registry.unlocked((session) => continueSpace(session, name, options)),
    )
  program
    .command('follow')
    .description(t('pide entrar al espacio que sigue a este', 'asks to enter the space that goes on from this one'))
    .argument('[operation]', t('comienzo del ID del anuncio', 'beginning of the announcement’s ID'))
    .action((given: string | undefined) => registry.unlocked((session) => follow(session, given)))
}

interface ContinueFlags {
  readonly relay?: readonly string[]
  readonly member?: readonly string[]
}

const aliasOf = (chosen: SpaceView, id: string | null): string => {
  const member = chosen.members.find((item) => item.id === id)
  return member === undefined || member.alias === '' ? (id ?? '?').slice(0, 8) : member.alias
}

/** What every order ends with: tried on the relays for a moment. */
async function ordered(session: Session, json: object, lines: readonly string[]): Promise<Report> {
  const sent = await soon(session)
  return { json: { ...json, onRelay: sent.onRelay }, lines: [...lines, ...sent.lines] }
}

export async function remove(session: Session, given: string): Promise<Report> {
  const { engine, words } = session
  const chosen = await space(session)
  const member = must(chooseMember(chosen, given))
  const { effect } = must(await engine.removeMember({ space: chosen.id, member: member.id }))
  const done = words.removed(aliasOf(chosen, member.id))
  const json = { space: chosen.id, removed: effect === 'done' ? member.id : null, member: member.id, effect }
  return ordered(session, json, [effect === 'done' ? done : words.governance.waits])
}

async function setRole(session: Session, given: string, to: MemberRole): Promise<Report> {
  const { engine, words } = session
  const chosen = await space(session)
  const member = must(chooseMember(chosen, given))
  const { effect } = must(await engine.setRole({ space: chosen.id, member: member.id, role: to }))
  const done = words.governance.roleSet(aliasOf(chosen, member.id), words.roles[to])
  const json = { space: chosen.id, member: member.id, role: to, effect }
  return ordered(session, json, [effect === 'done' ? done : words.governance.waits])
}

async function listDevices(session: Session): Promise<Report> {
  const { words } = session
  const { id, members } = await space(session)
  const rows = members
    .filter((member) => member.status === 'active')
    .flatMap((member) => member.devices.map((device) => ({ ...device, member: member.id, alias: member.alias })))
  const short = shortIds(rows.map((device) => device.id))
  const { columns, governance } = words
  return {
    json: { space: id, devices: rows },
    lines: table(
      [columns.id, columns.alias, columns.name, columns.status, columns.added, columns.seen],
      rows.map((device) => [
        short.get(device.id) ?? device.id,
        device.alias,
        device.me ? `${device.name} *` : device.name,
        device.flagged ? `${governance.devices[device.status]} !` : governance.devices[device.status],
        time(device.addedAt),
        time(device.lastSeenAt),
      ]),
    ),
  }
}

async function nameDevice(session: Session, given: string, name: string): Promise<Report> {
  const chosen = await space(session)
  const { id } = must(chooseDevice(chosen, given))
  must(await session.engine.nameDevice({ space: chosen.id, device: id, name }))
  return { json: { space: chosen.id, device: id, name }, lines: [session.words.saved] }
}

async function suspend(session: Session, given: string): Promise<Report> {
  const chosen = await space(session)
  const { id } = must(chooseDevice(chosen, given))
  const { effect } = must(await session.engine.suspendDevice({ space: chosen.id, device: id }))
  return ordered(session, { space: chosen.id, device: id, effect }, [session.words.governance.suspended])
}

async function resume(session: Session, given: string): Promise<Report> {
  const chosen = await space(session)
  const { id } = must(chooseDevice(chosen, given))
  const { effect } = must(await session.engine.resumeDevice({ space: chosen.id, device: id }))
  return ordered(session, { space: chosen.id, device: id, effect }, [session.words.governance.resumed])
}

async function cosign(session: Session, given: string | undefined, verdict: boolean): Promise<Report> {
  const chosen = await space(session)
  const { operation } = must(choosePending(chosen, given))
  must(await session.engine.cosign({ space: chosen.id, operation, verdict }))
  const { governance } = session.words
  return ordered(session, { space: chosen.id, operation, verdict }, [verdict ? governance.saidYes : governance.saidNo])
}

async function renew(session: Session, all: boolean): Promise<Report> {
  const id = all ? null : (await space(session)).id
  const { spaces } = must(await session.engine.renewKeys({ space: id }))
  return ordered(session, { spaces }, [session.words.governance.renewed(spaces)])
}

async function history(session: Session, limit: number | undefined): Promise<Report> {
  const chosen = await space(session)
  const items = must(await session.engine.history(chosen.id)).slice(0, limit)
  return {
    json: { space: chosen.id, history: items },
    lines: items.length === 0 ? [session.words.nothing] : items.map((item) => historyLine(session, chosen, item)),
  }
}

function historyLine({ words }: Session, chosen: SpaceView, item: HistoryItem): string {
  const { governance } = words
  const about = item.member === null || item.member === item.by ? null : aliasOf(chosen, item.member)
  const told = [
    item.target?.slice(0, 8),
    item.role === null ? null : words.roles[item.role],
    item.verdict === null ? null : item.verdict ? governance.yes : governance.no,
    item.relays?.join(' '),
  ]
  const outcome =
    item.effect === 'done'
      ? null
      : `[${governance.effects[item.effect]}${item.reason === null ? '' : ` ${item.reason}`}]`
  const parts = [
    time(item.at),
    item.operation.slice(0, 8),
    aliasOf(chosen, item.by),
    governance.whats[item.what],
    about,
  ]
  return [...parts, ...told, outcome].filter((part) => part !== null && part !== undefined && part !== '').join('  ')
}

async function continueSpace(session: Session, name: string, options: ContinueFlags): Promise<Report> {
  const { engine, io, words } = session
  const chosen = await space(session)
  const members = (options.member ?? []).map((given) => must(chooseMember(chosen, given)).id)
  const others = chosen.members.filter((member) => member.status === 'active' && !member.me).map(({ id }) => id)
  const given = await Promise.all((options.relay ?? []).map(async (text) => (await argument(io, text)).trim()))
  const relays = given.length > 0 ? given : chosen.relays.map(({ address }) => address)
  const p = { space: chosen.id, name, relays, members: options.member === undefined ? others : members }
  const made = must(await engine.continueSpace(p))
  const json = { space: made.space, continues: chosen.id, members: p.members }
  return ordered(session, json, [words.governance.continued(name, made.space)])
}

async function follow(session: Session, given: string | undefined): Promise<Report> {
  const chosen = await space(session)
  const successor = must(chooseSuccessor(chosen, given))
  const { invitation } = must(
    await session.engine.acceptSuccessor({ space: chosen.id, operation: successor.operation }),
  )
  return ordered(session, { space: successor.space, invitation }, [session.words.governance.followed])
}

/** For `status`: what waits for people in a space, and what they must know. */
export function openQuestions({ words }: Pick<Session, 'words'>, chosen: SpaceView): string[] {
  const { governance } = words
  const pending = chosen.pending.map((item) =>
    governance.pending(item.operation.slice(0, 8), pendingText(words, chosen, item), item.have.length, item.needed),
  )
  const warnings = chosen.warnings.map((warning) => governance.warning(warningText(words, chosen, warning)))
  const successors = chosen.successors
    .filter(({ state }) => state === 'open')
    .map((item) => governance.successor(aliasOf(chosen, item.by), item.operation.slice(0, 8)))
  return [...warnings, ...pending, ...successors].map((line) => `${chosen.name}: ${line}`)
}

function pendingText(words: Session['words'], chosen: SpaceView, item: PendingView): string {
  const parts = [words.governance.whats[item.what], aliasOf(chosen, item.member)]
  if (item.device !== null) parts.push(item.device.slice(0, 8))
  if (item.role !== null) parts.push(words.roles[item.role])
  return parts.join(' ')
}

function warningText(words: Session['words'], chosen: SpaceView, warning: WarningView): string {
  const { warnings } = words.governance
  if (warning.type === 'two-versions')
    return warnings.twoVersions(aliasOf(chosen, warning.member), warning.device.slice(0, 8))
  if (warning.type === 'away') return warnings.away(time(warning.since), warning.still)
  return warning.type === 'keys-missing' ? warnings.keysMissing : warnings.noCoordinator
}
