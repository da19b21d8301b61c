// Snapshots as bytes: parts, the authors' own signatures, and what the log makes of the ends of chains; rules EN-15, EN-16, EN-18 and
// EN-19. Whether a save is what was signed is in ingest/save.test.ts.
import { describe, expect, it, vi } from 'vitest'
import { encode } from '../../../src/base/codec.ts'
import { DocumentId } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import { type Anchor } from '../../../src/log/anchors.ts'
import { MAX_SNAPSHOT_AUTHORS } from '../../../src/log/limits.ts'
import { openSnapshot, packSnapshot, type Part, readPart, type SignedHeader } from '../../../src/log/snapshot.ts'
import { SpaceLog } from '../../../src/log/space-log.ts'
import { entryStore } from '../../../src/storage/entries.ts'
import { MemoryStore } from '../../../src/storage/memory.ts'
import { Author, contentOf } from '../../support/authors.ts'
import { bytesOf, testSpace } from '../../support/log.ts'

const world = testSpace()
const { crypto, space, document, secrets, luz, marta } = world

async function story() {
  const [a, b] = [new Author(world, luz), new Author(world, marta)]
  await a.write((doc) => void (doc['plan'] = 'agua'))
  b.hear(a)
  await b.write((doc) => void (doc['radio'] = 'dos'))
  a.hear(b)
  a.session()
  await a.write((doc) => void (doc['plan'] = 'agua y radio'))
  return { a, b, content: contentOf(a, [a, b]) }
}

const partsOf = (payloads: readonly Uint8Array[]): Part[] => payloads.map((payload) => readPart(payload)!)
const opened = (payloads: readonly Uint8Array[]) => openSnapshot(crypto, { space, document }, partsOf(payloads))

describe('snapshots', () => {
  it('EN-15 come back from as many entries as it takes, bound by their common id', async () => {
    const { content } = await story()
    const save = new Uint8Array(500_000).fill(7)
    const payloads = packSnapshot(crypto, { ...content, save })!
    expect(payloads.length).toBe(3)
    const whole = unwrap(await opened(payloads))
    expect([whole.save.length, whole.heads, whole.headers.length]).toEqual([500_000, content.heads, 3])
    const [first, second, third] = partsOf(payloads)
    for (const wrong of [
      [first!, second!],
      [second!, first!, third!],
      [first!, { ...second!, bytes: bytesOf('x', second!.bytes.length) }, third!],
    ])
      expect(await openSnapshot(crypto, { space, document }, wrong)).toMatchObject({ error: { type: 'BadSnapshot' } })
  })

  it('EN-15 refuse shares that are none', async () => {
    const { content } = await story()
    const part = readPart(packSnapshot(crypto, content)![0]!)!
    const asBytes = (over: object) => encode({ ...part, ...over })
    expect(readPart(asBytes({}))).toEqual(part)
    for (const over of [
      { index: 1 },
      { index: -1 },
      { count: 1_000_000 },
      { id: bytesOf('x', 31) },
      { bytes: 3 },
      { more: 1 },
    ])
      expect(readPart(asBytes(over))).toBeNull()
    expect(readPart(asBytes({ count: 2 }))).toBeNull()
    expect(readPart(bytesOf('noise', 300))).toBeNull()
  })

  it('EN-16 bring the own signature of every author, or are refused', async () => {
    const { content } = await story()
    const refused = async (headers: readonly SignedHeader[], former = content.former) =>
      opened(packSnapshot(crypto, { ...content, headers, former })!)
    const [one, ...rest] = content.headers
    const signature = one!.signature.slice()
    signature[3]! ^= 1
    const bad = (why: string) => ({ error: { type: 'BadSnapshot', why } })
    expect(await refused([{ ...one!, signature }, ...rest])).toMatchObject(bad('headers'))
    expect(await refused([...rest, one!])).toMatchObject(bad('headers'))
    expect(await refused([one!, one!])).toMatchObject(bad('headers'))
    expect(await refused([])).toMatchObject(bad('headers'))
    expect(await refused(content.headers, [{ nonce: bytesOf('n', 16), by: 9 }])).toMatchObject(bad('actors'))
    const elsewhere = { space, document: DocumentId.must(bytesOf('another', 16)) }
    expect(await openSnapshot(crypto, elsewhere, partsOf(packSnapshot(crypto, content)!))).toMatchObject(bad('headers'))
    const many = Array.from({ length: MAX_SNAPSHOT_AUTHORS }, () => ({ nonce: bytesOf('n', 16), by: 0 }))
    expect(packSnapshot(crypto, { ...content, former: many })).toBeNull()
  })

  it('EN-16 name former actors by their nonce: only the device that has the nonce derives to them', async () => {
    const { a, b } = await story()
    const { tips, ...content } = contentOf(a, [a, b])
    const former = tips.filter(({ header }) => header.device === a.device)[0]!
    const headers = tips.filter((tip) => tip !== a.entries[0]!.entry)
    const by = headers.findIndex(({ header }) => header.device === a.device)
    const nonce = a.entries[0]!.entry.header.nonce!
    const whole = unwrap(await opened(packSnapshot(crypto, { ...content, headers, former: [{ nonce, by }] })!))
    expect(whole.actors.get(a.entries[0]!.entry.header.actor!)).toBe(by)
    expect(former.header.device).toBe(a.device)
  })
})

