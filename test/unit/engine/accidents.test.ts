// Accidents on one device alone, each found by an adversarial reading: nothing is lost and nothing is wedged.
import { next as A } from '@automerge/automerge/slim'
import { afterEach, describe, expect, test } from 'vitest'
import { ChannelId, DocumentId } from '../../../src/base/ids.ts'
import { Writers } from '../../../src/engine/writers.ts'
import { Connections } from '../../../src/engine/connections.ts'
import { unwrap } from '../../../src/base/result.ts'
import { Insider } from '../../support/insider.ts'
import { PASSPHRASE } from '../../support/members.ts'

const insiders: Insider[] = []
afterEach(async () => {
  for (const insider of insiders.splice(0)) await insider.keeper.lock().catch(() => undefined)
})

const NOWHERE = 'http://127.0.0.1:9'
async function alone(relays: readonly string[] = []) {
  const insider = await Insider.named('Ceiba')
  insiders.push(insider)
  const space = await insider.workspace.found('Red', relays)
  const document = DocumentId.must(new Uint8Array(16).fill(7))
  await space.documents.create(document, [(doc) => void (doc['n'] = 0)])
  return { insider, space, document }
}

/** More than a change may hold, and nothing that compresses. */
function tooLong(): string {
  let text = ''
  for (let i = 0; text.length < 300_000; i++) text += Math.sin(i).toString(36)
  return text
}

const sealedSeqs = (insider: Insider, document: DocumentId) =>
  insider.space.log.contentOf(document).flatMap((meta) => meta.last ?? [])

