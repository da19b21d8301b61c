// One channel between this device and one other party, as a pure state machine: an event and the ids held go in, a new
// state and effects come out. Knows no keys, no sockets and no clock. Implements rules CH-1, CH-7, CH-8, CH-10 to CH-16.
import { type Bytes, equal, toHex } from '../base/bytes.ts'
import { MAX_IDS } from '../wire/limits.ts'
import type { ErrorCode, Message, Range } from '../wire/messages.ts'
import { answer, type Fingerprint, question } from '../wire/ranges.ts'
import type { Cursor } from './cursor.ts'

/** Entries given and not yet acknowledged at once: bounds what one session puts into the socket's buffer. */
export const WINDOW = 256

/** What is refused without a time is given again after this. */
const REFUSED_MS = 30_000
/** While a relay is full, ever later, at the longest after this. */
const FULL_MS = 3_600_000

export interface SessionState {
  readonly phase: 'closed' | 'opening' | 'open' | 'refused'
  readonly channel: Bytes
  readonly refusal: ErrorCode | null
  /** Rounds of `ranges` sent and not answered. */
  readonly asked: ReadonlySet<number>
  readonly nextRound: number
  /** Hex ids asked for and not yet stored here. */
  readonly wanted: ReadonlySet<string>
  /** Hex ids given and not yet acknowledged. */
  readonly given: ReadonlySet<string>
  /** Ids still to be given, in order. */
  readonly queue: readonly Bytes[]
  /** Hex ids the other side would not take now. */
  readonly refused: ReadonlySet<string>
  /** So many times in a row it said that it is full; 0: not since it last took something. */
  readonly full: number
  /** One entry is given to see whether it still is. */
  readonly probing: boolean
  /** The cursor this opening offered. */
  readonly offered: Cursor | null
  /** It was taken up. */
  readonly resumed: boolean
  /** The count as last told by the other side; null before the channel is open. */
  readonly told: Cursor | null
  /** What is counted up to here is still to come. */
  readonly until: number
}

export type SessionEvent =
  /** With a cursor nothing is compared where it is taken up; `lacking` is what is to be given then. */
  | {
      readonly type: 'start'
      readonly channel: Bytes
      readonly resume?: { readonly cursor: Cursor; readonly lacking: readonly Bytes[] }
    }
  | { readonly type: 'message'; readonly message: Message }
  /** Entries written or received elsewhere that belong to the channel's set. */
  | { readonly type: 'added'; readonly ids: readonly Bytes[] }
  /** What was to be given could not be read here: not acknowledged, and to be given again when asked. */
  | { readonly type: 'unread'; readonly ids: readonly Bytes[] }
  /** The other side turns out to have these: they need not be given. */
  | { readonly type: 'there'; readonly ids: readonly Bytes[] }
  /** Entries received here are durable. */
  | { readonly type: 'stored'; readonly ids: readonly Bytes[] }
  /** Compare once more: what the other side has by now is wanted here. */
  | { readonly type: 'ask' }
  /** Give again what was refused for a time. */
  | { readonly type: 'again' }

export type Effect =
  | { readonly type: 'send'; readonly message: Message }
  /** Load these and put them, or link them. */
  | { readonly type: 'give'; readonly ids: readonly Bytes[] }
  | { readonly type: 'receive'; readonly entries: readonly Bytes[] }
  | { readonly type: 'acked'; readonly ids: readonly Bytes[] }
  /** The other side does not have these, which may be given. */
  | { readonly type: 'lacks'; readonly ids: readonly Bytes[] }
  | { readonly type: 'whisper'; readonly data: Bytes }
  /** Ask for `again` after so many ms. */
  | { readonly type: 'later'; readonly after: number }
  | { readonly type: 'refused'; readonly code: ErrorCode }

/** The ids held for the channel, ascending, and what of them may be given. */
export interface Held {
  sorted(): readonly Bytes[]
  has(id: string): boolean
  mayGive(id: string): boolean
  /** Nothing is asked of this channel and what it has is not wanted: only given to (CH-43). */
  givesOnly?(): boolean
  /** Of what the other side lacks: what to give first. */
  order?(ids: readonly Bytes[]): readonly Bytes[]
}

export interface Step {
  readonly state: SessionState
  readonly effects: readonly Effect[]
}

export function closed(channel: Bytes): SessionState {
  const none = new Set<never>()
  return {
    phase: 'closed',
    channel,
    refusal: null,
    asked: none,
    nextRound: 0,
    wanted: none,
    given: none,
    queue: [],
    refused: none,
    full: 0,
    probing: false,
    offered: null,
    resumed: false,
    told: null,
    until: 0,
  }
}

/** All that the other side has told of is here. */
export function complete(state: SessionState): boolean {
  const told = state.told?.n ?? 0
  return state.phase === 'open' && state.asked.size === 0 && state.wanted.size === 0 && told >= state.until
}

