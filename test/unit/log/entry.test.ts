// Entries: what opens, what does not, and why; rules EN-1 to EN-9.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Bytes, concat, equal, toHex, utf8 } from '../../../src/base/bytes.ts'
import { type Encodable, encode } from '../../../src/base/codec.ts'
import { ChangeHash, DocumentId, EntryId, HeaderId, idBytes, SpaceId } from '../../../src/base/ids.ts'
import { unwrap } from '../../../src/base/result.ts'
import { pad, sha512Half } from '../../../src/crypto/index.ts'
import { encodeHeader } from '../../../src/log/header.ts'
import {
  deriveActor,
  type EntryFields,
  entryId,
  openEntry,
  openEnvelope,
  packChanges,
  packRecords,
  sealEntry,
  sealEnvelope,
  unpackChanges,
  unpackRecords,
} from '../../../src/log/entry.ts'
import * as limits from '../../../src/log/limits.ts'
import { MAX_ENTRY_BYTES, MAX_WHISPER_BYTES } from '../../../src/wire/limits.ts'
import { bytesOf, changesFields, epochIdOf, graphHead, testCrypto, testSpace } from '../../support/log.ts'

const world = testSpace()
const { crypto, space, secret, epoch, secrets, luz, document } = world
const payload = packChanges([utf8('a change')])
const seal = async (fields: EntryFields, content: Bytes = payload, sign = luz) =>
  unwrap(await sealEntry(crypto, { secret, fields, payload: content, sign }))
const open = (outer: Bytes) => openEntry(crypto, outer, secrets, space)
const errorOf = async (outer: Bytes) => {
  const result = await open(outer)
  return result.ok ? null : result.error
}

/** A header map as hostile as the test wants it, rightly signed and sealed. */
async function forge(change: (fields: Record<string, Encodable>) => void, content = payload): Promise<Bytes> {
  const { actor, nonce, hash } = changesFields(world, luz)
  const fields: Record<string, Encodable> = {
    v: 1,
    kind: 'changes',
    space: idBytes(space),
    epoch: idBytes(epoch),
    device: luz.publicKey,
    time: 5,
    payload: crypto.hash('telar/1/payload', content),
    heads: [idBytes(graphHead('head'))],
    seq: 0,
    prev: null,
    document: idBytes(document),
    actor: idBytes(actor!),
    nonce: nonce!,
    first: 1,
    last: 1,
    hash: idBytes(hash!),
    form: 0,
  }
  change(fields)
  const header = encode(fields)
  const signature = await crypto.sign('telar/1/header', luz, header)
  return sealEnvelope(crypto, secret, 'telar/1/entry', encode([header, signature, content]))
}

