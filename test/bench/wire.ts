// Bytes on the wire and on the relay for a typed text of 1,000 words, against the same typing over plain automerge-repo.
// Owns the comparison; reports ratios and judges nothing.
import { bytes, type Findings, number, ratio } from './report.ts'
import { keystrokes, KEY_EVERY, type Rhythm, SEED, text, WORDS } from './typing.ts'
import { throughPlainRepos } from './wire-plain.ts'
import { type Carried, throughTelar } from './wire-telar.ts'

/** Each change by each key costs the same: a part of the text says it. */
const KEYSTROKE_WORDS = 250

interface Run extends Carried {
  /** Bytes of the text that was typed. */
  readonly size: number
}

const perChange = ({ wire, typed }: Carried): number => (wire.up + wire.down) / typed.commits
const wireTimes = ({ wire, size }: Run): number => (wire.up + wire.down) / size

export async function wire(report: Findings): Promise<void> {
  const whole = text()
  const part = text(KEYSTROKE_WORDS)
  const run = async (by: typeof throughTelar, rhythm: Rhythm, typed = whole): Promise<Run> => ({
    ...(await by(keystrokes(typed), rhythm)),
    size: Buffer.byteLength(typed),
  })
  const ticks = {
    together: { telar: await run(throughTelar, 'together'), plain: await run(throughPlainRepos, 'together') },
    alone: { telar: await run(throughTelar, 'alone'), plain: await run(throughPlainRepos, 'alone') },
  }
  const each = await run(throughPlainRepos, 'keystroke', part)
  const { size, typed } = ticks.together.telar
  report.say(
    `${WORDS} words, ${bytes(size)} of text, ${number(typed.keys)} keys with a mean of ${KEY_EVERY} ms between them and ` +
      `pauses, ${(typed.milliseconds / 60_000).toFixed(0)} minutes; seed ${SEED}. By each key: the first ${KEYSTROKE_WORDS} words.`,
  )
  const row = (name: string, one: Run) => [
    name,
    number(one.typed.commits),
    bytes(one.wire.up + one.wire.down),
    bytes(perChange(one)),
    ratio(one.wire.up + one.wire.down, one.size),
    bytes(one.kept),
    ratio(one.kept, one.size),
  ]
  report.table(
    ['', 'changes', 'wire', 'per change', 'times the text', 'kept by the server', 'times the text'],
    [
      ...Object.entries(ticks).flatMap(([tick, { telar, plain }]) => [
        row(`Telar, ${tick}`, telar),
        row(`plain, ${tick}`, plain),
      ]),
      row('plain, each key', each),
    ],
  )
  report.table(
    ['Telar against plain automerge-repo', 'wire, same ticks', 'wire, plain by each key', 'kept, same ticks'],
    Object.entries(ticks).map(([tick, { telar, plain }]) => [
      tick,
      ratio(wireTimes(telar), wireTimes(plain)),
      ratio(wireTimes(telar), wireTimes(each)),
      ratio(telar.kept, plain.kept),
    ]),
  )
  for (const [tick, { telar }] of Object.entries(ticks)) tell(report, tick, telar)
}

function tell(report: Findings, tick: string, { entries, wire, typed }: Run): void {
  if (entries === undefined) return
  report.say(
    `Telar, ${tick}: ${number(entries.count)} entries of ${entries.smallest} to ${entries.largest} bytes, ` +
      `${bytes(entries.bytes)} together; both members together sent ${bytes(wire.up / typed.commits)} and received ` +
      `${bytes(wire.down / typed.commits)} per change.`,
  )
}
