// What comparing two sets costs when a device comes back without a cursor: bytes and rounds on the line and processor time at
// both ends, by the code both run. No sockets; one set has what the other lacks, spread over all of it.
import { randomBytes } from 'node:crypto'
import { type Bytes, compare } from '../../src/base/bytes.ts'
import { sha512Half } from '../../src/crypto/index.ts'
import { encodeMessage, type Range } from '../../src/wire/messages.ts'
import { answer, type Fingerprint, fingerprintWith, question } from '../../src/wire/ranges.ts'
import { hash } from '../../sync-server/hash.ts'
import { bytes, type Findings, number } from './report.ts'

interface Compared {
  readonly rounds: number
  readonly up: number
  readonly down: number
  /** ms of processor time. */
  readonly client: number
  readonly relay: number
  readonly found: number
}

export async function ranges(report: Findings): Promise<void> {
  const rows: string[][] = []
  for (const size of [10_000, 100_000])
    for (const differences of [0, 1, 10, 100]) {
      const runs = Array.from({ length: 3 }, () => compareSets(size, differences))
      const best = runs.reduce((a, b) => (a.client + a.relay < b.client + b.relay ? a : b))
      if (best.found !== differences) throw new Error('the comparison is wrong')
      rows.push([
        `${number(size)}, ${differences}`,
        String(best.rounds),
        bytes(best.up),
        bytes(best.down),
        bytes(32 * size),
        `${best.client.toFixed(1)} ms`,
        `${best.relay.toFixed(1)} ms`,
      ])
    }
  report.table(
    ['entries, differences', 'round trips', 'sent', 'received', 'all ids would be', 'client, CPU', 'relay, CPU'],
    rows,
  )
}

function compareSets(size: number, differences: number): Compared {
  const all = Array.from({ length: size }, () => new Uint8Array(randomBytes(32))).sort(compare)
  const every = Math.floor(size / Math.max(1, differences))
  // Half of what differs is missing at either side.
  const isMissing = (i: number) => i % every === 7 && i < every * differences
  const lacks = (side: number) => all.filter((_, i) => !isMissing(i) || Math.floor(i / every) % 2 !== side)
  const [mine, theirs] = differences === 0 ? [all, all] : [lacks(0), lacks(1)]
  const nonce = new Uint8Array(randomBytes(32))
  const [client, relay] = [
    new Side(mine, fingerprintWith(sha512Half, nonce)),
    new Side(theirs, fingerprintWith(hash, nonce)),
  ]
  const ch = new Uint8Array(32)
  const sizeOf = (message: Parameters<typeof encodeMessage>[0]) => encodeMessage(message).length
  let [rounds, up, down] = [0, 0, 0]
  let asked = client.time(() => question(mine, client.fingerprint))
  while (asked.length > 0) {
    up += sizeOf({ t: 'ranges', ch, q: rounds, ranges: asked })
    const reply = relay.answer(asked)
    down += sizeOf({ t: 'ranges', ch, re: rounds, ranges: reply })
    rounds++
    asked = client.answer(reply)
  }
  return { rounds, up, down, client: client.cpu, relay: relay.cpu, found: client.found + relay.found }
}

class Side {
  cpu = 0
  found = 0

  constructor(
    private readonly ids: readonly Bytes[],
    readonly fingerprint: Fingerprint,
  ) {}

  time<T>(run: () => T): T {
    const { user, system } = process.cpuUsage()
    const value = run()
    const after = process.cpuUsage()
    this.cpu += (after.user + after.system - user - system) / 1_000
    return value
  }

  answer(asked: readonly Range[]): Range[] {
    const { ranges, want, give } = this.time(() => answer(this.ids, asked, this.fingerprint))
    this.found += want.length + give.length
    return ranges
  }
}
