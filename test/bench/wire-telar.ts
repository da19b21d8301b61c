// Two members write through a real relay: engines, page Repos and the editor's binding as in the app, over memory storage,
// with the sockets counted. Owns the measuring of bytes for Telar; what is typed and when comes from typing.ts.
import { webcrypto } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { next as A } from '@automerge/automerge/slim'
import { type DocHandle, Repo, type PeerId, type AutomergeUrl } from '@automerge/automerge-repo/slim'
import { MessageChannelNetworkAdapter } from '@automerge/automerge-repo-network-messagechannel'
import Database from 'better-sqlite3'
import { unwrap } from '../../src/base/result.ts'
import type { DocumentId, SpaceId } from '../../src/base/ids.ts'
import { type RelayAddress, RelayCarrier } from '../../src/carriers/relay.ts'
import { spliceText } from '../../src/documents/changes.ts'
import type { EngineHost, EngineState } from '../../src/engine/api.ts'
import { VaultKeeper } from '../../src/engine/engine.ts'
import { createEngine } from '../../src/engine/host.ts'
import { systemRandom } from '../../src/engine/node.ts'
import type { Space } from '../../src/engine/space.ts'
import { MemoryStore } from '../../src/storage/memory.ts'
import type { TextSource } from '../../src/ui/document/text-binding.ts'
import { startRelay } from '../../sync-server/relay.ts'
import { SkippingClock } from './clock.ts'
import { type Bytes, Line } from './line.ts'
import { type Key, type Rhythm, typeInto, type Typed } from './typing.ts'

const PASSPHRASE = 'cinco jacarandas junto al arroyo claro'
const CHEAP = { memoryKiB: 8 * 1024, passes: 1, lanes: 1 } as const

export interface Carried {
  readonly typed: Typed
  /** All sockets of both members. */
  readonly wire: Bytes
  /** What the server holds more than before. */
  readonly kept: number
  /** Telar: entries and their outer bytes. */
  readonly entries?: {
    readonly count: number
    readonly bytes: number
    readonly smallest: number
    readonly largest: number
  }
}

type Content = { context: string }

interface BenchPage {
  readonly handle: DocHandle<Content>
  /** Resolves when the engine has said that it holds what the page has. */
  taken(): Promise<void>
  close(): void
}

class Member {
  #state: EngineState | null = null
  readonly #watchers = new Set<() => void>()
  readonly #started: ReturnType<typeof createEngine>
  readonly #keeper: VaultKeeper

  constructor(clock: SkippingClock) {
    const store = new MemoryStore()
    const env = {
      clock,
      random: systemRandom,
      subtle: webcrypto.subtle as unknown as SubtleCrypto,
      openStore: () => Promise.resolve(store),
      carrier: (relay: RelayAddress) => new RelayCarrier(relay, clock, systemRandom),
      argon2: CHEAP,
      deviceName: '',
    }
    this.#keeper = new VaultKeeper(env)
    this.#started = createEngine(env, this.#keeper)
  }

  get engine(): EngineHost {
    return this.#started.engine
  }

  async begin(alias: string): Promise<this> {
    unwrap(await this.engine.createVault({ alias, passphrase: PASSPHRASE, language: 'es' }))
    await this.engine.subscribe((state) => {
      this.#state = state
      for (const watch of [...this.#watchers]) watch()
    })
    return this
  }

  until(is: (state: EngineState) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const watch = () => {
        if (this.#state === null || !is(this.#state)) return
        this.#watchers.delete(watch)
        resolve()
      }
      this.#watchers.add(watch)
      watch()
    })
  }

  /** Entries of the document here; what of its changes is on its way into entries is there first. */
  async entries(space: SpaceId, document: DocumentId): Promise<number> {
    const found = this.#space(space)
    await found.documents.retry()
    return this.entriesNow(space, document)
  }

  entriesNow(space: SpaceId, document: DocumentId): number {
    return this.#space(space).log.contentOf(document).length
  }

  /** Entries that no relay has acknowledged. */
  underWay(space: SpaceId): number {
    return this.#keeper.workspace?.channels.get(space)?.unsent.size ?? 0
  }

  #space(id: SpaceId): Space {
    const space = this.#keeper.workspace?.spaces.get(id)
    if (space === undefined) throw new Error('no such space')
    return space
  }

