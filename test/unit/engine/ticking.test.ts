// What waits for its tick (EN-20) on a whole device: it is stored, counted as not sent, survives the death of the engine, and
// everything that speaks of what is here, or ends the session, seals it first.
import { next as A } from '@automerge/automerge/slim'
import { afterEach, describe, expect, test } from 'vitest'
import { encode } from '../../../src/base/codec.ts'
import { type DeviceId, type DocumentId } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import type { EngineHost } from '../../../src/engine/api.ts'
import { createEngine } from '../../../src/engine/host.ts'
import { systemRandom } from '../../../src/engine/node.ts'
import { unpackChanges } from '../../../src/log/entry.ts'
import { FakeClock } from '../../support/fake-field.ts'
import { Insider, World } from '../../support/insider.ts'
import { CHEAP, PASSPHRASE } from '../../support/members.ts'

const insiders: Insider[] = []
afterEach(async () => {
  for (const insider of insiders.splice(0)) await insider.keeper.lock().catch(() => undefined)
})

const FIELD = 'context'

/** One who has the caret in a field of a document of hers; nobody else is there. */
class Writer {
  private constructor(
    readonly insider: Insider,
    readonly clock: FakeClock,
    readonly document: DocumentId,
    readonly engine: EngineHost,
  ) {}

  static async alone(): Promise<Writer> {
    const clock = new FakeClock()
    clock.advance(Date.UTC(2026, 10, 20))
    const insider = await Insider.named('Ceiba', new World(clock))
    insiders.push(insider)
    await insider.workspace.found('Red', [])
    const { env } = insider.workspace
    const { engine } = createEngine({ ...env, random: systemRandom, argon2: CHEAP, deviceName: '' }, insider.keeper)
    const made = unwrap(
      await engine.createDocument({ space: insider.space.id, type: 'protection-plan', title: 'Plan' }),
    )
    const writer = new Writer(insider, clock, made.document, engine)
    await engine.setPlace({ space: writer.space.id, place: { document: made.document, field: FIELD } })
    // What was asked for so far is long past.
    clock.advance(60_000)
    await writer.space.documents.drain()
    clock.advance(5_000)
    return writer
  }

  get space() {
    return this.insider.space
  }

  get entries(): number {
    return this.space.log.contentOf(this.document).length
  }

  get waits(): boolean {
    return this.space.documents.unsealed().has(this.document)
  }

  /** As the page's Repo brings it. */
  async writes(text: string): Promise<void> {
    const { handle } = await this.space.documents.open(this.document)
    const actor = await this.space.documents.actor(this.document, 'page')
    handle.update((doc) => A.change(A.clone(doc, { actor }), (draft) => void (draft[FIELD] = text)))
  }

  /** Somebody else says where she is. */
  async sees(field: string | null): Promise<void> {
    const presence = this.insider.workspace.channels.get(this.space.id)?.presence
    await presence?.heard('other' as DeviceId, encode({ here: true, document: this.document, field }))
  }

  async sealed(): Promise<void> {
    await this.space.documents.retry()
  }
}

/** Rebuilt from entries alone, as anybody else would. */
async function rebuilt(insider: Insider, document: DocumentId): Promise<Record<string, unknown>> {
  const { log } = insider.space
  const entries = await log.load(log.contentOf(document).map(({ id }) => id))
  const changes = entries.flatMap(({ payload }) => [...unwrap(unpackChanges(payload))])
  return A.applyChanges(A.init<Record<string, unknown>>(), changes)[0]
}

