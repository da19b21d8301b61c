// What other people's devices say behind seals and signatures, and the records outside any seal: welcomes, answers to links, snapshots
// and the saves in them, witnesses, presence, the vault, documents of hostile members. What is sealed or signed is bent before it is.
import { next as A } from '@automerge/automerge/slim'
import { type Bytes, concat, toBase64Url, utf8 } from '../../src/base/bytes.ts'
import { type Encodable, encode } from '../../src/base/codec.ts'
import { ActorId, ChangeHash, DeviceId, EntryId, idBytes, InvitationId, MemberId, SpaceId } from '../../src/base/ids.ts'
import { labels } from '../../src/crypto/index.ts'
import { exportJson, importJson } from '../../src/documents/transfer.ts'
import { toAutomerge } from '../../src/documents/json.ts'
import { readDocument } from '../../src/documents/read.ts'
import { CodeReader } from '../../src/engine/codes.ts'
import { openFollow } from '../../src/engine/following.ts'
import { readStatement } from '../../src/engine/generations.ts'
import { openAnswer } from '../../src/engine/linking-answer.ts'
import { Presence } from '../../src/engine/presence.ts'
import { SpaceContent } from '../../src/engine/space-content.ts'
import { openWelcome } from '../../src/engine/welcome.ts'
import {
  createVault,
  decodeDeviceKeys,
  decodeVault,
  encodeDeviceKeys,
  encodeVault,
  invitationKeys,
  openWithRecovery,
} from '../../src/identity/index.ts'
import { checkSave, type SaveClaim } from '../../src/ingest/save.ts'
import { boundSave } from '../../src/ingest/save-bounds.ts'
import type { OpenedEntry } from '../../src/log/entry.ts'
import { openSnapshot, packSnapshot, readPart } from '../../src/log/snapshot.ts'
import { SNAPSHOT } from '../../src/log/labels.ts'
import type { SpaceLog } from '../../src/log/space-log.ts'
import { Author, contentOf } from '../support/authors.ts'
import { bytesOf } from '../support/log.ts'
import { id, mapOf, relays, same, signature, type Target, text, world } from './target.ts'

const { crypto, space, epoch, document, luz, marta } = world
const box = crypto.boxKeys(id('box'))
const seed = id('seed')
const by = { id: InvitationId.must(luz.publicKey), seed }
const to = idBytes(DeviceId.must(marta.publicKey))
const bound = concat(idBytes(space), idBytes(by.id))

const welcome = {
  space: idBytes(space),
  seed,
  create: [id('create'), signature],
  member: bytesOf('member', 16),
  secrets: [id('secret'), id('older')],
  epoch: idBytes(epoch),
  relays,
  generations: [{ epoch: idBytes(epoch), number: 2, statement: id('statement') }],
  kit: null,
} as const

const offered = {
  kind: 'device',
  seed,
  relays,
  spaces: [{ space, member: MemberId.must(bytesOf('member', 16)) }],
} as const
const answered = { space: idBytes(space), device: luz.publicKey, box: box.publicKey, consent: signature }

const passage = { from: space, to: SpaceId.must(id('next')), seed }
const follow = {
  member: bytesOf('member', 16),
  by: luz.publicKey,
  device: marta.publicKey,
  box: box.publicKey,
  recovery: null,
  proof: signature,
  consent: signature,
  word: signature,
}

const authors = [new Author(world, luz), new Author(world, marta)] as const
await authors[0].write((doc) => void (doc['plan'] = 'agua '.repeat(60)))
authors[1].hear(authors[0])
await authors[1].write((doc) => void (doc['lista'] = [1, { a: 'b' }, null, 2.5]))
authors[0].hear(authors[1])
authors[0].session()
await authors[0].write((doc) => void (doc['plan'] = 'agua y radio'))
const content = contentOf(authors[0], authors)
const parts = packSnapshot(crypto, content) ?? []
const wholeSnapshot = concat(...parts.flatMap((payload) => readPart(payload)?.bytes ?? []))
const claim: SaveClaim = {
  heads: content.heads,
  signed: content.tips.map(({ header }) => ({
    actor: header.actor ?? ActorId.must(bytesOf('none', 16)),
    last: header.last ?? 0,
    hash: header.hash ?? ChangeHash.must(id('none')),
  })),
  former: [],
  covered: [],
  perhaps: [],
}