  /** The document in a Repo of the page's kind. */
  async page(space: SpaceId, document: DocumentId): Promise<BenchPage> {
    const { port1, port2 } = new MessageChannel()
    const adapter = new MessageChannelNetworkAdapter(port1 as unknown as MessagePort)
    // A Repo that finds nobody within 100 ms gives a document up as unavailable.
    const met = new Promise<void>((done) => adapter.once('peer-candidate', () => done()))
    const repo = new Repo({ network: [adapter], peerId: `page-${webcrypto.randomUUID()}` as PeerId, isEphemeral: true })
    await this.engine.attachRepo(port2 as unknown as MessagePort)
    await met
    const { url, actor } = unwrap(await this.engine.openDocument({ space, document }))
    const handle = await repo.find<Content>(url as AutomergeUrl)
    handle.update((doc) => A.clone(doc, { actor }))
    let heads = ''
    let heard = () => undefined as void
    adapter.on('message', (message) => {
      if (message.type !== 'sync' || !(message.data instanceof Uint8Array)) return
      heads = A.decodeSyncMessage(message.data).heads.join()
      heard()
    })
    return {
      handle,
      async taken() {
        while (A.getHeads(handle.doc()).join() !== heads) await new Promise<void>((done) => (heard = done))
      },
      close: () => (adapter.disconnect(), port1.close()),
    }
  }

  end(): Promise<void> {
    return this.#started.end()
  }
}

/** Resolves when `handle` holds `text`. */
export function arrives(handle: DocHandle<Content>, text: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (handle.doc().context !== text) return
      handle.off('change', look)
      resolve()
    }
    handle.on('change', look)
    look()
  })
}

function source(handle: DocHandle<Content>): TextSource {
  return {
    read: () => handle.doc().context,
    write(splices) {
      handle.change((doc) => {
        for (const { index, remove, insert } of splices) unwrap(spliceText(doc, ['context'], index, remove, insert))
      })
      return true
    },
  }
}

/** Pages of the database in bytes, and the sealed entries in it. */
function kept(folder: string): { file: number; sizes: number[] } {
  const database = new Database(join(folder, 'relay.sqlite'), { readonly: true })
  try {
    const [pages, size] = ['page_count', 'page_size'].map((name) => Number(database.pragma(name, { simple: true })))
    const sizes = database.prepare('SELECT length(data) FROM contents').pluck().all() as number[]
    return { file: pages! * size!, sizes }
  } finally {
    database.close()
  }
}

/** A newcomer who fetched everything. */
export interface Arrived {
  /** From her opening of the link until the text stands in her page. */
  readonly milliseconds: number
  readonly wire: Bytes
  /** The same document, as Automerge saves it. */
  readonly file: Uint8Array
}

/**
 * The whole text; the other's device is there, and on her screen the same field (together), another part of the document
 * (elsewhere), or something else (alone). With `joined` a third comes when all is written.
 */
