// Compaction between members: a snapshot and a tail instead of a long history, for who is in and for who comes; and what hostile
// snapshots and pointers do not do. Rules EN-17, EN-19, CH-40 to CH-43, JO-32.
import { next as A } from '@automerge/automerge/slim'
import { afterEach, describe, expect, test } from 'vitest'
import { ChangeHash, DocumentId, type EntryId } from '../../../src/base/ids.ts'
import { fromHex } from '../../../src/base/bytes.ts'
import { unwrap } from '../../../src/base/result.ts'
import { examine } from '../../../src/engine/doctor.ts'
import { cutoffsOf } from '../../../src/engine/governance.ts'
import type { Generation } from '../../../src/engine/generations.ts'
import { packSnapshot, type SignedHeader, type SnapshotContent } from '../../../src/log/snapshot.ts'
import { startRelay } from '../../../sync-server/relay.ts'
import { Insider } from '../../support/insider.ts'
import { PASSPHRASE } from '../../support/members.ts'
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

/** As soon as a relay is in step. False: nothing is due. */
async function compact(one: Insider, many?: number): Promise<boolean> {
  const { space } = one
  while (space.compaction.waits) await one.workspace.sync(2_000)
  return space.serial(() => space.compaction.run(many))
}
const read = async (one: Insider) => one.space.serial(async () => A.toJS(await one.space.documents.read(plan)))
const heads = async (one: Insider) => {
  await one.space.serial(() => one.space.documents.open(plan))
  return [...one.space.documents.heads(plan)].sort()
}
const heldContent = (one: Insider) => one.space.log.contentOf(plan).filter(({ dropped }) => dropped !== true).length
const generation = (one: Insider) => one.space.snapshots.reached(one.space.current()!.epoch)