/** Everything here is there, and the other way round, as far as this session knows. */
export function inStep(state: SessionState): boolean {
  return complete(state) && state.given.size === 0 && state.queue.length === 0 && state.refused.size === 0
}

export function step(state: SessionState, event: SessionEvent, held: Held, fingerprint: Fingerprint): Step {
  switch (event.type) {
    case 'start': {
      const opening: SessionState = { ...closed(event.channel), phase: 'opening' }
      if (held.givesOnly?.() === true) return only(opening)
      if (event.resume === undefined) return ask(opening, question(held.sorted(), fingerprint))
      const { cursor, lacking } = event.resume
      // Not known to lie there is not known to be missing: an acknowledgement may have got lost.
      return give({ ...opening, offered: cursor }, lacking, held)
    }
    case 'added':
      return state.phase === 'open' || state.phase === 'opening' ? give(state, event.ids, held) : only(state)
    case 'unread':
    case 'there': {
      const next = { ...state, given: without(state.given, event.ids), probing: false }
      // What was to be tried is not: something else is, later.
      return state.probing ? give(next, [], held, { type: 'later', after: REFUSED_MS }) : give(next, [], held)
    }
    case 'stored':
      return only({ ...state, wanted: without(state.wanted, event.ids) })
    case 'again':
      return again(state, held)
    case 'ask':
      if (state.phase !== 'open' || held.givesOnly?.() === true) return only(state)
      return ask(state, question(held.sorted(), fingerprint))
    case 'message':
      return onMessage(state, event.message, held, fingerprint)
  }
}

function onMessage(state: SessionState, message: Message, held: Held, fingerprint: Fingerprint): Step {
  if (state.phase === 'closed' || state.phase === 'refused') return only(state)
  switch (message.t) {
    case 'opened':
      return onOpened(state, message, held, fingerprint)
    case 'ranges':
      return onRanges(state, message, held, fingerprint)
    case 'want': {
      const ids = message.ids.filter(isHeld(held))
      return give({ ...state, given: without(state.given, message.ids) }, ordered(held, ids), held, {
        type: 'lacks',
        ids,
      })
    }
    case 'put':
      return only(counted(state, message.n), { type: 'receive', entries: message.entries })
    case 'ack':
      return onAck(state, message, held)
    case 'refuse':
      return onRefuse(state, message)
    case 'whisper':
      return only(state, { type: 'whisper', data: message.data })
    case 'error':
      return onError(state, message.code, message.after)
    default:
      return only(state)
  }
}

/** What was refused, once more: of a full relay one entry, and all when it takes that. */
function again(state: SessionState, held: Held): Step {
  const ids = held.sorted().filter((id) => state.refused.has(toHex(id)))
  const probe = state.full === 0 || state.probing ? undefined : ids.find((id) => held.mayGive(toHex(id)))
  if (probe === undefined || state.phase !== 'open') return give({ ...state, refused: new Set() }, ids, held)
  const given = new Set([...state.given, toHex(probe)])
  const next = { ...state, refused: without(state.refused, [probe]), given, probing: true }
  return only(next, { type: 'give', ids: [probe] })
}

function onAck(state: SessionState, { ids, n }: Extract<Message, { t: 'ack' }>, held: Held): Step {
  const hasRoom = state.full > 0
  const taken: SessionState = { ...counted(state, n), given: without(state.given, ids), full: 0, probing: false }
  const acked: Effect = { type: 'acked', ids }
  if (!hasRoom) return give(taken, [], held, acked)
  const rest = again(taken, held)
  return { state: rest.state, effects: [acked, ...rest.effects] }
}

function onRefuse(state: SessionState, { ids, code, after }: Extract<Message, { t: 'refuse' }>): Step {
  const given = without(state.given, ids)
  const refused = new Set([...state.refused, ...ids.map(toHex)])
  if (code !== 'quota')
    return only({ ...state, given, refused }, { type: 'later', after: patience(after ?? REFUSED_MS) })
  // Of one lot that is refused, entry by entry, the first counts.
  const full = state.full === 0 || state.probing ? state.full + 1 : state.full
  const wait = Math.min(FULL_MS, REFUSED_MS * 2 ** Math.min(full - 1, 20))
  const next: SessionState = { ...state, given, refused, full, probing: false }
  return only(next, { type: 'later', after: Math.max(wait, patience(after ?? 0)) })
}

