// What a newcomer pays for a document with a long history, beside loading the same document from a compacted file: bytes over the wire and
// time until it is open, each in a process of her own. And what the relay keeps of the history. Owns the comparison only.
import { type ChildProcess, fork } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LongHistory, type Stored } from './cold-join-world.ts'
import type { Came, Loaded, Task, Took } from './cold-join-newcomer.ts'
import { bytes, type Findings, ms, number, quantile, ratio } from './report.ts'
import { traced } from './trace-input.ts'

const ROUNDS = 5

export interface ColdJoinOptions {
  readonly path: string | undefined
  readonly keys: number
  /** A folder for what V8's profiler saw of the newcomers. */
  readonly profile?: string | undefined
}

export async function coldJoin(report: Findings, { path, keys: most, profile }: ColdJoinOptions): Promise<void> {
  const keys = traced(path, most)
  const world = await new LongHistory().begin()
  const file = join(tmpdir(), `telar-bench-${process.pid}.automerge`)
  try {
    const join = async () => {
      const link = await world.first.invite()
      world.line.take()
      const came = await inProcess<Came>({ link, large: world.snapshot.largest }, profile)
      return { ...came, down: world.line.take().down }
    }
    // What joining itself takes: the same space before anything was typed.
    const bare = await join()
    await world.write(keys)
    const before = world.stored()
    await world.compact()
    const after = world.stored()
    const save = await world.file()
    writeFileSync(file, save)
    const rounds: { came: Came & { readonly down: number }; loaded: Loaded }[] = []
    for (let round = 0; round < ROUNDS; round++)
      rounds.push({ loaded: await inProcess<Loaded>({ file }), came: await join() })
    report.say(
      `${number(keys.length)} keys ${path === undefined ? 'made by a seed' : 'of a real trace'}, ${number(world.changes)} changes by two people as four actors, all compacted. ${ROUNDS} newcomers in turn with ${ROUNDS} who load the file.`,
    )
    tellTime(report, rounds)
    tellBytes(report, save.length, world.snapshot.bytes, (rounds[0]?.came.down ?? 0) - bare.down)
    tellStored(report, before, after)
  } finally {
    rmSync(file, { force: true })
    await world.end()
  }
}

function tellTime(report: Findings, rounds: readonly { readonly came: Came; readonly loaded: Loaded }[]): void {
  const median = (pick: (round: (typeof rounds)[number]) => number) => quantile(rounds.map(pick), 0.5)
  const row = (name: string, pick: (round: (typeof rounds)[number]) => Took) => [
    name,
    ms(median((one) => pick(one).wall)),
    ratio(
      median((one) => pick(one).wall / one.loaded.cold.wall),
      1,
    ),
    ratio(
      median((one) => pick(one).wall / one.loaded.warm.wall),
      1,
    ),
    ms(median((one) => pick(one).cpu)),
    ratio(
      median((one) => pick(one).cpu / one.loaded.cold.cpu),
      1,
    ),
  ]
  report.table(
    ['until the document is open', 'time', 'of the cold load', 'of the warm load', 'processor', 'of the cold load'],
    [
      row('A.load of the file, first in its process', ({ loaded }) => loaded.cold),
      row('A.load of the file, again', ({ loaded }) => loaded.warm),
      row('newcomer, from the first byte of the snapshot', ({ came }) => came.content),
      row('newcomer, from her welcome on', ({ came }) => came.space),
      row('newcomer, judged and kept, opening it', ({ came }) => came.opening),
    ],
  )
}

function tellBytes(report: Findings, file: number, entries: number, wire: number): void {
  report.table(
    ['bytes', '', 'of the file'],
    [
      ['the file (A.save)', bytes(file), '1'],
      ['entries of its snapshot, sealed', bytes(entries), ratio(entries, file)],
      ['received more than by the newcomer before her, to the empty document', bytes(wire), ratio(wire, file)],
    ],
  )
}

function tellStored(report: Findings, before: Stored, after: Stored): void {
  const row = (name: string, { entries, bytes: size, file }: Stored) => [
    name,
    number(entries),
    bytes(size),
    bytes(file),
  ]
  report.table(
    ['the relay', 'entries', 'their bytes', 'its file'],
    [row('before compaction', before), row('after', after)],
  )
}

/** One task in a process of its own. */
function inProcess<T>(task: Task, profile?: string): Promise<T> {
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const child: ChildProcess = fork(process.argv[1] ?? '', ['--newcomer'], { execArgv: flags })
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('a newcomer ended')))
    child.on('message', (message) => {
      if (message === 'ready') child.send(task)
      else resolve(message as T)
    })
  })
}
