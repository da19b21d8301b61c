// A hole found by an adversarial reading: a device that signs two first changes under one actor.
import { next as A } from '@automerge/automerge/slim'
import { afterEach, expect, test } from 'vitest'
import { ChangeHash, DocumentId } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import { packChanges, sealEntry } from '../../../src/log/entry.ts'
import { startRelay } from '../../../sync-server/relay.ts'
import { Insider } from '../../support/insider.ts'
import { temporaryFolder } from '../../support/relay-fixture.ts'

process.on('unhandledRejection', () => undefined)
const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end().catch(() => undefined)
})

test(
  'two changes signed for one place do not leave members with different documents',
  { timeout: 40_000 },
  async () => {
    const relay = await startRelay({ data: temporaryFolder(), port: 0, host: '127.0.0.1' })
    ends.push(() => relay.close())
    const people = await Promise.all(['Ceiba', 'Copal', 'Luz'].map((alias) => Insider.named(alias)))
    for (const one of people) ends.push(() => one.keeper.lock())
    const [ceiba, copal, luz] = people as [Insider, Insider, Insider]
    await ceiba.workspace.found('Red', [`http://127.0.0.1:${String(relay.port)}`])
    await ceiba.admit(copal)
    await ceiba.admit(luz)
    const document = DocumentId.must(new Uint8Array(16).fill(9))
    const { actor, nonce } = await copal.space.writers.actor(document, 'page')
    const now = copal.space.current()!
    const sealed = async (value: string) => {
      const doc = A.change(A.init<Record<string, unknown>>({ actor }), (draft) => void (draft['who'] = value))
      const hash = ChangeHash.must(Uint8Array.from(Buffer.from(A.getHeads(doc)[0]!, 'hex')))
      const fields = {
        kind: 'changes',
        form: 0,
        space: copal.space.id,
        document,
        actor,
        nonce,
        first: 1,
        last: 1,
        hash,
        epoch: now.epoch,
        time: 1,
        heads: copal.space.graph.heads(),
        seq: 0,
        prev: null,
      } as const
      const payload = packChanges([A.getLastLocalChange(doc)!])
      return unwrap(
        await sealEntry(copal.workspace.crypto, { secret: now.secret, fields, payload, sign: copal.space.keys.sign }),
      ).outer
    }
    const [one, two] = [await sealed('a'), await sealed('b')]
    for (const person of [ceiba, luz]) person.workspace.connections.stop()
    await ceiba.space.documents.open(document)
    await luz.space.documents.open(document)
    await ceiba.space.receive([one])
    await ceiba.space.receive([two])
    await luz.space.receive([two])
    await luz.space.receive([one])
    expect(ceiba.space.documents.peek(document)?.['who']).toBe(luz.space.documents.peek(document)?.['who'])
  },
)
