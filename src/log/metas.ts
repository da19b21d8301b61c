// What is known of an entry from trying to open it, as an EntryMeta: the state each outcome leads to (EN-6, EN-11). Pure; never
// keeps a payload.
import type { EntryId } from '../base/ids.ts'
import type { EntryError, OpenedEntry } from './entry.ts'
import type { EntryMeta } from './store.ts'

/** All of a meta that the entry itself says. */
export type KnownMeta = Omit<EntryMeta, 'order' | 'size' | 'own'>

const CLOSED = {
  kind: null,
  device: null,
  document: null,
  seq: null,
  headerId: null,
  epoch: null,
  time: null,
  prev: null,
  heads: null,
  actor: null,
  last: null,
  hash: null,
} as const

/** What is known of an opened entry, judged or not. */
export function openedMeta(entry: OpenedEntry): KnownMeta {
  const { kind, epoch, time, device, document, seq, prev, heads, actor, last, hash } = entry.header
  const header = {
    kind,
    epoch,
    time,
    device,
    document: document ?? null,
    seq: seq ?? null,
    prev: prev ?? null,
    heads: heads ?? null,
  }
  const change = { actor: actor ?? null, last: last ?? null, hash: hash ?? null }
  return { id: entry.id, state: 'waiting', reason: null, headerId: entry.headerId, ...header, ...change }
}

/**
 * Nobody's, as far as can be told: of an outer form that is not known here (EN-6), or of none. No relay takes it, and one that is offered
 * much of it ends the line: it is given to nobody.
 */
export const isForeign = ({ state, reason }: Pick<KnownMeta, 'state' | 'reason'>): boolean =>
  (state === 'unreadable' && reason === 'outer') || (state === 'rejected' && reason === 'Malformed')

/** Anybody may have made it up who can put bytes on a channel: what is kept of it is bounded. */
export const isClosed = (meta: Pick<KnownMeta, 'state' | 'reason'>): boolean =>
  meta.state === 'sealed' || isForeign(meta)

/** What is known of an entry that did not open (EN-6, EN-11). */
export function failedMeta(id: EntryId, error: EntryError): KnownMeta {
  if (error.type === 'NoSecret') return { ...CLOSED, id, state: 'sealed', reason: null }
  if (error.type === 'Unreadable') return { ...CLOSED, id, state: 'unreadable', reason: error.why }
  const reason = error.type === 'BadField' ? `BadField:${error.field}` : error.type
  return { ...CLOSED, id, state: 'rejected', reason }
}