describe('EN-20: what waits for its tick', () => {
  test('is one entry of several changes, five seconds after the first, and counts as not sent until then', async () => {
    const writer = await Writer.alone()
    const before = writer.entries
    await writer.writes('a')
    await writer.writes('ab')
    await writer.writes('abc')
    await writer.sealed()
    expect([writer.entries, writer.waits]).toEqual([before, true])
    expect((await writer.engine.state()).spaces[0]?.documents[0]?.unsent).toBeGreaterThan(0)
    for (let i = 0; i < 10; i++) writer.clock.advance(500)
    await writer.sealed()
    expect([writer.entries, writer.waits]).toEqual([before + 1, false])
    expect((await rebuilt(writer.insider, writer.document))[FIELD]).toBe('abc')
  })

  test('goes out at once where somebody in the same field sees the first of it, or where nobody has the caret', async () => {
    const writer = await Writer.alone()
    const before = writer.entries
    await writer.writes('a')
    await writer.sees(FIELD)
    writer.clock.advance(500)
    await writer.sealed()
    expect(writer.entries).toBe(before + 1)
    await writer.sees('other/field')
    await writer.writes('b')
    await writer.sealed()
    expect(writer.entries).toBe(before + 1)
    await writer.engine.setPlace({ space: writer.space.id, place: { document: writer.document, field: null } })
    await writer.writes('c')
    await writer.sealed()
    expect(writer.entries).toBe(before + 2)
  })

  test('the death of the engine loses none of it: it is sealed when the place is opened again', async () => {
    const writer = await Writer.alone()
    await writer.writes('antes de la tormenta')
    await writer.insider.workspace.repo.flush()
    const before = writer.entries
    const heir = new Insider(writer.insider.world)
    insiders.push(heir)
    expect(await heir.keeper.unlock(PASSPHRASE)).toMatchObject({ ok: true })
    await heir.until(() => heir.space.log.contentOf(writer.document).length > before)
    expect((await rebuilt(heir, writer.document))[FIELD]).toBe('antes de la tormenta')
  })

  test('what others do, or the space for itself, does not cut it into entries', async () => {
    const writer = await Writer.alone()
    const before = writer.entries
    await writer.writes('a')
    await writer.space.serial(() => writer.space.operate({ op: 'set-relays', relays: [] }))
    await writer.sealed()
    expect([writer.entries, writer.waits]).toEqual([before, true])
  })

  const forces: Readonly<Record<string, (writer: Writer) => Promise<unknown>>> = {
    'leaving the document': ({ engine, space, document }) => engine.closeDocument({ space: space.id, document }),
    'hiding the page': ({ engine }) => engine.flush(),
    'asking to synchronise': ({ engine }) => engine.sync({ timeout: 0 }),
    'an edit by the engine itself': ({ engine, space, document }) =>
      engine.editDocument({
        space: space.id,
        document,
        edits: [{ op: 'set', path: ['title'], value: 'Otro' }],
      }),
    'saving to a file': ({ engine, space }) => engine.saveBundle({ space: space.id, since: null }),
    'the doctor': async ({ engine, space, clock, insider }) => {
      let done = false
      const asked = engine.doctor(space.id).then(() => (done = true))
      // It makes room for others now and then, by the clock.
      await insider.until(() => {
        clock.advance(1)
        return done
      })
      await asked
    },
    'a witness': ({ space, document }) => space.serial(() => space.witness([document])),
    'saying what is held': ({ space, document }) => space.serial(() => space.sayHeld([document], false)),
    'standing for others': ({ space }) => space.serial(() => space.standFor(new Set([space.device]))),
    'an order about people or keys': ({ space }) =>
      space.serial(async () => space.order({ op: 'rotate-device', box: await space.useNewBox() })),
  }
  for (const [name, force] of Object.entries(forces))
    test(`is sealed first by ${name}`, async () => {
      const writer = await Writer.alone()
      const before = writer.entries
      await writer.writes('a')
      await force(writer)
      expect([writer.entries > before, writer.waits]).toEqual([true, false])
    })

  test('is sealed before a lock, and nothing is searched for afterwards', async () => {
    const writer = await Writer.alone()
    await writer.writes('a')
    await writer.insider.reopen()
    expect((await rebuilt(writer.insider, writer.document))[FIELD]).toBe('a')
    expect(await writer.space.writers.unclean()).toEqual([])
  })

  test('a snapshot is made of what entries hold, and its statement names no other heads', async () => {
    const writer = await Writer.alone()
    await writer.writes('a')
    const { document, space } = writer
    await space.documents.seal(document)
    const before = writer.entries
    await writer.writes('b')
    await space.serial(() => space.compaction.run(1))
    expect(writer.entries).toBeGreaterThanOrEqual(before)
    const hashes = new Set(space.log.contentOf(document).map(({ hash }) => hash as string | null))
    for (const heads of space.content.claims(document).byDevice.values())
      expect([...heads].every((head) => hashes.has(head))).toBe(true)
  })
})
