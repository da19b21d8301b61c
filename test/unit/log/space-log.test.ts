// The log of one space: what comes in, what it becomes, what is known of it after a crash; rules EN-6, EN-8, EN-10 to EN-12.
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type Bytes, toHex, utf8 } from '../../../src/base/bytes.ts'
import { DeviceId, DocumentId, type EntryId, HeaderId } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import type { SignKeys } from '../../../src/crypto/index.ts'
import {
  deriveActor,
  type EntryFields,
  entryId,
  packChanges,
  packRecords,
  sealEntry,
  sealEnvelope,
} from '../../../src/log/entry.ts'
import { MAX_OUTER_BYTES, MAX_SEALED_ENTRIES } from '../../../src/log/limits.ts'
import { isClosed, isForeign } from '../../../src/log/metas.ts'
import { type OwnFields, SpaceLog } from '../../../src/log/space-log.ts'
import { entryStore } from '../../../src/storage/entries.ts'
import { MemoryStore } from '../../../src/storage/memory.ts'
import { bytesOf, changesFields, epochIdOf, graphHead, testSpace } from '../../support/log.ts'

const world = testSpace()
const { crypto, space, secret, epoch, secrets, luz, marta, document } = world
const other = DocumentId.must(bytesOf('other document', 16))

const seal = async (fields: EntryFields, text = 'a change', sign: SignKeys = luz) =>
  unwrap(await sealEntry(crypto, { secret, fields, payload: packChanges([utf8(text)]), sign }))

/** A chain of `length` entries by `sign`, each after the one before. */
async function chain(length: number, sign = luz) {
  const entries: Awaited<ReturnType<typeof seal>>[] = []
  for (let seq = 0; seq < length; seq++) {
    const prev: HeaderId | null = entries.at(-1)?.entry.headerId ?? null
    const heads = seq === 0 ? [graphHead('head')] : undefined
    entries.push(await seal(changesFields(world, sign, { seq, prev, heads }), `change ${seq}`, sign))
  }
  return entries
}

async function newLog(medium = new MemoryStore()) {
  const store = entryStore(medium, space)
  return { medium, store, log: await SpaceLog.open(crypto, store, space, secrets) }
}

const own: OwnFields = (({ seq: _seq, prev: _prev, space: _space, ...rest }) => rest)(changesFields(world, luz))
const states = (log: SpaceLog) => Object.fromEntries(log.metas().map(({ id, state, reason }) => [id, [state, reason]]))

describe('own entries by several actors', () => {
  const nonceOf = (name: string) => bytesOf(name, 16)
  const actorOf = (name: string) => {
    const nonce = nonceOf(name)
    return { nonce, actor: deriveActor(crypto, space, DeviceId.must(luz.publicKey), document, nonce) }
  }
  const write = (log: SpaceLog, name: string, at: number) =>
    log.append(secret, { ...own, ...actorOf(name), first: at, last: at }, packChanges([utf8(`${name}${at}`)]), luz)

  it('EN-8 the page and the engine write into one chain, in turn, and no position is signed twice', async () => {
    const { log } = await newLog()
    for (const [name, at] of [
      ['page', 1],
      ['engine', 1],
      ['page', 2],
      ['page', 3],
      ['engine', 2],
    ] as const)
      await write(log, name, at)
    expect(log.contentOf(document).map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4])
    expect(log.equivocators().size).toBe(0)
  })

  it('EN-8 a tail of one’s own that came back from elsewhere does not come between an actor and its last change (seed 20710)', async () => {
    const { log: before } = await newLog()
    const first = await write(before, 'page', 1)
    const tail = await write(before, 'engine', 1)
    const outers = await before.outers([first.id, tail.id])
    const { log } = await newLog()
    await log.receive([outers.get(first.id)!], secrets)
    const anew = await write(log, 'restored', 1)
    await log.receive([outers.get(tail.id)!], secrets)
    const next = await write(log, 'restored', 2)
    expect(log.ownPrevious(next.id)).toMatchObject({ actor: actorOf('restored').actor, last: 1 })
    expect([anew.header.seq, next.header.seq, next.header.prev]).toEqual([1, 2, anew.headerId])
  })
})

