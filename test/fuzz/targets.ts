// Every decoder that takes bytes or text from outside, with valid inputs to begin from. A new decoder gets an entry here: `read`
// answers null for what it refuses, `[]` for what it takes, and where what it took can be written again, those bytes and the
// bytes they must be.
import { readFileSync } from 'node:fs'
import { next as A } from '@automerge/automerge/slim'
import { type Bytes, concat, fromHex, toBase64Url, utf8 } from '../../src/base/bytes.ts'
import { decode, type Encodable, encode } from '../../src/base/codec.ts'
import { DeviceId, HeaderId, idBytes, InvitationId, MemberId, OperationId } from '../../src/base/ids.ts'
import { labels } from '../../src/crypto/index.ts'
import { CodeReader, codesOf } from '../../src/engine/codes.ts'
import { importJson } from '../../src/documents/transfer.ts'
import { parsePath } from '../../src/documents/json.ts'
import { openKnock, readSaid } from '../../src/engine/meeting.ts'
import {
  encodeLink,
  encodeLinkingLink,
  parseLink,
  parseLinkingLink,
  parseRecoveryWords,
  recoveryWords,
} from '../../src/identity/index.ts'
import { guardChanges } from '../../src/ingest/guard.ts'
import { parseChange } from '../../src/ingest/parse-change.ts'
import { decodeKeyRecord, openWake, readWake } from '../../src/keys/index.ts'
import { WAKE } from '../../src/keys/labels.ts'
import { openEntry, sealEnvelope, unpackChanges, unpackRecords } from '../../src/log/entry.ts'
import { encodeHeader, type Header, parseHeader } from '../../src/log/header.ts'
import { ENTRY, PAYLOAD, WHISPER } from '../../src/log/labels.ts'
import { openWhisper } from '../../src/log/whisper.ts'
import { decodeOperation } from '../../src/membership/decode.ts'
import { decodeMessage, encodeMessage } from '../../src/wire/messages.ts'
import { bytesOf, changesFields } from '../support/log.ts'
import { id, type Reading, relays, same, signature, type Target, text, world } from './target.ts'
import { carrierTargets } from './targets-carriers.ts'
import { deviceTargets } from './targets-devices.ts'

const { crypto, space, epoch, secret, secrets, document, luz } = world
const plain = (target: Target): Target => target

interface Vectors {
  readonly graphs: readonly { readonly records: readonly (readonly [string, string])[] }[]
}
const vectors = (name: string): unknown => JSON.parse(readFileSync(`test/vectors/${name}.json`, 'utf8'))

/** All pairs of hex texts anywhere in the vectors that look like a signed record. */
function recordsIn(value: unknown): { body: Bytes; signature: Bytes }[] {
  if (!Array.isArray(value))
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(recordsIn) : []
  const [body, signature] = value as readonly unknown[]
  if (value.length === 2 && typeof body === 'string' && typeof signature === 'string' && signature.length === 128)
    return [{ body: fromHex(body) ?? new Uint8Array(), signature: fromHex(signature) ?? new Uint8Array() }]
  return value.flatMap(recordsIn)
}

const operations = recordsIn((vectors('membership') as Vectors).graphs).map(({ body }) => body)
const keyRecords = recordsIn(vectors('keys'))
  .map(({ body }) => body)
  .filter((body) => {
    const value = decode(body)
    return value.ok && typeof (value.value as { rec?: unknown }).rec === 'string'
  })

const headers = (
  [
    changesFields(world, luz),
    changesFields(world, luz, { seq: 3, prev: HeaderId.must(id('prev')), heads: undefined, form: 1 }),
    { kind: 'op', space, epoch, time: 5 },
    { kind: 'witness', space, epoch, time: 5, seq: 0, prev: null, heads: [OperationId.must(id('head'))] },
    { kind: 'snapshot', space, epoch, time: 5, heads: [OperationId.must(id('head'))], document },
  ] as const
).map((fields) =>
  encodeHeader({ ...fields, device: DeviceId.must(luz.publicKey), payload: crypto.hash(PAYLOAD, id('p')) }),
)

const messages: readonly Encodable[] = [
  { t: 'ping' },
  { t: 'error', code: 'rate', after: 5 },
  { t: 'whisper', ch: id('ch'), data: id('data') },
  { t: 'put', ch: id('ch'), entries: [id('e')] },
  { t: 'open', ch: id('ch'), proof: signature },
  { t: 'refuse', ch: id('ch'), ids: [id('e')], code: 'busy', after: 9 },
  {
    t: 'ranges',
    ch: id('ch'),
    ranges: [
      { m: 'skip', end: id('end') },
      { m: 'ids', end: null, ids: [id('e')] },
    ],
  },
]

