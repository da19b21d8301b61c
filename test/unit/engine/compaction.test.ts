// Compaction between members: a snapshot and a tail instead of a long history, for who is in and for who comes; and what hostile
// snapshots and pointers do not do. Rules EN-17, EN-19, CH-27 to CH-31, JO-17.
import { next as A } from '@automerge/automerge/slim'
import { afterEach, describe, expect, test } from 'vitest'
import { DocumentId } from '../../../src/base/ids.ts'
import { startRelay } from '../../../sync-server/relay.ts'
import { Insider } from '../../support/insider.ts'
import { temporaryFolder } from '../../support/relay-fixture.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end().catch(() => undefined)
})

const plan = DocumentId.must(new Uint8Array(16).fill(5))

async function start() {
  const relay = await startRelay({ data: temporaryFolder(), port: 0, host: '127.0.0.1' })
  ends.push(() => relay.close())
  const ceiba = await person('Ceiba')
  await ceiba.workspace.found('Red', [`http://127.0.0.1:${String(relay.port)}`])
  return { relay, ceiba }
}

async function person(name: string) {
  const made = await Insider.named(name)
  ends.push(() => made.keeper.lock())
  return made
}

/** Two members, and a plan with so many changes by each. */
async function pair(changes: number) {
  const { relay, ceiba } = await start()
  const copal = await person('Copal')
  await ceiba.admit(copal)
  await ceiba.space.serial(() => ceiba.space.documents.create(plan, [(doc) => void (doc['title'] = 'Plan')]))
  await together(ceiba, copal)
  for (const one of [ceiba, copal]) await edits(one, changes)
  await together(ceiba, copal)
  return { relay, ceiba, copal }
}

const edits = (one: Insider, count: number) =>
  one.space.serial(async () => {
    for (let n = 0; n < count; n++)
      await one.space.documents.edit(plan, (doc) => void (doc[`${one.workspace.person.alias} ${String(n % 7)}`] = n))
  })

async function together(...all: readonly Insider[]) {
  for (let round = 0; round < 2; round++) for (const one of all) await one.workspace.sync(10_000)
}

const compact = (one: Insider) => one.space.serial(() => one.space.compaction.run())
const read = async (one: Insider) => one.space.serial(async () => A.toJS(await one.space.documents.read(plan)))
const heads = async (one: Insider) => {
  await one.space.serial(() => one.space.documents.open(plan))
  return [...one.space.documents.heads(plan)].sort()
}
const heldContent = (one: Insider) => one.space.log.contentOf(plan).filter(({ dropped }) => dropped !== true).length
const generation = (one: Insider) => one.space.snapshots.reached(one.space.current()!.epoch)

describe('compaction', () => {
  test(
    'EN-19 CH-27 CH-28 leaves everybody with the same document, the same authors, and few entries',
    { timeout: 60_000 },
    async () => {
      const { ceiba, copal } = await pair(120)
      const before = await heads(ceiba)
      expect(await compact(ceiba)).toBe(true)
      await together(ceiba, copal)
      for (const one of [ceiba, copal]) {
        await one.until(() => heldContent(one) === 0)
        expect(generation(one)).toBe(1)
        expect(await heads(one)).toEqual(before)
      }
      // Both go on, each at the end of her own chain, and the guard lets it in.
      await edits(copal, 3)
      await edits(ceiba, 3)
      await together(copal, ceiba)
      expect(await heads(ceiba)).toEqual(await heads(copal))
      expect(await read(ceiba)).toMatchObject({ title: 'Plan', 'Copal 2': 2 })
      expect(ceiba.space.log.inState('rejected')).toEqual([])
      expect(heldContent(ceiba)).toBe(6)
      // And again after a night.
      await ceiba.reopen()
      expect([generation(ceiba), await heads(ceiba)]).toEqual([1, await heads(copal)])
      expect(await compact(copal)).toBe(false)
    },
  )

  test(
    'JO-17 CH-30 who comes later gets the snapshot and the tail, and not the history',
    { timeout: 60_000 },
    async () => {
      const { ceiba, copal } = await pair(120)
      await compact(ceiba)
      await together(ceiba, copal)
      await edits(copal, 4)
      await together(copal, ceiba)
      const nance = await person('Nance')
      await ceiba.admit(nance)
      await together(nance, ceiba)
      expect(await heads(nance)).toEqual(await heads(ceiba))
      expect(nance.space.log.contentOf(plan).length).toBe(4)
      await edits(nance, 2)
      await together(nance, ceiba, copal)
      expect(await heads(copal)).toEqual(await heads(nance))
      expect(await read(copal)).toMatchObject({ 'Nance 1': 1 })
      await nance.reopen()
      await together(nance)
      expect(await heads(nance)).toEqual(await heads(copal))
      expect(nance.space.log.contentOf(plan).length).toBe(6)
    },
  )
})
