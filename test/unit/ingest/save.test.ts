// Whether a save is what its authors signed, and whether it may be loaded at all; rules IN-20 and IN-21.
import { next as A } from '@automerge/automerge/slim'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { concat, fromHex } from '../../../src/base/bytes.ts'
import { ActorId, ChangeHash } from '../../../src/base/ids.ts'
import { checkSave, type SaveClaim } from '../../../src/ingest/save.ts'
import { boundSave } from '../../../src/ingest/save-bounds.ts'
import { sha256 } from '../../../src/ingest/sha256.ts'
import { Author, contentOf } from '../../support/authors.ts'
import { bytesOf, testSpace } from '../../support/log.ts'

const world = testSpace()

async function story() {
  const [a, b] = [new Author(world, world.luz), new Author(world, world.marta)]
  await a.write((doc) => void (doc['plan'] = 'agua '.repeat(200)))
  b.hear(a)
  await b.write(
    (doc) => void (doc['radio'] = 'dos'),
    (doc) => void (doc['radio'] = 'tres'),
  )
  a.hear(b)
  a.session()
  await a.write((doc) => void (doc['lista'] = ['uno', 'dos']))
  const { tips, heads, save } = contentOf(a, [a, b])
  const signed = tips.map(({ header }) => ({ actor: header.actor!, last: header.last!, hash: header.hash! }))
  const claim: SaveClaim = { heads, signed, former: [], covered: [], perhaps: [] }
  return { a, b, save, claim }
}

const fault = async (save: Uint8Array, claim: SaveClaim) => {
  const result = await checkSave(save, claim)
  return result.ok ? 'sound' : result.error.type
}

const leb = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...leb(Math.floor(value / 128))]

/** A document chunk with one operations column, deflated. */
function chunkWith(spec: number, column: Uint8Array): Uint8Array {
  const body = Uint8Array.from([0, 0, 0, 1, ...leb(spec | 8), ...leb(column.length)])
  const rest = concat(body, column)
  const tail = concat(Uint8Array.from([0, ...leb(rest.length)]), rest)
  return concat(Uint8Array.of(0x85, 0x6f, 0x4a, 0x83), sha256(tail).subarray(0, 4), tail)
}

/** What its columns alone say of every change: up to how many operations it surely passes. */
async function sure(save: Uint8Array): Promise<number> {
  const bounded = await boundSave(save)
  return bounded.ok ? bounded.value.operationsPerChange : -1
}

/** As if each actor had signed its last change. */
function claimFor<T>(doc: A.Doc<T>): SaveClaim {
  const last = new Map(A.getChangesMetaSince(doc, []).map((meta) => [meta.actor, meta]))
  const signed = [...last.values()].map(({ actor, seq, hash }) => ({
    actor: ActorId.parse(actor) as ActorId,
    last: seq,
    hash: hash as ChangeHash,
  }))
  return { heads: A.getHeads(doc) as ChangeHash[], signed, former: [], covered: [], perhaps: [] }
}

/** By the fuzzer: heads that are not those of its changes, which Automerge refuses with the error that engines use for want of memory. */
const WRONG_INSIDE = fromHex(
  '856f4a834a2f379c00e002031060600ae41c09771d54e654f6abc67698106d91f9e45477d1e71cb16ec2187a15aa10ed901c' +
    'c03c2500c7cbf79f70ae754dba010224c87fac7dac86f879db6d8b8773a69c7ca083698412394e12959f580254bd07010403' +
    '04130523084004430356020e01090210110d13191515210b23143405420f560f5f1c8001068101028301037d0200017f0102' +
    '007dad02070d7fb1bb83d80602007f0002017e000103070003ac020206000c010003ac020104ae027eb002b3020cb5020004' +
    'ab02020001030000030b0100037e0002aa02017ed47daf02020100017dcf7d00b6020a017f056c697374610204706c616e00' +
    'b0027f0161000d7d000201ac020206000c017cae02d37db402cd7dab02017f0205017f020b0103b002010d7f020204ad0201' +
    '7f0002017f040d010300ac02167f1402007e8501000d164b4c2f4d54481c251488080346063060714802732b158a125332f3' +
    '017e0001bf02007f017fb50202',
)!