describe('receiving', () => {
  it('EN-12 answers only when all is durable, and answers nothing when storage refuses', async () => {
    const { log, store } = await newLog()
    const [one] = await chain(1)
    let stored: () => void = () => undefined
    const write = vi.spyOn(store, 'write').mockImplementationOnce(() => new Promise((resolve) => (stored = resolve)))
    let answered = false
    const receiving = log.receive([one!.outer], secrets).then(() => (answered = true))
    await vi.waitUntil(() => write.mock.calls.length === 1)
    expect([answered, log.has(one!.entry.id)]).toEqual([false, false])
    stored()
    await receiving
    expect(log.has(one!.entry.id)).toBe(true)

    const [, two] = await chain(2)
    write.mockRejectedValueOnce(new Error('no room'))
    await expect(log.receive([two!.outer], secrets)).rejects.toThrow('no room')
    expect(log.has(two!.entry.id)).toBe(false)
    expect((await log.receive([two!.outer], secrets)).fresh).toEqual([two!.entry.id])
  })

  it('stores each entry once, however often and together it comes', async () => {
    const { log } = await newLog()
    const [one, two] = await chain(2)
    const [first, second] = await Promise.all([
      log.receive([one!.outer, one!.outer], secrets),
      log.receive([two!.outer, one!.outer], secrets),
    ])
    expect([first.fresh, first.duplicates]).toEqual([[one!.entry.id], [one!.entry.id]])
    expect([second.fresh, second.duplicates]).toEqual([[two!.entry.id], [one!.entry.id]])
    expect(log.ids()).toEqual([one!.entry.id, two!.entry.id])
    expect(first.opened.map(({ headerId }) => headerId)).toEqual([one!.entry.headerId])
  })

  it('refuses what is too large, and keeps nothing of it', async () => {
    const { log } = await newLog()
    const large = new Uint8Array(MAX_OUTER_BYTES + 1).fill(1)
    expect((await log.receive([large], secrets)).refused).toEqual([entryId(large)])
    expect(log.ids()).toEqual([])
  })

  it('keeps at most so many entries that nobody here can open', async () => {
    const { log, store } = await newLog()
    const metas = Array.from({ length: MAX_SEALED_ENTRIES }, (_, order) => order)
    const [one] = await chain(1)
    const { log: measured } = await newLog()
    await measured.receive([one!.outer], new Map())
    const model = { ...measured.metas()[0]!, state: 'sealed' as const, headerId: null }
    vi.spyOn(store, 'metas').mockResolvedValue(
      metas.map((order) => ({ ...model, order, id: order.toString(16).padStart(64, '0') as EntryId })),
    )
    const full = await SpaceLog.open(crypto, store, space)
    expect((await full.receive([one!.outer], new Map())).refused).toEqual([one!.entry.id])
    expect((await full.receive([one!.outer], secrets)).fresh).toEqual([one!.entry.id])
    expect(log.ids()).toEqual([])
  })

  it('EN-6 counts what may as well be noise among what nobody here can open, and knows it', async () => {
    const { log, store } = await newLog()
    const noise = [
      bytesOf('noise', 300).fill(7, 0, 1),
      bytesOf('noise', 300).fill(0, 0, 1),
      bytesOf('short', 60).fill(1, 0, 1),
    ]
    await log.receive(noise, secrets)
    expect(log.metas().map((meta) => [isForeign(meta), isClosed(meta)])).toEqual(noise.map(() => [true, true]))
    const model = log.metas()[0]!
    vi.spyOn(store, 'metas').mockResolvedValue(
      Array.from({ length: MAX_SEALED_ENTRIES }, (_, order) => ({
        ...model,
        order,
        id: order.toString(16).padStart(64, '0') as EntryId,
      })),
    )
    const full = await SpaceLog.open(crypto, store, space)
    expect((await full.receive(noise, secrets)).refused).toHaveLength(3)
  })

  it('EN-11 keeps a rejected entry by id with its reason, for good', async () => {
    const { log, medium } = await newLog()
    const stolen = await seal(changesFields(world, luz), 'x', marta)
    const rubbish = bytesOf('rubbish', 700).fill(1, 0, 1)
    const bad = sealEnvelope(crypto, secret, 'telar/1/entry', utf8('not CBOR'))
    await log.receive([stolen.outer, rubbish, bad], secrets)
    const expected = {
      [stolen.entry.id]: ['rejected', 'WrongActor'],
      [entryId(rubbish)]: ['sealed', null],
      [entryId(bad)]: ['rejected', 'NotCanonical'],
    }
    expect(states(log)).toEqual(expected)
    await log.settle([{ id: stolen.entry.id, state: 'accepted', reason: null }])
    expect(states((await newLog(medium)).log)).toEqual(expected)
    expect((await log.receive([stolen.outer], secrets)).duplicates).toHaveLength(1)
  })

  it('EN-6 keeps what is from a newer version, and reads it when it can', async () => {
    const { log } = await newLog()
    const newer = (await chain(1))[0]!.outer.slice()
    newer[0] = 2
    await log.receive([newer], secrets)
    expect(states(log)).toEqual({ [entryId(newer)]: ['unreadable', 'outer'] })
    expect(toHex((await log.outers([entryId(newer)])).get(entryId(newer))!)).toBe(toHex(newer))
    expect(await log.reopen(new Map())).toEqual([])
    expect(states(log)).toEqual({ [entryId(newer)]: ['unreadable', 'outer'] })
  })

  it('EN-1 opens sealed entries when their secret comes', async () => {
    const { log, medium } = await newLog()
    const later = bytesOf('later', 32)
    const laterEpoch = epochIdOf(crypto, later)
    const fields = changesFields(world, luz, { epoch: laterEpoch })
    const sealed = unwrap(
      await sealEntry(crypto, { secret: later, fields, payload: packChanges([utf8('x')]), sign: luz }),
    )
    expect((await log.receive([sealed.outer], secrets)).opened).toEqual([])
    expect(log.get(sealed.entry.id)?.state).toBe('sealed')
    expect(await log.load([sealed.entry.id])).toEqual([])
    await log.settle([{ id: sealed.entry.id, state: 'accepted', reason: null }])
    expect(log.get(sealed.entry.id)?.state).toBe('sealed')
    const opened = await log.reopen(new Map([[laterEpoch, later]]))
    expect(opened.map(({ id }) => id)).toEqual([sealed.entry.id])
    expect(log.get(sealed.entry.id)).toMatchObject({ state: 'waiting', document, order: 0 })
    expect(await log.load([sealed.entry.id])).toHaveLength(1)
    expect((await newLog(medium)).log.get(sealed.entry.id)?.state).toBe('waiting')
  })
})