describe('the outer form', () => {
  it('EN-1 derives key and commitment from the secret and the nonce, byte for byte', () => {
    const outer = sealEnvelope(crypto, secret, 'telar/1/entry', utf8('hello'))
    const nonce = outer.slice(1, 25)
    const both = crypto.kdf(secret, 'telar/1/entry', nonce)
    const box = crypto.seal(both.slice(0, 32), nonce, pad(utf8('hello')))
    expect(outer).toEqual(concat(Uint8Array.of(1), nonce, both.slice(32), box))
  })

  it('EN-1 opens under the secret it commits to and no other, and for no other label', () => {
    const outer = sealEnvelope(crypto, secret, 'telar/1/entry', utf8('hello'))
    expect(openEnvelope(crypto, secret, 'telar/1/entry', outer)).toEqual(utf8('hello'))
    expect(openEnvelope(crypto, bytesOf('another', 32), 'telar/1/entry', outer)).toBeNull()
    expect(openEnvelope(crypto, secret, 'telar/1/meeting', outer)).toBeNull()
  })

  it('EN-1 finds the secret among many, and says so when there is none', async () => {
    const { outer, entry } = await seal(changesFields(world, luz))
    const others = Array.from({ length: 20 }, (_, n) => bytesOf(`epoch ${n}`, 32))
    const many = new Map([...secrets, ...others.map((other) => [epochIdOf(crypto, other), other] as const)])
    expect(unwrap(await openEntry(crypto, outer, many, space)).id).toBe(entry.id)
    expect(await openEntry(crypto, outer, new Map(), space)).toEqual({ ok: false, error: { type: 'NoSecret' } })
  })

  it('EN-2 is named by half of SHA-512 over all of it', () => {
    const outer = bytesOf('anything', 700)
    expect(entryId(outer)).toBe(EntryId.must(sha512Half(outer)))
  })

  it('EN-3 pads, so that small entries have one size', async () => {
    const one = await seal(changesFields(world, luz), packChanges([utf8('a')]))
    const two = await seal(changesFields(world, luz), packChanges([utf8('a longer text')]))
    expect(one.outer.length).toBe(two.outer.length)
  })

  it('EN-3 refuses what is too large, when sealing and when opening', async () => {
    expect([limits.MAX_OUTER_BYTES, limits.MAX_WHISPER_BYTES]).toEqual([MAX_ENTRY_BYTES, MAX_WHISPER_BYTES])
    const fields = changesFields(world, luz)
    const fits = await seal(fields, new Uint8Array(limits.MAX_PAYLOAD_BYTES))
    expect(fits.outer.length).toBeLessThanOrEqual(limits.MAX_OUTER_BYTES)
    const tooLarge = await sealEntry(crypto, { secret, fields, payload: new Uint8Array(193_000), sign: luz })
    expect(tooLarge).toEqual({ ok: false, error: { type: 'TooLarge' } })
    expect(await errorOf(new Uint8Array(limits.MAX_OUTER_BYTES + 1).fill(1))).toEqual({ type: 'TooLarge' })
    expect(() => sealEnvelope(crypto, secret, 'telar/1/entry', new Uint8Array(limits.MAX_INNER_BYTES + 1))).toThrow()
    const largest = sealEnvelope(crypto, secret, 'telar/1/entry', new Uint8Array(limits.MAX_INNER_BYTES))
    expect(largest.length).toBeLessThanOrEqual(limits.MAX_OUTER_BYTES)
  })

  it('EN-3 refuses padding that is not zero', async () => {
    const nonce = bytesOf('nonce', 24)
    const both = crypto.kdf(secret, 'telar/1/entry', nonce)
    const padded = pad(utf8('hello'))
    padded[padded.length - 1] = 1
    const box = crypto.seal(both.slice(0, 32), nonce, padded)
    expect(await errorOf(concat(Uint8Array.of(1), nonce, both.slice(32), box))).toEqual({ type: 'Malformed' })
  })
})

