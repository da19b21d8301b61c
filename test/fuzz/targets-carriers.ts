// What comes in by the carriers: files, connections without a relay, relay links, frames of a relay and to a relay, the words of a
// session. Checksums that anybody can make are made right again, so that what lies behind them is reached.
import { cbor } from '@automerge/automerge-repo/slim'
import { type Bytes, compare, concat, fromHex, toBase64Url, toHex, utf8 } from '../../src/base/bytes.ts'
import { decode, type Encodable, encode } from '../../src/base/codec.ts'
import { DeviceId, idBytes, MemberId } from '../../src/base/ids.ts'
import { bundleRecords, BundleWriter, decodeRecord, encodeRecord, readBundleHead } from '../../src/carriers/bundle.ts'
import { parseRelayAddress } from '../../src/carriers/relay.ts'
import {
  type Description,
  packDescription,
  readSdp,
  unpackDescription,
  writeSdp,
} from '../../src/carriers/webrtc-description.ts'
import { labels } from '../../src/crypto/index.ts'
import { encodeStatement, readStatement } from '../../src/engine/bundle-seals.ts'
import { nearCodes, readNearCode } from '../../src/engine/near-codes.ts'
import { encodeRelayLink, parseRelayLink } from '../../src/identity/index.ts'
import { closed, type Held, type SessionState, step } from '../../src/sync/session.ts'
import { modestFrame } from '../../src/wire/frame.ts'
import { decodeMessage, encodeMessage, type Message } from '../../src/wire/messages.ts'
import { openProof, originOf } from '../../src/wire/proof.ts'
import { fingerprintWith, LIST_BELOW } from '../../src/wire/ranges.ts'
import { readFrame, slowFrame } from '../../sync-server/frames.ts'
import { claimedOrigins } from '../../sync-server/origins.ts'
import { verifyStrict } from '../../sync-server/signature.ts'
import { swiftFrame, swiftPut } from '../../sync-server/swift.ts'
import { bytesOf } from '../support/log.ts'
import { id, type Reading, relays, same, signature, type Target, text, world } from './target.ts'

const { crypto, space, luz } = world

const head = { nonce: id('nonce'), tag: bytesOf('tag', 16), commitment: id('commitment') }
const put: Message = { t: 'put', ch: head.nonce, entries: [id('e'), bytesOf('more', 90)] }

/** Sealed by nothing: the form is what is bent. */
function bundle(): Bytes {
  const writer = new BundleWriter(head, (_part, _index, plaintext) => plaintext)
  writer.add('lead', { type: 'message', message: put })
  writer.add('lead', { type: 'message', message: { t: 'close', ch: head.nonce } })
  writer.add('body', { type: 'statement', bytes: bytesOf('statement', 40) })
  writer.add('body', { type: 'message', message: put })
  return writer.file()
}

/** What was read of a file, written again: as much of it as was read. */
function readBundle(input: Bytes): Reading {
  const read = readBundleHead(input)
  if (!read.ok) return null
  const all = [...bundleRecords(input)]
  const again = new BundleWriter(read.value, (_part, index) => all[index]?.sealed ?? new Uint8Array())
  for (const { part } of all) again.add(part, { type: 'statement', bytes: new Uint8Array() })
  const file = again.file()
  return same(file, input.slice(0, file.length))
}

const statement = {
  v: 1,
  member: bytesOf('member', 16),
  device: luz.publicKey,
  at: 5,
  have: bytesOf('have', 24),
} as const

const description: Description = {
  kind: 'offer',
  peer: toHex(bytesOf('peer', 16)),
  ufrag: 'abcd',
  pwd: 'abcdefghijklmnopqrstuv+/',
  fingerprint: id('fingerprint'),
  passive: false,
  candidates: [
    ['192.168.1.7', 50_000],
    ['fe80::1', 50_001],
    ['0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f.local', 9],
  ],
}
const answer: Description = { ...description, kind: 'answer', passive: true, candidates: [['10.0.0.1', 65_535]] }
const packed = [description, answer].map(packDescription)

/** Of hostile bytes to SDP for a browser and back: nothing in it but what was checked. */
function throughSdp(input: Bytes): Reading {
  const read = unpackDescription(input)
  if (read === null) return null
  const sdp = writeSdp(read)
  const again = readSdp(read.kind, read.peer, sdp)
  // An offer does not say who begins.
  const said = read.kind === 'offer' ? { ...read, passive: false } : read
  const lines = sdp.split('\r\n').length === 15 + read.candidates.length && !/[\0\n]\n|[^\r]\n/.test(sdp)
  return [
    [packDescription(read), input],
    [again === null || !lines ? utf8(sdp) : packDescription(again), packDescription(said)],
  ]
}