describe('chains', () => {
  it('EN-8 a gap waits, in whatever order the chain comes', async () => {
    const entries = await chain(5)
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), async (order) => {
        const { log } = await newLog()
        const held = new Set<number>()
        for (const seq of order) {
          await log.receive([entries[seq]!.outer], secrets)
          held.add(seq)
          for (const at of held)
            expect(log.chainReady(entries[at]!.entry.id)).toBe(at === 0 || held.has(at - 1) ? 'ready' : 'waiting')
        }
        expect(log.contentOf(document).map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4])
        expect(log.equivocators().size).toBe(0)
      }),
      { numRuns: 8 },
    )
  })

  it('EN-8 keeps two headers for one position and flags the device', async () => {
    const { log, medium } = await newLog()
    const [one, two] = await chain(2)
    const fork = await seal(
      changesFields(world, luz, { seq: 1, prev: one!.entry.headerId, heads: undefined }),
      'another',
    )
    await log.receive([one!.outer, two!.outer, fork.outer], secrets)
    const luzId = DeviceId.must(luz.publicKey)
    for (const view of [log, (await newLog(medium)).log]) {
      expect(view.contentOf(document)).toHaveLength(3)
      expect([...view.equivocators()]).toEqual([luzId])
    }
  })

  it('EN-8 one header sealed twice is no second header, and counts once', async () => {
    const { log } = await newLog()
    const fields = changesFields(world, luz)
    const [one, two] = [await seal(fields), await seal(fields)]
    expect(one.entry.id).not.toBe(two.entry.id)
    await log.receive([one.outer, two.outer], secrets)
    expect(log.contentOf(document)).toHaveLength(1)
    expect(log.equivocators().size).toBe(0)
  })

  it('EN-8 a link to another chain, a wrong position or a rejected entry is broken', async () => {
    const { log } = await newLog()
    const [one, two] = await chain(2)
    const foreign = (await chain(1, marta))[0]!
    const wrongChain = await seal(
      changesFields(world, luz, { seq: 1, prev: foreign.entry.headerId, heads: undefined }),
      'a',
    )
    const wrongPlace = await seal(
      changesFields(world, luz, { seq: 7, prev: one!.entry.headerId, heads: undefined }),
      'b',
    )
    const nowhere = await seal(
      changesFields(world, luz, { seq: 7, prev: HeaderId.must(bytesOf('?', 32)), heads: undefined }),
      'c',
    )
    await log.receive(
      [one!, two!, foreign, wrongChain, wrongPlace, nowhere].map(({ outer }) => outer),
      secrets,
    )
    const ready = ({ entry }: { entry: { id: EntryId } }) => log.chainReady(entry.id)
    expect([one!, two!, foreign].map(ready)).toEqual(['ready', 'ready', 'ready'])
    expect([wrongChain, wrongPlace, nowhere].map(ready)).toEqual(['broken', 'broken', 'waiting'])
    await log.settle([{ id: one!.entry.id, state: 'rejected', reason: 'BadChecksum' }])
    expect(ready(two!)).toBe('broken')
  })

  it('EN-10 operations and keys stand in no chain', async () => {
    const { log } = await newLog()
    const [payload] = packRecords([{ body: utf8('body'), signature: bytesOf('s', 64) }])
    const entry = await log.append(secret, { kind: 'op', epoch, time: 1, heads: [graphHead('a')] }, payload!, luz)
    expect(entry.header).not.toHaveProperty('seq')
    expect(log.get(entry.id)).toMatchObject({ seq: null, prev: null, heads: null })
    expect(log.chainReady(entry.id)).toBe('ready')
  })
})

