// One channel between two devices, as a pure state machine, the same on both sides: an event and the ids held go in, a new state and
// effects come out. Whoever gives in a round gives first and speaks of the round afterwards, so that both sides know when all is
// compared. Knows no keys, no connection and no clock. Implements rules CH-31 to CH-33.
import { type Bytes, toHex } from '../base/bytes.ts'
import { MAX_IDS } from '../wire/limits.ts'
import type { Message, MessageOf, Range } from '../wire/messages.ts'
import { answer, type Fingerprint, question } from '../wire/ranges.ts'
import type { Held } from './session.ts'

/** Entries given and not yet acknowledged at once. */
export const PEER_WINDOW = 256
/** Ids asked for at once; what is more is compared again when these are here. */
export const MAX_WANTED = 65_536

export interface PeerSession {
  readonly open: boolean
  readonly channel: Bytes
  /** Both sides know that everything was compared. */
  readonly compared: boolean
  /** The number of my question that is not answered yet: at most one. */
  readonly asked: number | null
  readonly nextRound: number
  /** My next question, and my answer to theirs: said once all I gave is there. */
  readonly next: readonly Range[] | null
  readonly owed: MessageOf<'ranges'> | null
  /** Compare once more after this. */
  readonly again: boolean
  /** Not all that is lacking here was asked for. */
  readonly short: boolean
  /** Nothing is compared here, and what may be given was. */
  readonly gaveAll: boolean
  /** Hex ids asked for and not yet stored here; given and not yet acknowledged; refused for a time. */
  readonly wanted: ReadonlySet<string>
  readonly given: ReadonlySet<string>
  readonly refused: ReadonlySet<string>
  /** Ids still to be given, in order. */
  readonly queue: readonly Bytes[]
}

export type PeerEvent =
  /** Both sides have proved the channel. */
  | { readonly type: 'open' }
  | { readonly type: 'message'; readonly message: Message }
  /** Entries that the other side is not known to have now belong to the channel's set. */
  | { readonly type: 'added'; readonly ids: readonly Bytes[] }
  /** What was to be given could not be read here. */
  | { readonly type: 'unread'; readonly ids: readonly Bytes[] }
  /** Entries received are durable here; or storage refuses them for now. */
  | { readonly type: 'stored'; readonly ids: readonly Bytes[] }
  | { readonly type: 'unstored'; readonly ids: readonly Bytes[]; readonly after: number }
  /** Compare, or compare once more. */
  | { readonly type: 'ask' }
  /** Give again what was refused for a time. */
  | { readonly type: 'again' }

export type PeerEffect =
  | { readonly type: 'send'; readonly message: Message }
  | { readonly type: 'give'; readonly ids: readonly Bytes[] }
  | { readonly type: 'receive'; readonly entries: readonly Bytes[] }
  /** The other side has them, durably; or will not take them now. */
  | { readonly type: 'acked'; readonly ids: readonly Bytes[] }
  | { readonly type: 'put-off'; readonly ids: readonly Bytes[]; readonly after: number }
  | { readonly type: 'whisper'; readonly data: Bytes }
  /** No honest device does that. */
  | { readonly type: 'violation' }

export interface PeerStep {
  readonly state: PeerSession
  readonly effects: readonly PeerEffect[]
}

const NONE: ReadonlySet<string> = new Set()

export function unopened(channel: Bytes): PeerSession {
  return {
    open: false,
    channel,
    compared: false,
    asked: null,
    nextRound: 0,
    next: null,
    owed: null,
    again: false,
    short: false,
    gaveAll: false,
    wanted: NONE,
    given: NONE,
    refused: NONE,
    queue: [],
  }
}

/** A comparison that this side began is under way. */
export const isAsking = (state: PeerSession): boolean => state.asked !== null || state.next !== null

/** Everything here is there, and the other way round, as far as this session knows. */
export function peerInStep(state: PeerSession): boolean {
  const { open, compared, wanted, given, refused, queue, owed, again, short } = state
  const nothingLeft = wanted.size === 0 && given.size === 0 && refused.size === 0 && queue.length === 0
  return open && compared && nothingLeft && !isAsking(state) && owed === null && !again && !short
}

