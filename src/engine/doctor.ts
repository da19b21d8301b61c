// The doctor: reads again everything a space has stored and says what is wrong, as codes. Owns the checks and their order; mends
// nothing, says no content, and lets others work in between. What an entry must be is log's to say (entries.md), what a document is follows
// from its entries alone.
import { next as A } from '@automerge/automerge/slim'
import type { Bytes } from '../base/bytes.ts'
import type { DocumentId, EntryId } from '../base/ids.ts'
import { parseChange, type ParsedChange } from '../ingest/parse-change.ts'
import { entryId, openEntry, unpackChanges } from '../log/entry.ts'
import type { EntryMeta } from '../log/store.ts'
import type { DoctorFinding, DoctorReport } from './api.ts'
import type { Space } from './space.ts'

/** Entries read between two pauses. */
const AT_ONCE = 64

type Code = DoctorFinding['code']

export async function examine(space: Space): Promise<DoctorReport> {
  const findings: DoctorFinding[] = []
  const metas = space.log.metas()
  for (let from = 0; from < metas.length; from += AT_ONCE) {
    await pause(space)
    const some = metas.slice(from, from + AT_ONCE)
    const outers = await readable(() => space.log.outers(some.map(({ id }) => id)))
    if (outers === null) {
      findings.push({ code: 'unreadable-store', entry: null, document: null, device: null, reason: '' })
      break
    }
    for (const meta of some) findings.push(...(await entryFindings(space, meta, outers.get(meta.id))))
  }
  const documents = new Set(metas.flatMap(({ document, state }) => (state === 'rejected' ? [] : (document ?? []))))
  for (const document of documents) {
    await pause(space)
    const code = await space.serial(() => documentFault(space, document))
    if (code !== null) findings.push({ code, entry: null, document, device: null, reason: '' })
  }
  const bytes = metas.reduce((sum, { size }) => sum + size, 0)
  return { entries: metas.length, bytes, documents: documents.size, findings }
}

const pause = (space: Space) => new Promise<void>((resolve) => space.clock.after(0, resolve))

/** null when storage refuses. */
async function readable<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'StorageFailure') return null
    throw cause
  }
}

async function entryFindings(space: Space, meta: EntryMeta, outer: Bytes | undefined): Promise<DoctorFinding[]> {
  const finding = (code: Code, reason = ''): DoctorFinding[] => [
    { code, entry: meta.id, document: meta.document, device: meta.device, reason },
  ]
  // A snapshot that was found the same has what it brought.
  if (meta.dropped === true) return []
  if (outer === undefined) return finding('missing-bytes')
  if (entryId(outer) !== meta.id) return finding('wrong-id')
  if (meta.state === 'rejected') return finding('rejected', meta.reason ?? '')
  const opened = await openEntry(space.crypto, outer, space.ring.secrets(), space.id)
  if (!opened.ok) {
    const { error } = opened
    if (error.type === 'NoSecret') return finding('no-secret')
    if (error.type === 'Unreadable') return finding('newer-version', error.why)
    return error.type === 'BadSignature' ? finding('bad-signature') : finding('does-not-open', error.type)
  }
  return chainFindings(space, meta.id, finding)
}

function chainFindings(space: Space, id: EntryId, finding: (code: Code) => DoctorFinding[]): DoctorFinding[] {
  switch (space.log.chainReady(id)) {
    case 'ready':
      return []
    case 'waiting':
      return finding('gap')
    case 'broken':
      return finding('broken-chain')
  }
}

/** Whether the document, made anew from its entries, is the one that is stored. */
async function documentFault(space: Space, document: DocumentId): Promise<Code | null> {
  try {
    await space.documents.open(document)
    // What is being typed meanwhile is sealed and looked at once more before it counts as a difference.
    return (await isTheSame(space, document)) || (await isTheSame(space, document)) ? null : 'document-differs'
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'StorageFailure') throw cause
    return 'document-does-not-open'
  }
}

/**
 * A document is its changes: those that the stored one has, and those that entries bring, compared by their hashes. Automerge is asked to
 * apply nothing here. What a snapshot stands for is in entries no more.
 */
async function isTheSame(space: Space, document: DocumentId): Promise<boolean> {
  await space.documents.drain()
  const metas = space.log.contentOf(document)
  const counted = await changesOf(
    space,
    metas.filter(({ state }) => state === 'accepted'),
  )
  const others = await changesOf(
    space,
    metas.filter(({ state, reason }) => state === 'waiting' && reason === 'unvouched'),
  )
  const stored = new Set(A.getChangesMetaSince(await space.documents.read(document), []).map(({ hash }) => hash))
  // What waits for something that is not here waits in no document.
  const lost = counted.some(({ hash, dependencies }) => !stored.has(hash) && dependencies.every((d) => stored.has(d)))
  // What cannot be opened on this device waits outside, as the document itself says.
  if (lost && !space.documents.isHeldBack(document)) return false
  if (space.documents.unsealed().has(document) || isCompacted(space, document, metas)) return true
  const brought = new Set([...counted, ...others].map(({ hash }) => hash as string))
  return [...stored].every((hash) => brought.has(hash))
}

const isCompacted = (space: Space, document: DocumentId, metas: readonly EntryMeta[]): boolean =>
  metas.some(({ dropped }) => dropped === true) ||
  space.log.metas().some((meta) => meta.kind === 'snapshot' && meta.document === document)

async function changesOf(space: Space, metas: readonly EntryMeta[]): Promise<ParsedChange[]> {
  const out: ParsedChange[] = []
  for (let from = 0; from < metas.length; from += AT_ONCE) {
    await pause(space)
    const some = metas.slice(from, from + AT_ONCE).filter(({ dropped }) => dropped !== true)
    for (const entry of await space.log.load(some.map(({ id }) => id))) {
      const unpacked = unpackChanges(entry.payload)
      const parsed = unpacked.ok ? unpacked.value.map(parseChange) : []
      out.push(...parsed.flatMap((change) => (change.ok ? change.value : [])))
    }
  }
  return out
}
