// Real scratch threads of Node: one that works as bundled, one that hangs and is killed, one that is no program at all; rules IN-13 to
// IN-15.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { next as A } from '@automerge/automerge/slim'
import { expect, test } from 'vitest'
import { bundled } from '../../../src/bundle.mjs'
import type { Clock } from '../../../src/base/environment.ts'
import type { ActorId, DocumentId, EntryId, DeviceId, ChangeHash } from '../../../src/base/ids.ts'
import { systemClock } from '../../../src/engine/node.ts'
import { checkedBy } from '../../../src/engine/saves.ts'
import { scratchThreads } from '../../../src/engine/scratch-node.ts'
import { type AnyDoc, DocumentTrials, Trials } from '../../../src/engine/trials.ts'
import { Watchdog } from '../../../src/ingest/watchdog.ts'
import { temporaryFolder } from '../../support/relay-fixture.ts'

/** Ten times as fast. */
const hasty: Clock = { now: () => systemClock.now(), after: (delay, run) => systemClock.after(delay / 10, run) }

function document(file: string, clock: Clock) {
  let doc = A.change(A.init<AnyDoc>(), (draft) => void (draft['n'] = 0))
  const trials = new Trials(scratchThreads(file), clock)
  const tried = new DocumentTrials(trials, {
    name: 'd' as DocumentId,
    doc: () => doc,
    apply: (changes) => void (doc = A.applyChanges(doc, [...changes])[0]),
  })
  const next = (n: number) => {
    const change = A.getLastLocalChange(A.change(A.clone(doc), (draft) => void (draft['n'] = n)))!
    const { hash, deps } = A.decodeChange(change)
    const outside = deps as ChangeHash[]
    const id = `entry ${String(n)}` as EntryId
    return { id, device: 'd' as DeviceId, changes: [change], operations: 1, hashes: [hash as ChangeHash], outside }
  }
  return { trials, tried, next, value: () => doc['n'] }
}

test('IN-13: a thread as it is bundled tries changes', { timeout: 120_000 }, async () => {
  const { trials, tried, next, value } = document(await bundled('src/engine/scratch-thread.ts', 'scratch'), systemClock)
  for (const n of [1, 2, 3]) expect(await tried.run([next(n)])).toEqual([])
  expect([value(), trials.watched]).toEqual([3, true])
  trials.end()
})

test('IN-14: a thread that never ends is killed', { timeout: 120_000 }, async () => {
  const file = join(temporaryFolder(), 'hangs.mjs')
  writeFileSync(
    file,
    `import { parentPort } from 'node:worker_threads'
    parentPort.postMessage({ ready: true })
    parentPort.on('message', ({ id, entries }) => {
      if (entries.length > 0) for (;;);
      parentPort.postMessage({ answer: { id, verdict: 'sound', at: null, heads: [], applyTook: 0, checkTook: 0 } })
    })`,
  )
  const { trials, tried, next, value } = document(file, hasty)
  expect(await tried.run([next(1)])).toEqual([{ id: 'entry 1', fault: 'slow' }])
  expect(value()).toBe(0)
  trials.end()
})

test('IN-15: a thread that cannot start is done without', { timeout: 120_000 }, async () => {
  const file = join(temporaryFolder(), 'broken.mjs')
  writeFileSync(file, 'import "./nothing.mjs"')
  const { trials, tried, next, value } = document(file, systemClock)
  expect(await tried.run([next(1)])).toEqual([])
  expect([value(), trials.watched]).toEqual([1, false])
  trials.end()
})

test('IN-20 IN-21: a thread as it is bundled judges a save, and stays for the next', { timeout: 120_000 }, async () => {
  const dog = new Watchdog(scratchThreads(await bundled('src/engine/scratch-thread.ts', 'scratch'))!, systemClock)
  dog.prepare()
  const doc = A.from({ n: 1 }, { actor: '05'.repeat(16) })
  const [head] = A.getHeads(doc) as ChangeHash[]
  const signed = [{ actor: A.getActorId(doc) as ActorId, last: 1, hash: head! }]
  const claim = { heads: [head!], signed, former: [], covered: [], perhaps: [] }
  const check = checkedBy(dog)
  expect(await check(A.save(doc), claim)).toMatchObject({ ok: true, value: { changes: 1, lacks: [] } })
  expect(await check(A.save(doc), { ...claim, signed: [] })).toMatchObject({ error: { type: 'NotSigned' } })
  expect(await check(new Uint8Array(300), claim)).toMatchObject({ error: { type: 'BadSave' } })
  expect(await check(A.save(doc), claim)).toMatchObject({ ok: true })
  dog.end()
})
