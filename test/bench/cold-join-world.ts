// A space of two whose document has a long history, sealed and compacted by the real engine and lying at a real relay, for people to come
// to. Owns the writing: which device typed what, under which actor; a change holds what one tick of a person's would.
import { webcrypto } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { next as A } from '@automerge/automerge/slim'
import Database from 'better-sqlite3'
import { ChangeHash, DocumentId } from '../../src/base/ids.ts'
import { unwrap } from '../../src/base/result.ts'
import { RelayCarrier } from '../../src/carriers/relay.ts'
import { VaultKeeper } from '../../src/engine/engine.ts'
import { Joining } from '../../src/engine/joining.ts'
import { systemClock, systemRandom } from '../../src/engine/node.ts'
import type { Space } from '../../src/engine/space.ts'
import type { Workspace } from '../../src/engine/workspace.ts'
import { packChanges } from '../../src/log/entry.ts'
import { MemoryStore } from '../../src/storage/memory.ts'
import { type Relay, startRelay } from '../../sync-server/relay.ts'
import { Line } from './line.ts'
import { UNLIMITED } from './served.ts'
import { dice, type Key, SEED } from './typing.ts'

export const PASSPHRASE = 'cinco jacarandas junto al arroyo claro'
export const CHEAP = { memoryKiB: 8 * 1024, passes: 1, lanes: 1 } as const
export const DOCUMENT = DocumentId.must(new Uint8Array(16).fill(9))
/** Somebody else goes on, or the same person after a night, so many changes later. */
const TURN = 400

/** One engine over memory storage. */
export class Writer {
  readonly #keeper = new VaultKeeper({
    clock: systemClock,
    random: systemRandom,
    subtle: webcrypto.subtle as unknown as SubtleCrypto,
    openStore: () => Promise.resolve(new MemoryStore()),
    carrier: (relay) => new RelayCarrier(relay, systemClock, systemRandom),
    argon2: CHEAP,
    deviceName: '',
  })

  async begin(alias: string): Promise<this> {
    unwrap(await this.#keeper.create({ alias, passphrase: PASSPHRASE, language: 'es' }))
    return this
  }

  get workspace(): Workspace {
    return this.#keeper.workspace as Workspace
  }

  get space(): Space {
    return this.workspace.spaces.values().next().value as Space
  }

  /** A link that lets in whoever opens it. */
  async invite(): Promise<string> {
    const hosting = this.workspace.hostings.get(this.space.id)!
    return unwrap(hosting.link(unwrap(await hosting.invite({ mode: 'open', role: 'editor', note: '' })), ''))
  }

  lock(): Promise<void> {
    return this.#keeper.lock()
  }
}

/** What a channel's owner holds: of all channels together. */
export interface Stored {
  readonly entries: number
  /** Outer bytes of entries, each once. */
  readonly bytes: number
  /** The file. */
  readonly file: number
}

export class LongHistory {
  readonly #folder = mkdtempSync(join(tmpdir(), 'telar-bench-'))
  #relay: Relay | null = null
  #line: Line | null = null
  #writers: Writer[] = []
  changes = 0

  get line(): Line {
    return this.#line as Line
  }

  get first(): Writer {
    return this.#writers[0] as Writer
  }