describe('compaction', () => {
  test(
    'EN-19 CH-40 CH-41 leaves everybody with the same document, the same authors, and few entries',
    { timeout: 60_000 },
    async () => {
      const { ceiba, copal } = await pair(25)
      const before = await heads(ceiba)
      expect(await compact(ceiba, 20)).toBe(true)
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
    'JO-32 CH-43 who comes later gets the snapshot and the tail, and not the history',
    { timeout: 60_000 },
    async () => {
      const { ceiba, copal } = await pair(25)
      expect(await compact(ceiba, 20)).toBe(true)
      await together(ceiba, copal)
      await edits(copal, 4)
      await together(copal, ceiba)
      const nance = await person('Nance')
      await ceiba.admit(nance)
      await together(nance, ceiba)
      expect(await heads(nance)).toEqual(await heads(ceiba))
      expect(nance.space.misses()).toBe(false)
      for (const one of [nance, ceiba]) expect((await examine(one.space)).findings).toEqual([])
      expect([nance.space.snapshots.history, generation(nance)]).toEqual([false, 1])
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

/** What an honest device would put into a snapshot of the plan where every actor has a header of its own. */
async function contentOf(one: Insider): Promise<SnapshotContent<SignedHeader>> {
  const doc = await one.space.documents.read(plan)
  const tips = new Set(one.space.log.contentOf(plan).map(({ actor, last }) => `${actor ?? ''} ${String(last)}`))
  const entries = await one.space.log.load(one.space.log.contentOf(plan).map(({ id }) => id))
  const last = new Map(entries.map((entry) => [entry.header.actor as string, entry]))
  expect(tips.size).toBeGreaterThan(0)
  const headers = [...last.values()].sort((a, b) => (a.headerId < b.headerId ? -1 : 1))
  const heads = A.getHeads(doc).map((head) => ChangeHash.must(fromHex(head)!))
  return { heads: heads.sort(), headers, former: [], save: A.save(doc) }
}

/** Signs a snapshot and the statement that it opens a generation, and hands both to others; `over`: what it says instead. */
async function state(
  one: Insider,
  content: SnapshotContent<SignedHeader>,
  to: readonly Insider[],
  over: Partial<Generation> = {},
): Promise<readonly EntryId[]> {
  const { space } = one
  const outers = await space.serial(async () => {
    const now = space.current()!
    const snapshots: EntryId[] = []
    for (const payload of packSnapshot(space.crypto, content)!)
      snapshots.push((await space.publishing.snapshot(now, plan, payload)).id)
    const number = space.snapshots.reached(now.epoch) + 1
    const entry = await space.publishing.witness(now, new Map(), { epoch: now.epoch, number, snapshots, ...over })
    return space.log.outers([...snapshots, entry.id])
  })
  for (const other of to) await other.space.receive([...outers.values()])
  return [...outers.keys()]
}

const states = (one: Insider, ids: readonly EntryId[]) => ids.map((id) => one.space.log.get(id)?.state)

/** Copal's phone in other hands: a plan that says what nobody wrote. */
async function poisoned(copal: Insider): Promise<SnapshotContent<SignedHeader>> {
  const content = await contentOf(copal)
  const forged = A.change(A.load<Record<string, unknown>>(content.save), (doc) => void (doc['title'] = 'Otro plan'))
  return { ...content, save: A.save(forged), heads: A.getHeads(forged).map((head) => ChangeHash.must(fromHex(head)!)) }
}

describe('hostile snapshots and pointers', () => {
  test(
    'EN-16 EN-17 a snapshot that says what nobody signed is rejected, named and not followed',
    { timeout: 60_000 },
    async () => {
      const { ceiba, copal } = await pair(6)
      const before = await heads(ceiba)
      const good = await contentOf(copal)
      const bad = [
        await poisoned(copal),
        { ...good, save: new Uint8Array(3_000).fill(9) },
        { ...good, heads: [ChangeHash.must(new Uint8Array(32).fill(1))] },
        { ...good, headers: good.headers.slice(1) },
      ]
      for (const content of bad) {
        const [snapshot = '' as EntryId] = await state(copal, content, [ceiba])
        const meta = ceiba.space.log.get(snapshot)
        expect([meta?.state, meta?.reason?.slice(0, 9), meta?.device]).toEqual([
          'rejected',
          'snapshot:',
          copal.space.device,
        ])
      }
      expect([generation(ceiba), await heads(ceiba), heldContent(ceiba)]).toEqual([0, before, 13])
      expect(await read(ceiba)).toMatchObject({ title: 'Plan' })
      // The true one still counts after them.
      await state(copal, good, [ceiba])
      expect([generation(ceiba), await heads(ceiba)]).toEqual([1, before])
    },
  )

  test(
    'EN-17 a snapshot that leaves out what it covers is refused by whoever holds that',
    { timeout: 60_000 },
    async () => {
      const { ceiba, copal } = await pair(6)
      const all = await contentOf(copal)
      const doc = A.load<Record<string, unknown>>(all.save)
      const mine = all.headers.map((header) => header as unknown as { header: { hash: string; device: string } })
      // Only Copal's own past, with Ceiba's last header all the same.
      const own = mine.find(({ header }) => header.device === copal.space.device)!.header.hash
      const less = A.view(doc, [own])
      const changes = A.getChanges(A.init(), A.clone(less))
      const [partial] = A.applyChanges(A.init<Record<string, unknown>>(), changes)
      const heads = A.getHeads(partial).map((head) => ChangeHash.must(fromHex(head)!))
      const [snapshot = '' as EntryId] = await state(copal, { ...all, heads, save: A.save(partial) }, [ceiba])
      expect(ceiba.space.log.get(snapshot)?.state).toBe('rejected')
      expect(generation(ceiba)).toBe(0)
    },
  )

  test(
    'CH-42 a pointer by who may not write, or far ahead, or that brings little, moves nobody',
    { timeout: 60_000 },
    async () => {
      const { ceiba, copal } = await pair(6)
      const content = await contentOf(copal)
      const { epoch } = ceiba.space.current()!
      await state(copal, content, [ceiba], { number: 2 })
      await state(copal, content, [ceiba], { number: 2_000_000_000 })
      await state(copal, content, [ceiba], { epoch: `${epoch.slice(2)}00` as typeof epoch })
      expect(generation(ceiba)).toBe(0)
      const first = await state(copal, content, [ceiba])
      expect([generation(ceiba), states(ceiba, first)[0]]).toEqual([1, 'accepted'])
      await state(copal, content, [ceiba], { number: 2 })
      expect(generation(ceiba)).toBe(1)
      await ceiba.space.serial(() =>
        ceiba.space.operate({
          op: 'set-role',
          member: copal.space.me,
          role: 'reader',
          cutoffs: cutoffsOf(ceiba.space.graph, copal.space.me, ceiba.space.device),
        }),
      )
      await edits(ceiba, 60)
      const more = await contentOf(ceiba).catch(() => content)
      await state(copal, more, [ceiba], { number: 2 })
      expect(generation(ceiba)).toBe(1)
      expect(unwrap({ ok: true, value: await read(ceiba) })).toMatchObject({ title: 'Plan' })
    },
  )

  test(
    'CH-43 whoever was sent to a snapshot that is none gets the entries from the channel before',
    { timeout: 60_000 },
    async () => {
      const { ceiba, copal } = await pair(6)
      // Ceiba's device states it, keeps the plan's entries out of the new generation, and welcomes Nance there.
      const bad = await poisoned(ceiba)
      await state(ceiba, bad, [])
      const { space } = ceiba
      const { epoch } = space.current()!
      const witness = space.log
        .metas()
        .filter(({ kind }) => kind === 'witness')
        .at(-1)!
      space.snapshots.isCovered = ({ document }) => document === plan
      space.snapshots.belongs = () => true
      await space.serial(async () => {
        space.record.generations = [{ epoch: fromHex(epoch)!, number: 1, statement: fromHex(witness.id)! }]
        await space.learn([])
      })
      await together(ceiba)
      const nance = await person('Nance')
      await ceiba.admit(nance)
      await together(nance, copal)
      expect(nance.space.snapshots.history).toBe(true)
      expect(await heads(nance)).toEqual(await heads(copal))
      expect(await read(nance)).toMatchObject({ title: 'Plan', 'Copal 5': 5 })
    },
  )
})

describe('accidents', () => {
  test('EN-19 storage that refuses while bytes are let go loses nothing', { timeout: 60_000 }, async () => {
    const { ceiba, copal } = await pair(12)
    const before = await heads(ceiba)
    for (const refusals of [1, 2, 3, 4]) {
      ceiba.world.refuseWrites = refusals
      await compact(ceiba, 20).catch(() => undefined)
      await ceiba.reopen()
      ceiba.world.refuseWrites = 0
      expect(await heads(ceiba)).toEqual(before)
      await ceiba.until(() => ceiba.space.mayWriteChains)
    }
    await together(ceiba, copal)
    await compact(ceiba, 20)
    await together(ceiba, copal)
    expect([await heads(ceiba), await heads(copal)]).toEqual([before, before])
  })

  test('CH-41 a device that was away finds the next generation in the old one', { timeout: 90_000 }, async () => {
    const { ceiba, copal } = await pair(12)
    await copal.keeper.lock()
    await compact(ceiba, 20)
    await together(ceiba)
    await edits(ceiba, 60)
    await together(ceiba)
    await compact(ceiba, 20)
    await together(ceiba)
    expect(generation(ceiba)).toBe(2)
    copal.keeper = copal.started()
    unwrap(await copal.keeper.unlock(PASSPHRASE))
    await together(copal)
    await copal.until(() => generation(copal) === 2)
    await together(copal, ceiba)
    expect(await heads(copal)).toEqual(await heads(ceiba))
    await edits(copal, 1)
    await together(copal, ceiba)
    expect(await heads(ceiba)).toEqual(await heads(copal))
  })

  test(
    'EN-17 what a removed device wrote is in a snapshot as far as it counted, and no further',
    { timeout: 90_000 },
    async () => {
      const { ceiba, copal } = await pair(12)
      const { me } = copal.space
      await copal.keeper.lock()
      await ceiba.space.serial(() => ceiba.space.remove(me))
      const counted = await heads(ceiba)
      // Written under the old keys, and never seen by who removed her.
      const late = await lateEntry(copal)
      await ceiba.space.receive([late.outer])
      expect(ceiba.space.log.get(late.id)?.reason).toBe('unvouched')
      expect(await compact(ceiba, 20)).toBe(true)
      await together(ceiba)
      expect(await heads(ceiba)).toEqual(counted)
      const nance = await person('Nance')
      await ceiba.admit(nance)
      await together(nance, ceiba)
      expect([await heads(nance), await read(nance)]).toEqual([counted, await read(ceiba)])
      expect(nance.space.log.get(late.id)?.reason).toBe('unvouched')
      expect(nance.space.log.contentOf(plan).map(({ id }) => id)).toEqual([late.id])
    },
  )
})

/** What a removed member's phone has written before it learns of anything. */
async function lateEntry(copal: Insider) {
  copal.world.offline = true
  copal.keeper = copal.started()
  unwrap(await copal.keeper.unlock(PASSPHRASE))
  await copal.until(() => copal.space.mayWriteChains)
  await edits(copal, 1)
  const meta = copal.space.log
    .contentOf(plan)
    .filter(({ own }) => own)
    .at(-1)!
  const outer = (await copal.space.log.outers([meta.id])).get(meta.id)!
  return { id: meta.id, outer }
}
