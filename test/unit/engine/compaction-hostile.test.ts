// What compaction must not do to anybody, found by reading it as an attacker: strand who was away or who comes, leave members apart, let
// go of what no snapshot holds, or go on for ever. Rules EN-17 to EN-19, CH-40 to CH-43, JO-32.
import { next as A } from '@automerge/automerge/slim'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { fromHex } from '../../../src/base/bytes.ts'
import { ChangeHash, DeviceId, DocumentId, EntryId } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import { openBundle, saveBundle } from '../../../src/engine/bundles.ts'
import { follows, LEAST_GROWTH, MAX_GENERATION } from '../../../src/engine/generations.ts'
import { deriveActor, packChanges, sealEntry } from '../../../src/log/entry.ts'
import type { SignedHeader } from '../../../src/log/snapshot.ts'
import { checkSave } from '../../../src/ingest/save.ts'
import { PASSPHRASE } from '../../support/members.ts'
import {
  compact,
  Compacting,
  contentOf,
  edits,
  generation,
  heads,
  plan,
  read,
  state,
  together,
} from '../../support/compacting.ts'

const circle = new Compacting()
const idOf = (header: SignedHeader) => (header as SignedHeader & { headerId: string }).headerId
afterEach(() => circle.end())

describe('who was away', () => {
  test(
    'CH-41 CH-42 gets everything by a file after two generations, with no relay left',
    { timeout: 90_000 },
    async () => {
      const { relay, ceiba, copal } = await circle.pair(12)
      await copal.keeper.lock()
      for (let round = 0; round < 2; round++) {
        await edits(ceiba, 60)
        await together(ceiba)
        expect(await compact(ceiba, 20)).toBe(true)
        await together(ceiba)
      }
      await edits(ceiba, 2, () => 'last')
      await ceiba.until(() => ceiba.space.log.contentOf(plan).filter(({ dropped }) => dropped !== true).length === 2)
      await relay.close()
      copal.keeper = copal.started()
      unwrap(await copal.keeper.unlock(PASSPHRASE))
      const { file } = unwrap(await saveBundle(ceiba.workspace, ceiba.space, null))
      unwrap(await openBundle(copal.workspace, file))
      expect(generation(copal)).toBe(2)
      expect(await heads(copal)).toEqual(await heads(ceiba))
      expect(await read(copal)).toMatchObject({ 'Ceiba 1': 'last' })
    },
  )

  test(
    'CH-41 meets the others in the first generation, which they keep open for her',
    { timeout: 90_000 },
    async () => {
      const { ceiba, copal } = await circle.pair(12)
      await copal.keeper.lock()
      for (let round = 0; round < 3; round++) {
        await edits(ceiba, 60)
        await together(ceiba)
        expect(await compact(ceiba, 20)).toBe(true)
      }
      const { epoch } = ceiba.space.current()!
      const mine = ceiba.space.listening().filter((item) => item.epoch === epoch)
      expect(mine.map(({ generation: number, only }) => [number, only]).sort()).toEqual([
        [0, 'give'],
        [2, null],
        [3, null],
      ])
    },
  )
})

describe('two statements at once', () => {
  test(
    'CH-41 who is asked for its channels while a statement is judged still goes along',
    { timeout: 90_000 },
    async () => {
      const { ceiba, copal } = await circle.pair(25)
      const { snapshots } = copal.space
      const judge = snapshots.judge.bind(snapshots)
      snapshots.judge = () => {
        copal.space.listening()
        return judge()
      }
      expect(await compact(ceiba, 20)).toBe(true)
      await together(ceiba, copal)
      expect(generation(copal)).toBe(1)
      const open = copal.space.listening().filter(({ current }) => current)
      expect(open.map(({ generation: number }) => number)).toEqual([1])
    },
  )

  test(
    'CH-42 who has let go of what the next statement leaves out goes along with the channel and keeps what is in force',
    { timeout: 90_000 },
    async () => {
      const { ceiba, copal } = await circle.pair(25)
      expect(await compact(ceiba, 20)).toBe(true)
      await together(ceiba, copal)
      const before = ceiba.space.snapshots.latest()!.entry
      // As somebody would state it who follows another statement, by which the plan is covered less.
      const other = DocumentId.must(new Uint8Array(16).fill(6))
      await copal.space.serial(() => copal.space.documents.create(other, [(doc) => void (doc['title'] = 'Otro')]))
      await edits(copal, 120, undefined, other)
      await state(copal, await contentOf(copal, other), [ceiba], {}, other)
      // Her own device believes it too.
      await copal.reopen()
      await together(copal, ceiba)
      expect(generation(ceiba)).toBe(2)
      expect(ceiba.space.snapshots.latest()!.entry).toBe(before)
      const open = ceiba.space.listening().filter(({ current }) => current)
      expect(open.map(({ generation: number }) => number)).toEqual([2])
      // Nothing that was let go for the plan is asked of anybody, and a newcomer gets it.
      const nance = await circle.person('Nance')
      await ceiba.admit(nance)
      await together(nance, ceiba, copal, nance)
      expect(await heads(nance)).toEqual(await heads(ceiba))
      // And the next honest statement, which covers all, counts for everybody.
      await edits(ceiba, 60)
      await together(ceiba, copal)
      expect(await compact(ceiba, 20)).toBe(true)
      await together(ceiba, copal)
      expect([generation(ceiba), generation(copal)]).toEqual([3, 3])
      expect(copal.space.snapshots.latest()!.entry).toBe(ceiba.space.snapshots.latest()!.entry)
    },
  )
})