const witness = (payload: Bytes) =>
  ({
    id: EntryId.must(id('witness')),
    header: { kind: 'witness', device: DeviceId.must(luz.publicKey) },
    payload,
  }) as unknown as OpenedEntry

const quiet = { now: () => 0, after: () => () => undefined, whisper: () => Promise.resolve(), changed: () => undefined }

const cost = { memoryKiB: 8, passes: 1, lanes: 1 }
const vault = encodeVault((await createVault(crypto, 'una frase', bytesOf('kit', 16), cost)).record)

/** The vault with a checksum that is right, as anybody can make it who writes there. */
function checked(input: Bytes): Bytes {
  const { check, ...rest } = mapOf(input) ?? {}
  return check === undefined
    ? input
    : encode({ ...rest, check: crypto.hash(labels.VAULT_CHECK, encode(rest as Encodable)).slice(0, 16) })
}

/** A code said by hand in one part, with a checksum that is right. */
const codeOf = (whole: Bytes) =>
  `telarcode1.1.1.${toBase64Url(crypto.hash(labels.CODE_TAG, whole).slice(0, 6))}.${toBase64Url(whole)}`
const said = { kind: 'knock', v: 1, sealed: bytesOf('sealed', 80) } as const

export const deviceTargets: readonly Target[] = [
  {
    name: 'welcomes',
    shape: 'cbor',
    costly: true,
    corpus: [encode(welcome), encode({ ...welcome, generations: [], kit: bytesOf('kit', 16) })],
    async read(body) {
      const signed = await crypto.sign(labels.WELCOME_SIGNATURE, luz, idBytes(by.id), to, body)
      const whole = encode({ body, from: luz.publicKey, signature: signed })
      const sealed = await crypto.sealTo(box.publicKey, labels.WELCOME, bound, whole, seed)
      const read = await openWelcome(crypto, box, space, by, { kind: 'welcome', v: 1, to, sealed })
      if (read === null) return null
      const { from, ...rest } = read
      return from === DeviceId.must(luz.publicKey) ? same(encode(rest), body) : null
    },
  },
  {
    name: 'welcomes, outer form',
    shape: 'cbor',
    costly: true,
    corpus: [
      encode({
        body: encode(welcome),
        from: luz.publicKey,
        signature: await crypto.sign(labels.WELCOME_SIGNATURE, luz, idBytes(by.id), to, encode(welcome)),
      }),
    ],
    async read(input) {
      const sealed = await crypto.sealTo(box.publicKey, labels.WELCOME, bound, input, seed)
      return (await openWelcome(crypto, box, space, by, { kind: 'welcome', v: 1, to, sealed })) === null ? null : []
    },
  },
  {
    name: 'answers to links for devices',
    shape: 'cbor',
    costly: true,
    corpus: [encode({ devices: [answered], operation: null }), encode({ devices: [], operation: [seed, signature] })],
    async read(input) {
      const sealed = await crypto.sealTo(box.publicKey, labels.LINKING_ANSWER, idBytes(by.id), input)
      // Nothing bent is signed: whatever does not throw was read.
      await openAnswer(crypto, box, by.id, offered, sealed)
      return []
    },
  },
  {
    name: 'words of who follows',
    shape: 'cbor',
    costly: true,
    corpus: [encode(follow), encode({ ...follow, recovery: id('recovery') })],
    async read(input) {
      const meeting = invitationKeys(crypto, seed).box.publicKey
      const sealed = await crypto.sealTo(
        meeting,
        labels.FOLLOW,
        concat(idBytes(passage.from), idBytes(passage.to)),
        input,
      )
      await openFollow(crypto, passage, { kind: 'follow', v: 1, sealed })
      return []
    },
  },
  {
    name: 'what codes by hand hold',
    shape: 'cbor',
    corpus: [encode([idBytes(by.id), [said, { ...said, kind: 'answer' }]])],
    read: (input) => (new CodeReader(crypto).read(codeOf(input)).type === 'whole' ? [] : null),
  },
  {
    name: 'shares of snapshots',
    shape: 'cbor',
    corpus: parts,
    read(input) {
      const part = readPart(input)
      return part === null ? null : same(encode({ ...part }), input)
    },
  },
  {
    name: 'snapshots',
    shape: 'cbor',
    costly: true,
    corpus: [wholeSnapshot],
    async read(input) {
      const part = { id: crypto.hash(SNAPSHOT, input), index: 0, count: 1, bytes: input }
      const read = await openSnapshot(crypto, { space, document }, [part])
      if (!read.ok) return null
      const { heads, headers, former, save } = read.value
      return same(concat(...(packSnapshot(crypto, { heads, headers, former, save }) ?? [])), encode(part))
    },
  },
  {
    name: 'saves',
    shape: 'change',
    corpus: [content.save],
    read: async (input) => ((await boundSave(input)).ok ? [] : null),
  },
  {
    name: 'saves, loaded',
    shape: 'change',
    costly: true,
    corpus: [content.save],
    async read(input) {
      try {
        return (await checkSave(input, claim)).ok ? [] : null
      } catch (cause) {
        // Its thread ends with it, and another is begun (IN-13).
        if (cause instanceof WebAssembly.RuntimeError) return null
        throw cause
      }
    },
  },
  {
    name: 'witnesses',
    shape: 'cbor',
    corpus: [
      encode({
        documents: { [document]: [id('head'), id('head 2')] },
        generation: { epoch: idBytes(epoch), number: 1, snapshots: [id('snapshot')] },
      }),
    ],
    read(input) {
      const entry = witness(input)
      const seen = new SpaceContent({ contentOf: () => [] } as unknown as SpaceLog)
      seen.witnessed(entry)
      for (const one of seen.claimed()) seen.claims(one)
      return readStatement(entry) === null ? null : []
    },
  },
  {
    name: 'words of presence',
    shape: 'cbor',
    corpus: [encode({ here: true, document, field: 'title' }), encode({ here: false })],
    async read(input) {
      const presence = new Presence(quiet)
      await presence.at({ document, field: null })
      await presence.heard(DeviceId.must(marta.publicKey), input)
      return presence.others().size === 0 ? (mapOf(input)?.['here'] === false ? [] : null) : []
    },
  },
  {
    name: 'vault records',
    shape: 'cbor',
    corpus: [vault],
    read(input) {
      const record = decodeVault(crypto, checked(input))
      if (!record.ok) return null
      openWithRecovery(crypto, record.value, bytesOf('kit', 16))
      return decodeVault(crypto, encodeVault(record.value)).ok ? [] : same(input, new Uint8Array())
    },
  },
  {
    name: 'keys of a device',
    shape: 'cbor',
    corpus: [encodeDeviceKeys({ sign: luz, box })],
    read: (input) => (decodeDeviceKeys(crypto, input).ok ? [] : null),
  },
  {
    name: 'documents of others',
    shape: 'text',
    costly: true,
    corpus: [
      { type: 'protection-plan', schema: 1, title: 'Plan', threats: [{ title: 'x', likelihood: 3 }] },
      { type: 'membership-roster', title: 'Red', members: [{ name: 'Ceiba', notes: null }], '~x': [1] },
      { type: 'meeting-minutes', title: 'Acta', date: '2026-11-20', topics: ['agua'], decisions: { a: { b: [] } } },
    ].map((one) => utf8(JSON.stringify(one))),
    read(input) {
      let value: unknown
      try {
        value = JSON.parse(text(input))
      } catch {
        return null
      }
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
      // No app of ours wrote it: a member may put anything there that Automerge takes.
      const doc = A.from<Record<string, unknown>>(toAutomerge(value as never) as Record<string, unknown>)
      readDocument(doc)
      const again = importJson(JSON.stringify(exportJson(doc)))
      A.free(doc)
      return again.ok ? [] : null
    },
  },
]
