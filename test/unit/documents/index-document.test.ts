// The space's index: what is put is read, two devices do not lose each other's entries, and hostile content is skipped.
import { next as A } from '@automerge/automerge/slim'
import { expect, test } from 'vitest'
import { DeviceId, DocumentId, MemberId } from '../../../src/base/ids.ts'
import {
  emptyIndex,
  putDevice,
  putDocument,
  putPerson,
  readIndex,
  updateSummary,
  type IndexedDocument,
} from '../../../src/documents/index-document.ts'
import { apart, edited, type Doc } from './support.ts'

const documentId = (n: number): DocumentId => DocumentId.must(new Uint8Array(16).fill(n))
const member = MemberId.must(new Uint8Array(16).fill(1))
const device = DeviceId.must(new Uint8Array(32).fill(2))
const entry: IndexedDocument = {
  type: 'protection-plan',
  title: 'Plan (ficticio)',
  status: 'borrador',
  createdBy: member,
  createdAt: 1_750_000_000_000,
  updatedAt: 1_750_000_000_000,
}
const index = (): Doc => A.change(A.init<Record<string, unknown>>(), emptyIndex('Red (ficticia)', 1_750_000_000_000))

test('DOC-13 what is put is read', () => {
  const [doc] = edited(index(), (draft) => {
    putDocument(draft, documentId(1), entry)
    putPerson(draft, member, { alias: 'Ceiba' })
    putDevice(draft, device, { name: 'Teléfono' })
    updateSummary(draft, documentId(1), {
      title: 'Otro',
      riskLevel: 'alto',
      updatedAt: 1_750_000_000_001,
      archived: true,
    })
  })
  const read = readIndex(doc)
  expect(read.name).toBe('Red (ficticia)')
  expect(read.createdAt).toBe(1_750_000_000_000)
  expect(read.documents.get(documentId(1))).toEqual({
    ...entry,
    title: 'Otro',
    riskLevel: 'alto',
    updatedAt: 1_750_000_000_001,
    archived: true,
  })
  expect(read.people.get(member)).toEqual({ alias: 'Ceiba' })
  expect(read.devices.get(device)).toEqual({ name: 'Teléfono' })
})

test('DOC-13 documents that two devices list apart are both there', () => {
  const [a, b] = apart(
    index(),
    (draft) => putDocument(draft, documentId(1), entry),
    (draft) => putDocument(draft, documentId(2), entry),
  )
  expect([...readIndex(a).documents.keys()].sort()).toEqual([documentId(1), documentId(2)])
  expect(readIndex(a)).toEqual(readIndex(b))
})

test('DOC-13 an update that changes nothing writes nothing; one of an unlisted document is refused', () => {
  const [doc] = edited(index(), (draft) => putDocument(draft, documentId(1), entry))
  const [same] = edited(doc, (draft) =>
    updateSummary(draft, documentId(1), { title: entry.title, updatedAt: entry.updatedAt }),
  )
  expect(A.getHeads(same)).toEqual(A.getHeads(doc))
  const [, result] = edited(doc, (draft) => updateSummary(draft, documentId(3), { title: 'x' }))
  expect(result).toEqual({ ok: false, error: { type: 'NotInIndex', document: documentId(3) } })
})

test('DOC-13 hostile content is skipped, the rest is read', () => {
  const good = { type: 'incident', title: 'De otra versión', createdBy: member as string }
  const doc = A.from<Record<string, unknown>>({
    name: 7,
    createdAt: Number.NaN,
    documents: {
      [documentId(1)]: good,
      [documentId(2)]: 'x',
      [documentId(3)]: { ...good, title: [] },
      [documentId(4)]: { ...good, createdBy: 'x' },
      notAnId: good,
    },
    people: [1],
    devices: { [device]: { name: null } },
  })
  const read = readIndex(doc)
  expect(read.name).toBe('')
  expect([...read.documents]).toEqual([[documentId(1), { ...good, status: 'borrador', createdAt: 0, updatedAt: 0 }]])
  expect(read.people.size + read.devices.size).toBe(0)
  expect(readIndex(A.init()).documents.size).toBe(0)
  const [repaired] = edited(doc, (draft) => putPerson(draft, member, { alias: 'Copal' }))
  expect(readIndex(repaired).people.get(member)).toEqual({ alias: 'Copal' })
})