describe('who comes', () => {
  test(
    'JO-32 CH-43 takes the snapshots her welcome names, not those of an insider with a lower id or a later number',
    { timeout: 90_000 },
    async () => {
      const { ceiba, copal } = await circle.pair(25)
      const little = await contentOf(copal)
      const early = { ...little, headers: little.headers.slice() }
      await edits(ceiba, 40)
      await together(ceiba, copal)
      expect(await compact(ceiba, 20)).toBe(true)
      await together(ceiba, copal)
      const named = ceiba.space.snapshots.latest()!
      // Until one has a lower id, and one that says it comes after.
      for (let low = false; !low;) {
        const [, id = ''] = await state(copal, early, [ceiba], { number: 1 })
        low = id < named.entry
      }
      await state(copal, early, [ceiba], { number: 2 })
      await together(copal, ceiba)
      expect(ceiba.space.snapshots.latest()!.entry).toBe(named.entry)
      const nance = await circle.person('Nance')
      await ceiba.admit(nance)
      await together(nance, ceiba)
      expect(nance.space.snapshots.latest()!.entry).toBe(named.entry)
      expect(await heads(nance)).toEqual(await heads(ceiba))
    },
  )
})

describe('a device put back from a copy', () => {
  test(
    'EN-17 EN-18 what it wrote at places that a snapshot covers by number is let go by nobody, and reaches who came by the snapshot',
    { timeout: 90_000 },
    async () => {
      const { ceiba, copal } = await circle.pair(12)
      await copal.keeper.lock()
      const restore = copal.world.backup()
      copal.keeper = copal.started()
      unwrap(await copal.keeper.unlock(PASSPHRASE))
      await together(copal)
      await edits(copal, 20)
      await together(copal, ceiba)
      expect(await compact(ceiba, 20)).toBe(true)
      await together(ceiba)
      await copal.keeper.lock()
      const nance = await circle.person('Nance')
      await ceiba.admit(nance)
      await together(nance, ceiba)
      expect(await heads(nance)).toEqual(await heads(ceiba))
      // The phone of before, with no relay in reach: it goes on where it stood then.
      restore()
      copal.world.offline = true
      copal.keeper = copal.started()
      unwrap(await copal.keeper.unlock(PASSPHRASE))
      await copal.until(() => copal.space.mayWriteChains)
      await copal.space.serial(async () => {
        for (const key of ['one', 'two']) await copal.space.documents.edit(plan, (doc) => void (doc[key] = 'again'))
      })
      const meta = copal.space.log
        .contentOf(plan)
        .filter(({ own }) => own)
        .at(-2)!
      const late = copal.space.log.contentOf(plan).filter(({ own, order }) => own && order >= meta.order)
      const outers = await copal.space.log.outers(late.map(({ id }) => id))
      await nance.space.serial(() => nance.space.documents.open(plan))
      await nance.space.receive([...outers.values()])
      expect(await read(nance)).toMatchObject({ one: 'again', two: 'again' })
      const [place] = nance.space.listening().filter(({ current }) => current)
      for (const { id } of late) {
        const here = nance.space.log.get(id)!
        expect([here.state, nance.space.snapshots.isCovered(here, place!)]).toEqual(['accepted', false])
      }
      const latest = nance.space.snapshots.latest()!
      await nance.space.serial(() => nance.space.compaction.drop(latest))
      for (const { id } of late) expect(nance.space.log.get(id)?.dropped).toBeUndefined()
    },
  )
})