describe('the inner form', () => {
  it('gives back what was sealed, for every kind', async () => {
    const record = { body: utf8('body'), signature: bytesOf('signature', 64) }
    const [records] = packRecords([record])
    const common = { space, epoch, time: 7 }
    const heads = [graphHead('a'), graphHead('b')].sort()
    const all: [EntryFields, Bytes][] = [
      [{ ...common, kind: 'op' }, records!],
      [{ ...common, kind: 'keys' }, records!],
      [{ ...common, kind: 'blob' }, utf8('blob')],
      [{ ...common, kind: 'witness', seq: 0, prev: null, heads }, utf8('w')],
      [{ ...common, kind: 'witness', seq: 3, prev: HeaderId.must(bytesOf('prev', 32)) }, utf8('w')],
      [{ ...common, kind: 'snapshot', heads, document }, utf8('s')],
      [changesFields(world, luz), payload],
    ]
    for (const [fields, content] of all) {
      const { outer, entry } = await seal(fields, content)
      const opened = unwrap(await open(outer))
      expect({ ...opened, headerBytes: toHex(opened.headerBytes) }).toEqual({
        ...entry,
        headerBytes: toHex(entry.headerBytes),
      })
      expect(toHex(encodeHeader(opened.header))).toBe(toHex(opened.headerBytes))
    }
  })

  it('EN-4 verifies the signature of the device it names, over the header', async () => {
    expect(await errorOf(await forge((fields) => (fields['device'] = world.marta.publicKey)))).toEqual({
      type: 'BadSignature',
    })
    const header = encodeHeader((await seal(changesFields(world, luz))).entry.header)
    const signature = await crypto.sign('telar/1/whisper-header', luz, header)
    const outer = sealEnvelope(crypto, secret, 'telar/1/entry', encode([header, signature, payload]))
    expect(await errorOf(outer)).toEqual({ type: 'BadSignature' })
  })

  it('EN-4 names a header by its hash', async () => {
    const { entry } = await seal(changesFields(world, luz))
    expect(entry.headerId).toBe(HeaderId.must(crypto.hash('telar/1/header-id', entry.headerBytes)))
  })

  it('EN-5 binds the space, the epoch of the secret and the payload', async () => {
    const other = SpaceId.must(bytesOf('other', 32))
    expect(await errorOf((await seal(changesFields(world, luz, { space: other }))).outer)).toEqual({
      type: 'WrongSpace',
    })
    const epochs = epochIdOf(crypto, bytesOf('another epoch', 32))
    expect(await errorOf((await seal(changesFields(world, luz, { epoch: epochs }))).outer)).toEqual({
      type: 'WrongEpoch',
    })
    const { entry } = await seal(changesFields(world, luz))
    const swapped = encode([entry.headerBytes, entry.signature, packChanges([utf8('another change')])])
    const outer = sealEnvelope(crypto, secret, 'telar/1/entry', swapped)
    expect(await errorOf(outer)).toEqual({ type: 'WrongPayload' })
  })

  it('EN-6 calls a newer version unreadable, not wrong', async () => {
    const unreadable = async (change: (fields: Record<string, Encodable>) => void) => errorOf(await forge(change))
    expect(await unreadable((fields) => (fields['kind'] = 'poll'))).toEqual({ type: 'Unreadable', why: 'kind' })
    expect(await unreadable((fields) => (fields['kind'] = 'constructor'))).toEqual({ type: 'Unreadable', why: 'kind' })
    expect(await unreadable((fields) => (fields['extra'] = 1))).toEqual({ type: 'Unreadable', why: 'key' })
    expect(await unreadable((fields) => (fields['form'] = 2))).toEqual({ type: 'Unreadable', why: 'form' })
    expect(await unreadable((fields) => (fields['v'] = 2))).toEqual({ type: 'Unreadable', why: 'version' })
    const outer = (await seal(changesFields(world, luz))).outer.slice()
    outer[0] = 2
    expect(await errorOf(outer)).toEqual({ type: 'Unreadable', why: 'outer' })
  })

  it('EN-7 refuses an actor that is not derived from space, device, document and nonce', async () => {
    const fields = changesFields(world, luz)
    expect(fields.actor).toBe(
      deriveActor(crypto, space, (await seal(fields)).entry.header.device, document, fields.nonce!),
    )
    const stolen = await seal(fields, payload, world.marta)
    expect(await errorOf(stolen.outer)).toEqual({ type: 'WrongActor' })
    const elsewhere = changesFields(world, luz, { document: DocumentId.must(bytesOf('other document', 16)) })
    expect(await errorOf((await seal(elsewhere)).outer)).toEqual({ type: 'WrongActor' })
  })

  it('EN-9 wants records in op and keys entries: a body and 64 bytes each, at least one', async () => {
    const fields: EntryFields = { kind: 'op', space, epoch, time: 7 }
    const bad: Encodable[] = [
      [],
      {},
      [[utf8('b')]],
      [[utf8('b'), new Uint8Array(63)]],
      [[new Uint8Array(0), new Uint8Array(64)]],
    ]
    for (const value of bad)
      expect(await errorOf((await seal(fields, encode(value))).outer)).toEqual({ type: 'BadPayload' })
    expect(await errorOf((await seal(fields, utf8('not CBOR'))).outer)).toEqual({ type: 'BadPayload' })
  })

  it('refuses fields that are missing or out of range', async () => {
    const bad: [string, Encodable | undefined][] = [
      ['time', -1],
      ['time', 1.5],
      ['seq', -1],
      ['seq', undefined],
      ['prev', undefined],
      ['prev', bytesOf('prev', 32)],
      ['heads', []],
      ['heads', undefined],
      ['heads', [bytesOf('b', 31)]],
      ['heads', [new Uint8Array(32).fill(2), new Uint8Array(32).fill(1)]],
      ['heads', [new Uint8Array(32), new Uint8Array(32)]],
      ['heads', Array.from({ length: 17 }, (_, n) => new Uint8Array(32).fill(n))],
      ['document', bytesOf('d', 15)],
      ['nonce', bytesOf('n', 17)],
      ['first', 0],
      ['last', 0],
      ['last', limits.MAX_CHANGES + 1],
      ['hash', null],
      ['form', -1],
      ['form', null],
      ['kind', 7],
    ]
    for (const [field, value] of bad) {
      const outer = await forge((fields) => {
        if (value === undefined) Reflect.deleteProperty(fields, field)
        else fields[field] = value
      })
      expect(await errorOf(outer), field).toEqual({ type: 'BadField', field })
    }
  })

  it('refuses CBOR that is not canonical, in the inner form and in the header', async () => {
    const { entry } = await seal(changesFields(world, luz))
    const signature = entry.signature
    const long = concat(Uint8Array.of(0x98, 3), encode([entry.headerBytes, signature, payload]).slice(1))
    const inner = sealEnvelope(crypto, secret, 'telar/1/entry', long)
    expect(await errorOf(inner)).toEqual({ type: 'NotCanonical' })
    for (const header of [utf8('no'), encode([1]), encode(null), encode(new Uint8Array(3)), new Uint8Array(3_000)]) {
      const signed = await crypto.sign('telar/1/header', luz, header)
      const outer = sealEnvelope(crypto, secret, 'telar/1/entry', encode([header, signed, payload]))
      expect(await errorOf(outer)).toEqual({ type: 'NotCanonical' })
    }
  })
})