/** Whoever claims to go on from a cursor that was not offered, or counts back, is compared with. */
function onOpened(
  state: SessionState,
  { inc, n, resumed }: Extract<Message, { t: 'opened' }>,
  held: Held,
  fingerprint: Fingerprint,
): Step {
  if (state.phase !== 'opening') return only(state)
  if (held.givesOnly?.() === true) return give({ ...state, phase: 'open', told: { inc, n } }, held.sorted(), held)
  const { offered } = state
  if (offered !== null && resumed && equal(offered.inc, inc) && n >= offered.n)
    return give({ ...state, phase: 'open', resumed: true, told: offered, until: n }, [], held)
  const given = give({ ...state, phase: 'open', told: { inc, n } }, [], held)
  if (offered === null) return given
  const asked = ask(given.state, question(held.sorted(), fingerprint))
  return { state: asked.state, effects: [...given.effects, ...asked.effects] }
}

/** The count goes up only. */
function counted(state: SessionState, n: number | undefined): SessionState {
  if (n === undefined || state.told === null || n <= state.told.n) return state
  return { ...state, told: { inc: state.told.inc, n } }
}

function onError(state: SessionState, code: ErrorCode, after: number | undefined): Step {
  if (code === 'rate' || code === 'busy') return only(state, { type: 'later', after: patience(after ?? 5_000) })
  const fatal: readonly ErrorCode[] = ['bad-proof', 'wrong-origin', 'token-required', 'unknown-channel', 'quota']
  if (state.phase !== 'opening' || !fatal.includes(code)) return only(state)
  return only({ ...state, phase: 'refused', refusal: code }, { type: 'refused', code })
}

function onRanges(
  state: SessionState,
  message: Extract<Message, { t: 'ranges' }>,
  held: Held,
  fingerprint: Fingerprint,
): Step {
  if (held.givesOnly?.() === true)
    return message.q === undefined
      ? only(state)
      : only(state, send({ t: 'ranges', ch: state.channel, re: message.q, ranges: [] }))
  const isAnswer = message.re !== undefined && state.asked.has(message.re)
  const asked = new Set(state.asked)
  if (message.re !== undefined) asked.delete(message.re)
  const mine = answer(held.sorted(), message.ranges, fingerprint)
  let next: SessionState = { ...state, asked }
  const effects: Effect[] = []
  if (message.q !== undefined && !isAnswer) {
    effects.push(send({ t: 'ranges', ch: state.channel, re: message.q, ranges: mine.ranges }))
  } else if (mine.ranges.length > 0) {
    const step = ask(next, mine.ranges)
    next = step.state
    effects.push(...step.effects)
  }
  const missing = mine.want.filter((id) => !held.has(toHex(id)) && !next.wanted.has(toHex(id)))
  for (let from = 0; from < missing.length; from += MAX_IDS)
    effects.push(send({ t: 'want', ch: state.channel, ids: missing.slice(from, from + MAX_IDS) }))
  next = { ...next, wanted: new Set([...next.wanted, ...missing.map(toHex)]) }
  if (mine.give.length > 0) effects.push({ type: 'lacks', ids: mine.give })
  const given = give(next, ordered(held, mine.give), held)
  return { state: given.state, effects: [...effects, ...given.effects] }
}

function ask(state: SessionState, ranges: readonly Range[]): Step {
  const q = state.nextRound
  return {
    state: { ...state, asked: new Set([...state.asked, q]), nextRound: q + 1 },
    effects: [send({ t: 'ranges', ch: state.channel, q, ranges: [...ranges] })],
  }
}

/** Queues `ids` and gives as many as the window allows; nothing is given before the channel is open. */
function give(state: SessionState, ids: readonly Bytes[], held: Held, ...before: readonly Effect[]): Step {
  const waiting = new Set(state.queue.map(toHex))
  const queue = [...state.queue]
  const fresh: Bytes[] = []
  for (const id of ids) {
    const hex = toHex(id)
    if (waiting.has(hex) || state.given.has(hex) || !held.mayGive(hex)) continue
    waiting.add(hex)
    queue.push(id)
    fresh.push(id)
  }
  const room = state.phase === 'open' ? Math.max(0, WINDOW - state.given.size) : 0
  const now = queue.slice(0, room)
  const next = {
    ...state,
    queue: queue.slice(now.length),
    refused: without(state.refused, fresh),
    given: now.length > 0 ? new Set([...state.given, ...now.map(toHex)]) : state.given,
  }
  return { state: next, effects: now.length > 0 ? [...before, { type: 'give', ids: now }] : before }
}

function without(set: ReadonlySet<string>, ids: readonly Bytes[]): ReadonlySet<string> {
  if (set.size === 0) return set
  const out = new Set(set)
  for (const id of ids) out.delete(toHex(id))
  return out
}

const ordered = (held: Held, ids: readonly Bytes[]) => held.order?.(ids) ?? ids
const isHeld = (held: Held) => (id: Bytes) => held.has(toHex(id))
/** What the other side asks us to wait, within reason: never at once, never for longer than ten minutes. */
const patience = (after: number) => Math.min(600_000, Math.max(1_000, after))

const send = (message: Message): Effect => ({ type: 'send', message })
const only = (state: SessionState, ...effects: readonly Effect[]): Step => ({ state, effects })
