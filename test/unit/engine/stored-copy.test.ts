// A device's own copy of a document that does not load any more (a change that makes its save unloadable, or a store that lost a part):
// the document comes back from the entries, with what was in no entry where that can still be read (documents.md).
import { next as A } from '@automerge/automerge/slim'
import { afterEach, expect, test } from 'vitest'
import { type Bytes, concat } from '../../../src/base/bytes.ts'
import { DocumentId } from '../../../src/base/ids.ts'
import { documentKey } from '../../../src/engine/stored-document.ts'
import { salvaged } from '../../../src/engine/salvage.ts'
import { AutomergeStorage } from '../../../src/storage/automerge.ts'
import { systemClock } from '../../../src/engine/node.ts'
import { Insider } from '../../support/insider.ts'

const insiders: Insider[] = []
afterEach(async () => {
  for (const insider of insiders.splice(0)) await insider.keeper.lock().catch(() => undefined)
})

type Doc = Record<string, unknown>
const DOCUMENT = DocumentId.must(new Uint8Array(16).fill(7))
/** What changes is stored beside a copy that is not small. */
const LONG = Array.from({ length: 120 }, (_, i) => Math.sin(i).toString(36)).join('')
const last = (insider: Insider) => Math.max(...insider.space.log.contentOf(DOCUMENT).map(({ last: seq }) => seq ?? 0))
const damaged = (bytes: Bytes): Bytes => bytes.map((byte, at) => (at > 20 ? byte ^ 0x5a : byte))

/** Somebody alone with a document; `breaks` its copy as it lies there: what is not changed is not stored again. */
async function alone(how: (copy: Bytes, key: readonly string[]) => Bytes) {
  const insider = await Insider.named('Ceiba')
  insiders.push(insider)
  await insider.workspace.found('Red', [])
  await insider.space.documents.create(DOCUMENT, [(doc) => void Object.assign(doc, { n: 1, text: LONG })])
  const breaks = async () => {
    const storage = new AutomergeStorage(insider.workspace.store, { clock: systemClock })
    for (const { key, data } of await storage.loadRange([documentKey(DOCUMENT)]))
      if (data !== undefined) await storage.save([...key], how(data, key))
  }
  return { insider, breaks }
}

test('at a clean start: the document is made anew from the entries, and can be written', async () => {
  const { insider, breaks } = await alone(damaged)
  await insider.space.documents.edit(DOCUMENT, (doc) => void (doc['n'] = 2))
  await insider.workspace.flush()
  await breaks()
  await insider.reopen()
  expect((await insider.space.documents.read(DOCUMENT))['n']).toBe(2)
  await insider.space.documents.edit(DOCUMENT, (doc) => void (doc['n'] = 3))
  expect(insider.space.documents.isHeldBack(DOCUMENT)).toBe(false)
  await insider.reopen()
  expect((await insider.space.documents.read(DOCUMENT))['n']).toBe(3)
})

test('at a start where nothing but a mark of it is stored: the same', async () => {
  const { insider } = await alone(damaged)
  await insider.workspace.flush()
  const storage = new AutomergeStorage(insider.workspace.store, { clock: systemClock })
  await storage.removeRange([documentKey(DOCUMENT)])
  await storage.save([documentKey(DOCUMENT), 'sync-state', 'nobody'], new Uint8Array(3))
  await insider.reopen()
  expect((await insider.space.documents.read(DOCUMENT))['n']).toBe(1)
})

test('what was in no entry is kept where it can be read, and sealed', async () => {
  const { insider, breaks } = await alone((copy, key) => (key[1] === 'snapshot' ? damaged(copy) : copy))
  // It is loaded again, so that what follows is stored beside it.
  await insider.reopen()
  await insider.space.documents.open(DOCUMENT)
  insider.space.ring.current = () => null
  await insider.space.documents.edit(DOCUMENT, (doc) => void (doc['n'] = 2))
  await insider.space.documents.edit(DOCUMENT, (doc) => void (doc['m'] = 3))
  await insider.workspace.flush()
  const sealed = insider.space.log.contentOf(DOCUMENT).length
  await breaks()
  await insider.reopen()
  const doc = await insider.space.documents.read(DOCUMENT)
  expect([doc['n'], doc['m']]).toEqual([2, 3])
  await insider.until(() => insider.space.log.contentOf(DOCUMENT).length > sealed)
  expect(insider.space.documents.unsealed().has(DOCUMENT)).toBe(false)
  expect(last(insider)).toBeGreaterThan(0)
})

test('of a copy whose save would not load with all of it, the changes of this device alone are kept', async () => {
  const [mine, hers] = ['ab'.repeat(16), 'cd'.repeat(16)]
  const base = A.change(A.init<Doc>({ actor: hers }), (doc) => void (doc['a'] = 1))
  const own = A.change(A.clone(base, { actor: mine }), (doc) => void (doc['mine'] = 1))
  const decoded = A.decodeChange(
    A.getLastLocalChange(A.change(A.clone(base, { actor: hers }), (d) => void (d['b'] = 1)))!,
  )
  const forged = A.encodeChange({ ...decoded, startOp: 1, hash: undefined })
  const copy = concat(A.save(base), A.getLastLocalChange(own)!, forged)
  const kept = await salvaged(copy, (actor) => Promise.resolve(actor === mine))
  const again = A.load<Doc>(A.save(kept))
  const [whole] = A.applyChanges(again, A.getAllChanges(base))
  expect(whole['mine']).toBe(1)
  expect('b' in whole).toBe(false)
})
