// Holds the one-instance rule of test/support/wasm.ts: a document made by the Repo is understood by our own import of
// Automerge, because both share one WebAssembly module.
import { next as A } from '@automerge/automerge/slim'
import { Repo } from '@automerge/automerge-repo/slim'
import { expect, test } from 'vitest'

test('the Repo and our code share one Automerge', async () => {
  const repo = new Repo({ network: [] })
  const handle = repo.create<{ title: string }>({ title: 'Plan' })
  handle.change((doc) => {
    A.splice(doc, ['title'], 4, 0, ' de protección')
  })
  const copy = A.load<{ title: string }>(A.save(handle.doc()))
  expect(copy.title).toBe('Plan de protección')
  await repo.shutdown()
})
