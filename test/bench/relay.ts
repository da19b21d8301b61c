// What the relay costs beside the least that could do its work: a bare broadcaster with the same durability (broadcaster.ts),
// in alternating rounds of one run on one machine. Processor time is that of the server's process alone. Reports ratios.
import { channelKey } from '../support/relay-client.ts'
import { Crowd, type Party, party } from './relay-load.ts'
import { bytes, type Findings, number, quantile } from './report.ts'
import { type Kind, Served } from './served.ts'

const CHANNELS = 8
const ROUNDS = 3
/** Deliveries of one round. */
const DELIVERIES = 16_000
const IDLE = 1_000

interface Round {
  /** Deliveries for one second of the server's processor time, and of the clock. */
  readonly perCpu: number
  readonly perSecond: number
  /** ms, median and 95 of 100. */
  readonly middle: number
  readonly late: number
}

const SIZES = [140, 700]
const FANS = [10, 50]
/** Updates of one writer under way: one at a time as people type, or as many as there is room for. */
const AHEAD = [1, 32]

export async function relay(report: Findings, options: { readonly profile?: string } = {}): Promise<void> {
  const servers = {
    relay: await Served.start('relay', options.profile),
    broadcaster: await Served.start('broadcaster'),
  }
  report.say(
    `${CHANNELS} channels, one writer in each; median of ${ROUNDS} rounds of about ${number(DELIVERIES)} deliveries each, relay and ` +
      'broadcaster in turn. Deliveries for one second of the processor time of the server.',
  )
  const rows: string[][] = []
  for (const size of SIZES)
    for (const fan of FANS)
      for (const ahead of AHEAD) {
        const measured = await compare(servers, size, fan, ahead)
        const value = (kind: Kind, of: keyof Round) =>
          quantile(
            measured[kind].map((round) => round[of]),
            0.5,
          )
        const ratios = measured.relay.map(({ perCpu }, i) => perCpu / (measured.broadcaster[i]?.perCpu ?? NaN))
        const share = (of: keyof Round) => (value('relay', of) / value('broadcaster', of)).toFixed(2)
        rows.push([
          `${size} B, ${fan} readers, ${ahead} under way`,
          number(value('relay', 'perCpu')),
          number(value('broadcaster', 'perCpu')),
          `${quantile(ratios, 0.5).toFixed(2)} (${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)})`,
          share('perSecond'),
          share('middle'),
          share('late'),
        ])
      }
  report.table(
    [
      '',
      'relay, per CPU second',
      'broadcaster',
      'ratio (of rounds)',
      'ratio per second of the clock',
      'latency, median, ratio',
      '95 of 100, ratio',
    ],
    rows,
  )
  await servers.relay.end()
  await servers.broadcaster.end()
  await idle(report)
}

async function compare(
  servers: Readonly<Record<Kind, Served>>,
  size: number,
  fan: number,
  ahead: number,
): Promise<Record<Kind, Round[]>> {
  const crowds = {
    relay: await Crowd.gather(servers.relay, CHANNELS, fan),
    broadcaster: await Crowd.gather(servers.broadcaster, CHANNELS, fan),
  }
  const updates = Math.ceil(DELIVERIES / (CHANNELS * fan))
  const rounds: Record<Kind, Round[]> = { relay: [], broadcaster: [] }
  for (let round = -1; round < ROUNDS; round++) {
    for (const kind of ['relay', 'broadcaster'] as const) {
      const before = (await servers[kind].used()).cpu
      const start = performance.now()
      const { delivered, latencies } = await crowds[kind].run(updates, size, ahead)
      const seconds = (performance.now() - start) / 1_000
      const cpu = (await servers[kind].used()).cpu - before
      // The first warms up.
      if (round < 0) continue
      rounds[kind].push({
        perCpu: delivered / cpu,
        perSecond: delivered / seconds,
        middle: quantile(latencies, 0.5),
        late: quantile(latencies, 0.95),
      })
    }
  }
  crowds.relay.end()
  crowds.broadcaster.end()
  return rounds
}

/** Memory of connections that are open and say nothing. */
async function idle(report: Findings): Promise<void> {
  const rows: string[][] = []
  for (const kind of ['broadcaster', 'relay'] as const) {
    const server = await Served.start(kind)
    const keys = Array.from({ length: 50 }, channelKey)
    const nothing = { delivered: () => undefined, acknowledged: () => undefined }
    const join = (i: number): Promise<Party> => party(server, keys[i % keys.length] ?? channelKey(), nothing)
    const some = await Promise.all(Array.from({ length: 50 }, (_, i) => join(i)))
    const before = (await server.used(true)).memory
    const parties: Party[] = []
    for (let i = 0; i < IDLE; i += 50)
      parties.push(...(await Promise.all(Array.from({ length: 50 }, (_, j) => join(i + j)))))
    const after = (await server.used(true)).memory
    rows.push([kind, bytes((after - before) / IDLE), bytes(after)])
    for (const each of [...some, ...parties]) each.end()
    await server.end()
  }
  report.table([`${number(IDLE)} idle connections in 50 channels`, 'for each', 'the whole process'], rows)
}
