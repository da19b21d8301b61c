// A long text typed key by key through the relay: bytes for each key beside plain synchronisation by each key, what the relay
// keeps, and what a newcomer pays beside loading the same file. Whatever the engine does with long histories is in it.
import { next as A } from '@automerge/automerge/slim'
import { bytes, type Findings, number, ratio, seconds } from './report.ts'
import { traced } from './trace-input.ts'
import type { Rhythm } from './typing.ts'
import { throughPlainRepos } from './wire-plain.ts'
import { type Arrived, type Carried, throughTelar } from './wire-telar.ts'

export interface TraceOptions {
  readonly path: string | undefined
  /** How many of the keys. */
  readonly keys: number
}

interface Cpu {
  /** ms of processor time of everything: both members and the server. */
  readonly cpu: number
}

export async function trace(report: Findings, { path, keys: most }: TraceOptions): Promise<void> {
  const keys = traced(path, most)
  const measured = async (run: () => Promise<Carried>): Promise<Carried & Cpu> => {
    const before = process.cpuUsage()
    const carried = await run()
    const { user, system } = process.cpuUsage(before)
    return { ...carried, cpu: (user + system) / 1_000 }
  }
  report.say(
    `${number(keys.length)} keys ${path === undefined ? 'made by a seed' : 'of a real trace'}, ` +
      `${((keys.at(-1)?.at ?? 0) / 3_600_000).toFixed(1)} hours of typing; one writes, one reads.`,
  )
  const plain = await measured(() => throughPlainRepos(keys, 'keystroke'))
  const perKey = ({ wire }: Carried) => (wire.up + wire.down) / keys.length
  const rows = [['plain, each key', number(keys.length), '', '1.0', bytes(perKey(plain)), '1', '', bytes(plain.kept)]]
  const joined: string[][] = []
  for (const [rhythm, name] of [
    ['together', 'Telar, both in the same field'],
    ['elsewhere', 'Telar, the other elsewhere in the document'],
    ['alone', 'Telar, alone in the document'],
  ] as readonly (readonly [Rhythm, string])[]) {
    let arrived: Arrived | null = null
    const telar = await measured(() => throughTelar(keys, rhythm, (world) => void (arrived = world)))
    const changes = telar.typed.commits
    const entries = telar.entries?.count ?? 0
    rows.push([
      name,
      number(changes),
      number(entries),
      (keys.length / entries).toFixed(1),
      bytes(perKey(telar)),
      (perKey(telar) / perKey(plain)).toFixed(2),
      bytes((telar.entries?.bytes ?? 0) / keys.length),
      bytes(telar.kept),
    ])
    report.say(`${name}: ${(telar.cpu / entries).toFixed(1)} ms of processor time an entry, all ends together.`)
    if (arrived !== null) joined.push(joinRow(name, arrived, entries))
  }
  report.table(
    [
      '',
      'changes',
      'entries',
      'keys an entry',
      'wire, a key',
      'of plain',
      'sealed entries, a key',
      'kept by the server',
    ],
    rows,
  )
  report.table(
    ['a newcomer', 'entries', 'until she reads it', 'times loading the file', 'received', 'times the file', 'the file'],
    joined,
  )
}

function joinRow(name: string, { milliseconds, wire, file }: Arrived, entries: number): string[] {
  const start = performance.now()
  A.load(file)
  const loading = performance.now() - start
  return [
    name,
    number(entries),
    seconds(milliseconds),
    ratio(milliseconds, loading),
    bytes(wire.down),
    ratio(wire.down, file.length),
    bytes(file.length),
  ]
}