describe('a save', () => {
  it('IN-21 that Automerge refuses is rejected, and not put off as if there had been no memory for it', async () => {
    const result = await checkSave(WRONG_INSIDE, { heads: [], signed: [], former: [], covered: [], perhaps: [] })
    expect(result.ok ? null : result.error.type).toBe('NotLoadable')
  })

  it('IN-21 is sound when every actor ends where its author signed', async () => {
    const { save, claim, b } = await story()
    const result = await checkSave(save, { ...claim, covered: [b.entries[0]!.entry.header.hash!] })
    expect(result.ok && result.value.tips.length).toBe(3)
  })

  it('IN-21 is refused when it holds a change that nobody signed, or not the last one signed', async () => {
    const { a, save, claim } = await story()
    const actor = A.getActorId(a.doc)
    const more = A.change(A.clone(a.doc, { actor }), (doc) => void (doc['plan'] = 'otra cosa'))
    const heads = A.getHeads(more).map((head) => ChangeHash.parse(head)!)
    expect(await fault(A.save(more), { ...claim, heads })).toBe('NotSigned')
    const stranger = A.change(A.clone(a.doc), (doc) => void (doc['plan'] = 'de nadie'))
    const strangers = A.getHeads(stranger).map((head) => ChangeHash.parse(head)!)
    expect(await fault(A.save(stranger), { ...claim, heads: strangers })).toBe('NotSigned')
    expect(await fault(save, { ...claim, signed: claim.signed.slice(1) })).toBe('NotSigned')
    const [one, ...rest] = claim.signed
    expect(await fault(save, { ...claim, signed: [{ ...one!, last: one!.last + 1 }, ...rest] })).toBe('NotSigned')
  })

  it('IN-21 may name a former actor by what its device signed later, if that is in its future', async () => {
    const { a, save, claim } = await story()
    const first = a.entries[0]!.entry.header
    const signed = claim.signed.filter(({ actor }) => actor !== first.actor)
    const later = signed.findIndex(({ actor }) => actor === a.entries[1]!.entry.header.actor)
    const former = [{ actor: first.actor!, by: later }]
    expect(await fault(save, { ...claim, signed, former })).toBe('sound')
    // Marta's first header is not after Luz's second session.
    const second = a.entries[1]!.entry.header
    const others = claim.signed.filter(({ actor }) => actor !== second.actor)
    const by = others.findIndex(({ actor }) => actor !== first.actor)
    expect(await fault(save, { ...claim, signed: others, former: [{ actor: second.actor!, by }] })).toBe('NotSigned')
  })

  it('IN-21 is refused with other heads, without what it covers, or when it does not load', async () => {
    const { a, save, claim } = await story()
    expect(await fault(save, { ...claim, heads: [ChangeHash.must(bytesOf('h', 32))] })).toBe('WrongHeads')
    expect(await fault(save, { ...claim, covered: [ChangeHash.must(bytesOf('h', 32))] })).toBe('Lacks')
    const without = A.save(A.change(A.init({ actor: ActorId.must(bytesOf('x', 16)) }), () => undefined))
    expect(await fault(without, claim)).not.toBe('sound')
    const broken = save.slice()
    broken[broken.length - 9]! ^= 1
    expect(await fault(broken, claim)).toBe('BadSave')
    expect(await fault(concat(save, A.getLastLocalChange(a.doc)!), claim)).toBe('BadSave')
    expect(await fault(A.getLastLocalChange(a.doc)!, claim)).toBe('BadSave')
    expect(await fault(bytesOf('noise', 400), claim)).toBe('BadSave')
  })

  it('IN-21 is judged by its columns where they leave no doubt, and change by change where they do, with one verdict', async () => {
    const { save } = await story()
    expect(await sure(save)).toBeGreaterThan(100_000)
    const actor = ActorId.must(bytesOf('x', 16))
    const begun = A.change(A.init<Record<string, unknown>>({ actor }), (doc) => void (doc['n'] = 0))
    const after = async (message: string, ...steps: ((doc: Record<string, unknown>) => void)[]) => {
      const doc = A.change(A.clone(begun, { actor }), { message }, (draft) => steps.forEach((step) => step(draft)))
      return [await sure(A.save(doc)), await fault(A.save(doc), claimFor(doc))]
    }
    const long = 'k'.repeat(1_500_000)
    const set = (end: string) => (doc: Record<string, unknown>) => void (doc[`${long}${end}`] = 1)
    expect(await after('', set('a'))).toEqual([2, 'sound'])
    expect(
      await after('', set('a'), ...['m', 'o'].map((key) => (doc: Record<string, unknown>) => void (doc[key] = 2))),
    ).toEqual([2, 'sound'])
    // More of one change's keys than a change may bring.
    expect(await after('', set('a'), set('b'), set('c'))).toEqual([2, 'BadHistory'])
    expect(await after('m'.repeat(1_024), () => undefined)).toEqual([4 * 1024 * 1024, 'sound'])
    expect(await after('m'.repeat(1_025), (doc) => void (doc['m'] = 2))).toEqual([0, 'BadHistory'])
    const short = A.change(A.init<Record<string, unknown>>({ actor: '0102' }), (doc) => void (doc['n'] = 0))
    expect([await sure(A.save(short)), await fault(A.save(short), claimFor(short))]).toEqual([0, 'BadHistory'])
  })

  it('IN-20 is not inflated or unrolled beyond the limits', async () => {
    const bomb = deflateRawSync(new Uint8Array(200 * 1024 * 1024))
    expect(bomb.length).toBeLessThan(300_000)
    expect(await boundSave(chunkWith(0x57, bomb))).toMatchObject({ error: { type: 'SaveTooLarge' } })
    // One run of 2^30 rows.
    const run = deflateRawSync(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x04, 1))
    expect(await boundSave(chunkWith(0x42, run))).toMatchObject({ error: { type: 'BadSave', why: 'rows' } })
    const garbage = bytesOf('not deflate', 40)
    expect(await boundSave(chunkWith(0x42, garbage))).toMatchObject({ error: { type: 'BadSave' } })
    const { save } = await story()
    expect((await boundSave(save)).ok).toBe(true)
  })
})
