// The doctor over real storage that was damaged in each way it can be: what it finds, what it leaves in peace, and that it says no content.
import { describe, expect, test } from 'vitest'
import { next as A } from '@automerge/automerge/slim'
import { encode } from '../../../src/base/codec.ts'
import type { EntryId } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import { entryId, sealEntry, sealEnvelope } from '../../../src/log/entry.ts'
import { entryStore } from '../../../src/storage/entries.ts'
import { StorageFailure } from '../../../src/storage/failure.ts'
import { doctorRequests } from '../../../src/engine/requests-doctor.ts'
import { Requests } from '../../../src/engine/requests.ts'
import { circle, documentId, person, together } from '../../support/circle.ts'
import type { Insider } from '../../support/insider.ts'

const PLAN = documentId(1)
const put = (one: Insider, n: number) => one.space.documents.edit(PLAN, (doc) => void (doc['n'] = n))
const examine = async (one: Insider) => unwrap(await doctorRequests(new Requests(one.keeper)).doctor(one.space.id))
const codes = async (one: Insider) => (await examine(one)).findings.map(({ code }) => code).sort()

async function alone(edits = 3) {
  const one = await person('Ceiba')
  await one.workspace.found('Red Ceiba', [])
  await one.space.documents.create(PLAN, [(doc) => void (doc['n'] = 0)])
  for (let n = 1; n <= edits; n++) await put(one, n)
  await one.space.documents.drain()
  const store = entryStore(one.workspace.store, one.space.id)
  const changes = () => one.space.log.contentOf(PLAN).map(({ id }) => id)
  /** Other bytes in the place of an entry's, as a disk would. */
  const spoil = async (id: EntryId, change: (outer: Uint8Array) => Uint8Array) => {
    const outer = (await store.bytes([id])).get(id)!
    await one.workspace.store.write([
      { bucket: `entries/${one.space.id}/bytes`, key: id, value: change(outer.slice()) },
    ])
  }
  return { one, store, changes, spoil }
}

describe('the doctor', () => {
  test('finds nothing where nothing is wrong, and counts what there is', async () => {
    const { one } = await alone()
    const report = await examine(one)
    expect(report).toMatchObject({ entries: one.space.log.ids().length, documents: 2, findings: [] })
    expect(report.bytes).toBeGreaterThan(1_000)
  })

  test('finds nothing among several, nor where a removed member wrote', async () => {
    const { people } = await circle(['Ceiba', 'Copal'])
    const [ceiba, copal] = people as [Insider, Insider]
    await ceiba.space.documents.create(PLAN, [(doc) => void (doc['n'] = 0)])
    await together(ceiba, copal)
    await copal.space.documents.open(PLAN)
    await put(copal, 1)
    await together(copal, ceiba)
    await ceiba.space.serial(async () => unwrap(await ceiba.space.remove(copal.space.me)))
    await put(ceiba, 2)
    expect(await codes(ceiba)).toEqual([])
    await ceiba.reopen()
    expect(await codes(ceiba)).toEqual([])
  })

  test('names bytes that are gone and bytes that are others', async () => {
    const { one, changes, spoil } = await alone()
    const [first, second] = changes() as [EntryId, EntryId]
    await one.workspace.store.write([{ bucket: `entries/${one.space.id}/bytes`, key: first, value: null }])
    await spoil(second, (outer) => {
      outer[outer.length - 1] = (outer[outer.length - 1] ?? 0) ^ 1
      return outer
    })
    const report = await examine(one)
    const about = (code: string) => report.findings.filter((finding) => finding.code === code)
    expect(about('missing-bytes')).toMatchObject([{ entry: first, document: PLAN, device: one.space.device }])
    expect(about('wrong-id')).toMatchObject([{ entry: second }])
    // What is lost cannot make the document that is stored.
    expect(about('document-differs')).toMatchObject([{ document: PLAN, entry: null }])
  })

  test('names what does not open, and what was rejected, with the rule', async () => {
    const { one } = await alone()
    // From elsewhere: no version, and a secret that nobody has.
    const noise = new Uint8Array(200).fill(3)
    const sealed = new Uint8Array(700).fill(7)
    sealed[0] = 1
    noise[0] = 0
    await one.space.receive([noise, sealed])
    const { findings } = await examine(one)
    expect(findings.map(({ code, reason }) => [code, reason]).sort()).toEqual([
      ['no-secret', ''],
      ['rejected', 'Malformed'],
    ])
  })

  test('names an entry whose signature does not verify though it was taken for verified', async () => {
    const { one, store } = await alone()
    const now = one.space.current()!
    const stranger = one.space.crypto.signKeys()
    const fields = { kind: 'blob', space: one.space.id, epoch: now.epoch, time: 1 } as const
    const made = unwrap(
      await sealEntry(one.space.crypto, { secret: now.secret, fields, payload: new Uint8Array(9), sign: stranger }),
    )
    // Another signer, and the same bytes otherwise: sealed anew, as somebody with the disk and the keys would.
    const inner = encode([made.entry.headerBytes, new Uint8Array(64).fill(1), made.entry.payload])
    const outer = sealEnvelope(one.space.crypto, now.secret, 'telar/1/entry', inner)
    const [sample] = one.space.log.metas()
    const meta = { ...sample!, id: entryId(outer), kind: 'blob', state: 'accepted', prev: null, seq: null } as const
    await store.write({ add: [{ id: meta.id, outer, meta: { ...meta, order: 999 } }] })
    await one.reopen()
    expect(await codes(one)).toEqual(['bad-signature'])
  })

  test('names a gap, and a document that does not follow from its entries', async () => {
    const { people, relay } = await circle(['Ceiba', 'Copal'])
    const [ceiba, copal] = people as [Insider, Insider]
    await ceiba.space.documents.create(PLAN, [(doc) => void (doc['n'] = 0)])
    await together(ceiba, copal)
    await copal.space.documents.open(PLAN)
    await relay.close()
    await put(ceiba, 1)
    await put(ceiba, 2)
    const [, , last] = ceiba.space.log.contentOf(PLAN)
    await copal.space.receive([...(await ceiba.space.log.outers([last!.id])).values()])
    expect(await codes(copal)).toEqual(['gap'])
    // What is in no entry: nobody else has it.
    const open = await copal.space.documents.open(PLAN)
    const elsewhere = A.change(A.clone(open.handle.doc(), { actor: '00'.repeat(16) }), (doc) => void (doc['x'] = 1))
    open.handle.update((doc) => A.merge(doc, elsewhere))
    expect(await codes(copal)).toEqual(['document-differs', 'gap'])
  })

  test('a store that refuses to read is a finding, and content is in none', async () => {
    const { one } = await alone()
    const { log } = one.space
    const report = await examine(one)
    expect(JSON.stringify(report)).not.toContain('Red Ceiba')
    const outers = log.outers.bind(log)
    Object.assign(log, { outers: () => Promise.reject(new StorageFailure('Failed')) })
    expect(await codes(one)).toEqual(['unreadable-store'])
    Object.assign(log, { outers })
    expect(await codes(one)).toEqual([])
  })
})
