// What a hostile device, relay or link holder does, each found by an adversarial reading, and why it does not work.
import { next as A } from '@automerge/automerge/slim'
import { afterEach, describe, expect, test } from 'vitest'
import { DocumentId, ChangeHash } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import { packChanges, sealEntry } from '../../../src/log/entry.ts'
import { Insider } from '../../support/insider.ts'
import { whenSaid } from '../../../src/ui/i18n/time.ts'
import { Joining } from '../../../src/engine/joining.ts'
import { startRelay } from '../../../sync-server/relay.ts'
import { temporaryFolder } from '../../support/relay-fixture.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end().catch(() => undefined)
})
async function alone(relays: readonly string[] = []) {
  const ceiba = await Insider.named('Ceiba')
  ends.push(() => ceiba.keeper.lock())
  await ceiba.workspace.found('Red', relays)
  return ceiba
}
async function pair() {
  const relay = await startRelay({ data: temporaryFolder(), port: 0, host: '127.0.0.1' })
  ends.push(() => relay.close())
  const ceiba = await alone([`http://127.0.0.1:${String(relay.port)}`])
  const copal = await Insider.named('Copal')
  ends.push(() => copal.keeper.lock())
  await ceiba.admit(copal)
  return { ceiba, copal }
}
const ordinary = DocumentId.must(new Uint8Array(16).fill(5))

describe('hostile', () => {
  test.each(['document', 'index'])(
    'a change with a wrong start counter does not make the %s unloadable',
    { timeout: 30_000 },
    async (which) => {
      const { ceiba, copal } = await pair()
      const id = which === 'index' ? ceiba.space.index : ordinary
      if (which !== 'index')
        await ceiba.space.documents.create(id, [(doc) => void Object.assign(doc, { a: 1, b: 2, c: 3, d: 4 })])
      await Promise.all([ceiba.workspace.sync(5_000), copal.workspace.sync(5_000)])
      const doc = await copal.space.documents.read(id)
      const { actor, nonce } = await copal.space.writers.actor(id, 'page')
      const honest = A.change(A.clone(doc, { actor }), (draft) => void (draft['a'] = 9))
      const decoded = A.decodeChange(A.getLastLocalChange(honest)!)
      // Depends on Ceiba's change (five operations), and says that it starts among them.
      const forged = A.encodeChange({ ...decoded, startOp: 2, hash: undefined })
      const hash = ChangeHash.must(Uint8Array.from(Buffer.from(A.decodeChange(forged).hash, 'hex')))
      const now = copal.space.current()!
      const header = {
        kind: 'changes',
        form: 0,
        document: id,
        actor,
        nonce,
        first: 1,
        last: 1,
        hash,
        epoch: now.epoch,
        time: 1,
        heads: copal.space.graph.heads(),
      } as const
      const entry = await copal.space.log.append(now.secret, header, packChanges([forged]), copal.space.keys.sign)
      copal.workspace.channels.get(copal.space.id)?.added([entry.id])
      await copal.workspace.sync(5_000)
      await ceiba.until(() => ceiba.space.log.has(entry.id))
      await ceiba.space.documents.open(id)
      const held = ceiba.space.documents.peek(id)!
      let loads = true
      try {
        A.load(A.save(held))
      } catch {
        loads = false
      }
      const state = ceiba.space.log.get(entry.id)?.state
      const reopened = await ceiba.reopen().then(
        () => 'opened',
        (error: unknown) => `the vault does not open: ${String(error)}`,
      )
      const content =
        reopened === 'opened' ? await ceiba.space.documents.open(id).then(() => 'read', String) : 'not read'
      expect({ state, loads, reopened, content }).toEqual({
        state: 'rejected',
        loads: true,
        reopened: 'opened',
        content: 'read',
      })
    },
  )

  test('entries that nobody can read are not read again with every entry that comes', async () => {
    const ceiba = await alone()
    const junk = (n: number) => {
      const bytes = new Uint8Array(600).fill(n % 251)
      bytes[0] = 1
      bytes[1] = n & 255
      bytes[2] = n >> 8
      return bytes
    }
    await ceiba.space.receive(Array.from({ length: 3_000 }, (_, n) => junk(n)))
    const store = ceiba.world.store
    let reads = 0
    const get = store.get.bind(store)
    store.get = (bucket, key) => {
      reads++
      return get(bucket, key)
    }
    const now = ceiba.space.current()!
    const { crypto } = ceiba.workspace
    const sign = crypto.signKeys(new Uint8Array(32).fill(3))
    const fields = {
      kind: 'witness',
      space: ceiba.space.id,
      epoch: now.epoch,
      time: 1,
      heads: ceiba.space.graph.heads(),
      seq: 0,
      prev: null,
    } as const
    const { outer } = unwrap(
      await sealEntry(crypto, { secret: now.secret, fields, payload: new Uint8Array([160]), sign }),
    )
    await ceiba.space.receive([outer])
    expect(ceiba.space.log.inState('sealed').length).toBe(3_000)
    expect(ceiba.space.log.inState('waiting').length).toBe(1)
    expect(reads).toBeLessThan(100)
  })

  test('a time far outside the calendar is shown, not thrown', () => {
    expect(() => whenSaid(9e15, 1_790_000_000_000, 'es')).not.toThrow()
  })

  test(
    'JO-10: whoever has the link cannot keep the invited person out by knocking often',
    { timeout: 30_000 },
    async () => {
      const ceiba = await alone()
      const hosting = ceiba.workspace.hostings.get(ceiba.space.id)!
      const invitation = unwrap(await hosting.invite({ mode: 'confirm', role: 'editor', note: '' }))
      const link = unwrap(hosting.link(invitation, ''))
      const thief = await Insider.named('Nadie')
      ends.push(() => thief.keeper.lock())
      const source = hosting.sources(undefined)[0]!
      const knocks = []
      for (let n = 0; n < 64; n++) knocks.push(unwrap(await Joining.knock(thief.workspace, link)).record.knock)
      await source.receive(knocks)
      const luz = unwrap(await Joining.knock(thief.workspace, link))
      await source.receive([luz.record.knock])
      await hosting.idle()
      expect(hosting.knocks().length).toBe(65)
    },
  )

  test('JO-8: an invitation as coordinator is refused when it is made, not when it is used up', async () => {
    const ceiba = await alone()
    const hosting = ceiba.workspace.hostings.get(ceiba.space.id)!
    expect(await hosting.invite({ mode: 'open', role: 'coordinator', note: '' })).toMatchObject({ ok: false })
  })

  test('a relay that says to wait for longer than a timer can is not asked at once', async () => {
    const { closed, step } = await import('../../../src/sync/session.ts')
    const held = { sorted: () => [], has: () => false, mayGive: () => true }
    const state = { ...closed(new Uint8Array(32)), phase: 'open' as const }
    const after = (ms: number) =>
      step(
        state,
        {
          type: 'message',
          message: { t: 'refuse', ch: new Uint8Array(32), ids: [new Uint8Array(32)], code: 'busy', after: ms },
        },
        held,
        () => new Uint8Array(16),
      ).effects[0]
    for (const ms of [0, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
      const effect = after(ms)
      expect(effect?.type === 'later' && effect.after >= 1_000 && effect.after <= 600_000, String(ms)).toBe(true)
    }
  })
})