describe('without end', () => {
  test(
    'CH-42 a document that is large and has few entries more is not compacted over and over',
    { timeout: 90_000 },
    async () => {
      const { ceiba, copal } = await circle.pair(25)
      await compact(ceiba, 20)
      await together(ceiba, copal)
      expect(generation(ceiba)).toBe(1)
      // 30 entries of 20 KB each: large enough to be due, too few for a generation.
      await edits(ceiba, 30, (n) => `${String(n)} `.repeat(7_000))
      await together(ceiba, copal)
      const before = ceiba.space.log.ids().length
      for (let round = 0; round < 3; round++) expect(await compact(ceiba)).toBe(false)
      expect(ceiba.space.log.ids().length).toBe(before)
    },
  )

  test(
    'CH-40 a statement whose snapshots never come keeps nobody from compacting for long',
    { timeout: 90_000 },
    async () => {
      const { ceiba, copal } = await circle.pair(25)
      const nothing = EntryId.must(new Uint8Array(32).fill(7))
      await state(copal, await contentOf(copal), [ceiba], { snapshots: [nothing] })
      await together(copal, ceiba)
      expect(await compact(ceiba, 20)).toBe(false)
      const later = Date.now() + 11 * 60_000
      const clock = vi.spyOn(ceiba.space.clock, 'now').mockReturnValue(later)
      expect(await compact(ceiba, 20)).toBe(true)
      clock.mockRestore()
      expect(generation(ceiba)).toBe(1)
    },
  )

  test('EN-17 what a device that nobody let in has signed comes in by no snapshot', { timeout: 90_000 }, async () => {
    const { ceiba, copal } = await circle.pair(25)
    const before = await heads(ceiba)
    const good = await contentOf(copal)
    const { crypto, id, current } = { crypto: copal.space.crypto, id: copal.space.id, current: copal.space.current()! }
    const sign = crypto.signKeys()
    const nonce = crypto.random.bytes(16)
    const actor = deriveActor(crypto, id, DeviceId.must(sign.publicKey), plan, nonce)
    const doc = A.change(A.load<Record<string, unknown>>(good.save, { actor }), (one) => void (one['title'] = 'Otro'))
    const [hash] = A.getHeads(doc).map((head) => ChangeHash.must(fromHex(head)!)) as [ChangeHash]
    const change = { kind: 'changes', form: 0, document: plan, actor, nonce, first: 1, last: 1, hash } as const
    const place = { space: id, epoch: current.epoch, time: 1, heads: copal.space.graph.heads(), seq: 0, prev: null }
    const payload = packChanges([A.getLastLocalChange(doc)!])
    const { entry } = unwrap(
      await sealEntry(crypto, { secret: current.secret, fields: { ...change, ...place }, payload, sign }),
    )
    const headers = [...good.headers, entry].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
    const ids = await state(copal, { headers, former: [], heads: [hash], save: A.save(doc) }, [ceiba])
    // Nor is it rejected: who let that device in may only not have been heard.
    expect(ceiba.space.log.get(ids[0]!)?.state).toBe('waiting')
    expect([generation(ceiba), await heads(ceiba)]).toEqual([0, before])
    expect(await read(ceiba)).toMatchObject({ title: 'Plan' })
  })

  test('CH-42 numbers beyond the limit are none', () => {
    expect(MAX_GENERATION).toBe(4_096)
    const reach = (seq: number) => ({ device: 'a', document: 'b', seq })
    const other = { device: 'c', document: 'b', seq: 3 }
    expect(follows([reach(LEAST_GROWTH)], [reach(0)], true)).toBe('well')
    expect(follows([reach(LEAST_GROWTH - 1)], [reach(0)], true)).toBe('little')
    expect(follows([reach(9)], [reach(0)], false)).toBe('well')
    expect(follows([reach(100)], [reach(0), other], true)).toBe('less')
    expect(follows([reach(9)], [reach(0), other], false)).toBe('little')
  })

  test(
    'EN-17 one snapshot is tried once, however many statements name it, and few statements of one device',
    { timeout: 90_000 },
    async () => {
      const { ceiba, copal } = await circle.pair(6)
      const good = await contentOf(copal)
      const bad = { ...good, save: new Uint8Array(3_000).fill(9) }
      const ids = await state(copal, bad, [ceiba])
      const check = vi.fn(checkSave)
      ;(ceiba.space.snapshots as unknown as { host: { check: typeof checkSave } }).host.check = check
      const load = vi.spyOn(ceiba.space.log, 'load')
      for (let n = 0; n < 20; n++) await state(copal, bad, [ceiba], { snapshots: ids.slice(0, 1) })
      expect(check).not.toHaveBeenCalled()
      expect(load.mock.calls.filter(([asked]) => asked.includes(ids[0]!)).length).toBe(0)
      expect(generation(ceiba)).toBe(0)
    },
  )
})
