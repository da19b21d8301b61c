// What a device holds back: how often it is tried, when it is left, what brings it back, and that nothing stays held which is nobody's
// loss any more (ingest.md, IN-16).
import { readFileSync } from 'node:fs'
import { next as A } from '@automerge/automerge/slim'
import { expect, test } from 'vitest'
import { DocumentId, EntryId } from '../../../src/base/ids.ts'
import { HeldBack, dueAt, isGivenUp } from '../../../src/engine/held-back.ts'
import { APP_VERSION } from '../../../src/engine/version.ts'
import { doctorRequests } from '../../../src/engine/requests-doctor.ts'
import { Requests } from '../../../src/engine/requests.ts'
import { MemoryStore } from '../../../src/storage/memory.ts'
import { circle, documentId, numberIn, together } from '../../support/circle.ts'
import { ScriptedScratch } from '../../support/scripted-scratch.ts'
import { ShiftedClock } from '../../support/shifted-clock.ts'

const ENTRY = EntryId.must(new Uint8Array(32).fill(1))
const DOCUMENT = DocumentId.must(new Uint8Array(16).fill(2))

test('the version that is asked for is the one of the package', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  expect(APP_VERSION).toBe(version)
})

test('IN-16: after five tries it is left for good, also at the next starts; another version tries once more', async () => {
  const store = new MemoryStore()
  const only = async (version: string) => {
    const held = await HeldBack.open(store, 'space', version)
    const [entry] = held.of(DOCUMENT)
    if (entry === undefined) throw new Error('not held')
    return { held, entry }
  }
  const first = await HeldBack.open(store, 'space', '1')
  for (let tries = 0; tries < 5; tries++) await first.hold(ENTRY, DOCUMENT, 'slow', tries)
  const { held, entry } = await only('1')
  expect(isGivenUp(entry)).toBe(true)
  expect(held.rests(ENTRY, Number.MAX_SAFE_INTEGER)).toBe(true)
  const next = await only('2')
  expect([isGivenUp(next.entry), dueAt(next.entry) < 7 * 86_400_000]).toEqual([false, true])
  // With all else it does not come: nobody waits for it.
  expect(next.held.rests(ENTRY, Number.MAX_SAFE_INTEGER)).toBe(true)
  await next.held.hold(ENTRY, DOCUMENT, 'slow', 9)
  expect(isGivenUp((await only('2')).entry)).toBe(true)
})

test('IN-16: what was left out for the sake of its device only, untried, is not counted as tried', async () => {
  const held = await HeldBack.open(new MemoryStore(), 'space')
  for (let times = 0; times < 9; times++) await held.hold(ENTRY, DOCUMENT, 'slow', times, false)
  expect(held.tries(ENTRY)).toBe(1)
})

/** Somebody whose phone held back another's latest change in this document. */
async function heldBack(clock: ShiftedClock) {
  const { people } = await circle(['Ceiba', 'Copal'], clock)
  const [ceiba, copal] = people as [(typeof people)[number], (typeof people)[number]]
  const document = documentId(1)
  await ceiba.space.documents.create(document, [(doc) => void (doc['n'] = 1)])
  await together(ceiba, copal)
  const scratch = new ScriptedScratch()
  copal.world.scratch = scratch
  await copal.reopen()
  await copal.space.documents.open(document)
  scratch.does = (request) => (request !== 'start' && request.entries.length > 0 ? 'die' : 'answer')
  await ceiba.space.documents.edit(document, (doc) => void (doc['n'] = 2))
  await together(ceiba)
  await copal.until(() => copal.space.documents.isHeldBack(document))
  return { ceiba, copal, document, scratch }
}

test(
  'IN-16: it costs a device no more workers for ever; the doctor has it tried again',
  { timeout: 120_000 },
  async () => {
    const clock = new ShiftedClock()
    const { ceiba, copal, document, scratch } = await heldBack(clock)
    const tried = () => scratch.asked.filter(({ entries }) => entries.length > 0).length
    for (let days = 0; days < 4; days++) {
      const before = tried()
      clock.forward(7 * 86_400_000)
      await copal.until(() => tried() > before)
      await copal.space.serial(() => Promise.resolve())
    }
    const entry = copal.space.log.contentOf(document).at(-1)
    const stored = async () => (await HeldBack.open(copal.workspace.store, copal.space.id)).of(document)
    await expect.poll(async () => (await stored()).map((one) => isGivenUp(one)), { timeout: 20_000 }).toEqual([true])
    const given = tried()
    clock.forward(70 * 86_400_000)
    await copal.reopen()
    await copal.space.documents.open(document)
    clock.forward(70 * 86_400_000)
    await together(ceiba, copal)
    expect([tried(), copal.space.documents.isHeldBack(document)]).toEqual([given, true])
    scratch.does = () => 'answer'
    await doctorRequests(new Requests(copal.keeper)).doctor(copal.space.id)
    await copal.until(() => copal.space.documents.peek(document)?.['n'] === 2)
    expect(copal.space.documents.isHeldBack(document)).toBe(false)
    expect(A.hasHeads(await copal.space.documents.read(document), [entry?.hash ?? ''])).toBe(true)
  },
)

test('IN-16: what is rejected for everybody meanwhile is held back no longer', { timeout: 120_000 }, async () => {
  const { copal, document } = await heldBack(new ShiftedClock())
  const entry = copal.space.log.contentOf(document).at(-1)
  if (entry === undefined) throw new Error('no entry')
  await copal.space.log.settle([{ id: entry.id, state: 'rejected', reason: 'deps' }])
  expect(copal.space.documents.isHeldBack(document)).toBe(false)
  expect(await numberIn(copal, document)).toBe(1)
  await copal.space.documents.arrived(document)
  expect((await HeldBack.open(copal.workspace.store, copal.space.id)).of(document)).toEqual([])
})
