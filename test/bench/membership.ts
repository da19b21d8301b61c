// How long membership takes for spaces of 10 to 3,000 devices: from bytes, from scratch, and for one more operation of each
// kind on a graph that already has a conflict, a flagged device and something that waits. Never passes or fails by time.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  decodeOperation,
  MembershipGraph,
  type VerifiedOperation,
  verifyOperation,
} from '../../src/membership/index.ts'
import { realCrypto, type View } from '../support/membership-story.ts'
import { life } from './membership-life.ts'
import { bytes, type Findings, number } from './report.ts'

const SIZES = [10, 100, 1_000, 3_000]

const fine = (value: number): string => `${value < 10 ? value.toFixed(3) : value.toFixed(1)} ms`

/** Bytes in use once what nobody holds is gone. */
function heap(): number {
  setFlagsFromString('--expose_gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

/** Processor time, which others' work on the machine does not stretch; ms. */
function worked(run: () => void): number {
  const start = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1_000
}

function timed(run: () => void): number {
  const start = performance.now()
  run()
  return performance.now() - start
}

/** Operations that arrive one after the other; the time of the last one is measured. */
type Arrival = (view: View, n: number) => Promise<VerifiedOperation[]>

/** Written in a view that then forgets it: what arrives from elsewhere. */
async function elsewhere(view: View, write: (away: View) => Promise<unknown>): Promise<VerifiedOperation[]> {
  const { graph } = view
  const away = view.fork()
  const known = graph.size
  await write(away)
  return [...away.graph.operations().slice(known)]
}

/** Ends what an earlier measurement left open between ana and bea. */
async function atPeace(view: View): Promise<void> {
  for (const { of, why } of view.state().pending) {
    const suspension = view.graph.get(of)
    if (why === 'suspension' && suspension !== undefined) await view.cosign('cleo', suspension)
  }
  if (view.device('bea')?.status === 'suspended') await view.resume('cleo', 'bea')
}

const CASES: Readonly<Record<string, Arrival>> = {
  admit: (view, n) => elsewhere(view, (away) => away.admit('ana', `new ${n}`)),
  'add-device': (view, n) => elsewhere(view, (away) => away.addDevice('m2', `phone ${n}`)),
  'rotate-device': (view) => elsewhere(view, (away) => away.rotate('bea')),
  remove: (view, n) =>
    elsewhere(view, (away) => away.admit('ana', `out ${n}`).then(() => away.remove('bea', `out ${n}`))),
  suspend: (view, n) =>
    elsewhere(view, (away) => away.admit('ana', `lost ${n}`).then(() => away.suspend('bea', `lost ${n}`))),
  resume: (view, n) => elsewhere(view, (away) => away.resume('ana', `lost ${n}`)),
  'set-role': (view, n) => elsewhere(view, (away) => away.role('ana', `new ${n}`, 'reader')),
  merge: (view) => elsewhere(view, (away) => away.write('bea', { op: 'merge' })),
  'suspend a coordinator': async (view) => {
    await atPeace(view)
    return elsewhere(view, (away) => away.suspend('ana', 'bea'))
  },
  'cosign of a suspension': async (view) => {
    await atPeace(view)
    const suspension = await view.suspend('ana', 'bea')
    return elsewhere(view, (away) => away.cosign('cleo', suspension))
  },
  'written by her whom somebody just removed': async (view, n) => {
    await atPeace(view)
    view.graph.add(await elsewhere(view, (away) => away.admit('ana', `gone ${n}`)))
    const late = await elsewhere(view, (away) => away.rotate(`gone ${n}`))
    view.graph.add(await elsewhere(view, (away) => away.remove('ana', `gone ${n}`)))
    return late
  },
  'one invitation used twice': async (view, n) => {
    const invitation = view.story.crypto.signKeys()
    const late = await elsewhere(view, (away) => away.admit('ana', `first ${n}`, 'editor', invitation))
    view.graph.add(await elsewhere(view, (away) => away.admit('bea', `second ${n}`, 'editor', invitation)))
    return late
  },
  'two bodies for one position': async (view, n) => {
    const late = await elsewhere(view, (away) => away.rotate(`new ${n}`))
    view.graph.add(await elsewhere(view, (away) => away.rotate(`new ${n}`)))
    return late
  },
  'two coordinators remove each other’s people at once': async (view, n) => {
    const late = await elsewhere(view, (away) => away.remove('ana', `second ${n}`))
    view.graph.add(await elsewhere(view, (away) => away.remove('ana', `new ${n}`)))
    return late
  },
}

/** The least that the last of each batch takes: what it needs when nobody else has the core. */
async function oneMore(view: View, arrive: Arrival): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < 5; n++) {
    const batch = await arrive(view, n)
    view.graph.add(batch.slice(0, -1))
    const last = batch.slice(-1)
    times.push(timed(() => void view.graph.add(last)))
  }
  return Math.min(...times)
}

async function verifying(view: View): Promise<number> {
  const { crypto } = view.story
  const records = view.graph.records()
  const start = process.cpuUsage()
  for (const record of records) {
    const decoded = decodeOperation(crypto, record)
    if (!decoded.ok || (await verifyOperation(crypto, decoded.value)) === null)
      throw new Error('a life that does not verify')
  }
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1_000
}

function loaded(view: View): { graph: MembershipGraph; time: number; memory: number } {
  const operations = view.graph.operations()
  const before = heap()
  const graph = MembershipGraph.create(view.graph.space)
  const time = worked(() => void graph.add(operations))
  return { graph, time, memory: heap() - before }
}

export async function membership(report: Findings): Promise<void> {
  const whole: string[][] = []
  const single = new Map(Object.keys(CASES).map((name) => [name, [name]]))
  for (const size of SIZES) {
    const view = await life(size, realCrypto(`bench ${size}`))
    const { size: operations } = view.graph
    const wire = view.graph.records().reduce((sum, { body, signature }) => sum + body.length + signature.length, 0)
    const verified = await verifying(view)
    loaded(view)
    const { graph, time, memory } = loaded(view)
    const afresh = worked(() => void graph.resolveAfresh())
    whole.push([
      number(size),
      number(operations),
      bytes(wire),
      fine(verified),
      fine(time),
      fine(time / operations),
      bytes(memory),
      bytes(memory / operations),
      fine(afresh),
    ])
    for (const [name, arrive] of Object.entries(CASES)) single.get(name)?.push(fine(await oneMore(view, arrive)))
  }
  const head = ['devices', 'operations', 'bytes', 'decode and verify', 'resolve', 'each', 'memory', 'each']
  report.say(
    'From bytes and from scratch, in processor time (all cores). The reference is plain on purpose and used in checks only.',
  )
  report.table([...head, 'reference'], whole)
  report.say(
    'One more operation on that graph, which has a flagged device and a promotion that waits, and gathers conflicts on the way: the least of five.',
  )
  report.table(['one more operation', ...SIZES.map((size) => `${number(size)} devices`)], [...single.values()])
}
