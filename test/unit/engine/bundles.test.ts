// Files that carry a space between real engines with no relay alive (docs/spec/bundles.md): whole, only what is new, cut, damaged,
// found by a stranger, opened by who was away and by who was taken out.
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Bytes, concat, toHex } from '../../../src/base/bytes.ts'
import { fromHex } from '../../../src/base/bytes.ts'
import { encode } from '../../../src/base/codec.ts'
import { idBytes } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import { bundleRecords, BundleWriter, readBundleHead } from '../../../src/carriers/bundle.ts'
import { bodyKey, encodeStatement, leadOf, openRecord, sealRecord } from '../../../src/engine/bundle-seals.ts'
import { bundleRequests } from '../../../src/engine/requests-bundles.ts'
import { Requests } from '../../../src/engine/requests.ts'
import { circle, documentId, numberIn, person, together } from '../../support/circle.ts'
import type { Insider } from '../../support/insider.ts'

const PLAN = documentId(1)
const put = (one: Insider, n: number) => one.space.documents.edit(PLAN, (doc) => void (doc['n'] = n))
const asks = (one: Insider) => bundleRequests(new Requests(one.keeper))
const save = async (one: Insider, since: Insider | null = null) =>
  unwrap(await asks(one).saveBundle({ space: one.space.id, since: since?.space.me ?? null }))
const open = (one: Insider, file: Bytes) => asks(one).openBundle({ file })
const failed = (reason: string) => ({ ok: false, error: { type: 'BadFile', reason } })

/** Everybody in step, and then no relay any more. */
async function apart(...aliases: string[]) {
  const { people, relay } = await circle(aliases)
  const [first] = people as [Insider]
  await first.space.documents.create(PLAN, [(doc) => void (doc['n'] = 0)])
  await together(...people)
  await relay.close()
  return people
}

/** A file of `by` with these pieces in place of its own. */
async function forged(by: Insider, make: (writer: BundleWriter, nonce: Bytes) => Promise<void> | void) {
  const { crypto } = by.workspace
  const { nonce, tag, commitment } = unwrap(readBundleHead((await save(by)).file))
  const lead = leadOf(crypto, by.space.record.seed, nonce)
  const body = bodyKey(crypto, by.space.ring.secrets(), { nonce, tag, commitment })!
  const writer = new BundleWriter({ nonce, tag, commitment }, (part, index, plaintext) =>
    sealRecord(crypto, part === 'lead' ? lead.key : body, index, plaintext),
  )
  await make(writer, nonce)
  return writer.file()
}

