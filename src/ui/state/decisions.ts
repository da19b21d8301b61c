// What waits for coordinators and what people must know, in words: which sentence says it, without owning any. Pure functions
// of the engine's views.
import type { HistoryItem, MemberView, PendingView, SpaceView, WarningView } from '../../engine/api.ts'
import type { Millis } from '../../base/environment.ts'
import type { ShellTranslate } from '../i18n/shell.ts'
import { memberOf } from './people.ts'

/** Her alias in the middle of a sentence; whoever has none yet is somebody. */
export const calledIn = (t: ShellTranslate, member: Pick<MemberView, 'alias'> | undefined): string =>
  member?.alias || t('somebodyIn')

/** At the beginning of a sentence. */
export const called = (t: ShellTranslate, member: Pick<MemberView, 'alias'> | undefined): string =>
  member?.alias || t('Somebody')

/** She took one of her own devices out, which another coordinator may still refuse. */
const ownSuspension = (pending: PendingView): boolean => pending.why === 'suspension' && pending.by === pending.member

/** What is to be decided, in one line. */
export function pendingTitle(t: ShellTranslate, space: SpaceView, pending: PendingView): string {
  const by = called(t, memberOf(space, pending.by))
  const who = calledIn(t, memberOf(space, pending.member))
  if (pending.why === 'dispute') {
    if (pending.what === 'remove') return t('dispute_remove', by, who)
    if (pending.what === 'suspend') return t('dispute_suspend', by, who)
    return t(pending.role === 'reader' ? 'dispute_reader' : 'dispute_editor', by, who)
  }
  if (pending.what === 'remove') return t('propose_remove', by, who)
  if (ownSuspension(pending)) return t('propose_suspend_own', by)
  if (pending.what === 'suspend') return t('propose_suspend', by, who)
  return t(`propose_${pending.role ?? 'editor'}`, by, who)
}

export function pendingWhy(t: ShellTranslate, space: SpaceView, pending: PendingView): string {
  const by = calledIn(t, memberOf(space, pending.by))
  if (pending.why === 'suspension') return t(ownSuspension(pending) ? 'why_suspension_own' : 'why_suspension', by)
  return t(`why_${pending.why}`)
}

/** What saying it does, before it is said. */
export function verdictMeans(t: ShellTranslate, space: SpaceView, pending: PendingView, yes: boolean): string {
  const by = calledIn(t, memberOf(space, pending.by))
  if (pending.why === 'majority') return t(yes ? 'means_majority_yes' : 'means_majority_no')
  if (ownSuspension(pending)) return t(yes ? 'means_suspension_own_yes' : 'means_suspension_own_no')
  if (pending.why === 'suspension') return t(yes ? 'means_suspension_yes' : 'means_suspension_no', by)
  return t(yes ? 'means_dispute_yes' : 'means_dispute_no', by)
}

/** The gravest first: what asks for an act, then what goes by itself. */
const ORDER: readonly WarningView['type'][] = ['no-coordinator', 'two-versions', 'keys-missing', 'away']

/** Those that still ask for something, in order: a device that is out already harms nobody. */
export const openWarnings = (space: SpaceView): readonly WarningView[] =>
  space.warnings
    .filter((one) => {
      if (one.type !== 'two-versions') return true
      const device = memberOf(space, one.member)?.devices.find((other) => other.id === one.device)
      return device?.status === 'active'
    })
    .sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type))

export const warningKey = (warning: WarningView): string =>
  warning.type === 'two-versions' ? `${warning.type} ${warning.device}` : warning.type

/** Whose device said two things: this one, another of mine, or somebody else's. */
export function whoseTwo(space: SpaceView, warning: WarningView & { type: 'two-versions' }): 'this' | 'mine' | 'hers' {
  const owner = memberOf(space, warning.member)
  if (owner === undefined || !owner.me) return 'hers'
  return owner.devices.some((device) => device.me && device.id === warning.device) ? 'this' : 'mine'
}

export function warningTitle(t: ShellTranslate, space: SpaceView, warning: WarningView): string {
  if (warning.type !== 'two-versions') return t(`warn_${warning.type}`)
  const whose = whoseTwo(space, warning)
  return whose === 'hers'
    ? t('warn_two-versions', calledIn(t, memberOf(space, warning.member)))
    : t(`warn_two-versions_${whose}`)
}

// History

type Known = (id: MemberView['id'] | null) => MemberView | undefined

/** For looking many people up at once. */
export function peopleById(space: SpaceView): Known {
  const known = new Map(space.members.map((member) => [member.id, member]))
  return (id) => (id === null ? undefined : known.get(id))
}