export function peerStep(state: PeerSession, event: PeerEvent, held: Held, fingerprint: Fingerprint): PeerStep {
  const made = react(state, event, held, fingerprint)
  return settle(made, held, fingerprint)
}

function react(state: PeerSession, event: PeerEvent, held: Held, fingerprint: Fingerprint): PeerStep {
  if (event.type === 'open') return only({ ...unopened(state.channel), open: true })
  if (!state.open) return only(state)
  switch (event.type) {
    case 'message':
      return onMessage(state, event.message, held, fingerprint)
    case 'added':
      return give(state, event.ids, held)
    case 'unread':
      return give({ ...state, given: without(state.given, event.ids) }, [], held)
    case 'stored':
      return only(
        { ...state, wanted: without(state.wanted, event.ids) },
        ...chunks(event.ids).map((ids) => send({ t: 'ack', ch: state.channel, ids })),
      )
    case 'unstored':
      return only(
        state,
        ...chunks(event.ids).map((ids) =>
          send({ t: 'refuse', ch: state.channel, ids, code: 'busy', after: event.after }),
        ),
      )
    case 'ask': {
      const made = givenAll(state, held)
      return { ...made, state: { ...made.state, again: true } }
    }
    case 'again': {
      const ids = held.sorted().filter((id) => state.refused.has(toHex(id)))
      return give({ ...state, refused: NONE }, ids, held)
    }
  }
}

function onMessage(state: PeerSession, message: Message, held: Held, fingerprint: Fingerprint): PeerStep {
  switch (message.t) {
    case 'ranges':
      return onRanges(state, message, held, fingerprint)
    case 'want':
      // What is on its way arrives: the pipe keeps order and loses nothing. Said again it would be sent again, without end.
      return give(
        state,
        message.ids.filter((id) => held.has(toHex(id))),
        held,
      )
    case 'put':
      return only(state, { type: 'receive', entries: message.entries })
    case 'ack': {
      const ids = message.ids.filter((id) => state.given.has(toHex(id)))
      return give({ ...state, given: without(state.given, ids) }, [], held, { type: 'acked', ids })
    }
    case 'refuse': {
      // Only of what was given: what else is named is no news, and would be kept for nothing.
      const ids = message.ids.filter((id) => state.given.has(toHex(id)))
      const refused = new Set([...state.refused, ...ids.map(toHex)])
      const after = Math.min(600_000, Math.max(1_000, message.after ?? 30_000))
      return give({ ...state, given: without(state.given, ids), refused }, [], held, { type: 'put-off', ids, after })
    }
    case 'whisper':
      return only(state, { type: 'whisper', data: message.data })
    default:
      return only(state)
  }
}

function onRanges(state: PeerSession, message: MessageOf<'ranges'>, held: Held, fingerprint: Fingerprint): PeerStep {
  const { q, re } = message
  if (q !== undefined && state.owed !== null) return only(state, { type: 'violation' })
  // An answer to a question of an earlier opening, or to none.
  if (q === undefined && (re === undefined || re !== state.asked)) return only(state)
  if (held.givesOnly?.() === true) return onRangesGivingOnly(state, q, held)
  const mine = answer(held.sorted(), message.ranges, fingerprint)
  let next: PeerSession
  if (q !== undefined) {
    next = { ...state, owed: { t: 'ranges', ch: state.channel, re: q, ranges: mine.ranges } }
  } else if (message.ranges.length > 0) {
    // When there is nothing left to ask, that is said: the other side must know it, too.
    next = { ...state, asked: null, next: mine.ranges }
  } else next = { ...state, asked: null, compared: true }
  const missing = mine.want.filter((id) => !held.has(toHex(id)) && !next.wanted.has(toHex(id)))
  const room = Math.max(0, MAX_WANTED - next.wanted.size)
  const wanted = missing.slice(0, room)
  const wants = chunks(wanted).map((ids) => send({ t: 'want', ch: state.channel, ids }))
  if (wanted.length > 0) next = { ...next, wanted: new Set([...next.wanted, ...wanted.map(toHex)]) }
  return give({ ...next, short: next.short || missing.length > room }, mine.give, held, ...wants)
}