function changes(): Bytes[] {
  let doc = A.change(A.init<Record<string, unknown>>({ actor: 'ab'.repeat(16) }), { time: 5 }, (draft) => {
    Object.assign(draft, { text: 'hola', list: [1, { a: 'b' }], n: new A.Counter(3), b: Uint8Array.of(1, 2) })
  })
  doc = A.change(doc, (draft) => A.splice(draft, ['text'], 2, 1, 'ñandú 🌱'))
  const other = A.change(A.clone(doc, { actor: 'cd'.repeat(16) }), (draft) => void (draft['text'] = 'otra'))
  doc = A.change(A.merge(doc, other), (draft) => A.mark(draft, ['text'], { start: 0, end: 2 }, 'bold', true))
  doc = A.change(doc, (draft) => {
    delete draft['list']
    ;(draft['n'] as A.Counter).increment(2)
  })
  return A.getAllChanges(doc)
}

const member = MemberId.must(bytesOf('member', 16))
const invitation = { seed: id('seed'), mode: 'open', role: 'editor', relays, space } as const
const links = [
  { kind: 'device', seed: id('seed'), relays, spaces: [{ space, member }] },
  {
    kind: 'return',
    seed: id('seed'),
    relays: [],
    space,
    member,
    first: DeviceId.must(luz.publicKey),
    recovery: DeviceId.must(luz.publicKey),
    heads: [OperationId.must(id('head'))],
    seq: 1,
    prev: OperationId.must(id('head')),
  },
] as const
const codeBytes = (text: string): Bytes => Uint8Array.from(Buffer.from(text.split('.')[1] ?? '', 'base64url'))

const boxes = { boxes: [crypto.boxKeys(id('box'))], spaceSeed: id('spaceSeed') }
const wakeContext = (device: Bytes) => concat(idBytes(space), device)
const said = { kind: 'knock', v: 1, sealed: bytesOf('sealed', 80) } as const
const knock = { device: luz.publicKey, box: id('box'), recovery: null, proof: signature, consent: signature }
const INVITATION = InvitationId.must(luz.publicKey)

/** Nothing bent is signed: what stops there alone was read. */
const gotToSignature = (result: { ok: true } | { ok: false; error: { type: string } }): Reading =>
  result.ok || result.error.type === 'BadSignature' ? [] : null