describe('hostile bytes', () => {
  it('EN-1 never open to anything when any byte of an outer form is changed', async () => {
    const { outer } = await seal(changesFields(world, luz))
    await fc.assert(
      fc.asyncProperty(fc.nat(outer.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const tampered = outer.slice()
        tampered[at] = (tampered[at] ?? 0) ^ flip
        expect((await open(tampered)).ok).toBe(false)
      }),
      { numRuns: 200 },
    )
  })

  it('EN-3 give an error, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 900 }), fc.boolean(), async (bytes, head) => {
        const outer = head ? concat(Uint8Array.of(1), bytes) : bytes
        expect((await open(outer)).ok).toBe(false)
      }),
      { numRuns: 100 },
    )
  })

  it('EN-4 give an error, whatever CBOR or rubbish is sealed in them', async () => {
    const value = fc.letrec<{ item: Encodable }>((tie) => ({
      item: fc.oneof(
        { maxDepth: 4 },
        fc.uint8Array({ maxLength: 70 }),
        fc.integer(),
        fc.string(),
        fc.constant(null),
        fc.array(tie('item'), { maxLength: 4 }),
        fc.dictionary(fc.string(), tie('item'), { maxKeys: 4 }),
      ),
    })).item
    await fc.assert(
      fc.asyncProperty(fc.oneof(value.map(encode), fc.uint8Array({ maxLength: 300 })), async (inner) => {
        const outer = sealEnvelope(crypto, secret, 'telar/1/entry', inner)
        expect((await open(outer)).ok).toBe(false)
      }),
      { numRuns: 200 },
    )
  })

  it('EN-6 in a signed header give an entry or an error, never a throw', async () => {
    const keys = [
      'v',
      'kind',
      'space',
      'time',
      'heads',
      'seq',
      'prev',
      'document',
      'actor',
      'nonce',
      'first',
      'last',
      'hash',
      'form',
    ]
    const value = fc.oneof(
      fc.uint8Array({ maxLength: 33 }),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constant(null),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keys), value, async (key, hostile) => {
        const result = await open(await forge((fields) => (fields[key] = hostile)))
        if (result.ok) expect(toHex(encodeHeader(result.value.header))).toBe(toHex(result.value.headerBytes))
      }),
      { numRuns: 150 },
    )
  })
})

describe('payloads', () => {
  it('EN-9 pack records in order, each payload below the limit', () => {
    const records = Array.from({ length: 300 }, (_, n) => ({
      body: bytesOf(`b${n}`, 2_000),
      signature: bytesOf(`s${n}`, 64),
    }))
    const payloads = packRecords(records)
    expect(payloads.length).toBe(4)
    for (const one of payloads) expect(one.length).toBeLessThanOrEqual(limits.MAX_PAYLOAD_BYTES)
    expect(payloads.flatMap((one) => unwrap(unpackRecords(one)))).toEqual(records)
    expect(() => packRecords([{ body: new Uint8Array(190_000), signature: new Uint8Array(64) }])).toThrow()
    expect(packRecords([])).toEqual([])
  })

  it('hold changes in order, and give an error for anything else', () => {
    const changes = [utf8('one'), utf8('two')]
    expect(unwrap(unpackChanges(packChanges(changes)))).toEqual(changes)
    for (const bad of [encode([]), encode(['text']), encode({}), utf8('x'), new Uint8Array(0)])
      expect(unpackChanges(bad)).toEqual({ ok: false, error: { type: 'BadPayload' } })
  })
})

it('another crypto opens what this one sealed', async () => {
  const { outer, entry } = await seal(changesFields(world, luz, { hash: ChangeHash.must(bytesOf('h', 32)) }))
  const opened = unwrap(await openEntry(testCrypto('elsewhere'), outer, secrets, space))
  expect(equal(opened.payload, entry.payload)).toBe(true)
})