/** As text, with a checksum that is right. */
const nearText = (bytes: Bytes) =>
  `telarnear1.${toBase64Url(crypto.hash(labels.NEAR_CODE, bytes).slice(0, 6))}.${toBase64Url(bytes)}`

const relayLink = encodeRelayLink(crypto, { relay: relays[0] ?? '', spaceSeeds: [id('seed'), id('other')] })
const linkBody = Uint8Array.from(Buffer.from(relayLink.split('.')[1] ?? '', 'base64url')).slice(0, -4)

const telar = { type: 'telar', senderId: 'abcDEF', targetId: 'relay', data: encodeMessage(put) }
const frames = [
  telar,
  { ...telar, data: encodeMessage({ t: 'ping' }) },
  { type: 'join', senderId: 'abc', peerMetadata: { isEphemeral: true }, supportedProtocolVersions: ['1'] },
  { type: 'peer', senderId: 'relay', peerMetadata: {}, selectedProtocolVersion: '1', targetId: 'abc' },
  { type: 'leave', senderId: 'abc' },
].map((frame) => new Uint8Array(cbor.encode(frame)))

const json = (value: unknown): Bytes =>
  utf8(JSON.stringify(value, (_, one: unknown) => (one instanceof Uint8Array ? toHex(one) : one)))

const proof = openProof({
  role: 'client',
  origin: 'r.example:443',
  channel: id('ch'),
  helloNonce: id('hello'),
  openNonce: id('open'),
})

const ids = Array.from({ length: 3 * LIST_BELOW }, (_, n) => id(`held ${String(n)}`)).sort(compare)
const held: Held = {
  sorted: () => ids,
  has: (hex) => ids.some((one) => toHex(one) === hex),
  mayGive: (hex) => fromHex(hex)?.[0] !== ids[0]?.[0],
}
const fingerprint = fingerprintWith((bytes) => crypto.hash('telar/1/range', bytes), id('hello'))
const ch = id('ch')
const told: readonly Encodable[] = [
  { t: 'opened', ch, inc: bytesOf('inc', 16), n: 4, resumed: false },
  { t: 'ranges', ch, re: 0, ranges: [{ m: 'ids', end: null, ids: [id('new'), ids[3] ?? ch] }] },
  { t: 'ranges', ch, q: 3, ranges: [{ m: 'fp', end: ids[30] ?? null, fp: bytesOf('fp', 16) }] },
  { t: 'want', ch, ids: [ids[5] ?? ch, id('none')] },
  { t: 'ack', ch, ids: [ids[5] ?? ch], n: 7 },
  { t: 'refuse', ch, ids: [ids[6] ?? ch], code: 'quota' },
  { t: 'put', ch, entries: [id('entry')], n: 9 },
  { t: 'error', ch, code: 'busy', after: 4 },
]

/** Everything another party says on one channel, in any order: no throw, and only what may be given is given. */
function session(input: Bytes): Reading {
  const list = decode(input)
  if (!list.ok || !Array.isArray(list.value)) return null
  let state: SessionState = step(closed(ch), { type: 'start', channel: ch }, held, fingerprint).state
  let heard = 0
  for (const one of (list.value as Encodable[]).slice(0, 40)) {
    const message = decodeMessage(encode(one))
    if (!message.ok) continue
    heard++
    const next = step(state, { type: 'message', message: message.value }, held, fingerprint)
    state = next.state
    for (const effect of next.effects) {
      if (effect.type === 'give' && effect.ids.some((given) => !held.mayGive(toHex(given))))
        return same(utf8('given what may not be'), new Uint8Array())
      if (effect.type === 'send') encodeMessage(effect.message)
    }
  }
  return heard === 0 ? null : []
}

