// The two servers that are compared, each in a process of its own that does nothing else and says what it used. The other
// end is the benchmark: questions come by the process's own channel, never over the sockets that are measured.
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRelay } from '../../sync-server/relay.ts'
import { startBroadcaster } from './broadcaster.ts'

export type Kind = 'relay' | 'broadcaster'

export interface Used {
  /** Seconds of processor time, user and system, since the process began. */
  readonly cpu: number
  /** Bytes, after a collection of garbage. */
  readonly memory: number
}

/** Limits that bound one client are for strangers; here few clients do what hundreds would. */
const MANY = 1_000_000_000
export const UNLIMITED = {
  connections: 10_000,
  messageBurst: MANY,
  messagesPerSecond: MANY,
  byteBurst: MANY,
  bytesPerSecond: MANY,
  channelBurst: 10_000,
  channelEntries: MANY,
}

/** The body of the server's process. */
export async function serve(kind: string, folder: string): Promise<void> {
  const start = async () => (await startRelay({ data: folder, port: 0, limits: UNLIMITED })).port
  const port = await (kind === 'relay' ? start() : startBroadcaster(folder))
  process.on('message', (question) => {
    if (question === 'end') process.exit(0)
    if (question === 'memory') globalThis.gc?.()
    const { user, system } = process.cpuUsage()
    process.send?.({ cpu: (user + system) / 1e6, memory: process.memoryUsage().rss } satisfies Used)
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.({ port })
}

export class Served {
  private constructor(
    readonly kind: Kind,
    readonly port: number,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  /** `profile`: a folder for what V8's profiler saw. */
  static async start(kind: Kind, profile?: string): Promise<Served> {
    const folder = mkdtempSync(join(tmpdir(), `telar-bench-${kind}-`))
    const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
    const child = fork(process.argv[1] ?? '', ['--serve', kind, folder], { execArgv: ['--expose-gc', ...flags] })
    const { port } = await answerOf<{ port: number }>(child)
    return new Served(kind, port, child, folder)
  }

  async used(collect = false): Promise<Used> {
    const answer = answerOf<Used>(this.child)
    this.child.send(collect ? 'memory' : 'cpu')
    return answer
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.send('end')
    await ended
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('the server ended'))
    child.once('exit', ended)
    child.once('message', (answer) => {
      child.off('exit', ended)
      resolve(answer as T)
    })
  })
}
