// A space whose founding was cut off: for each write that was the last one, the next start finishes what was begun, once
// (src/engine/founding.ts, JO-28). The storage is copied after every write, and each copy is started as a phone of its own.
import { expect, onTestFinished, test } from 'vitest'
import type { KeyValueStore, Write } from '../../../src/base/key-value.ts'
import { unwrap } from '../../../src/base/result.ts'
import { fillSteps } from '../../../src/documents/fill-steps.ts'
import { putDocument } from '../../../src/documents/index-document.ts'
import { sampleText } from '../../../src/documents/samples/index.ts'
import { exportJson, importJson } from '../../../src/documents/transfer.ts'
import { listingOf } from '../../../src/engine/listing.ts'
import type { Space } from '../../../src/engine/space.ts'
import { continueSpace } from '../../../src/engine/successors.ts'
import { documentId } from '../../support/circle.ts'
import { Insider, World } from '../../support/insider.ts'
import { PASSPHRASE } from '../../support/members.ts'
import { ShiftedClock } from '../../support/shifted-clock.ts'

/** Keeps what is stored after each write. */
class Recorder extends World {
  images: unknown[] = []

  override open(): KeyValueStore {
    const inner = super.open()
    return {
      ...inner,
      write: async (writes: readonly Write[]) => {
        await inner.write(writes)
        this.images.push(structuredClone((this.store as unknown as { buckets: unknown }).buckets))
      },
    }
  }
}

/** The same phone after the power went: its storage as it was then, and no line. */
async function started(image: unknown): Promise<Insider> {
  const world = new World(new ShiftedClock())
  Object.assign(world.store, { buckets: structuredClone(image) })
  world.offline = true
  const insider = new Insider(world)
  onTestFinished(() => insider.keeper.lock())
  unwrap(await insider.keeper.unlock(PASSPHRASE))
  return insider
}

/** Without a line it waits seconds for a relay before it writes. */
async function finished(insider: Insider, is: () => boolean): Promise<void> {
  const clock = insider.world.clock
  while (!is()) {
    if (clock instanceof ShiftedClock) clock.forward(5_000)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const whole = (space: Space | undefined) => space !== undefined && space.record.founding === undefined && space.writable
const creations = (space: Space) => space.log.metas().filter(({ kind }) => kind === 'op').length

test.each([
  ['without a relay', []],
  ['with one', ['http://127.0.0.1:9']],
])(
  'JO-28: a space that was cut off in its founding is there, with its name, after the next start: %s',
  { timeout: 120_000 },
  async (_, relays) => {
    const world = new Recorder()
    world.offline = true
    const ceiba = await Insider.named('Ceiba', world)
    onTestFinished(() => ceiba.keeper.lock())
    world.images = []
    await ceiba.workspace.found('Red', relays)
    const operations = creations(ceiba.space)
    expect(world.images.length).toBeGreaterThan(4)
    for (const image of [...world.images]) {
      const again = await started(image)
      await finished(again, () => whole(again.space))
      await again.reopen()
      expect(again.space.indexed().name).toBe('Red')
      expect(again.space.aliasOf(again.space.me)).toBe('Ceiba')
      expect(again.space.relays).toEqual(relays)
      expect(again.space.record.founding).toBeUndefined()
      expect(creations(again.space)).toBe(operations)
      expect(again.space.graph.operations().filter(({ op }) => op === 'set-relays')).toHaveLength(relays.length)
      await finished(again, () => again.space.mayWriteChains && again.space.current() !== null)
      // What is in use is in the log, so that others can have it.
      const announced = again.space.log.metas().filter(({ kind }) => kind === 'keys')
      expect(announced.map(({ epoch }) => epoch)).toContain(again.space.current()?.epoch)
      await again.keeper.lock()
    }
  },
)

async function add(space: Space, byte: number, archived: boolean): Promise<void> {
  const document = documentId(byte)
  await space.documents.create(document, fillSteps(unwrap(importJson(sampleText('protection-plan')))))
  const listing = listingOf(await space.documents.read(document), space.me, 1_000 + byte)
  if (listing === null) throw new Error('no listing')
  await space.documents.edit(space.index, (doc) =>
    putDocument(doc, document, archived ? { ...listing, archived } : listing),
  )
}

test(
  'JO-28: a space that goes on and was cut off is filled and announced by the next start, once',
  { timeout: 240_000 },
  async () => {
    const world = new Recorder()
    world.offline = true
    const ceiba = await Insider.named('Ceiba', world)
    onTestFinished(() => ceiba.keeper.lock())
    const left = await ceiba.workspace.found('Red', [])
    await add(left, 1, false)
    await add(left, 2, true)
    await ceiba.workspace.flush()
    world.images = []
    unwrap(await continueSpace(ceiba.workspace, left, { name: 'Sigue', relays: [], members: [] }))
    expect(world.images.length).toBeGreaterThan(8)
    let begun = 0
    for (const image of [...world.images]) {
      const again = await started(image)
      const { workspace } = again
      if (workspace.spaces.size === 1) continue
      begun++
      const next = () => [...workspace.spaces.values()].find(({ id }) => id !== left.id)
      await finished(again, () => whole(next()))
      const from = workspace.spaces.get(left.id)
      const to = next()
      if (from === undefined || to === undefined) throw new Error('not both')
      expect(from.state.successors).toMatchObject([{ to: to.id }])
      expect(from.graph.operations().filter(({ op }) => op === 'successor')).toHaveLength(1)
      expect(to.indexed().name).toBe('Sigue')
      const listed = [...to.indexed().documents].sort(([, a], [, b]) => a.createdAt - b.createdAt)
      expect(listed.map(([, { createdAt, archived }]) => [createdAt, archived === true])).toEqual([
        [1_001, false],
        [1_002, true],
      ])
      for (const [id] of listed)
        expect(exportJson(await to.documents.read(id))).toEqual(exportJson(await from.documents.read(documentId(1))))
      await again.keeper.lock()
    }
    expect(begun).toBeGreaterThan(8)
  },
)