export const targets: readonly Target[] = [
  plain({
    name: 'canonical CBOR',
    shape: 'cbor',
    corpus: [...headers, ...operations.slice(0, 5), encode({ a: [1, 2.5, null, true, 'ñ'] })],
    read(input) {
      const value = decode(input)
      return value.ok ? same(encode(value.value as Encodable), input) : null
    },
  }),
  plain({
    name: 'messages',
    shape: 'cbor',
    corpus: messages.map(encode),
    read(input) {
      const message = decodeMessage(input)
      return message.ok ? same(encodeMessage(message.value), input) : null
    },
  }),
  plain({
    name: 'entries, outer form',
    shape: 'bytes',
    costly: true,
    corpus: [sealEnvelope(crypto, secret, ENTRY, encode([headers[0] ?? secret, signature, id('p')]))],
    read: async (input) => gotToSignature(await openEntry(crypto, input, secrets, space)),
  }),
  plain({
    name: 'entries, inner form',
    shape: 'cbor',
    costly: true,
    corpus: headers.map((header) => encode([header, signature, id('p')])),
    async read(input) {
      const outer = sealEnvelope(crypto, secret, ENTRY, input)
      return (await openEntry(crypto, outer, secrets, space, true)).ok ? [] : null
    },
  }),
  plain({
    name: 'headers',
    shape: 'cbor',
    corpus: headers,
    read(input) {
      const fields = decode(input)
      if (!fields.ok || typeof fields.value !== 'object' || fields.value === null || Array.isArray(fields.value))
        return null
      const header = parseHeader(fields.value as Record<string, unknown>)
      // `v` is looked at before, by whoever opens the entry.
      const first = (fields.value as { v?: unknown }).v === 1
      return header.ok && first ? same(encodeHeader(header.value), input) : null
    },
  }),
  plain({
    name: 'payloads',
    shape: 'cbor',
    corpus: [encode(changes()), encode([[operations[0] ?? secret, signature]])],
    read(input) {
      const [records, list] = [unpackRecords(input), unpackChanges(input)]
      return records.ok || list.ok ? [] : null
    },
  }),
  plain({
    name: 'operations',
    shape: 'cbor',
    corpus: operations,
    read: (body) => (decodeOperation(crypto, { body, signature }).ok ? [] : null),
  }),
  plain({
    name: 'key records',
    shape: 'cbor',
    corpus: keyRecords,
    read: (body) => (decodeKeyRecord(crypto, { body, signature }).ok ? [] : null),
  }),
  plain({
    name: 'changes',
    shape: 'change',
    corpus: changes(),
    read(input) {
      const change = parseChange(input)
      if (!change.ok) return null
      const { actor, seq, hash } = change.value
      const header = { ...changesFields(world, luz), actor, first: seq, last: seq, hash } as unknown as Header
      guardChanges(header, [input], { maxOpOf: () => seq })
      return []
    },
  }),
  plain({
    name: 'whispers',
    shape: 'cbor',
    costly: true,
    corpus: [
      encode([
        encode({
          v: 1,
          kind: 'whisper',
          space: idBytes(space),
          epoch: idBytes(epoch),
          device: luz.publicKey,
          session: bytesOf('session', 16),
          counter: 1,
          time: 1,
          payload: crypto.hash(PAYLOAD, encode({ place: null })),
        }),
        signature,
        encode({ place: null }),
      ]),
    ],
    async read(input) {
      const outer = sealEnvelope(crypto, secret, WHISPER, input)
      return gotToSignature(await openWhisper(crypto, outer, secrets, space))
    },
  }),
  plain({
    name: 'invitations',
    shape: 'cbor',
    corpus: [codeBytes(encodeLink(invitation)), codeBytes(encodeLink({ ...invitation, relays: [] }))],
    read(input) {
      const link = parseLink(`https://app.example/#telar1.${toBase64Url(input)}`)
      return link.ok ? same(codeBytes(encodeLink(link.value)), input) : null
    },
  }),
  plain({
    name: 'links for devices',
    shape: 'cbor',
    corpus: links.map((link) => codeBytes(encodeLinkingLink(link))),
    read(input) {
      const link = parseLinkingLink(`telarlink1.${toBase64Url(input)}`)
      return link.ok ? same(codeBytes(encodeLinkingLink(link.value)), input) : null
    },
  }),
  plain({
    name: 'links, as texts',
    shape: 'text',
    corpus: [...links.map((link) => encodeLinkingLink(link, 'https://app.example/')), encodeLink(invitation, 'x')].map(
      utf8,
    ),
    read: (input) => (parseLink(text(input)).ok || parseLinkingLink(text(input)).ok ? [] : null),
  }),
  plain({
    name: 'codes said by hand',
    shape: 'text',
    corpus: codesOf(crypto, { id: INVITATION, said: [said, said] }).map(utf8),
    read: (input) => (new CodeReader(crypto).read(text(input)).type === 'whole' ? [] : null),
  }),
  plain({
    name: 'what is said in a meeting',
    shape: 'cbor',
    corpus: [
      encode(said),
      encode({ ...said, kind: 'answer' }),
      encode({ kind: 'welcome', v: 1, to: id('to'), sealed: id('s') }),
    ],
    read(input) {
      const value = decode(input)
      const read = value.ok ? readSaid(value.value) : null
      return read === null ? null : same(encode({ ...read }), input)
    },
  }),
  plain({
    name: 'knocks',
    shape: 'cbor',
    costly: true,
    corpus: [encode(knock), encode({ ...knock, recovery: id('recovery') })],
    async read(input) {
      const box = boxes.boxes[0] ?? crypto.boxKeys()
      const context = concat(idBytes(space), idBytes(INVITATION))
      const sealed = await crypto.sealTo(box.publicKey, labels.KNOCK, context, input)
      const read = await openKnock(crypto, box, space, INVITATION, sealed)
      return read === null ? null : same(encode(read), input)
    },
  }),
  plain({
    name: 'wake files',
    shape: 'cbor',
    corpus: [encode({ v: 1, space: idBytes(space), device: luz.publicKey, sealed: id('sealed') })],
    read: (input) => (readWake(input).ok ? [] : null),
  }),
  plain({
    name: 'what is sealed in a wake file',
    shape: 'cbor',
    costly: true,
    corpus: [encode({ v: 1, operations: [[operations[0] ?? secret, signature]], keys: [], relays })],
    async read(input) {
      const device = DeviceId.must(luz.publicKey)
      const box = boxes.boxes[0] ?? crypto.boxKeys()
      const context = wakeContext(luz.publicKey)
      const sealed = await crypto.sealTo(box.publicKey, WAKE, context, input, boxes.spaceSeed)
      return (await openWake(crypto, { space, device, sealed }, boxes)).ok ? [] : null
    },
  }),
  plain({
    name: 'recovery words',
    shape: 'text',
    corpus: (['es', 'en'] as const).map((language) =>
      utf8(recoveryWords(crypto, bytesOf('kit', 16), language).join(' ')),
    ),
    read(input) {
      const words = parseRecoveryWords(crypto, text(input))
      return words.ok ? same(words.value.seed.slice(0, 0), new Uint8Array()) : null
    },
  }),
  plain({
    name: 'imported documents',
    shape: 'text',
    corpus: [
      utf8(
        JSON.stringify({ type: 'protection-plan', schema: 1, title: 'Plan', threats: [{ title: 'x', likelihood: 3 }] }),
      ),
      utf8(JSON.stringify({ type: 'membership-roster', title: 'Red', members: [{ name: 'Ceiba', notes: null }] })),
    ],
    read(input) {
      parsePath(text(input).slice(0, 200))
      return importJson(text(input)).ok ? [] : null
    },
  }),
  ...carrierTargets,
  ...deviceTargets,
]
