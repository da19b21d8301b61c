// The doctor: reads again everything a space has stored and says what is wrong, as codes. Owns the checks and their order; mends
// nothing, says no content, and lets others work in between. What an entry must be is log's to say (entries.md), what a document is follows
// from its entries alone.
import { next as A } from '@automerge/automerge/slim'
import type { Bytes } from '../base/bytes.ts'
import type { DocumentId, EntryId } from '../base/ids.ts'
import { entryId, openEntry, unpackChanges } from '../log/entry.ts'
import type { EntryMeta } from '../log/store.ts'
import type { DoctorFinding, DoctorReport } from './api.ts'
import type { AnyDoc } from './arrivals.ts'
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
  // A snapshot that is held has what it brought (EN-19); the document is compared with that.
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

async function isTheSame(space: Space, document: DocumentId): Promise<boolean> {
  await space.documents.drain()
  const metas = space.log.contentOf(document)
  const counted = metas.filter(({ state }) => state === 'accepted')
  const changes = await changesOf(space, counted)
  const unvouched = await changesOf(
    space,
    metas.filter(({ state, reason }) => state === 'waiting' && reason === 'unvouched'),
  )
  const stored = await space.documents.read(document)
  const isStored = (hash: string) => A.hasHeads(stored, [hash])
  // Of those who count no more, what somebody stands for is in the document, and nothing else of theirs.
  const vouched = unvouched.filter((change) => isStored(A.decodeChange(change).hash))
  const [made] = A.applyChanges(await compacted(space, document), [...changes, ...vouched])
  const heads = A.getHeads(made)
  if (!A.hasHeads(stored, heads)) return false
  return space.documents.unsealed().has(document) || A.getHeads(stored).every((head) => heads.includes(head))
}

/** What the snapshot in force has; empty where there is none. */
async function compacted({ snapshots }: Space, document: DocumentId): Promise<A.Doc<AnyDoc>> {
  const kept = snapshots.ofDocument(document)
  const whole = kept === null ? null : await snapshots.load(kept)
  return whole === null ? A.init<AnyDoc>() : A.load<AnyDoc>(whole.save)
}

async function changesOf(space: Space, metas: readonly EntryMeta[]): Promise<Bytes[]> {
  const opened = await space.log.load(metas.map(({ id }) => id))
  return opened.flatMap((entry) => {
    const unpacked = unpackChanges(entry.payload)
    return unpacked.ok ? unpacked.value : []
  })
}
