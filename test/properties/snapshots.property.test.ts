// Any history of a document by three devices, in any number of sessions, compacted anywhere: the snapshot is sound, says whose each
// change is, and with what came after it makes the same document, whatever the order; without one of its headers it is not sound.
import { next as A } from '@automerge/automerge/slim'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex } from '../../src/base/bytes.ts'
import { ChangeHash, DeviceId } from '../../src/base/ids.ts'
import { unwrap } from '../../src/base/result.ts'
import { chooseHeaders, signedBy } from '../../src/engine/compaction.ts'
import { authorsOf, checkSave, type SaveClaim } from '../../src/ingest/save.ts'
import { deriveActor, unpackChanges } from '../../src/log/entry.ts'
import { openSnapshot, packSnapshot, readPart, type Snapshot } from '../../src/log/snapshot.ts'
import { Author } from '../support/authors.ts'
import { bytesOf, testSpace } from '../support/log.ts'
import { runs, within } from './runs.ts'

const world = testSpace()
const { crypto, space, document } = world
const third = crypto.signKeys(bytesOf('third', 32))

type Step =
  | { readonly do: 'write'; readonly who: number; readonly field: number }
  | { readonly do: 'hear'; readonly who: number; readonly from: number }
  | { readonly do: 'session'; readonly who: number }

const who = fc.integer({ min: 0, max: 2 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('write' as const), who, field: fc.integer({ min: 0, max: 4 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('hear' as const), who, from: who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('session' as const), who }) },
)

async function live(authors: readonly Author[], steps: readonly Step[]): Promise<void> {
  for (const one of steps) {
    const author = authors[one.who]!
    if (one.do === 'session') author.session()
    else if (one.do === 'hear') author.hear(authors[one.from]!)
    else
      await author.write(
        (doc) => void (doc[`field ${String(one.field)}`] = `${author.device} ${String(author.entries.length)}`),
      )
  }
}

/** What compaction makes of a document where everything is held as entries. */
function compacted(doc: Author['doc'], authors: readonly Author[]): Uint8Array[] {
  const { tips, ...known } = authorsOf(doc)
  const entries = authors.flatMap((author) => author.entries.map(({ entry }) => entry))
  const signed = tips.map(({ hash }) =>
    signedBy(
      entries.find(({ header }) => header.hash === hash)!,
      hash,
    ),
  )
  const heads = A.getHeads(doc).map((head) => ChangeHash.parse(head)!)
  const chosen = chooseHeaders(signed, (hash, of) => known.inPast(hash, of))
  return packSnapshot(crypto, { ...chosen, heads: heads.sort(), save: A.save(doc) })!
}

const opened = (payloads: readonly Uint8Array[]) =>
  openSnapshot(
    crypto,
    { space, document },
    payloads.map((payload) => readPart(payload)!),
  )

function claimOf({ heads, headers, actors }: Snapshot): SaveClaim {
  const signed = headers.map(({ header }) => ({ actor: header.actor!, last: header.last!, hash: header.hash! }))
  const former = [...actors].slice(headers.length).map(([actor, by]) => ({ actor, by }))
  return { heads, signed, former, covered: [], perhaps: [] }
}

describe('compaction of any history', () => {
  it('EN-16 EN-17 IN-21 keeps the document and its authors', { timeout: within(60_000) }, async () => {
    const lives = fc.tuple(
      fc.array(step, { minLength: 3, maxLength: 30 }),
      fc.array(step, { maxLength: 15 }),
      fc.infiniteStream(fc.nat()),
    )
    await fc.assert(
      fc.asyncProperty(lives, async ([before, after, order]) => {
        const authors = [world.luz, world.marta, third].map((sign) => new Author(world, sign))
        await authors[0]!.write((doc) => void (doc['title'] = 'Plan'))
        await live(authors, before)
        for (const other of authors) authors[0]!.hear(other)
        const payloads = compacted(authors[0]!.doc, authors)
        const counts = authors.map(({ entries }) => entries.length)
        const snapshot = unwrap(await opened(payloads))
        const report = unwrap(await checkSave(snapshot.save, claimOf(snapshot)))
        // Whose every actor is follows from what is signed.
        for (const { actor } of report.tips) {
          const author = authors.find(({ entries }) => entries.some(({ entry }) => entry.header.actor === actor))
          expect(snapshot.headers[snapshot.actors.get(actor)!]?.header.device).toBe(author?.device)
        }
        await live(authors, after)
        for (const other of authors) authors[0]!.hear(other)
        const tail = authors.flatMap(({ entries }, at) => entries.slice(counts[at]))
        const mixed = tail.map((one) => ({ one, at: order.next().value as number })).sort((a, b) => a.at - b.at)
        let doc = A.load<Record<string, unknown>>(snapshot.save)
        for (const { one } of mixed) doc = A.applyChanges(doc, [...unwrap(unpackChanges(one.entry.payload))])[0]
        expect(A.getHeads(doc).slice().sort()).toEqual(A.getHeads(authors[0]!.doc).slice().sort())
        // One header less, or one of another change: not what its authors signed.
        const claim = claimOf(snapshot)
        expect((await checkSave(snapshot.save, { ...claim, signed: claim.signed.slice(1) })).ok).toBe(false)
      }),
      runs(15),
    )
  })

  it('EN-7 EN-16 no nonce makes an actor of one device that of another', () => {
    const nonce = bytesOf('n', 16)
    const [luz, marta] = [world.luz, world.marta].map(({ publicKey }) => DeviceId.must(publicKey))
    expect(deriveActor(crypto, space, luz!, document, nonce)).not.toBe(
      deriveActor(crypto, space, marta!, document, nonce),
    )
    expect(fromHex(document)?.length).toBe(16)
  })
})