describe('own entries', () => {
  const append = (log: SpaceLog, over: Partial<OwnFields> = {}, content: Bytes = packChanges([utf8('x')])) =>
    log.append(secret, { ...own, ...over }, content, luz)

  it('EN-8 follow one another in each chain, also when written at once and after a restart', async () => {
    const { log, medium } = await newLog()
    const fields = changesFields(world, luz, { document: other })
    const { deriveActor } = await import('../../../src/log/entry.ts')
    const elsewhere = {
      document: other,
      actor: deriveActor(crypto, space, DeviceId.must(luz.publicKey), other, fields.nonce!),
    }
    const written = await Promise.all([append(log), append(log), append(log, elsewhere), append(log)])
    expect(written.map(({ header }) => header.seq)).toEqual([0, 1, 0, 2])
    const again = (await newLog(medium)).log
    const last = await append(again)
    expect([last.header.seq, last.header.prev]).toEqual([3, written[3].headerId])
    for (const { id } of [...written, last]) expect(again.chainReady(id)).toBe('ready')
    expect(again.contentOf(document).every((meta) => meta.own && meta.state === 'accepted')).toBe(true)
    const witness = await again.append(
      secret,
      { kind: 'witness', epoch, time: 1, heads: [graphHead('a')] },
      utf8('w'),
      luz,
    )
    expect([witness.header.seq, witness.header.prev]).toEqual([0, null])
  })

  it('cite heads only where they changed, and the log knows them anyway', async () => {
    const { log } = await newLog()
    const [a, b] = [graphHead('a'), graphHead('b')].sort()
    const cited = [[a!], [a!], [b!, a!], [a!, b!], [b!]]
    const entries = []
    for (const heads of cited) entries.push(await append(log, { heads }))
    expect(entries.map(({ header }) => header.heads)).toEqual([[a], undefined, [a, b], undefined, [b]])
    expect(entries.map(({ id }) => log.citedHeads(id))).toEqual([[a], [a], [a, b], [a, b], [b]])
  })

  it('EN-12 are durable before they are there, and take no position when they are not', async () => {
    const { log, store } = await newLog()
    vi.spyOn(store, 'write').mockRejectedValueOnce(new Error('no room'))
    await expect(append(log)).rejects.toThrow('no room')
    expect(log.ids()).toEqual([])
    expect((await append(log)).header.seq).toBe(0)
  })

  it('open at another device as they were written, and load here', async () => {
    const [{ log }, { log: hers }] = [await newLog(), await newLog()]
    const entries = [await append(log), await append(log)]
    const ids = entries.map(({ id }) => id)
    const outers = [...(await log.outers(ids)).values()]
    expect((await hers.receive(outers, secrets)).opened.map(({ id }) => id)).toEqual(ids)
    expect((await log.load([...ids].reverse())).map(({ id }) => id)).toEqual([...ids].reverse())
    expect(hers.ownPrevious(ids[1]!)).toMatchObject({ actor: own.actor, last: 1, hash: own.hash })
    expect(hers.ownPrevious(ids[0]!)).toBeNull()
  })

  it('load after a restart only once the log knows their secret', async () => {
    const { log, store } = await newLog()
    const { id } = await append(log)
    const again = await SpaceLog.open(crypto, store, space)
    expect(await again.load([id])).toEqual([])
    expect((await again.load([id], secrets)).map((entry) => entry.id)).toEqual([id])
    expect(await again.load([id])).toHaveLength(1)
  })

  it('throw when they could never be opened, and store nothing', async () => {
    const { log } = await newLog()
    await expect(append(log, {}, new Uint8Array(200_000))).rejects.toThrow('too large')
    await expect(append(log, { nonce: bytesOf('another nonce', 16) })).rejects.toThrow('WrongActor')
    await expect(append(log, { heads: [] })).rejects.toThrow('BadField')
    expect(log.ids()).toEqual([])
  })
})

describe('any order of arrival', () => {
  it('EN-11 leads to the same states, chains and flags', async () => {
    const entries = [...(await chain(3)), ...(await chain(2, marta))]
    const stolen = await seal(changesFields(world, luz), 'x', marta)
    const all = [...entries, stolen].map(({ outer }) => outer)
    const view = async (order: readonly Bytes[]) => {
      const { log } = await newLog()
      for (const outer of order) await log.receive([outer], secrets)
      return {
        states: Object.fromEntries(Object.entries(states(log)).sort(([a], [b]) => (a < b ? -1 : 1))),
        content: log.contentOf(document).map(({ id }) => id),
        flags: [...log.equivocators()],
        sizes: log.metas().reduce((sum, { size }) => sum + size, 0),
      }
    }
    const expected = await view(all)
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(all, { minLength: all.length }), async (order) => {
        expect(await view(order)).toEqual(expected)
      }),
      { numRuns: 8 },
    )
  })
})
