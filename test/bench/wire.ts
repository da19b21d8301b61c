// Bytes on the wire and on the relay for a typed text of 1,000 words, against the same typing over plain automerge-repo.
// Owns the comparison; reports ratios and judges nothing.
import { bytes, type Findings, number, ratio } from './report.ts'
import { keystrokes, KEY_EVERY, SEED, text, WORDS } from './typing.ts'
import { throughPlainRepos } from './wire-plain.ts'
import { type Carried, throughTelar } from './wire-telar.ts'

const total = ({ wire }: Carried): number => wire.up + wire.down

export async function wire(report: Findings): Promise<void> {
  const words = text()
  const keys = keystrokes(words)
  const runs = {
    'Telar, tick 0.5 s': await throughTelar(keys, 'company'),
    'Telar, tick 2 s': await throughTelar(keys, 'alone'),
    'plain, tick 0.5 s': await throughPlainRepos(keys, 'company'),
    'plain, tick 2 s': await throughPlainRepos(keys, 'alone'),
    'plain, each key': await throughPlainRepos(keys, 'keystroke'),
  }
  const size = Buffer.byteLength(words)
  const minutes = runs['Telar, tick 0.5 s'].typed.milliseconds / 60_000
  report.say(
    `${WORDS} words, ${bytes(size)} of text, ${number(keys.length)} keys with a mean of ${KEY_EVERY} ms between them ` +
      `and pauses, ${minutes.toFixed(0)} minutes; seed ${SEED}.`,
  )
  report.table(
    ['', 'changes', 'wire', 'per change', 'times the text', 'kept by the server', 'times the text'],
    Object.entries(runs).map(([name, run]) => [
      name,
      number(run.typed.commits),
      bytes(total(run)),
      bytes(total(run) / run.typed.commits),
      ratio(total(run), size),
      bytes(run.kept),
      ratio(run.kept, size),
    ]),
  )
  report.table(
    ['Telar against plain', 'wire', 'kept by the server'],
    (['0.5 s', '2 s'] as const).flatMap((tick) => {
      const telar = runs[`Telar, tick ${tick}`]
      return [
        [
          `tick ${tick}, the same ticks`,
          ratio(total(telar), total(runs[`plain, tick ${tick}`])),
          ratio(telar.kept, runs[`plain, tick ${tick}`].kept),
        ],
        [
          `tick ${tick}, each key`,
          ratio(total(telar), total(runs['plain, each key'])),
          ratio(telar.kept, runs['plain, each key'].kept),
        ],
      ]
    }),
  )
  for (const tick of ['0.5 s', '2 s'] as const) {
    const { entries, wire, typed } = runs[`Telar, tick ${tick}`]
    if (entries === undefined) continue
    report.say(
      `Tick ${tick}: ${number(entries.count)} entries of ${entries.smallest} to ${entries.largest} bytes, ` +
        `${bytes(entries.bytes)} together; the writer and the reader sent ${bytes(wire.up / typed.commits)} and were sent ` +
        `${bytes(wire.down / typed.commits)} per change.`,
    )
  }
}
