// Which of what comes from afar goes into a document and what is held back on this device, with workers that hang, die or are not
// there; rules IN-13 to IN-16.
import { next as A } from '@automerge/automerge/slim'
import { describe, expect, test } from 'vitest'
import type { ChangeHash, DeviceId, DocumentId, EntryId } from '../../../src/base/ids.ts'
import { type AnyDoc, type Arrival, DocumentTrials, Trials } from '../../../src/engine/trials.ts'
import type { TrialRequest } from '../../../src/ingest/scratch.ts'
import { type Does, ScriptedScratch, StillClock, whileTimePasses } from '../../support/scripted-scratch.ts'

const actorOf = (n: number) => n.toString(16).padStart(2, '0').repeat(16)

/** So many arrivals, each by an actor and device of its own, each independent of the others but where `on` says. */
function arrivals(base: A.Doc<AnyDoc>, count: number, on: Readonly<Record<number, number>> = {}): Arrival[] {
  const docs: A.Doc<AnyDoc>[] = []
  return Array.from({ length: count }, (_, n) => {
    const from = docs[on[n] ?? -1] ?? base
    const doc = A.change(A.clone(from, { actor: actorOf(n + 1) }), (draft) => void (draft[`n${String(n)}`] = n))
    docs.push(doc)
    const change = A.getLastLocalChange(doc)!
    const { hash, deps } = A.decodeChange(change)
    return {
      id: `entry ${String(n)}` as EntryId,
      device: `device ${String(n)}` as DeviceId,
      changes: [change],
      operations: 1,
      hashes: [hash as ChangeHash],
      outside: deps as ChangeHash[],
    }
  })
}

function world(bad: (request: TrialRequest, change: Uint8Array) => Does | null) {
  const clock = new StillClock()
  const scratch = new ScriptedScratch()
  const verdict = (request: TrialRequest, changes: readonly Uint8Array[]): Does =>
    changes.map((change) => bad(request, change)).find((does) => does !== null) ?? 'answer'
  scratch.does = (request) => (request === 'start' ? 'answer' : verdict(request, request.entries.flat()))
  scratch.at = (request, at) => verdict(request, request.entries[at] ?? [])
  let doc = A.change(A.init<AnyDoc>({ actor: actorOf(255) }), (draft) => void (draft['here'] = Array(100).fill(1)))
  const base = A.clone(doc)
  const trials = new Trials(scratch, clock)
  const document = new DocumentTrials(trials, {
    name: 'd' as DocumentId,
    doc: () => doc,
    apply: (changes) => void (doc = A.applyChanges(doc, [...changes])[0]),
  })
  const inIt = () =>
    Object.keys(doc)
      .filter((key) => key !== 'here')
      .map((key) => Number(key.slice(1)))
      .sort((a, b) => a - b)
  return {
    clock,
    scratch,
    trials,
    document,
    base,
    inIt,
    run: (list: Arrival[]) => whileTimePasses(clock, document.run(list)),
  }
}

