// What it takes to found a space, and to go on in one from another, step by step: each asks what stands already, so that the engine
// finishes at its next start what was cut off. The intent is in the space's record until all is done; what was answered with an error
// is finished by nobody. Owns the steps (rule JO-28); never who may follow, nor what an announcement is.
import { DocumentId, idBytes, SpaceId } from '../base/ids.ts'
import { err, ok, type Result, unwrap } from '../base/result.ts'
import { emptyIndex, type IndexedDocument, putDevice, putDocument, putPerson } from '../documents/index-document.ts'
import { type FillStep, fillSteps } from '../documents/fill-steps.ts'
import { type JsonObject, toAutomerge } from '../documents/json.ts'
import { exportJson, importJson } from '../documents/transfer.ts'
import type { Answer, ApiError } from './api.ts'
import type { WorkspaceContext } from './context.ts'
import { listingOf } from './listing.ts'
import { notWritable, notWritten } from './refusals.ts'
import type { Space } from './space.ts'

/** The create operation, the first epoch, the relays and the index, as far as they are not there. */
export async function begin(workspace: WorkspaceContext, space: Space): Promise<void> {
  const { record } = space
  const { founding } = record
  if (founding === undefined) return
  const create = { body: record.create[0], signature: record.create[1] }
  await space.serial(async () => {
    const now = space.current()
    if (space.unbegun) await space.start(create)
    else if (now !== null && !space.log.metas().some(({ kind }) => kind === 'op'))
      await space.publish('op', [create], [now])
    if (record.relays.length > 0 && space.state.relays.length === 0)
      unwrap(await space.operate({ op: 'set-relays', relays: record.relays }))
    if (space.indexHere) return
    const fill = (doc: object) => {
      emptyIndex(founding.name, record.joinedAt)(doc)
      putPerson(doc, space.me, { alias: workspace.person.alias })
      const { deviceName } = workspace.env
      if (deviceName !== '') putDevice(doc, space.device, { name: deviceName })
    }
    if (space.documents.isOpen(space.index)) await space.documents.edit(space.index, fill)
    else await space.documents.create(space.index, [fill])
  })
}

/** Why this device may not announce there now; null when it may. */
export function mayAnnounce(left: Space): ApiError | null {
  if (left.standing === 'loading') return { type: 'NoKeysYet' }
  if (left.standing !== 'active') return notWritable(left)
  return left.current() === null ? { type: 'NoKeysYet' } : null
}

/** Its documents as they are now, and then the announcement: who follows finds everything. */
export async function carryOver(left: Space, space: Space): Answer<void> {
  const { continuation, founding, relays } = space.record
  if (continuation === undefined) return ok(undefined)
  const { documents } = left.indexed()
  for (const entry of founding?.copies ?? []) {
    const from = DocumentId.must(entry.from)
    const listed = documents.get(from)
    if (listed === undefined) continue
    // Opened by this start for what the one before may have begun, and empty: another takes its place.
    const begun = DocumentId.must(entry.to)
    if (space.documents.isOpen(begun) && !written(space, begun)) {
      entry.to = space.crypto.random.bytes(16)
      await space.save()
    }
    const copied = await copy(left, space, { from, to: DocumentId.must(entry.to), listed })
    if (!copied.ok) return copied
  }
  const announced = {
    op: 'successor',
    to: space.id,
    seed: continuation.seed,
    relays: relays.map(withoutToken),
  } as const
  return left.serial(async () => {
    if (left.graph.operations().some((known) => known.op === 'successor' && known.to === space.id)) return ok(undefined)
    const done = await left.operate(announced)
    return done.ok ? ok(undefined) : err(notWritten(done.error))
  })
}

const written = (space: Space, document: DocumentId) => space.log.contentOf(document).length > 0

interface Copy {
  readonly from: DocumentId
  readonly to: DocumentId
  readonly listed: IndexedDocument
}

async function copy(left: Space, space: Space, { from, to, listed }: Copy): Promise<Result<void, ApiError>> {
  const json = exportJson(await left.documents.read(from))
  // Listed, and its content never came: there is nothing to go on with.
  if (Object.keys(json).length === 0) return ok(undefined)
  if (!written(space, to) && !(await space.documents.create(to, stepsOf(json))))
    return err({ type: 'TooLarge', limit: 'change' })
  // A start that was cut off lists what it finds, without what the other list knew of it.
  const known = space.indexed().documents.get(to)
  if (known !== undefined && known.createdAt === listed.createdAt) return ok(undefined)
  const listing = listingOf(await space.documents.read(to), space.me, listed.createdAt)
  if (listing === null) return ok(undefined)
  const entry = { ...listing, ...(listed.archived === true ? { archived: true } : {}) }
  await space.documents.edit(space.index, (index) => putDocument(index, to, entry))
  return ok(undefined)
}

/** What a hostile member bent out of form goes on in the same form: nothing is left behind for it. */
function stepsOf(json: JsonObject): readonly FillStep[] {
  const filling = importJson(JSON.stringify(json))
  if (filling.ok) return fillSteps(filling.value)
  return [(doc) => void Object.assign(doc, toAutomerge(json))]
}

/** All is done, or was given up with an answer. */
export async function founded(space: Space): Promise<void> {
  delete space.record.founding
  await space.save()
}

const withoutToken = (relay: string) => relay.split('#')[0] ?? relay

/** Finishes what a session before this one began, each space in its own time. */
export class Foundings {
  readonly #running = new Set<SpaceId>()

  constructor(private readonly workspace: WorkspaceContext) {}

  /** A founding that is under way here: nobody else goes on with it. */
  async during<T>(space: SpaceId, run: () => Promise<T>): Promise<T> {
    this.#running.add(space)
    try {
      return await run()
    } finally {
      this.#running.delete(space)
    }
  }

  /** Of spaces that were cut off, and wait for this one or are it: goes on when it may. */
  retry(about: Space): void {
    for (const space of this.workspace.spaces.values()) {
      const { founding, continuation } = space.record
      if (founding === undefined || this.#running.has(space.id)) continue
      const from = continuation === undefined ? null : SpaceId.must(continuation.from)
      if (about === space || about.id === from)
        void this.during(space.id, () => this.#finish(space, from)).catch(() => undefined)
    }
  }

  async #finish(space: Space, from: SpaceId | null): Promise<void> {
    if (!(await space.caughtUp())) return
    await begin(this.workspace, space)
    const left = from === null ? undefined : this.workspace.spaces.get(from)
    if (left !== undefined) {
      if (!(await left.caughtUp())) return
      const not = mayAnnounce(left)
      const done = not === null ? await carryOver(left, space) : err(not)
      // Keys may come yet; whatever else there is will not pass.
      if (!done.ok && done.error.type === 'NoKeysYet') return
    }
    await founded(space)
    this.workspace.arrange(space)
    this.workspace.changed()
  }
}

/** An id for each document that goes on, chosen before anything is written. */
export function copiesOf(workspace: WorkspaceContext, left: Space): { from: Uint8Array; to: Uint8Array }[] {
  return [...left.indexed().documents.keys()].map((from) => ({
    from: idBytes(from),
    to: workspace.env.random.bytes(16),
  }))
}