describe('one device', () => {
  test('one refused write does not end the sealing of a document for good', async () => {
    const { insider, space, document } = await alone()
    insider.world.refuseWrites = 1
    await space.documents.edit(document, (doc) => void (doc['n'] = 1)).catch(() => undefined)
    insider.world.refuseWrites = 0
    await space.documents.edit(document, (doc) => void (doc['n'] = 2)).catch(() => undefined)
    expect(Math.max(...sealedSeqs(insider, document))).toBe(3)
  })

  test('what is on its way from a page is settled once the document has it, and faces were told', async () => {
    const { insider, space, document } = await alone()
    const page = A.change(A.clone(await space.documents.read(document)), (doc) => void ((doc as { n: number }).n = 5))
    const faces: number[] = []
    const stop = await insider.keeper.subscribe(({ spaces }) => void faces.push(spaces[0]?.unsent ?? -1))
    let settled = false
    const waiting = space.documents.settled(document, A.getHeads(page)).then(() => (settled = true))
    await space.documents.edit(document, (doc) => void (doc['other'] = 1))
    expect(settled).toBe(false)
    const { handle } = await space.documents.open(document)
    handle.update((doc) => A.merge(doc, page))
    await waiting
    await insider.keeper.told()
    stop()
    expect(faces.at(-1)).toBeGreaterThan(0)
  })

  test('an actor that could not be stored is not written as: what it wrote would be nobody’s at the next start', async () => {
    const { insider, space, document } = await alone()
    insider.world.refuseWrites = 1
    await expect(space.writers.actor(document, 'page')).rejects.toThrow()
    const { actor } = await space.writers.actor(document, 'page')
    insider.world.refuseWrites = 0
    // As after a crash.
    const again = new Writers(insider.workspace.store, insider.keeper.crypto, space.id, space.device)
    expect([await again.isOwn(document, actor), await again.wasClean(document)]).toEqual([true, false])
  })

  test('after a refused write the vault still locks', async () => {
    const { insider, space, document } = await alone()
    insider.world.refuseWrites = 1
    await space.documents.edit(document, (doc) => void (doc['n'] = 1)).catch(() => undefined)
    await expect(insider.keeper.lock()).resolves.toBeUndefined()
  })

  test('own changes that could not be sealed before a lock are sealed after it', async () => {
    const { insider, space, document } = await alone()
    // Between a removal and the next epoch nothing can be written under.
    const current = space.ring.current.bind(space.ring)
    space.ring.current = () => null
    await space.documents.edit(document, (doc) => void (doc['n'] = 1))
    space.ring.current = current
    space.ring.current = () => null
    await insider.reopen()
    await insider.space.documents.open(document)
    await insider.space.documents.edit(document, (doc) => void (doc['n'] = 2))
    const total = insider.space.log.contentOf(document).reduce((sum, meta) => Math.max(sum, meta.last ?? 0), 0)
    expect(total).toBeGreaterThan(0)
    // Rebuilt from entries alone, as anybody else would.
    const entries = await insider.space.log.load(insider.space.log.contentOf(document).map(({ id }) => id))
    const { unpackChanges } = await import('../../../src/log/entry.ts')
    const [rebuilt] = A.applyChanges(
      A.init<Record<string, unknown>>(),
      entries.flatMap(({ payload }) => [...unwrap(unpackChanges(payload))]),
    )
    expect(rebuilt['n']).toBe(2)
  })

  test(
    'IN-18: a change of the page that fits no entry is told, and loses nothing that comes after it',
    { timeout: 60_000 },
    async () => {
      const { insider, space, document } = await alone()
      const open = await space.documents.open(document)
      const actor = await space.documents.actor(document, 'page')
      const before = space.log.contentOf(document).length
      // What arrives from the page's Repo: a large paste in one change, and later work.
      const big = tooLong()
      open.handle.update((doc) => A.change(A.clone(doc, { actor }), (draft) => void (draft['text'] = big)))
      await space.documents.edit(document, (doc) => void (doc['n'] = 5))
      await space.documents.drain()
      // Sealed now, the later edit would be nothing to anybody: it depends on what no entry holds.
      expect(space.log.contentOf(document).length).toBe(before)
      expect(space.documents.isHeldBack(document)).toBe(true)
      expect(space.documents.unsealed().has(document)).toBe(true)
      await insider.reopen()
      const { space: again } = insider
      await again.documents.open(document)
      await again.documents.drain()
      expect(again.documents.isHeldBack(document)).toBe(false)
      expect(again.documents.unsealed().has(document)).toBe(false)
      const entries = await again.log.load(again.log.contentOf(document).map(({ id }) => id))
      const { unpackChanges } = await import('../../../src/log/entry.ts')
      const [rebuilt] = A.applyChanges(
        A.init<Record<string, unknown>>(),
        entries.flatMap(({ payload }) => [...unwrap(unpackChanges(payload))]),
      )
      expect([rebuilt['n'], rebuilt['text'] === big]).toEqual([5, true])
    },
  )

  test('a too large change in the index does not shut the vault for ever', async () => {
    const { insider, space } = await alone()
    const actor = await space.documents.actor(space.index, 'page')
    const open = await space.documents.open(space.index)
    const big = tooLong()
    open.handle.update((doc) => A.change(A.clone(doc, { actor }), (draft) => void (draft['name'] = big)))
    await insider.workspace.repo.flush()
    const next = new Insider(insider.world)
    insiders.push(next)
    expect(await next.keeper.unlock(PASSPHRASE)).toMatchObject({ ok: true })
  })

  test('two unlocks at once open one workspace', async () => {
    const { insider } = await alone([NOWHERE])
    await insider.keeper.lock()
    const next = new Insider(insider.world)
    insiders.push(next)
    const before = insider.world.carriers.length
    await Promise.all([next.keeper.unlock(PASSPHRASE), next.keeper.unlock(PASSPHRASE)])
    expect(insider.world.carriers.length - before).toBe(1)
  })

  test('a lock during an unlock stays locked', async () => {
    const { insider } = await alone()
    await insider.keeper.lock()
    const next = new Insider(insider.world)
    insiders.push(next)
    const unlocking = next.keeper.unlock(PASSPHRASE)
    await next.keeper.lock()
    await unlocking
    expect((await next.keeper.state()).vault).toBe('locked')
  })

  test('what is unsent is still unsent after a lock', async () => {
    const { insider, space, document } = await alone([NOWHERE])
    await space.documents.edit(document, (doc) => void (doc['n'] = 3))
    const before = insider.workspace.channels.get(space.id)?.unsent.size ?? 0
    expect(before).toBeGreaterThan(0)
    await insider.reopen()
    expect(insider.workspace.channels.get(insider.space.id)?.unsent.size).toBe(before)
  })

  test('a set-relays that names a relay with a bad escape does not shut the vault for ever', async () => {
    const { insider, space } = await alone()
    await space
      .serial(() => space.operate({ op: 'set-relays', relays: ['https://relevo.example#%'] }))
      .catch(() => undefined)
    const next = new Insider(insider.world)
    insiders.push(next)
    expect(await next.keeper.unlock(PASSPHRASE)).toMatchObject({ ok: true })
    await expect(next.keeper.state()).resolves.toBeDefined()
  })

  test('an index whose sections a member overwrote can be written again', async () => {
    const { space } = await alone()
    await space.documents.edit(space.index, (doc) => void (doc['people'] = 'x'))
    expect(space.writable).toBe(true)
  })

  test('nothing is answered by a throw while no epoch is in force', async () => {
    const { space } = await alone()
    space.ring.current = () => null
    const answer = await space.serial(() => space.operate({ op: 'set-relays', relays: [NOWHERE] }))
    expect(answer).toMatchObject({ ok: false, error: { type: 'NoEpoch' } })
  })

  test('a copy of the storage put back does not write a sequence twice', async () => {
    const { insider, document } = await alone()
    await insider.keeper.lock()
    const backup = structuredClone((insider.world.store as unknown as { buckets: unknown }).buckets)
    await insider.reopen()
    await insider.space.documents.edit(document, (doc) => void (doc['n'] = 1))
    const first = insider.space.log.contentOf(document).map(({ actor, last }) => `${String(actor)} ${String(last)}`)
    await insider.keeper.lock()
    Object.assign(insider.world.store, { buckets: backup })
    await insider.reopen()
    await insider.space.documents.edit(document, (doc) => void (doc['n'] = 2))
    const second = insider.space.log.contentOf(document).map(({ actor, last }) => `${String(actor)} ${String(last)}`)
    expect(first.at(-1)).not.toBe(second.at(-1))
  })

  test('a corrected token is used', () => {
    const opens: (string | undefined)[] = []
    const connections = new Connections(
      {
        clock: { now: () => 0, after: () => () => undefined },
        random: { bytes: (length: number) => new Uint8Array(length) },
        carrier: () => ({
          address: 'http://relevo.example',
          origin: 'relevo.example:80',
          state: 'offline' as const,
          start: () => undefined,
          send: () => false,
          hurry: () => undefined,
          stop: () => undefined,
        }),
      } as never,
      () => undefined,
    )
    const channel = ChannelId.must(new Uint8Array(32).fill(1))
    const want = (relay: string) => connections.want('space', [relay], (token) => [{ channel, token } as never])
    want('http://relevo.example#wrong')
    const link = connections.link('http://relevo.example')!
    const attach = link.attach.bind(link)
    link.attach = (source) => {
      opens.push(source.token)
      attach(source)
    }
    want('http://relevo.example#right')
    expect(opens).toEqual(['right'])
  })
})