export interface HistoryLine {
  readonly item: HistoryItem
  /** What happened, in one sentence. */
  readonly text: string
  /** What more there is to say, or empty: the role, the device, the relays. */
  readonly more: string
  /** Why it does not count, or empty. */
  readonly reason: string
}

const RULES = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16] as const
type Reason = `reason_ME-${(typeof RULES)[number]}` | 'reason_other'

/** Why a step has no effect, in words; a rule that only a later version knows has general ones. */
export function reasonText(t: ShellTranslate, reason: string | null): string {
  const number = Number(/^ME-(\d+)/.exec(reason ?? '')?.[1])
  const rule = RULES.find((one) => one === number)
  const key: Reason = rule === undefined ? 'reason_other' : `reason_ME-${rule}`
  return t(key)
}

function deviceName(t: ShellTranslate, owner: MemberView | undefined, item: HistoryItem): string {
  const device = owner?.devices.find((one) => one.id === item.target)
  return device === undefined ? '' : device.name || t('unnamedDevice')
}

function sentence(t: ShellTranslate, item: HistoryItem, known: Known, of: HistoryItem | undefined): string {
  const by = called(t, known(item.by))
  const who = calledIn(t, known(item.member))
  const own = item.by !== null && item.by === item.member
  switch (item.what) {
    case 'create':
    case 'rotate-device':
    case 'set-relays':
    case 'successor':
      return t(`h_${item.what}`, by)
    case 'admit':
      return t('h_admit', by, who)
    case 'add-device':
      return t('h_add-device', called(t, known(item.member)), deviceName(t, known(item.member), item) || t('oneDevice'))
    case 'suspend':
    case 'resume':
      return own ? t(`h_${item.what}_own`, by) : t(`h_${item.what}`, by, who)
    case 'remove':
      if (own) return t('h_remove_own', by)
      return t(item.effect === 'waiting' ? 'h_remove_waiting' : 'h_remove', by, who)
    case 'set-role':
      if (own) return t(`h_role_own_${item.role ?? 'editor'}`, by)
      return t(`h_role_${item.effect === 'waiting' ? 'waiting_' : ''}${item.role ?? 'editor'}`, by, who)
    case 'cosign':
      return t(item.verdict === false ? 'h_cosign_no' : 'h_cosign_yes', by, aboutText(t, who, of))
  }
}

function aboutText(t: ShellTranslate, who: string, of: HistoryItem | undefined): string {
  if (of?.what === 'set-role' && of.role !== null) return t(`about_${of.role}`, who)
  return of?.what === 'remove' || of?.what === 'suspend' ? t(`about_${of.what}`, who) : t('about_other', who)
}

function addition(t: ShellTranslate, item: HistoryItem, known: Known): string {
  switch (item.what) {
    case 'admit':
      return item.role === null ? '' : t(`role_${item.role}`)
    case 'suspend':
    case 'resume':
      return deviceName(t, known(item.member), item)
    case 'set-relays':
      return item.relays === null || item.relays.length === 0 ? t('noRelayLeft') : item.relays.join(' · ')
    default:
      return ''
  }
}

/** Each item in words, in the order given. */
export function historyLines(
  t: ShellTranslate,
  space: SpaceView,
  items: readonly HistoryItem[],
): readonly HistoryLine[] {
  const known = peopleById(space)
  const byId = new Map(items.map((item) => [item.operation, item]))
  return items.map((item) => ({
    item,
    text: sentence(t, item, known, item.of === null ? undefined : byId.get(item.of)),
    more: addition(t, item, known),
    reason: item.effect === 'void' ? reasonText(t, item.reason) : '',
  }))
}

export interface HistoryDay {
  readonly key: string
  /** Any moment of that day. */
  readonly at: Millis
  readonly lines: readonly HistoryLine[]
}

/** Lines of one local day together, in the order given: a clock that is wrong starts a day of its own. */
export function historyDays(lines: readonly HistoryLine[]): readonly HistoryDay[] {
  const days: { key: string; day: string; at: Millis; lines: HistoryLine[] }[] = []
  for (const line of lines) {
    const day = new Date(line.item.at).toDateString()
    const last = days.at(-1)
    if (last?.day === day) last.lines.push(line)
    else days.push({ key: `${days.length} ${day}`, day, at: line.item.at, lines: [line] })
  }
  return days
}

/** What she did, and what was done about her. */
export const concerning = (items: readonly HistoryItem[], member: MemberView['id'] | null): readonly HistoryItem[] =>
  member === null ? items : items.filter((item) => item.by === member || item.member === member)
