// The newcomer's process: joins by a link, opens the long document as soon as what she has allows it, and says how long what took. One
// process for each, so that nothing is warm that would be cold on a new device. Owns the stamps only.
import { webcrypto } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { next as A } from '@automerge/automerge/slim'
import { unwrap } from '../../src/base/result.ts'
import { RelayCarrier } from '../../src/carriers/relay.ts'
import { VaultKeeper } from '../../src/engine/engine.ts'
import { Joining } from '../../src/engine/joining.ts'
import { systemClock, systemRandom } from '../../src/engine/node.ts'
import { scratchThreads } from '../../src/engine/scratch-node.ts'
import type { Space } from '../../src/engine/space.ts'
import { SqliteStore } from '../../src/storage/sqlite.ts'
import type { Message } from '../../src/wire/messages.ts'
import { CHEAP, DOCUMENT, PASSPHRASE, until } from './cold-join-world.ts'

/** Sent to the process: with a link it joins, with a file it loads. */
export type Task = { readonly link: string; readonly large: number } | { readonly file: string }

/** Milliseconds, and milliseconds of processor time of the whole process. */
export interface Took {
  readonly wall: number
  readonly cpu: number
}

export interface Came {
  /** From the welcome (the space is there, nothing of it) until the document is open. */
  readonly space: Took
  /** From the first byte of the snapshot until the document is open. */
  readonly content: Took
  /** The last part of it: it is kept and judged, and she opens it. */
  readonly opening: Took
  readonly heads: readonly string[]
}

export interface Loaded {
  /** The first in its process, and the median of those after. */
  readonly cold: Took
  readonly warm: Took
}

const cpu = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

function stopwatch(): () => Took {
  const [wall, used] = [performance.now(), cpu()]
  return () => ({ wall: performance.now() - wall, cpu: cpu() - used })
}

export function newcomer(): void {
  process.on('disconnect', () => process.exit(0))
  process.once('message', (task: Task) => {
    void ('link' in task ? came(task.link, task.large) : Promise.resolve(loaded(task.file))).then((answer) =>
      process.send?.(answer, () => process.exit(0)),
    )
  })
  process.send?.('ready')
}

function loaded(path: string): Loaded {
  const file = new Uint8Array(readFileSync(path))
  const all = Array.from({ length: 6 }, () => {
    const took = stopwatch()
    const doc = A.load(file)
    const one = took()
    A.free(doc)
    return one
  })
  const [cold, ...rest] = all
  return { cold: cold!, warm: rest.sort((a, b) => a.wall - b.wall)[2]! }
}

/** An entry that large comes with the snapshot alone; 0: there is none. */
const brings = (message: Message, large: number): boolean =>
  message.t === 'put' && large > 0 && message.entries.some(({ length }) => length >= large)

async function came(link: string, large: number): Promise<Came> {
  const home = mkdtempSync(join(tmpdir(), 'telar-bench-home-'))
  let content: (() => Took) | null = null
  const keeper = new VaultKeeper({
    clock: systemClock,
    random: systemRandom,
    subtle: webcrypto.subtle as unknown as SubtleCrypto,
    openStore: () => Promise.resolve(SqliteStore.open(home)),
    carrier(relay) {
      const carrier = new RelayCarrier(relay, systemClock, systemRandom)
      const start = carrier.start.bind(carrier)
      carrier.start = (events) =>
        start({
          ...events,
          message(message) {
            if (content === null && brings(message, large)) content = stopwatch()
            events.message(message)
          },
        })
      return carrier
    },
    argon2: CHEAP,
    deviceName: '',
    scratch: scratchThreads(),
  })
  unwrap(await keeper.create({ alias: 'Laurel', passphrase: PASSPHRASE, language: 'es' }))
  const workspace = keeper.workspace!
  await workspace.addJoining(unwrap(await Joining.knock(workspace, link)))
  await until(() => workspace.spaces.size > 0)
  const space = stopwatch()
  const { documents, snapshots, log } = workspace.spaces.values().next().value as Space
  const here = () => snapshots.ofDocument(DOCUMENT) !== null || log.contentOf(DOCUMENT).length > 0
  await until(here)
  const opening = stopwatch()
  const doc = await documents.read(DOCUMENT)
  const answer = {
    space: space(),
    opening: opening(),
    content: content === null ? space() : (content as () => Took)(),
    heads: A.getHeads(doc),
  }
  await keeper.lock()
  rmSync(home, { recursive: true, force: true })
  return answer
}