describe('bundles', () => {
  test('BU-1, BU-6: what one writes without a relay another has by a file, in the same way as from a peer', async () => {
    const [ceiba, copal] = (await apart('Ceiba', 'Copal')) as [Insider, Insider]
    await put(ceiba, 1)
    const { name, file, entries } = await save(ceiba)
    expect(name).toMatch(/^[0-9a-f]{8}\.telar-bundle$/)
    expect(entries).toBe(ceiba.space.log.ids().length)
    const opened = unwrap(await open(copal, file))
    const said = { space: ceiba.space.id, member: ceiba.space.me, whole: true, sealed: false }
    expect(opened).toMatchObject({ ...said, entries })
    expect(opened.fresh).toBeGreaterThan(0)
    expect(opened.savedAt).toBeLessThanOrEqual(Date.now())
    expect(await numberIn(copal, PLAN)).toBe(1)
    expect(unwrap(await open(copal, file)).fresh).toBe(0)
  })

  test('BU-7: an answer has only what is new since her file, and is much smaller', async () => {
    const [ceiba, copal] = (await apart('Ceiba', 'Copal')) as [Insider, Insider]
    for (let n = 1; n <= 40; n++) await put(ceiba, n)
    expect(await asks(copal).saveBundle({ space: copal.space.id, since: ceiba.space.me })).toMatchObject({
      error: { type: 'UnknownMember' },
    })
    unwrap(await open(copal, (await save(ceiba)).file))
    const [reader, ...more] = unwrap(await asks(copal).bundleReaders(copal.space.id))
    expect(reader).toMatchObject({ member: ceiba.space.me })
    expect(more).toEqual([])
    await copal.reopen()
    await put(copal, 99)
    const whole = await save(copal)
    const answer = await save(copal, ceiba)
    expect(answer.entries).toBeLessThan(whole.entries / 5)
    expect(answer.file.length).toBeLessThan(whole.file.length / 3)
    const opened = unwrap(await open(ceiba, answer.file))
    expect(opened).toMatchObject({ whole: true, member: copal.space.me, fresh: answer.entries })
    expect(await numberIn(ceiba, PLAN)).toBe(99)
    expect([...ceiba.space.log.ids()].sort()).toEqual([...copal.space.log.ids()].sort())
  })

  test('BU-2, BU-4: says nothing to who finds it: no id, no name, no entry; another space does not know it', async () => {
    const [ceiba] = (await apart('Ceiba', 'Copal')) as [Insider, Insider]
    const { file } = await save(ceiba)
    const hex = toHex(file)
    const { space } = ceiba
    const channels = space.listening().map(({ channel }) => channel)
    const secrets = [space.id, space.me, space.device, space.index, PLAN, ...channels, ...space.log.ids()]
    for (const id of secrets) expect(hex.includes(id), id).toBe(false)
    for (const name of ['Red', 'Ceiba', 'Copal'])
      expect(hex.includes(toHex(new TextEncoder().encode(name)))).toBe(false)
    for (const outer of (await space.log.outers(space.log.ids())).values())
      expect(hex.includes(toHex(outer.slice(0, 60)))).toBe(false)
    // Two files of the same have nothing in common but the beginning.
    const again = toHex((await save(ceiba)).file)
    expect(again.slice(0, 18)).toBe(hex.slice(0, 18))
    expect(again.slice(18, 178)).not.toBe(hex.slice(18, 178))
    const stranger = await person('Espiga')
    await stranger.workspace.found('Otra', [])
    expect(await open(stranger, file)).toMatchObject(failed('not-for-here'))
  })

  test('BU-3, BU-9: a removed device sees how many key entries and operations there are, and not who saved it', async () => {
    const { people, relay } = await circle(['Ceiba', 'Copal', 'Luz'])
    const [ceiba, copal, luz] = people as [Insider, Insider, Insider]
    await together(...people)
    const held = { seed: luz.space.record.seed, secrets: new Map(luz.space.ring.secrets()) }
    await ceiba.space.serial(async () => unwrap(await ceiba.space.remove(luz.space.me)))
    await luz.until(() => luz.space.standing === 'removed')
    await together(ceiba, copal)
    await relay.close()
    const { file } = await save(ceiba)
    const head = unwrap(readBundleHead(file))
    // All that she has does not open the body.
    expect(bodyKey(luz.workspace.crypto, held.secrets, head)).toBeNull()
    expect(bodyKey(luz.workspace.crypto, luz.space.ring.secrets(), head)).toBeNull()
    const { key } = leadOf(luz.workspace.crypto, held.seed, head.nonce)
    const lead = [...bundleRecords(file)].filter(({ part }) => part === 'lead')
    expect(lead.every(({ index, sealed }) => openRecord(luz.workspace.crypto, key, index, sealed) !== null)).toBe(true)
    const body = [...bundleRecords(file)].filter(({ part }) => part === 'body')
    expect(body.some(({ index, sealed }) => openRecord(luz.workspace.crypto, key, index, sealed) !== null)).toBe(false)
    const kinds = new Set(ceiba.space.log.metas().map(({ kind }) => kind))
    expect(kinds.size).toBeGreaterThan(2)
    expect(await open(luz, file)).toMatchObject({ error: { type: 'RemovedFromSpace' } })
    expect(await asks(luz).saveBundle({ space: luz.space.id, since: null })).toMatchObject({
      error: { type: 'RemovedFromSpace' },
    })
  })

  test('BU-2, BU-3: who has only older keys recognises it, and what leads to the keys opens the rest', async () => {
    const { people, relay } = await circle(['Ceiba', 'Copal', 'Luz'])
    const [ceiba, copal, luz] = people as [Insider, Insider, Insider]
    await ceiba.space.documents.create(PLAN, [(doc) => void (doc['n'] = 0)])
    await together(...people)
    await copal.keeper.lock()
    await ceiba.space.serial(async () => {
      unwrap(await ceiba.space.remove(luz.space.me))
      for (let n = 0; n < 3; n++)
        unwrap(await ceiba.space.order({ op: 'rotate-device', box: await ceiba.space.useNewBox() }))
    })
    await put(ceiba, 7)
    await together(ceiba)
    await relay.close()
    copal.world.offline = true
    await copal.reopen()
    const before = copal.space.ring.inUse(copal.space.graph)
    const { file } = await save(ceiba)
    expect(bodyKey(copal.workspace.crypto, copal.space.ring.secrets(), unwrap(readBundleHead(file)))).toBeNull()
    expect(unwrap(await open(copal, file))).toMatchObject({ whole: true, sealed: false, member: ceiba.space.me })
    expect(copal.space.ring.inUse(copal.space.graph)).not.toBe(before)
    expect(await numberIn(copal, PLAN)).toBe(7)
  })

  test('BU-8: a file that was cut gives what was whole and says so; a changed record is left out', async () => {
    const [ceiba, copal, luz] = (await apart('Ceiba', 'Copal', 'Luz')) as [Insider, Insider, Insider]
    for (let n = 1; n <= 20; n++) await put(ceiba, n)
    const { file, entries } = await save(ceiba)
    const records = [...bundleRecords(file)]
    expect(records.length).toBeGreaterThan(3)
    const cut = unwrap(await open(copal, file.slice(0, file.length - 10)))
    expect(cut).toMatchObject({ whole: false, sealed: false, entries })
    const early = unwrap(await open(copal, file.slice(0, 89 + 5 + records[0]!.sealed.length)))
    expect(early).toMatchObject({ whole: false, member: null })
    const spoilt = file.slice()
    const at = 89 + 5 + 200
    spoilt[at] = (spoilt[at] ?? 0) ^ 1
    const damaged = unwrap(await open(luz, spoilt))
    expect(damaged).toMatchObject({ whole: false })
    expect(damaged.entries).toBeLessThan(entries)
    expect(await numberIn(luz, PLAN)).toBe(20)
    const tag = file.slice()
    tag[45] = (tag[45] ?? 0) ^ 1
    expect(await open(luz, tag)).toMatchObject(failed('not-for-here'))
  })

  test('BU-6: bytes of an insider that are no entries are kept as what they are and stop nothing', async () => {
    const [ceiba, copal] = (await apart('Ceiba', 'Copal')) as [Insider, Insider]
    await put(ceiba, 5)
    const good = [...(await ceiba.space.log.outers(ceiba.space.log.ids())).values()]
    const noise = (n: number): Bytes => concat(Uint8Array.of(n), new Uint8Array(99).fill(n))
    const file = await forged(ceiba, (writer, ch) => {
      writer.add('lead', { type: 'message', message: { t: 'put', ch, entries: [noise(1), noise(0), noise(9)] } })
      writer.add('lead', { type: 'message', message: { t: 'ping' } })
      writer.add('lead', { type: 'statement', bytes: noise(3) })
      writer.add('body', { type: 'statement', bytes: noise(4) })
      writer.add('body', { type: 'message', message: { t: 'put', ch, entries: good } })
    })
    const opened = unwrap(await open(copal, file))
    expect(opened).toMatchObject({ member: null, savedAt: null, whole: false, entries: good.length + 3 })
    expect(await numberIn(copal, PLAN)).toBe(5)
    expect(unwrap(await asks(copal).bundleReaders(copal.space.id))).toEqual([])
  })

  test('BU-8: who finds a file and appends to it without end does not keep the app busy', async () => {
    const [ceiba, copal] = (await apart('Ceiba', 'Copal')) as [Insider, Insider]
    await put(ceiba, 1)
    const { file } = await save(ceiba)
    // Records of no bytes, of the body: five bytes each.
    const junk = new Uint8Array(50_000 * 5)
    for (let at = 0; at < junk.length; at += 5) junk[at] = 1
    const opens = vi.spyOn(copal.workspace.crypto, 'open')
    expect(unwrap(await open(copal, concat(file, junk)))).toMatchObject({ whole: false, member: ceiba.space.me })
    expect(opens.mock.calls.filter(([, , sealed]) => sealed.length === 0).length).toBeLessThan(300)
    expect(await numberIn(copal, PLAN)).toBe(1)
  })

  test('BU-5: nobody speaks for another: of a statement that she did not sign for this file nothing is remembered', async () => {
    const [ceiba, copal, luz] = (await apart('Ceiba', 'Copal', 'Luz')) as [Insider, Insider, Insider]
    const { crypto } = luz.workspace
    const have = new Uint8Array(8)
    const said = { member: ceiba.space.me, at: 1, have }
    const asAnother = await forged(luz, async (writer, nonce) => {
      const bytes = await encodeStatement(crypto, luz.space.keys.sign, { space: luz.space.id, nonce }, said)
      writer.add('body', { type: 'statement', bytes })
    })
    expect(unwrap(await open(copal, asAnother))).toMatchObject({ member: null })
    const elsewhere = await forged(luz, async (writer) => {
      const file = { space: luz.space.id, nonce: new Uint8Array(32) }
      const bytes = await encodeStatement(crypto, luz.space.keys.sign, file, { ...said, member: luz.space.me })
      writer.add('body', { type: 'statement', bytes })
    })
    expect(unwrap(await open(copal, elsewhere))).toMatchObject({ member: null })
    const broken = encode([
      encode({ v: 1, member: idBytes(luz.space.me), device: fromHex('00')!, at: 1, have }),
      new Uint8Array(64),
    ])
    const malformed = await forged(luz, (writer) => writer.add('body', { type: 'statement', bytes: broken }))
    expect(unwrap(await open(copal, malformed))).toMatchObject({ member: null })
    expect(unwrap(await asks(copal).bundleReaders(copal.space.id))).toEqual([])
  })

  test('BU-8: other files, and a full disk, are answers', async () => {
    const [ceiba, copal] = (await apart('Ceiba', 'Copal')) as [Insider, Insider]
    expect(await open(copal, new TextEncoder().encode('{}'))).toMatchObject(failed('not-a-file'))
    expect(await open(copal, new Uint8Array(0))).toMatchObject(failed('not-a-file'))
    await put(ceiba, 3)
    const { file } = await save(ceiba)
    expect(await open(copal, file.slice(0, 60))).toMatchObject(failed('damaged'))
    copal.world.refuseWrites = 50
    expect(await open(copal, file)).toMatchObject({ error: { type: 'StorageFailed' } })
    copal.world.refuseWrites = 0
    expect(unwrap(await open(copal, file))).toMatchObject({ whole: true })
    expect(await numberIn(copal, PLAN)).toBe(3)
  })

  // More than 64 MiB in the long run.
  const large = process.env['SLOW'] === '1' ? 380 : 40
  test('BU-6: a large file goes through, and others get a word in between', { timeout: 300_000 }, async () => {
    const [ceiba, copal] = (await apart('Ceiba', 'Copal')) as [Insider, Insider]
    const now = ceiba.space.current()!
    const { crypto } = ceiba.workspace
    // Sound entries of a kind that nobody reads: the size is what is tested.
    for (let n = 0; n < large; n++)
      await ceiba.space.log.append(
        now.secret,
        { kind: 'blob', epoch: now.epoch, time: n } as never,
        crypto.random.bytes(185_000),
        ceiba.space.keys.sign,
      )
    const { file } = await save(ceiba)
    expect(file.length).toBeGreaterThan(large * 185_000)
    let words = 0
    const timer = setInterval(() => (words += 1), 1)
    onTestFinished(() => clearInterval(timer))
    expect(unwrap(await open(copal, file))).toMatchObject({ whole: true, fresh: large })
    clearInterval(timer)
    expect(words).toBeGreaterThan(3)
  })
})