/** Nothing is asked and nothing that is told of is wanted: what may be given was, or is now (CH-43). */
function onRangesGivingOnly(state: PeerSession, q: number | undefined, held: Held): PeerStep {
  if (q === undefined) return only({ ...state, asked: null, compared: true })
  return givenAll({ ...state, owed: { t: 'ranges', ch: state.channel, re: q, ranges: [] } }, held)
}

/** Of a channel that is only given to, everything that may be: once, for nothing is compared. */
function givenAll(state: PeerSession, held: Held): PeerStep {
  if (held.givesOnly?.() !== true || state.gaveAll) return only(state)
  return give({ ...state, gaveAll: true }, held.sorted(), held)
}

/** Says what waited for what was given, and begins the comparison that is due. */
function settle({ state, effects }: PeerStep, held: Held, fingerprint: Fingerprint): PeerStep {
  if (!state.open || state.given.size > 0 || state.queue.length > 0) return { state, effects }
  const out = [...effects]
  let next = state
  if (next.owed !== null) {
    out.push(send(next.owed))
    next = { ...next, owed: null, compared: next.compared || next.owed.ranges.length === 0 }
  }
  if (next.next !== null) {
    const ranges = next.next
    next = asking({ ...next, next: null }, ranges, out)
  }
  const isDue = next.again || (next.short && next.wanted.size === 0)
  // One that is only given to says that it has nothing to ask.
  const ranges = () => (held.givesOnly?.() === true ? [] : question(held.sorted(), fingerprint))
  if (isDue && !isAsking(next)) next = asking({ ...next, again: false, short: false }, ranges(), out)
  return { state: next, effects: out }
}

function asking(state: PeerSession, ranges: readonly Range[], out: PeerEffect[]): PeerSession {
  const q = state.nextRound
  out.push(send({ t: 'ranges', ch: state.channel, q, ranges: [...ranges] }))
  return { ...state, asked: q, nextRound: q + 1 }
}

/** Queues `ids` and gives as many as the window allows. */
function give(state: PeerSession, ids: readonly Bytes[], held: Held, ...before: readonly PeerEffect[]): PeerStep {
  const queue = ids.length === 0 ? state.queue : [...state.queue, ...fresh(state, ids, held)]
  const now = queue.slice(0, Math.max(0, PEER_WINDOW - state.given.size))
  if (now.length === 0) return only({ ...state, queue }, ...before)
  const given = new Set([...state.given, ...now.map(toHex)])
  return only({ ...state, queue: queue.slice(now.length), given }, ...before, { type: 'give', ids: now })
}

/** What of `ids` may be given and is not on its way, once each. */
function fresh(state: PeerSession, ids: readonly Bytes[], held: Held): readonly Bytes[] {
  const waiting = new Set(state.queue.map(toHex))
  return ids.filter((id) => {
    const hex = toHex(id)
    if (waiting.has(hex) || state.given.has(hex) || !held.mayGive(hex)) return false
    waiting.add(hex)
    return true
  })
}

function without(set: ReadonlySet<string>, ids: readonly Bytes[]): ReadonlySet<string> {
  if (set.size === 0 || ids.length === 0) return set
  const out = new Set(set)
  for (const id of ids) out.delete(toHex(id))
  return out
}

function chunks(ids: readonly Bytes[]): Bytes[][] {
  const out: Bytes[][] = []
  for (let from = 0; from < ids.length; from += MAX_IDS) out.push(ids.slice(from, from + MAX_IDS))
  return out
}

const send = (message: Message): PeerEffect => ({ type: 'send', message })
const only = (state: PeerSession, ...effects: readonly PeerEffect[]): PeerStep => ({ state, effects })