describe('what comes from afar', () => {
  test('IN-13: goes in at once where all of it is sound, and the worker gets the document once', async () => {
    const { document, scratch, base, inIt } = world(() => null)
    const list = arrivals(base, 6)
    expect(await document.run(list.slice(0, 3))).toEqual([])
    expect(await document.run(list.slice(3))).toEqual([])
    expect(inIt()).toEqual([0, 1, 2, 3, 4, 5])
    expect(scratch.asked.map(({ base: saved }) => saved !== null)).toEqual([true, false])
  })

  test.each(['hang', 'die'] as const)(
    'IN-16: of a hundred entries the one that makes the worker %s is held back, and what needs it waits; the rest goes in',
    async (how) => {
      const list: Arrival[] = []
      const made = world((_, change) => (change === list[40]?.changes[0] ? how : null))
      list.push(...arrivals(made.base, 100, { 50: 40, 60: 50 }))
      const held = await made.run(list)
      expect(held).toEqual([{ id: 'entry 40', fault: how === 'hang' ? 'slow' : 'died' }])
      const missing = Array.from({ length: 100 }, (_, n) => n).filter((n) => !made.inIt().includes(n))
      expect(missing).toEqual([40, 50, 60])
      // Found step by step, not by halving again and again: each time a worker is lost.
      expect(made.scratch.ended).toBeLessThanOrEqual(4)
    },
  )

  test('IN-16: who cost a worker is tried after all others, and after three not again', async () => {
    const list: Arrival[] = []
    const made = world((_, change) => (list.slice(0, 5).some((one) => one.changes[0] === change) ? 'hang' : null))
    list.push(...arrivals(made.base, 8).map((one, n) => (n < 5 ? { ...one, device: 'thief' as DeviceId } : one)))
    await made.run(list.slice(0, 1))
    const lost = made.scratch.ended
    const held = await made.run(list.slice(1))
    expect(held.map(({ id }) => id)).toEqual(['entry 1', 'entry 2', 'entry 3', 'entry 4'])
    expect(made.inIt()).toEqual([5, 6, 7])
    expect(made.trials.strikes('thief' as DeviceId)).toBe(3)
    expect(made.scratch.ended - lost).toBeLessThanOrEqual(4)
  })

  test('IN-13: a change whose document would not load again is found and kept out', async () => {
    const made = world(() => null)
    const list = arrivals(made.base, 9)
    const honest = A.change(
      A.clone(made.base, { actor: actorOf(99) }),
      (draft) => void Object.assign(draft, { here: 1, z: 2 }),
    )
    const decoded = A.decodeChange(A.getLastLocalChange(honest)!)
    const forged = A.encodeChange({ ...decoded, startOp: 1, hash: undefined })
    const hash = A.decodeChange(forged).hash as ChangeHash
    list.splice(4, 0, { ...list[0]!, id: 'forged' as EntryId, changes: [forged], hashes: [hash] })
    const held = await made.run(list)
    expect(held).toEqual([{ id: 'forged', fault: 'unloadable' }])
    expect(made.inIt()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect(made.trials.strikes(list[0]!.device)).toBe(0)
  })

  test('IN-15: a document too large for any worker here stays usable: nobody is blamed', async () => {
    // The worker hangs whatever it is given, the document alone included.
    const made = world(() => null)
    made.scratch.does = (request) => (request === 'start' ? 'answer' : 'hang')
    made.scratch.at = () => 'hang'
    expect(await made.run(arrivals(made.base, 2))).toEqual([])
    expect(made.inIt()).toEqual([0, 1])
  })

  test('IN-16: what was too slow once goes in when it is tried again with patience', async () => {
    const made = world(({ stepwise, entries }) =>
      made.clock.now() < 60_000 || stepwise || entries.length > 1 ? 'hang' : null,
    )
    const [one] = arrivals(made.base, 1)
    const base = made.scratch.does
    made.scratch.does = (request) => (request !== 'start' && request.entries.length === 0 ? 'answer' : base(request))
    expect(await made.run([one!])).toMatchObject([{ fault: 'slow' }])
    made.clock.sleep(60_000)
    expect(await whileTimePasses(made.clock, made.document.retry(one!))).toBe('sound')
    expect(made.inIt()).toEqual([0])
  })

  test('IN-13: of a document whose checks take long only some are made, all of a device that is new to it', async () => {
    const made = world(() => null)
    // Each check takes a second.
    const start = made.scratch.start.bind(made.scratch)
    made.scratch.start = (on) =>
      start({
        ...on,
        ready: () => on.ready(),
        next: (id, at) => on.next(id, at),
        died: () => on.died(),
        answer: (answer) => on.answer({ ...answer, checkTook: made.scratch.asked.at(-1)?.check === true ? 1_000 : 0 }),
      })
    const list = arrivals(made.base, 4).map((one, n) => ({ ...one, device: `device ${String(n % 2)}` as DeviceId }))
    for (const one of list) await made.document.run([one])
    expect(made.scratch.asked.map(({ check }) => check)).toEqual([true, true, false, false])
    expect(made.document.owed).toBe(10_000)
    expect(await made.document.settleChecks()).toEqual([])
    expect(made.document.owed).toBe(null)
  })
})