export async function throughTelar(
  keys: readonly Key[],
  rhythm: Rhythm,
  joined?: (arrived: Arrived) => void,
): Promise<Carried> {
  const clock = new SkippingClock()
  const ruling = clock.rule()
  const data = mkdtempSync(join(tmpdir(), 'telar-bench-'))
  let port = 0
  const line = await Line.open(() => port)
  const relay = await startRelay({ host: '127.0.0.1', port: 0, data, origins: [`127.0.0.1:${line.port}`] })
  port = relay.port
  const [writer, reader] = [await new Member(clock).begin('Ceiba'), await new Member(clock).begin('Copal')]
  try {
    const { space, document } = await together(writer, reader, `http://127.0.0.1:${line.port}`)
    const [from, to] = [await writer.page(space, document), await reader.page(space, document)]
    const place = { document, field: 'context' }
    await writer.engine.setPlace({ space, place })
    if (rhythm === 'together') await reader.engine.setPlace({ space, place })
    if (rhythm === 'elsewhere') await reader.engine.setPlace({ space, place: { document, field: null } })
    const sent = () => writer.until((state) => state.spaces[0]?.unsent === 0)
    await sent()
    const before = kept(data)
    line.take()
    let told = writer.entriesNow(space, document)
    const settled = async (committed: boolean) => {
      if (committed) await from.taken()
      const entries = await writer.entries(space, document)
      if (entries === told) return
      told = entries
      await writer.until(() => writer.underWay(space) === 0)
      await reader.until(() => reader.entriesNow(space, document) >= entries)
    }
    const typed = await typeInto(source(from.handle), { keys, rhythm, clock, settled })
    await writer.engine.flush()
    await sent()
    await arrives(to.handle, from.handle.doc().context)
    const after = kept(data)
    const sizes = after.sizes.slice()
    for (const size of before.sizes) sizes.splice(sizes.indexOf(size), 1)
    const wire = line.take()
    if (joined !== undefined) joined(await newcomer(writer, clock, line, { space, document, handle: from.handle }))
    for (const page of [from, to]) page.close()
    return {
      typed,
      wire,
      kept: after.file - before.file,
      entries: {
        count: sizes.length,
        bytes: sizes.reduce((sum, size) => sum + size, 0),
        smallest: Math.min(...sizes),
        largest: Math.max(...sizes),
      },
    }
  } finally {
    await writer.end()
    await reader.end()
    await relay.close()
    await line.close()
    ruling.restore()
    rmSync(data, { recursive: true, force: true })
  }
}

async function newcomer(
  host: Member,
  clock: SkippingClock,
  line: Line,
  { space, document, handle }: { space: SpaceId; document: DocumentId; handle: DocHandle<Content> },
): Promise<Arrived> {
  const guest = await new Member(clock).begin('Laurel')
  try {
    const { link } = unwrap(await host.engine.invite({ space, mode: 'open', role: 'editor', note: '', app: '' }))
    line.take()
    const start = performance.now()
    unwrap(await guest.engine.join({ link }))
    await guest.until((state) => state.spaces[0]?.documents.find((each) => each.id === document)?.here === true)
    const page = await guest.page(space, document)
    await arrives(page.handle, handle.doc().context)
    const milliseconds = performance.now() - start
    page.close()
    return { milliseconds, wire: line.take(), file: A.save(handle.doc()) }
  } finally {
    await guest.end()
  }
}

/** A space of two with an empty plan that both have. */
async function together(
  writer: Member,
  reader: Member,
  relay: string,
): Promise<{ space: SpaceId; document: DocumentId }> {
  const { space } = unwrap(await writer.engine.createSpace({ name: 'Red de prueba', relays: [relay] }))
  const { link } = unwrap(await writer.engine.invite({ space, mode: 'open', role: 'editor', note: '', app: '' }))
  unwrap(await reader.engine.join({ link }))
  await reader.until((state) => state.spaces.some((each) => each.standing === 'active'))
  const { document } = unwrap(await writer.engine.createDocument({ space, type: 'protection-plan', title: 'Plan' }))
  await reader.until((state) => state.spaces[0]?.documents.find((each) => each.id === document)?.here === true)
  // What the newcomer writes of herself comes before the typing, too.
  await reader.until((state) => state.spaces[0]?.unsent === 0)
  await writer.until((state) => state.spaces[0]?.members.some((each) => each.alias === 'Copal') === true)
  return { space, document }
}