export const carrierTargets: readonly Target[] = [
  { name: 'files', shape: 'bytes', corpus: [bundle()], read: readBundle },
  {
    name: 'records of files',
    shape: 'cbor',
    corpus: [encode(put), encode({ t: 'close', ch: head.nonce })],
    read(input) {
      const whole = concat(Uint8Array.of(0), input)
      decodeRecord(input)
      const content = decodeRecord(whole)
      return content === null ? null : same(encodeRecord(content), whole)
    },
  },
  {
    name: 'statements of files',
    shape: 'cbor',
    costly: true,
    corpus: [encode(statement)],
    async read(body) {
      const file = { space, nonce: head.nonce }
      const signed = await crypto.sign(labels.BUNDLE_STATEMENT, luz, idBytes(space), file.nonce, body)
      const whole = encode([body, signed])
      const read = await readStatement(crypto, file, whole)
      if (read === null) return null
      const { at, have } = read
      const again = await encodeStatement(crypto, luz, file, { member: MemberId.must(idBytes(read.member)), at, have })
      return read.device === DeviceId.must(luz.publicKey) ? same(again, whole) : null
    },
  },
  {
    name: 'statements of files, outer form',
    shape: 'cbor',
    corpus: [encode([encode(statement), signature])],
    async read(input) {
      const yes = { verify: () => Promise.resolve(true) }
      return (await readStatement(yes, { space, nonce: head.nonce }, input)) === null ? null : []
    },
  },
  { name: 'what connects two devices', shape: 'cbor', corpus: packed, read: throughSdp },
  {
    name: 'codes for connecting nearby',
    shape: 'cbor',
    corpus: packed,
    read(input) {
      const read = readNearCode(crypto, nearText(input))
      return read.ok ? same(utf8(nearCodes(crypto, read.value).text), utf8(nearText(input))) : null
    },
  },
  {
    name: 'codes for connecting nearby, as texts',
    shape: 'text',
    corpus: packed.flatMap((bytes) => [utf8(nearText(bytes)), utf8(`Mira: ${nearText(bytes)}\n. Abrazo`)]),
    read: (input) => (readNearCode(crypto, text(input)).ok ? [] : null),
  },
  {
    name: 'what a browser says of itself',
    shape: 'text',
    corpus: [description, answer].map((one) => utf8(writeSdp(one))),
    read(input) {
      const read = readSdp('answer', description.peer, text(input))
      if (read === null) return null
      const bytes = packDescription(read)
      const again = unpackDescription(bytes)
      return same(again === null ? input : packDescription(again), bytes)
    },
  },
  {
    name: 'relay links',
    shape: 'cbor',
    corpus: [linkBody],
    read(input) {
      const check = crypto.hash(labels.RELAY_LINK_CHECK, input).slice(0, 4)
      const read = parseRelayLink(crypto, `telarrelay1.${toBase64Url(concat(input, check))}`)
      if (!read.ok) return null
      const { relay, nonce, tags } = read.value
      return same(encode({ relay, nonce, tags }), input)
    },
  },
  {
    name: 'relay links and addresses, as texts',
    shape: 'text',
    corpus: [relayLink, `https://app.example/#${relayLink}`, ...relays, 'http://[::1]:9000/x#token%20a'].map(utf8),
    read(input) {
      const said = text(input)
      claimedOrigins(said)
      const address = parseRelayAddress(said)
      if (address !== null) return originOf(address.socket) === address.origin ? [] : same(utf8(address.socket), input)
      return parseRelayLink(crypto, said).ok ? [] : null
    },
  },
  {
    name: 'frames to a relay',
    shape: 'bytes',
    corpus: frames,
    read(input) {
      const [read, slow, swift] = [readFrame(input), slowFrame(input), swiftFrame(input)]
      if (swift !== null && swift.data.length > 0) swiftPut(swift.data)
      return read === null ? null : same(json(read), json(slow))
    },
  },
  {
    name: 'frames from a relay',
    shape: 'bytes',
    corpus: frames,
    read(input) {
      const bytes = modestFrame(input)
      if (bytes === null) return null
      try {
        cbor.decode(bytes)
        return []
      } catch {
        // The line ends.
        return null
      }
    },
  },
  {
    name: 'what is put to a relay',
    shape: 'cbor',
    corpus: [encode(put)],
    read(input) {
      const [swift, slow] = [swiftPut(input), decodeMessage(input)]
      if (swift === null) return slow.ok ? [] : null
      return same(encodeMessage(swift), slow.ok ? encodeMessage(slow.value) : new Uint8Array())
    },
  },
  {
    name: 'what is said in a session',
    shape: 'cbor',
    corpus: [encode([...told]), encode(told.slice(0, 2))],
    read: session,
  },
  {
    name: 'signatures of channels',
    shape: 'bytes',
    costly: true,
    corpus: [concat(luz.publicKey, await crypto.signRaw(luz, proof))],
    read(input) {
      return verifyStrict(input.slice(0, 32), proof, input.slice(32)) ? [] : null
    },
  },
]