  /** Two members and an empty document. */
  async begin(): Promise<this> {
    const line = await Line.open(() => this.#relay?.port ?? 0)
    this.#line = line
    const origins = [`127.0.0.1:${line.port}`]
    this.#relay = await startRelay({ host: '127.0.0.1', port: 0, data: this.#folder, origins, limits: UNLIMITED })
    const ceiba = await new Writer().begin('Ceiba')
    await ceiba.workspace.found('Red de prueba', [`http://${origins[0]}`])
    const copal = await new Writer().begin('Copal')
    await copal.workspace.addJoining(unwrap(await Joining.knock(copal.workspace, await ceiba.invite())))
    this.#writers = [ceiba, copal]
    await until(() => copal.workspace.spaces.size > 0 && copal.space.writable)
    await ceiba.space.serial(() => ceiba.space.documents.create(DOCUMENT, [(doc) => void (doc['context'] = '')]))
    await this.settle()
    return this
  }

  /** All keys, as changes of 10 to 20, by both people in turns, as four actors. Each change is an entry. */
  async write(keys: readonly Key[]): Promise<void> {
    const slots = this.#writers.flatMap(({ space, workspace }) => [
      { space, workspace, slot: 'engine' as const },
      { space, workspace, slot: 'page' as const },
    ])
    const authors = await Promise.all(
      slots.map(async ({ space, workspace, slot }) => ({
        space,
        workspace,
        ...(await space.writers.actor(DOCUMENT, slot)),
        seq: 0,
      })),
    )
    authors[0]!.seq = 1
    const created = await this.first.space.documents.read(DOCUMENT)
    // Automerge's own handle: what the page's text binding would do a hundred times slower.
    let text = A.getBackend(A.clone(created)).fork(authors[0]!.actor)
    const roll = dice(SEED + 5)
    for (let at = 0; at < keys.length; this.changes++) {
      const author = authors[Math.floor(this.changes / TURN) % authors.length]!
      if (this.changes % TURN === 0) text = text.fork(author.actor)
      const some = keys.slice(at, (at += 10 + roll(11)))
      for (const { patch } of some) text.splice('/context', ...patch!)
      const hash = ChangeHash.must(Uint8Array.from(Buffer.from(text.commit(null, 0)!, 'hex')))
      const { space, workspace, actor, nonce } = author
      const seq = ++author.seq
      const payload = packChanges([text.getLastLocalChange()!])
      await space.serial(async () => {
        const fields = { document: DOCUMENT, actor, nonce, first: seq, last: seq, hash }
        const entry = await space.publishing.changes(space.current()!, fields, payload)
        workspace.channels.get(space.id)?.added([entry.id])
      })
    }
    await this.settle()
    for (const { space } of this.#writers) await space.serial(() => space.documents.arrived(DOCUMENT))
    await until(() =>
      this.#writers.every(({ space }) => space.documents.heads(DOCUMENT).join() === text.getHeads().join()),
    )
  }

  /** By the first, as soon as she may; both have let go of what is covered when it resolves. */
  async compact(): Promise<void> {
    const { space, workspace } = this.first
    while (space.compaction.waits) await workspace.sync(2_000)
    if (!(await space.serial(() => space.compaction.run()))) throw new Error('nothing was compacted')
    await this.settle()
    for (const { space: one } of this.#writers)
      await until(() => one.log.contentOf(DOCUMENT).every(({ dropped }) => dropped === true))
    await this.settle()
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 2; round++) for (const { workspace } of this.#writers) await workspace.sync(60_000)
  }

  /** The entries that a newcomer needs for the document, with their outer bytes. */
  get snapshot(): { readonly largest: number; readonly bytes: number } {
    const { log, snapshots } = this.first.space
    const sizes = (snapshots.ofDocument(DOCUMENT)?.entries ?? []).map((id) => log.get(id)?.size ?? 0)
    return { largest: Math.max(0, ...sizes), bytes: sizes.reduce((sum, size) => sum + size, 0) }
  }

  /** What `A.save` gives for the document. */
  async file(): Promise<Uint8Array> {
    return A.save(await this.first.space.documents.read(DOCUMENT))
  }

  stored(): Stored {
    const database = new Database(join(this.#folder, 'relay.sqlite'), { readonly: true })
    try {
      const [pages, size] = ['page_count', 'page_size'].map((name) => Number(database.pragma(name, { simple: true })))
      const sizes = database.prepare('SELECT length(data) FROM contents').pluck().all() as number[]
      return { entries: sizes.length, bytes: sizes.reduce((sum, one) => sum + one, 0), file: pages! * size! }
    } finally {
      database.close()
    }
  }

  async end(): Promise<void> {
    for (const writer of this.#writers) await writer.lock()
    await this.#relay?.close()
    await this.#line?.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

export async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((resolve) => setTimeout(resolve, 5))
}
