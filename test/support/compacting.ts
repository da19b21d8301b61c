// People whose space is compacted, honestly or not: two members with a plan, snapshots that a test makes by hand, and channels that were
// emptied. For tests of snapshots and generations; no part of the app.
import { next as A } from '@automerge/automerge/slim'
import { fromHex } from '../../src/base/bytes.ts'
import { ChangeHash, DocumentId, type EntryId } from '../../src/base/ids.ts'
import type { Generation } from '../../src/engine/generations.ts'
import { packSnapshot, type SignedHeader, type SnapshotContent } from '../../src/log/snapshot.ts'
import { type Relay, startRelay } from '../../sync-server/relay.ts'
import { Insider } from './insider.ts'
import { temporaryFolder } from './relay-fixture.ts'

export const plan = DocumentId.must(new Uint8Array(16).fill(5))

export class Compacting {
  readonly #ends: (() => Promise<unknown>)[] = []

  async relay(): Promise<Relay> {
    const relay = await startRelay({ data: temporaryFolder(), port: 0, host: '127.0.0.1' })
    this.#ends.push(() => relay.close())
    return relay
  }

  async person(name: string): Promise<Insider> {
    const made = await Insider.named(name)
    this.#ends.push(() => made.keeper.lock())
    return made
  }

  /** Two members, and a plan with so many changes by each. */
  async pair(changes: number): Promise<{ relay: Relay; ceiba: Insider; copal: Insider }> {
    const relay = await this.relay()
    const ceiba = await this.person('Ceiba')
    await ceiba.workspace.found('Red', [`http://127.0.0.1:${String(relay.port)}`])
    const copal = await this.person('Copal')
    await ceiba.admit(copal)
    await ceiba.space.serial(() => ceiba.space.documents.create(plan, [(doc) => void (doc['title'] = 'Plan')]))
    await together(ceiba, copal)
    for (const one of [ceiba, copal]) await edits(one, changes)
    await together(ceiba, copal)
    return { relay, ceiba, copal }
  }

  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end().catch(() => undefined)
  }
}

export const edits = (
  one: Insider,
  count: number,
  value: (n: number) => unknown = (n) => n,
  document: DocumentId = plan,
): Promise<void> =>
  one.space.serial(async () => {
    for (let n = 0; n < count; n++)
      await one.space.documents.edit(
        document,
        (doc) => void (doc[`${one.workspace.person.alias} ${String(n % 7)}`] = value(n)),
      )
  })

export async function together(...all: readonly Insider[]): Promise<void> {
  for (let round = 0; round < 2; round++) for (const one of all) await one.workspace.sync(10_000)
}

/** As soon as a relay is in step. False: nothing is due. */
export async function compact(one: Insider, many?: number): Promise<boolean> {
  const { space } = one
  while (space.compaction.waits) await one.workspace.sync(2_000)
  return space.serial(() => space.compaction.run(many))
}

export const read = (one: Insider): Promise<Record<string, unknown>> =>
  one.space.serial(async () => A.toJS(await one.space.documents.read(plan)))

export async function heads(one: Insider): Promise<readonly string[]> {
  await one.space.serial(() => one.space.documents.open(plan))
  return [...one.space.documents.heads(plan)].sort()
}

export const generation = (one: Insider): number => one.space.snapshots.reached(one.space.current()!.epoch)

/** What an honest device would put into a snapshot of the plan where every actor has a header of its own. */
export async function contentOf(one: Insider, document: DocumentId = plan): Promise<SnapshotContent<SignedHeader>> {
  const doc = await one.space.documents.read(document)
  const entries = await one.space.log.load(one.space.log.contentOf(document).map(({ id }) => id))
  const last = new Map(entries.map((entry) => [entry.header.actor as string, entry]))
  const headers = [...last.values()].sort((a, b) => (a.headerId < b.headerId ? -1 : 1))
  const tips = A.getHeads(doc).map((head) => ChangeHash.must(fromHex(head)!))
  return { heads: tips.sort(), headers, former: [], save: A.save(doc) }
}

/** Signs a snapshot and the statement that it opens a generation, and hands both to others; `over`: what it says instead. */
export async function state(
  one: Insider,
  content: SnapshotContent<SignedHeader>,
  to: readonly Insider[],
  over: Partial<Generation> = {},
  document: DocumentId = plan,
): Promise<readonly EntryId[]> {
  const { space } = one
  const outers = await space.serial(async () => {
    const now = space.current()!
    const snapshots: EntryId[] = []
    if (over.snapshots === undefined)
      for (const payload of packSnapshot(space.crypto, content)!)
        snapshots.push((await space.publishing.snapshot(now, document, payload)).id)
    const number = space.snapshots.reached(now.epoch) + 1
    const entry = await space.publishing.witness(now, new Map(), { epoch: now.epoch, number, snapshots, ...over })
    return space.log.outers([...snapshots, entry.id])
  })
  for (const other of to) await other.space.receive([...outers.values()])
  return [...outers.keys()]
}