const anchorOf = (author: Author, at: number): Anchor => {
  const { headerId, header } = author.entries[at]!.entry
  const actors = new Map(
    author.entries
      .slice(0, at + 1)
      .map(({ entry: { header } }) => [
        header.actor!,
        { actor: header.actor!, last: header.last!, hash: header.hash! },
      ]),
  )
  return { headerId, device: author.device, document, seq: header.seq!, actors }
}

const newLog = async (medium = new MemoryStore()) => SpaceLog.open(crypto, entryStore(medium, space), space, secrets)

describe('the log', () => {
  it('EN-18 follows the end of a chain that a snapshot stands for', async () => {
    const { a } = await story()
    const third = await a.write((doc) => void (doc['plan'] = 'agua, radio, maleta'))
    const log = await newLog()
    await log.receive([third.outer], secrets)
    expect(log.chainReady(third.entry.id)).toBe('waiting')
    expect(log.ownPrevious(third.entry.id)).toBeUndefined()
    log.anchor([anchorOf(a, 1)])
    expect(log.chainReady(third.entry.id)).toBe('ready')
    const { last, hash, actor } = a.entries[1]!.entry.header
    expect(log.ownPrevious(third.entry.id)).toMatchObject({ last, hash, actor })
    // A new actor has nothing before it.
    a.session()
    const fourth = await a.write((doc) => void (doc['plan'] = 'nada'))
    await log.receive([fourth.outer], secrets)
    expect(log.ownPrevious(fourth.entry.id)).toBeNull()
  })

  it('EN-18 goes on at the end of its own chain, also where only a snapshot knows it', async () => {
    const { a } = await story()
    const log = await newLog()
    log.anchor([anchorOf(a, 1)])
    const { seq: _s, prev: _p, space: _sp, payload: _pay, device: _d, ...own } = a.entries[1]!.entry.header
    const entry = await log.append(world.secret, own, a.entries[1]!.entry.payload, luz)
    expect([entry.header.seq, entry.header.prev]).toEqual([2, a.end])
  })

  it('EN-19 lets bytes go and keeps positions, also after opening again; a refusal of storage changes nothing', async () => {
    const { a } = await story()
    const medium = new MemoryStore()
    const store = entryStore(medium, space)
    const log = await SpaceLog.open(crypto, store, space, secrets)
    await log.receive(
      a.entries.map(({ outer }) => outer),
      secrets,
    )
    const ids = a.entries.map(({ entry }) => entry.id)
    vi.spyOn(store, 'write').mockRejectedValueOnce(new Error('no room'))
    await expect(log.drop(ids)).rejects.toThrow('no room')
    expect([log.get(ids[0]!)?.dropped, (await log.outers(ids)).size]).toEqual([undefined, 2])
    await log.drop(ids)
    for (const view of [log, await newLog(medium)]) {
      expect([view.has(ids[0]!), view.get(ids[0]!)?.dropped, (await view.outers(ids)).size]).toEqual([true, true, 0])
      expect(view.chainReady(ids[1]!)).toBe('ready')
      expect(view.backFrom(a.end!).map(({ seq }) => seq)).toEqual([1, 0])
    }
    expect((await log.receive([a.entries[0]!.outer], secrets)).duplicates).toEqual([ids[0]])
  })
})
